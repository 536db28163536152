"""What a trained network says of the samples that were held aside, beside what is true: for a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Trained

# So many samples are looked at, and so many of the worst are kept.
MOST, WORST = 5000, 8


@dataclass(frozen=True)
class HeldOut:
    """Validation samples by their row. With classes ``truth`` and ``said`` are class numbers and ``sure`` is the
    probability of what was said; else they are values of the first target and ``sure`` is None. ``worst`` are places of
    those that were missed by most, ``raw`` their samples.
    """

    rows: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    sure: np.ndarray | None
    worst: tuple[int, ...]
    raw: np.ndarray
    classes: tuple[str, ...] = ()
    target: str = ""


def held_out(trained: Trained) -> HeldOut | None:
    """Ask about the validation part (at most MOST samples); None where there is none, or a sample has many answers."""
    from nnstudio.catalog.labels import labelled
    from nnstudio.catalog.shown import for_the_eye, picture_of
    from nnstudio.catalog.tables import table_of
    from nnstudio.engine.predict import predict
    from nnstudio.engine.splitting import rows_of

    program = trained.program
    table = labelled(table_of(program.data.dataset), program.data.labels)
    seen = for_the_eye(table, face=True) if picture_of(table) else table
    rows = rows_of(program.data, table)[1][:MOST]
    single = table.y.ndim == 1 if table.classes else True
    if not len(rows) or program.data.graph or not single or program.answer.form in ("input", "steps"):
        return None
    answers = predict(program, trained.weights, np.array(table.x[rows]), trained.known)
    if answers.said is not None:
        truth = table.y.reshape(-1)[rows]
        shares = answers.numbers if answers.numbers.shape[1] == len(answers.classes) else None
        sure = None if shares is None else shares[np.arange(len(rows)), answers.said]
        wrong = np.flatnonzero(answers.said != truth)
        # The surest mistakes first.
        order = wrong if sure is None else wrong[np.argsort(-sure[wrong], kind="stable")]
        said = answers.said
    else:
        values = table.y.reshape(len(table.y), -1)[rows]
        if values.shape[1] != answers.numbers.shape[1]:
            return None
        truth, said, sure = values[:, 0], answers.numbers[:, 0], None
        order = np.argsort(-np.abs(said - truth), kind="stable")
    worst = tuple(int(place) for place in order[:WORST])
    target = table.targets[0] if table.targets else ""
    return HeldOut(rows, truth, said, sure, worst, np.array(seen.x[rows[list(worst)]]), answers.classes, target)
