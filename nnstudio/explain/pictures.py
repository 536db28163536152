"""What the cards of the canvas show at one moment of a trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnstudio.document.numbers import apart, number
from nnstudio.document.text import Said, concat, phrase
from nnstudio.engine.aspects import FORMS, aspect_of, only_ones
from nnstudio.engine.snapshot import Picture, make_picture, sampled, thinned_matrix, with_nodes
from nnstudio.engine.trace import Moment, ParameterRecord, StepRecord, Trace
from nnstudio.explain.weight_names import weight_called

STRONGEST = 3


class Pictures:
    """Every node's numbers of the shown sample as far as a moment has come; what was worked out once is kept."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._done = {m.step: m.index for m in reversed(trace.moments) if m.phase in ("forward", "loss")}
        self._back = {m.step: m.index for m in reversed(trace.moments) if m.phase == "backward"}
        self._steps: dict[str, list[str]] = {}
        for step in trace.steps.values():
            self._steps.setdefault(step.node, []).append(step.name)
        self._weighed: dict[str, str] = {}
        # The operations of layers that have more to show than their outputs.
        self._told = only_ones((step.node, step) for step in trace.steps.values() if step.form in FORMS)
        for step in trace.steps.values():
            if step.form == "weighted_sum":
                self._weighed.setdefault(step.node, step.name)
        self._made: dict[tuple[str, bool], Picture] = {}
        self._updated = {m.parameter: m.index for m in reversed(trace.moments) if m.phase == "update"}
        self._weights: tuple[frozenset[str], dict[str, np.ndarray], dict[str, np.ndarray]] | None = None

    def weights(self, moment: Moment) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return (matrices, biases) by node as the step has them at a moment: those it began with until their own
        update has come.
        """
        done = frozenset(
            path for path, index in self._updated.items() if moment.phase == "update" and index <= moment.index
        )
        if self._weights is None or self._weights[0] != done:
            matrices: dict[str, np.ndarray] = {}
            biases: dict[str, np.ndarray] = {}
            for path, record in self.trace.parameters.items():
                array = record.new if path in done else record.old
                if record.name.endswith("weight") and array.ndim >= 2:
                    matrices.setdefault(record.node, thinned_matrix(array))
                elif record.name.endswith("bias") and array.ndim == 1:
                    biases.setdefault(record.node, array.astype(float)[sampled(len(array))])
            self._weights = done, matrices, biases
        return self._weights[1], self._weights[2]

    def at(self, moment: Moment) -> dict[str, Picture]:
        """Return the pictures by node, and of the samples by "input:x"."""
        found: dict[str, Picture] = {}
        for node, names in self._steps.items():
            name = next((n for n in reversed(names) if n in self._done and self._done[n] <= moment.index), None)
            if name is not None:
                found[node] = self._picture(name, self._back.get(name, moment.index + 1) <= moment.index)
        if "x" in self.trace.values:
            given = self.trace.names.given if self.trace.names.given in self.trace.values else "x"
            found["input:x"] = self._picture(given, moment.phase == "update")
        return found

    def _picture(self, name: str, with_gradient: bool) -> Picture:
        key = name, with_gradient
        if key not in self._made:
            row = self.trace.of_sample
            gradient = self.trace.gradients.get(name) if with_gradient else None
            step = self.trace.steps.get(name)
            before = self._weighed.get(step.node, "") if step is not None else ""
            deltas = self.trace.gradients.get(before) if with_gradient and before else None
            self._made[key] = make_picture(
                np.atleast_1d(row(name, self.trace.values[name])),
                None if gradient is None else row(name, gradient),
                None if deltas is None else row(before, deltas),
            )
            if step is not None and step.node in self._told and step.name not in self.trace.inner:
                self._made[key] = self._tell(self._made[key], self._told[step.node], with_gradient)
            if "adjacency" in self.trace.values:
                self._made[key] = with_nodes(self._made[key], self.trace.values[name])
        return self._made[key]

    def _tell(self, picture: Picture, step: StepRecord, with_gradient: bool) -> Picture:
        """Add what else there is to see of a layer to its picture."""
        trace = self.trace
        given = step.inputs[0] if step.inputs else ""

        def look(what: str) -> np.ndarray | None:
            if what == "weight":
                return next(
                    (r.old for p, r in trace.parameters.items() if p in step.parameters and r.name == what), None
                )
            name = step.name if what == "out" else given
            arrays = trace.gradients if what == "slope" else trace.values
            if name not in arrays or (what == "slope" and not with_gradient):
                return None
            found: np.ndarray = trace.of_sample(name, arrays[name])
            return found

        training = trace.origin is not None and trace.origin.training
        aspect = aspect_of(step.form, look, picture.shown, training)
        return picture if aspect is None else replace(picture, aspect=aspect)


def weights_in_use(trace: Trace, moment: Moment, unit: int) -> Said:
    """The weights that take part in a moment, in a few words: the strongest, and of how many; "" where there are
    none.
    """
    if moment.phase == "update":
        record = trace.parameters[moment.parameter]
        old, new = record.old.reshape(-1), record.new.reshape(-1)
        unit = min(max(unit, 0), old.size - 1)
        return f"{_named(trace, record, unit)}{' → '.join(apart(float(old[unit]), float(new[unit])))}"
    step = trace.steps[moment.step]
    path = next((p for p in step.parameters if trace.parameters[p].name == "weight"), None)
    if path is None or step.form not in ("weighted_sum", "convolution"):
        return ""
    weight = trace.parameters[path].old
    if moment.parameter:
        place = min(max(unit, 0), trace.parameters[moment.parameter].old.size - 1)
        record = trace.parameters[moment.parameter]
        return f"{_named(trace, record, place)}{number(float(record.old.reshape(-1)[place]))}"
    row = weight[min(max(unit, 0), len(weight) - 1)].reshape(-1)
    order = sorted(np.argsort(-np.abs(row), kind="stable")[:STRONGEST])
    text = "w = " + ", ".join(number(float(row[i])) for i in order)
    return (
        concat(text, " · ", phrase("strongest {shown} of {count}", shown=len(order), count=f"{row.size:,}"))
        if row.size > STRONGEST
        else text
    )


def _named(trace: Trace, record: ParameterRecord, place: int) -> str:
    """The name of a weight, as the canvas has it, in front of its numbers."""
    if record.old.ndim != 2 or not record.name.endswith("weight"):
        return ""
    return f"{weight_called(trace, record.path, *divmod(place, record.old.shape[1]))}: "
