"""The palette: every kind of node by family, with a search box; drag or double-click."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.text import Text, in_every_language
from nnstudio.session.blocks import own_blocks, shipped_blocks
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.beside import tips_beside
from nnstudio.ui.kit.texts import tr, words

GROUPS = (
    ("data", Text("DATA")),
    ("layers", Text("LAYERS")),
    ("train", Text("TRAIN")),
    ("join", Text("JOIN")),
    ("norm", Text("NORMS")),
    ("shape", Text("SHAPE")),
    ("convolution", Text("CONVOLUTION")),
    ("sequence", Text("SEQUENCE")),
    ("graph", Text("GRAPH")),
    ("blocks", Text("GROUPS AND BLOCKS")),
)
BLOCK, OWN_BLOCK = "block:", "own-block:"
SHIPPED = {"residual": Text("Residual block"), "mlp": Text("MLP block"), "conv-norm-act": Text("Conv – norm – act")}
KIND = Qt.ItemDataRole.UserRole
GROUP_OF = Qt.ItemDataRole.UserRole + 1
FIRST_LESSON = ("data", "layers", "train")
MIME = "application/x-nnstudio-kind"


class PaletteList(QListWidget):
    """The list; a drag carries the kind's id.

    ``returned`` is Enter: Qt's own "activated" comes with a double click too.
    """

    returned = Signal(QListWidgetItem)

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        kind = item.data(KIND) if item is not None else None
        if not kind:
            return
        data = QMimeData()
        data.setData(MIME, QByteArray(kind.encode("utf-8")))
        drag = QDrag(self)
        drag.setMimeData(data)
        # The entry itself hangs on the mouse; over the canvas the card that it would be stands below.
        shown = self.viewport().grab(self.visualItemRect(item))
        drag.setPixmap(shown)
        drag.setHotSpot(QPoint(shown.width() // 3, shown.height() + 6))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self.returned.emit(self.currentItem())
            return
        super().keyPressEvent(event)


class Palette(QWidget):
    """Search box and list; ``chosen`` names the kind that was double-clicked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = True
        self._found_by: dict[str, tuple[Text | str, ...]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 6, 6)
        layout.setSpacing(6)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search layers …"))
        self.search.setAccessibleName(tr("Search layers …"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take_first)
        layout.addWidget(self.search)
        self.list = PaletteList()
        self.list.setObjectName("palette")
        self.list.setAccessibleName(tr("Palette"))
        self.list.setDragEnabled(True)
        tips_beside(self.list)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemDoubleClicked.connect(self._choose)
        self.list.returned.connect(self._choose)
        layout.addWidget(self.list)
        self.fill()
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Give the rows room for the present text size."""
        for row in range(self.list.count()):
            if self.list.item(row).data(KIND):
                self.list.item(row).setSizeHint(self._row())

    def _row(self) -> QSize:
        return QSize(60, self.fontMetrics().height() + 11)

    def fill(self) -> None:
        """List every kind and every block."""
        self.list.clear()
        for group, title in GROUPS:
            heading = QListWidgetItem(words(title))
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            heading.setData(GROUP_OF, group)
            self.list.addItem(heading)
            for kind in node_kinds().values():
                if kind.group == group and not kind.hidden:
                    self._add(
                        group,
                        words(kind.title),
                        kind.id,
                        f"{words(kind.help)}\n{kind.formula}".strip(),
                        (kind.id, kind.title, kind.help),
                    )
        for name in shipped_blocks():
            text = SHIPPED.get(name, Text(name))
            self._add(
                "blocks",
                words(text),
                BLOCK + name,
                tr("A block that ships with the program; its copy has weights of its own."),
                (name, text),
            )
        for name in own_blocks():
            self._add(
                "blocks", name, OWN_BLOCK + name, tr("A block of your own; its copy has weights of its own."), (name,)
            )
        self._filter(self.search.text())

    def go_to_search(self) -> None:
        """Go to the search box."""
        self.search.setFocus()
        self.search.selectAll()

    def set_full(self, full: bool) -> None:
        """Show every group, or those of a first lesson; searching finds everything all the same."""
        self._full = full
        self._filter(self.search.text())

    def _add(self, group: str, title: str, kind: str, tip: str, found_by: tuple[Text | str, ...]) -> None:
        item = QListWidgetItem(swatch(theme.FAMILY[group]), title)
        item.setData(KIND, kind)
        item.setData(GROUP_OF, group)
        self._found_by[kind] = found_by
        item.setSizeHint(self._row())
        item.setToolTip(tip)
        self.list.addItem(item)

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for row in range(self.list.count()):
            item = self.list.item(row)
            kind = item.data(KIND)
            left_out = not wanted and not self._full and item.data(GROUP_OF) not in FIRST_LESSON
            if kind is None:
                item.setHidden(bool(wanted) or left_out)
                continue
            item.setHidden(
                left_out or (bool(wanted) and wanted not in in_every_language(*self._found_by[kind]).casefold())
            )

    def _take_first(self) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            if not item.isHidden() and item.data(KIND):
                self.chosen.emit(item.data(KIND))
                return

    def _choose(self, item: QListWidgetItem) -> None:
        if item.data(KIND):
            self.chosen.emit(item.data(KIND))


def swatch(color: str) -> QIcon:
    """A stripe in the colour of a family."""
    pixmap = QPixmap(8, 32)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.fillRect(2, 4, 5, 24, QColor(color))
    painter.end()
    return QIcon(pixmap)
