"""What a single weight is called: w₁, w₂ … through a small network, row by row, as textbooks number them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.compile.program import Names
    from nnstudio.engine.trace import Trace

# Of more weights a running number tells nobody which one it is.
MOST_NUMBERED = 99
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lowered(number: int) -> str:
    """A number as an index."""
    return str(number).translate(LOWERED)


def weight_name(
    matrices: Iterable[tuple[str, Sequence[int]]], path: str, row: int, column: int, names: Names | None = None
) -> str:
    """Return the name of the weight that leads from unit ``column`` to unit ``row`` (both from 0) in the matrix at a
    path: the student's own, or a running number. All ``matrices`` (path, shape (outputs, inputs)) are numbered in the
    order in which the network has them.
    """
    before, total, columns = 0, 0, 1
    for here, shape in matrices:
        if here == path:
            before, columns = total, shape[1]
        total += math.prod(shape)
    own = _given(names.weights.get(path, ()), row * columns + column) if names is not None else ""
    if own:
        return own
    if total > MOST_NUMBERED:
        return f"w[{row + 1}, {column + 1}]"
    return f"w{lowered(before + row * columns + column + 1)}"


def weight_called(trace: Trace, path: str, row: int, column: int) -> str:
    """The name of a weight of a step."""
    matrices = [(p, r.old.shape) for p, r in trace.parameters.items() if r.old.ndim == 2 and r.name.endswith("weight")]
    return weight_name(matrices, path, row, column, trace.names)


def unit_called(trace: Trace, node: str, unit: int) -> str:
    """What the student calls a neuron of a layer; "" where it has no name."""
    return _given(trace.names.units.get(node, ()), unit)


def input_called(trace: Trace, value: str, unit: int) -> str:
    """What a number that comes into a layer is called: an input of the network, or a neuron; "" without a name."""
    if value in ("x", trace.names.given):
        return _given(trace.names.inputs, unit)
    step = trace.steps.get(value)
    return unit_called(trace, step.node, unit) if step is not None else ""


def _given(names: Sequence[str], place: int) -> str:
    return names[place] if place < len(names) else ""
