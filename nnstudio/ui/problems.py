"""The list of all problems of the network."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from nnstudio.compile.problems import Problem
from nnstudio.ui.texts import tr, words


class ProblemList(QListWidget):
    """One line per problem; a click goes to its node."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setAccessibleName(tr("Problems"))
        self.itemClicked.connect(self._pick)
        self.itemActivated.connect(self._pick)

    def show_problems(self, problems: tuple[Problem, ...], titles: dict[str, str]) -> None:
        """Show problems with the names of their nodes."""
        self.clear()
        if not problems:
            item = QListWidgetItem(tr("No problems: the network can run."))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        for problem in problems:
            where = titles.get(problem.node, "") or tr("Network")
            item = QListWidgetItem(f"{where}: {words(problem.what)} {words(problem.why)} {words(problem.remedy)}")
            item.setData(Qt.ItemDataRole.UserRole, problem.node)
            self.addItem(item)

    def _pick(self, item: QListWidgetItem) -> None:
        node = item.data(Qt.ItemDataRole.UserRole)
        if node:
            self.picked.emit(node)
