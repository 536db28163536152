"""The shapes that stand on cards and wires of a canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.compile.sizes import shape_text
from nnstudio.ui.desk import Located

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered


def shown_shapes(lowered: Lowered, stage: Located) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return the shapes of the cards on the canvas, and of their ports."""
    shapes: dict[str, str] = {}
    ports: dict[tuple[str, str], str] = {}
    for full, by_port in lowered.shapes.items():
        node = stage.local_id(full)
        if node is None or not stage.is_here(full):
            continue
        for port, shape in by_port.items():
            ports[node, port] = shape_text(shape, lowered.axes.get(full, ""))
        shape = next(iter(by_port.values()))
        shapes[node] = shape_text(shape, lowered.axes.get(full, "")) if shape else ""
    return shapes, ports
