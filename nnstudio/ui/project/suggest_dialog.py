"""The last page of "from my data": a network that suits it, to be taken, taken and run, or left."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import Document
from nnstudio.ui.canvas.heading import summary_of, title_of
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.project.thumbs import thumbnail

TAKE, RUN = 1, 2


class SuggestDialog(QDialog):
    """Shows the suggested network; ``exec`` returns 0, TAKE or RUN."""

    def __init__(self, document: Document, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("A network for this data"))
        layout = QVBoxLayout(self)
        said = QLabel(
            tr(
                "{rows} samples were read. This network is a good beginning; everything about it can be changed.",
                rows=f"{rows:,}",
            )
        )
        said.setWordWrap(True)
        layout.addWidget(said)
        picture = QLabel()
        picture.setPixmap(thumbnail(document, 460, 110, self.devicePixelRatioF()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(picture)
        lines = [
            f"{title_of(node)}: {summary_of(node)}" if summary_of(node) else title_of(node)
            for node in document.nodes
            if node.kind in node_kinds()
        ]
        text = plain(QLabel("\n".join(lines)))
        text.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(text)
        buttons = QDialogButtonBox()
        self.run = buttons.addButton(tr("Take it and run"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take = buttons.addButton(tr("Take it"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.leave = buttons.addButton(tr("Only the data"), QDialogButtonBox.ButtonRole.RejectRole)
        self.run.setDefault(True)
        self.run.clicked.connect(lambda: self.done(RUN))
        self.take.clicked.connect(lambda: self.done(TAKE))
        self.leave.clicked.connect(self.reject)
        layout.addWidget(buttons)
