"""Taking the walk through a step home: asks for a file, writes it, shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from nnstudio.document.errors import StudioError
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Says, Steps, with_ending
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.film import ffmpeg
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.shown import ShownStep
from nnstudio.ui.stepper.timeline import Timeline

if TYPE_CHECKING:
    from nnstudio.ui.stepper import walk

MOST_FRAMES = 120
CARD_HEIGHT = 640


class Walks:
    """Export of the shown step."""

    def __init__(
        self,
        session: Steps,
        shown: ShownStep,
        canvas: CanvasView,
        timeline: Timeline,
        card: CardView,
        says: Says,
        asks: Asks,
    ) -> None:
        self._session, self._shown, self._canvas, self._timeline, self._card, self._says, self._asks = (
            session,
            shown,
            canvas,
            timeline,
            card,
            says,
            asks,
        )

    def ask(self) -> None:
        """Choose a file, whose ending says what it becomes."""
        if self._shown.trace is None:
            self._says.say(tr("No step is shown. Press Step first."))
            return
        film = [tr("Film (*.mp4)")] if ffmpeg() else []
        moving = (tr("Animated picture (*.gif)"), *film)
        kinds = ";;".join((tr("Web page (*.html)"), "PDF (*.pdf)", *moving, tr("Jupyter notebook (*.ipynb)")))
        name, chosen = QFileDialog.getSaveFileName(self._asks.over, tr("Export the walk"), "step.html", kinds)
        if name:
            path = with_ending(Path(name), "." + chosen.rsplit(".", 1)[-1].rstrip(")"), self._asks)
            if path is not None:
                self.write(path)

    def write(self, path: Path) -> bool:
        """Write the walk; returns whether it was written. What went wrong is said over the canvas."""
        from nnstudio.ui.stepper import walk

        session, trace = self._session, self._shown.trace
        if trace is None:
            return False
        title = session.document.name or (session.path.stem if session.path else "NN Studio")
        dialog = QProgressDialog(tr("Writing {name} …", name=path.name), tr("Stop"), 0, 1000, self._asks.over)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.setMinimumDuration(400)

        def progress(share: float) -> bool:
            dialog.setValue(round(999 * share))
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            return not dialog.wasCanceled()

        try:
            if path.suffix.lower() == ".ipynb":
                from nnstudio.session.notebook import write_notebook

                recorded = session.stepping.shown
                assert recorded is not None
                write_notebook(path, session.stepping.program, recorded, language())
            elif path.suffix.lower() == ".pdf":
                walk.write_pdf(path, trace, title, progress)
            elif path.suffix.lower() in (".gif", ".mp4"):
                walk.write_animation(path, self._frames(progress))
            else:
                walk.write_page(path, trace, title, progress)
        except walk.Stopped:
            self._says.say(tr("Stopped; nothing was written."))
            return False
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        finally:
            dialog.close()
            dialog.deleteLater()
        self._says.say(tr("Wrote {name}.", name=path.name))
        return True

    def _frames(self, progress: walk.Progress) -> list[QImage]:
        """Canvas and card side by side at every stop, or at evenly chosen ones when there are many."""
        from nnstudio.ui.stepper import walk

        timeline, trace = self._timeline, self._shown.trace
        assert trace is not None
        here = timeline.slider.value()
        self._says.hush()
        stops = walk.shortened(trace, MOST_FRAMES).moments
        frames = []
        try:
            for number, moment in enumerate(stops):
                timeline.slider.setValue(moment.index)
                self._card.typeset()
                frames.append(self._frame())
                if not progress((number + 1) / len(stops)):
                    raise walk.Stopped
        finally:
            timeline.slider.setValue(here)
        return frames

    def _frame(self) -> QImage:
        """The canvas, and beside it the whole card, however far it is scrolled."""
        canvas, card = self._canvas, self._card.text
        left, document = canvas.grab().toImage(), card.document()
        height = max(canvas.height(), min(CARD_HEIGHT, round(document.size().height())))
        image = QImage(canvas.width() + card.width(), CARD_HEIGHT, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.current().panel))
        painter = QPainter(image)
        painter.drawImage(QRectF(0, 0, canvas.width(), canvas.height()), left)
        painter.setClipRect(canvas.width(), 0, card.width(), height)
        painter.translate(canvas.width(), 0)
        document.drawContents(painter)
        painter.end()
        return image
