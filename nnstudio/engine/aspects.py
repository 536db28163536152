"""What there is to see of a layer beyond its outputs: kernels, what a norm changed, a mask, states in time, table rows.

No torch in here: the window reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

# Of each layer so much is shown at most.
UNITS, TIMES, ROWS, WIDE, LINES = 16, 24, 10, 16, 24
# What is shown of the layers that have a form, by the form.
FORMS = ("convolution", "batch_norm", "norm", "mask", "recurrence", "lookup")


@dataclass(frozen=True)
class Kernels:
    """Of each map that is shown (in the picture's order) the kernel with the largest weights, (maps, rows, columns);
    there is one for each of the input's ``channels``.
    """

    kernels: np.ndarray
    channels: int


@dataclass(frozen=True)
class Spread:
    """What a norm took and gave for one sample, by unit or channel mean: (n,) each, thinned out; and the mean and the
    standard deviation of all numbers before and after.
    """

    before: np.ndarray
    after: np.ndarray
    stood: tuple[float, float]
    stands: tuple[float, float]


@dataclass(frozen=True)
class Mask:
    """Which of the units that are shown are switched off, (n,); ``drawn`` tells whether a mask was drawn at all: in
    evaluation there is none.
    """

    dropped: np.ndarray
    drawn: bool


@dataclass(frozen=True)
class Through:
    """The states of a recurrent layer after each step, (times, units), thinned out; ``times`` are the steps shown, from
    0, of ``total``; ``slopes`` (times,) the Euclidean norm of the gradient at each step's input, NaN where there is
    none.
    """

    states: np.ndarray
    slopes: np.ndarray
    times: np.ndarray
    total: int


@dataclass(frozen=True)
class Rows:
    """The rows of a table of ``total`` rows that are shown, by token, (n, numbers) thinned out; and how often each is
    looked up by the sample.
    """

    tokens: np.ndarray
    rows: np.ndarray
    uses: np.ndarray
    total: int


Aspect = Kernels | Spread | Mask | Through | Rows
T = TypeVar("T")
# Gives an array by what it is: "in", "out", "weight", or "slope", the gradient at what comes in.
Look = Callable[[str], np.ndarray | None]


def only_ones(found: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Return what belongs to a node that has one such thing."""
    often: dict[str, list[T]] = {}
    for node, thing in found:
        often.setdefault(node, []).append(thing)
    return {node: things[0] for node, things in often.items() if len(things) == 1}


def aspect_of(form: str | None, look: Look, shown: np.ndarray, training: bool = False) -> Aspect | None:
    """Return what else there is to see of a layer of some form, of one sample; None where there is nothing.

    ``look`` gives the sample's numbers (without the batch) and the weight; ``shown`` are the units of its picture,
    ``training`` tells whether masks are drawn.
    """
    try:
        return _aspect_of(form, look, shown, training)
    except (IndexError, TypeError, ValueError):
        # An own file may claim a form that its call does not have.
        return None


def _aspect_of(form: str | None, look: Look, shown: np.ndarray, training: bool) -> Aspect | None:
    given, found = look("in"), look("out")
    if form == "convolution":
        weight = look("weight")
        return None if weight is None else _kernels(weight, shown)
    if found is None:
        return None
    if form in ("batch_norm", "norm"):
        channels = form == "batch_norm"
        return (
            None if given is None or given.shape != found.shape or given.size < 2 else _spread(given, found, channels)
        )
    if form == "mask":
        return None if given is None or given.shape != found.shape else _mask(given, found, shown, training)
    if form == "recurrence":
        return None if found.ndim != 2 else _through(found, look("slope"))
    if form == "lookup":
        weight = look("weight")
        return None if given is None or weight is None else _rows(given, weight)
    return None


def _places(total: int, most: int) -> np.ndarray:
    return np.arange(total) if total <= most else np.linspace(0, total - 1, most).round().astype(int)


def _kernels(weight: np.ndarray, shown: np.ndarray) -> Kernels | None:
    """``weight`` is (maps, channels, rows, columns), or without rows."""
    if weight.ndim not in (3, 4) or not len(shown) or shown.max() >= len(weight):
        return None
    if weight.ndim == 3 and len(shown) == 1 < len(weight):
        # Along one axis all maps are one picture: no kernel is that of all.
        return None
    chosen = weight[shown] if weight.ndim == 4 else weight[shown][:, :, None, :]
    strongest = np.sqrt(np.square(chosen, dtype=float).sum(axis=(2, 3))).argmax(axis=1)
    return Kernels(chosen[np.arange(len(chosen)), strongest].astype(float), weight.shape[1])


def _spread(given: np.ndarray, found: np.ndarray, channels: bool) -> Spread:
    # Channels by their means; of a sequence (time, features) the features. A batch norm has channels first.
    first = given.ndim > 2 or (given.ndim == 2 and channels)
    axes = tuple(range(1, given.ndim)) if first else (0,) if given.ndim == 2 else ()
    before, after = (np.asarray(a, float).mean(axis=axes).reshape(-1) for a in (given, found))
    places = _places(len(before), LINES)
    moments = [(float(np.mean(a, dtype=float)), float(np.std(a, dtype=float))) for a in (given, found)]
    return Spread(before[places], after[places], moments[0], moments[1])


def _mask(given: np.ndarray, found: np.ndarray, shown: np.ndarray, training: bool) -> Mask | None:
    # A unit of several numbers is off where all of them are: a channel, or a sequence's feature.
    if not training:
        return Mask(np.zeros(len(shown), bool), False)
    off = (found == 0) & (given != 0)
    quiet = (found == 0).reshape(len(found), -1).all(axis=1) & off.reshape(len(off), -1).any(axis=1)
    if given.ndim == 2 or not len(shown) or shown.max() >= len(quiet):
        return Mask(np.zeros(len(shown), bool), True)
    return Mask(quiet[shown], True)


def _through(states: np.ndarray, slope: np.ndarray | None) -> Through:
    times, units = _places(len(states), TIMES), _places(states.shape[1], UNITS)
    sizes = np.full(len(states), np.nan)
    if slope is not None and len(slope) == len(states):
        sizes = np.sqrt(np.square(slope.reshape(len(slope), -1), dtype=float).sum(axis=1))
    return Through(states[np.ix_(times, units)].astype(float), sizes[times], times, len(states))


def _rows(given: np.ndarray, weight: np.ndarray) -> Rows:
    used, counts = np.unique(np.asarray(given).reshape(-1).astype(int), return_counts=True)
    tokens = np.arange(len(weight)) if len(weight) <= ROWS else used[_places(len(used), ROWS)]
    tokens = tokens[(tokens >= 0) & (tokens < len(weight))]
    often = dict(zip(used.tolist(), counts.tolist(), strict=True))
    return Rows(
        tokens,
        weight[tokens][:, _places(weight.shape[1], WIDE)].astype(float),
        np.array([often.get(token, 0) for token in tokens.tolist()], dtype=int),
        len(weight),
    )
