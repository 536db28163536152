"""What is inside a group, on its card: the network as it would stand on a canvas of its own, alive, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from nnstudio.document.values import Document
from nnstudio.ui.canvas.scene import GraphScene

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture

# As large as it is, but no larger than this.
WIDEST, HIGHEST, AROUND = 520.0, 320.0, 10.0


class InsideNet:
    """Draws a scene of its own into a card."""

    def __init__(self) -> None:
        self.scene = GraphScene()

    def show(self, document: Document) -> None:
        """Show the network inside a group."""
        self.scene.show(document)

    def take(
        self, pictures: Mapping[str, Picture], matrices: Mapping[str, np.ndarray], limits: Sequence[float]
    ) -> None:
        """Show values and weights of its nodes, on the scales of the canvas around it."""
        self.scene.use_limits(limits)
        self.scene.show_matrices(matrices)
        self.scene.show_pictures(pictures, {})

    @property
    def _content(self) -> QRectF:
        return self.scene.content().adjusted(-AROUND, -AROUND, AROUND, AROUND)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height on the card."""
        box = self._content
        share = min(1.0, WIDEST / box.width(), HIGHEST / box.height())
        return box.width() * share, box.height() * share

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Draw it into a rectangle."""
        self.scene.render(painter, box, self._content)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.scene.restyle()
