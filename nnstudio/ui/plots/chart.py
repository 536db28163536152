"""A small plot of curves and points within fixed ends, made of plain C++ items: for results, drawn once."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme

SIDE, DOT = 240.0, 2.6


class SmallChart(QGraphicsView):
    """Curves and points over the same axes; titles stand on them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMinimumSize(120, 90)
        self.setAccessibleName(name)
        self.scene().setSceneRect(-56, -10, SIDE + 70, SIDE + 46)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fitInView(self.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)

    def show_chart(
        self,
        low: tuple[float, float],
        high: tuple[float, float],
        titles: tuple[str, str],
        curves: list[tuple[np.ndarray, np.ndarray, str, bool]],
        points: list[tuple[np.ndarray, np.ndarray, str, bool]],
    ) -> None:
        """Draw curves (x, y, colour, dashed) and points (x, y, colour, hollow)."""
        scene, t = self.scene(), theme.current()
        scene.clear()
        scene.addRect(0, 0, SIDE, SIDE, QPen(QColor(t.border)), QBrush(QColor(t.panel)))

        def spot(x: float, y: float) -> QPointF:
            return QPointF(SIDE * (x - low[0]) / (high[0] - low[0]), SIDE * (1 - (y - low[1]) / (high[1] - low[1])))

        for xs, ys, color, dashed in curves:
            path = QPainterPath()
            for x, y in zip(xs, ys, strict=True):
                path.lineTo(spot(x, y)) if path.elementCount() else path.moveTo(spot(x, y))
            scene.addPath(
                path,
                QPen(QColor(color), 1.2 if dashed else 2.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine),
            )
        for xs, ys, color, hollow in points:
            path = QPainterPath()
            for x, y in zip(xs, ys, strict=True):
                path.addEllipse(spot(x, y), DOT, DOT)
            scene.addPath(
                path,
                QPen(QColor(color if hollow else t.card), 1.0),
                QBrush(Qt.BrushStyle.NoBrush) if hollow else QBrush(QColor(color)),
            )
        for text, x, y, right in (
            (number(low[0]), 0.0, SIDE + 3, False),
            (number(high[0]), SIDE, SIDE + 3, True),
            (number(low[1]), -4.0, SIDE - 14, True),
            (number(high[1]), -4.0, -2.0, True),
        ):
            item = scene.addSimpleText(text)
            item.setBrush(QBrush(QColor(t.muted)))
            item.setPos(x - (item.boundingRect().width() if right else 0), y)
        across = scene.addSimpleText(titles[0])
        across.setBrush(QBrush(QColor(t.text)))
        across.setPos((SIDE - across.boundingRect().width()) / 2, SIDE + 16)
        up = scene.addSimpleText(titles[1])
        up.setBrush(QBrush(QColor(t.text)))
        up.setRotation(-90)
        up.setPos(-50, (SIDE + up.boundingRect().width()) / 2)

    def clear(self) -> None:
        """Show nothing."""
        self.scene().clear()
