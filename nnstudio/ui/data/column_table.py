"""The table of columns: name, role, kind, what was found, how it goes in; a click on a cell opens what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.judged import Judged
from nnstudio.catalog.sources.treatments import GROUP, ID, IGNORE, ORDER, PART, TARGET, Treatment
from nnstudio.ui.data.column_words import found_text, kind_of, kind_text, role_words, treatment_text
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

NAME, ROLE, KIND, FOUND, TREATMENT = range(5)
TOP = QModelIndex()
BARS_ROLE, WARNING_ROLE, QUIET_ROLE = (Qt.ItemDataRole.UserRole + n for n in range(3))
BARS_WIDTH, ROW_HEIGHT = 84, 46
Index = QModelIndex | QPersistentModelIndex


class ColumnModel(QAbstractTableModel):
    """Columns as they were judged, with what is said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: tuple[Judged, ...] = ()
        self.roles: Mapping[str, str] = {}
        self.treatments: Mapping[str, Treatment] = {}
        self.columns: dict[str, Column] = {}
        self._params: Mapping[str, Any] = {}
        self._data: Mapping[str, Any] = {}

    def show(
        self,
        judged: tuple[Judged, ...],
        roles: Mapping[str, str],
        treatments: Mapping[str, Treatment],
        columns: tuple[Column, ...],
        params: Mapping[str, Any],
        data: Mapping[str, Any],
    ) -> None:
        """Show columns; the same ones keep their place on the screen."""
        same = [one.name for one in judged] == [one.name for one in self.judged]
        if not same:
            self.beginResetModel()
        self.judged, self.roles, self.treatments = judged, roles, treatments
        self.columns = {column.name: column for column in columns}
        self._params, self._data = params, data
        if not same:
            self.endResetModel()
        elif judged:
            self.dataChanged.emit(self.index(0, 0), self.index(len(judged) - 1, TREATMENT))

    def rowCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else len(self.judged)

    def columnCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Column"), tr("Role"), tr("Type"), tr("What was found"), tr("Treatment"))[section]
        return None

    def treatment(self, row: int) -> Treatment:
        """What is said of a column."""
        return self.treatments.get(self.judged[row].name, Treatment())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self.judged[index.row()]
        its_role, treatment = self.roles.get(one.name, IGNORE), self.treatment(index.row())
        kind = kind_of(one, treatment)
        if role == WARNING_ROLE:
            return [words(warning) for warning in one.warnings]
        if role == BARS_ROLE:
            return one.bars
        if role == QUIET_ROLE:
            return its_role in (ID, IGNORE)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        column = index.column()
        if column == NAME:
            text = one.name
        elif column == ROLE:
            text = role_words()[its_role]
        elif column == KIND:
            text = kind_text(one, kind)
        elif column == FOUND:
            text = found_text(one, kind)
            if role != Qt.ItemDataRole.DisplayRole:
                text = "\n".join((text, *(words(warning) for warning in one.warnings)))
        else:
            text = treatment_text(one, its_role, treatment, self.columns.get(one.name), self._params, self._data)
        return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text


class ColumnView(QTableView):
    """The table itself; ``opened`` tells a cell that a blank, F2 or Enter was pressed on."""

    opened = Signal(QModelIndex)

    def __init__(self, model: ColumnModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(ColumnDelegate(self))
        self.setAccessibleName(tr("Columns"))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(ROW_HEIGHT * theme.text_scale()))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, wide in enumerate((130, 100, 112, 240, 196)):
            header.resizeSection(section, wide)
        header.setSectionResizeMode(FOUND, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that open what a cell offers; Enter elsewhere is the dialog's."""
        index = self.currentIndex()
        keys = (Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys and index.isValid() and index.column() in (ROLE, KIND, TREATMENT):
            self.opened.emit(index)
            return
        super().keyPressEvent(event)


def role_colour(role: str) -> str:
    """The colour of a role."""
    now = theme.current()
    return {
        TARGET: now.negative,
        GROUP: now.good,
        ORDER: now.good,
        PART: now.now,
        ID: now.muted,
        IGNORE: now.muted,
    }.get(role, now.accent)


class ColumnDelegate(QStyledItemDelegate):
    """Paints a cell: a role as a pill, a kind as a box, what was found with its bars."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, round(ROW_HEIGHT * theme.text_scale()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now, model = theme.current(), index.model()
        assert isinstance(model, ColumnModel)
        one = model.judged[index.row()]
        role = model.roles.get(one.name, IGNORE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        colour = QColor(role_colour(role))
        if role == TARGET:
            colour.setAlpha(24)
            painter.fillRect(area, colour)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(now.accent), 1.4))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 4, 4)
        painter.setPen(QPen(QColor(now.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        text = str(model.data(index))
        quiet = bool(model.data(index, QUIET_ROLE))
        ink = QColor(now.muted if quiet else now.text)
        inner = area.adjusted(10, 0, -6, 0)
        column = index.column()
        if column == ROLE:
            self._box(painter, option, inner, text, QColor(role_colour(role)), round_=True)
        elif column == KIND:
            self._box(painter, option, inner, text, QColor(now.border), ink=ink)
        elif column == FOUND:
            self._found(painter, option, inner, text, model, index, ink)
        else:
            font = QFont(option.font)
            font.setBold(column == NAME)
            self._text(painter, font, inner, text, ink)
        painter.restore()

    def _text(self, painter: QPainter, font: QFont, area: QRectF, text: str, ink: QColor) -> None:
        painter.setFont(font)
        painter.setPen(ink)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _box(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRectF,
        text: str,
        edge: QColor,
        *,
        round_: bool = False,
        ink: QColor | None = None,
    ) -> None:
        height = min(area.height() - 10, option.fontMetrics.height() + 10)
        box = QRectF(area.left(), area.center().y() - height / 2, area.width() - 2, height)
        painter.setPen(QPen(edge, 1.4))
        painter.setBrush(QColor(theme.current().card))
        painter.drawRoundedRect(box, height / 2 if round_ else 5, height / 2 if round_ else 5)
        font = QFont(option.font)
        font.setBold(round_)
        painter.setFont(font)
        painter.setPen(ink or edge)
        room = box.adjusted(9, 0, -16, 0)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        # A small triangle says that there is a list.
        x, y = box.right() - 12, box.center().y()
        painter.setPen(QPen(ink or edge, 1.3))
        painter.drawPolyline(
            [
                QRectF(x - 3, y - 2, 0, 0).topLeft(),
                QRectF(x, y + 2, 0, 0).topLeft(),
                QRectF(x + 3, y - 2, 0, 0).topLeft(),
            ]
        )

    def _found(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRectF,
        text: str,
        model: ColumnModel,
        index: Index,
        ink: QColor,
    ) -> None:
        now, bars = theme.current(), model.data(index, BARS_ROLE)
        warnings = model.data(index, WARNING_ROLE)
        words_area = QRectF(area)
        if bars and area.width() > 3 * BARS_WIDTH:
            place = QRectF(area.right() - BARS_WIDTH - 6, area.top() + 8, BARS_WIDTH, area.height() - 14)
            words_area.setRight(place.left() - 8)
            most, wide = max(bars), place.width() / len(bars)
            role = model.roles.get(model.judged[index.row()].name, IGNORE)
            fill = QColor(now.negative if role == TARGET else now.positive)
            fill.setAlpha(90 if role in (ID, IGNORE) else 200)
            for number, count in enumerate(bars):
                high = max(1.0 if count else 0.0, place.height() * count / most)
                painter.fillRect(
                    QRectF(place.left() + number * wide, place.bottom() - high, max(1.0, wide - 1), high), fill
                )
        if not warnings:
            self._text(painter, option.font, words_area, text, ink)
            return
        half = words_area.height() / 2 - 4
        first = QRectF(words_area.left(), words_area.top() + 4, words_area.width(), half)
        second = first.translated(0, half)
        if text:
            self._text(painter, option.font, first, text, ink)
        else:
            second = words_area
        font = QFont(option.font)
        tells = any(warning.key == "column.leaks" for warning in model.judged[index.row()].warnings)
        font.setBold(tells)
        self._text(painter, font, second, " · ".join(warnings), QColor(now.bad if tells else now.muted))
