"""Icons from SVG in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from nnstudio.resources import resource
from nnstudio.ui.kit import theme

SIDE = 20
# Drawn for screens of every density.
RATIOS = (1.0, 2.0, 3.0)


def icon(name: str) -> QIcon:
    """Return an icon of ``resources/icons``; where it cannot be pressed it is muted."""
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    t = theme.current()
    found = QIcon()
    for mode, color in ((QIcon.Mode.Normal, t.text), (QIcon.Mode.Disabled, t.border)):
        renderer = QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))
        for ratio in RATIOS:
            picture = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            renderer.render(painter, QRectF(0, 0, SIDE * ratio, SIDE * ratio))
            painter.end()
            picture.setDevicePixelRatio(ratio)
            found.addPixmap(picture, mode)
    return found
