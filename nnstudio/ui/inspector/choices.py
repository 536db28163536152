"""The card of a choice: its formula, range, when to use it, and a picture of it; folded to one line until wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from nnstudio.catalog.entry import Activation, Entry
from nnstudio.ui.inspector.pictures import draw_curve
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.engine.curves import Curve

# Which families' cards are open; kept while the program runs.
OPEN: dict[str, bool] = {}


class ChoiceCard(QWidget):
    """Explains one entry. ``curve()`` gives its picture, or None while it is not known."""

    def __init__(self, entry: Entry, curve: Callable[[], Curve | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry, self._curve = entry, curve
        self._key: object = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2)
        layout.setSpacing(3)
        self.fold = QToolButton()
        self.fold.setObjectName("fold")
        self.fold.setText(entry.formula)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setCheckable(True)
        self.fold.setToolTip(tr("Formula, picture and when to use it"))
        self.fold.setAccessibleName(tr("About {name}", name=words(entry.title)))
        layout.addWidget(self.fold)
        self._inside = QWidget()
        inner = QVBoxLayout(self._inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(3)
        facts = [entry.formula]
        if isinstance(entry, Activation):
            facts += [f"{tr('range')} {entry.range}"] if entry.range else []
            facts += [f"{tr('slope')} {entry.derivative}"] if entry.derivative else []
        for text, style in (("\n".join(facts), ""), (words(entry.help), "muted")):
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setObjectName(style)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            inner.addWidget(label)
        self.picture = QLabel()
        self.picture.setAccessibleName(tr("Picture of {name}", name=words(entry.title)))
        self.picture.hide()
        inner.insertWidget(1, self.picture)
        layout.addWidget(self._inside)
        self.fold.toggled.connect(self._show)
        self.fold.setChecked(OPEN.get(entry.family, False))
        self._show(self.fold.isChecked())
        # The picture has colours of its own.
        theme.follow(self.refresh)

    def _show(self, opened: bool) -> None:
        OPEN[self.entry.family] = opened
        formula = self.entry.formula
        self.fold.setText(
            ("▾ " if opened else "▸ ")
            + (tr("about it") if opened else formula if len(formula) < 30 else formula[:28] + " …")
        )
        self._inside.setVisible(opened)
        if opened:
            self.refresh()

    def refresh(self) -> None:
        """Draw the picture anew if it is open."""
        if not self.fold.isChecked():
            return
        curve = self._curve()
        if curve is not None:
            self.picture.setPixmap(draw_curve(curve))
        self.picture.setVisible(curve is not None)
