"""What was fitted belongs to the weights: answers stay what they were, whatever becomes of the data, and it is said."""

from __future__ import annotations

import copy
import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.tables import again
from nnstudio.document import storage
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document
from nnstudio.engine.fitted import Fitted, fitted, otherwise
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.predict import predict
from nnstudio.engine.states import State
from nnstudio.session.predict import read_samples, row_of
from nnstudio.session.session import Session
from tests.helpers import chain, choice, sound, wait

TOWNS = ("north", "south", "west")


def write_table(path: Path, count: int = 120, shift: float = 0.0) -> None:
    draw = np.random.default_rng(5)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("size", "town", "age", "price"))
        for row in range(count):
            size, town, age = draw.uniform(40, 200) + shift, TOWNS[row % 3], draw.uniform(0, 60)
            price = 1000 * size + 20_000 * (row % 3) - 300 * age
            writer.writerow((f"{size:.2f}", town, "" if row % 17 == 5 else f"{age:.2f}", f"{price:.1f}"))


def document_of(path: Path, epochs: int = 20) -> Document:
    return chain(
        ("linear", "h", {"units": 12, "activation": choice("relu")}),
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(path), targets=("price",), missing="mean"),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.02),
        epochs=epochs,
        batch_size=16,
    )


def trained(document: Document) -> Session:
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    return session


def answers(session: Session, file: Path) -> np.ndarray:
    found = session.trained()
    x, _ = read_samples(found.known, file)
    return predict(found.program, found.weights, x, found.known).numbers


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    write_table(path)
    return path


@pytest.fixture
def new_rows(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    path.write_text("town,age,size\nwest,10,100\nnorth,,55.5\nsouth,59,199\n", encoding="utf-8")
    return path


def independent(session: Session, table: Path) -> np.ndarray:
    """The same three rows, prepared with numpy alone from the training rows."""
    from nnstudio.catalog.parting import split_rows

    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    number = lambda text: float(text) if text else np.nan  # noqa: E731
    x = np.array([[number(r["size"]), *(float(r["town"] == t) for t in TOWNS), number(r["age"])] for r in rows])
    y = np.array([float(r["price"]) for r in rows])
    train, _ = split_rows(len(x), 0.2, 0)
    fill = np.nanmean(x[train], axis=0)
    full = np.where(np.isnan(x), fill, x)
    mean, spread = full[train].mean(axis=0), full[train].std(axis=0)
    new = np.array([[100, 0, 0, 1, 10], [55.5, 1, 0, 0, np.nan], [199, 0, 1, 0, 59]], dtype=float)
    z = (np.where(np.isnan(new), fill, new) - mean) / spread
    w = session.trained().weights
    hidden = np.maximum(0, z @ w["h.weight"].T + w["h.bias"])
    return (hidden @ w["o.weight"].T + w["o.bias"]) * y[train].std() + y[train].mean()


def test_answers_are_those_of_an_independent_pipeline(table: Path, new_rows: Path) -> None:
    session = trained(document_of(table))
    try:
        assert answers(session, new_rows) == pytest.approx(independent(session, table), rel=1e-5)
        assert session.trained().note is None
    finally:
        session.close()


@pytest.mark.parametrize("what", ["longer", "shifted", "gone", "scaling"])
def test_answers_stay_what_they_were(what: str, table: Path, new_rows: Path, tmp_path: Path) -> None:
    session = trained(document_of(table))
    project = tmp_path / "houses.nns"
    try:
        before = answers(session, new_rows)
        session.save(project)
    finally:
        session.close()
    dataset = session.document.by_id["data"].params["dataset"]
    if what == "longer":
        write_table(table, 400)
    elif what == "shifted":
        write_table(table, 120, shift=500.0)
    elif what == "gone":
        table.unlink()
    again(dataset)
    document, parts = storage.load(project)
    if what == "gone":
        # The project carries no copy of it.
        assert not parts.data
    session = Session(document)
    try:
        session._put(document, parts)
        wait(session, lambda: session.meaning.lowered is not None)
        if what == "scaling":
            session.apply(SetParam("data", ("scaling",), "minmax"))
            wait(session, lambda: session.meaning.lowered is not None)
        assert answers(session, new_rows) == pytest.approx(before, rel=1e-6)
        note = session.trained().note
        assert note is not None
        wanted = {"longer": "rows", "shifted": "values", "gone": "gone", "scaling": "setting"}[what]
        assert note.key == f"fitted.{wanted}"
    finally:
        session.close()


def test_at_the_command_line_the_table_need_not_be_there(
    table: Path, new_rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, out = tmp_path / "houses.nns", tmp_path / "run"
    storage.save(project, document_of(table))
    assert cli.main(["train", str(project), "--out", str(out)]) == 0
    capsys.readouterr()
    assert cli.main(["predict", str(project), "--weights", str(out), "--data", str(new_rows), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["answers"]
    dataset = storage.load(project)[0].by_id["data"].params["dataset"]
    table.unlink()
    again(dataset)
    assert cli.main(["predict", str(project), "--weights", str(out), "--data", str(new_rows), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["answers"] == first
    assert "cannot be read" in said.err
    again(dataset)


def test_it_goes_through_json_and_back_and_a_forged_one_is_not_believed(table: Path) -> None:
    known = fitted(sound(document_of(table)))
    plain = json.loads(json.dumps(to_plain(known)))
    back = from_plain(plain)
    assert isinstance(back, Fitted) and to_plain(back) == to_plain(known)
    assert known.scaler is not None and back.scaler is not None
    np.testing.assert_array_equal(known.scaler.spread, back.scaler.spread)

    def forged(path: tuple[Any, ...], value: Any) -> Any:
        found = copy.deepcopy(plain)
        here = found
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value
        return found

    for path, value in (
        (("shape",), [10**9]),
        (("shape",), ["5"]),
        (("shape",), [4]),
        (("columns",), "size"),
        (("scaler", "spread", "values"), [1.0]),
        (("scaler", "spread", "values", 0), 0.0),
        (("scaler", "shift"), None),
        (("scaler", "shift", "shape"), [1, 2]),
        (("unit", "spread", "values"), [float("nan")]),
        (("unit", "shift", "values"), [1.0, 2.0]),
        (("tokens",), -1),
        (("rows",), True),
        (("settings",), {}),
        (("settings", "scaling"), ["standard"]),
        (("classes",), [1]),
        (("mark",), None),
    ):
        assert from_plain(forged(path, value)) is None, path
    for strange in (None, 3, [], {}, "x", {"shape": None}):
        assert from_plain(strange) is None


def test_what_is_otherwise_is_named(table: Path) -> None:
    document = document_of(table)
    known = fitted(sound(document))
    assert otherwise(known, sound(document)) is None
    for setting, value in (("scaling", "none"), ("target_scaling", "minmax"), ("validation", 0.3), ("split_seed", 7)):
        found = otherwise(known, sound(SetParam("data", (setting,), value).apply(document, CATALOG)))
        assert found is not None and found.key == "fitted.setting"
        said = {"none": "none", "minmax": "min-max (0 to 1)"}.get(str(value), str(value))
        assert said in found.render("en") and "{" not in found.render("zh")


def test_pictures_classes_and_tokens_are_kept_too(tmp_path: Path) -> None:
    for data, more in (
        (choice("digits"), {"units": 10}),
        (choice("iris"), {"units": 3}),
    ):
        document = chain(("linear", "o", more), data=data, loss=choice("cross_entropy"), epochs=1, batch_size=64)
        program = sound(document)
        known = from_plain(json.loads(json.dumps(to_plain(fitted(program)))))
        assert known is not None and known.classes == program.data.classes
        from nnstudio.compile.lower import lower

        alone = lower(document, known.table()).program
        assert alone is not None and alone.model == program.model and alone.answer == program.answer


def test_a_run_in_a_process_of_its_own_tells_it_too(table: Path, tmp_path: Path) -> None:
    code = (
        "from nnstudio.engine.trainer import Trainer\nfrom nnstudio.engine.events import Started\n"
        "import sys, json\nfrom pathlib import Path\nfrom nnstudio.document import storage\n"
        "from nnstudio.compile.lower import lower\n"
        "p = lower(storage.load(Path(sys.argv[1]))[0]).program\nt = Trainer(p)\nt.start()\n"
        "e = t.events.get(timeout=60)\nprint(json.dumps(e.fitted)[:10])\nt.stop(); t.join(20)"
    )
    project = tmp_path / "p.nns"
    storage.save(project, document_of(table))
    done = subprocess.run(
        [sys.executable, "-c", code, str(project)], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.startswith('{"shape"')


def test_new_rows_are_read_as_the_project_says(tmp_path: Path) -> None:
    """A decimal comma between semicolons, numbers as people write them, columns in another order and one more."""
    path = tmp_path / "train.csv"
    rows = "".join(f"{i},5;{2 * i},25;{i % 2}\n" for i in range(60))
    path.write_text("a;b;y\n" + rows, encoding="utf-8")
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(path), delimiter=";", decimal=","),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    known = from_plain(json.loads(json.dumps(to_plain(fitted(sound(document))))))
    assert known is not None and known.manner == {"delimiter": ";", "decimal": ","}
    new = tmp_path / "new.csv"
    # Found out by itself this would be one column: the comma is on every line, the semicolon as well.
    new.write_text("more;b;a\nx;1,5;3\ny;2;4,25\n", encoding="utf-8")
    x, names = read_samples(known, new)
    assert x.tolist() == [[3.0, 1.5], [4.25, 2.0]] and names == ("1", "2")


def test_a_picture_that_cannot_be_read_leaves_the_others_their_answers(tmp_path: Path) -> None:
    from PIL import Image

    for name, grey in (("dark", 40), ("light", 210)):
        (tmp_path / "train" / name).mkdir(parents=True)
        for i in range(4):
            Image.new("L", (8, 8), grey).save(tmp_path / "train" / name / f"{i}.png")
    document = chain(
        ("flatten", "f", {}),
        ("linear", "o", {"units": 2}),
        data=choice("image_folder", path=str(tmp_path / "train"), size=8),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    known = fitted(sound(document))
    new = tmp_path / "new"
    new.mkdir()
    Image.new("L", (8, 8), 90).save(new / "good.png")
    (new / "bad.png").write_bytes(b"\x89PNG no picture")
    told: list[Any] = []
    x, names = read_samples(known, new, said=told.append)
    assert names == ("good.png",) and len(x) == 1
    assert [note.key for note in told] == ["predict.left_out"] and "bad.png" in told[0].render("en")
    (new / "good.png").unlink()
    with pytest.raises(StudioError):
        read_samples(known, new)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("3,5", 3.5), ("3.5", 3.5), ("1,234.50", 1234.5), ("20.6%", 0.206), ("€5.60", 5.6), ("−2", -2.0)],
)
def test_a_typed_number_is_read_as_it_is_written(typed: str, wanted: float, table: Path) -> None:
    known = fitted(sound(document_of(table)))
    x = row_of(known, [typed, "north", "10"])
    assert x[0, 0] == pytest.approx(wanted)
    with pytest.raises(StudioError):
        row_of(known, ["twelve", "north", "10"])


def test_an_export_says_that_its_weights_are_of_other_data(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, out = tmp_path / "houses.nns", tmp_path / "run"
    storage.save(project, document_of(table, epochs=2))
    assert cli.main(["train", str(project), "--out", str(out)]) == 0
    capsys.readouterr()
    assert cli.main(["export", str(project), "--weights", str(out), "--out", str(tmp_path / "one")]) == 0
    assert "other data" not in capsys.readouterr().err
    write_table(table, 300)
    again(storage.load(project)[0].by_id["data"].params["dataset"])
    assert cli.main(["export", str(project), "--weights", str(out), "--out", str(tmp_path / "two")]) == 0
    said = capsys.readouterr().err
    assert "other data" in said and "now it has 300" in said


def test_one_number_among_a_million_is_noticed(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(250_000, 4)), draw.integers(0, 2, 250_000)
    np.savez(tmp_path / "many.npz", x=x, y=y)
    data = choice("npz_file", path=str(tmp_path / "many.npz"))
    document = chain(("linear", "o", {"units": 2}), data=data, loss=choice("cross_entropy"), epochs=1)
    known = fitted(sound(document))
    assert otherwise(known, sound(document)) is None
    x[123_457, 2] += 1.0
    np.savez(tmp_path / "many.npz", x=x, y=y)
    again(document.by_id["data"].params["dataset"])
    found = otherwise(known, sound(document))
    assert found is not None and found.key == "fitted.values"
