"""What the mouse points at on the canvas: a neuron, whose weights are brought out, or a single weight."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Signal

from nnstudio.ui.canvas.dropping import DropView

# How near the mouse has to be to a curve, in pixels of the screen.
NEAR = 5.0


class PointingView(DropView):
    """``hovered`` tells which neuron of which card is under the mouse, ``weighed`` which weight was clicked: its wire,
    its place among the curves of the wire, and where.
    """

    hovered = Signal(str, int)
    weighed = Signal(object, int, QPointF)

    def point_at(self, place: QPointF) -> None:
        """The mouse is over a place of the canvas."""
        self._stand(self.graph.unit_at(place) or ("", -1))

    def _stand(self, under: tuple[str, int]) -> None:
        if under != self._under:
            self._under = under
            self.graph.focus(under[0], under[1] if under[0] else None)
            self.hovered.emit(*under)

    _under = ("", -1)
    # Returns whether a double click on a neuron means something of its own.
    open_neuron: Callable[[str, int], bool] = staticmethod(lambda node, unit: False)

    def weigh(self, place: QPointF) -> bool:
        """Click a weight; returns whether there is one at a place."""
        found = self.graph.curve_at(place, NEAR / self.zoom)
        if found is None:
            return False
        self.weighed.emit(*found, place)
        return True

    def leaveEvent(self, event: QEvent) -> None:
        self._stand(("", -1))
        super().leaveEvent(event)
