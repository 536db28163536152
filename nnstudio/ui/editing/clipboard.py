"""Copy, cut, paste and duplicate: the clipboard holds JSON text, so that other windows, mails and files can carry
it.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.clips import Paste, clip_of, clip_text, read_clip
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Opens, Places, Says, Stage
from nnstudio.ui.kit.dropping import local_file
from nnstudio.ui.kit.texts import tr, words

AWAY = (30.0, 30.0)
BELOW = (30.0, 110.0)


class Clipboard:
    """What one window takes to the clipboard and from it."""

    def __init__(self, stage: Stage, canvas: CanvasView, says: Says, places: Places, opens: Opens) -> None:
        self._stage, self._canvas, self._scene, self._says, self._places, self._opens = (
            stage,
            canvas,
            canvas.graph,
            says,
            places,
            opens,
        )
        self._last: tuple[str, int] = ("", 0)

    def _chosen(self) -> Document:
        scene = self._scene
        return clip_of(self._stage.document, scene.selected | scene.inside_comments(scene.selected))

    def copy(self) -> bool:
        """Copy the selected nodes and the wires among them; returns whether there were any."""
        clip = self._chosen()
        if not clip.nodes:
            self._says.say(tr("Select the nodes to copy first."))
            return False
        text = clip_text(clip)
        QGuiApplication.clipboard().setText(text)
        self._last = (text, 0)
        return True

    def cut(self) -> None:
        """Copy and delete."""
        scene = self._scene
        if self.copy():
            self._places.remove(scene.selected | scene.inside_comments(scene.selected))
            # What was cut comes back to where it was.
            self._last = (self._last[0], -1)

    def paste(self) -> None:
        """Put what the clipboard holds on the canvas: nodes, or a file."""
        data = QGuiApplication.clipboard().mimeData()
        if path := local_file(data):
            self._opens.take_dropped(str(Path(path)))
            return
        text = data.text() if data is not None and data.hasText() else ""
        try:
            clip = read_clip(text)
        except StudioError as error:
            self._says.say(words(error.message))
            return
        if clip is None or not clip.nodes:
            self._says.say(tr("The clipboard holds no part of a network. Copy nodes in this or another window first."))
            return
        times = self._last[1] + 1 if self._last[0] == text else 1
        self._last = (text, times)
        self._put(Paste(clip, self._way(clip, times), inside=bool(self._stage.path)))

    def _way(self, clip: Document, times: int) -> tuple[float, float]:
        """A little beside where it was copied, or into the middle of what is seen when that is far away."""
        way = (AWAY[0] * times, AWAY[1] * times)
        seen = self._canvas.seen()
        x, y = min(n.position[0] for n in clip.nodes), min(n.position[1] for n in clip.nodes)
        if seen.contains(x + way[0], y + way[1]):
            return way
        middle = seen.center()
        return round((middle.x() - x) / 10) * 10.0 - 90, round((middle.y() - y) / 10) * 10.0 - 30

    def duplicate(self) -> None:
        """Copy the selected nodes beside themselves; the copies have weights of their own."""
        clip = self._chosen()
        if clip.nodes:
            self._put(Paste(clip, BELOW, copying=True, inside=bool(self._stage.path)))

    def _put(self, edit: Paste) -> None:
        names = edit.names(self._stage.document, CATALOG)
        if self._stage.propose(edit, select=set(names.values())):
            left = len(edit.clip.nodes) - len(names)
            if left:
                self._says.say(tr("Left out: {count}. Of these a network or a group has its own.", count=left))
