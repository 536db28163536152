"""Columns of a student's own table: what they hold, what they become, and which rows stay, cell by cell."""

from __future__ import annotations

import datetime
import math
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.columns import encode
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import read_table
from nnstudio.catalog.tables import table_of
from nnstudio.document import storage
from nnstudio.document.errors import BadValue, StudioError
from nnstudio.document.fields import ColumnsField, complete
from nnstudio.document.text import Text
from nnstudio.document.values import Choice, Params
from tests.helpers import chain, choice, sound

FLATS = """id,sold,rooms,finish,lift,area,note,price
7,2023-01-02,2,plain,no,50.5,sunny,410000
8,2023-06-30,3,good,yes,80,,1200000
9,2024-02-29,1,luxury,no,,quiet,350000
10,2025-10-30,4,plain,yes,120,big,
11,2025-11-01,2,good,yes,64,dark,800000
"""


def table(path: Path, text: str | None = None, *columns: dict[str, Any], **params: Any) -> Table:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    given = Params(path=str(path), treatments=tuple(Params(column) for column in columns), **params)
    return table_of(Choice("table_file", complete(family("datasets")["table_file"].fields, given, CATALOG)))


def said(found: Table) -> list[str]:
    """The sentences about a table; each can be said in both languages."""
    assert all("{" not in note.render("zh") for note in found.notes)
    return [note.render() for note in found.notes]


def test_every_cell_of_a_table_with_dates_and_categories(tmp_path: Path) -> None:
    found = table(tmp_path / "flats.csv", FLATS, ids="id", order="sold", missing="mean", target_kind="values")
    rows = [row.split(",") for row in FLATS.splitlines()[1:]]
    kept = [row for row in rows if row[-1]]
    assert found.columns == (
        "rooms",
        "finish = good",
        "finish = luxury",
        "finish = plain",
        "lift",
        "area",
        *(f"note = {word}" for word in ("dark", "quiet", "sunny", "(missing)")),
    )
    for row, x, y, order in zip(kept, found.x, found.y, found.order, strict=True):
        finish, note = row[3], row[6] or "(missing)"
        wanted = [float(row[2]), *(float(finish == f) for f in ("good", "luxury", "plain")), float(row[4] == "yes")]
        wanted += [float(row[5]) if row[5] else math.nan, *(float(note == w) for w in ("dark", "quiet", "sunny"))]
        np.testing.assert_array_equal(x, [*wanted, float(note == "(missing)")])
        assert y == [float(row[7])]
        assert order == (datetime.date.fromisoformat(row[1]) - datetime.date(1970, 1, 1)).days
    assert "Left out: 1 row (no value in price)." in said(found)


def test_dates_go_in_by_their_parts(tmp_path: Path) -> None:
    text = "when,y\n31.12.2023 23:30,0.5\n01.02.2024 06:00,1.5\n29.02.2024 00:15,2.5\n"
    parts = "year month day weekday hour days"
    found = table(tmp_path / "t.csv", text, {"name": "when", "treat": parts})
    moments = [
        datetime.datetime(2023, 12, 31, 23, 30),
        datetime.datetime(2024, 2, 1, 6),
        datetime.datetime(2024, 2, 29, 0, 15),
    ]
    for x, when in zip(found.x, moments, strict=True):
        days = (when - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
        np.testing.assert_allclose(
            x, [when.year, when.month, when.day, when.weekday(), when.hour + when.minute / 60, days], rtol=1e-12
        )
    usual = table(tmp_path / "u.csv", text)
    assert usual.columns == ("when: year", "when: month")


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (("2024-01-05", "2024-11-30"), (1, 11)),
        (("2024/1/5", "2024/11/30"), (1, 11)),
        (("5.1.2024", "30.11.2024"), (1, 11)),
        (("05/01/2024", "30/11/2024"), (1, 11)),
        (("01/05/2024", "11/30/2024"), (1, 11)),
        (("2024年1月5日", "2024年11月30日"), (1, 11)),
        (("2024-01-05T10:00:00Z", "2024-11-30T10:00:00Z"), (1, 11)),
    ],
)
def test_dates_are_read_as_they_are_written(tmp_path: Path, cells: tuple[str, str], wanted: tuple[int, int]) -> None:
    text = f"when,y\n{cells[0]},0.5\n{cells[1]},1.5\n"
    found = table(tmp_path / "t.csv", text, {"name": "when", "treat": "month"})
    assert found.x[:, 0].tolist() == list(wanted)


def test_a_date_that_may_be_either_is_said_and_can_be_turned(tmp_path: Path) -> None:
    text = "when,y\n01/02/2024,0.5\n03/04/2024,1.5\n"
    found = table(tmp_path / "t.csv", text, {"name": "when", "treat": "month"})
    assert found.x[:, 0].tolist() == [2, 4] and any("day first" in line for line in said(found))
    turned = table(tmp_path / "t.csv", None, {"name": "when", "kind": "date_us", "treat": "month"})
    assert turned.x[:, 0].tolist() == [1, 3] and not any("day first" in line for line in said(turned))


def test_a_few_cells_that_are_no_dates_are_missing_and_said(tmp_path: Path) -> None:
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    text = "when,y\n" + "".join(f"{day},{k}.5\n" for k, day in enumerate([*days, "soon"]))
    found = table(tmp_path / "t.csv", text, {"name": "when", "treat": "day"}, missing="mean")
    assert np.isnan(found.x[-1, 0]) and found.x[:30, 0].tolist() == list(range(1, 31))
    assert any("no dates" in line and "soon" in line and "row 31" in line for line in said(found))


def test_ordered_categories_by_the_scale_or_as_said(tmp_path: Path) -> None:
    text = "size,y\nlarge,1.5\nsmall,2.5\nmedium,3.5\nsmall,4.5\n"
    found = table(tmp_path / "t.csv", text, {"name": "size", "kind": "ordered"})
    assert found.columns == ("size",) and found.x[:, 0].tolist() == [2, 0, 1, 0]
    turned = table(
        tmp_path / "t.csv", None, {"name": "size", "kind": "ordered", "levels": ("large", "medium", "small")}
    )
    assert turned.x[:, 0].tolist() == [0, 2, 1, 2]


def test_numbers_as_categories_logarithms_and_texts_as_numbers(tmp_path: Path) -> None:
    text = "zone,pay,code,y\n3,0,12,1.5\n1,100,n/k,2.5\n3,-100,14,3.5\n2,10,11,4.5\n"
    found = table(
        tmp_path / "t.csv",
        text,
        {"name": "zone", "kind": "category"},
        {"name": "pay", "treat": "log"},
        {"name": "code", "kind": "number", "fill": "zero"},
        missing="mean",
    )
    assert found.columns == ("zone = 1", "zone = 2", "zone = 3", "log pay", "code")
    assert found.x[:, :3].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0]]
    np.testing.assert_allclose(found.x[:, 3], [0, math.log(101), -math.log(101), math.log(11)])
    assert np.isnan(found.x[1, 4]) and found.fill == ("mean", "mean", "mean", "mean", "zero")
    assert any("n/k" in line for line in said(found))


def test_rare_categories_stand_together_and_new_ones_too(tmp_path: Path) -> None:
    import pandas as pd

    towns = [f"town {k}" for k in range(60) for _ in range(1 + (k < 20))]
    text = "town,y\n" + "".join(f"{town},{k}.5\n" for k, town in enumerate(towns))
    found = table(tmp_path / "t.csv", text, {"name": "town", "kind": "category"})
    assert found.x.shape == (80, 21) and found.columns[-1] == "town = (others)" and (found.x.sum(axis=1) == 1).all()
    assert found.x[:, -1].sum() == 40 and any("stand together" in line for line in said(found))
    new = encode(pd.DataFrame({"town": ["town 3", "elsewhere"]}), found.recipe)
    assert new[1].tolist() == [*[0] * 20, 1] and new[0, found.columns.index("town = town 3")] == 1


def test_fill_of_each_column_and_rows_left_out_with_their_reason(tmp_path: Path) -> None:
    text = "a,b,c,y\n1,,3,1.5\n,2,3,2.5\n3,4,,3.5\n5,6,7,\n5,6,7,4.5\n"
    found = table(
        tmp_path / "t.csv", text, {"name": "a", "fill": "zero"}, {"name": "b", "fill": "drop"}, missing="mean"
    )
    assert found.fill == ("zero", "", "mean")
    np.testing.assert_array_equal(found.x, [[np.nan, 2, 3], [3, 4, np.nan], [5, 6, 7]])
    lines = said(found)
    assert "2 of 5 rows have empty cells and are left out." in lines
    assert "Left out: 1 row (no value in y)." in lines and "Left out: 1 row (empty cell in b)." in lines


def test_scaling_of_single_columns_is_that_of_numpy(tmp_path: Path) -> None:
    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.fitted_plain import from_plain, to_plain

    draw = np.random.default_rng(3)
    a, b, c = draw.normal(5, 2, 50), draw.uniform(-3, 9, 50), draw.normal(0, 1, 50)
    text = "a,b,c,y\n" + "".join(f"{p},{q},{r},{p + q}\n" for p, q, r in zip(a, b, c, strict=True))
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    columns = (Params(name="b", scale="minmax"), Params(name="c", scale="none"))
    document = chain(
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(tmp_path / "t.csv"), treatments=columns),
        loss=choice("mse"),
        data_params={"validation": 0.0},
    )
    program = sound(document)
    assert program.data.scaling == ("standard", "minmax", "none")
    known = fitted(program)
    scaled = known.scaler.apply(np.stack([a, b, c], axis=1))
    np.testing.assert_allclose(scaled[:, 0], (a - a.mean()) / a.std(), rtol=1e-9)
    np.testing.assert_allclose(scaled[:, 1], (b - b.min()) / (b.max() - b.min()), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(scaled[:, 2], c)
    assert from_plain(to_plain(known)) is not None
    reopened, _ = storage.loads(storage.dumps(document))
    assert sound(reopened).data == program.data


def test_a_database_and_a_parquet_file_are_read_as_they_say(tmp_path: Path) -> None:
    store = sqlite3.connect(tmp_path / "t.sqlite")
    store.execute("CREATE TABLE houses (size REAL, town TEXT, photo BLOB, price INTEGER)")
    store.execute('CREATE TABLE [odd " name] (a REAL, y REAL)')
    store.executemany("INSERT INTO houses VALUES (?, ?, ?, ?)", [(1.5, "x", b"1", 3), (None, "y", b"2", 30)] * 15)
    store.executemany('INSERT INTO "odd "" name" VALUES (?, ?)', [(1, 2.5), (3, 4.5)])
    store.commit()
    store.close()
    found = table(tmp_path / "t.sqlite", missing="mean", target_kind="values")
    assert found.columns == ("size", "town = x", "town = y") and found.x.shape == (30, 3) and found.y[1, 0] == 30
    lines = said(found)
    assert any("There are others" in line for line in lines) and any("photo" in line for line in lines)
    assert table(tmp_path / "t.sqlite", sheet='odd " name').x.tolist() == [[1.0], [3.0]]
    with pytest.raises(StudioError, match="has no sheet"):
        table(tmp_path / "t.sqlite", sheet="nowhere")

    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    days = [datetime.datetime(2024, 1, day) for day in range(1, 31)]
    kinds = pa.array(["a", "b"] * 15).dictionary_encode()
    pq.write_table(
        pa.table({"when": days, "list": [[1]] * 30, "kind": kinds, "y": range(30)}),
        tmp_path / "t.parquet",
    )
    found = table(tmp_path / "t.parquet", None, {"name": "when", "treat": "day"}, target_kind="values")
    assert found.columns == ("when: day", "kind = a", "kind = b") and found.x[:, 0].tolist() == list(range(1, 31))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(StudioError, match="read"):
        table(tmp_path / "bad.parquet")
    (tmp_path / "bad.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 300)
    with pytest.raises(StudioError, match="read"):
        table(tmp_path / "bad.sqlite")


def test_what_a_database_would_run_is_not_run(tmp_path: Path) -> None:
    store = sqlite3.connect(tmp_path / "t.db")
    store.execute("CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
    store.commit()
    store.close()
    with pytest.raises(StudioError, match="without tables"):
        table(tmp_path / "t.db")


def test_lines_above_the_names_and_names_in_two_rows(tmp_path: Path) -> None:
    remarks = "# made by hand\n# second\na,b,y\n1,2,0.5\n3,4,1.5\n"
    found = table(tmp_path / "t.csv", remarks)
    assert found.columns == ("a", "b") and found.x.tolist() == [[1, 2], [3, 4]]
    assert any("2 lines above" in line for line in said(found))
    titled = "Flats of 2025\n\na,b,y\n1,2,0.5\n3,4,1.5\n"
    assert table(tmp_path / "u.csv", titled, skip=2).x.tolist() == [[1, 2], [3, 4]]
    double = "size,,price\nwide,long,\n1,2,0.5\n3,4,1.5\n"
    assert table(tmp_path / "v.csv", double, heads=2).columns == ("size / wide", "size / long")
    named = "#id,b,y\n1,2,0.5\n3,4,1.5\n"
    assert table(tmp_path / "w.csv", named).columns == ("#id", "b")
    told = "sep=;\na;b;y\n1;2;0,5\n3;4;1,5\n"
    assert table(tmp_path / "x.csv", told).y[:, 0].tolist() == [0.5, 1.5]
    bad = "# one\n# two\na,b,y\n1,2,0.5\n3,4,1.5,9\n" + "3,4,1.5\n" * 9
    assert any("5" in line and "cell" in line for line in said(table(tmp_path / "z.csv", bad)))


def test_merged_names_and_a_title_in_excel(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Flats",), ("size", None, "price"), ("wide", "long", "k"), (1, 2, 0.5), (3, 4, 1.5)):
        sheet.append(row)
    sheet.merge_cells("A2:B2")
    book.create_sheet("Other").append(("a", "b"))
    book.save(tmp_path / "t.xlsx")
    found = table(tmp_path / "t.xlsx", skip=1, heads=2)
    assert found.columns == ("size / wide", "size / long") and found.x.tolist() == [[1, 2], [3, 4]]
    assert any("Other" in line for line in said(found))
    assert any("no name" in note.render() for note in read_table(tmp_path / "t.xlsx", Manner()).notes)


def test_names_that_occur_twice_are_told_apart_and_said(tmp_path: Path) -> None:
    found = table(tmp_path / "t.csv", "a,a,b,y\n1,2,3,0.5\n4,5,6,1.5\n")
    assert found.columns == ("a", "a'", "b") and any("share a name" in line for line in said(found))


def test_the_part_that_a_column_says(tmp_path: Path) -> None:
    text = "a,set,y\n1,train,0.5\n2,Test,1.5\n3,validation,2.5\n4,train,3.5\n"
    found = table(tmp_path / "t.csv", text, part="set")
    assert found.parts.tolist() == [0, 2, 1, 0] and found.columns == ("a",)
    with pytest.raises(StudioError, match="exam"):
        table(tmp_path / "u.csv", text.replace("Test", "exam"), part="set")


@pytest.mark.parametrize(
    "value", ["x", [{"kind": "number"}], [{"name": "a", "odd": "x"}], [{"name": "a", "kind": 3}], [{"name": 1}], [5]]
)
def test_what_is_said_of_columns_is_checked(value: Any) -> None:
    with pytest.raises(BadValue):
        ColumnsField(name="t", title=Text("t")).check(value, CATALOG)
