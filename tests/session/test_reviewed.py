"""Defects that a review found in the handling of a student's own data, each in the way it was shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.parting import Split
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.guesses import apart
from nnstudio.catalog.sources.tokenizing import cutter, make_tokenizer
from nnstudio.catalog.sources.treatments import roles_of
from nnstudio.catalog.tables import again, table_of
from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.sampling import Manner, chances
from nnstudio.engine.states import State
from nnstudio.session.column_page import look, outcome, with_role
from nnstudio.session.export import export_python, start_weights
from nnstudio.session.predict import read_samples
from nnstudio.session.reading import Reading
from nnstudio.session.run import Run
from nnstudio.session.session import Session
from nnstudio.session.testing import FinalTest
from tests.commands import run_script
from tests.helpers import chain, choice, sound, wait

FIELDS = family("datasets")["table_file"].fields
DATA = {"split": "stratified", "validation": 0.2, "test": 0.0, "split_seed": 0, "folds": 0, "fold": 1}


def settings(path: Path, **params: Any) -> Params:
    return complete(FIELDS, Params(path=str(path), **params), CATALOG)


def test_ignoring_the_last_input_brings_none_back(tmp_path: Path) -> None:
    names = ("a", "b", "c", "y")
    params = settings(tmp_path / "t.csv")
    for name in "abc":
        params = with_role(params, names, name, "ignore")
    assert roles_of(names, params) == {"a": "ignore", "b": "ignore", "c": "ignore", "y": "target"}
    (tmp_path / "t.csv").write_text("a,b,c,y\n1,2,3,4.5\n2,3,4,5.5\n")
    with pytest.raises(StudioError, match="learn from"):
        outcome(look(tmp_path / "t.csv", params), params, DATA)
    back = with_role(params, names, "b", "input")
    assert roles_of(names, back)["b"] == "input" and roles_of(names, back)["a"] == "ignore"


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("true", "false"), ("True", "False")])
def test_true_and_false_with_holes_are_asked_as_they_were_learnt(words: tuple[str, str], tmp_path: Path) -> None:
    rows = [f"{('', *words)[n % 3]},{n}.5" for n in range(40)]
    file = tmp_path / "t.csv"
    file.write_text("f,y\n" + "\n".join(rows))
    data = choice("table_file", path=str(file), missing="mean")
    program = sound(chain(("linear", "o", {"units": 1}), data=data, loss=choice("mse")))
    known, weights = fitted(program), start_weights(program)
    x, names = read_samples(known, file)
    np.testing.assert_array_equal(x, table_of(program.data.dataset).x)
    export_python(program, tmp_path / "out", weights, known=known)
    given = [sys.executable, "-I", str(tmp_path / "out" / "predict.py"), str(file)]
    ended = run_script(given, capture_output=True, text=True, timeout=300, check=True)
    told = [float(line.split(",")[1]) for line in ended.stdout.splitlines()[1:]]
    np.testing.assert_allclose(told, predict(program, weights, x, known).numbers[:, 0], rtol=1e-5)
    assert len(names) == 40


def test_one_line_above_the_names_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Report; of; today\na;b;y\n" + "\n".join(f"{n};{n * 2};{n},5" for n in range(30)))
    program = sound(
        chain(
            ("linear", "o", {"units": 1}),
            data=choice("table_file", path=str(file), skip=1, delimiter=";"),
            loss=choice("mse"),
        )
    )
    assert fitted(program).manner["skip"] == "1"
    assert read_samples(fitted(program), file)[0].shape == (30, 2)


def test_a_look_belongs_to_the_weights_that_were_looked_at() -> None:
    run = Run()
    testing = FinalTest(run, lambda: pytest.fail("not asked for"))
    testing._asked = ("of another project", 7)
    testing.take({})
    testing.keep({"loss": 1.0, "accuracy": 1.0, "confusion": [], "classes": []})
    assert testing.count == 0 and testing.last is None


def test_folds_of_small_classes_are_even() -> None:
    labels = np.repeat(np.arange(12), 3)
    sizes = [len(Split("stratified", 0.2, folds=5, fold=fold).parts(36, labels)[1]) for fold in range(1, 6)]
    assert sum(sizes) == 36 and max(sizes) - min(sizes) <= 1
    given = np.repeat([0, 2], [30, 10])
    held = [Split("given", 0.2, 0.25, folds=5, fold=fold).parts(40, None, given)[1] for fold in range(1, 6)]
    assert sorted(np.concatenate(held).tolist()) == list(range(30))


@pytest.mark.parametrize(
    ("text", "data", "words"),
    [
        ("a,y\n1,2.5\n2,3.5\n", {"folds": 3, "fold": 5}, "3 folds"),
        ("a,y\ninf,2.5\n2,3.5\n3,4.5\n", {}, "infinite"),
        ("a,y\n1,x\n2,x\n3,x\n", {}, "only one class"),
    ],
)
def test_the_page_refuses_what_training_does(text: str, data: Any, words: str, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text)
    params = settings(file)
    with pytest.raises(StudioError, match=words):
        outcome(look(file, params), params, {**DATA, **data})


def test_the_hour_that_is_written_is_the_hour(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("t,y\n2024-01-01T00:30:00+08:00,1.5\n2024-06-02T13:00:00+08:00,2.5\n2024-06-02T13:00:00Z,3.5\n")
    params = settings(file, treatments=(Params(name="t", treat="month day hour"),))
    found = table_of(Choice("table_file", params))
    assert found.x.tolist() == [[1, 1, 0.5], [6, 2, 13], [6, 2, 13]]
    assert "data.zones" in [note.key for note in found.notes]


def test_names_are_told_apart_only_where_they_are_alike() -> None:
    assert apart(["400", "400.5", "y"]) == ["400", "400.5", "y"]
    assert apart(["a", "a.1", "a.2", "b"]) == ["a", "a'", "a''", "b"]
    assert apart(["a", "a", "b.1"]) == ["a", "a'", "b.1"]


def test_large_numbers_name_classes_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,y\n" + "\n".join(f"{n},{'' if n == 5 else 1234567 + n % 3}" for n in range(12)))
    found = table_of(Choice("table_file", settings(file)))
    assert found.classes == ("1234567", "1234568", "1234569")


def test_a_cell_that_says_missing_is_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,y\n" + "\n".join(f"{('(missing)', 'x', '')[n % 3]},{n}.5" for n in range(12)))
    found = table_of(Choice("table_file", settings(file, missing="mean")))
    assert found.columns == ("a = (missing)", "a = x") and (found.x.sum(axis=1) == 1).all()


def test_an_empty_part_is_said_as_such(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,p,y\n1,train,1.5\n2,,2.5\n")
    with pytest.raises(StudioError) as caught:
        table_of(Choice("table_file", settings(file, part="p")))
    assert "nan" not in caught.value.message.render()


def test_what_a_strangers_tokenizer_asks_for_is_not_done() -> None:
    plain = json.loads(make_tokenizer("words", ["hello world"] * 3, 9))
    made = json.loads(plain["json"])
    made["padding"] = {
        "strategy": {"Fixed": 10_000_000},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "x",
    }
    cut = cutter(json.dumps({"kind": "words", "json": json.dumps(made)}))
    assert len(cut.encode("hello world")) == 2
    with pytest.raises(StudioError, match="out of bounds"):
        chances(np.array([np.nan, 1.0]), Manner())


def test_work_that_panics_has_an_outcome() -> None:
    class Panic(BaseException):
        pass

    def work() -> None:
        raise Panic("gone")

    reading = Reading(work, "panic")
    while not reading.done:
        pass
    with pytest.raises(RuntimeError, match="gone"):
        reading.outcome()


def test_another_category_in_the_file_takes_no_weights_away(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    rows = [f"{'abc'[n % 3]},{n},{n}.5" for n in range(40)]
    file.write_text("kind,x,y\n" + "\n".join(rows))
    document = chain(
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(file)),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.05),
        epochs=5,
    )
    project = tmp_path / "p.nns"
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    try:
        found = session.trained()
        x, _ = read_samples(found.known, file)
        before = predict(found.program, found.weights, x, found.known).numbers
        session.save(project)
    finally:
        session.close()
    new = tmp_path / "new.csv"
    new.write_text("kind,x,y\n" + "\n".join(rows))
    file.write_text("kind,x,y\n" + "\n".join([*rows, "d,7,9.5"]))
    again(document.by_id["data"].params["dataset"])
    other = Session(Document())
    try:
        other.open(project)
        wait(other, lambda: other.meaning.lowered is not None)
        found = other.trained()
        assert found.note is not None and found.note.key == "fitted.columns" and "{" not in found.note.render("zh")
        x, _ = read_samples(found.known, new)
        np.testing.assert_array_equal(predict(found.program, found.weights, x, found.known).numbers, before)
        other.save(tmp_path / "q.nns")
        assert set(storage.load(tmp_path / "q.nns")[1].weights) == {"o.weight", "o.bias"}
    finally:
        other.close()
    given = [sys.executable, "-m", "nnstudio", "predict", str(tmp_path / "q.nns"), "--data", str(new), "--json"]
    ended = subprocess.run(given, capture_output=True, text=True, timeout=300, check=True)
    told = [row["numbers"]["y"] for row in json.loads(ended.stdout)["answers"]]
    np.testing.assert_allclose(told, before[:, 0], rtol=1e-12)
    assert "otherwise" in ended.stderr
