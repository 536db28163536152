"""Comments of one window: put around cards, and written where they stand."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from nnstudio.document.edits import AddNode, SetParam, fresh_id
from nnstudio.document.values import COMMENT, Params
from nnstudio.session.project import Project
from nnstudio.ui.canvas.comment import HEAD, PAD, CommentCard, comment_params
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Form, Side, Stage
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

# Room around the cards, and above them for the title and three lines.
ROOM, ABOVE, LEAST_ABOVE = 30.0, 100.0, 40.0
# Further away than this words could not be read while they are typed: then the panel on the right has them.
SMALLEST = 0.55
LEAST = (80, 34)


class Commenting:
    """Adds comments, and opens them for writing."""

    def __init__(self, project: Project, stage: Stage, canvas: CanvasView, side: Side, form: Form) -> None:
        self._stage, self._canvas, self._scene, self._side, self._form = stage, canvas, canvas.graph, side, form
        self.words = Words(project, stage, canvas)
        canvas.moved.connect(self.words.follow)
        canvas.pressed.connect(self.words.leave)

    def add(self) -> None:
        """Put a comment around the selected cards, or into the middle of the canvas."""
        boxes = [self._scene.cards[name].sceneBoundingRect() for name in self._scene.selected]
        name = fresh_id(self._stage.document, COMMENT)
        if boxes:
            box = boxes[0]
            for other in boxes[1:]:
                box = box.united(other)
            box = box.adjusted(-ROOM, -self._above(box), ROOM, ROOM)
            edit = AddNode(
                COMMENT, name, (box.left(), box.top()), Params(width=int(box.width()), height=int(box.height()))
            )
        else:
            edit = AddNode(COMMENT, name, self._free_place())
        if self._stage.propose(edit, select={name}):
            self.write(name)

    def _others(self) -> list[QRectF]:
        scene = self._scene
        return [
            card.sceneBoundingRect()
            for name, card in scene.cards.items()
            if name not in scene.selected and not isinstance(card, CommentCard)
        ]

    def _above(self, box: QRectF) -> float:
        """Room for words above the cards, as far as no other card stands there."""
        strip = QRectF(box.left() - ROOM, box.top() - ABOVE, box.width() + 2 * ROOM, ABOVE)
        lowest = max((other.bottom() for other in self._others() if other.intersects(strip)), default=strip.top())
        return max(LEAST_ABOVE, min(ABOVE, box.top() - lowest - 8))

    def _free_place(self) -> tuple[float, float]:
        """A corner near the middle of what is seen where no card would lie over the words."""
        middle = self._canvas.mapToScene(self._canvas.viewport().rect().center())
        params = comment_params(Params())
        box = QRectF(
            round(middle.x() / 10) * 10.0 - 130, round(middle.y() / 10) * 10.0 - 70, params["width"], params["height"]
        )
        others = self._others()
        while any(other.intersects(box) for other in others):
            box.translate(0, 40)
        return box.left(), box.top()

    def write(self, node: str) -> None:
        """Put the caret into a comment's words; of any other card nothing happens."""
        found = self._stage.document.by_id.get(node)
        if found is None or found.kind != COMMENT:
            return
        if self._canvas.transform().m11() >= SMALLEST:
            self.words.open(node)
        else:
            self._side.show_settings()
            self._form.go_to("text")


class Words(QPlainTextEdit):
    """Lies over a comment while its words are typed; they are taken over letter by letter, one step of undo in all."""

    _visits = itertools.count()

    def __init__(self, project: Project, stage: Stage, canvas: CanvasView) -> None:
        super().__init__(canvas.viewport())
        self._project, self._stage, self._canvas = project, stage, canvas
        self._node = ""
        self._visit = 0
        self._history = project.history
        self.setObjectName("table")
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("Words of the comment"))
        self.textChanged.connect(self._take)
        self.hide()

    def open(self, node: str) -> None:
        """Write a comment's words."""
        self._node, self._visit, self._history = "", next(self._visits), self._project.history
        self.setPlainText(comment_params(self._stage.document.by_id[node].params)["text"])
        self._node = node
        self.follow()
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def follow(self) -> None:
        """The canvas moved: so do the words."""
        card = self._canvas.graph.cards.get(self._node)
        if not isinstance(card, CommentCard):
            self.leave()
            return
        view = self._canvas
        zoom = view.transform().m11()
        font = theme.canvas_font()
        font.setPointSizeF(max(6.0, font.pointSizeF() * zoom))
        self.setFont(font)
        width, height = card.size
        # No taller than the words: what the comment is around stays in sight.
        lines = self.fontMetrics().lineSpacing() * (self.document().blockCount() + 1) + 12
        corner = view.mapFromScene(card.pos().x() + PAD / 2, card.pos().y() + HEAD - 4)
        self.setGeometry(
            corner.x(),
            corner.y(),
            max(LEAST[0], round((width - PAD) * zoom)),
            max(LEAST[1], min(lines, round((height - HEAD) * zoom))),
        )

    def refresh(self) -> None:
        """The document changed, perhaps by undo: the words are those that it has."""
        if self._node and self._project.history is not self._history:
            # Another project, in which a comment may have the same id.
            self.leave()
        if self._node:
            found = self._stage.document.by_id.get(self._node)
            if found is None:
                self.leave()
                return
            text = comment_params(found.params)["text"]
            if text != self.toPlainText():
                node, self._node = self._node, ""
                self.setPlainText(text)
                self._node = node
            self.follow()

    def leave(self) -> None:
        """The words stand in the comment."""
        self._node = ""
        if self.isVisible():
            self.hide()

    def _take(self) -> None:
        if self._node:
            self._stage.propose(SetParam(self._node, ("text",), self.toPlainText()), ("words on canvas", self._visit))
            self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        done = event.key() == Qt.Key.Key_Escape or (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if done:
            self._canvas.setFocus()
            event.accept()
        else:
            super().keyPressEvent(event)
