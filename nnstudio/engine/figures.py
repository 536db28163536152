"""Single figures by a path, as lessons name them: of a step, of the weights, of a run, of the network.

==================================  ==============================================================================
``forward/NODE.z[0]``               what a node adds up, for the sample that is shown: the first of its operations
``forward/NODE.a[0]``               what it gives (its activation): the last of its operations
``backward/NODE.z[0]``              ∂E/∂z, the local sensitivity δ; ``.a`` is ∂E/∂a
``backward/data[0]``                ∂E/∂x of the network's input
``backward/NODE.weight[0,1]``       ∂E/∂w of a parameter, before clipping
``slope/NODE.a[0]``                 f′(z), the local derivative of an activation
``before/NODE.weight[0]``           a parameter before the step's update
``update/NODE.weight[0]``           the same after it
``value/STEP[0]``, ``gradient/STEP[0]``  a value, or ∂E/∂ of it, by the operation's name in the program
``jacobian/NODE[0,1]``              ∂yᵢ/∂zⱼ of a softmax
``product/NODE[0,1]``               the weights of a layer and of those in front of it, multiplied
``loss``                            the loss of the step's batch
``weights/NODE.weight[0,1]``        a parameter as it is now
``history/val_accuracy``            a figure of the last epoch
``first/train_loss``                the same of the first epoch
``parameters``, ``parameters/NODE``  how many there are
==================================  ==============================================================================

``[3]`` is a place among all numbers of an array, ``[1,0]`` a row and a column; without it there is one number alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.engine.derived import jacobian, product

if TYPE_CHECKING:
    from nnstudio.engine.trace import ParameterRecord, Trace

INPUT = "data"
_PATH = re.compile(
    r"(?P<what>[a-z]+)(?:/(?P<node>[A-Za-z_]\w*)(?:\.(?P<part>\w+))?)?(?:\[(?P<place>\d{1,9}(?:,\d{1,9}){0,7})\])?"
)
# What is read from a step, and whether it is there without one.
OF_A_STEP = frozenset(
    {"forward", "backward", "slope", "before", "update", "value", "gradient", "jacobian", "product", "loss"}
)
OF_A_RUN = frozenset({"history", "first"})
KNOWN = OF_A_STEP | OF_A_RUN | {"weights", "parameters"}


@dataclass(frozen=True)
class Source:
    """Where figures are read: each may be missing. ``parameters`` counts them by node."""

    trace: Trace | None = None
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)


def is_path(at: str) -> bool:
    """Whether a text is a path of a figure; what it names need not be there."""
    found = _PATH.fullmatch(at)
    return found is not None and found["what"] in KNOWN


def needs_step(at: str) -> bool:
    """Whether a figure is of a step of training."""
    return at.split("/")[0].split("[")[0] in OF_A_STEP


def figure(at: str, source: Source) -> float | None:
    """Return a figure, None where there is none (yet)."""
    found = _PATH.fullmatch(at)
    if found is None or found["what"] not in KNOWN:
        return None
    what, node, part, place = found["what"], found["node"] or "", found["part"] or "", found["place"]
    if what in OF_A_STEP:
        array = None if source.trace is None else _of_step(source.trace, what, node, part)
    elif what == "weights":
        array = source.weights.get(f"{node}.{part}")
    elif what == "parameters":
        counted = source.parameters.get(node) if node else sum(source.parameters.values())
        array = None if counted is None else np.asarray(float(counted))
    else:
        array = _of_history(source.history, what, node)
    return None if array is None else _one(array, place)


def _of_history(history: Sequence[Mapping[str, Any]], what: str, name: str) -> np.ndarray | None:
    line = (history[-1] if what == "history" else history[0]) if history else {}
    found = line.get(name)
    return None if isinstance(found, bool) or not isinstance(found, int | float) else np.asarray(float(found))


def _of_step(trace: Trace, what: str, node: str, part: str) -> np.ndarray | None:
    if what == "loss":
        return np.asarray(trace.loss)
    if what in ("before", "update"):
        record = _parameter(trace, node, part)
        return None if record is None else record.old if what == "before" else record.new
    if what in ("value", "gradient"):
        held = trace.values if what == "value" else trace.gradients
        return trace.of_sample(node, held[node]) if node in held else None
    if node == INPUT and "x" in trace.values:
        held = trace.values if what == "forward" else trace.gradients
        return trace.of_sample("x", held["x"]) if "x" in held else None
    if what == "backward" and part not in ("", "a", "z"):
        record = _parameter(trace, node, part)
        return None if record is None else record.gradient
    names = [m.step for m in trace.moments if m.phase == "forward" and m.node == node]
    if not names:
        return None
    name = names[0] if part == "z" else names[-1]
    if what == "jacobian":
        return jacobian(trace, name)
    if what == "product":
        made = product(trace, names[0])
        return None if made is None else made[1]
    if what == "slope":
        local = trace.steps[name].local
        return None if local is None else trace.of_sample(name, local)
    held = trace.values if what == "forward" else trace.gradients
    return trace.of_sample(name, held[name]) if name in held else None


def _parameter(trace: Trace, node: str, name: str) -> ParameterRecord | None:
    return next((p for p in trace.parameters.values() if p.node == node and p.name == name), None)


def _one(array: np.ndarray, place: str | None) -> float | None:
    """A single number of an array; None where there is no such place, or it is not told which."""
    if place is None:
        return float(array.reshape(-1)[0]) if array.size == 1 else None
    where = tuple(int(number) for number in place.split(","))
    try:
        found = array.reshape(-1)[where[0]] if len(where) == 1 else array[where]
    except IndexError:
        return None
    return None if np.ndim(found) else _plain(float(found))


def _plain(number: float) -> float | None:
    return None if math.isnan(number) else number
