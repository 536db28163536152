"""The exported predict.py: new raw files answered without the program, as an independent pipeline answers them."""

from __future__ import annotations

import csv
import datetime
import io
import sys
from pathlib import Path

import numpy as np
import pytest

from nnstudio.document.errors import ExportError
from nnstudio.document.values import Document, Params
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.states import State
from nnstudio.session import predicting
from nnstudio.session.examples import load_example
from nnstudio.session.export import export_python
from nnstudio.session.predict import read_samples
from nnstudio.session.session import Session
from tests.catalog.test_sources import picture
from tests.commands import run_script
from tests.helpers import chain, choice, sound, wait

TOWNS, SIZES = ("north", "south", "west"), ("small", "medium", "large")


def rows(count: int, seed: int = 0) -> list[dict[str, str]]:
    draw = np.random.default_rng(seed)
    found = []
    for row in range(count):
        area, day = (
            draw.uniform(20, 300),
            datetime.date(2023, 1, 1) + datetime.timedelta(days=int(draw.integers(0, 900))),
        )
        found.append(
            {
                "id": f"F{row}",
                "area": f"{area:.2f}",
                "town": TOWNS[int(draw.integers(3))],
                "size": SIZES[int(draw.integers(3))],
                "sold": day.isoformat(),
                "fee": f"€{draw.uniform(1000, 9000):,.2f}",
                "floor": "" if draw.random() < 0.1 else str(int(draw.integers(1, 20))),
                "lift": ("no", "yes")[int(draw.integers(2))],
                "price": f"{area * 3000 + draw.normal() * 9000:.1f}",
            }
        )
    return found


def write(path: Path, table: list[dict[str, str]], names: list[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(table)
    return path


def trained(document: Document) -> Session:
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    return session


def flats(path: Path) -> Document:
    said = (Params(name="size", kind="ordered"), Params(name="area", treat="log"), Params(name="fee", scale="minmax"))
    table = choice("table_file", path=str(path), targets=("price",), ids="id", missing="mean", treatments=said)
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=table,
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.02),
        epochs=8,
        batch_size=16,
    )


def run(folder: Path, *arguments: object) -> tuple[list[dict[str, str]], str]:
    """Run predict.py in a place without the program: its rows, and what it says besides."""
    given = [sys.executable, "-I", str(folder / "predict.py"), *map(str, arguments)]
    ended = run_script(given, capture_output=True, text=True, cwd=folder, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return list(csv.DictReader(io.StringIO(ended.stdout))), ended.stderr


def independent(
    table: list[dict[str, str]], training: list[dict[str, str]], weights: dict[str, np.ndarray]
) -> np.ndarray:
    """The whole pipeline in numpy, from the texts of the cells."""

    def raw(row: dict[str, str]) -> list[float]:
        day = datetime.date.fromisoformat(row["sold"])
        return [
            np.log1p(float(row["area"])),
            *(float(row["town"] == town) for town in TOWNS),
            float(SIZES.index(row["size"])),
            float(day.year),
            float(day.month),
            float(row["fee"].replace("€", "").replace(",", "")),
            float(row["floor"]) if row["floor"] else np.nan,
            float(row["lift"] == "yes"),
        ]

    known = np.array([raw(row) for row in training])
    y = np.array([float(row["price"]) for row in training])
    fill = np.nanmean(known, axis=0)
    full = np.where(np.isnan(known), fill, known)
    shift, spread = full.mean(axis=0), full.std(axis=0)
    shift[7], spread[7] = full[:, 7].min(), np.ptp(full[:, 7])
    x = np.array([raw(row) for row in table])
    z = (np.where(np.isnan(x), fill, x) - shift) / spread
    hidden = np.tanh(z @ weights["h.weight"].T + weights["h.bias"])
    return (hidden @ weights["o.weight"].T + weights["o.bias"])[:, 0] * y.std() + y.mean()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, list[dict[str, str]]]:
    folder = tmp_path_factory.mktemp("flats")
    table = rows(150)
    file = write(folder / "flats.csv", table, list(table[0]))
    session = trained(flats(file))
    try:
        found = session.trained()
        out = folder / "out"
        files = export_python(found.program, out, found.weights, known=found.known)
        assert {path.name for path in files} >= {"predict.py", "pipeline.json"}
        from nnstudio.catalog.tables import table_of

        training = [table[row] for row in rows_of(found.program.data, table_of(found.program.data.dataset))[0]]
        new = rows(20, seed=9)
        wanted = independent(new, training, dict(found.weights))
        names = ["lift", "price", "floor", "more", "fee", "sold", "size", "town", "area", "id"]
        shuffled = write(folder / "new.csv", [{**row, "more": "?"} for row in new], names)
        x, called = read_samples(found.known, shuffled)
        numbers = predict(found.program, found.weights, x, found.known).numbers[:, 0]
        np.testing.assert_allclose(numbers, wanted, rtol=1e-5)
        assert called == tuple(row["id"] for row in new)
    finally:
        session.close()
    # Neither the training file nor its copy is needed.
    file.unlink()
    (out / "data.csv").unlink()
    return folder, wanted, new


def test_shuffled_columns_and_more_of_them(exported: tuple[Path, np.ndarray, list[dict[str, str]]]) -> None:
    folder, wanted, new = exported
    found, said = run(folder / "out", folder / "new.csv")
    assert [row["sample"] for row in found] == [row["id"] for row in new]
    np.testing.assert_allclose([float(row["price"]) for row in found], wanted, rtol=1e-5)
    assert "mean absolute error" in said


def test_odd_rows_have_no_answer_and_the_others_have(exported: tuple[Path, np.ndarray, list[dict[str, str]]]) -> None:
    folder, wanted, new = exported
    odd = [dict(row) for row in new]
    odd[3]["town"], odd[5]["area"], odd[7]["sold"], odd[9]["size"] = "nowhere", "wide", "soon", ""
    names = [name for name in odd[0] if name != "price"]
    file = write(folder / "odd.csv", odd, names)
    found, said = run(folder / "out", file)
    # An ordered category that is missing is filled with the mean of its places.
    assert [row["sample"] for row in found] == [row["id"] for place, row in enumerate(new) if place not in (3, 5, 7)]
    kept = [place for place in range(20) if place not in (3, 5, 7, 9)]
    answers = {row["sample"]: float(row["price"]) for row in found}
    np.testing.assert_allclose([answers[new[place]["id"]] for place in kept], wanted[kept], rtol=1e-5)
    assert "3 of 20 rows" in said and "nowhere" in said and "soon" in said


def test_a_table_with_semicolons_and_in_excel(exported: tuple[Path, np.ndarray, list[dict[str, str]]]) -> None:
    import pandas as pd

    folder, wanted, _ = exported
    frame = pd.read_csv(folder / "new.csv", dtype=str, keep_default_na=False)
    text = frame.assign(area=[cell.replace(".", ",") for cell in frame["area"]]).drop(columns=["fee", "price"])
    fee = [cell.replace("€", "").replace(",", "").replace(".", ",") for cell in frame["fee"]]
    text.assign(fee=fee).to_csv(folder / "semi.csv", sep=";", index=False, encoding="gb18030")
    found, _ = run(folder / "out", folder / "semi.csv")
    np.testing.assert_allclose([float(row["price"]) for row in found], wanted, rtol=1e-5)
    frame.assign(area=frame["area"].astype(float)).to_excel(folder / "new.xlsx", index=False)
    found, _ = run(folder / "out", folder / "new.xlsx")
    np.testing.assert_allclose([float(row["price"]) for row in found], wanted, rtol=1e-5)


def test_what_cannot_be_read_is_one_sentence(exported: tuple[Path, np.ndarray, list[dict[str, str]]]) -> None:
    folder, _, _ = exported
    (folder / "less.csv").write_text("area,town\n3,north\n")
    given = [sys.executable, "-I", str(folder / "out" / "predict.py"), str(folder / "less.csv")]
    ended = run_script(given, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode and "lack the columns" in ended.stderr and "Traceback" not in ended.stderr


def test_pictures_and_arrays_and_tokens(tmp_path: Path) -> None:
    for number in range(6):
        picture(tmp_path / "set" / "dark" / f"{number}.png", 10 + 5 * number)
        picture(tmp_path / "set" / "light" / f"{number}.png", 190 + 5 * number)
    session = trained(
        chain(
            ("flatten", "f", {}),
            ("linear", "o", {"units": 2}),
            data=choice("image_folder", path=str(tmp_path / "set"), size=8),
            loss=choice("cross_entropy"),
            epochs=3,
        )
    )
    try:
        found = session.trained()
        export_python(found.program, tmp_path / "out", found.weights, known=found.known)
        x, called = read_samples(found.known, tmp_path / "set" / "light")
        ours = predict(found.program, found.weights, x, found.known)
    finally:
        session.close()
    rows_said, _ = run(tmp_path / "out", tmp_path / "set" / "light")
    assert [row["sample"] for row in rows_said] == list(called)
    np.testing.assert_allclose([float(row["p(light)"]) for row in rows_said], ours.numbers[:, 1], rtol=1e-6)
    for name in ("digits", "memory"):
        program = sound(load_example(name))
        export_python(program, tmp_path / name)
        from nnstudio.catalog.tables import table_of
        from nnstudio.engine.fitted import fitted
        from nnstudio.session.export import start_weights

        x = table_of(program.data.dataset).x[:5]
        np.savez(tmp_path / f"{name}.npz", x=x)
        said = predict(program, start_weights(program), x, fitted(program))
        rows_said, _ = run(tmp_path / name, tmp_path / f"{name}.npz")
        found_numbers = [[float(v) for k, v in row.items() if k.startswith("p(")] for row in rows_said]
        np.testing.assert_allclose(found_numbers, said.numbers, rtol=1e-6)


def test_a_script_that_answers_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = predicting.write_predict
    monkeypatch.setattr(
        predicting, "write_predict", lambda *given: real(*given).replace("torch.softmax(scores, dim=-1)", "scores")
    )
    with pytest.raises(ExportError):
        export_python(sound(load_example("iris")), tmp_path / "out")
    assert not (tmp_path / "out" / "predict.py").exists()


def test_a_graph_has_no_new_samples(tmp_path: Path) -> None:
    files = export_python(sound(load_example("karate")), tmp_path)
    assert "predict.py" not in {path.name for path in files}
