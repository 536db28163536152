"""What a click on a column's role, kind or treatment offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QTableView, QWidget

from nnstudio.catalog.sources.dates import PARTS
from nnstudio.catalog.sources.sides import COLOUR, GREY, LENGTH, LENGTHS, SIZES, cut_of, size_of
from nnstudio.catalog.sources.tokenizing import CHARACTERS, PAIRS, WORDS
from nnstudio.catalog.sources.treatments import (
    AS_WRITTEN,
    CATEGORY,
    DATE,
    DATE_US,
    EMBED,
    FLAG,
    GROUP,
    INPUT,
    LOG,
    NUMBER,
    ORDER,
    ORDERED,
    PART,
    PICTURE,
    RARE,
    TARGET,
    TEXT,
    Treatment,
    plain_treatments,
    targets_of,
    treatments_of,
)
from nnstudio.document.values import Params
from nnstudio.session.column_page import with_role, with_texts
from nnstudio.ui.data.column_table import KIND, ROLE, ColumnModel
from nnstudio.ui.data.column_words import (
    fill_words,
    kind_of,
    kind_words,
    part_words,
    role_help,
    role_words,
    scale_words,
)
from nnstudio.ui.kit.texts import tr

Changed = Callable[[Params, Mapping[str, Any] | None], None]
# The split that a role asks for.
SPLITS = {GROUP: "grouped", ORDER: "ordered", PART: "given"}


class ColumnMenu:
    """Makes the menu of a cell; what is chosen goes to ``changed``."""

    def __init__(
        self, over: QWidget, model: ColumnModel, changed: Callable[[Params, Mapping[str, Any] | None], None]
    ) -> None:
        self._over, self._model, self._changed = over, model, changed

    def open(self, index: QModelIndex, table: QTableView, params: Params, data: Params) -> None:
        """Open the menu of a cell below it."""
        menu = self.menu_of(index, params, data)
        if menu.isEmpty():
            return
        place = table.visualRect(index)
        menu.popup(table.viewport().mapToGlobal(place.bottomLeft()))

    def menu_of(self, index: QModelIndex, params: Params, data: Params) -> QMenu:
        """Return the menu of a cell; it goes when it closes."""
        menu = QMenu(self._over)
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        if index.column() == ROLE:
            self._roles(menu, index.row(), params, data)
        elif index.column() == KIND:
            self._kinds(menu, index.row(), params)
        else:
            self._treatments(menu, index.row(), params)
        return menu

    def _roles(self, menu: QMenu, row: int, params: Params, data: Params) -> None:
        one = self._model.judged[row]
        name, names = one.name, tuple(one.name for one in self._model.judged)
        now, helps = self._model.roles.get(name), role_help()

        def choose(role: str) -> None:
            found = with_role(params, names, name, role)
            if role == INPUT:
                found = with_texts(found, names, {name: kind_of(one, self._model.treatment(row))})
            split = SPLITS.get(role)
            lost = SPLITS.get(str(now)) == data["split"] and role != now
            self._changed(found, {"split": split} if split else {"split": "stratified"} if lost else None)

        self._choices(menu, role_words(), now, choose, helps)
        if now == TARGET or not any(role == TARGET for role in self._model.roles.values()):
            return
        menu.addSeparator()
        more = menu.addAction(tr("one more target"))
        more.triggered.connect(lambda: self._one_more(name, params, names))

    def _one_more(self, name: str, params: Params, names: tuple[str, ...]) -> None:
        targets = [other for other in names if self._model.roles.get(other) == TARGET or other == name]
        columns = tuple(other for other in params["columns"] if other != name)
        self._changed(Params({**params, "targets": tuple(targets), "columns": columns}), None)

    def _kinds(self, menu: QMenu, row: int, params: Params) -> None:
        one, treatment = self._model.judged[row], self._model.treatment(row)
        wanted = kind_words()
        offers = {kind: wanted[kind] for kind in (NUMBER, CATEGORY, ORDERED, DATE, DATE_US, FLAG, TEXT, PICTURE)}
        if one.kind != PICTURE:
            offers.pop(PICTURE)
        if one.distinct != 2:
            offers.pop(FLAG)
        if one.kind != DATE:
            offers.pop(DATE_US)
        if one.kind not in (DATE, TEXT):
            offers.pop(DATE)

        def choose(kind: str) -> None:
            if kind == kind_of(one, treatment):
                return
            # What is read as it is written was judged as text: whether it would be by itself is not known.
            said = "" if kind == one.kind and kind not in AS_WRITTEN and not treatment.kind else kind
            self._say(params, row, replace(treatment, kind=said, treat="", levels=()))

        self._choices(menu, offers, kind_of(one, treatment), choose)

    def _treatments(self, menu: QMenu, row: int, params: Params) -> None:
        one, treatment = self._model.judged[row], self._model.treatment(row)
        role, kind = self._model.roles.get(one.name), kind_of(one, treatment)
        if role == ORDER and kind in (DATE, DATE_US):
            self._order_too(menu, one.name, params)
        elif role != INPUT:
            return
        if kind == NUMBER:
            scale = menu.addMenu(tr("Scaling"))
            self._choices(
                scale, scale_words(), treatment.scale, lambda s: self._say(params, row, replace(treatment, scale=s))
            )
            log = menu.addAction(tr("logarithm"))
            log.setCheckable(True)
            log.setChecked(treatment.treat == LOG)
            log.triggered.connect(lambda on: self._say(params, row, replace(treatment, treat=LOG if on else "")))
        elif kind == CATEGORY:
            offers = {
                "": tr("one-hot"),
                RARE: tr("one-hot, rare together"),
                EMBED: tr("embedding, an input of its own"),
            }
            self._choices(menu, offers, treatment.treat, lambda t: self._say(params, row, replace(treatment, treat=t)))
        elif kind == TEXT:
            self._texts(menu, row, params, treatment)
        elif kind == PICTURE:
            self._pictures(menu, row, params, treatment)
        elif kind == ORDERED:
            order = menu.addAction(tr("Order …"))
            order.triggered.connect(lambda: self._order(row, params))
        elif kind in (DATE, DATE_US):
            self._dates(menu, row, params, treatment)
        if kind not in (CATEGORY, TEXT):
            fill = menu.addMenu(tr("Missing cells"))
            self._choices(
                fill, fill_words(), treatment.fill, lambda f: self._say(params, row, replace(treatment, fill=f))
            )

    def _texts(self, menu: QMenu, row: int, params: Params, treatment: Treatment) -> None:
        """What a text is cut into, and how long a sample is."""
        now, length = cut_of(treatment.treat)
        names = {CHARACTERS: tr("characters"), WORDS: tr("words"), PAIRS: tr("byte pairs")}

        def cut(kind: str) -> None:
            treat = f"{kind} {length or LENGTH}" if kind else ""
            self._say(params, row, replace(treatment, kind=TEXT if kind else treatment.kind, treat=treat))

        self._choices(menu, {"": tr("stays out"), **names}, now, cut)
        if now:
            longer = menu.addMenu(tr("Length"))
            offers = {str(n): tr("{count} {tokens}", count=n, tokens=names[now]) for n in LENGTHS}
            self._choices(
                longer, offers, str(length), lambda n: self._say(params, row, replace(treatment, treat=f"{now} {n}"))
            )

    def _pictures(self, menu: QMenu, row: int, params: Params, treatment: Treatment) -> None:
        """Colours and size of pictures."""
        form, side = size_of(treatment.treat)
        self._choices(
            menu,
            {COLOUR: tr("colour"), GREY: tr("grey")},
            form,
            lambda f: self._say(params, row, replace(treatment, treat=f"{f} {side}")),
        )
        sizes = menu.addMenu(tr("Size"))
        self._choices(
            sizes,
            {str(n): f"{n} × {n}" for n in SIZES},
            str(side),
            lambda n: self._say(params, row, replace(treatment, treat=f"{form} {n}")),
        )

    def _dates(self, menu: QMenu, row: int, params: Params, treatment: Treatment) -> None:
        parts = [part for part in treatment.treat.split() if part in PARTS]
        shown = parts or [
            feature.rsplit(": ", 1)[-1]
            for column in self._model.columns.values()
            if column.name == self._model.judged[row].name
            for feature in column.features
        ]

        def toggle(part: str) -> None:
            kept = [p for p in PARTS if (p in shown) != (p == part)]
            self._say(params, row, replace(treatment, treat=" ".join(kept)))

        for part, text in part_words().items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(part in shown)
            action.triggered.connect(lambda _on, part=part: toggle(part))

    def _order_too(self, menu: QMenu, name: str, params: Params) -> None:
        """Whether a column that says the order is learnt from as well."""
        others = [n for n, role in self._model.roles.items() if role == INPUT]
        inside = name in params["columns"]
        too = menu.addAction(tr("learn from it as well"))
        too.setCheckable(True)
        too.setChecked(inside)
        columns = (
            tuple(others)
            if inside
            else tuple(one.name for one in self._model.judged if one.name in others or one.name == name)
        )
        chosen = columns or targets_of(self._model.roles, params)
        too.triggered.connect(lambda _on: self._changed(params.with_value("columns", chosen), None))
        menu.addSeparator()

    def _order(self, row: int, params: Params) -> None:
        """Ask for the order of the categories, one a line."""
        one, treatment = self._model.judged[row], self._model.treatment(row)
        levels = treatment.levels or one.levels
        text, okay = QInputDialog.getMultiLineText(
            self._over, one.name, tr("From little to much, one a line:"), "\n".join(levels)
        )
        if okay:
            wanted = tuple(line.strip() for line in text.splitlines() if line.strip())
            self._say(params, row, replace(treatment, levels=wanted))

    def _say(self, params: Params, row: int, treatment: Treatment) -> None:
        known = treatments_of(params)
        known[self._model.judged[row].name] = treatment
        self._changed(params.with_value("treatments", plain_treatments(known)), None)

    def _choices(
        self,
        menu: QMenu,
        offers: Mapping[str, str],
        now: str | None,
        choose: Callable[[str], None],
        helps: Mapping[str, str] | None = None,
    ) -> None:
        group = QActionGroup(menu)
        for value, text in offers.items():
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(value == now)
            action.setToolTip((helps or {}).get(value, text))
            action.triggered.connect(lambda _on, value=value: choose(value))
            group.addAction(action)
            menu.addAction(action)
