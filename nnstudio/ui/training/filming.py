"""A film of the window: frames are kept while it is on, and written as GIF or MP4 when it is over."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.ui.desk import Asks, Says, with_ending
from nnstudio.ui.kit import film
from nnstudio.ui.kit.paper import png_of
from nnstudio.ui.kit.texts import tr, words

FRAME_MS, WIDEST = 100, 960
# Half a minute is as much as anyone looks at.
MOST = 300


class Filming(QObject):
    """Films one widget."""

    def __init__(self, shown: QWidget, says: Says, asks: Asks) -> None:
        super().__init__(shown)
        self._shown, self._says, self._asks = shown, says, asks
        self.frames: list[bytes] = []
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.take)

    @property
    def on(self) -> bool:
        """Whether a film is being made."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Begin a film, or end it and ask where it is to be written."""
        if not self.on:
            self.frames = []
            self._timer.start()
            self._says.say(tr("Filming, at most {seconds} s. The same key ends it.", seconds=MOST * FRAME_MS // 1000))
            return
        self.ask()

    def take(self) -> None:
        """Take a frame."""
        picture = self._shown.grab().toImage()
        picture.setDevicePixelRatio(1.0)
        if picture.width() > WIDEST:
            picture = picture.scaledToWidth(WIDEST, Qt.TransformationMode.SmoothTransformation)
        self.frames.append(png_of(picture))
        if len(self.frames) >= MOST:
            self.ask()

    def ask(self) -> None:
        """End the film and choose a file, whose ending says what it becomes."""
        self._timer.stop()
        if not self.frames:
            return
        kinds = [tr("Animated picture (*.gif)")] + ([tr("Film (*.mp4)")] if film.ffmpeg() else [])
        name, chosen = QFileDialog.getSaveFileName(
            self._asks.over, tr("Save the film"), "network.gif", ";;".join(kinds)
        )
        if name:
            path = with_ending(Path(name), ".mp4" if "mp4" in chosen else ".gif", self._asks)
            if path is None:
                self.ask()
                return
            self.write(path)
        self.frames = []

    def write(self, path: Path) -> bool:
        """Write the film; returns whether it was written. What went wrong is said over the canvas."""
        # Where the window was made wider or narrower meanwhile, frames of the first size alone fit together.
        size = len(self.frames) and _size(self.frames[0])
        frames = [frame for frame in self.frames if _size(frame) == size]
        try:
            film.write_film(path, frames, FRAME_MS)
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        left = len(self.frames) - len(frames)
        self._says.say(
            tr("Wrote {name}. {count} pictures of another size were left out.", name=path.name, count=left)
            if left
            else tr("Wrote {name}.", name=path.name)
        )
        return True


def _size(png: bytes) -> bytes:
    """Width and height, as a PNG has them at its beginning."""
    return png[16:24]
