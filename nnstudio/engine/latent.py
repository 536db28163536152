"""What a layer makes of the samples, as a plane: its two outputs, or the two directions in which many differ most; and
what the network makes of every place there, where all that follows hangs on that layer alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import table_of
from nnstudio.compile.build import build
from nnstudio.compile.program import Program, Step, references
from nnstudio.compile.resolve import resolve
from nnstudio.document.errors import TrainError
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.fitted import Trained
from nnstudio.engine.probe import outputs_by_node
from nnstudio.engine.recorder import Recorder
from nnstudio.engine.runtime.data import Part
from nnstudio.engine.snapshot import sampled

# So many samples are shown; so many places a side are asked for classes or values, and for pictures.
MOST, GRID, TILES = 2000, 60, 12
MARGIN = 0.08


@dataclass(frozen=True)
class Latent:
    """The samples by a layer, ``points`` (n, 2), within ``low`` and ``high``; ``shares`` are how much of all difference
    the two directions hold, ``outputs`` how many the layer has.

    ``targets`` are class numbers or values, NaN where a sample has several; ``held`` says which are not of the training
    part, ``rows`` are the samples' numbers; ``alone`` says that all that follows hangs on the layer. Of every place,
    the top row first: ``said`` (k, rows, columns) are probabilities of classes or the answer's value, ``tiles`` (rows,
    columns, h, w) pictures; None where there are none.
    """

    node: str
    layers: tuple[str, ...]
    outputs: int
    shares: tuple[float, float]
    points: np.ndarray
    targets: np.ndarray
    held: np.ndarray
    rows: np.ndarray
    low: tuple[float, float]
    high: tuple[float, float]
    classes: tuple[str, ...] = ()
    said: np.ndarray | None = None
    tiles: np.ndarray | None = None
    alone: bool = False


def layers_of(program: Program) -> dict[str, str]:
    """Return the layers that a plane can be made of, with their values; the one that a plane tells most of first: all
    that follows hangs on it alone, and of these the narrowest.
    """
    answer = program.model.outputs[program.answer.output]
    found = [(node, name) for node, name in outputs_by_node(program).items() if name != answer]
    order = [step.name for step in program.model.steps]
    # Of layers as narrow as each other the last: an activation behind a layer of two.
    found.sort(key=lambda one: (not hangs_on(program, one[1]), -order.index(one[1])))
    return dict(found)


def hangs_on(program: Program, value: str) -> bool:
    """Whether the answer can be worked out from one value of the network alone."""
    return _after(program, value) is not None


def _after(program: Program, value: str) -> frozenset[str] | None:
    """The steps that lead from a value to the answer; None where the answer needs more than it."""
    steps = {step.name: step for step in program.model.steps}
    needed, stack = set[str](), [program.model.outputs[program.answer.output]]
    while stack:
        name = stack.pop()
        if name == value or name in needed:
            continue
        if name not in steps:
            return None
        needed.add(name)
        stack.extend(_given(steps[name]))
    return frozenset(needed)


def _given(step: Step) -> list[str]:
    return list(references((*step.args, *step.kwargs.values())))


@torch.no_grad()
def latent(trained: Trained, node: str = "") -> Latent:
    """Return the plane of a layer, or of the one that tells most.

    Raises:
        TrainError: no layer has several numbers for each sample.
    """
    program = trained.program
    if program.data.graph:
        raise TrainError("latent.none")
    model, _ = build(program)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in trained.weights.items()})
    model.eval()
    names = layers_of(program)
    values, held, rows = _values(program, model, load_parts(program, torch.device("cpu")))
    # What all that follows hangs on comes first; of those the narrowest.
    fitting = sorted(values, key=lambda one: (not hangs_on(program, names[one]), values[one].shape[1]))
    if not fitting:
        raise TrainError("latent.none")
    node = node if node in values else fitting[0]
    points, back, shares = flat(values[node])
    room = np.maximum(np.ptp(points, axis=0), 1e-6) * MARGIN
    low, high = points.min(axis=0) - room, points.max(axis=0) + room
    targets, classes = _targets(program, rows)
    after = _after(program, names[node])
    found = Latent(
        node,
        tuple(one for one in names if one in values),
        values[node].shape[1],
        shares,
        points,
        targets,
        held,
        rows,
        (float(low[0]), float(low[1])),
        (float(high[0]), float(high[1])),
        classes,
        alone=after is not None,
    )
    if after is None:
        return found

    def answers(side: int) -> torch.Tensor:
        across, up = np.linspace(low[0], high[0], side), np.linspace(high[1], low[1], side)
        places = np.stack([grid.reshape(-1) for grid in np.meshgrid(across, up)], axis=1)
        codes = torch.tensor(back(places), dtype=getattr(torch, program.dtype))
        return _onward(model, names[node], after, codes, program.model.outputs[program.answer.output])

    if program.answer.form == "input":
        return replace(found, tiles=_tiles(trained, answers(TILES)))
    return replace(found, said=_said(trained, answers(GRID)))


def _targets(program: Program, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """What is known of samples, and what classes are called: also where a network tells its own input again."""
    table = labelled(table_of(program.data.dataset), program.data.labels)
    if table.classes and table.y.ndim == 1:
        return table.y[rows].astype(np.float64), table.classes
    if not table.classes and table.y.shape[1] == 1:
        return table.y[rows, 0].astype(np.float64), ()
    return np.full(len(rows), np.nan), ()


def _values(
    program: Program, model: torch.fx.GraphModule, parts: tuple[Part, Part]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The outputs of every layer that gives several numbers a sample, which samples are held aside, and their rows."""
    found: dict[str, list[np.ndarray]] = {}
    held, rows = [], []
    total = sum(len(part) for part in parts)
    layers = layers_of(program)
    for part, aside in zip(parts, (False, True), strict=True):
        places = sampled(len(part), max(1, MOST * len(part) // total)) if len(part) else np.zeros(0, int)
        for start in range(0, len(places), program.evaluation):
            piece = places[start : start + program.evaluation]
            recorder = Recorder(model, retain=False)
            recorder.run(*part.batch(torch.as_tensor(piece))[0])
            for node, name in layers.items():
                value = recorder.seen.get(name)
                if value is not None and value.ndim == 2 and value.shape[1] > 1 and value.is_floating_point():
                    found.setdefault(node, []).append(value.numpy().astype(np.float64))
            held.append(np.full(len(piece), aside))
            rows.append(np.array([part.rows[place] for place in piece]))
    values = {node: np.concatenate(pieces) for node, pieces in found.items()}
    fine = {node: array for node, array in values.items() if np.isfinite(array).all()}
    return fine, np.concatenate(held), np.concatenate(rows)


def flat(codes: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray], tuple[float, float]]:
    """Return codes (n, k) as points (n, 2), the way back from points to codes, and how much of all variance each of the
    two directions holds. Of more than two numbers: the two directions of the greatest variance (principal components,
    Pearson 1901), each with its largest part positive.
    """
    middle = codes.mean(axis=0)
    total = max(float(((codes - middle) ** 2).sum()), 1e-300)
    if codes.shape[1] == 2:
        held = ((codes - middle) ** 2).sum(axis=0) / total
        return codes, lambda points: points, (float(held[0]), float(held[1]))
    ways = np.linalg.svd(codes - middle, full_matrices=False)[2][:2]
    ways *= np.sign(ways[np.arange(len(ways)), np.abs(ways).argmax(axis=1)])[:, None]
    points = (codes - middle) @ ways.T
    held = (points**2).sum(axis=0) / total
    return points, lambda places: middle + places @ ways, (float(held[0]), float(held[1]))


def _onward(
    model: torch.fx.GraphModule, value: str, after: frozenset[str], codes: torch.Tensor, answer: str
) -> torch.Tensor:
    """Run what follows a value, with codes in its place."""
    recorder = Recorder(model, retain=False)
    recorder.env = {}
    found = codes
    for node in model.graph.nodes:
        if node.name == value:
            recorder.env[node] = codes
        elif node.name in after:
            recorder.env[node] = recorder.run_node(node)
            if node.name == answer:
                found = recorder.env[node]
    return found


def _said(trained: Trained, scores: torch.Tensor) -> np.ndarray | None:
    """What the answer is over the plane: chances of classes, or values in their own unit, (k, side, side)."""
    answer, unit = trained.program.answer, trained.known.unit
    given = resolve(answer.target)(scores, **answer.kwargs) if answer.target else scores
    if given.ndim != 2:
        return None
    values = given.to(torch.float64).numpy()
    if answer.form == "column":
        values = np.concatenate([1.0 - values, values], axis=1)
    elif answer.form == "values":
        values = (values * unit.spread + unit.shift if unit is not None else values)[:, :1]
    side = round(len(values) ** 0.5)
    return np.asarray(values.T.reshape(-1, side, side))


def _tiles(trained: Trained, told: torch.Tensor) -> np.ndarray | None:
    """The samples that a network makes of places, as pictures of one grey (side, side, h, w); None where they are
    none.
    """
    known, values = trained.known, told.to(torch.float64).numpy()
    if values.shape[1:] == known.shape and known.scaler is not None:
        values = values * known.scaler.spread + known.scaler.shift
    if values.ndim == 2:
        wide = round(values.shape[1] ** 0.5)
        if wide < 4 or wide * wide != values.shape[1]:
            return None
        values = values.reshape(-1, 1, wide, wide)
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        return None
    side = round(len(values) ** 0.5)
    return np.asarray(values.mean(axis=1).reshape(side, side, *values.shape[2:]))
