"""Order on the canvas: align, distribute, tidy up; and what is selected by its place in the network."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation, Signal

from nnstudio.document.edits import MoveNodes, Together
from nnstudio.document.text import message
from nnstudio.document.values import COMMENT, Document
from nnstudio.session.layout import tidy
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Says, Stage
from nnstudio.ui.kit.motion import moves
from nnstudio.ui.kit.texts import tr

GLIDE_MS = 200
# Between cards that would cover each other when they are aligned.
GAP = 20.0
# More cards than this are put in their places at once.
MOST_GLIDING = 400

Places = dict[str, tuple[float, float]]


class Arranging(QObject):
    """Moves the cards of one window into order; every arrangement is one step of undo.

    ``settled`` tells that all cards stand still.
    """

    settled = Signal()

    def __init__(self, stage: Stage, canvas: CanvasView, says: Says) -> None:
        super().__init__(canvas)
        self._stage, self._canvas, self._scene, self._says = stage, canvas, canvas.graph, says
        self._glide: QVariantAnimation | None = None

    # -- places -------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Lay the network, or the selected part of it, out from left to right."""
        document, scene = self._stage.document, self._scene
        chosen = [n for n in scene.selected if n in document.by_id and document.by_id[n].kind != COMMENT]
        part = len(chosen) > 1
        names = set(chosen) if part else {node.id for node in document.nodes if node.kind != COMMENT}
        sub = Document(
            nodes=tuple(n for n in document.nodes if n.id in names),
            wires=tuple(w for w in document.wires if w.source in names and w.target in names),
        )
        # A part stays among the others as it is: only the whole is folded to what is seen.
        view = self._canvas.viewport().size()
        places = tidy(
            sub,
            {name: scene.cards[name].rect().height() for name in names},
            None if part else (float(view.width()), float(view.height())),
        )
        if part and places:
            # A part stays where it is.
            old = [document.by_id[n].position for n in places]
            dx = min(p[0] for p in old) - min(p[0] for p in places.values())
            dy = min(p[1] for p in old) - min(p[1] for p in places.values())
            places = {n: (x + dx, y + dy) for n, (x, y) in places.items()}
        if places:
            self._put(places, "edit.tidy", fit=not part)

    def align(self, side: str) -> None:
        """Align the selected cards by "left", "center", "right", "top", "middle" or "bottom"."""
        boxes = {name: self._scene.cards[name].sceneBoundingRect() for name in self._scene.selected}
        if len(boxes) < 2:
            self._says.say(tr("Select two or more nodes first."))
            return
        left, right = min(b.left() for b in boxes.values()), max(b.right() for b in boxes.values())
        top, bottom = min(b.top() for b in boxes.values()), max(b.bottom() for b in boxes.values())
        ways: dict[str, Callable[[float, float], tuple[float | None, float | None]]] = {
            "left": lambda w, h: (left, None),
            "right": lambda w, h: (right - w, None),
            "center": lambda w, h: ((left + right - w) / 2, None),
            "top": lambda w, h: (None, top),
            "bottom": lambda w, h: (None, bottom - h),
            "middle": lambda w, h: (None, (top + bottom - h) / 2),
        }
        places: Places = {}
        for name, box in boxes.items():
            x, y = ways[side](box.width(), box.height())
            places[name] = (box.left() if x is None else x, box.top() if y is None else y)
        # On one line they would cover each other: they keep their order and make room.
        stacked, free = side in ("left", "center", "right"), float("-inf")
        for name in sorted(boxes, key=lambda name: boxes[name].top() if stacked else boxes[name].left()):
            x, y = places[name]
            places[name] = (x, max(y, free)) if stacked else (max(x, free), y)
            free = (
                places[name][1] + boxes[name].height() + GAP if stacked else places[name][0] + boxes[name].width() + GAP
            )
        self._put(places, "edit.align", seen=True)

    def distribute(self, across: bool) -> None:
        """Leave equal gaps between the selected cards, from left to right or from top to bottom."""
        boxes = {name: self._scene.cards[name].sceneBoundingRect() for name in self._scene.selected}
        if len(boxes) < 3:
            self._says.say(tr("Select three or more nodes first."))
            return
        order = sorted(boxes, key=lambda name: boxes[name].left() if across else boxes[name].top())
        sizes = [boxes[n].width() if across else boxes[n].height() for n in order]
        first, last = boxes[order[0]], boxes[order[-1]]
        start, end = (first.left(), last.right()) if across else (first.top(), last.bottom())
        gap = (end - start - sum(sizes)) / (len(order) - 1)
        places: Places = {}
        for name, size in zip(order, sizes, strict=True):
            places[name] = (start, boxes[name].top()) if across else (boxes[name].left(), start)
            start += size + gap
        self._put(places, "edit.distribute", seen=True)

    def _put(self, places: Places, key: str, *, fit: bool = False, seen: bool = False) -> None:
        nodes, cards = self._stage.document.by_id, self._scene.cards
        if seen:
            # Places as they are seen: where cards stand aside for room's sake is no part of the document.
            places = {n: (x - cards[n].aside.x(), y - cards[n].aside.y()) for n, (x, y) in places.items()}
        moved = {name: spot for name, spot in places.items() if nodes[name].position != spot}
        before = {name: nodes[name].position for name in moved}
        if moved and not self._stage.propose(
            Together((MoveNodes(tuple(moved.items())),), message(key, count=len(moved)))
        ):
            return
        if fit:
            self._canvas.fit()
        if moved and GLIDE_MS and moves():
            self._slide(before, moved)

    def _slide(self, before: Places, after: Places) -> None:
        """Let the cards glide to where the document has them already."""
        self.settle()
        if len(before) > MOST_GLIDING or not self._canvas.isVisible():
            return
        scene = self._scene
        wires = scene.wires_of(before)
        glide = self._glide = QVariantAnimation(self)
        glide.setDuration(GLIDE_MS)
        glide.setStartValue(0.0)
        glide.setEndValue(1.0)
        glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        cards = {name: scene.cards[name] for name in after}

        def show(share: float) -> None:
            for name, card in cards.items():
                if scene.cards.get(name) is card:
                    (x0, y0), (x1, y1) = before[name], after[name]
                    card.stand(QPointF(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share))
            scene.route(w for w in wires if w in scene.wires)

        show(0.0)
        glide.valueChanged.connect(show)
        glide.finished.connect(self.settle)
        glide.start()

    def settle(self) -> None:
        """End a glide: every card stands where the document has it."""
        glide, self._glide = self._glide, None
        if glide is None:
            return
        glide.stop()
        glide.deleteLater()
        scene, nodes = self._scene, self._stage.document.by_id
        for name, card in scene.cards.items():
            if name in nodes:
                card.stand(QPointF(*nodes[name].position))
        scene.make_room()
        self.settled.emit()

    # -- selection ----------------------------------------------------------------------------

    def select_along(self, *, downstream: bool) -> None:
        """Select everything that the selected nodes lead to, or that leads to them."""
        document = self._stage.document
        found = set(self._scene.selected)
        if not found:
            self._says.say(tr("Select a node first."))
            return
        stack = list(found)
        while stack:
            here = stack.pop()
            wires = document.wires_from.get(here, ()) if downstream else document.wires_into.get(here, ())
            for name in (w.target if downstream else w.source for w in wires):
                if name not in found:
                    found.add(name)
                    stack.append(name)
        self._scene.select(found)

    def invert(self) -> None:
        """Select what is not selected."""
        self._scene.select(set(self._scene.cards) - self._scene.selected)
