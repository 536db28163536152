"""Readings in time: windows cell by cell, what is left out, forecasts beside the naive one, new readings answered."""

from __future__ import annotations

import csv
import datetime
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.fitted import Trained, fitted
from nnstudio.engine.forecasting import look_ahead
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.export import check_source, export_python, source_of, start_weights
from nnstudio.session.predict import read_samples
from nnstudio.session.session import Session
from tests.commands import run_script
from tests.e2e.hand import open_window
from tests.helpers import chain, choice, sound, wait


def series(path: Path, text: str, **params: Any) -> Table:
    path.write_text(text, encoding="utf-8")
    fields = family("datasets")["series_file"].fields
    return table_of(Choice("series_file", complete(fields, Params(path=str(path), **params), CATALOG)))


def days(values: list[str], first: str = "2024-01-01") -> str:
    begin = datetime.date.fromisoformat(first)
    return "\n".join(f"{begin + datetime.timedelta(days=n)},{value}" for n, value in enumerate(values)) + "\n"


def wave(count: int = 240) -> str:
    draw = np.random.default_rng(5)
    values = 50 + 10 * np.sin(0.5 * np.arange(count)) + 0.3 * draw.standard_normal(count)
    return "day,level\n" + days([f"{value:.3f}" for value in values])


def document_of(path: Path, **params: Any) -> Document:
    return chain(
        ("flatten", "f", {}),
        ("linear", "h", {"units": 12, "activation": choice("tanh")}),
        ("linear", "o", {"units": params.get("horizon", 1)}),
        data=choice("series_file", path=str(path), **params),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.02),
        data_params={"split": "ordered"},
        epochs=40,
        batch_size=16,
    )


def trained(document: Document) -> Session:
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    return session


def test_windows_cell_by_cell(tmp_path: Path) -> None:
    text = "t,a,b\n" + "".join(f"{n},{n}.5,{10 * n}\n" for n in range(8))
    found = series(tmp_path / "t.csv", text, order="t", window=3, horizon=2, values=("a", "b"), targets=("b",))
    assert found.x.shape == (4, 3, 2) and found.targets == ("b +1", "b +2") and found.lagged == 1
    for row in range(4):
        assert found.x[row].tolist() == [[row + k + 0.5, 10 * (row + k)] for k in range(3)]
        assert found.y[row].tolist() == [10 * (row + 3), 10 * (row + 4)]
    assert found.order.tolist() == [4, 5, 6, 7]
    wide = series(tmp_path / "u.csv", text, order="t", window=3, step=3, values=("a",))
    assert wide.x[:, 0, 0].tolist() == [0.5, 3.5] and wide.y[:, 0].tolist() == [3.5, 6.5]


def test_rows_are_put_in_order_and_holes_are_in_no_window(tmp_path: Path) -> None:
    rows = days(["1", "2", "", "4", "5", "6", "7", "8"]).splitlines()
    text = "day,v\n" + "\n".join(reversed(rows)) + "\n"
    found = series(tmp_path / "t.csv", text, window=2)
    assert found.x[:, :, 0].tolist() == [[4, 5], [5, 6], [6, 7]] and found.y[:, 0].tolist() == [6, 7, 8]
    keys = [note.key for note in found.notes]
    assert "series.sorted" in keys and "series.holes" in keys and "series.windows" in keys
    assert all("{" not in note.render("zh") for note in found.notes)


def test_no_window_goes_over_two_series(tmp_path: Path) -> None:
    rows = [f"{n},{name},{10 * k + n}" for n in range(5) for k, name in enumerate("xy")]
    found = series(tmp_path / "t.csv", "t,shop,v\n" + "\n".join(rows), order="t", group="shop", window=2)
    assert sorted(found.x[:, :, 0].tolist()) == [[0, 1], [1, 2], [2, 3], [10, 11], [11, 12], [12, 13]]
    assert set(found.groups.tolist()) == {0, 1}


def test_uneven_steps_and_other_columns_are_said(tmp_path: Path) -> None:
    text = "t,name,v\n" + "".join(f"{n * n},k,{n}\n" for n in range(20))
    keys = [note.key for note in series(tmp_path / "t.csv", text, order="t", window=3).notes]
    assert "series.uneven" in keys and "series.left_out" in keys


@pytest.mark.parametrize(
    ("text", "params", "words"),
    [
        ("t,v\n1,2\n2,3\n", {"window": 5}, "shorter window"),
        ("t,v\na,b\nc,d\n", {}, "numbers"),
        ("t,v\n1,2\n2,3\n", {"order": "nowhere"}, "nowhere"),
        ("t,v\n1,\n2,\n3,\n4,\n", {"order": "t", "window": 1, "values": ("v",)}, "shorter window"),
    ],
)
def test_what_cannot_be_followed_is_one_sentence(text: str, params: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=words):
        series(tmp_path / "t.csv", text, **params)


def test_the_newest_are_held_aside_and_the_forecast_is_that_of_numpy(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(wave())
    session = trained(document_of(tmp_path / "w.csv", window=8))
    try:
        found = session.trained()
        table = table_of(found.program.data.dataset)
        training, held, _ = rows_of(found.program.data, table)
        assert table.order[training].max() < table.order[held].min()
        told = look_ahead(found)
        values = np.array([float(line.split(",")[1]) for line in wave().splitlines()[1:]])
        np.testing.assert_allclose(told.truth, values[8:])
        np.testing.assert_allclose(told.naive, values[7:-1])
        numbers = predict(found.program, found.weights, np.array(table.x), found.known).numbers[:, 0]
        np.testing.assert_allclose(told.said, numbers)
        mine = told.part == 1
        assert told.errors["network"] == pytest.approx(np.abs(numbers[mine] - values[8:][mine]).mean())
        assert told.errors["naive"] == pytest.approx(np.abs(values[7:-1][mine] - values[8:][mine]).mean())
        assert told.errors["network"] < 0.5 * told.errors["naive"] and told.errors["ahead"] < told.errors["naive ahead"]
        # Many steps ahead: each window ends with what was said before.
        window = list(values[len(training) : len(training) + 8])
        for said in told.ahead[:12]:
            answer = predict(found.program, found.weights, np.array(window)[None, :, None], found.known).numbers[0, 0]
            assert said == pytest.approx(answer)
            window = [*window[1:], answer]
    finally:
        session.close()


def test_new_readings_are_answered_by_the_program_and_the_script(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(wave())
    document = document_of(tmp_path / "w.csv", window=8, horizon=3)
    program = sound(document)
    check_source(program, source_of(program, replay=True).text)
    session = trained(document)
    try:
        found = session.trained()
        lines = wave(300).splitlines()
        new = [f"{line.split(',')[1]},x,{line.split(',')[0]}" for line in lines[240:]]
        new[20] = f",x,{new[20].split(',')[2]}"
        (tmp_path / "new.csv").write_text("level,more,day\n" + "\n".join(new))
        said: list[Any] = []
        x, names = read_samples(found.known, tmp_path / "new.csv", said=said.append)
        values = np.array([float(line.split(",")[0] or "nan") for line in new])
        windows = [(end, values[end - 7 : end + 1]) for end in range(7, len(new))]
        whole = [(end, window) for end, window in windows if np.isfinite(window).all()]
        np.testing.assert_array_equal(x[:, :, 0], [window for _, window in whole])
        assert names == tuple(str(end + 1) for end, _ in whole) and said[0].key == "predict.rows_left_out"
        ours = predict(found.program, found.weights, x, found.known).numbers
        export_python(found.program, tmp_path / "out", found.weights, known=found.known)
    finally:
        session.close()
    given = [sys.executable, "-I", str(tmp_path / "out" / "predict.py"), str(tmp_path / "new.csv")]
    ended = run_script(given, capture_output=True, text=True, timeout=300, check=True)
    rows = list(csv.DictReader(io.StringIO(ended.stdout)))
    np.testing.assert_allclose([[float(row[f"level +{k}"]) for k in (1, 2, 3)] for row in rows], ours, rtol=1e-6)
    assert [row["sample"] for row in rows] == list(names)


@pytest.mark.usefixtures("qtbot")
def test_the_forecast_is_drawn_over_the_data(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(wave())
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        view = hand.panel("ahead")
        view.button.click()
        assert "trained" in view.said.text()
        assert hand.window.bench.own_data.take(tmp_path / "w.csv", "series_file")
        data = next(node for node in hand.session.document.nodes if node.kind == "data")
        assert data.params["split"] == "ordered" and data.params["dataset"].kind == "series_file"
    with open_window(document_of(tmp_path / "w.csv", window=8)) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        view = hand.panel("ahead")
        hand.wait(lambda: view.found is not None)
        assert "naive" in view.said.text() and len(view.found.ahead) and view.plot is not None
        view.naive.setChecked(True)
        assert len(view.plot.getPlotItem().listDataItems()) == 4


def test_many_steps_ahead_end_where_windows_no_longer_follow_each_other(tmp_path: Path) -> None:
    values = [line.split(",")[1] for line in wave(120).splitlines()[1:]]
    values[110] = ""
    (tmp_path / "hole.csv").write_text("day,level\n" + days(values))
    (tmp_path / "w.csv").write_text(wave(120))
    for name, params, wanted in (
        ("hole.csv", {"window": 8}, None),
        ("w.csv", {"window": 8, "step": 3}, 1),
    ):
        program = sound(document_of(tmp_path / name, **params))
        told = look_ahead(Trained(program, start_weights(program), fitted(program)))
        assert len(told.ahead) == (wanted or 110 - int(np.flatnonzero(told.part == 1)[0]) - 8)
        assert np.array_equal(np.diff(told.ahead_times), np.ones(len(told.ahead) - 1))
