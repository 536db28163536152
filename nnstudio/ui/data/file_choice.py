"""A list that names one file, or asks for another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from nnstudio.ui.kit.texts import tr

ASK = "?"


class FileChoice(QComboBox):
    """Offers none, the file that was chosen, and to choose one; ``chosen(path)`` is told, "" for none."""

    def __init__(
        self, title: str, patterns: str, chosen: Callable[[str], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title, self._patterns, self._chosen = title, patterns, chosen
        self._now = ""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._take)
        self.show_file("")

    def show_file(self, path: str) -> None:
        """Show which file is chosen now."""
        self._now = path
        wanted = list(dict.fromkeys(("", path, ASK)))
        if [self.itemData(place) for place in range(self.count())] != wanted:
            self.clear()
            for one in wanted:
                self.addItem(tr("choose a file …") if one == ASK else Path(one).name or tr("none"), one)
        self.setCurrentIndex(wanted.index(path))

    def _take(self, row: int) -> None:
        path = self.itemData(row)
        if path == ASK:
            kinds = f"{self._title} ({self._patterns});;{tr('All files')} (*)"
            path, _ = QFileDialog.getOpenFileName(self, self._title, self._now, kinds)
            if not path:
                self.show_file(self._now)
                return
        if path != self._now:
            self._chosen(path)
