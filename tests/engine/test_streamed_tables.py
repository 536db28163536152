"""Tables that are too long for the memory: the same numbers from a file, in runs, scripts and several processes."""

from __future__ import annotations

import datetime
import os
import sqlite3
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources import kept_samples, stores, tall_looking, tall_tables
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile import files
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.fitted import fitted
from nnstudio.engine.runtime import scaling
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.unseen import unseen_in
from nnstudio.session.column_page import look, outcome
from nnstudio.session.export import check_source, source_of
from tests.engine.test_ranks import alone, apart, exported, together
from tests.helpers import chain, choice, finish, sound

ROWS = 9_000


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")


def short(monkeypatch: pytest.MonkeyPatch, size: int = 1000) -> None:
    """Nothing goes into the memory any more."""
    monkeypatch.setattr(tall_looking, "STREAMED", size)
    monkeypatch.setattr(tall_tables, "STREAMED", size)
    monkeypatch.setattr(tall_looking, "LOOKED_AT", 300)
    monkeypatch.setattr(tall_looking, "AT_ONCE", 1000)


def frame_of(rows: int = ROWS) -> pd.DataFrame:
    draw = np.random.default_rng(4)
    size = draw.normal(50, 20, rows)
    count = draw.integers(0, 9, rows).astype(object)
    count[rows - 7] = None
    town = draw.choice(["north", "south"], rows).astype(object)
    town[rows - 11], town[5] = "islet", None
    frame = pd.DataFrame(
        {
            "size": size,
            "count": pd.array(count, dtype="Int64"),
            "town": town,
            "garden": draw.random(rows) < 0.4,
            "since": pd.Timestamp("2001-03-04") + pd.to_timedelta(draw.integers(0, 4000, rows), unit="D"),
            "money": [f"€{number:,.2f}" for number in draw.uniform(900, 5000, rows)],
            "who": [f"person {number}" for number in range(rows)],
            "dear": np.where(size + draw.normal(0, 8, rows) > 55, "yes", "no"),
        }
    )
    frame.loc[3, "size"] = np.nan
    frame.loc[9, "dear"] = None
    return frame


def parquet(tmp_path: Path, frame: pd.DataFrame | None = None) -> Path:
    path = tmp_path / "homes.parquet"
    (frame_of() if frame is None else frame).to_parquet(path, row_group_size=2000)
    return path


def source(path: Path, **more: Any) -> Choice:
    fields = family("datasets")["table_file"].fields
    return Choice("table_file", complete(fields, Params(path=str(path), **more), CATALOG))


def read(path: Path, **more: Any) -> Table:
    again(source(path, **more))
    return table_of(source(path, **more))


def said(table: Table) -> list[str]:
    return [note.render() for note in table.notes]


def net(path: Path, outputs: int = 2, **more: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("linear", "o", {"units": outputs}),
        data=source(path, **more),
        loss=choice("cross_entropy"),
        epochs=2,
        batch_size=256,
    )


SETTINGS: dict[str, dict[str, Any]] = {
    "rows left out": {},
    "filled": {"missing": "mean"},
    "some columns": {"columns": ("garden", "town"), "missing": "most_frequent"},
    "in order": {"order": "since", "columns": ("size", "count")},
    "groups": {"group": "town", "columns": ("size", "since")},
    "by its page": {
        "missing": "mean",
        "treatments": (
            Params({"name": "count", "kind": "category"}),
            Params({"name": "size", "treat": "log", "fill": "zero", "scale": "none"}),
            Params({"name": "town", "treat": "embed"}),
        ),
    },
    "a value": {"targets": ("size",), "columns": ("count", "garden", "town", "dear")},
}


@pytest.mark.parametrize("which", SETTINGS)
def test_a_long_table_is_the_same_numbers(which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, more = parquet(tmp_path), SETTINGS[which]
    plain = read(path, **more)
    short(monkeypatch)
    long = read(path, **more)
    assert long.streamed and not plain.streamed
    np.testing.assert_array_equal(long.x, plain.x)
    np.testing.assert_array_equal(long.y, plain.y)
    assert (long.columns, long.classes, long.targets) == (plain.columns, plain.classes, plain.targets)
    assert (long.fill, long.scales, long.sides, long.recipe) == (plain.fill, plain.scales, plain.sides, plain.recipe)
    for one, other in ((long.order, plain.order), (long.parts, plain.parts)):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)
    if plain.groups is not None and long.groups is not None:
        pairs = set(zip(plain.groups.tolist(), long.groups.tolist(), strict=True))
        assert len(pairs) == len(set(plain.groups.tolist())) == len(set(long.groups.tolist()))
    # How many rows are left out and why is said of all of them.
    assert [note for note in said(long) if "left out" in note and "column" not in note] == [
        note for note in said(plain) if "left out" in note and "column" not in note
    ]
    assert any("read batch by batch" in note and f"{ROWS:,}" in note for note in said(long))


def test_it_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    short(monkeypatch)
    first = read(path)
    made: list[Any] = []
    monkeypatch.setattr(tall_tables._Work, "fill", lambda work, room: made.append(room))
    second = read(path)
    np.testing.assert_array_equal(first.x, second.x)
    assert said(first) == said(second) and not made
    # What was kept is spoilt: it is made anew.
    monkeypatch.undo()
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")
    short(monkeypatch)
    for kept in (tmp_path / "cache" / "tables").glob("*.json"):
        kept.write_text("{", encoding="utf-8")
    np.testing.assert_array_equal(read(path).x, first.x)


def test_a_database_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "homes.sqlite"
    frame = frame_of(4000).drop(columns=["since"])
    with sqlite3.connect(path) as store:
        frame.astype({"count": object}).to_sql("homes", store, index=False)
    plain = read(path)
    short(monkeypatch)
    long = read(path)
    assert long.streamed and not plain.streamed
    np.testing.assert_array_equal(long.x, plain.x)
    np.testing.assert_array_equal(long.y, plain.y)
    assert long.recipe == plain.recipe


def test_runs_scripts_and_several_processes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    read(path)
    wanted, _ = finish(Trainer(sound(net(path))))
    short(monkeypatch)
    read(path)
    program = sound(net(path))
    assert program.data.streamed
    ended, _ = finish(Trainer(program))
    # All rows of a table this long are looked at for how they are scaled; in another order, so only nearly the same.
    for name, array in wanted.weights.items():
        np.testing.assert_allclose(ended.weights[name], array, rtol=0, atol=1e-5)
    check_source(program, source_of(program).text)
    folder = exported(net(path), tmp_path / "home")
    assert (folder / files.SAMPLES).is_file() and "reads its own rows" in (folder / "README.md").read_text("utf-8")
    one, two = alone(folder, "--epochs", "2"), together(folder, "--epochs", "2")
    assert apart(one, two) <= 1e-6 and 0.0 <= two["waited"] <= 1.0


def test_scales_are_told_by_some_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    short(monkeypatch)
    table = read(path, columns=("size",), missing="mean")
    monkeypatch.setattr(scaling, "ROWS_LOOKED_AT", 500)
    monkeypatch.setattr(scaling, "LOOKED_AT", 100)
    rows = np.random.default_rng(0).permutation(len(table.x))
    found = scaling.fit_scaler(table.x, rows, "standard", 1, "mean")
    some = np.array(table.x[:: len(table.x) // 500])
    np.testing.assert_allclose(found.shift[0, 0], np.nanmean(some), rtol=1e-12)
    assert abs(found.shift[0, 0] - np.nanmean(table.x)) < 3.0
    assert fitted(sound(net(path, columns=("size",), missing="mean"))).scaler is not None


def test_its_page_shows_what_was_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    short(monkeypatch)
    params = source(path).params
    found = look(path, params)
    assert f"of its {ROWS:,} rows" in found.read.notes[0].render()
    assert 300 <= len(found.read.frame) < ROWS // 2 and found.rows == ROWS and found.whole
    shown = outcome(
        found, params, {"folds": 0, "fold": 1, "validation": 0.2, "test": 0.0, "split": "random", "split_seed": 0}
    )
    assert shown.classes == ("no", "yes") and shown.used > 250


def test_a_file_of_long_texts_is_large_with_few_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    params = source(path).params
    assert not tall_looking.is_tall(path, params)
    monkeypatch.setattr(tall_looking, "MAX_STORE", 1000)
    monkeypatch.setattr(stores, "MAX_STORE", 1000)
    assert tall_looking.is_tall(path, params) and len(read(path).x) == len(frame_of().dropna())
    # Its beginning is looked at first.
    assert len(look(path, params, 50).read.frame) == 50


def test_few_columns_of_a_long_table_go_into_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    short(monkeypatch, 8 * ROWS + 100)
    assert not read(path, columns=("size",)).streamed
    assert read(path).streamed


def test_what_cannot_be_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of()
    frame["when"] = frame["since"].dt.strftime("%d/%m/%Y")
    path = parquet(tmp_path, frame)
    short(monkeypatch)
    words = (Params({"name": "who", "kind": "text", "treat": "characters 8"}),)
    for more, key in (
        ({"treatments": words, "targets": ("dear",)}, "data.tall_column"),
        ({"order": "when", "targets": ("dear",)}, "data.tall_order"),
        ({"targets": ("who",), "target_kind": "values"}, "data.text_target"),
        ({"columns": ("nobody",)}, "data.no_column"),
    ):
        with pytest.raises(TrainError) as caught:
            read(path, **more)
        assert caught.value.message.key == key
        assert caught.value.message.render("zh") != caught.value.message.render("en")
    monkeypatch.setattr(kept_samples.shutil, "disk_usage", lambda path: type("Full", (), {"free": 5}))
    with pytest.raises(TrainError) as caught:
        read(path, targets=("dear",))
    assert caught.value.message.key == "data.no_room"
    whole = path.read_bytes()
    # The end of a Parquet file says where everything is: a piece in the middle is missing.
    path.write_bytes(whole[:20_000] + b"\0" * 20_000 + whole[40_000:])
    monkeypatch.undo()
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "other")
    short(monkeypatch)
    with pytest.raises(TrainError) as caught:
        read(path, targets=("dear",))
    assert caught.value.message.key == "data.unreadable_file"
    assert not list((tmp_path / "other" / "tables").glob("*")) if (tmp_path / "other").exists() else True


def test_values_that_were_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a column with many different values some are not looked at: rows that hold these are left out and counted."""
    frame = frame_of()[["size", "dear"]].dropna().reset_index(drop=True)
    frame["code"] = [f"k{number % 3}" if number % 100 else f"x{number}" for number in range(len(frame))]
    path = parquet(tmp_path, frame[["size", "code", "dear"]])
    short(monkeypatch)
    monkeypatch.setattr(tall_looking, "DIFFERENT", 3)
    embedded = (Params({"name": "code", "kind": "category", "treat": "embed"}),)
    table = read(path, treatments=embedded)
    known = {name for column in table.recipe if column.name == "code" for name in column.categories}
    unlike = sum(code not in known for code in frame["code"])
    assert unlike > 0 and len(table.x) == len(frame) - unlike
    assert any("looked at before" in note and f"{unlike}" in note for note in said(table))


def test_categories_that_are_held_aside_alone_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of()
    frame["part"] = ["train"] * (ROWS - 2000) + ["validation"] * 2000
    path = parquet(tmp_path, frame)
    for step in (False, True):
        if step:
            short(monkeypatch)
        more = {"part": "part", "columns": ("town", "size"), "targets": ("dear",), "missing": "mean"}
        table = read(path, **more)
        document = net(path, **more)
        data = document.by_id["data"]
        given = replace(data, params=data.params.with_value("split", "given"))
        document = replace(document, nodes=tuple(given if one.id == "data" else one for one in document.nodes))
        assert unseen_in(sound(document).data, table) == ("town = islet",)


def test_pieces_are_the_whole(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    store = stores.stored(path)
    pieces = list(store.pieces(700))
    assert sum(map(len, pieces)) == store.rows == ROWS and store.columns == 8
    assert [int(piece.index[0]) for piece in pieces][:3] == [0, 700, 1400]


def test_two_processes_at_once_do_not_take_each_others_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    folder = tmp_path / "cache" / "tables"
    folder.mkdir(parents=True)
    theirs, left = folder / "a.1.part", folder / "b.2.part"
    for part in (theirs, left):
        part.write_bytes(b"x")
    os.utime(left, (0, 0))
    short(monkeypatch)
    assert read(path).streamed
    assert theirs.exists() and not left.exists()
    (kept,) = folder.glob("*.npy")
    # Both have made it: the second one's file takes the place of the first one's, and is the same.
    whole, arrays, told = kept_samples.kept(
        "tables", "other", (3, 1), np.float64, lambda room: (room.fill(7), ({"y": np.zeros(3)}, {"notes": []}))[1]
    )
    kept_samples._write(
        folder / "other.npy", (3, 1), np.float64, lambda room: (room.fill(7), ({"y": np.zeros(3)}, {"notes": []}))[1]
    )
    assert (whole == 7).all() and len(arrays["y"]) == 3 and told == {"notes": []} and kept.exists()


def holes(draw: np.random.Generator, values: Any, share: float) -> list[Any]:
    return [None if gone else value for value, gone in zip(values, draw.random(len(values)) < share, strict=True)]


def any_column(draw: np.random.Generator, rows: int) -> pa.Array:
    """A column of some kind that Parquet knows."""
    day = datetime.date(2000, 1, 1)
    minutes = [datetime.datetime(2000, 1, 1) + datetime.timedelta(minutes=int(n)) for n in draw.integers(0, 9000, rows)]
    letters = [f"k{number}" for number in range(int(draw.integers(2, 70)))]
    kinds = [
        lambda: pa.array(draw.normal(size=rows)),
        lambda: pa.array(holes(draw, draw.normal(size=rows), 0.05)),
        lambda: pa.array(draw.integers(0, int(draw.integers(2, 60)), rows)),
        lambda: pa.array(holes(draw, draw.integers(0, 5, rows).tolist(), 0.03)),
        lambda: pa.array(holes(draw, draw.choice(letters, rows).tolist(), 0.02)),
        lambda: pa.array(holes(draw, (draw.random(rows) < 0.5).tolist(), 0.02)),
        lambda: pa.array([day + datetime.timedelta(int(n)) for n in draw.integers(0, 9000, rows)]),
        lambda: pa.array(holes(draw, minutes, 0.02)),
        lambda: pa.array([Decimal(int(number)) / 100 for number in draw.integers(0, 9999, rows)]),
        lambda: pa.array([f"{number:,.2f} €" for number in draw.uniform(0, 9999, rows)]),
        lambda: pa.array([None] * rows, type=pa.float64()),
        lambda: pa.array(draw.choice(["yes", "no"], rows)).dictionary_encode(),
    ]
    return kinds[int(draw.integers(0, len(kinds)))]()


@pytest.mark.parametrize("seed", range(12))
def test_any_long_table_is_as_a_short_one(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(seed)
    rows = int(draw.integers(2500, 4000))
    columns = {f"{name}{seed}": any_column(draw, rows) for name in ("x", "价格", "a b", "y,z")}
    targets = (draw.normal(size=rows), draw.integers(0, 3, rows), draw.choice(["p", "q"], rows))
    columns["t"] = pa.array(holes(draw, targets[seed % 3].tolist(), 0.02 * (seed % 2)))
    path = tmp_path / "any.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=900)
    more = {"targets": ("t",), "missing": ("drop", "mean", "most_frequent")[seed % 3]}
    plain = read(path, **more)
    short(monkeypatch)
    long = read(path, **more)
    np.testing.assert_array_equal(long.x, plain.x)
    np.testing.assert_array_equal(long.y, plain.y)
    assert (long.columns, long.classes, long.fill) == (plain.columns, plain.classes, plain.fill)
