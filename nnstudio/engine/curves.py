"""What previews are made of: frozen numbers. No torch in here: the window reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """Lines over one axis. ``shaded`` are stretches of x; ``bars`` draws the first line as a histogram."""

    x: np.ndarray
    lines: tuple[tuple[str, np.ndarray], ...]
    shaded: tuple[tuple[float, float], ...] = ()
    bars: bool = False
    axis: str = ""


@dataclass(frozen=True)
class DataPreview:
    """Some rows of the data as they are and as they go in. ``part`` is 0 for those of training, 1 of
    validation, 2 of the test part.
    """

    columns: tuple[str, ...]
    raw: np.ndarray
    scaled: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    axes: str
    tokens: int
    rows: np.ndarray
    part: np.ndarray
    total: int
    training: int
    adjacency: np.ndarray | None
    # What tokens are called; () where they are numbers.
    vocabulary: tuple[str, ...] = ()
