"""What is dropped on the canvas: kinds from the palette, files. A word may stand beside the mouse."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QWidget

from nnstudio.document.values import Wire
from nnstudio.ui.canvas.ghost import Ghost
from nnstudio.ui.canvas.looking import LookingView
from nnstudio.ui.kit.dropping import local_file
from nnstudio.ui.kit.plain import plain

MIME = "application/x-nnstudio-kind"


def kind_in(data: QMimeData) -> str:
    """The kind of node that is dragged from the palette."""
    return bytes(data.data(MIME).data()).decode("utf-8", "replace")


class DropView(LookingView):
    """Takes drops: ``dropped`` carries a kind and its place, ``file_dropped`` a file or folder."""

    dropped = Signal(str, QPointF)
    file_dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._aimed: Wire | None = None
        self._hint = plain(QLabel(self.viewport()))
        self._hint.setObjectName("toast")
        self._hint.hide()
        self.ghost = Ghost()
        self.graph.addItem(self.ghost)
        self.setAcceptDrops(True)

    def hint(self, text: str, pixel: QPoint) -> None:
        """Show a word beside the mouse, or take it away."""
        self._hint.setVisible(bool(text))
        if text:
            self._hint.setText(text)
            self._hint.adjustSize()
            spot = pixel + QPoint(16, 18)
            spot.setX(max(4, min(spot.x(), self.viewport().width() - self._hint.width() - 4)))
            spot.setY(max(4, min(spot.y(), self.viewport().height() - self._hint.height() - 4)))
            self._hint.move(spot)
            self._hint.raise_()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME) or local_file(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()
        if event.mimeData().hasFormat(MIME):
            place = self.mapToScene(event.position().toPoint())
            self._aim(self.graph.wire_at(place))
            self.ghost.stand_at(kind_in(event.mimeData()), place)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._aim(None)
        self.ghost.stand_at("", None)
        # Qt's own would wonder about a drag that it has not seen enter.
        event.accept()

    def _aim(self, wire: Wire | None) -> None:
        """Let the wire shine into which a drop would go."""
        if wire != self._aimed:
            for one, aimed in ((self._aimed, False), (wire, True)):
                if one is not None and one in self.graph.wires:
                    self.graph.wires[one].aim(aimed)
            self._aimed = wire

    def dropEvent(self, event: QDropEvent) -> None:
        self._aim(None)
        self.ghost.stand_at("", None)
        data = event.mimeData()
        if data.hasFormat(MIME):
            self.dropped.emit(kind_in(data), self.mapToScene(event.position().toPoint()))
        elif path := local_file(data):
            self.file_dropped.emit(path)
        event.acceptProposedAction()
