"""The phases of a step above its slider, each as wide as its stops; a click goes to where it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from nnstudio.explain.phases import PHASES
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.engine.trace import Trace


class PhaseBar(QWidget):
    """``picked`` is a phase by its name."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        # Short phases beside each other are still two words.
        self._row.setSpacing(8)
        for phase in PHASES:
            button = QPushButton(words(PHASES[phase]))
            button.setObjectName("phase")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setToolTip(tr("Go to where this phase begins"))
            button.clicked.connect(lambda checked=False, phase=phase: self.picked.emit(phase))
            self.buttons[phase] = button
            self._row.addWidget(button, 1)

    def show_trace(self, trace: Trace) -> None:
        """Give each phase the share of its stops; one without any cannot be gone to."""
        for place, (phase, button) in enumerate(self.buttons.items()):
            count = sum(moment.phase == phase for moment in trace.moments)
            button.setEnabled(count > 0)
            self._row.setStretch(place, max(1, count))

    def mark(self, phase: str) -> None:
        """Bring out the phase that is walked through."""
        for name, button in self.buttons.items():
            style = f"color: {theme.current().now}; font-weight: 600" if name == phase else ""
            if button.styleSheet() != style:
                button.setStyleSheet(style)
