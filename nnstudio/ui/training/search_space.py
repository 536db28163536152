"""What a search varies: settings are ticked, numbers have two ends, choices have values that are ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import SearchRefused
from nnstudio.document.numbers import number
from nnstudio.document.text import concat, joined
from nnstudio.session.searching.offering import Offer
from nnstudio.session.variants import BadValues
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words

PLACE = Qt.ItemDataRole.UserRole
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
# A choice of no more than so many begins with all of them.
ALL = 4
# Of a line, in pixels at the usual text size.
HEIGHT = 22


def offer_words(offer: Offer) -> str:
    """A setting by its name, without that of its node."""
    own = offer.titles[1:] if offer.node else offer.titles
    return " · ".join(words(title) for title in own)


class Ends(QWidget):
    """From where to where a number goes."""

    changed = Signal()

    def __init__(self, offer: Offer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offer = offer
        self.low, self.high = (QLineEdit(f"{end:.6g}") for end in (offer.low, offer.high))
        self.low.setAccessibleName(tr("From"))
        self.high.setAccessibleName(tr("To"))
        self.log = QCheckBox(tr("by powers"))
        self.log.setToolTip(tr("As often between 0.001 and 0.01 as between 0.01 and 0.1: for rates and sizes"))
        self.log.setChecked(offer.log)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setSpacing(6)
        for widget in (self.low, self.high):
            layout.addWidget(widget, 1)
            widget.textChanged.connect(lambda _: self.changed.emit())
        layout.addWidget(self.log)
        self.log.toggled.connect(lambda _: self.changed.emit())

    def table(self) -> dict[str, Any]:
        """What was typed.

        Raises:
            BadValues: it is no number.
        """
        whole = isinstance(self._offer.low, int)
        found: dict[str, Any] = {}
        for name, line in (("low", self.low), ("high", self.high)):
            try:
                text = line.text().strip().replace(",", ".").replace("−", "-")
                found[name] = int(text) if whole else float(text)
            except ValueError:
                raise BadValues(line.text()) from None
        return {**found, **({"log": True} if self.log.isChecked() else {})}


class SpaceEditor(QWidget):
    """The list of all settings, by node; those that only few ever change are left out at first."""

    changed = Signal()

    def __init__(self, offers: Sequence[Offer], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = tuple(offers)
        self._items: list[QTreeWidgetItem] = []
        # Headings with their lines; the lines of a choice's values.
        self._groups: dict[str, tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = {}
        self._values: dict[int, list[QTreeWidgetItem]] = {}
        self._ends: dict[int, Ends] = {}
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter …"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.all = QCheckBox(tr("all settings"))
        self.all.setToolTip(tr("Also those that are seldom changed"))
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(tr("What to vary"))
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([tr("Setting"), tr("From, to")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._fill()
        head = QHBoxLayout()
        head.addWidget(self.filter, 1)
        head.addWidget(self.all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.tree, 1)
        self.filter.textChanged.connect(lambda _: self._sift())
        self.all.toggled.connect(lambda _: self._sift())
        self.tree.itemChanged.connect(self._ticked)
        self._sift()

    def _fill(self) -> None:
        for place, offer in enumerate(self._offers):
            name = words(offer.titles[0]) if offer.node else tr("Training")
            if name not in self._groups:
                group = QTreeWidgetItem(self.tree, [name])
                group.setExpanded(True)
                font = group.font(0)
                font.setBold(True)
                group.setFont(0, font)
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self._groups[name] = (group, [])
            group, lines = self._groups[name]
            item = QTreeWidgetItem(group, [offer_words(offer), self._now(offer)])
            lines.append(item)
            item.setData(0, PLACE, place)
            item.setCheckState(0, UNCHECKED)
            item.setSizeHint(0, QSize(0, round(HEIGHT * theme.text_scale())))
            item.setForeground(1, self.palette().placeholderText())
            self._items.append(item)

    def _now(self, offer: Offer) -> str:
        """What a setting is on the canvas."""
        if offer.options:
            return next((words(title) for kind, title in offer.options if kind == offer.value), tr("as the network"))
        if offer.value is None:
            return tr("none")
        return number(offer.value) if isinstance(offer.value, float) else str(offer.value)

    def _sift(self) -> None:
        wanted = self.filter.text().strip().casefold()
        for name, (group, lines) in self._groups.items():
            for item in lines:
                offer = self._offers[item.data(0, PLACE)]
                seldom = offer.advanced and not self.all.isChecked() and not wanted
                text = f"{name} {item.text(0)}".casefold()
                item.setHidden(item.checkState(0) == UNCHECKED and (seldom or wanted not in text))
            group.setHidden(all(item.isHidden() for item in lines))

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        place = item.data(0, PLACE)
        if place is None or column:
            if column == 0 and item.parent() is not None:
                self.changed.emit()
            return
        offer, on = self._offers[place], item.checkState(0) == CHECKED
        self.tree.blockSignals(True)
        if offer.options:
            self._choices(place, on)
        elif on and place not in self._ends:
            item.setText(1, "")
            ends = self._ends[place] = Ends(offer)
            ends.changed.connect(self.changed)
            item.setSizeHint(1, ends.sizeHint())
            self.tree.setItemWidget(item, 1, ends)
        elif not on and place in self._ends:
            del self._ends[place]
            self.tree.removeItemWidget(item, 1)
            item.setSizeHint(1, QSize())
            item.setText(1, self._now(offer))
        self.tree.blockSignals(False)
        self.changed.emit()

    def _choices(self, place: int, on: bool) -> None:
        item, offer = self._items[place], self._offers[place]
        if on and place not in self._values:
            self._values[place] = []
            for kind, title in offer.options:
                line = QTreeWidgetItem(item, [words(title)])
                line.setData(1, PLACE, kind)
                line.setSizeHint(0, QSize(0, round(HEIGHT * theme.text_scale())))
                line.setCheckState(0, CHECKED if len(offer.options) <= ALL or kind == offer.value else UNCHECKED)
                self._values[place].append(line)
        elif not on:
            for line in self._values.pop(place, []):
                item.removeChild(line)
        item.setExpanded(on)
        item.setText(1, tr("tick what is to be tried") if on else self._now(offer))

    def tick(self, node: str, setting: str) -> None:
        """Tick a setting, if the network has it."""
        for item, offer in zip(self._items, self._offers, strict=True):
            if (offer.node, offer.setting) == (node, setting):
                item.setCheckState(0, CHECKED)

    def ends(self, node: str, setting: str) -> Ends:
        """The two ends of a number that is ticked."""
        return next(
            e for p, e in self._ends.items() if (self._offers[p].node, self._offers[p].setting) == (node, setting)
        )

    def try_value(self, node: str, setting: str, kind: str) -> None:
        """Tick a value of a choice that is ticked."""
        for place, offer in enumerate(self._offers):
            if (offer.node, offer.setting) == (node, setting):
                for line in self._values.get(place, []):
                    if line.data(1, PLACE) == kind:
                        line.setCheckState(0, CHECKED)

    def tables(self) -> list[dict[str, Any]]:
        """What is ticked, as tables ``[[vary]]``.

        Raises:
            BadValues: an end is no number.
            SearchRefused: of a choice there are not two values.
        """
        found: list[dict[str, Any]] = []
        for place, (item, offer) in enumerate(zip(self._items, self._offers, strict=True)):
            if item.checkState(0) != CHECKED:
                continue
            table: dict[str, Any] = {"node": offer.node} if offer.node else {}
            table["setting"] = offer.setting
            if offer.options:
                lines = self._values.get(place, [])
                table["values"] = [one.data(1, PLACE) for one in lines if one.checkState(0) == CHECKED]
                if len(table["values"]) < 2:
                    raise SearchRefused(
                        "search.two", name=joined(offer.titles) if offer.node else concat(*offer.titles)
                    )
            else:
                table.update(self._ends[place].table())
            found.append(table)
        return found

    def ticked(self) -> int:
        """How many settings are ticked."""
        return sum(item.checkState(0) == CHECKED for item in self._items)
