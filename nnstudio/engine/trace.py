"""One training step as frozen numbers, to be walked through at will. No torch in here: the window reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Rule
from nnstudio.compile.program import Names

Array = np.ndarray
PHASES = ("forward", "loss", "backward", "update")
NO_MEMORY: Mapping[str, Array] = {}


@dataclass(frozen=True)
class Moment:
    """One stop of the timeline: a step in the phases forward, loss and backward, a parameter in backward and update.

    ``unit`` is the neuron, channel, head or time step that is looked at (the first axis of the sample's numbers), or
    the place of a number of a parameter; −1 is the whole.
    """

    index: int
    phase: str
    node: str
    step: str = ""
    parameter: str = ""
    unit: int = -1


@dataclass(frozen=True)
class StepRecord:
    """What one operation took and gave; arrays have the batch first. ``local`` is f'(z) of an elementwise step.

    ``args`` are the call's arguments with None where a value stands, ``options`` those that have a name, and
    what made its module. ``phase`` is "forward" or "loss".
    """

    name: str
    node: str
    target: str
    form: str | None
    rule: Rule | None
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    local: Array | None
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    phase: str = "forward"


@dataclass(frozen=True)
class ParameterRecord:
    """One parameter before and after the update; ``used`` is the gradient after clipping and the pull of L1.

    ``constants`` are the optimizer's settings for it by their signs (η, λ, μ, β1 …) and t, the number of this update;
    ``before`` is the optimizer's memory by its signs, ``rule`` and ``lines`` its rule (``catalog.entry.Optimizer``).
    """

    path: str
    node: str
    name: str
    old: Array
    gradient: Array | None
    used: Array | None
    new: Array
    learning_rate: float
    constants: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, Array] = field(default_factory=dict)
    rule: str = ""
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Origin:
    """All that a step began with, so that it can be recorded again with a number changed.

    ``state`` holds weights and running statistics, ``optimizer`` its state as plain arrays, ``random`` the state of the
    generator that dropout draws from.
    """

    state: Mapping[str, Array]
    optimizer: Mapping[str, Any]
    random: Array
    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]
    training: bool = True


@dataclass(frozen=True)
class Trace:
    """One recorded training step. ``rows`` are row numbers of the data; ``row`` is the place of the one shown.

    ``shares`` says for a value that is used more than once what each operation sends back: (its name, the gradient).
    ``own`` marks numbers that were typed, not a row.
    ``update`` is how many updates came before. ``spelled`` says for a fused layer that is spelled out how far its
    output and gradients are from the operator's own, relative to the greatest; ``inner`` are the operations written in
    its place, ``fused`` the layers that can be spelled out. ``made`` says that the run makes this very step. ``names``
    are the student's.
    """

    rows: tuple[int, ...]
    row: int
    part: str
    loss: float
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    steps: Mapping[str, StepRecord]
    parameters: Mapping[str, ParameterRecord]
    moments: tuple[Moment, ...]
    clip_factor: float
    titles: Mapping[str, str]
    whole: frozenset[str] = frozenset()
    shares: Mapping[str, tuple[tuple[str, Array], ...]] = field(default_factory=dict)
    l1: float = 0.0
    clip_value: float | None = None
    origin: Origin | None = None
    own: bool = False
    update: int = 0
    spelled: Mapping[str, float] = field(default_factory=dict)
    inner: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    fused: frozenset[str] = frozenset()
    classes: tuple[str, ...] = ()
    made: bool = False
    names: Names = field(default_factory=Names)

    def of_sample(self, name: str, array: Array) -> Array:
        """Return the shown sample's share of a value or gradient; what belongs to no sample is returned whole.

        Values of ``whole`` hold every node of a graph; those of ``second`` (the states of recurrent layers) have the
        batch second; those of ``loose`` have none.
        """
        count, found = len(self.rows), array
        if name in self.loose:
            return array
        if name in self.second:
            found = array[:, self.row]
        elif name in self.whole:
            # What is laid out by another axis than the graph's nodes belongs to all of them.
            nodes = len(self.values["x"]) if "x" in self.values else 0
            found = array[self.sample] if array.ndim and len(array) == nodes else array
        elif array.ndim and len(array) == count:
            found = array[self.row]
        return found

    @property
    def sample(self) -> int:
        """The row number of the sample that is shown."""
        return self.rows[self.row]


def to_plain(trace: Trace, phase: str = "all") -> dict[str, Any]:
    """Return a trace as plain values for JSON, by node and parameter.

    ``phase`` is "all" or one of "forward", "loss", "backward", "update".
    """
    plain: dict[str, Any] = {"sample": trace.sample, "rows": list(trace.rows), "row": trace.row, "part": trace.part}
    names = trace.names
    if names.units or names.weights or names.inputs:
        plain["names"] = {
            "inputs": list(names.inputs),
            "neurons": {node: list(given) for node, given in names.units.items()},
            "weights": {path: list(given) for path, given in names.weights.items()},
        }
    for wanted in PHASES:
        if phase not in ("all", wanted):
            continue
        if wanted == "update":
            plain[wanted] = _plain_update(trace)
            continue
        nodes: dict[str, Any] = {}
        for moment in trace.moments:
            if moment.phase == wanted:
                nodes.setdefault(moment.node, {})[moment.step] = _plain_step(trace, moment)
        plain[wanted] = {"value": trace.loss, **nodes} if wanted == "loss" else nodes
    if phase in ("all", "forward"):
        plain["inputs"] = {n: v.tolist() for n, v in trace.values.items() if n not in trace.steps}
    if phase in ("all", "backward"):
        plain["input_gradients"] = {n: g.tolist() for n, g in trace.gradients.items() if n not in trace.steps}
    return plain


def _plain_step(trace: Trace, moment: Moment) -> dict[str, Any]:
    step = trace.steps[moment.step]
    if moment.phase != "backward":
        return {"operation": step.target, "inputs": list(step.inputs), "value": trace.values[step.name].tolist()}
    found: dict[str, Any] = {"operation": step.target, "gradient": trace.gradients[step.name].tolist()}
    if step.local is not None:
        found["local_derivative"] = step.local.tolist()
    found["inputs"] = {n: trace.gradients[n].tolist() for n in step.inputs if n in trace.gradients}
    weights = {p: trace.parameters[p].gradient for p in step.parameters if p in trace.parameters}
    found["parameters"] = {p: g.tolist() for p, g in weights.items() if g is not None}
    return found


def _plain_update(trace: Trace) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    often = Counter((record.node, record.name) for record in trace.parameters.values())
    for record in trace.parameters.values():
        # Attention has four parameters called "weight": their whole paths tell them apart.
        name = record.name if often[record.node, record.name] == 1 else record.path
        nodes.setdefault(record.node, {})[name] = {
            "old": record.old.tolist(),
            "gradient": None if record.gradient is None else record.gradient.tolist(),
            "learning_rate": record.learning_rate,
            "new": record.new.tolist(),
        }
    return nodes


MOST_UNITS = 32


def unit_count(trace: Trace, moment: Moment) -> int:
    """How many units a moment's numbers have: of a parameter each number, of a value the places of its first axis."""
    if moment.parameter:
        return int(trace.parameters[moment.parameter].old.size)
    array = trace.of_sample(moment.step, trace.values[moment.step])
    return len(array) if array.ndim else 1


def fine_moments(trace: Trace, most: int = MOST_UNITS) -> tuple[Moment, ...]:
    """The stops of the timeline unit by unit: each neuron, channel, head or time step, each number of a parameter.

    Of more than ``most`` units those with the greatest gradient (in update: with the greatest change) are taken.
    Operations of a layer that is spelled out are stops by themselves, but for those that only take parts.
    """
    found: list[Moment] = []
    for moment in trace.moments:
        if moment.step in trace.inner and not moment.parameter and trace.steps[moment.step].form is None:
            continue  # It only takes a part or puts parts together.
        count = unit_count(trace, moment)
        if count <= 1 or (moment.step in trace.inner and not moment.parameter):
            units = [max(0, moment.unit)] if count == 1 else [-1]
        elif count <= most:
            units = list(range(count))
        else:
            units = sorted(int(u) for u in np.argsort(-_weight(trace, moment), kind="stable")[:most])
        found += [
            Moment(len(found) + number, moment.phase, moment.node, moment.step, moment.parameter, unit)
            for number, unit in enumerate(units)
        ]
    return tuple(found)


def coarse_moments(trace: Trace) -> tuple[Moment, ...]:
    """The stops of the timeline without a loss's inner arithmetic: of each loss the number that comes out, and backward
    the gradient that leaves it.
    """
    ends: dict[tuple[str, str], int] = {}
    for moment in trace.moments:
        if _in_loss(trace, moment):
            ends[moment.node, moment.phase] = moment.index
    kept = [m for m in trace.moments if not _in_loss(trace, m) or ends[m.node, m.phase] == m.index]
    return tuple(replace(moment, index=index) for index, moment in enumerate(kept))


def _in_loss(trace: Trace, moment: Moment) -> bool:
    step = trace.steps.get(moment.step)
    return step is not None and step.phase == "loss" and not moment.parameter


def _weight(trace: Trace, moment: Moment) -> Array:
    """How much each unit of a moment matters."""
    if moment.parameter:
        record = trace.parameters[moment.parameter]
        gradient = record.gradient if record.gradient is not None else np.zeros_like(record.old)
        sizes = (record.new - record.old if moment.phase == "update" else gradient).reshape(-1, 1)
    else:
        array = trace.of_sample(moment.step, trace.gradients.get(moment.step, trace.values[moment.step]))
        sizes = array.reshape(len(array), -1)
    found: Array = np.nan_to_num(np.abs(sizes.astype(float)).max(axis=1))
    return found


def came_from(trace: Trace, moment: Moment) -> tuple[Moment, ...]:
    """The moments whose results this one is made of: forward its inputs, backward those who sent the gradient back."""
    if moment.phase == "update":
        return _first(trace, "backward", parameter=moment.parameter)
    if moment.parameter:
        return _first(trace, "backward", step=moment.step)
    if moment.phase == "backward":
        return _stops(trace, "backward", moment.step, _users)
    return _stops(trace, "", moment.step, _inputs)


def goes_to(trace: Trace, moment: Moment) -> tuple[Moment, ...]:
    """The moments that use this one's result; a parameter's gradient goes to its update."""
    if moment.phase == "update":
        return ()
    if moment.parameter:
        return _first(trace, "update", parameter=moment.parameter)
    if moment.phase == "backward":
        step = trace.steps[moment.step]
        own = [m for path in step.parameters for m in _first(trace, "backward", parameter=path)]
        return (*own, *_stops(trace, "backward", moment.step, _inputs))
    return _stops(trace, "", moment.step, _users)


def _inputs(trace: Trace, step: str) -> list[str]:
    return [name for name in trace.steps[step].inputs if name in trace.steps]


def _users(trace: Trace, step: str) -> list[str]:
    return [other.name for other in trace.steps.values() if step in other.inputs]


def _stops(trace: Trace, phase: str, start: str, around: Callable[[Trace, str], list[str]]) -> tuple[Moment, ...]:
    """The nearest stops along the wires; operations that are no stop themselves are passed through."""
    found: list[Moment] = []
    seen, waiting = {start}, around(trace, start)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        here = _first(trace, phase or trace.steps[name].phase, step=name)
        found += here
        if not here:
            waiting += around(trace, name)
    return tuple(found)


def _first(trace: Trace, phase: str, *, step: str = "", parameter: str = "") -> tuple[Moment, ...]:
    for moment in trace.moments:
        if moment.phase == phase and moment.parameter == parameter and (not step or moment.step == step):
            return (moment,)
    return ()
