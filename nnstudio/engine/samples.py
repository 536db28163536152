"""What was found of every sample, and the curve that two classes give. No torch in here: the window reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# At most so many samples are looked at.
MOST = 3000


@dataclass(frozen=True)
class Review:
    """Samples of both parts, each alone and in evaluation mode.

    ``rows`` are row numbers of the data, ``held`` tells the validation part; ``said`` and ``truth`` are class numbers,
    or values of the first output; ``numbers`` probabilities by class (N, classes) or values; ``x`` the inputs as the
    network takes them. ``total`` is how many samples there are, of which at most MOST are looked at.
    """

    rows: np.ndarray
    held: np.ndarray
    said: np.ndarray
    truth: np.ndarray
    loss: np.ndarray
    numbers: np.ndarray
    x: np.ndarray
    classes: bool
    total: int


def roc(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (false positive rate, true positive rate, area) over all thresholds; the area is NaN with one class alone.

    Equal scores are one step, so that the area is the chance that a positive scores above a negative, ties counted half
    (Fawcett, An introduction to ROC analysis, 2006).
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], positive[order].astype(float)
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true, false = np.cumsum(hits)[ends], np.cumsum(1 - hits)[ends]
    if true[-1] == 0 or false[-1] == 0:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0]), float("nan")
    tpr, fpr = np.append(0.0, true / true[-1]), np.append(0.0, false / false[-1])
    return fpr, tpr, float(((tpr[1:] + tpr[:-1]) / 2 * np.diff(fpr)).sum())
