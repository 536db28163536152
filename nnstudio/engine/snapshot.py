"""What the trainer shows of itself: frozen numbers, newest wins. No torch in here: the window reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from nnstudio.engine.aspects import Aspect

SHOWN = 32
# A card has room for so many channels or heads, each at most so many cells wide and high.
TILES, TILE = 16, 16
LONGEST = 48
NO_TILES = np.zeros((0, 0, 0))
NO_DELTAS = np.zeros(0)
NO_NODES = np.zeros((0, 0))


@dataclass(frozen=True)
class Picture:
    """A node's output and its gradient for one sample; ``shown`` are the places taken from ``total`` units.

    A unit is a number, or ``size`` numbers that are drawn together: a channel, an attention head, a sequence. Then
    ``tiles`` (shown, rows, columns) are its numbers, thinned out, ``values`` its mean and ``gradients`` the root mean
    square of its gradient with the sign of its sum. ``own_scale`` asks for colours that span this picture alone.
    ``deltas`` is the gradient before the activation, ∂E/∂z, of a layer that weighs its inputs; empty elsewhere. In a
    graph network ``nodes`` are the values at all nodes of the graph (N, shown). ``aspect`` is what else there is to
    see.
    """

    values: np.ndarray
    gradients: np.ndarray
    shown: np.ndarray
    total: int
    tiles: np.ndarray = field(default_factory=lambda: NO_TILES)
    size: int = 1
    own_scale: bool = False
    deltas: np.ndarray = field(default_factory=lambda: NO_DELTAS)
    nodes: np.ndarray = field(default_factory=lambda: NO_NODES)
    aspect: Aspect | None = None


@dataclass(frozen=True)
class Scatter:
    """Samples of the data as the network takes them: inputs (N, d), targets (N,), and whether each is of the validation
    part.
    """

    inputs: np.ndarray
    targets: np.ndarray
    held: np.ndarray

    def same(self, other: Scatter | None) -> bool:
        """Whether the samples are those of another; what comes from another process is never the same object."""
        if other is self or other is None:
            return other is self
        return (
            np.array_equal(self.inputs, other.inputs)
            and np.array_equal(self.targets, other.targets)
            and np.array_equal(self.held, other.held)
        )


@dataclass(frozen=True)
class Plane:
    """Every unit's output over the plane (or line) of the inputs.

    ``low`` and ``high`` are the ends of each input; ``maps`` by node (units, rows, columns), the first row at the top,
    or (units, places) for one input; ``shown`` the units taken; ``said`` what the network answers, in the same form:
    probabilities by class, or values. ``classes`` tells whether it chooses among classes.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    maps: Mapping[str, np.ndarray]
    shown: Mapping[str, np.ndarray]
    said: np.ndarray
    classes: bool
    points: Scatter


@dataclass(frozen=True)
class Snapshot:
    """Where a run stands now. ``weights`` are matrices by node (outputs, inputs), thinned out as the pictures are,
    ``biases`` alike.

    ``memory`` are the bytes of this process and of its tensors on a GPU, ``loading`` the share of time spent fetching
    batches. ``pace`` are the updates a second that the run may make, ``free`` those that it would; None where it is not
    held back.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    updates: int
    loss: float
    samples_per_second: float
    seconds: float
    seconds_left: float | None
    device: str
    pictures: Mapping[str, Picture]
    sample: int
    plane: Plane | None = None
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    biases: Mapping[str, np.ndarray] = field(default_factory=dict)
    memory: tuple[int, int | None] = (0, None)
    loading: float = 0.0
    pace: float | None = None
    free: float | None = None


def sampled(total: int, most: int = SHOWN) -> np.ndarray:
    """Return at most ``most`` places, evenly spread over ``total``, the same every time."""
    if total <= most:
        return np.arange(total)
    return np.linspace(0, total - 1, most).round().astype(int)


def thinned_matrix(weight: np.ndarray) -> np.ndarray:
    """Return a weight as the matrix (outputs, inputs) that is shown, thinned out as the pictures are."""
    matrix = weight.reshape(len(weight), -1)
    shown: np.ndarray = matrix[sampled(matrix.shape[0])][:, sampled(matrix.shape[1])].astype(float)
    return shown


def make_picture(values: np.ndarray, gradients: np.ndarray | None, deltas: np.ndarray | None = None) -> Picture:
    """Reduce one sample's numbers to what a card can show; ``deltas`` are the gradients before the activation.

    (n,) becomes cells, (channels, height, width) a tile for each channel, (time, features) one strip with time to the
    right.
    """
    slopes = np.zeros_like(values) if gradients is None else gradients
    if values.ndim == 3 and values.shape[1] * values.shape[2] > 1:
        return _tiles(values, slopes)
    if values.ndim == 2 and values.shape[0] > 1 and values.shape[1] > 1:
        return _tiles(values.T[None], slopes.T[None], LONGEST)
    flat = values.reshape(-1)
    shown = sampled(flat.size)
    before = NO_DELTAS if deltas is None or deltas.size != flat.size else _frozen(deltas.reshape(-1)[shown])
    return Picture(
        _frozen(flat[shown]), _frozen(slopes.reshape(-1)[shown]), _frozen(shown, int), flat.size, deltas=before
    )


def with_nodes(picture: Picture, everything: np.ndarray) -> Picture:
    """Add the values at all nodes of a graph (N, units) to the picture of one of them."""
    if everything.ndim != 2 or picture.tiles.size or everything.shape[1] != picture.total:
        return picture
    return replace(picture, nodes=_frozen(everything[:, picture.shown]))


def _tiles(values: np.ndarray, slopes: np.ndarray, most: int = TILE) -> Picture:
    shown = sampled(len(values), TILES)
    rows, columns = sampled(values.shape[1], most), sampled(values.shape[2], most)
    tiles = values[np.ix_(shown, rows, columns)]
    means = values[shown].mean(axis=(1, 2), dtype=float)
    sums = slopes[shown].sum(axis=(1, 2), dtype=float)
    sizes = np.sqrt(np.square(slopes[shown], dtype=float).mean(axis=(1, 2)))
    return Picture(
        _frozen(means),
        _frozen(np.copysign(sizes, sums)),
        _frozen(shown, int),
        len(values),
        _frozen(tiles),
        values.shape[1] * values.shape[2],
        True,
    )


def _frozen(array: np.ndarray, kind: type = float) -> np.ndarray:
    found: np.ndarray = np.array(array, dtype=kind)
    found.setflags(write=False)
    return found
