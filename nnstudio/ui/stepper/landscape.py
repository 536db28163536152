"""The loss around the present weights as a contour, with the way that training came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.contours import contour_image
from nnstudio.ui.kit.texts import tr, words

POLL_MS = 60
MARGIN = 18


class Map(QWidget):
    """Draws a landscape; the pointer tells the loss under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Any = None
        self._image: QImage | None = None
        self.said: Callable[[str], None] = lambda text: None
        self.setMouseTracking(True)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(tr("Loss landscape"))
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.show_landscape(self.found)

    def show_landscape(self, found: Any) -> None:
        """Show a landscape, or none."""
        self.found = found
        self._image = None
        if found is not None:
            self._image = contour_image(found.loss)
        self.update()

    def _frame(self) -> QRectF:
        side = min(self.width() - 2 * MARGIN, self.height() - MARGIN - 4)
        return QRectF((self.width() - side) / 2, 2, max(10, side), max(10, side))

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._image is None or self.found is None:
            painter.end()
            return
        frame = self._frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self._image)
        x, y = self.found.x, self.found.y

        def at(spot: Any) -> QPointF:
            return QPointF(
                frame.left() + (float(spot[0]) - x[0]) / (x[-1] - x[0]) * frame.width(),
                frame.bottom() - (float(spot[1]) - y[0]) / (y[-1] - y[0]) * frame.height(),
            )

        way = [at(spot) for spot in self.found.path] + [at((0.0, 0.0))]
        painter.setClipRect(frame)
        painter.setPen(QPen(QColor(t.negative), 2.0))
        painter.drawPolyline(QPolygonF(way))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.negative))
        for spot in way[:-1]:
            painter.drawEllipse(spot, 2.4, 2.4)
        painter.setBrush(QColor(t.now))
        painter.drawEllipse(way[-1], 5.0, 5.0)
        painter.setClipping(False)
        painter.setPen(QColor(t.muted))
        painter.drawText(
            QRectF(0, frame.bottom(), self.width(), MARGIN),
            int(Qt.AlignmentFlag.AlignCenter),
            tr(
                "→ direction {first}   ↑ direction {second}   ± {reach}",
                first=self.found.names[0],
                second=self.found.names[1],
                reach=number(float(x[-1])),
            ),
        )
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame, found = self._frame(), self.found
        if found is None or not frame.contains(event.position()):
            return
        i = round((event.position().x() - frame.left()) / frame.width() * (len(found.x) - 1))
        j = round((frame.bottom() - event.position().y()) / frame.height() * (len(found.y) - 1))
        self.said(
            tr(
                "loss {loss} at {x}, {y}",
                loss=number(float(found.loss[j, i])),
                x=number(float(found.x[i])),
                y=number(float(found.y[j])),
            )
        )


class LandscapeView(QWidget):
    """The dock: which directions, compute and stop, the map."""

    def __init__(self, begin: Callable[[str, tuple[str, str], float], Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._begin = begin
        self.survey: Any = None
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("Directions"))
        for name, text in (
            ("path", tr("along the training's way")),
            ("random", tr("two random directions")),
            ("weights", tr("two chosen weights")),
        ):
            self.kind.addItem(text, name)
        self.first, self.second = QLineEdit(), QLineEdit()
        for box, name in ((self.first, tr("First weight")), (self.second, tr("Second weight"))):
            box.setPlaceholderText("output.weight[1]")
            box.setAccessibleName(name)
            box.setToolTip(tr("A parameter's name and the place in it, counted from 1"))
            box.setMaximumWidth(150)
        self.reach = QComboBox()
        self.reach.setAccessibleName(tr("Reach"))
        self.reach.setToolTip(tr("How far around the present weights"))
        for value in (0.25, 0.5, 1.0, 2.0, 5.0):
            self.reach.addItem(f"± {value:g}", value)
        self.reach.setCurrentIndex(2)
        self.go = QPushButton(tr("Compute"))
        self.go.clicked.connect(self.toggle)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(120)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.hide()
        self.said = QLabel(tr("The loss around the present weights, worked out beside the training."))
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        for widget in (self.kind, self.first, self.second, self.reach, self.go, self.bar):
            row.addWidget(widget)
        row.addStretch(1)
        self.map = Map()
        self.map.said = self.said.setText
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.said)
        self.said.setContentsMargins(8, 0, 8, 0)
        layout.addWidget(self.map, 1)
        self.kind.currentIndexChanged.connect(self._chosen)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._chosen()

    def _chosen(self) -> None:
        for box in (self.first, self.second):
            box.setVisible(self.kind.currentData() == "weights")

    def toggle(self) -> None:
        """Begin, or stop what is being worked out."""
        if self.survey is not None:
            self.survey.stop()
            return
        self.survey = self._begin(
            str(self.kind.currentData()), (self.first.text(), self.second.text()), float(self.reach.currentData())
        )
        if self.survey is None:
            return
        self.go.setText(tr("Stop"))
        self.bar.setValue(0)
        self.bar.show()
        self._timer.start()

    def _poll(self) -> None:
        survey = self.survey
        if survey is None:
            return
        self.bar.setValue(round(100 * survey.share))
        if not survey.done:
            return
        self._timer.stop()
        self.survey = None
        self.go.setText(tr("Compute"))
        self.bar.hide()
        found = survey.result
        if survey.reason is not None:
            self.said.setText(words(survey.reason))
        elif found is None:
            self.said.setText(tr("Stopped."))
        else:
            self.map.show_landscape(found)
            low, high = float(np.nanmin(found.loss)), float(np.nanmax(found.loss))
            text = tr(
                "Loss {low} (blue) to {high}, in evaluation mode on {samples} training samples; violet: now.",
                low=number(low),
                high=number(high),
                samples=found.samples,
            )
            if len(found.path):
                text += " " + tr(
                    "The orange way of {count} earlier weights lies to {share} % in this plane.",
                    count=len(found.path),
                    share=f"{100 * found.seen:.0f}",
                )
            self.said.setText(text)

    def leave(self) -> None:
        """Stop, and wait for the thread."""
        self._timer.stop()
        if self.survey is not None:
            self.survey.stop()
            self.survey.join()
            self.survey = None
