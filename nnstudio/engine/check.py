"""Check a shown gradient against a central finite difference, in float64."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from nnstudio.compile.build import build
from nnstudio.compile.gate import kept_random
from nnstudio.compile.program import Program
from nnstudio.engine.recorder import Recorder
from nnstudio.engine.trace import Trace

# The error of a central difference is least near the cube root of the rounding error.
STEP = 1e-6


@dataclass(frozen=True)
class Check:
    """A gradient as recorded, as (E(v + h) − E(v − h)) / 2h in float64, and how far apart they are.

    ``error`` is relative to the greater of both. ``kink`` says that the slopes on both sides differ: the place lies on
    a corner (of a ReLU), where there is no one derivative.
    """

    shown: float
    difference: float
    error: float
    kink: bool
    fine: bool


class _Nudged(Recorder):
    """Adds a small number at one place of one value while the graph runs."""

    nudge: tuple[str, tuple[int, ...], float] = ("", (), 0.0)

    def run_node(self, n: torch.fx.Node) -> object:
        result = super().run_node(n)
        name, place, amount = self.nudge
        if n.name != name or (n.op == "placeholder" and not isinstance(result, torch.Tensor)):
            return result
        value = result[0] if isinstance(result, tuple) else result
        moved = value.clone()
        moved[place] += amount
        return (moved, *result[1:]) if isinstance(result, tuple) else moved


def check(program: Program, trace: Trace, name: str, place: int) -> Check:
    """Check ∂E/∂v for a parameter's path or a value's name; ``place`` counts in the parameter, or in the shown sample's
    numbers.

    Raises:
        KeyError: there is no such gradient.
    """
    assert trace.origin is not None
    origin = trace.origin
    wide = replace(program, dtype="float64")
    model, criterion = build(wide)
    state = {key: torch.tensor(array) for key, array in origin.state.items()}
    model.load_state_dict({key: t.double() if t.is_floating_point() else t for key, t in state.items()})
    model.train(origin.training)
    widen = [
        [torch.tensor(a).double() if a.dtype.kind == "f" else torch.tensor(a) for a in side]
        for side in (origin.inputs, origin.targets)
    ]
    parameter = name if name in trace.parameters else ""
    no_place: tuple[int, ...] = ()
    if parameter:
        recorded = trace.parameters[name].gradient
        if recorded is None:
            raise KeyError(name)
        shown, where = float(recorded.reshape(-1)[place]), no_place
    else:
        gradient = trace.gradients[name]
        where = place_in(trace, name, gradient, place)
        shown = float(gradient[where])

    def loss(amount: float) -> float:
        with kept_random(), torch.no_grad():
            torch.set_rng_state(torch.from_numpy(origin.random.copy()))
            # Running statistics move with every pass; each begins from the same.
            for key, tensor in state.items():
                model.state_dict()[key].copy_(tensor)
            if parameter:
                model.get_parameter(name).view(-1)[place] += amount
            nudge = ("" if parameter else name, where, amount)
            first, second = _Nudged(model, retain=False), _Nudged(criterion, retain=False)
            first.nudge = nudge
            second.nudge = nudge if name not in {node.name for node in model.graph.nodes} else ("", (), 0.0)
            outputs = first.run(*widen[0])
            result = second.run(*(outputs if isinstance(outputs, tuple) else (outputs,)), *widen[1])
            return float(result[0] if isinstance(result, tuple) else result)

    scale = 1.0
    if parameter:
        scale = max(1.0, abs(float(origin.state[name].reshape(-1)[place])))
    step = STEP * scale
    here, up, down = loss(0.0), loss(step), loss(-step)
    difference = (up - down) / (2 * step)
    right, left = (up - here) / step, (here - down) / step
    size = max(abs(shown), abs(difference), 1e-12)
    # A smooth function's one-sided slopes differ by about the step alone.
    kink = abs(right - left) > 20 * step * max(abs(right), abs(left), 1e-2)
    error = abs(shown - difference) / size
    tolerance = 1e-5 if program.dtype == "float64" else 1e-3
    return Check(shown, difference, error, kink, error < tolerance or abs(shown - difference) < 1e-7)


def place_in(trace: Trace, name: str, array: np.ndarray, place: int) -> tuple[int, ...]:
    """Return the index in a whole array of a place in the shown sample's part of it (``Trace.of_sample``)."""
    marked = np.arange(array.size).reshape(array.shape)
    flat = np.atleast_1d(trace.of_sample(name, marked)).reshape(-1)
    return tuple(int(i) for i in np.unravel_index(int(flat[place]), array.shape))
