"""The test part is looked at deliberately, every look is kept; answers are measured where they are known."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio import cli
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import table_of
from nnstudio.document import storage
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.states import State
from nnstudio.session.export import export_python
from nnstudio.session.predict import read_samples
from nnstudio.session.run import Run
from nnstudio.session.session import Session
from nnstudio.session.testing import FinalTest
from tests.commands import run_script
from tests.e2e.hand import open_window
from tests.helpers import chain, choice, wait


def iris(test: float = 0.2, **data: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 8, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.05),
        data_params={"test": test, **data},
        epochs=15,
        batch_size=16,
    )


def trained(document: Document) -> Session:
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    return session


def look(session: Session) -> Any:
    reading = session.testing.begin()
    wait(session, lambda: reading.done)
    session.testing.keep(reading.outcome())
    return session.testing.last


def test_the_test_part_is_measured_as_numpy_does(tmp_path: Path) -> None:
    session = trained(iris())
    try:
        assert session.testing.last is None and session.testing.count == 0
        found = look(session)["measures"]
        program, weights = session.trained().program, session.trained().weights
        table = labelled(table_of(program.data.dataset), program.data.labels)
        train, _, test = rows_of(program.data, table)
        z = (table.x - table.x[train].mean(axis=0)) / table.x[train].std(axis=0)
        hidden = np.tanh(z @ weights["h.weight"].T + weights["h.bias"])
        said = (hidden @ weights["o.weight"].T + weights["o.bias"]).argmax(axis=1)
        assert len(test) == 30 and found["accuracy"] == pytest.approx((said[test] == table.y[test]).mean())
        assert np.array(found["confusion"]).sum() == 30
        assert session.testing.count == 1 and session.dirty
        path = tmp_path / "iris.nns"
        session.save(path)
    finally:
        session.close()
    again = Session(Document())
    try:
        again.open(path)
        assert again.testing.count == 1 and again.testing.last is not None
        wait(again, lambda: again.meaning.lowered is not None)
        again.apply(SetParam("h", ("units",), 7))
        wait(again, lambda: again.meaning.lowered is not None)
        again.run()
        wait(again, lambda: again.training.state is State.FINISHED)
        # Other weights: the look was not at them, but it is not forgotten.
        assert again.testing.last is None and again.testing.count == 1
        look(again)
        assert again.testing.count == 2
    finally:
        again.close()


def test_weights_of_other_data_are_not_tested() -> None:
    session = trained(iris())
    try:
        session.apply(SetParam("data", ("scaling",), "minmax"))
        wait(session, lambda: session.meaning.lowered is not None and session.meaning.lowered.program is not None)
        reading = session.testing.begin()
        wait(session, lambda: reading.done)
        with pytest.raises(StudioError, match="other data"):
            reading.outcome()
    finally:
        session.close()
    without = trained(iris(0.0))
    try:
        reading = without.testing.begin()
        wait(without, lambda: reading.done)
        with pytest.raises(StudioError, match="no test part"):
            reading.outcome()
    finally:
        without.close()


@pytest.mark.parametrize(
    "plain",
    [
        None,
        5,
        {"looks": 3},
        {"looks": [3], "count": -1},
        {"looks": [{"time": "x", "run": "y", "epoch": 1, "measures": {"accuracy": "much"}}]},
        {
            "looks": [
                {"time": "x", "run": "y", "epoch": 1, "measures": {"accuracy": 1.0, "confusion": [[1]], "classes": []}}
            ]
        },
        {"looks": [{"time": "x", "run": "y", "epoch": 1, "measures": {"loss": 1.0}}], "count": 10**9},
    ],
)
def test_looks_from_a_file_are_not_believed(plain: Any) -> None:
    run = Run()
    testing = FinalTest(run, lambda: pytest.fail("not asked for"))
    testing.take(plain)
    assert testing.looks == () and testing.count == 0


def test_the_command_line_and_the_script_measure_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = trained(iris())
    path = tmp_path / "iris.nns"
    try:
        wanted = look(session)["measures"]
        session.save(path)
        export_python(session.trained().program, tmp_path / "out", session.trained().weights)
    finally:
        session.close()
    assert cli.main(["test", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == wanted["accuracy"]
    run = run_script(
        [sys.executable, str(tmp_path / "out" / "train.py"), "--evaluate", "--test", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(run.stdout)
    assert found["metrics"]["test"]["confusion"] == wanted["confusion"]
    assert (
        found["final"]["test_loss"] == pytest.approx(wanted["loss"], rel=1e-6) and "validation" not in found["metrics"]
    )
    assert storage.load(path)[1].run["tests"]["count"] == 1


def test_rows_that_have_the_answer_give_the_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw = np.random.default_rng(1)
    rows = [f"{a:.3f},{b:.3f},{2 * a - b:.4f}" for a, b in draw.normal(0, 3, (80, 2))]
    (tmp_path / "t.csv").write_text("a,b,y\n" + "\n".join(rows))
    session = trained(
        chain(
            ("linear", "o", {"units": 1}),
            data=choice("table_file", path=str(tmp_path / "t.csv")),
            loss=choice("mse"),
            optimizer=choice("adam", learning_rate=0.1),
            epochs=30,
        )
    )
    path = tmp_path / "t.nns"
    try:
        session.save(path)
        (tmp_path / "new.csv").write_text(
            "y,b,a\n" + "\n".join(",".join(reversed(row.split(","))) for row in rows[:20])
        )
        told: list[np.ndarray] = []
        found = session.trained()
        x, _ = read_samples(found.known, tmp_path / "new.csv", truth=told.append)
        numbers = predict(found.program, found.weights, x, found.known).numbers
        truth = np.array([float(row.split(",")[2]) for row in rows[:20]])
        assert np.array_equal(told[0][:, 0], truth)
    finally:
        session.close()
    assert cli.main(["predict", str(path), "--data", str(tmp_path / "new.csv"), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    off = numbers[:, 0] - truth
    assert metrics["mae"] == pytest.approx(np.abs(off).mean())
    assert metrics["r2"] == pytest.approx(1 - (off**2).sum() / ((truth - truth.mean()) ** 2).sum())


@pytest.mark.usefixtures("qtbot")
def test_the_window_looks_once(tmp_path: Path) -> None:
    with open_window(iris()) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        view = hand.panel("results")
        hand.wait(lambda: view.review is not None)
        view.part.setCurrentIndex(view.part.findData("test"))
        view.part.activated.emit(view.part.currentIndex())
        assert view.once.isVisible() and "Look once" in view.once.said.text() and not view.tabs.isVisible()
        QTest.mouseClick(view.once.button, Qt.MouseButton.LeftButton)
        hand.wait(lambda: view.once.measures is not None)
        hand.wait(view.tabs.isVisible)
        assert "Looked at 1 time" in view.once.said.text() and not view.once.button.isEnabled()
        assert "accuracy" in view.about.text() and not view.tabs.isTabVisible(1)
