"""Arrays as tables, and rows of a second file as the test part."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.array_table import is_array_table, read_array_table
from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import TrainError
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python
from nnstudio.session.file_kinds import kind_of
from nnstudio.session.predict import read_samples
from tests.catalog.test_sources import sentence, table
from tests.commands import run_script
from tests.helpers import chain, choice, finish, sound

DRAW = np.random.default_rng(5)
X, Y = DRAW.normal(size=(40, 3)), DRAW.integers(0, 3, 40)


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def test_rows_of_numbers_with_their_target_are_a_table(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", target=Y, x=X, names=np.array(["long", "wide", "high"]), note=np.arange(7))
    assert kind_of(path) == "table_file"
    frame, notes = read_array_table(path)
    assert list(frame.columns) == ["long", "wide", "high", "target"]
    np.testing.assert_array_equal(frame[["long", "wide", "high"]].to_numpy(), X)
    assert [note.args["arrays"] for note in notes] == ["note"]
    found = table("table_file", path)
    np.testing.assert_array_equal(found.x, X)
    assert found.classes == ("0", "1", "2") and found.y.tolist() == Y.tolist()
    assert "note" in str([note.render("zh") for note in found.notes])


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((9, 4, 4)), "y": np.arange(9)},
        {"x": np.zeros((9, 400)), "y": np.arange(9)},
        {"data": np.zeros((9, 4))},
        {"x": np.zeros((8, 4)), "y": np.arange(9)},
        {"y": np.arange(9)},
    ],
    ids=["pictures", "many columns", "no target", "other rows", "target alone"],
)
def test_other_arrays_are_no_table(arrays: Any, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", **arrays)
    assert not is_array_table(path) and kind_of(path) == "npz_file"


def test_names_that_meet_lose_nothing_and_words_that_hold_others_are_no_parts(tmp_path: Path) -> None:
    names = np.array(["a", "b", "c"])
    path = saved(tmp_path / "a.npz", x=X, z=X + 1, x_train=X + 2, latest=X[:, 0], strain=X[:, 1], names=names, y=Y)
    frame, notes = read_array_table(path)
    assert list(frame.columns) == ["a", "b", "c", "a'", "b'", "c'", "a''", "b''", "c''", "latest", "strain", "y"]
    np.testing.assert_array_equal(frame.iloc[:, 3:9].to_numpy(), np.concatenate([X + 1, X + 2], axis=1))
    assert not notes
    # A part of one's own does not hide which rows are for testing.
    both = {"x_train": X, "y_train": Y, "part_train": Y, "x_test": X[:9], "y_test": Y[:9], "part_test": Y[:9]}
    path = saved(tmp_path / "b.npz", **both)
    own, data = family("datasets")["table_file"].begins_with(path)
    assert own == {"part": "part'"} and data == {"split": "given"}
    assert read_array_table(path)[0]["part'"].tolist() == ["train"] * 40 + ["test"] * 9
    # Arrays for testing that do not fit are said, not taken.
    path = saved(tmp_path / "c.npz", x_train=X, y_train=Y, x_test=X[:9])
    frame, notes = read_array_table(path)
    assert len(frame) == 40 and [note.args["arrays"] for note in notes] == ["x_test"]


def test_a_broken_file_of_arrays_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"PK\x03\x04" + bytes(50))
    assert kind_of(path) == "npz_file" and sentence("table_file", path) == "data.broken_npz"
    objects = saved(tmp_path / "b.npz", x=np.array([{}, {}], dtype=object), y=np.arange(2))
    assert sentence("table_file", objects) == "data.npz_type"


def test_one_hot_targets_and_arrays_for_testing(tmp_path: Path) -> None:
    hot = np.eye(3)[Y]
    path = saved(tmp_path / "a.npz", x_train=X, y_train=hot, x_test=X[:9] + 1, y_test=hot[:9])
    own, data = family("datasets")["table_file"].begins_with(path)
    assert (own, data) == ({"targets": ("y1", "y2", "y3"), "part": "part"}, {"split": "given"})
    program = sound(
        chain(
            ("linear", "o", {"units": 3}),
            data=choice("table_file", path=str(path), **own),
            loss=choice("cross_entropy"),
            data_params=data,
        )
    )
    read = table_of(program.data.dataset)
    tested = rows_of(program.data, read)[2]
    np.testing.assert_array_equal(read.x[tested], X[:9] + 1)
    assert program.data.labels == "one_hot"
    plain = saved(tmp_path / "b.npz", x=X, y=Y)
    assert family("datasets")["table_file"].begins_with(plain) == ({}, {})


def test_new_arrays_are_answered_as_a_pipeline_by_hand_answers_them(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", x=X * (1, 100, 0.01), y=Y)
    program = sound(
        chain(
            ("linear", "o", {"units": 3}),
            data=choice("table_file", path=str(path)),
            loss=choice("cross_entropy"),
            epochs=3,
        )
    )
    ended = finish(Trainer(program, device="cpu"))[0]
    rows = rows_of(program.data, table_of(program.data.dataset))[0]
    scaled = X * (1, 100, 0.01)
    mean, spread = scaled[rows].mean(axis=0), scaled[rows].std(axis=0)
    new = DRAW.normal(size=(11, 3)) * (1, 100, 0.01)
    other = saved(tmp_path / "new.npz", x_test=new, y_test=np.arange(11) % 3)
    files = export_python(program, tmp_path / "home", ended.weights)
    path.unlink()
    weight, bias = (next(v for k, v in ended.weights.items() if k.endswith(end)) for end in ("weight", "bias"))
    scores = ((new - mean) / spread) @ np.asarray(weight, np.float64).T + np.asarray(bias, np.float64)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    script = next(file for file in files if file.name == "predict.py")
    done = run_script(
        [sys.executable, script, other, "--out", tmp_path / "out.csv"], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    said = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(said[[f"p({k})" for k in range(3)]].to_numpy(), chances, atol=1e-5)


# -- a second file ---------------------------------------------------------------------------------


def two_files(folder: Path, second: str = "b,a,price\n") -> tuple[Path, Path]:
    first = folder / "train.csv"
    first.write_text("a,b,price\n" + "".join(f"{n},{n * n % 7},{3 * n + 1}.5\n" for n in range(40)))
    other = folder / "test.csv"
    other.write_text(second + "".join(f"{n % 5},{n + 100},{n}.25\n" for n in range(6)))
    return first, other


def test_rows_of_a_second_file_are_the_test_part(tmp_path: Path) -> None:
    first, other = two_files(tmp_path)
    data = choice("table_file", path=str(first), test_file=str(other))
    document = chain(
        ("linear", "o", {"units": 1}), data=data, loss=choice("mse"), data_params={"split": "given", "validation": 0.25}
    )
    program = sound(document)
    read = table_of(program.data.dataset)
    training, held, tested = rows_of(program.data, read)
    assert read.columns == ("a", "b") and (len(training), len(held)) == (30, 10)
    # By name, in whatever order they stand.
    np.testing.assert_array_equal(read.x[tested], [[n + 100, n % 5] for n in range(6)])
    np.testing.assert_array_equal(read.y[tested].ravel(), [n + 0.25 for n in range(6)])
    assert "6 samples of test.csv are the test part." in [note.render() for note in read.notes]
    # Nothing of them is fitted: the scales are those of the training rows.
    ended = finish(Trainer(program, device="cpu"))[0]
    answers = predict(program, ended.weights, read.x[tested])
    mean, spread = read.x[training].mean(axis=0), read.x[training].std(axis=0)
    unit = read.y[training].mean(), read.y[training].std()
    weight, bias = (next(v for k, v in ended.weights.items() if k.endswith(end)) for end in ("weight", "bias"))
    scores = ((read.x[tested] - mean) / spread) @ np.asarray(weight, np.float64).T + np.asarray(bias, np.float64)
    np.testing.assert_allclose(answers.numbers, scores * unit[1] + unit[0], rtol=1e-5)
    export_python(program, tmp_path / "home", ended.weights)


def test_a_second_file_that_does_not_fit(tmp_path: Path) -> None:
    first, other = two_files(tmp_path, "b,a,cost\n")
    assert sentence("table_file", first, test_file=str(other)) == "data.test_without"
    assert sentence("table_file", first, test_file=str(tmp_path / "gone.csv")) == "data.moved"
    _, other = two_files(tmp_path, "b,c,price\n")
    read = table("table_file", first, test_file=str(other), missing="mean")
    assert "test.csv lacks 1 column, whose cells are missing there: a." in [note.render() for note in read.notes]
    assert np.isnan(read.x[40:, 0]).all() and len(read.x) == 46
    other.write_text("b,a,price,tip\nmany,3,1,9\nfew,4,2,9\n")
    said = [note.render() for note in table("table_file", first, test_file=str(other), columns=("a", "b")).notes]
    assert any("taken as texts: b." in line for line in said)
    assert any("left out: tip." in line for line in said)
    with pytest.raises(TrainError):
        table("table_file", first, test_file=str(other), targets=("price",), missing="mean", columns=("c",))


def test_new_rows_are_read_as_those_of_both_files(tmp_path: Path) -> None:
    first, other = two_files(tmp_path)
    data = choice("table_file", path=str(first), test_file=str(other))
    program = sound(chain(("linear", "o", {"units": 1}), data=data, loss=choice("mse"), data_params={"split": "given"}))
    x, names = read_samples(fitted(program), other)
    np.testing.assert_array_equal(x, table_of(program.data.dataset).x[40:])
    assert len(names) == 6
