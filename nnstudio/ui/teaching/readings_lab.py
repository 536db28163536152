"""The readings lab: one β as a moving average, as momentum, and in Adam."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.session.readings import MOST, averaged
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.jump_slider import JumpSlider
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.plain_plot import close_plot, plain_plot, restyle
from nnstudio.ui.kit.texts import tr

BETA, NOISE, MOST_NOISE = 0.9, 0.3, 100


class ReadingsLab(QDialog):
    """It stays open beside the window; a slider changes every curve at once."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Readings: moving averages and momentum"))
        self.seed = 0
        self.beta, self.noise = JumpSlider(Qt.Orientation.Horizontal), JumpSlider(Qt.Orientation.Horizontal)
        self.beta.setRange(0, MOST)
        self.beta.setAccessibleName("β")
        self.beta.setValue(round(1000 * BETA))
        self.noise.setRange(0, MOST_NOISE)
        self.noise.setAccessibleName(tr("Noise"))
        self.noise.setValue(round(100 * NOISE))
        anew = QPushButton(tr("Other readings"))
        anew.setAutoDefault(False)
        anew.clicked.connect(self._anew)
        self.says = plain(QLabel())
        self.says.setWordWrap(True)
        row = QHBoxLayout()
        self._of_beta = QLabel()
        self._of_beta.setMinimumWidth(80)
        for widget, stretch in (
            (self._of_beta, 0),
            (self.beta, 2),
            (QLabel(tr("Noise")), 0),
            (self.noise, 1),
            (anew, 0),
        ):
            row.addWidget(widget, stretch)
        whole = QVBoxLayout(self)
        whole.addLayout(row)
        whole.addWidget(self.says)
        self.above, self.below = plain_plot(tr("Readings and their average")), plain_plot(tr("Steps of optimizers"))
        self.plots: tuple[Any, ...] = (self.above, self.below)
        self.curves: dict[str, pg.PlotDataItem] = {}
        self._keys: list[tuple[QLabel, str, str]] = []
        whole.addLayout(
            self._legend(
                ("readings", tr("readings Y"), 7),
                ("truth", tr("what is measured"), 3),
                ("average", tr("S ← βS + (1 − β)Y"), 5),
                ("corrected", tr("S / (1 − βᵗ), corrected"), 2),
            )
        )
        whole.addWidget(self.above, 3)
        head = plain(
            QLabel(tr("The same β, with the readings taken for gradients: how far each optimizer steps for η = 1"))
        )
        head.setObjectName("strong")
        head.setWordWrap(True)
        whole.addWidget(head)
        whole.addLayout(
            self._legend(
                ("velocity", tr("momentum of PyTorch: v ← βv + g"), 5),
                ("step", tr("momentum as an average: (1 − β)v"), 2),
                ("divided", tr("Adam: m / (√v + ε), both corrected"), 0),
            )
        )
        whole.addWidget(self.below, 2)
        for name in ("readings", "truth", "average", "corrected"):
            self.curves[name] = self.above.plot()
        for name in ("velocity", "step", "divided"):
            self.curves[name] = self.below.plot()
        self.resize(900, 660)
        for slider in (self.beta, self.noise):
            slider.valueChanged.connect(lambda value: self.draw())
        theme.follow(self.restyle)
        self.restyle()

    def _legend(self, *keys: tuple[str, str, int]) -> QHBoxLayout:
        row = QHBoxLayout()
        for name, text, color in keys:
            label = plain(QLabel(text))
            self._keys.append((label, name, theme.CLASSES[color]))
            swatch = QLabel()
            swatch.setFixedSize(14, 4)
            swatch.setStyleSheet(f"background: {theme.CLASSES[color]};")
            row.addWidget(swatch)
            row.addWidget(label)
            row.addSpacing(12)
        row.addStretch(1)
        return row

    def restyle(self) -> None:
        """Take the colours of the theme."""
        if not self.plots:
            return
        for plot in self.plots:
            restyle(plot)
        for _, name, color in self._keys:
            if name == "readings":
                self.curves[name].setPen(None)
                self.curves[name].setSymbol("o")
                self.curves[name].setSymbolSize(5)
                self.curves[name].setSymbolPen(None)
                self.curves[name].setSymbolBrush(color)
            else:
                style = Qt.PenStyle.DashLine if name == "truth" else Qt.PenStyle.SolidLine
                self.curves[name].setPen(pg.mkPen(color, width=2, style=style))
        self.draw()

    def draw(self) -> None:
        """Draw what the sliders say."""
        beta = self.beta.value() / 1000
        found: Any = averaged(beta, self.noise.value() / 100, self.seed)
        self._of_beta.setText(f"β = {beta:.3f}")
        self.says.setText(
            tr(
                "It remembers about 1/(1 − β) = {memory} readings. Uncorrected it begins near 0; a large β follows "
                "late. PyTorch's momentum does not divide by that number: in the end its steps are {memory} times as "
                "long.",
                memory=f"{found.memory:.4g}",
            )
        )
        for name in ("readings", "truth", "average", "corrected", "velocity", "divided"):
            self.curves[name].setData(getattr(found, name))
        self.curves["step"].setData((1 - beta) * found.velocity)

    def leave(self) -> None:
        """The window goes: plots go with what they keep."""
        for plot in self.plots:
            close_plot(plot)
        self.plots = ()

    def _anew(self) -> None:
        self.seed += 1
        self.draw()
