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
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Choice, Document
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.predict import predict
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python
from tests.helpers import chain, choice, finish, keys, sound

X = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def rows(y: Any, units: int, loss: str) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("linear", "o", {"units": units}),
        data=choice("typed", x=X, y=y),
        loss=choice(loss),
        optimizer=choice("adam", learning_rate=0.05),
        epochs=150,
        batch_size=4,
    )


def column(*values: float) -> Any:
    return tuple((value,) for value in values)


CASES: list[tuple[Any, int, str, str, list[int]]] = [
    (column(0, 1, 1, 0), 2, "cross_entropy", "number", [0, 1, 1, 0]),
    (column(0, 1, 2, 0), 3, "cross_entropy", "number", [0, 1, 2, 0]),
    (((1, 0), (0, 1), (0, 1), (1, 0)), 2, "cross_entropy", "one_hot", [0, 1, 1, 0]),
    (column(-1, 1, 1, -1), 2, "cross_entropy", "sign", [0, 1, 1, 0]),
    (column(-1, 1, 1, -1), 1, "bce_logits", "sign", [0, 1, 1, 0]),
    (column(-1, 1, 1, -1), 1, "hinge", "sign", [0, 1, 1, 0]),
    (column(0, 1, 1, 0), 1, "bce_logits", "number", [0, 1, 1, 0]),
]


@pytest.mark.parametrize(("y", "units", "loss", "labels", "wanted"), CASES)
def test_typed_rows_are_classified(
    y: Any, units: int, loss: str, labels: str, wanted: list[int], tmp_path: Path
) -> None:
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
    independent = {
        "cross_entropy": lambda: torch.nn.functional.cross_entropy(z, truth),
        "bce_logits": lambda: torch.nn.functional.binary_cross_entropy_with_logits(z, truth[:, None].float()),
        "hinge": lambda: torch.clamp(1 - (2 * truth[:, None].float() - 1) * z, min=0).mean(),
    }[loss]()
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
    assert (
        labels_of(np.array([[0.2], [1.0]]))
        == labels_of(np.array([[1e9], [0.0]]))
        == labels_of(np.array([[np.nan], [1.0]]))
        == labels_of(np.zeros((3, 1)))
        == ""
    )
    assert labels_of(np.array([[1.0, 1.0], [0.0, 1.0]])) == "", "two yes in one row are no one-hot"


def test_a_table_keeps_its_samples() -> None:
    table = table_of(choice("typed", x=X, y=((1.0, 0.0), (0.0, 1.0), (0.0, 1.0), (1.0, 0.0))))
    found = labelled(table, "one_hot")
    assert found.x is table.x and found.y.tolist() == [0, 1, 1, 0] and found.classes == ("t1", "t2")


def test_an_answer_at_every_place_is_no_missing_unit() -> None:
    document = chain(
        ("embedding", "e", {"width": 6}),
        ("gru", "g", {"units": 8, "outputs": "all"}),
        ("linear", "o", {"units": 4}),
        data=choice("sequence_memory", kinds=4),
        loss=choice("cross_entropy"),
    )
    lowered = lower(document)
    assert keys(lowered) >= {"loss.places"} and "loss.width" not in keys(lowered)
    problem = next(p for p in lowered.problems if p.what.key == "loss.places.what")
    assert "× 4" in problem.what.render() and problem.mend is not None
    assert lower(problem.mend.apply(document, CATALOG)).program is not None


def one_hot_file(tmp_path: Path, rows: int = 60) -> Choice:
    draw = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=draw.normal(size=(rows, 4)), y=np.eye(3)[np.sort(draw.integers(0, 3, rows))])
    return choice("npz_file", path=str(tmp_path / "a.npz"))


def test_what_is_shown_of_the_data_is_what_is_trained_on(tmp_path: Path) -> None:
    from nnstudio.compile.findings.view import View
    from nnstudio.engine.experiment import load_parts
    from nnstudio.engine.previews import data_preview
    from nnstudio.engine.splitting import split_of

    lowered = lower(chain(("linear", "o", {"units": 3}), data=one_hot_file(tmp_path), loss=choice("cross_entropy")))
    program, view = lowered.program, View(lowered)
    assert (
        program is not None
        and program.data.split == "stratified"
        and view.table is not None
        and len(view.table.classes) == 3
    )
    _, held = load_parts(program, torch.device("cpu"))
    plan = program.data
    shown = data_preview(plan.dataset, split_of(plan), plan.scaling, view.labels)
    assert sorted(shown.rows[(shown.part > 0)].tolist()) == sorted(held.rows) and shown.classes == view.table.classes


def test_class_numbers_are_no_large_values(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    np.savez(tmp_path / "b.npz", x=draw.normal(size=(400, 4)), y=draw.integers(0, 80, 400).astype(float))
    data = choice("npz_file", path=str(tmp_path / "b.npz"), target_kind="values")
    document = chain(("linear", "o", {"units": 80}), data=data, loss=choice("cross_entropy"))
    lowered = lower(document)
    assert lowered.program is not None and lowered.program.data.labels == "number"
    assert "data.unscaled_target" not in {
        problem.what.key.removesuffix(".what") for problem in analyse(lowered).problems
    }
    # Scaled they would be no classes any more: that is what is to be mended.
    scaled = lower(SetParam("data", ("target_scaling",), "standard").apply(document, CATALOG))
    problem = next(p for p in scaled.problems if p.what.key.startswith("loss."))
    assert problem.what.key == "loss.scaled_classes.what" and problem.mend is not None
    assert lower(problem.mend.apply(scaled.document, CATALOG)).program is not None


def test_of_two_classes_a_divergence_needs_both_outputs() -> None:
    document = chain(
        ("linear", "o", {"units": 1, "activation": choice("log_softmax")}),
        data=choice("xor"),
        loss=choice("kl_divergence"),
    )
    problem = next(p for p in lower(document).problems if p.what.key == "loss.width.what")
    assert problem.what.args["wanted"] == 2 and problem.mend is not None
    assert lower(problem.mend.apply(document, CATALOG)).program is not None


@pytest.mark.parametrize("loss", ["bce_logits", "kl_divergence"])
def test_measures_are_those_of_the_answers(loss: str, tmp_path: Path) -> None:
    """Chances and shares are compared with the targets, not the scores in front of them."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(80, 3))
    # Shares that are no plain yes or no: those are counted as right or wrong (test_many_labels).
    y = np.where(x > 0, 0.9, 0.1) if loss == "bce_logits" else np.exp(x) / np.exp(x).sum(1, keepdims=True)
    np.savez(tmp_path / "c.npz", x=x, y=y)
    last = {"units": 3, "activation": choice("identity" if loss == "bce_logits" else "log_softmax")}
    program = sound(
        chain(
            ("linear", "o", last),
            data=choice("npz_file", path=str(tmp_path / "c.npz"), target_kind="values"),
            loss=choice(loss),
            data_params={"validation": 0.0},
            optimizer=choice("adam", learning_rate=0.1),
            epochs=40,
        )
    )
    ended, _ = finish(Trainer(program, device="cpu"))
    answers = predict(program, ended.weights, x)
    measured = ended.report["metrics"]["train"]
    assert answers.numbers.min() >= 0 and answers.numbers.max() <= 1
    assert measured["mae"] == pytest.approx(np.abs(answers.numbers - y).mean(), rel=1e-4)
    assert (
        measured["rmse"] == pytest.approx(np.sqrt(((answers.numbers - y) ** 2).mean()), rel=1e-4)
        and measured["r2"] > 0.5
    )
