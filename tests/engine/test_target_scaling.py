"""Targets that are numbers are scaled for the network and undone in everything that is answered or measured."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.values import Document
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.review import review
from nnstudio.engine.runtime.training import Progress
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.watcher import Watched, Watcher
from nnstudio.session.export import export_python
from tests.commands import run_script
from tests.helpers import chain, choice, finish, keys, sound


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Prices of some 40,000 from size and age; two targets in very different units."""
    draw = np.random.default_rng(3)
    size, age = draw.uniform(40, 200, 300), draw.uniform(0, 60, 300)
    price, score = 30_000 + 400 * size - 150 * age + draw.normal(0, 500, 300), 0.001 * size + draw.normal(0, 0.001, 300)
    path = tmp_path / "houses.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ("size", "age", "price", "score"),
                *zip(size.round(2), age.round(2), price.round(2), score.round(6), strict=True),
            ]
        )
    return path


def regression(
    path: Path, targets: tuple[str, ...] = ("price",), scaling: str = "standard", loss: str = "mse", **training: Any
) -> Document:
    return chain(
        ("linear", "h", {"units": 16, "activation": choice("relu")}),
        ("linear", "o", {"units": len(targets)}),
        data=choice("table_file", path=str(path), targets=targets),
        data_params={"target_scaling": scaling},
        loss=choice(loss),
        optimizer=choice("adam", learning_rate=0.02),
        **{"epochs": 40, "batch_size": 32, **training},
    )


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
@pytest.mark.parametrize("targets", [("price",), ("price", "score")])
def test_answers_and_measures_are_in_the_units_of_the_data(
    houses: Path, scaling: str, targets: tuple[str, ...]
) -> None:
    program = sound(regression(houses, targets, scaling))
    ended, _ = finish(Trainer(program, device="cpu"))
    table = np.genfromtxt(houses, delimiter=",", names=True)
    x = np.stack([table[name] for name in ("size", "age", "price", "score") if name not in targets], axis=1)
    y = np.stack([table[name] for name in targets], axis=1)
    answers = predict(program, ended.weights, x)
    assert answers.columns == targets
    for column in range(len(targets)):
        assert np.abs(answers.numbers[:, column] - y[:, column]).mean() < 0.15 * y[:, column].std()
    # MAE, RMSE and R², worked out here from the answers.
    from nnstudio.catalog.parting import split_rows

    train, held = split_rows(len(x), 0.2, 0)
    for rows, part in ((train, "train"), (held, "validation")):
        off = answers.numbers[rows] - y[rows]
        measured = ended.report["metrics"][part]
        assert measured["mae"] == pytest.approx(np.abs(off).mean(), rel=1e-4)
        assert measured["rmse"] == pytest.approx(np.sqrt((off**2).mean()), rel=1e-4)
        assert measured["r2"] == pytest.approx(
            (1 - (off**2).sum(0) / ((y[rows] - y[rows].mean(0)) ** 2).sum(0)).mean(), abs=1e-4
        )
    assert ended.report["metrics"]["train"]["loss"] < 1.0, "the loss is that of the scaled targets"
    looked = review(program, ended.weights)
    assert looked is not None
    order = {int(row): place for place, row in enumerate(looked.rows)}
    for row in list(order)[:20]:
        assert looked.truth[order[row]] == pytest.approx(y[row, 0], rel=1e-5)
        assert looked.said[order[row]] == pytest.approx(answers.numbers[row, 0], rel=1e-4)


def test_the_script_at_home_measures_the_same(houses: Path, tmp_path: Path) -> None:
    program = sound(regression(houses, epochs=5))
    ended, _ = finish(Trainer(program, device="cpu"))
    export_python(program, tmp_path / "home")
    done = run_script(
        [sys.executable, str(tmp_path / "home" / "train.py"), "--device", "cpu", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metrics"] == ended.report["metrics"]


def test_the_map_is_in_the_units_of_the_data(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    x = draw.uniform(-1, 1, 200)
    (tmp_path / "line.csv").write_text(
        "x,y\n" + "\n".join(f"{a:.4f},{1000 * a + 5000:.2f}" for a in x), encoding="utf-8"
    )
    program = sound(regression(tmp_path / "line.csv", ("y",), epochs=60))
    experiment = make_experiment(program)
    for _ in experiment.train(60, lambda: 32, Progress([group["lr"] for group in experiment.optimizer.param_groups])):
        pass
    plane = Watcher(program, Watched()).plane(experiment)
    assert plane is not None
    assert plane.points.targets.min() > 3900 and plane.said.min() > 3500 and plane.said.max() < 6500


def test_targets_as_they_are_are_said_and_mended(houses: Path) -> None:
    document = regression(houses, scaling="none")
    problem = next(p for p in analyse(lower(document)).problems if p.what.key == "data.unscaled_target.what")
    assert "price" in problem.what.render() and problem.mend is not None
    from nnstudio.catalog.registry import CATALOG

    mended = problem.mend.apply(document, CATALOG)
    assert "data.unscaled_target" not in {p.what.key.removesuffix(".what") for p in analyse(lower(mended)).problems}
    assert sound(mended).data.target_scaling == "standard"


def test_a_loss_with_limits_does_not_take_scaled_targets(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "x,y\n" + "\n".join(f"{i / 10},{(i % 10) / 10}" for i in range(60)), encoding="utf-8"
    )
    document = regression(tmp_path / "p.csv", ("y",), "minmax", loss="bce_logits")
    assert "loss.scaled" in keys(lower(document))


def test_classes_and_inputs_are_not_scaled() -> None:
    classes = chain(
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        data_params={"target_scaling": "standard"},
        loss=choice("cross_entropy"),
    )
    assert sound(classes).data.target_scaling == "none"


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9 + 0.1, -7.7e-5])
@pytest.mark.parametrize("rows", [7, 80, 1000])
def test_what_is_constant_keeps_its_scale_however_it_is_rounded(value: float, rows: int) -> None:
    from nnstudio.engine.runtime.scaling import fit_scaler

    x = np.stack([np.full(rows, value), np.linspace(0, 1, rows) + 1e9], axis=1)
    scaled = fit_scaler(x, np.arange(rows), "standard", 1, "").apply(np.array([[value, 1e9], [value + 1, 1e9 + 1]]))
    assert scaled[0, 0] == pytest.approx(0.0, abs=1e-5) and scaled[1, 0] == pytest.approx(1.0, rel=1e-5), (
        "rounding is no spread"
    )
    assert scaled[1, 1] - scaled[0, 1] == pytest.approx(1 / (np.linspace(0, 1, rows) + 1e9).std(), rel=1e-6), (
        "a small spread is one"
    )


def test_a_number_beyond_all_numbers_is_refused_in_new_rows(houses: Path, tmp_path: Path) -> None:
    from nnstudio.document.errors import TrainError
    from nnstudio.engine.predict import check_samples
    from nnstudio.session.predict import read_samples

    program = sound(regression(houses, epochs=1))
    for number, key in (
        ("9" * 400, "predict.infinite"),
        ("-" + "9" * 400, "predict.infinite"),
        ("inf", "predict.infinite"),
        ("1e999", "predict.infinite"),
    ):
        (tmp_path / "new.csv").write_text(f"size,age,score\n{number},3,0.1\n", encoding="utf-8")
        with pytest.raises(TrainError) as caught:
            x, _ = read_samples(fitted(program), tmp_path / "new.csv")
            check_samples(fitted(program), x)
        assert caught.value.message.key == key, number
