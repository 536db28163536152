"""Numbers that mean classes are taken for them; an answer at every place is told from one for the sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.labels import labelled, labels_of
from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.tables import table_of
from nnstudio.compile.lower import lower
from nnstudio.document.values import Document
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.predict import predict
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python
from tests.helpers import chain, choice, finish, keys, sound

X = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def rows(y: Any, units: int, loss: str) -> Document:
    return chain(("linear", "h", {"units": 6, "activation": choice("tanh")}), ("linear", "o", {"units": units}), data=choice("typed", x=X, y=y), loss=choice(loss),
                 optimizer=choice("adam", learning_rate=0.05), epochs=150, batch_size=4)


def column(*values: float) -> Any:
    return tuple((value,) for value in values)


CASES: list[tuple[Any, int, str, str, list[int]]] = [
    (column(0, 1, 1, 0), 2, "cross_entropy", "number", [0, 1, 1, 0]), (column(0, 1, 2, 0), 3, "cross_entropy", "number", [0, 1, 2, 0]),
    (((1, 0), (0, 1), (0, 1), (1, 0)), 2, "cross_entropy", "one_hot", [0, 1, 1, 0]), (column(-1, 1, 1, -1), 2, "cross_entropy", "sign", [0, 1, 1, 0]),
    (column(-1, 1, 1, -1), 1, "bce_logits", "sign", [0, 1, 1, 0]), (column(-1, 1, 1, -1), 1, "hinge", "sign", [0, 1, 1, 0]),
    (column(0, 1, 1, 0), 1, "bce_logits", "number", [0, 1, 1, 0]),
]


@pytest.mark.parametrize(("y", "units", "loss", "labels", "wanted"), CASES)
def test_typed_rows_are_classified(y: Any, units: int, loss: str, labels: str, wanted: list[int], tmp_path: Path) -> None:
    program = sound(rows(y, units, loss))
    assert program.data.labels == labels and f"loss.labels_{labels}" in keys(lower(rows(y, units, loss))), "it is said"
    ended, _ = finish(Trainer(program, device="cpu"))
    assert ended.report["final"]["train_accuracy"] == 1.0
    answers = predict(program, ended.weights, np.array(X))
    assert answers.said is not None and answers.said.tolist() == wanted
    # The first loss, against torch with the targets written out here.
    experiment = make_experiment(program)
    inputs, targets = experiment.data.batch(torch.arange(4))
    loss_value, _, _ = forward(experiment.model, experiment.criterion, inputs, targets)
    z = experiment.model(*inputs).detach()
    truth = torch.tensor(wanted)
    independent = {"cross_entropy": lambda: torch.nn.functional.cross_entropy(z, truth),
                   "bce_logits": lambda: torch.nn.functional.binary_cross_entropy_with_logits(z, truth[:, None].float()),
                   "hinge": lambda: torch.clamp(1 - (2 * truth[:, None].float() - 1) * z, min=0).mean()}[loss]()
    assert float(loss_value.detach()) == pytest.approx(float(independent), rel=1e-6)
    # The gate loads the classes that are written beside the script.
    export_python(program, tmp_path / "home", ended.weights)


def test_several_columns_of_signs_become_yes_and_no() -> None:
    program = sound(rows(((1, -1), (-1, 1), (1, 1), (1, -1)), 2, "bce_logits"))
    assert program.data.labels == "sign" and not program.data.classes
    assert make_experiment(program).data.targets[0].tolist() == [[1, 0], [0, 1], [1, 1], [1, 0]]


def test_values_that_are_compared_as_values_stay_so() -> None:
    assert sound(rows(column(-1, 1, 1, -1), 1, "mse")).data.labels == ""
    assert "loss.needs_classes" in keys(lower(rows(column(0, 0.5, 1, 0), 2, "cross_entropy")))
    assert labels_of(np.array([[0.2], [1.0]])) == labels_of(np.array([[1e9], [0.0]])) == labels_of(np.array([[np.nan], [1.0]])) == labels_of(np.zeros((3, 1))) == ""
    assert labels_of(np.array([[1.0, 1.0], [0.0, 1.0]])) == "", "two yes in one row are no one-hot"


def test_a_table_keeps_its_samples() -> None:
    table = table_of(choice("typed", x=X, y=((1.0, 0.0), (0.0, 1.0), (0.0, 1.0), (1.0, 0.0))))
    found = labelled(table, "one_hot")
    assert found.x is table.x and found.y.tolist() == [0, 1, 1, 0] and found.classes == ("t1", "t2")


def test_an_answer_at_every_place_is_no_missing_unit() -> None:
    document = chain(("embedding", "e", {"width": 6}), ("gru", "g", {"units": 8, "outputs": "all"}), ("linear", "o", {"units": 4}), data=choice("sequence_memory", kinds=4),
                     loss=choice("cross_entropy"))
    lowered = lower(document)
    assert keys(lowered) >= {"loss.places"} and "loss.width" not in keys(lowered)
    problem = next(p for p in lowered.problems if p.what.key == "loss.places.what")
    assert "× 4" in problem.what.render() and problem.mend is not None
    assert lower(problem.mend.apply(document, CATALOG)).program is not None
