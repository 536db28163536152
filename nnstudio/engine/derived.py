"""Matrices that follow from a step and explain it: the Jacobian of a softmax, the product of layers that have nothing
between them.
"""

from __future__ import annotations

import numpy as np

from nnstudio.engine.trace import Array, Trace

SHARES, SUM = "shares", "weighted_sum"
MOST = 200


def jacobian(trace: Trace, step: str) -> Array | None:
    """Return ∂yᵢ/∂zⱼ = yᵢ(δᵢⱼ − yⱼ) of a softmax for the shown sample, (n, n); None where the step is none."""
    record = trace.steps.get(step)
    if record is None or record.form != SHARES:
        return None
    y = np.asarray(trace.of_sample(step, trace.values[step]), dtype=float)
    if y.ndim != 1 or len(y) > MOST:
        return None
    found: Array = np.diag(y) - np.outer(y, y)
    return found


def _weight(trace: Trace, step: str) -> tuple[str, Array] | None:
    """The weight of a step that weighs its inputs: its path and (outputs, inputs)."""
    record = trace.steps.get(step)
    if record is None or record.form != SUM:
        return None
    for path in record.parameters:
        parameter = trace.parameters.get(path)
        if parameter is not None and parameter.old.ndim == 2:
            return path, parameter.old
    return None


def product(trace: Trace, step: str) -> tuple[str, Array] | None:
    """Return what a layer and those in front of it, with nothing between them, are together: W₃W₂W₁, and its name.

    None where there is no such layer in front.
    """
    here = _weight(trace, step)
    if here is None:
        return None
    names, found, at = [here[0]], np.asarray(here[1], dtype=float), step
    while True:
        inputs = [name for name in trace.steps[at].inputs if name in trace.steps]
        before = _weight(trace, inputs[0]) if len(inputs) == 1 else None
        if before is None or before[1].shape[0] != found.shape[1]:
            break
        at, found = inputs[0], found @ np.asarray(before[1], dtype=float)
        names.append(before[0])
    return (" · ".join(names), found) if len(names) > 1 else None


def derived(trace: Trace, step: str) -> list[tuple[str, Array]]:
    """Return all that follows from a step, with its names."""
    found = []
    if (matrix := jacobian(trace, step)) is not None:
        found.append((f"∂{step}/∂z", matrix))
    if (made := product(trace, step)) is not None:
        found.append(made)
    return found
