"""Looks into a run at its own pace, so that looking costs the training little: pictures, planes, weights, vitals."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from nnstudio.compile.program import Program, Step, Value
from nnstudio.compile.resolve import resolve
from nnstudio.engine import device as devices
from nnstudio.engine.clock import Clock
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.probe import outputs_by_node, probe
from nnstudio.engine.recorder import Recorder
from nnstudio.engine.runtime.data import Streamed
from nnstudio.engine.runtime.training import Limits
from nnstudio.engine.snapshot import Plane, Scatter, Snapshot, sampled
from nnstudio.engine.vitals import NO_BAND, Band, Vital, Vitals, band

# A little under two polls of the window: views are redrawn 15 times a second.
SNAPSHOT_SECONDS = 0.061
# Planes, weights and vitals change slowly enough to be looked at less often.
PLANE_SECONDS, WEIGHTS_SECONDS, VITALS_SECONDS = 0.17, 0.22, 0.5
GRID, LINE = 48, 160
MARGIN = 0.12
FIRST_MEASURED = 8
MOST_POINTS = 600
VITAL_SAMPLES, VITAL_NUMBERS = 64, 4096
FLAT_SHARE, FLAT_SLOPE = 0.95, 0.005


class Watched(Limits):
    """Limits that note the gradient's norm before clipping when they are asked to."""

    before: float | None = None

    def clip(self, optimizer: Any) -> None:
        if self.noted and (self.clip_norm is not None or self.clip_value is not None):
            object.__setattr__(
                self, "before", gradient_norm(p for group in optimizer.param_groups for p in group["params"])
            )
        super().clip(optimizer)

    def ask(self, asked: bool) -> None:
        """Note the norm at the next clipping, or no more."""
        object.__setattr__(self, "noted", asked)
        if asked:
            object.__setattr__(self, "before", None)


def milestone(update: int) -> bool:
    """Whether an update is measured whatever the clock says: the 8th, 16th, 32nd …"""
    return update >= FIRST_MEASURED and not update & (update - 1)


def gradient_norm(parameters: Any) -> float:
    """The Euclidean norm of all gradients together."""
    return _norm(p.grad.detach() for p in parameters if p.grad is not None)


def _norm(tensors: Iterable[torch.Tensor]) -> float:
    return math.sqrt(sum(float(torch.linalg.vector_norm(t)) ** 2 for t in tensors))


class Watcher:
    """Belongs to the trainer's thread. It draws no random number and leaves every gradient as it was."""

    def __init__(self, program: Program, limits: Watched) -> None:
        self.program, self.limits = program, limits
        self.row = 0
        self._at = {"show": 0.0, "map": 0.0, "weights": 0.0, "vitals": 0.0}
        self._plane: Plane | None = None
        self._points: Scatter | None = None
        self._weights: Mapping[str, np.ndarray] = {}
        self._biases: Mapping[str, np.ndarray] = {}
        self._loading = 0.0
        self._old_at = 0
        self._old: dict[str, torch.Tensor] | None = None
        self._layers = outputs_by_node(program)
        self._own = {start.parameter: start.node for start in program.starts}
        self._bends = [step for step in program.model.steps if step.form == "elementwise"]

    def _due(self, what: str, apart: float, force: bool = False) -> bool:
        now = time.perf_counter()
        if not force and now - self._at[what] < apart:
            return False
        self._at[what] = now
        return True

    # -- pictures -----------------------------------------------------------------------------

    def snapshot(
        self, experiment: Experiment, clock: Clock, epochs: int, device: str, force: bool = False
    ) -> Snapshot | None:
        """Return where the run stands, or None when the last look was just now."""
        if not self._due("show", SNAPSHOT_SECONDS, force):
            return None
        row = min(self.row, len(experiment.data) - 1)
        pictures = probe(
            self.program,
            experiment.model,
            experiment.criterion,
            *experiment.data.batch(slice(row, row + 1)),
            experiment.data.rows[row],
        )
        if self._due("map", PLANE_SECONDS, force):
            self._plane = self.plane(experiment)
        if self._due("weights", WEIGHTS_SECONDS, force):
            self._weights, self._biases = self._matrices(experiment)
        batches = -(-len(experiment.data) // self.program.batch_size)
        seconds = clock.seconds()
        whole = epochs * len(experiment.data)
        left = (whole - clock.samples) * seconds / clock.samples if clock.samples else None
        # Between two epochs the one that is done is shown, not the one to come.
        between = clock.batch == 0 and clock.epoch > 1
        return Snapshot(
            clock.epoch - between,
            epochs,
            batches if between else clock.batch,
            batches,
            clock.updates,
            float("nan") if clock.loss is None else float(clock.loss),
            clock.samples / seconds if seconds > 0 else 0.0,
            seconds,
            left,
            device,
            pictures,
            experiment.data.rows[row],
            self._plane,
            self._weights,
            self._biases,
            devices.memory(experiment.device),
            self._loading,
        )

    def _matrices(self, experiment: Experiment) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]:
        found, biases = {}, {}
        for name, parameter in experiment.model.named_parameters():
            node = self._own.get(name, "")
            if node and node not in found and name.endswith("weight") and parameter.ndim >= 2:
                matrix = parameter.detach().flatten(1)
                rows, columns = sampled(matrix.shape[0]), sampled(matrix.shape[1])
                part = matrix[torch.as_tensor(rows, device=matrix.device)][
                    :, torch.as_tensor(columns, device=matrix.device)
                ]
                found[node] = part.cpu().numpy().astype(float)
            elif node and node not in biases and name.endswith("bias") and parameter.ndim == 1:
                biases[node] = parameter.detach().cpu().numpy().astype(float)[sampled(len(parameter))]
        return found, biases

    # -- the plane of the inputs --------------------------------------------------------------

    def plane(self, experiment: Experiment) -> Plane | None:
        """Return every unit's output over the inputs, for networks that take one or two numbers; None for others."""
        program, data = self.program, experiment.data
        if program.model.inputs != ("x",) or program.data.tokens or not data.inputs:
            return None
        x = data.inputs[0]
        if x.ndim != 2 or x.shape[1] not in (1, 2) or not x.is_floating_point():
            return None
        points = self._scatter(experiment)
        low, high = points.inputs.min(axis=0), points.inputs.max(axis=0)
        room = np.maximum(high - low, 1e-6) * MARGIN
        low, high = low - room, high + room
        axes = [np.linspace(a, b, GRID if x.shape[1] == 2 else LINE) for a, b in zip(low, high, strict=True)]
        # The first row is the top: the second input falls from row to row.
        places = (
            np.stack([g.reshape(-1) for g in np.meshgrid(axes[0], axes[1][::-1])], axis=1)
            if len(axes) == 2
            else axes[0][:, None]
        )
        shape = (GRID, GRID) if len(axes) == 2 else (LINE,)
        grid = torch.tensor(places, dtype=x.dtype, device=x.device)
        with _evaluating(experiment.model), torch.no_grad():
            recorder = Recorder(experiment.model, retain=False)
            outputs = recorder.run(grid)
        maps, shown = {}, {}
        for node, name in self._layers.items():
            value = recorder.seen.get(name)
            if value is not None and value.ndim == 2 and len(value) == len(places):
                shown[node] = sampled(value.shape[1])
                maps[node] = (
                    value[:, torch.as_tensor(shown[node], device=value.device)].T.reshape(-1, *shape).cpu().numpy()
                )
        answer = program.answer
        picked = outputs[answer.output] if isinstance(outputs, tuple) else outputs
        said = resolve(answer.target)(picked, **answer.kwargs) if answer.target else picked
        said = said.reshape(len(places), -1)
        if data.unit is not None:
            said = data.unscaled(said.to(torch.float64))
        classes = bool(program.data.classes) and bool(answer.target or answer.form in ("index", "one_hot"))
        if classes and answer.form == "column":
            said = torch.cat([1.0 - said, said], dim=1)
        return Plane(
            tuple(map(float, low)),
            tuple(map(float, high)),
            maps,
            shown,
            said.T.reshape(-1, *shape).cpu().numpy(),
            classes,
            points,
        )

    def _scatter(self, experiment: Experiment) -> Scatter:
        if self._points is None:
            inputs, targets, held = [], [], []
            for part, validation in ((experiment.data, False), (experiment.validation, True)):
                if len(part):
                    places = torch.as_tensor(sampled(len(part), MOST_POINTS), device=part.inputs[0].device)
                    inputs.append(part.inputs[0][places].cpu().numpy().astype(float))
                    given = part.targets[0][places].reshape(len(places), -1)
                    target = (part.unscaled(given.to(torch.float64)) if part.unit is not None else given).cpu().numpy()
                    one_hot = self.program.answer.form == "one_hot"
                    targets.append(target.argmax(axis=1).astype(float) if one_hot else target[:, 0].astype(float))
                    held.append(np.full(len(places), validation))
            self._points = Scatter(np.concatenate(inputs), np.concatenate(targets), np.concatenate(held))
        return self._points

    # -- vitals -------------------------------------------------------------------------------

    def before_update(self, experiment: Experiment, clock: Clock, force: bool = False) -> None:
        """Keep the weights when a measurement is due, so that the next update can be compared with them."""
        # Weights kept for an update that was none (an epoch ended, the run went back) are of no use.
        # By the clock, and by the updates: a short run is over before the clock has told three times.
        due = force or milestone(clock.updates + 1)
        if self._old is not None or self._due("vitals", VITALS_SECONDS, due):
            self._old_at = clock.updates
            self._old = {name: p.detach().clone() for name, p in experiment.model.named_parameters()}
            self.limits.ask(True)

    def after_update(self, experiment: Experiment, clock: Clock) -> Vitals | None:
        """Return the measurement that was due, or None."""
        if self._old is None:
            return None
        old, self._old = self._old, None
        self.limits.ask(False)
        if clock.updates != self._old_at + 1:
            return None
        outputs, slopes, said = self._outputs(experiment)
        by_node: dict[str, list[tuple[str, torch.Tensor]]] = {node: [] for node in self._layers}
        for name, parameter in experiment.model.named_parameters():
            by_node.setdefault(self._own.get(name, ""), []).append((name, parameter))
        layers: dict[str, Vital] = {}
        for node in self._layers:
            own = by_node[node]
            grads = [p.grad for _, p in own if p.grad is not None]
            moved = _norm(p.detach() - old[name] for name, p in own)
            size = _norm(old[name] for name, _ in own)
            dead, saturated = slopes.get(node, (None, None))
            layers[node] = Vital(
                band(_some([p.detach() for name, p in own if not name.endswith("bias")])),
                outputs.get(node, NO_BAND),
                band(_some(grads)),
                gradient_norm(p for _, p in own) if grads else math.nan,
                moved / size if size > 0 and grads else math.nan,
                dead,
                saturated,
            )
        batches = max(1, -(-len(experiment.data) // self.program.batch_size))
        self._loading = self._share_of_loading(experiment, clock)
        return Vitals(
            clock.updates,
            clock.epoch - 1 + clock.batch / batches,
            layers,
            gradient_norm(experiment.model.parameters()),
            self.limits.before,
            said,
        )

    def _share_of_loading(self, experiment: Experiment, clock: Clock) -> float:
        """What share of an update's time fetching its batch takes, by fetching one; of samples in a file what was
        waited for them.
        """
        streamed = next((one for one in experiment.data.inputs if isinstance(one, Streamed)), None)
        if streamed is not None:
            return min(1.0, streamed.waited / clock.seconds()) if clock.seconds() > 0 else 0.0
        places = torch.arange(min(self.program.batch_size, len(experiment.data)), device=experiment.device)
        started = time.perf_counter()
        experiment.data.batch(places)
        taken, seconds = time.perf_counter() - started, clock.seconds()
        return min(1.0, taken * clock.updates / seconds) if seconds > 0 else 0.0

    def _outputs(
        self, experiment: Experiment
    ) -> tuple[dict[str, Band], dict[str, tuple[float, float]], tuple[tuple[int, ...], tuple[int, ...]] | None]:
        """The bands of all outputs over some samples, (dead, saturated) of the layers that bend, and the classes said
        and true.
        """
        places = sampled(len(experiment.data), VITAL_SAMPLES)
        inputs, targets = experiment.data.batch(torch.as_tensor(places, device=experiment.device))
        with _evaluating(experiment.model), torch.enable_grad():
            recorder = Recorder(experiment.model, retain=False)
            outputs = recorder.run(*(t.detach().requires_grad_(t.is_floating_point()) for t in inputs))
            slopes = {step.node: found for step in self._bends if (found := _bent(step, recorder.seen)) is not None}
        bands = {
            node: band(_some([recorder.seen[name].detach()]))
            for node, name in self._layers.items()
            if name in recorder.seen
        }
        with _evaluating(experiment.model), torch.no_grad():
            judged: Any = experiment.criterion(*(outputs if isinstance(outputs, tuple) else (outputs,)), *targets)
        said = None
        if experiment.data.classes and isinstance(judged, tuple) and not judged[1].is_floating_point():
            first, second = (
                torch.bincount(side.reshape(-1), minlength=experiment.data.classes).tolist() for side in judged[1:3]
            )
            said = tuple(first), tuple(second)
        return bands, slopes, said


def _bent(step: Step, seen: Mapping[str, torch.Tensor]) -> tuple[float, float] | None:
    """The shares of dead and of saturated units of an activation."""
    source = next((a.name for a in step.args if isinstance(a, Value)), "")
    if (
        source not in seen
        or step.name not in seen
        or not seen[step.name].requires_grad
        or seen[step.name].shape != seen[source].shape
    ):
        return None
    (slope,) = torch.autograd.grad(seen[step.name].sum(), seen[source], retain_graph=True, allow_unused=True)
    if slope is None or slope.ndim < 2:
        return None
    # A unit is a neuron, or a channel with all its places.
    size, given = (
        v.abs().flatten(2).transpose(1, 2).flatten(0, 1) if v.ndim == 4 else v.abs().flatten(0, -2)
        for v in (slope, seen[step.name].detach())
    )
    # A sigmoid far out has no slope either, in float32, but it still gives something.
    dead = ((size == 0) & (given == 0)).all(dim=0)
    flat = ((size < FLAT_SLOPE).float().mean(dim=0) >= FLAT_SHARE) & ~dead
    return float(dead.float().mean()), float(flat.float().mean())


def _some(tensors: list[torch.Tensor]) -> np.ndarray:
    """Numbers of some tensors, evenly thinned out."""
    parts = [
        t.reshape(-1)[:: max(1, t.numel() // VITAL_NUMBERS)].cpu().numpy()
        for t in tensors
        if t.is_floating_point() and t.numel()
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
