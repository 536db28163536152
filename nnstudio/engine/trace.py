"""One training step as frozen numbers, to be walked through at will. No torch in here: the window reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Rule

Array = np.ndarray
PHASES = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Moment:
    """One stop of the timeline: a step in the phases forward, loss and backward, a parameter in update."""

    index: int
    phase: str
    node: str
    step: str = ""
    parameter: str = ""


@dataclass(frozen=True)
class StepRecord:
    """What one operation took and gave; arrays have the batch first. ``local`` is f'(z) of an elementwise step."""

    name: str
    node: str
    target: str
    form: str | None
    rule: Rule | None
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    local: Array | None


@dataclass(frozen=True)
class ParameterRecord:
    """One parameter before and after the update; ``used`` is the gradient after clipping."""

    path: str
    node: str
    name: str
    old: Array
    gradient: Array | None
    used: Array | None
    new: Array
    learning_rate: float


@dataclass(frozen=True)
class Trace:
    """One recorded training step. ``rows`` are row numbers of the data; ``row`` is the place of the one shown."""

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
    update_rule: str
    titles: Mapping[str, str]
    whole: frozenset[str] = frozenset()

    def of_sample(self, name: str, array: Array) -> Array:
        """Return the shown sample's share of a value or gradient; what belongs to no sample is returned whole.

        Values of ``whole`` hold every node of a graph. The states of recurrent layers have the batch second.
        """
        count, found = len(self.rows), array
        if name in self.whole:
            found = array[self.sample]
        elif array.ndim and len(array) == count:
            found = array[self.row]
        elif array.ndim > 1 and array.shape[1] == count:
            found = array[:, self.row]
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
    for record in trace.parameters.values():
        nodes.setdefault(record.node, {})[record.name] = {
            "old": record.old.tolist(),
            "gradient": None if record.gradient is None else record.gradient.tolist(),
            "learning_rate": record.learning_rate,
            "new": record.new.tolist(),
        }
    return nodes
