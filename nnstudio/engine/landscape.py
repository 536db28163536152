"""The loss around the present weights, along two directions, with the way that training came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nnstudio.compile.build import build
from nnstudio.compile.program import Program
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.trace import Array

MOST_SAMPLES = 512
SIDE = 31
State = Mapping[str, Array]


@dataclass(frozen=True)
class Plane:
    """Two directions in the space of the weights: flat vectors over all parameters, in the order of the program's
    starts.
    """

    first: Array
    second: Array
    names: tuple[str, str]


@dataclass(frozen=True)
class Landscape:
    """Losses on a grid: ``loss[j, i]`` at ``x[i]`` along the first direction and ``y[j]`` along the second.

    0, 0 are the weights it was made around. ``path`` (k, 2) are earlier weights seen from there, the oldest first;
    ``seen`` is the share of their distance that lies in the plane.
    """

    x: Array
    y: Array
    loss: Array
    path: Array
    names: tuple[str, str]
    seen: float
    samples: int


class Cancelled(Exception):
    """The student no longer wants it."""


def flat(program: Program, state: State) -> Array:
    """All parameters as one vector."""
    return np.concatenate([state[start.parameter].reshape(-1).astype(np.float64) for start in program.starts])


def random_plane(program: Program, state: State, seed: int) -> Plane:
    """Two random directions, each tensor's part as long as the tensor itself (Li et al. 2018, with whole layers for
    filters).
    """
    found = []
    for number in (1, 2):
        parts = []
        for start in program.starts:
            weight = state[start.parameter]
            drawn = torch.randn(
                weight.shape, generator=stream(seed, "landscape", number, start.parameter), dtype=torch.float64
            ).numpy()
            length = float(np.linalg.norm(weight)) if weight.ndim > 1 else 0.0
            # Biases and norms are left where they are: their scale says nothing about the layer's.
            parts.append((drawn / max(float(np.linalg.norm(drawn)), 1e-12) * length).reshape(-1))
        found.append(np.concatenate(parts))
    return Plane(found[0], found[1], ("1", "2"))


def weights_plane(program: Program, first: tuple[str, int], second: tuple[str, int]) -> Plane:
    """The plane of two single weights: (the parameter's path, the place in it).

    Raises:
        KeyError: there is no such parameter.
        IndexError: there is no such place.
    """
    starts: dict[str, tuple[int, int]] = {}
    total = 0
    for start in program.starts:
        size = int(np.prod(start.shape))
        starts[start.parameter] = (total, size)
        total += size
    found = []
    for path, place in (first, second):
        begin, size = starts[path]
        if not 0 <= place < size:
            raise IndexError(place)
        vector = np.zeros(total)
        vector[begin + place] = 1.0
        found.append(vector)
    return Plane(found[0], found[1], (f"{first[0]}[{first[1] + 1}]", f"{second[0]}[{second[1] + 1}]"))


def path_plane(program: Program, state: State, earlier: Sequence[State]) -> Plane | None:
    """The two directions in which the earlier weights differ most from the present ones (principal components of the
    path).
    """
    here = flat(program, state)
    away = np.array([flat(program, other) - here for other in earlier])
    if len(away) < 2 or not np.isfinite(away).all() or np.linalg.norm(away) == 0:
        return None
    _, sizes, rows = np.linalg.svd(away, full_matrices=False)
    if len(sizes) < 2 or sizes[1] <= 1e-12 * sizes[0]:
        return None
    length = float(np.abs(away @ rows[:2].T).max())
    return Plane(rows[0] * length, rows[1] * length, ("1", "2"))


def landscape(
    program: Program,
    state: State,
    plane: Plane,
    earlier: Sequence[State] = (),
    *,
    reach: float = 1.0,
    side: int = SIDE,
    cancel: threading.Event | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Landscape:
    """Work the losses out, in evaluation mode, on the training part (at most MOST_SAMPLES samples); draws no random
    number.

    Raises:
        Cancelled: ``cancel`` was set meanwhile.
    """
    model, criterion = build(program)
    model.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    model.eval()
    data, _ = load_parts(program, torch.device("cpu"))
    count = min(len(data), MOST_SAMPLES)
    inputs, targets = data.batch(slice(0, count))
    here = flat(program, state)
    parameters = [model.get_parameter(start.parameter) for start in program.starts]
    edges = np.cumsum([0, *(p.numel() for p in parameters)])
    axis = np.linspace(-reach, reach, side)
    basis = np.stack([plane.first, plane.second], axis=1)
    away = np.array([flat(program, other) - here for other in earlier]).reshape(-1, len(here))
    spots, *_ = np.linalg.lstsq(basis, away.T, rcond=None)
    kept = float(np.linalg.norm(basis @ spots)) / max(float(np.linalg.norm(away)), 1e-12) if len(away) else 1.0
    # The way stays in the picture.
    wide = max(1.0, 1.1 * float(np.abs(spots).max(initial=0.0)) / reach) if np.isfinite(spots).all() else 1.0
    xs = ys = axis * min(wide, 50.0)
    loss = np.zeros((side, side))
    with torch.no_grad():
        for j, y in enumerate(ys):
            for i, x in enumerate(xs):
                if cancel is not None and cancel.is_set():
                    raise Cancelled
                moved = torch.from_numpy(here + x * plane.first + y * plane.second)
                for number, parameter in enumerate(parameters):
                    parameter.copy_(moved[edges[number] : edges[number + 1]].reshape(parameter.shape))
                loss[j, i] = float(forward(model, criterion, inputs, targets)[0])
            progress((j + 1) / side)
    return Landscape(xs, ys, loss, spots.T, plane.names, kept, count)
