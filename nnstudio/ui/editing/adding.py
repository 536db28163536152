"""Quick search at the mouse: type a few letters, Enter puts the node there.

A wire pulled into the void offers what fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import AddNode, Connect, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.text import in_every_language
from nnstudio.document.values import Wire
from nnstudio.session.blocks import own_blocks, shipped_blocks
from nnstudio.session.meaning import Meaning
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Places, Stage
from nnstudio.ui.editing.palette import BLOCK, GROUPS, OWN_BLOCK, SHIPPED, swatch
from nnstudio.ui.editing.placing import kind_of
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

WIDE, TALL = 270, 300
KIND, FOUND_BY, WHY = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
# In a larger network trying every kind would hold the window up.
MOST_TRIED_IN = 60


@dataclass(frozen=True)
class Offer:
    """Something that can be added."""

    kind: str
    title: str
    group: str
    found_by: str
    help: str


def offers() -> list[Offer]:
    """Everything that can be put on the canvas, in the order of the palette."""
    found = []
    for group, _ in GROUPS:
        for kind in node_kinds().values():
            if kind.group == group and not kind.hidden:
                said = in_every_language(kind.id, kind.title)
                found.append(Offer(kind.id, words(kind.title), group, said.casefold(), words(kind.help)))
    blocks = [(BLOCK + n, words(SHIPPED[n]) if n in SHIPPED else n) for n in shipped_blocks()] + [
        (OWN_BLOCK + n, n) for n in own_blocks()
    ]
    return found + [Offer(kind, title, "blocks", f"{kind} {title}".casefold(), "") for kind, title in blocks]


def rank(wanted: str, title: str, found_by: str) -> int | None:
    """How well something answers what was typed, 0 best; None when it does not."""
    wanted = wanted.strip().casefold()
    if not wanted or title.casefold().startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in found_by.split()):
        return 1
    if wanted in found_by:
        return 2
    # Letters in their order: "bn1" finds "batch norm 1d".
    rest = iter(found_by)
    return 3 if all(letter in rest for letter in wanted) else None


class QuickAdd(QFrame):
    """A search box with a list, at a place of the canvas; Esc or a click elsewhere leaves it."""

    def __init__(self, stage: Stage, canvas: CanvasView, places: Places, meaning: Meaning) -> None:
        super().__init__(canvas)
        self._stage, self._canvas, self._places, self._meaning = stage, canvas, places, meaning
        self._put: Callable[[str], None] = lambda kind: None
        self._trial: Iterator[None] | None = None
        self.setObjectName("popup")
        self.setFixedSize(WIDE, TALL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        self._title = QLabel()
        self._title.setObjectName("muted")
        layout.addWidget(self._title)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Type to search …"))
        self.search.setAccessibleName(tr("Search layers …"))
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        layout.addWidget(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("What can be added"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(self._take)
        layout.addWidget(self.list)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._try_next)
        self.hide()

    # -- opening ------------------------------------------------------------------------------

    def ask_here(self) -> None:
        """Offer everything, in the middle of the canvas."""
        self.ask(self._canvas.mapToScene(self._canvas.viewport().rect().center()))

    def ask(self, place: QPointF, typed: str = "") -> None:
        """Offer everything, to be put at a place of the canvas."""
        self._open(tr("Add"), place, offers(), lambda kind: self._places.add_at(kind, place), typed)

    def offer(self, node: str, side: str, port: str, place: QPointF) -> None:
        """Offer what fits to a wire that was pulled from a port into the void."""
        found = [
            o
            for o in offers()
            if (entry := kind_of(o.kind)) is not None and (entry.inputs if side == "out" else entry.outputs)
        ]
        there = {n.kind for n in self._stage.document.nodes}
        found = [o for o in found if not (o.kind in there and node_kinds()[o.kind].single)]
        self._open(
            tr("Add and connect"), place, found, lambda kind: self._places.add_wired(kind, place, node, side, port)
        )
        if side == "out" and len(self._meaning.document.nodes) <= MOST_TRIED_IN and self._meaning.lowered is not None:
            self._trial = self._tried(node, port)
            self._timer.start(0)

    def _open(
        self, title: str, place: QPointF, found: list[Offer], put: Callable[[str], None], typed: str = ""
    ) -> None:
        self._timer.stop()
        self._trial, self._put = None, put
        self._title.setText(title)
        self.list.clear()
        for offer in found:
            item = QListWidgetItem(swatch(theme.FAMILY[offer.group]), offer.title)
            item.setData(KIND, offer.kind)
            item.setData(FOUND_BY, offer.found_by)
            item.setToolTip(tip(offer.help))
            self.list.addItem(item)
        self.search.setText(typed)
        self._narrow(typed)
        canvas = self._canvas
        spot = canvas.mapFromScene(place)
        self.move(max(4, min(spot.x(), canvas.width() - WIDE - 4)), max(4, min(spot.y(), canvas.height() - TALL - 4)))
        self.show()
        self.raise_()
        self.search.setFocus()

    # -- narrowing ----------------------------------------------------------------------------

    def _narrow(self, typed: str) -> None:
        best: tuple[int, int] | None = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            found = rank(typed, item.text(), item.data(FOUND_BY))
            item.setHidden(found is None)
            if found is not None:
                place = (found + (10 if item.data(WHY) else 0), row)
                if best is None or place < best:
                    best = place
        if best is not None:
            self.list.setCurrentRow(best[1])
            self.list.scrollToItem(self.list.currentItem())

    def _tried(self, node: str, port: str) -> Iterator[None]:
        """Try one kind after the other behind the port; what the network would not take is dimmed and says why."""
        from nnstudio.session.marking import problems_of

        for row in range(self.list.count()):
            item = self.list.item(row)
            entry = kind_of(item.data(KIND))
            if entry is None or entry.role != "layer":
                continue
            document = self._stage.document
            name = fresh_id(document, "tried")
            try:
                changed = self._meaning.document
                for edit in (AddNode(entry.id, name), Connect(Wire(node, port, name, entry.inputs[0].name))):
                    changed = self._stage.wrap(edit).apply(changed, CATALOG)
                full = self._stage.full_id(name)
                # An input that is still to be wired is no reason against a layer.
                wrong = [
                    p
                    for p in problems_of(changed)
                    if p.node == full and p.severity != "note" and not p.what.key.startswith("port.")
                ]
                why = words(wrong[0].what) if wrong else ""
            except StudioError as error:
                why = words(error.message)
            if why:
                item.setData(WHY, why)
                item.setToolTip(tip(why))
                item.setForeground(QColor(theme.current().muted))
                item.setText(f"{item.text()}  ⚠")
            yield

    def _try_next(self) -> None:
        if self._trial is None or next(self._trial, self) is self:
            self._timer.stop()
            self._trial = None
            if self.isVisible():
                self._narrow(self.search.text())

    # -- taking -------------------------------------------------------------------------------

    def leave(self) -> None:
        """Close without adding anything."""
        if self.isVisible():
            self._timer.stop()
            self._trial = None
            self.hide()
            self._canvas.setFocus()

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None and not item.isHidden():
            kind = item.data(KIND)
            self.leave()
            self._put(kind)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and watched is self.search:
            QTimer.singleShot(0, self, self._left)
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key == Qt.Key.Key_Escape:
                self.leave()
            elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
            elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if key == Qt.Key.Key_Down else -1)
            else:
                return False
            return True
        return False

    def _left(self) -> None:
        focus = self.window().focusWidget() if isinstance(self.window(), QWidget) else None
        if self.isVisible() and focus is not None and not self.isAncestorOf(focus):
            self._timer.stop()
            self.hide()

    def _step(self, way: int) -> None:
        row = self.list.currentRow() + way
        while 0 <= row < self.list.count():
            if not self.list.item(row).isHidden():
                self.list.setCurrentRow(row)
                return
            row += way
