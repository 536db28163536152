"""Each finding is provoked by a real run, and mended by its own button."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.compile.problems import Problem
from nnstudio.document.values import Document
from nnstudio.engine import trainer as trainer_module
from nnstudio.engine import watcher
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.events import Ended, EpochDone, Measured
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.vitals import Vitals
from tests.helpers import chain, choice


@pytest.fixture(autouse=True)
def _every_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "VITALS_SECONDS", 0.0)
    monkeypatch.setattr(trainer_module, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(watcher, "SNAPSHOT_SECONDS", 1.0)


def observe(document: Document) -> tuple[list[Problem], list[dict[str, Any]]]:
    """Run to the end and look at every epoch; returns every finding there was, and the history."""
    lowered = lower(document)
    assert lowered.program is not None, [p.what.render() for p in lowered.problems]
    trainer = Trainer(replace(lowered.program, device="cpu"))
    trainer.start()
    records: list[dict[str, Any]] = []
    vitals: list[Vitals] = []
    found: dict[str, Problem] = {}
    end = time.monotonic() + 60
    while time.monotonic() < end:
        event = trainer.events.get(timeout=30)
        if isinstance(event, Measured):
            vitals.append(event.vitals)
        elif isinstance(event, EpochDone):
            records.append(dict(event.record))
            found.update({p.what.key: p for p in diagnose(lowered.program, records, vitals, None, lowered)})
        elif isinstance(event, Ended):
            found.update({p.what.key: p for p in diagnose(lowered.program, records, vitals, event.reason, lowered)})
            trainer.join()
            return list(found.values()), records
    raise AssertionError("too slow")


def keys(found: list[Problem]) -> set[str]:
    return {problem.what.key.removesuffix(".what").removeprefix("watch.") for problem in found}


def one(found: list[Problem], key: str) -> Problem:
    problem = next(p for p in found if p.what.key == f"watch.{key}.what")
    for text in (problem.what, problem.why, problem.remedy):
        for language in ("en", "zh"):
            assert "{" not in text.render(language)
    return problem


def mended(document: Document, problem: Problem) -> Document:
    assert problem.mend is not None
    return problem.mend.apply(document, CATALOG)


def deep(activation: str, layers: int, rate: float = 0.1, **training: Any) -> Document:
    hidden = [("linear", f"h{i}", {"units": 12, "activation": choice(activation)}) for i in range(layers)]
    return chain(
        *hidden,
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=rate),
        **{"epochs": 6, "batch_size": 128, **training},
    )


def test_nothing_is_said_of_a_good_run() -> None:
    document = chain(
        ("linear", "h", {"units": 16, "activation": choice("tanh")}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        epochs=30,
        batch_size=64,
    )
    found, records = observe(document)
    assert not found and records[-1]["val_accuracy"] > 0.97


def test_a_loss_that_is_no_number_and_its_mend() -> None:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("relu")}),
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("sgd", learning_rate=500.0),
        epochs=8,
    )
    found, _ = observe(document)
    problem = one(found, "nan_grew")
    assert (
        problem.severity == "error"
        and "500" in problem.why.render()
        and re.search(r"inf|nan", problem.what.render(), re.IGNORECASE)
    )
    for _ in range(4):
        document = mended(document, problem)
        found, records = observe(document)
        if not keys(found) & {"nan_grew", "nan"}:
            break
        problem = next(p for p in found if p.what.key.startswith("watch.nan"))
    assert not keys(found) & {"nan_grew", "nan"} and len(records) == 8


def test_vanishing_and_exploding_gradients() -> None:
    found, _ = observe(deep("sigmoid", 8))
    problem = one(found, "vanishing")
    assert problem.node == "h0" and "h0" in problem.what.render()
    again, _ = observe(mended(deep("sigmoid", 8), problem))
    assert "vanishing" not in keys(again)
    document = chain(
        *[
            (
                "linear",
                f"h{i}",
                {"units": 24, "activation": choice("relu"), "weight_initializer": choice("normal", std=2.0)},
            )
            for i in range(6)
        ],
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("sgd", learning_rate=1e-9),
        epochs=5,
    )
    found, _ = observe(document)
    problem = one(found, "exploding")
    assert problem.mend is not None
    clipped = lower(mended(document, problem)).program
    assert clipped is not None and clipped.clip_norm == 1.0
    assert "exploding" not in keys(observe(mended(document, problem))[0])


def test_dead_and_saturated_units() -> None:
    document = chain(
        (
            "linear",
            "h",
            {"units": 12, "activation": choice("relu"), "bias_initializer": choice("constant", value=-6.0)},
        ),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.1),
        epochs=12,
    )
    found, records = observe(document)
    problem = one(found, "dead")
    assert problem.node == "h" and problem.what.args["percent"] == 100
    again, better = observe(mended(document, problem))
    assert "dead" not in keys(again) and better[-1]["train_loss"] < records[-1]["train_loss"] - 1e-4
    document = chain(
        (
            "linear",
            "h",
            {"units": 12, "activation": choice("sigmoid"), "weight_initializer": choice("normal", std=80.0)},
        ),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=0.01),
        epochs=5,
    )
    problem = one(observe(document)[0], "saturated")
    assert "saturated" not in keys(observe(mended(document, problem))[0])


def test_learning_rates_that_are_too_large_and_too_small() -> None:
    problem = one(observe(deep("tanh", 1, rate=1e-7, epochs=10))[0], "rate_small")
    assert lower(mended(deep("tanh", 1, rate=1e-7), problem)).program.updaters[0].kwargs["lr"] == pytest.approx(1e-6)  # type: ignore[union-attr]
    document = chain(
        ("linear", "h", {"units": 12, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("rmsprop", learning_rate=1.0),
        epochs=5,
        batch_size=64,
    )
    found, records = observe(document)
    problem = one(found, "rate_large")
    again, better = observe(mended(document, problem))
    assert better[-1]["train_loss"] < records[-1]["train_loss"] and len(again) <= len(found)


def test_divergence_collapse_and_plateau() -> None:
    document = chain(
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("sgd", learning_rate=1.05),
        epochs=12,
        batch_size=1000,
        shuffle=False,
    )
    found, _ = observe(document)
    assert keys(found) & {"diverging", "nan_grew"}
    problem = one(found, "diverging")
    assert not keys(observe(mended(document, problem))[0]) & {"diverging", "nan_grew"}
    # Everything is one class when the layer before the answer is dead.
    dead = chain(
        (
            "linear",
            "h",
            {"units": 8, "activation": choice("relu"), "bias_initializer": choice("constant", value=-100.0)},
        ),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        epochs=15,
    )
    found, _ = observe(dead)
    assert {"collapse", "plateau", "dead"} <= keys(found)
    assert one(found, "collapse").what.args["count"] > 30


def test_overfitting_is_seen_and_held_back() -> None:
    document = chain(
        ("linear", "h", {"units": 200, "activation": choice("relu")}),
        ("linear", "g", {"units": 200, "activation": choice("relu")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        data_params={"validation": 0.6},
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.02),
        epochs=60,
        batch_size=16,
    )
    found, records = observe(document)
    problem = one(found, "overfit")
    assert problem.what.args["now"] > 1.1 * problem.what.args["best"]
    _, better = observe(mended(document, problem))
    assert better[-1]["val_loss"] < records[-1]["val_loss"]


def history(rows: int, **columns: Any) -> list[dict[str, Any]]:
    base = {
        "epoch": 1,
        "train_loss": 1.0,
        "val_loss": 1.0,
        "train_accuracy": None,
        "val_accuracy": None,
        "learning_rate": 0.1,
    }
    return [{**base, "epoch": i + 1, **{name: value(i) for name, value in columns.items()}} for i in range(rows)]


def test_a_leak_and_labels_without_a_rule() -> None:
    lowered = lower(deep("tanh", 1))
    assert lowered.program is not None
    leak = diagnose(
        lowered.program, history(15, train_loss=lambda i: 0.9 - i / 50, val_loss=lambda i: 0.2), (), None, lowered
    )
    assert keys(list(leak)) == {"leak"}
    # With dropout that is how it looks, and nothing is said.
    dropped = lower(
        chain(
            ("linear", "h", {"units": 8, "activation": choice("relu")}),
            ("dropout", "d", {}),
            ("linear", "o", {"units": 2}),
            data=choice("rings"),
            loss=choice("cross_entropy"),
        )
    )
    assert dropped.program is not None
    assert not diagnose(
        dropped.program, history(15, train_loss=lambda i: 0.9 - i / 50, val_loss=lambda i: 0.2), (), None, dropped
    )
    random = diagnose(
        lowered.program,
        history(
            15,
            train_loss=lambda i: 0.5 / (i + 1),
            val_loss=lambda i: 1.0,
            train_accuracy=lambda i: 0.99,
            val_accuracy=lambda i: 0.51,
        ),
        (),
        None,
        lowered,
    )
    assert "shuffled" in keys(list(random))


def test_a_loss_far_above_guessing_is_said_first_and_dead_units_are_no_vanishing() -> None:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("relu")}),
        ("linear", "g", {"units": 8, "activation": choice("relu")}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=500.0),
        epochs=4,
    )
    found, _ = observe(document)
    assert "vanishing" not in keys(found)
    assert keys(found) & {"far_off", "nan_grew", "dead", "collapse"}
    lowered = lower(document)
    assert lowered.program is not None
    (first, *_) = diagnose(lowered.program, history(3, train_loss=lambda i: 60.0), (), None, lowered)
    assert first.what.key == "watch.far_off.what" and first.mend is not None


def test_overfitting_names_the_epoch_of_a_thinned_history() -> None:
    lowered = lower(deep("tanh", 1))
    assert lowered.program is not None
    lines = history(6000, train_loss=lambda i: 1.0 / (i + 1), val_loss=lambda i: 0.5 + abs(i - 4000) / 4000)
    found = diagnose(lowered.program, [*lines[:5500:10], *lines[5500:]], (), None, lowered)
    assert next(p for p in found if p.what.key == "watch.overfit.what").what.args["epoch"] == 4001
