"""The health of every layer, measured while it trains: distributions, dead and saturated units, how far updates go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# The quantiles that a distribution is told by.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Band = tuple[float, float, float, float, float]
NO_BAND: Band = (math.nan,) * 5


@dataclass(frozen=True)
class Vital:
    """One layer. Bands are quantiles (QUANTILES) of its weights, of its outputs over some samples, and of ∂E/∂W of the
    last batch.

    ``gradient`` is ‖∂E/∂W‖, ``ratio`` ‖ΔW‖ / ‖W‖ of one update (NaN without parameters or where nothing was learnt).
    ``dead`` is the share of units that give 0 with slope 0 for every sample, ``saturated`` of the others whose slope is
    under 0.005 for 95 % of them; None where the layer has no activation.
    """

    weights: Band
    outputs: Band
    gradients: Band
    gradient: float
    ratio: float
    dead: float | None
    saturated: float | None


@dataclass(frozen=True)
class Vitals:
    """All layers after an update; ``clipped_from`` is the gradient's norm before clipping and ``norm`` that behind it.

    ``said`` counts by class what the network says of some samples, and what is true; None where it does not choose a
    class.
    """

    updates: int
    epoch: float
    layers: Mapping[str, Vital]
    norm: float
    clipped_from: float | None
    said: tuple[tuple[int, ...], tuple[int, ...]] | None = None


def band(numbers: np.ndarray) -> Band:
    """Return the quantiles of some numbers; NaN of none, or where one is not finite."""
    if not numbers.size or not np.isfinite(numbers).all():
        return NO_BAND
    a, b, c, d, e = (float(v) for v in np.quantile(numbers, QUANTILES))
    return a, b, c, d, e
