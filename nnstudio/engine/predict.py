"""Ask a trained network about new samples: filled and scaled as the training part was, answers with probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import table_of
from nnstudio.compile.build import build
from nnstudio.compile.program import Program
from nnstudio.compile.resolve import resolve
from nnstudio.document.errors import TrainError
from nnstudio.engine.asking import empty_rows, label_of, tagged
from nnstudio.engine.fitted import Fitted, fitted
from nnstudio.engine.runtime.metrics import by_class
from nnstudio.engine.runtime.scaling import sample_tensor


@dataclass(frozen=True)
class Answers:
    """What a network says of some samples.

    With classes ``said`` are class numbers (N,) and ``numbers`` probabilities (N, classes) when the loss gives a
    meaning to them, else the scores; without classes ``numbers`` are the predicted values (N, k). Of samples whose
    steps have a class each it is the last step's; where these are labels of tokens ``said`` is (N, T), -1 where there
    is no token, and ``numbers`` (N, 1) the mean of what they got.
    """

    said: np.ndarray | None
    numbers: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...]

    def label(self, row: int) -> str | None:
        """What is said of a sample in words; None where it is numbers."""
        return None if self.said is None else label_of(self.classes, self.said[row])


def check_samples(known: Fitted, x: np.ndarray) -> None:
    """Refuse samples that the network cannot take.

    Raises:
        TrainError: no samples, another shape than the training data's, a token there is none of, or a number that is
        missing or infinite.
    """
    if x.ndim == 0 or not len(x):
        raise TrainError("predict.none")
    if x.shape[1:] != known.shape:
        if x.ndim == 2 and len(known.shape) == 1:
            raise TrainError("predict.width", found=x.shape[1], wanted=known.shape[0])
        found, wanted = (" × ".join(map(str, shape)) for shape in (x.shape[1:], known.shape))
        raise TrainError("predict.shape", found=found, wanted=wanted)
    if known.tokens:
        strange = np.argwhere((x < 0) | (x >= known.tokens) | (x != np.round(x)))
        if len(strange):
            place = tuple(int(v) for v in strange[0])
            raise TrainError("predict.token", row=place[0] + 1, value=f"{x[place]:g}", last=known.tokens - 1)
    elif x.dtype.kind == "f" and np.isinf(x).any():
        raise TrainError("predict.infinite", row=int(np.argwhere(np.isinf(x))[0][0]) + 1)
    else:
        empty = empty_rows(x, known.fill)
        if len(empty):
            raise TrainError("predict.empty", row=int(empty[0]) + 1)


@torch.no_grad()
def predict(
    program: Program, weights: Mapping[str, np.ndarray], x: np.ndarray | None, known: Fitted | None = None
) -> Answers:
    """Return the answers for raw samples ``x`` (N, …); None asks for the project's own.

    They are prepared as those were that the weights learnt from: by ``known``, or by what the data gives now.

    Raises:
        TrainError: the samples do not fit the network.
    """
    plan = program.data
    known = known or fitted(program)
    model, _ = build(program)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    model.eval()
    dtype = getattr(torch, program.dtype)
    scaler = known.scaler
    if plan.graph:
        if x is not None:
            raise TrainError("predict.graph")
        table = labelled(table_of(plan.dataset), plan.labels)
        places = torch.arange(len(table.x))
        whole = {
            "x": sample_tensor(table.x, np.arange(len(table.x)), scaler, dtype),
            "adjacency": torch.tensor(table.adjacency, dtype=dtype),
            "rows": places,
        }
        outputs = [model(*(whole[name] for name in program.model.inputs))]
    else:
        if x is None:
            x = table_of(plan.dataset).x
        check_samples(known, x)
        outputs = []
        for start in range(0, len(x), program.evaluation):
            piece = np.arange(start, min(start + program.evaluation, len(x)))
            inputs = (sample_tensor(x, piece, scaler, dtype),) if program.model.inputs else ()
            outputs.append(model(*inputs))
    picked = [out[program.answer.output] if isinstance(out, tuple) else out for out in outputs]
    scores = torch.cat(picked)
    if known.tags and x is not None:
        return _tags(program, scores, known, x)
    return _answers(program, scores, known)


def measures_of(answers: Answers, truth: np.ndarray) -> dict[str, Any]:
    """Return how good answers are where the truth is known: accuracy and confusion, or MAE, RMSE and R² (None where all
    true values are equal).
    """
    if answers.said is not None:
        count, known = len(answers.classes), truth.reshape(-1) >= 0
        table = np.zeros((count, count), dtype=np.int64)
        np.add.at(table, (truth.reshape(-1)[known], answers.said.reshape(-1)[known]), 1)
        rows = tuple(tuple(int(n) for n in row) for row in table)
        accuracy = float(np.trace(table) / max(1, table.sum()))
        return {"accuracy": accuracy, "confusion": [list(row) for row in rows], "classes": by_class(rows)}
    off = answers.numbers - truth.reshape(len(truth), -1)
    around = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    r2 = float((1 - (off**2).sum(axis=0) / around).mean()) if (around > 0).all() else None
    return {"mae": float(np.abs(off).mean()), "rmse": float(np.sqrt((off**2).mean())), "r2": r2}


def _tags(program: Program, scores: torch.Tensor, known: Fitted, x: np.ndarray) -> Answers:
    target = program.answer.target
    given = resolve(target)(scores, **program.answer.kwargs) if target else scores
    said, got = tagged(given.to(torch.float64).numpy(), x)
    return Answers(said, got, ("p" if target else "score",), known.classes)


def _answers(program: Program, scores: torch.Tensor, known: Fitted) -> Answers:
    answer, plan, unit = program.answer, known, known.unit
    if answer.form == "steps":
        scores = scores[:, -1]
    numbers = resolve(answer.target)(scores, **answer.kwargs) if answer.target else scores
    flat = numbers.reshape(len(numbers), -1).to(torch.float64).numpy()
    if unit is not None:
        flat = flat * unit.spread + unit.shift
    if answer.form == "column":
        said = (scores.reshape(-1) >= answer.threshold).numpy().astype(np.int64)
        if answer.target:
            flat = np.concatenate([1.0 - flat, flat], axis=1)
            return Answers(said, flat, tuple(f"p({name})" for name in plan.classes), plan.classes)
        return Answers(said, flat, ("score",), plan.classes)
    if answer.form in ("index", "one_hot", "steps"):
        label = "p({})" if answer.target else "score({})"
        return Answers(
            scores.argmax(dim=1).numpy(), flat, tuple(label.format(name) for name in plan.classes), plan.classes
        )
    if answer.form == "values" and flat.shape[1] == len(plan.targets):
        return Answers(None, flat, plan.targets, ())
    return Answers(None, flat, tuple(f"output {i + 1}" for i in range(flat.shape[1])), ())
