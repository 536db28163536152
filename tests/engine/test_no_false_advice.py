"""What used to be said and was wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.tables import table_of
from nnstudio.compile.findings.view import View
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetParam
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.trivial import trivial_loss
from nnstudio.engine.watcher import milestone
from tests.helpers import chain, choice, finish, sound


@pytest.mark.parametrize(("gate", "weights", "bias"), [("and", ((1.0, 1.0),), (-1.5,)), ("or", ((1.0, 1.0),), (-0.5,))])
@pytest.mark.parametrize("loss", ["perceptron", "hinge", "mse", "bce"])
def test_an_output_between_0_and_1_means_yes_from_the_middle_on(gate: str, weights: Any, bias: Any, loss: str) -> None:
    """Exact AND with a step: accuracy 100 %, whatever the loss would take from a score on."""
    document = chain(
        (
            "linear",
            "o",
            {
                "units": 1,
                "activation": choice("step"),
                "weight_initializer": choice("explicit", values=weights),
                "bias_initializer": choice("explicit", values=bias),
            },
        ),
        data=choice("logic", gate=gate),
        loss=choice(loss),
        optimizer=choice("sgd", learning_rate=1e-9),
        epochs=1,
        data_params={"scaling": "none"},
    )
    lowered = lower(document)
    if lowered.program is None:
        assert loss == "bce"  # A step gives no probabilities.
        return
    assert lowered.program.answer.threshold == 0.5
    ended, _ = finish(Trainer(lowered.program, device="cpu"))
    assert ended.report["final"]["train_accuracy"] == 1.0


def test_a_score_means_yes_from_zero_on() -> None:
    document = chain(
        ("linear", "o", {"units": 1}),
        data=choice("logic"),
        loss=choice("perceptron"),
        optimizer=choice("sgd", learning_rate=1.0),
        epochs=1,
    )
    assert sound(document).answer.threshold == 0.0


def test_the_trivial_loss_is_that_of_the_best_constant(tmp_path: Any) -> None:
    document = chain(("linear", "o", {"units": 3}), data=choice("wine"), loss=choice("cross_entropy"))
    y = np.array([0] * 59 + [1] * 71 + [2] * 48)
    shares = np.bincount(y) / len(y)
    assert trivial_loss(View(lower(document))) == pytest.approx(-(shares * np.log(shares)).sum())
    weighted = SetParam("loss", ("weight",), 7.0).apply(document, CATALOG)
    assert trivial_loss(View(lower(weighted))) == pytest.approx(-7 * (shares * np.log(shares)).sum())
    values = chain(("linear", "o", {"units": 1}), data=choice("diabetes"), loss=choice("mse"))
    values = SetParam("data", ("target_scaling",), "none").apply(values, CATALOG)
    target = np.asarray(table_of(choice("diabetes")).y, dtype=float)
    assert trivial_loss(View(lower(values))) == pytest.approx(((target - target.mean()) ** 2).mean(), rel=1e-6)
    scaled = SetParam("data", ("target_scaling",), "standard").apply(values, CATALOG)
    assert trivial_loss(View(lower(scaled))) == pytest.approx(1.0)


def test_short_runs_are_measured_by_their_updates() -> None:
    assert [n for n in range(1, 200) if milestone(n)] == [8, 16, 32, 64, 128]
    document = chain(
        (
            "linear",
            "h",
            {"units": 8, "activation": choice("relu"), "bias_initializer": choice("constant", value=-50.0)},
        ),
        ("linear", "o", {"units": 2}),
        data=choice("xor"),
        loss=choice("cross_entropy"),
        epochs=60,
        batch_size=4,
    )
    lowered = lower(document)
    assert lowered.program is not None
    ended, events = finish(Trainer(lowered.program, device="cpu"))
    vitals = [event.vitals for event in events if hasattr(event, "vitals")]
    records = [dict(event.record) for event in events if hasattr(event, "record")]
    assert len(vitals) >= 4
    assert "watch.dead.what" in {p.what.key for p in diagnose(lowered.program, records, vitals, ended.reason, lowered)}


def test_a_perceptron_without_a_line_is_told_so_and_not_to_slow_down() -> None:
    document = chain(
        ("linear", "o", {"units": 1}),
        data=choice("xor"),
        loss=choice("perceptron"),
        optimizer=choice("sgd", learning_rate=1.0),
        epochs=80,
        batch_size=1,
    )
    lowered = lower(document)
    assert lowered.program is not None
    ended, events = finish(Trainer(lowered.program, device="cpu"))
    vitals = [event.vitals for event in events if hasattr(event, "vitals")]
    records = [dict(event.record) for event in events if hasattr(event, "record")]
    found = diagnose(lowered.program, records, vitals, ended.reason, lowered)
    assert [p.what.key for p in found] == ["watch.not_separable.what"] and found[0].mend is None
    assert "{" not in found[0].what.render("en") + found[0].why.render("zh")


def test_class_weights_change_what_a_constant_answer_costs(tmp_path: Any) -> None:
    """Found here by trying every constant answer, with torch's weighted mean."""
    import torch

    draw = np.random.default_rng(0)
    y = (draw.random(200) < 0.1).astype(int)
    np.savez(tmp_path / "w.npz", x=draw.normal(size=(200, 2)), y=y)
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("npz_file", path=str(tmp_path / "w.npz")),
        loss=choice("cross_entropy", class_weights=(0.55, 5.0)),
    )
    shares = np.linspace(0.001, 0.999, 999)
    scores = torch.log(torch.tensor(np.stack([1 - shares, shares], axis=1)))
    best = min(
        float(
            torch.nn.functional.cross_entropy(
                score.repeat(len(y), 1), torch.tensor(y), torch.tensor([0.55, 5.0], dtype=torch.float64)
            )
        )
        for score in scores
    )
    assert trivial_loss(View(lower(document))) == pytest.approx(best, rel=1e-3)


def test_what_outliers_account_for_is_in_the_units_of_the_loss(tmp_path: Any) -> None:
    """Scaled targets and a weighted loss: a real leak would be missed if it were measured in the units of the data."""
    from nnstudio.engine.trivial import outliers

    x, y = np.random.default_rng(0).normal(size=(100, 2)), np.random.default_rng(1).normal(size=100)
    y[:3] = 5000.0
    np.savez(tmp_path / "o.npz", x=x, y=y)
    plain = chain(
        ("linear", "o", {"units": 1}),
        data=choice("npz_file", path=str(tmp_path / "o.npz"), target_kind="values"),
        loss=choice("mse"),
        data_params={"split": "ordered", "target_scaling": "none"},
    )
    found = outliers(View(lower(plain)))
    assert found == pytest.approx(np.sort((y[:80] - y[:80].mean()) ** 2)[-8:].sum() / 80, rel=1e-6), (
        "a tenth of the training rows"
    )
    scaled = SetParam("data", ("target_scaling",), "standard").apply(plain, CATALOG)
    assert outliers(View(lower(scaled))) == pytest.approx(found / y.var(), rel=1e-6)
    weighted = SetParam("loss", ("weight",), 3.0).apply(scaled, CATALOG)
    assert outliers(View(lower(weighted))) == pytest.approx(3 * found / y.var(), rel=1e-6)
