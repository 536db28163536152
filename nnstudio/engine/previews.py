"""What a choice looks like: curves of activations, losses and schedules, and the numbers an initializer really
draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.entry import Call, Ref, Weight
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.parting import Split
from nnstudio.catalog.registry import family
from nnstudio.catalog.shown import for_the_eye
from nnstudio.catalog.tables import parted, table_of
from nnstudio.compile.build import draw_start, fill_start, schedule_of
from nnstudio.compile.program import Program, Start
from nnstudio.compile.resolve import make_module, resolve
from nnstudio.document.values import Choice
from nnstudio.engine.curves import Curve, DataPreview
from nnstudio.engine.runtime.scaling import fit_scaler
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.runtime.training import WarmUp, step_schedule

# Where the slope is smaller than this share of its greatest value hardly any gradient gets through.
NEARLY_FLAT = 0.05
MAX_DRAWN = 1_000_000
BINS = 41
MAX_EPOCHS = 5000


def run_calls(calls: Sequence[Call], known: dict[str, Any], weights: Sequence[Weight] = ()) -> Any:
    """Run the calls of a choice on real tensors in float64; returns the last result, or ``known["z"]`` of none.

    ``weights`` say what the parameters of the calls' modules begin with.
    """

    def fill(value: Any) -> Any:
        if isinstance(value, Ref):
            return known[value.name]
        return [fill(item) for item in value] if isinstance(value, tuple) else value

    result = known.get("z")
    for call in calls:
        function: Any = resolve(call.target)
        if call.make is not None:
            module = make_module(call.target, call.make, "cpu", torch.float64)
            _give_start_values(module, [weight for weight in weights if weight.module == call.out])
            function = module.eval()
        result = known[call.out] = function(
            *(fill(a) for a in call.args), **{k: fill(v) for k, v in call.kwargs.items()}
        )
    return result


def _give_start_values(module: torch.nn.Module, weights: Sequence[Weight]) -> None:
    shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    with torch.no_grad():
        for weight in weights:
            call = weight.default(shapes)
            start = Start(
                weight.name, "", weight.name, weight.name, shapes[weight.name], call.target, call.args, call.kwargs
            )
            fill_start(module.get_parameter(weight.name), start, 0, stream)


def activation_curve(choice: Choice) -> Curve | None:
    """The function and its slope from −6 to 6, with the stretches where hardly any gradient gets through."""
    entry = family("activations")[choice.kind]
    z = torch.linspace(-6.0, 6.0, 241, dtype=torch.float64, requires_grad=True)
    if "rows" in entry.tags:
        # A function of a whole row: shown for two scores, one of them fixed at 0.
        value = run_calls(
            entry.calls(choice.params),
            {"z": torch.stack([z, torch.zeros_like(z)], dim=1)},
            entry.weights(choice.params),
        )[:, 0]
    else:
        value = run_calls(entry.calls(choice.params), {"z": z}, entry.weights(choice.params))
    slope = torch.autograd.grad(value.sum(), z)[0] if value.requires_grad else torch.zeros_like(z)
    x, s = z.detach().numpy(), slope.numpy()
    flat = (
        np.abs(s) <= NEARLY_FLAT * max(float(np.abs(s).max()), 1e-12)
        if np.abs(s).max() > 0
        else np.ones_like(x, dtype=bool)
    )
    return Curve(x, (("a", value.detach().numpy()), ("a′", s)), _stretches(x, flat), axis="z")


def _stretches(x: np.ndarray, mask: np.ndarray) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return tuple((float(x[a]), float(x[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True))


def loss_curve(choice: Choice) -> Curve | None:
    """The loss of one sample and its slope, over the prediction, for a target of 1 (of the first of two classes)."""
    entry = family("losses")[choice.kind]
    chances = entry.expects in ("probabilities", "log_probabilities")
    low, high = (0.005, 0.995) if chances else (-4.0, 4.0)
    a = torch.linspace(low, high, 201, dtype=torch.float64, requires_grad=True)
    shown = torch.log(a) if entry.expects == "log_probabilities" else a
    params = choice.params
    if params.get("class_weights") is not None:
        # The curve is that of one class; weights compare classes.
        params = params.with_value("class_weights", None)
    losses = []
    for place in shown:
        if entry.target == "index":
            other = torch.log(1 - torch.exp(place)) if entry.expects == "log_probabilities" else torch.zeros_like(place)
            known = {"prediction": torch.stack([place, other])[None], "target": torch.tensor([0])}
        else:
            known = {"prediction": place.reshape(1, 1), "target": torch.ones(1, 1, dtype=torch.float64)}
        losses.append(run_calls(entry.calls(params), known))
    total = torch.stack(losses)
    slope = torch.autograd.grad(total.sum(), a)[0]
    return Curve(
        a.detach().numpy(), (("E", total.detach().numpy()), ("E′", slope.numpy())), axis="p" if chances else "a"
    )


def schedule_curve(optimizer: Choice, schedule: Choice, epochs: int, warmup: int) -> Curve | None:
    """The learning rate of each planned epoch, from the real scheduler; a plateau is taken not to come."""
    count = min(epochs, MAX_EPOCHS)
    rate = float(optimizer.params.get("learning_rate", 0.1))
    parameter = torch.nn.Parameter(torch.zeros(1))
    carrier = torch.optim.SGD([parameter], lr=rate)
    entry = family("schedules")[schedule.kind]
    warmup = min(warmup, count - 1)
    real = schedule_of(entry.target, dict(entry.kwargs(schedule.params)), carrier, max(1, count - warmup))
    rates = _rates(carrier, real, count, warmup)
    return Curve(np.arange(1, count + 1, dtype=float), (("η", np.array(rates)),), axis="epoch")


def planned_rates(program: Program) -> list[float]:
    """The learning rate of each planned epoch of a program with one optimizer, from the real scheduler."""
    (updater,) = program.updaters
    carrier = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=float(updater.kwargs["lr"]))
    count = min(program.epochs, MAX_EPOCHS)
    warmup = min(program.warmup, count - 1)
    real = schedule_of(updater.schedule, updater.schedule_kwargs, carrier, max(1, count - warmup))
    return _rates(carrier, real, count, warmup)


def _rates(carrier: torch.optim.Optimizer, real: Any, count: int, warmup: int) -> list[float]:
    """The rate of so many epochs, the first of them warming up."""
    warm = WarmUp(carrier, warmup)
    rates = []
    for epoch in range(1, count + 1):
        warm.set(epoch)
        rates.append(float(carrier.param_groups[0]["lr"]))
        carrier.step()
        if real is not None and epoch > warmup:
            # A loss that falls for ever: the plateau never comes.
            step_schedule(real, 1.0 / epoch)
    return rates


def initial_values(program: Program, node: str, name: str) -> Curve | None:
    """A histogram of the start values that a parameter of a node really gets; None if it has none or is too large."""
    start = next(
        (s for s in program.starts if s.node == node and (s.name == name or s.name.startswith(name + "_"))), None
    )
    if start is None or math.prod(start.shape) > MAX_DRAWN:
        return None
    # From a stream of its own: the default generator is not touched, so no run has to wait.
    values = draw_start(start, program.seed, stream).reshape(-1).numpy()
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    return Curve((edges[:-1] + edges[1:]) / 2, (("n", counts.astype(float)),), bars=True, axis="w")


SHOWN_ROWS, SHOWN_NUMBERS = 2000, 2**25


def data_preview(choice: Choice, split: Split, scaling: str, labels: str = "") -> DataPreview:
    """Return at most SHOWN_ROWS rows (of large samples fewer), evenly spread, before and after scaling with what the
    training part tells.

    ``labels`` says how targets that are numbers tell classes, as a Program's data does.

    Raises:
        StudioError: the data cannot be read.
    """
    table = for_the_eye(labelled(table_of(choice), labels))
    entry = family("datasets")[choice.kind]
    count = len(table.x)
    # An input of its own goes in as it is.
    apart = bool(table.recipe) and bool(table.axes)
    if not entry.splits:
        split = replace(split, validation=0.0, test=0.0, folds=0)
    train, held, tested = parted(split, table)
    shown = max(1, min(SHOWN_ROWS, SHOWN_NUMBERS // math.prod(table.x.shape[1:])))
    places = np.arange(count) if count <= shown else np.linspace(0, count - 1, shown).round().astype(int)
    raw = np.array(table.x[places])
    scaled = raw
    if not table.tokens:
        scalings = tuple(own or scaling for own in table.scales) or ("none" if apart else scaling)
        scaled = fit_scaler(table.x, train, scalings, table.scale_axis, table.fill).apply(raw)
    marks = np.zeros(count, dtype=np.int64)
    marks[held], marks[tested] = 1, 2
    return DataPreview(
        table.columns,
        raw,
        scaled,
        np.array(table.y[places]),
        table.classes,
        table.targets,
        table.axes,
        table.tokens,
        places,
        marks[places],
        count,
        len(train),
        table.adjacency,
        table.vocabulary,
    )
