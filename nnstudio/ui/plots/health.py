"""The health of the layers: at most three findings with what to do, and strips of distributions over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsPathItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnstudio.compile.problems import Problem
from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.kit.words_linked import follow, linked

if TYPE_CHECKING:
    from nnstudio.engine.vitals import Vital, Vitals

NAME, STRIP, GAP, ROW, HEAD = 92.0, 150.0, 10.0, 44.0, 22.0
NUMBERS = 74.0
SHOWN = 120
TALLEST = 112
KINDS = ("weights", "outputs", "gradients")


class Strips(QGraphicsView):
    """A row for each layer: bands of its weights, outputs and gradients; dead, saturated, gradient norm, step size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setAccessibleName(tr("Distributions by layer over time"))
        self._rows: dict[str, dict[str, Any]] = {}
        self._vitals: Sequence[Vitals] = ()
        self.titles: dict[str, str] = {}
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours and the text size of the program."""
        self._rows = {}
        self.show_vitals(self._vitals)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.restyle()

    @property
    def strip(self) -> float:
        """How wide a strip is: what the window leaves."""
        return max(70.0, (self.viewport().width() - NAME - 4 * NUMBERS - 6 * GAP) / 3)

    def columns(self) -> list[tuple[float, str]]:
        """Where the columns begin, and their titles."""
        x = NAME + GAP
        found = []
        for title in (tr("weights"), tr("outputs"), tr("gradients")):
            found.append((x, title))
            x += self.strip + GAP
        for title in (tr("dead"), tr("saturated"), "‖∂E/∂W‖", "‖ΔW‖/‖W‖"):
            found.append((x, title))
            x += NUMBERS
        return found

    def _build(self, names: list[str]) -> None:
        scene, t = self.scene(), theme.current()
        scene.clear()
        self._rows = {}
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * 0.86)
        for x, title in self.columns():
            item = scene.addSimpleText(title, small)
            item.setBrush(QBrush(QColor(t.muted)))
            item.setPos(x, 2)
        for row, name in enumerate(names):
            top = HEAD + row * ROW
            label = scene.addSimpleText(
                self.fontMetrics().elidedText(self.titles.get(name, name), Qt.TextElideMode.ElideRight, int(NAME - 8))
            )
            label.setBrush(QBrush(QColor(t.text)))
            label.setPos(8, top + 8)
            parts: dict[str, object] = {}
            for kind, (x, _) in zip(KINDS, self.columns(), strict=False):
                frame = scene.addRect(
                    QRectF(x, top, self.strip, ROW - 8), QPen(QColor(t.border)), QBrush(QColor(t.canvas))
                )
                frame.setZValue(-1)
                items = []
                for alpha in (60, 120):
                    color = QColor(t.positive)
                    color.setAlpha(alpha)
                    items.append(scene.addPath(QPainterPath(), QPen(Qt.PenStyle.NoPen), QBrush(color)))
                items.append(scene.addPath(QPainterPath(), QPen(QColor(t.positive), 1.2)))
                ends = scene.addSimpleText("", small)
                ends.setBrush(QBrush(QColor(t.muted)))
                ends.setPos(x + 3, top - 1)
                parts[kind] = (x, top, items, ends)
            texts = []
            for x, _ in self.columns()[3:]:
                text = scene.addSimpleText("", small)
                text.setBrush(QBrush(QColor(t.text)))
                text.setPos(x, top + 10)
                texts.append(text)
            parts["texts"] = texts
            self._rows[name] = parts
        width = self.columns()[-1][0] + NUMBERS
        scene.setSceneRect(0, 0, width, HEAD + ROW * len(names) + 4)

    def show_vitals(self, vitals: Sequence[Vitals]) -> None:
        """Show measurements, the newest last; layers without weights and activation have nothing to show."""
        self._vitals = vitals
        if not vitals:
            self.scene().clear()
            self._rows = {}
            return
        last = vitals[-1].layers
        names = [n for n, v in last.items() if not math.isnan(v.weights[0]) or v.dead is not None]
        if list(self._rows) != names:
            self._build(names)
        step = max(1, len(vitals) // SHOWN)
        shown = list(vitals[::-1][::step][::-1])
        for name in names:
            self._show_row(name, [v.layers[name] for v in shown if name in v.layers])

    def _show_row(self, name: str, series: list[Vital]) -> None:
        parts = self._rows[name]
        t = theme.current()
        for kind in KINDS:
            x, top, items, ends = parts[kind]
            bands = np.array([getattr(v, kind) for v in series], dtype=float)
            self._band(x, top, items, ends, bands)
        now = series[-1]
        values = (now.dead, now.saturated, now.gradient, now.ratio)
        for place, (text, value) in enumerate(zip(parts["texts"], values, strict=True)):
            known = value is not None and not math.isnan(value)
            value = 0.0 if value is None else value
            text.setText("–" if not known else f"{100 * value:.0f} %" if place < 2 else number(value))
            bad = known and ((place < 2 and value >= 0.5) or (place == 3 and value > 0.1))
            text.setBrush(QBrush(QColor(t.bad if bad else t.text)))

    def _band(
        self, x: float, top: float, items: list[QGraphicsPathItem], ends: QGraphicsSimpleTextItem, bands: np.ndarray
    ) -> None:
        known = np.isfinite(bands).all(axis=1) if len(bands) else np.zeros(0, bool)
        if not known.any():
            for item in items:
                item.setPath(QPainterPath())
            ends.setText("")
            return
        bands = bands[known]
        low, high = float(bands[:, 0].min()), float(bands[:, 4].max())
        room = (high - low) or max(abs(high), 1e-12)
        tall = ROW - 8
        across = (
            x + (np.arange(len(bands)) / max(1, len(bands) - 1)) * self.strip
            if len(bands) > 1
            else np.array([x, x + self.strip])
        )
        bands = bands if len(bands) > 1 else np.repeat(bands, 2, axis=0)
        down = top + tall - (bands - low) / room * (tall - 4) - 2
        for item, (a, b) in zip(items[:2], ((0, 4), (1, 3)), strict=True):
            item.setPath(
                pg.functions.arrayToQPath(
                    np.concatenate([across, across[::-1]]), np.concatenate([down[:, a], down[::-1, b]]), connect="all"
                )
            )
        items[2].setPath(pg.functions.arrayToQPath(across, down[:, 2], connect="all"))
        ends.setText(
            self.fontMetrics().elidedText(
                f"{number(low)} … {number(high)}", Qt.TextElideMode.ElideRight, int(self.strip * 1.1)
            )
        )


class Card(QFrame):
    """One finding: what, why, what to try, and its buttons."""

    def __init__(self, problem: Problem, view: Health) -> None:
        super().__init__()
        t = theme.current()
        self.setObjectName("finding")
        self.setStyleSheet(
            "QFrame#finding "
            f"{{ border: 1px solid {t.border}; "
            f"border-left: 3px solid {t.bad if problem.severity == 'error' else t.negative}; "
            f"border-radius: 4px; background: {t.card}; }}"
        )
        self.problem = problem
        what, why, remedy = (linked(words(part)) for part in (problem.what, problem.why, problem.remedy))
        text = follow(QLabel(f"<b>{what}</b> {why} <i>{remedy}</i>"))
        text.setWordWrap(True)
        text.setMinimumWidth(10)
        self.text = text
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 6, 4)
        row.addWidget(text, 1)
        buttons = QVBoxLayout()
        buttons.setSpacing(3)
        buttons.setSizeConstraint(QVBoxLayout.SizeConstraint.SetMinimumSize)
        self.attempt: QPushButton | None = None
        if problem.mend is not None:
            self.attempt = QPushButton(tr("Try on a copy"))
            self.attempt.setToolTip(tr("Train a mended copy in the background, to be compared with this run"))
            self.attempt.clicked.connect(lambda: view.try_wanted.emit(problem))
            self.mend = QPushButton(tr("Mend it"))
            self.mend.setToolTip(tr("Change the network on the canvas; undo takes it back"))
            self.mend.clicked.connect(lambda: view.mend_wanted.emit(problem))
            buttons.addWidget(self.attempt)
            buttons.addWidget(self.mend)
        self.quiet = QPushButton(tr("Silence"))
        self.quiet.setToolTip(tr("Say this no more in this project"))
        self.quiet.clicked.connect(lambda: view.silenced.emit(problem))
        buttons.addWidget(self.quiet)
        buttons.addStretch(1)
        row.addLayout(buttons)


class Health(QWidget):
    """The dock: findings above, strips below."""

    try_wanted = Signal(object)
    mend_wanted = Signal(object)
    silenced = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strips = Strips()
        self.cards: list[Card] = []
        self._list = QVBoxLayout()
        self._list.setContentsMargins(8, 4, 8, 0)
        self._list.setSpacing(4)
        self.clip = QLabel()
        self.clip.setObjectName("muted")
        self.clip.setContentsMargins(8, 2, 8, 0)
        self.clip.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        # Three findings are taller than the dock: they scroll, and the strips keep their place.
        inside = QWidget()
        inside.setObjectName("page")
        inside.setLayout(self._list)
        self.findings_area = QScrollArea()
        self.findings_area.setWidgetResizable(True)
        self.findings_area.setFrameShape(QFrame.Shape.NoFrame)
        self.findings_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.findings_area.setWidget(inside)
        self.findings_area.setMaximumHeight(TALLEST)
        self.findings_area.hide()
        layout.addWidget(self.findings_area)
        layout.addWidget(self.clip)
        layout.addWidget(self.strips, 1)
        self._vitals: Sequence[Vitals] = ()
        self.show_vitals(())
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme; the strips do so by themselves."""
        self.show_findings([card.problem for card in self.cards])

    def describe(self, titles: dict[str, str]) -> None:
        """Take the names of nodes."""
        if titles != self.strips.titles:
            self.strips.titles = dict(titles)
            self.strips._rows = {}

    def show_vitals(self, vitals: Sequence[Vitals]) -> None:
        """Show measurements."""
        self._vitals = list(vitals)
        if not in_sight(self):
            return
        self.strips.show_vitals(self._vitals)
        if not self._vitals:
            self.clip.setText(
                tr(
                    "While a network trains, the distributions of its layers stand here: median, quarter to three "
                    "quarters, 5 to 95 %."
                )
            )
            return
        last = self._vitals[-1]
        if last.clipped_from is not None:
            self.clip.setText(
                tr(
                    "Gradient norm before clipping {before}, behind it {norm}.",
                    before=number(last.clipped_from),
                    norm=number(last.norm),
                )
            )
        else:
            self.clip.setText(
                tr("Gradient norm {norm} after update {updates}.", norm=number(last.norm), updates=f"{last.updates:,}")
            )

    def catch_up(self) -> None:
        """The dock has come to the front."""
        self.show_vitals(self._vitals)

    def show_findings(self, findings: Sequence[Problem]) -> None:
        """Show what was found."""
        emptied(self._list, self.cards)
        self.cards = []
        for problem in findings:
            card = Card(problem, self)
            self._list.addWidget(card)
            self.cards.append(card)
        self.findings_area.setVisible(bool(self.cards))
