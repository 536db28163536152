"""Regression at the sizes that real tables have: targets are scaled without being asked, and it is said."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.parting import split_rows
from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.target_scaling import wanted_scaling
from nnstudio.document import storage
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Document
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.predict import predict
from nnstudio.engine.trainer import Trainer
from tests.helpers import chain, choice, finish, sound

MEANS = (5.0, 50.0, 5e4, 5e5, 5e7)


def write_houses(path: Path, mean: float) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    size, age, rooms = draw.uniform(40, 200, 600), draw.uniform(0, 60, 600), draw.integers(1, 7, 600)
    price = 0.01 * size - 0.02 * age + 0.2 * rooms + draw.normal(0, 0.05, 600)
    price *= mean / price.mean()
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = zip(size.round(3), age.round(3), rooms, price.round(6), strict=True)
        csv.writer(file).writerows([("size", "age", "rooms", "price"), *rows])
    return np.stack([size.round(3), age.round(3), rooms], axis=1), price.round(6)


def houses(path: Path, **training: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 16, "activation": choice("relu")}),
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(path), targets=("price",)),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.01),
        **{"epochs": 60, "batch_size": 32, **training},
    )


def r2_of(said: np.ndarray, true: np.ndarray) -> float:
    return float(1 - ((said - true) ** 2).sum() / ((true - true.mean()) ** 2).sum())


def test_r2_is_the_same_at_every_size_and_that_of_least_squares(tmp_path: Path) -> None:
    found = []
    for mean in MEANS:
        path = tmp_path / f"{mean:g}.csv"
        x, y = write_houses(path, mean)
        program = sound(houses(path))
        ended, _ = finish(Trainer(program, device="cpu"))
        train, held = split_rows(len(x), 0.2, 0)
        wide = np.column_stack([x, np.ones(len(x))])
        line, *_ = np.linalg.lstsq(wide[train], y[train], rcond=None)
        best = r2_of(wide[held] @ line, y[held])
        answers = predict(program, ended.weights, x).numbers[:, 0]
        r2 = r2_of(answers[held], y[held])
        assert ended.report["metrics"]["validation"]["r2"] == pytest.approx(r2, abs=1e-6)
        assert r2 > best - 0.01
        found.append(r2)
    assert max(found) - min(found) < 0.001


def test_it_is_said_and_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    write_houses(path, 5e5)
    document = houses(path)
    notes = [problem for problem in analyse(lower(document)).problems if problem.what.key == "data.scaled_target.what"]
    assert len(notes) == 1 and notes[0].severity == "note"
    assert "price" in notes[0].what.render("en") and "mean 500000" in notes[0].what.render("en")
    plain = SetParam("data", ("target_scaling",), "none").apply(document, CATALOG)
    assert sound(plain).data.target_scaling == "none"
    assert "data.unscaled_target.what" in {problem.what.key for problem in analyse(lower(plain)).problems}


@pytest.mark.parametrize(
    ("y", "loss", "wanted"),
    [
        (np.linspace(-1, 1, 50), "mse", "none"),
        (np.linspace(0, 10, 50), "mse", "standard"),
        (np.linspace(4.9, 5.1, 50), "mse", "standard"),
        (np.linspace(0, 1e-3, 50), "huber", "standard"),
        (np.linspace(0, 1, 50), "bce", "none"),
        (np.full(50, 1.0), "mse", "none"),
        (np.full(50, 7.0), "mse", "standard"),
        (np.array([1.0, np.nan]), "mse", "none"),
    ],
)
def test_what_is_scaled_by_itself(y: np.ndarray, loss: str, wanted: str) -> None:
    from nnstudio.catalog.entry import Loss, Table
    from nnstudio.catalog.registry import family

    entry = family("losses")[loss]
    assert isinstance(entry, Loss)
    table = Table(("x",), np.zeros((len(y), 1)), y.reshape(-1, 1))
    assert wanted_scaling("auto", table, [entry]) == wanted
    assert wanted_scaling("auto", table, []) == "none"
    assert wanted_scaling("minmax", table, [entry]) == "minmax"


def test_a_file_that_does_not_name_it_means_what_it_meant(tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    write_houses(path, 5e5)
    plain = json.loads(storage.dumps(houses(path)))
    data = next(node for node in plain["document"]["nodes"] if node["kind"] == "data")
    assert data["params"].pop("target_scaling") == "auto"
    old, _ = storage.loads(json.dumps(plain).encode())
    assert sound(old).data.target_scaling == "none"


def test_worse_than_the_mean_is_a_finding_with_the_mend_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    write_houses(path, 5e4)
    document = SetParam("data", ("target_scaling",), "none").apply(houses(path), CATALOG)
    lowered = lower(document)
    program = lowered.program
    assert program is not None
    trainer = Trainer(program, device="cpu")
    ended, _ = finish(trainer)
    assert ended.report["metrics"]["validation"]["r2"] < 0
    found = [
        p for p in diagnose(program, trainer.history, (), None, lowered) if p.what.key == "watch.worse_than_mean.what"
    ]
    assert len(found) == 1 and found[0].mend is not None
    mended = found[0].mend.apply(document, CATALOG)
    again, _ = finish(Trainer(sound(mended), device="cpu"))
    assert again.report["metrics"]["validation"]["r2"] > 0.98
    better = lower(houses(path))
    assert better.program is not None
    good = Trainer(better.program, device="cpu")
    finish(good)
    keys = {p.what.key for p in diagnose(better.program, good.history, (), None, better)}
    assert not keys & {"watch.worse_than_mean.what", "watch.worse_held.what"}


def test_learnt_by_heart_and_worse_on_the_rest_is_another_finding(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(40, 7))
    path = tmp_path / "noise.csv"
    np.savetxt(path, rows, delimiter=",", header="a,b,c,d,e,f,y", comments="")
    document = chain(
        ("linear", "h", {"units": 64, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(path), targets=("y",)),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.02),
        data_params={"validation": 0.3},
        epochs=150,
        batch_size=8,
    )
    lowered = lower(document)
    assert lowered.program is not None
    trainer = Trainer(lowered.program, device="cpu")
    finish(trainer)
    keys = {p.what.key for p in diagnose(lowered.program, trainer.history, (), None, lowered)}
    assert "watch.worse_held.what" in keys and "watch.worse_than_mean.what" not in keys
