"""Which tensors of a file go into which of the network."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.session.imports.matches import ALIKE, BY_NAME, BY_ORDER, Match
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr

SIZE = (760, 460)


class MatchDialog(QDialog):
    """A row for each tensor of the network; accepted where training is to begin with what was found."""

    def __init__(self, matches: Sequence[Match], said: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Weights from a file"))
        self.resize(*SIZE)
        layout = QVBoxLayout(self)
        self.note = plain(QLabel(said))
        self.note.setWordWrap(True)
        layout.addWidget(self.note)
        self.table = QTableWidget(len(matches), 4)
        self.table.setAccessibleName(tr("Weights from a file"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setHorizontalHeaderLabels([tr("Tensor"), tr("Shape"), tr("In the file"), tr("Found")])
        self.table.verticalHeader().setVisible(False)
        how = {
            BY_NAME: tr("by its name"),
            ALIKE: tr("by a name that is alike"),
            BY_ORDER: tr("by its form, in order"),
            "": tr("not found: it is drawn"),
        }
        for row, match in enumerate(matches):
            shape = " × ".join(map(str, match.shape)) or "1"
            for column, text in enumerate((match.name, shape, match.found or "—", how[match.how])):
                item = QTableWidgetItem(text)
                if not match.found:
                    item.setForeground(self.palette().placeholderText())
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        layout.addWidget(self.table, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.take = buttons.addButton(tr("Begin with these"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setEnabled(any(match.found for match in matches))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
