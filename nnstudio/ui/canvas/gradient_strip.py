"""Under a layer: how large the gradient of its weights was at the last measurements, oldest left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.canvas.heading import LARGEST, larger
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr

SHOWN = 40
HIGH, BELOW = 15.0, 10.0
# Its words may be wider than a card by so much on each side.
ASIDE = 30.0
# Of measurements that are all alike none is the largest.
PALEST = 0.12


class GradientStrip(QGraphicsItem):
    """Belongs to a card, below which it stands."""

    def __init__(self, card: QGraphicsItem) -> None:
        super().__init__(card)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.norms: tuple[float, ...] = ()
        self._most = 1.0
        self._wide = 0.0
        font = QFont(theme.canvas_font())
        font.setPointSizeF(font.pointSizeF() * 1.05)
        self._font, self._line = font, QFontMetricsF(font).height()
        # Room is kept for it below a layer with weights, so that nothing moves when it comes.
        self.awaited = False
        self.setVisible(False)

    @property
    def room(self) -> float:
        """How much room it takes below its card."""
        return BELOW + HIGH + self._line + 2 if self.awaited else 0.0

    def stand_below(self, width: float, height: float) -> None:
        """Stand below a card of a size."""
        self.setPos(0, height + BELOW)
        if width != self._wide:
            self.prepareGeometryChange()
            self._wide = width

    def show_norms(self, norms: Sequence[float], most: float) -> None:
        """Show the latest norms ‖∂E/∂W‖ on a scale that ends at ``most``; none takes the strip away."""
        given = tuple(norms[-SHOWN:])
        if (given, most) == (self.norms, self._most):
            return
        self.norms, self._most = given, most
        self.setVisible(bool(given))
        if given:
            self.setToolTip(
                tip(
                    tr(
                        "‖∂E/∂W‖ of the last {count} measurements, the newest on the right; the darkest is {most}",
                        count=len(given),
                        most=number(most),
                    )
                )
            )
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-ASIDE, 0, self._wide + 2 * ASIDE, HIGH + LARGEST * self._line + 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self.norms:
            return
        t = theme.current()
        # The root brings out what is small.
        shares = np.sqrt(np.clip(np.nan_to_num(np.array(self.norms)) / (self._most or 1.0), 0.0, 1.0))
        ground, ink = (np.array(theme.rgb(color), dtype=float) for color in (t.canvas, t.positive))
        shares = (PALEST + (1 - PALEST) * shares)[:, None]
        pixels = np.ascontiguousarray((ground * (1 - shares) + ink * shares).astype(np.uint8))
        image = QImage(pixels.data, len(pixels), 1, 3 * len(pixels), QImage.Format.Format_RGB888)
        each = self._wide / SHOWN
        painter.drawImage(QRectF(self._wide - each * len(pixels), 0, each * len(pixels), HIGH), image)
        font, zoom = QFont(self._font), QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        font.setPointSizeF(font.pointSizeF() * larger(font, zoom))
        painter.setFont(font)
        painter.setPen(QColor(t.muted))
        words = QRectF(-ASIDE, HIGH + 1, self._wide + 2 * ASIDE, QFontMetricsF(font).height())
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, f"‖∂E/∂W‖ {number(self.norms[-1])}")
