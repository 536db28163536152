"""Tables whose rows are as low as their words allow, at any text size."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTableView

from nnstudio.ui.kit import theme

HEIGHT = 22


class _Rows(QObject):
    def __init__(self, table: QTableView, height: int) -> None:
        super().__init__(table)
        self._table, self._height = table, height
        self.restyle()
        theme.follow(self.restyle)

    def restyle(self) -> None:
        self._table.verticalHeader().setDefaultSectionSize(round(self._height * theme.text_scale()))


def keep_rows_low(table: QTableView, height: int = HEIGHT) -> None:
    """Give a table rows of a height, in pixels at the usual text size."""
    _Rows(table, height)
