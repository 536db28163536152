"""The student's own files: read rightly, or one clear sentence."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources import excel, files, tables
from nnstudio.catalog.sources.arrays import read_idx
from nnstudio.catalog.sources.copies import copies_of, look_beside
from nnstudio.catalog.sources.files import LOADING, fingerprint
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import describe
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params, Parts
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.helpers import chain, choice, finish, sound


def table(kind: str, path: Path, **params: Any) -> Table:
    entry = family("datasets")[kind]
    return table_of(Choice(kind, complete(entry.fields, Params(path=str(path), **params), CATALOG)))


def sentence(kind: str, path: Path, **params: Any) -> str:
    """The key of the sentence that reading ends with; both languages can be said."""
    with pytest.raises(StudioError) as caught:
        table(kind, path, **params)
    for language in ("en", "zh"):
        assert "{" not in caught.value.message.render(language)
    return caught.value.message.key


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


# -- tables ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a,b,kind\n1.5,2,x\n2.5,3,y\n", "utf-8"),
        ("a,b,kind\n1.5,2,x\n2.5,3,y\n", "utf-8-sig"),
        ("a;b;kind\n1,5;2;x\n2,5;3;y\n", "utf-8"),
        ("a\tb\tkind\n1.5\t2\tx\n2.5\t3\ty\n", "utf-16"),
        ("a|b|kind\r\n1.5|2|x\r\n2.5|3|y\r\n", "latin-1"),
        ("1.5,2,x\n2.5,3,y\n", "utf-8"),
        ("a, b, kind\n1.5, 2, x\n\n2.5, 3, y\n", "utf-8"),
        ('"a","b","kind"\n"1.5","2","x"\n"2.5","3","y"\n', "utf-8"),
    ],
)
def test_how_a_table_is_written_is_found_out(tmp_path: Path, text: str, encoding: str) -> None:
    found = table("table_file", write(tmp_path / "t.csv", text, encoding))
    np.testing.assert_array_equal(found.x, [[1.5, 2.0], [2.5, 3.0]])
    assert found.classes == ("x", "y") and found.y.tolist() == [0, 1]


def test_chinese_headers_in_gbk(tmp_path: Path) -> None:
    path = write(tmp_path / "成绩.csv", "身高,体重,类别\n1.7,60,男\n1.6,50,女\n1.8,70,男\n", "gbk")
    found = table("table_file", path)
    assert found.columns == ("身高", "体重") and set(found.classes) == {"男", "女"} and found.targets == ("类别",)
    assert describe(path, Manner()).encoding == "gb18030"


def test_texts_become_categories_and_missing_ones_a_category_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "colour,size,y\nred,1,0.5\nblue,2,0.7\n,3,0.9\nred,,1.1\n")
    kept = table("table_file", path, missing="mean", target_kind="values")
    assert kept.columns == ("colour = blue", "colour = red", "colour = (missing)", "size")
    assert kept.x[2].tolist()[:3] == [0, 0, 1] and np.isnan(kept.x[3, 3]) and kept.fill == "mean"
    dropped = table("table_file", path, target_kind="values")
    assert len(dropped.x) == 2
    assert [n.key for n in dropped.notes] == ["data.dropped", "data.left_rows", "data.left_rows"]


def test_missing_values_are_filled_from_the_training_part_alone(tmp_path: Path) -> None:
    from nnstudio.engine.runtime.scaling import fit_scaler

    x = np.array([[1.0], [np.nan], [3.0], [3.0], [100.0]])
    rows = np.arange(4)
    assert fit_scaler(x, rows, "none", 1, "mean").fill == pytest.approx(7 / 3)
    assert fit_scaler(x, rows, "none", 1, "most_frequent").fill == 3.0
    path = write(
        tmp_path / "t.csv",
        "a,b,y\n" + "".join(f"{i if i % 3 else ''},{i},{'u' if i % 2 else 'v'}\n" for i in range(40)),
    )
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(path), missing="mean"),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    check_source(sound(document), source_of(sound(document)).text, end.weights)


def test_target_and_columns_are_picked(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,b,c\n1,2,3.5\n4,5,6.5\n7,8,1.5\n")
    found = table("table_file", path, targets=("a", "c"), columns=("b",), target_kind="values")
    assert (
        found.columns == ("b",) and found.targets == ("a", "c") and found.y.tolist() == [[1, 3.5], [4, 6.5], [7, 1.5]]
    )
    assert table("table_file", path, target_kind="classes").classes == ("1.5", "3.5", "6.5")


def test_excel(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["a", "kind"])
    for row in ((1.5, "x"), (2.5, "y"), (3.5, "x")):
        book.active.append(row)
    book.create_sheet("other").append(["nothing"])
    book.save(tmp_path / "t.xlsx")
    found = table("table_file", tmp_path / "t.xlsx")
    assert found.x.tolist() == [[1.5], [2.5], [3.5]] and found.classes == ("x", "y")
    assert sentence("table_file", tmp_path / "t.xlsx", sheet="not there") == "data.no_sheet"


BAD_TABLES: dict[str, tuple[str, bytes]] = {
    "empty": ("data.empty_file", b""),
    "only a header": ("data.no_rows", b"a,b,c\n"),
    "ragged": ("data.ragged", b"a,b\n1,2\n3,4,5,6\n1,2\n"),
    "binary": ("data.no_table", bytes(range(256)) * 20),
    "one class": ("data.one_class", b"a,y\n1,x\n2,x\n3,x\n"),
    "one column": ("data.no_features", b"a\n1\n2\n3\n"),
    "all missing": ("data.nothing_left", b"a,b,y\n1,,x\n,2,y\n"),
    "infinite": ("data.infinite", b"a,y\n1,x\ninf,y\n2,x\n"),
    "infinite target": ("data.infinite", b"a,y\n1,.5\n2,inf\n3,1.5\n"),
    "beyond squares": ("data.infinite", b"a,y\n1e200,x\n1,y\n2,x\n"),
    "beyond squares, target": ("data.infinite", b"a,y\n1,1.5\n2,-1e300\n"),
    "open quote": ("data.quotes", b'a,y\n1,x\n2,"y\n3,x\n'),
    "blank lines only": ("data.empty_file", b"\n\n\n"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_gets_a_sentence(name: str, tmp_path: Path) -> None:
    key, content = BAD_TABLES[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert sentence("table_file", path) == key


def notes(found: Table) -> dict[str, dict[str, Any]]:
    return {note.key: dict(note.args) for note in found.notes}


ROWS = "".join(f'"r{k}",{k}.5,{k % 3},{"yes" if k % 2 else "no"}\n' for k in range(30))


def test_a_header_one_name_short_names_the_rows(tmp_path: Path) -> None:
    """What R's write.table writes: the row names have no column name."""
    path = write(tmp_path / "r.csv", "a,b,y\n" + ROWS)
    found = table("table_file", path)
    assert found.columns == ("a", "b") and found.targets == ("y",) and found.classes == ("no", "yes")
    assert found.x[:3].tolist() == [[0.5, 0], [1.5, 1], [2.5, 2]] and "data.row_names" in notes(found)
    spaces = write(tmp_path / "r.txt", "a b y\n".replace(" ", "\t") + ROWS.replace(",", "\t"))
    assert table("table_file", spaces).columns == ("a", "b")


def test_excel_reads_a_header_one_name_short_as_a_text_table_is_read(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["size", "price"], *([f"r{k}", k, k * 2.5] for k in range(30))):
        book.active.append(row)
    book.save(tmp_path / "short.xlsx")
    found = table("table_file", tmp_path / "short.xlsx")
    assert (
        found.columns == ("size",)
        and found.targets == ("price",)
        and found.y[:3, 0].tolist() == [0, 2.5, 5]
        and "data.row_names" in notes(found)
    )
    # A remark here and there is no column of names.
    book.active["C5"] = None
    book.save(tmp_path / "gap.xlsx")
    assert "data.row_names" not in notes(table("table_file", tmp_path / "gap.xlsx"))


def test_an_inch_mark_amid_a_cell_is_a_letter(tmp_path: Path) -> None:
    from nnstudio.catalog.sources.survey import rows_of

    text = (
        "kind,y\n" + "".join(f'pipe of {k}" pipe,{k}\n' if k == 7 else f"rod,{k}\n" for k in range(40)) + "rod,1,2,3\n"
    )
    found = table("table_file", write(tmp_path / "t.csv", text))
    assert len(found.x) == 40 and "data.longer_rows" in notes(found)
    rows = [
        (line, cells) for line, _, cells in rows_of(['a,"b\n', 'c""d\n', 'e"f,g\n', ' "h,i" ,j\n', '"","k"\n'], ",")
    ]
    assert rows == [(1, 3), (4, 2), (5, 2)]


def test_a_long_quoted_cell_is_counted_once_through() -> None:
    """Each line is looked at once: with looking back it would be 700,000 times the cell."""
    from nnstudio.catalog.sources import survey

    looked: list[int] = []

    def counted(line: str, mark: str, inside: bool) -> bool:
        looked.append(len(line))
        return real(line, mark, inside)

    real = survey._left_open
    lines = ["a,y\n", '1,"', *["text\n"] * 20_000, '"\n']
    before, survey._left_open = survey._left_open, counted
    try:
        assert [cells for _, _, cells in survey.rows_of(lines, ",")] == [2, 2]
    finally:
        survey._left_open = before
    assert sum(looked) <= sum(map(len, lines))


def test_a_first_column_without_a_name_names_the_rows(tmp_path: Path) -> None:
    found = table("table_file", write(tmp_path / "pandas.csv", ",a,b,y\n" + ROWS))
    assert found.columns == ("a", "b") and "data.row_names" in notes(found)
    # The same number twice is no name of a row.
    twice = table("table_file", write(tmp_path / "twice.csv", ",b,y\n1,2,x\n1,3,y\n2,4,x\n"))
    assert len(twice.columns) == 2 and "data.row_names" not in notes(twice)


def test_marks_at_the_end_of_every_row_are_no_column(tmp_path: Path) -> None:
    found = table("table_file", write(tmp_path / "t.csv", "a,b,y\n" + "1,2,x,\n3,4,z,\n" * 10))
    assert found.columns == ("a", "b") and found.classes == ("x", "z") and "data.row_names" not in notes(found)


def test_uneven_rows_are_said_with_their_lines(tmp_path: Path) -> None:
    rows = [f"{k},{k + 1},{'x' if k % 2 else 'z'}" for k in range(60)]
    rows[4] += ",9,9"
    rows[40] += ","
    rows[7], rows[9] = "7", "9,10"
    found = table("table_file", write(tmp_path / "t.csv", "a,b,y\n" + "\n".join(rows) + "\n"))
    said = notes(found)
    assert said["data.longer_rows"] == {"count": 2, "cells": 3, "lines": "6, 42"}
    assert said["data.shorter_rows"] == {"count": 2, "cells": 3, "lines": "9, 11"}
    assert len(found.x) == 56 and 4.0 not in found.x[:, 0] and 41.0 in found.x[:, 0]
    assert "data.longer_rows" not in notes(
        table("table_file", write(tmp_path / "even.csv", "a,b,y\n" + "\n".join(rows[10:40]) + "\n"))
    )


def test_quoted_marks_and_line_ends_are_no_uneven_rows(tmp_path: Path) -> None:
    found = table("table_file", write(tmp_path / "t.csv", 'a,"b, or c",y\n' + '1,"2",x\n3,"4","z, or\n z"\n' * 10))
    assert (
        found.columns == ("a", "b, or c")
        and found.classes == ("x", "z, or\n z")
        and len(found.x) == 20
        and not found.notes
    )


def test_too_many_cells_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 10_000)
    assert (
        sentence("table_file", write(tmp_path / "commas.csv", "a" + "," * 999 + "\n" + ("," * 999 + "\n") * 50))
        == "data.cells"
    )
    # Short rows are filled up.
    assert (
        sentence(
            "table_file", write(tmp_path / "short.csv", ",".join(f"c{i}" for i in range(500)) + "\n" + "1,2\n" * 100)
        )
        == "data.cells"
    )


@pytest.mark.parametrize(("cell", "key"), [("XFD1048576", "data.columns"), ("ALL1048576", "data.cells"), ("B90", "")])
def test_a_lone_cell_far_away_makes_no_table_of_billions(cell: str, key: str, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["a", "y"], [1, "x"], [2, "z"], [3, "x"]):
        book.active.append(row)
    book.active[cell] = "x"
    path = tmp_path / "corner.xlsx"
    book.save(path)
    begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if key:
        assert sentence("table_file", path) == key
    else:
        assert len(table("table_file", path).x) == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun < 300_000


def test_other_bad_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "t.csv", "a,b,y\n1,2,x\n3,4,z\n")
    assert sentence("table_file", tmp_path / "gone.csv") == "data.moved"
    assert sentence("table_file", tmp_path) == "data.is_folder"
    assert sentence("table_file", path, columns=("q",)) == "data.no_column"
    assert sentence("table_file", path, targets=("y",), target_kind="values") == "data.text_target"
    assert sentence("table_file", write(tmp_path / "t.xls", "old")) == "data.old_excel"
    assert sentence("table_file", write(tmp_path / "t.xlsx", "no zip")) == "data.broken_excel"
    assert (
        sentence("table_file", write(tmp_path / "gbk.csv", "身高,y\n1,男\n2,女\n", "gbk"), encoding="utf-8")
        == "data.encoding"
    )
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    assert sentence("table_file", write(tmp_path / "large.csv", "a,y\n" + "1,x\n" * 50)) == "data.large_file"


def test_two_hundred_thousand_columns_are_refused_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "wide.csv",
        ",".join(f"c{i}" for i in range(200_000)) + "\n" + ",".join("1" for _ in range(200_000)) + "\n",
    )
    begun = time.perf_counter()
    assert sentence("table_file", path) == "data.columns"
    assert sentence("table_file", write(tmp_path / "no_end.csv", "1," * 3_000_000)) == "data.columns"
    assert time.perf_counter() - begun < 20


def test_an_excel_bomb_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet.xml", b"0" * 5_000_000)
    monkeypatch.setattr(excel, "MAX_EXCEL_BYTES", 1_000_000)
    assert sentence("table_file", tmp_path / "bomb.xlsx") == "data.bomb"


def test_reading_can_be_watched_and_stopped(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", "a,b,y\n" + "1.25,2.5,x\n3.5,4.5,z\n" * 400_000)
    entry = family("datasets")["table_file"]
    chosen = Choice("table_file", complete(entry.fields, Params(path=str(path)), CATALOG))
    caught: list[str] = []

    def read() -> None:
        try:
            table_of(chosen)
        except StudioError as error:
            caught.append(error.message.key)

    thread = threading.Thread(target=read)
    thread.start()
    shares = []
    while thread.is_alive():
        if LOADING.share:
            shares.append(LOADING.share)
            if LOADING.share > 0.1:
                assert LOADING.name == "long.csv"
                LOADING.cancel()
        time.sleep(0.001)
    thread.join()
    assert caught == ["data.cancelled"] and max(shares) < 1.0 and LOADING.share is None
    with pytest.raises(StudioError):
        table_of(chosen)  # It stays stopped until it is asked for again.
    again(chosen)
    assert len(table_of(chosen).x) == 800_000


# -- a moved file, a changed file, a copy in the project ---------------------------------------------------


def test_a_moved_file_is_found_beside_the_project_and_a_changed_one_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,y\n1,x\n2,z\n")
    mark = fingerprint(path)
    (tmp_path / "new").mkdir()
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(path), fingerprint=mark),
        loss=choice("cross_entropy"),
    )
    moved = path.rename(tmp_path / "new" / "t.csv")
    problem = next(p for p in lower(document).errors if p.what.key == "data.unreadable.what")
    assert "not there any more" in problem.why.render() and "已不在原处" in problem.why.render("zh")
    look_beside(tmp_path / "new" / "project.nns", {})
    try:
        assert lower(document).program is not None
        write(moved, "a,y\n1,x\n2,z\n3,x\n")
        again(document.by_id["data"].params["dataset"])
        notes = [p for p in lower(document).problems if p.severity == "note"]
        assert notes and "changed" in notes[0].what.render()
    finally:
        files.SEARCH.clear()


def test_a_copy_travels_with_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *a, **k: str(tmp_path / "cache"))
    path = write(tmp_path / "t.csv", "a,y\n1,x\n2,z\n")
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(path), fingerprint=fingerprint(path), keep_copy=True),
        loss=choice("cross_entropy"),
    )
    project = tmp_path / "far" / "p.nns"
    project.parent.mkdir()
    storage.save(project, document, Parts({}, {}, {}, copies_of(document)))
    path.unlink()
    back, parts = storage.load(project)
    look_beside(project, parts.data)
    try:
        again(back.by_id["data"].params["dataset"])
        assert back == document and lower(back).program is not None
    finally:
        files.SEARCH.clear()


# -- IDX and NumPy -------------------------------------------------------------------------------------------


def idx(array: np.ndarray) -> bytes:
    return (
        b"\0\0\x08"
        + bytes([array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.astype(np.uint8).tobytes()
    )


def idx_pair(folder: Path, count: int = 60, side: int = 28, packed: bool = True) -> Path:
    draw = np.random.default_rng(0)
    labels = np.arange(count) % 10
    pictures = draw.integers(0, 40, (count, side, side))
    for i, label in enumerate(labels):
        pictures[i, 2 * label : 2 * label + 4, :] = 230
    folder.mkdir(exist_ok=True)
    pack = gzip.compress if packed else bytes
    ending = ".gz" if packed else ""
    (folder / f"train-labels-idx1-ubyte{ending}").write_bytes(pack(idx(labels)))
    path = folder / f"train-images-idx3-ubyte{ending}"
    path.write_bytes(pack(idx(pictures)))
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_idx_pictures_find_their_labels_and_train(tmp_path: Path, packed: bool) -> None:
    path = idx_pair(tmp_path, packed=packed)
    found = table("idx_file", path)
    assert found.x.shape == (60, 784) and found.x.dtype == np.uint8 and len(found.classes) == 10
    assert table("idx_file", path, form="images").x.shape == (60, 1, 28, 28)
    document = chain(
        ("linear", "h", {"units": 16, "activation": choice("relu")}),
        ("linear", "o", {"units": 10}),
        data=choice("idx_file", path=str(path)),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        epochs=20,
    )
    program = sound(document)
    end, _ = finish(Trainer(program, device="cpu"))
    assert end.report["final"]["train_accuracy"] == 1.0
    check_source(program, source_of(program).text, end.weights)


BAD_IDX: dict[str, tuple[str, bytes]] = {
    "truncated": ("data.truncated", idx(np.zeros((10, 4, 4)))[:-5]),
    "truncated header": ("data.truncated", b"\0\0\x08\x03\0\0"),
    "truncated gzip": ("data.truncated", gzip.compress(idx(np.arange(4000).reshape(10, 20, 20) % 251))[:-20]),
    "overlong": ("data.overlong", idx(np.zeros((10, 4, 4))) + b"xx"),
    "floats": ("data.idx_type", b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0"),
    "something else": ("data.no_idx", b"PNG or so"),
    "absurd size": ("data.large_array", b"\0\0\x08\x03" + b"\xff" * 12),
    # A gzip bomb: a header that says little, and gigabytes of zeros behind it.
    "gzip bomb": ("data.overlong", gzip.compress(b"\0\0\x08\x01\0\0\0\x04abcd" + b"\0" * 50_000_000)),
    "gzip bomb without a header": ("data.no_idx", gzip.compress(b"\0" * 50_000_000)),
}


@pytest.mark.parametrize("name", BAD_IDX)
def test_a_bad_idx_file_gets_a_sentence(name: str, tmp_path: Path) -> None:
    key, content = BAD_IDX[name]
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(StudioError) as caught:
        read_idx(path)
    assert caught.value.message.key == key and "images-idx3" in caught.value.message.render()


def test_idx_without_labels_or_with_too_few(tmp_path: Path) -> None:
    path = idx_pair(tmp_path, packed=False)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(30) % 3))
    assert sentence("idx_file", path) == "data.rows_differ"
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    assert sentence("idx_file", path, form="images") == "data.no_labels"
    assert sentence("idx_file", path, labels=str(path)) == "data.idx_order"


def test_npz_of_every_form(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name, x, shape, axes in (
        ("rows", draw.random((12, 5)), (12, 5), ""),
        ("steps", draw.random((12, 6, 2)), (12, 6, 2), "TD"),
        ("grey", draw.integers(0, 9, (12, 8, 8)).astype(np.uint8), (12, 1, 8, 8), "CHW"),
        ("rgb", draw.integers(0, 9, (12, 8, 8, 3)).astype(np.uint8), (12, 3, 8, 8), "CHW"),
    ):
        np.savez(tmp_path / f"{name}.npz", x=x, y=np.arange(12) % 3)
        found = table("npz_file", tmp_path / f"{name}.npz")
        assert found.x.shape == shape and found.axes == axes and len(found.classes) == 3
    np.savez(tmp_path / "values.npz", data=draw.random((12, 2)), target=draw.random((12, 2)))
    assert table("npz_file", tmp_path / "values.npz").targets == ("t1", "t2")


def test_bad_npz(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 2)), y=np.array([1, 2]))
    assert sentence("npz_file", path) == "data.rows_differ"
    assert sentence("npz_file", path, samples="q") == "data.no_array"
    np.savez(path, x=np.array([{"a": 1}], dtype=object), y=np.zeros(1))
    assert sentence("npz_file", path, target_kind="values") == "data.npz_type"
    for x, y, key in (
        (np.zeros((0, 2)), np.zeros(0), "data.no_rows"),
        (np.zeros((3, 2)), np.zeros((3, 0)), "data.no_rows"),
        (np.zeros((3, 2)), np.array([0, 1, np.nan]), "data.infinite"),
        (np.full((3, 2), 1e200), np.arange(3), "data.infinite"),
        (np.zeros((3, 2)), np.array([0.5, np.inf, 1]), "data.infinite"),
        (np.full((3, 2), np.longdouble("1e4000")), np.arange(3), "data.infinite"),
    ):
        np.savez(path, x=x, y=y)
        assert (
            sentence("npz_file", path, target_kind="classes" if np.isnan(y).any() else "auto", samples="x", target="y")
            == key
        )
        path.unlink()
    path.write_bytes(b"no zip at all")
    assert sentence("npz_file", path, target_kind="classes") == "data.broken_npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    assert sentence("npz_file", path, samples="x") == "data.large_array"


# -- pictures --------------------------------------------------------------------------------------------------


def picture(path: Path, colour: Any, size: tuple[int, int] = (20, 12), **options: Any) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB" if isinstance(colour, tuple) else "L", size, colour).save(path, **options)


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for i in range(3):
        picture(tmp_path / "红" / f"{i}.png", (200, 10, 10))
        picture(tmp_path / "blue" / f"{i}.jpg", (10, 10, 200))
    found = table("image_folder", tmp_path, size=8, colour="colour")
    assert found.x.shape == (6, 3, 8, 8) and found.x.dtype == np.uint8 and set(found.classes) == {"红", "blue"}
    red = found.x[found.y == found.classes.index("红")]
    assert red[:, 0].mean() > 150 > red[:, 2].mean()
    assert table("image_folder", tmp_path, size=8).x.shape == (6, 1, 8, 8)


def test_bad_folders_and_pictures(tmp_path: Path) -> None:
    assert sentence("image_folder", tmp_path) == "data.no_classes"
    picture(tmp_path / "a" / "1.png", 5)
    assert sentence("image_folder", tmp_path, size=9) == "data.no_classes"
    picture(tmp_path / "b" / "1.png", 5)
    (tmp_path / "b" / "broken.png").write_bytes(b"\x89PNG nothing more")
    picture(tmp_path / "b" / "huge.png", 0, (10_000, 10_000))
    found = table("image_folder", tmp_path, size=8)
    assert (
        len(found.x) == 2
        and "2 pictures are left out" in found.notes[0].render()
        and "broken.png" in found.notes[0].render()
    )
    (tmp_path / "b" / "1.png").unlink()
    (tmp_path / "b" / "broken.png").unlink()
    assert sentence("image_folder", tmp_path, size=10) == "data.huge_picture"
    assert sentence("image_folder", write(tmp_path / "file.txt", "x")) == "data.no_folder"


def test_arrays_count_as_what_they_become(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes or no takes one byte in the file and eight in memory."""
    from nnstudio.catalog.sources import arrays

    np.savez_compressed(tmp_path / "bools.npz", x=np.zeros((500, 40), dtype=bool), y=np.arange(500) % 2)
    np.savez_compressed(
        tmp_path / "bytes.npz", x=np.zeros((500, 40), dtype=np.uint8), y=(np.arange(500) % 2).astype(np.uint8)
    )
    monkeypatch.setattr(arrays, "MAX_NUMBERS", 100_000)
    monkeypatch.setattr(arrays, "MAX_ARRAY", 100_000)
    assert sentence("npz_file", tmp_path / "bools.npz") == "data.large_array"
    assert table("npz_file", tmp_path / "bytes.npz").x.shape == (500, 40)
    # Four arrays that each fit.
    np.savez_compressed(
        tmp_path / "many.npz", **{name: np.zeros((500, 20)) for name in ("x", "a", "b")}, y=np.arange(500) % 2
    )
    assert sentence("npz_file", tmp_path / "many.npz") == "data.large_array"


@pytest.mark.parametrize(
    "head",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,",
        b"{'descr': '<f8', 'shape': (-3,), 'fortran_order': False}",
        b"{'descr': 3}",
        b"\xff\xfe",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (10**9, 10**9)}",
        b"__import__('os')",
        b"[1] * 3",
        b"(",
    ],
)
def test_a_broken_header_of_an_array_gets_a_sentence(head: bytes, tmp_path: Path) -> None:
    packed = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + b"\0" * 24
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", packed)
        archive.writestr("y.npy", packed)
    assert sentence("npz_file", tmp_path / "a.npz") in ("data.broken_npz", "data.large_array")


def test_a_wish_to_stop_does_not_wait_for_the_next_file(tmp_path: Path) -> None:
    """A window that closed asked for it while nothing was read; the next preview was refused."""
    LOADING.cancel()
    read = tables.read_table(write(tmp_path / "t.csv", "a,y\n1,x\n2,z\n"), Manner(), 5)
    assert len(read.frame) == 2


def test_texts_that_are_of_no_use_are_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of ever new texts is marked, piece by piece; what is missing stays missing, other columns as they
    are.
    """
    from nnstudio.catalog.sources import many_texts, planned, tables, taking

    for module in (many_texts, planned, taking):
        monkeypatch.setattr(module, "MOST", 500)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 100)
    rows = [
        f"{i % 9},{'' if i % 50 == 3 else f'name{i:05}'},{'red' if i % 3 else 'blue'},{'ab'[i % 2]}"
        for i in range(2000)
    ]
    path = tmp_path / "t.csv"
    path.write_text("n,name,colour,y\n" + "\n".join(rows), encoding="utf-8")
    read = tables.read_table(path, Manner())
    assert read.crowded == {"name"}
    cells = read.frame["name"]
    assert (
        set(cells.dropna()) == {"…"}
        and int(cells.isna().sum()) == 40
        and len({id(cell) for cell in cells.dropna()}) == 1
    )
    assert read.frame["colour"].tolist()[:3] == ["blue", "red", "red"] and read.frame["n"].tolist()[:10] == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        0,
    ]

    def made(*targets: str) -> Table:
        return table_of(
            Choice(
                "table_file",
                complete(
                    family("datasets")["table_file"].fields, Params({"path": str(path), "targets": targets}), CATALOG
                ),
            )
        )

    table = made("y")
    assert table.columns == ("n", "colour = blue", "colour = red") and any(
        "name holds more than 500" in note.render() for note in table.notes
    )
    with pytest.raises(StudioError) as refused:
        made("name")
    assert refused.value.message.key == "data.too_many_classes"


# -- what real files look like -----------------------------------------------------------------------


def test_a_program_writes_numbers_for_names(tmp_path: Path) -> None:
    """``DataFrame.to_csv`` of a frame without names, with and without its index."""
    import pandas as pd

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)).round(4))
    for index, names in ((False, ("0", "1")), (True, ("0", "1"))):
        path = tmp_path / f"frame{index}.csv"
        frame.to_csv(path, index=index)
        found = table("table_file", path)
        assert len(found.x) == 20 and found.columns == names
        np.testing.assert_allclose(found.x, frame.to_numpy()[:, :2])
    years = write(
        tmp_path / "years.csv", "place,2019,2020,2021\n" + "".join(f"p{i},{i},{i + 1},{2.5 * i}\n" for i in range(9))
    )
    assert table("table_file", years).columns[-2:] == ("2019", "2020")
    # Rows of data that happen to count up are none.
    for number, text in enumerate(
        (
            "".join(f"{i},{i + 1},{i + 2}\n" for i in range(1, 13)),
            "3,4\n7,9\n" * 6,
            "p1,1,2,3\np2,5,9,1\n" * 6,
            "0,1\n1,1\n1,0\n" * 4,
        )
    ):
        rows = write(tmp_path / f"rows{number}.csv", text)
        assert describe(rows, Manner()).header == "no" and len(table("table_file", rows).x) == 12


def test_numbers_as_people_write_them(tmp_path: Path) -> None:
    rows = "".join(f'"{1000 * i + 234:,}.50";{i + 0.5}%;€{i}.60;({i}.25);{i}\n' for i in range(1, 60))
    path = write(tmp_path / "money.csv", "price;share;cost;loss;y\n" + rows)
    found = table("table_file", path)
    i = np.arange(1, 60)
    np.testing.assert_allclose(found.x, np.stack([1000 * i + 234.5, (i + 0.5) / 100, i + 0.6, -(i + 0.25)], axis=1))
    assert [note.key for note in found.notes].count("data.numbers_said") == 4


def test_a_word_among_a_thousand_numbers_is_one_missing_value(tmp_path: Path) -> None:
    rows = "".join(f"{'error' if i == 500 else i / 7:},{i % 3},{i}\n" for i in range(1000))
    path = write(tmp_path / "errors.csv", "a,b,y\n" + rows)
    found = table("table_file", path)
    assert found.columns == ("a", "b") and len(found.x) == 999
    notes = {note.key: note for note in found.notes}
    assert notes["data.no_numbers"].args == {"column": "a", "count": 1, "text": "error", "row": 501}
    assert notes["data.dropped"].args["count"] == 1
    assert len(table("table_file", path, missing="mean").x) == 1000


@pytest.mark.parametrize("cells", [("007", "012", "A1"), ("1", "2", "unknown"), ("12:30", "13:45", "9:00")])
def test_names_of_kinds_stay_texts(cells: tuple[str, ...], tmp_path: Path) -> None:
    rows = "".join(f"{cells[2] if i % 50 == 0 else cells[i % 2]},{i}\n" for i in range(200))
    found = table("table_file", write(tmp_path / "kinds.csv", "kind,y\n" + rows))
    assert found.recipe[0].categories == tuple(sorted(cells))


def test_a_category_is_the_same_in_every_piece_of_a_long_file(tmp_path: Path) -> None:
    """Twenty thousand rows are read at once: in the first every cell is a number, in the second one is not."""
    kinds = ["01"] * 20_000 + ["01", "B2"] * 500
    path = write(tmp_path / "long.csv", "kind,y\n" + "".join(f"{kind},{i}\n" for i, kind in enumerate(kinds)))
    found = table("table_file", path)
    assert found.recipe[0].categories == ("01", "B2")
    assert found.x[:, 0].sum() == kinds.count("01")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Größe,Länge\nschön,1\nüber,2\nfrüh,3\n", "latin-1"),
        ("prénom,âge\nHélène,3\nÉtienne,4\nZoë,5\n", "latin-1"),
        ("名字,年龄\n张三,20\n李四,30\n王五,40\n", "gb18030"),
        ("城市,气温\n北京,20\n上海,30\n深圳,31\n", "gb18030"),
    ],
)
def test_letters_with_accents_are_no_chinese(text: str, encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path / "letters.csv", text, encoding)
    assert describe(path, Manner()).encoding == encoding
    assert table("table_file", path).columns[0].split(" = ")[0] == text.split(",")[0]


def save_picture(path: Path, image: Any, **more: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **more)


@pytest.mark.parametrize("ending", ["png", "gif", "webp", "tiff", "bmp", "ppm"])
def test_pictures_of_every_usual_format(ending: str, tmp_path: Path) -> None:
    from PIL import Image

    for name, grey in (("dark", 40), ("light", 210)):
        for i in range(3):
            save_picture(
                tmp_path / name / f"{i}.{ending}",
                Image.new("RGB", (9, 9), (grey, grey, grey)),
                **({"lossless": True} if ending == "webp" else {}),
            )
    found = table("image_folder", tmp_path, size=8)
    assert len(found.x) == 6 and set(np.unique(found.x)) == {40, 210} and not found.notes


def test_deep_turned_and_transparent_pictures(tmp_path: Path) -> None:
    from PIL import Image

    deep = np.full((8, 8), 1000, dtype=np.uint16)
    deep[:, 4:] = 60_000
    save_picture(tmp_path / "a" / "deep.png", Image.fromarray(deep))
    # Dark in all of it, and as dark beside the others.
    save_picture(tmp_path / "c" / "dark.png", Image.fromarray(np.full((8, 8), 200, dtype=np.uint16)))
    turned = Image.new("L", (8, 8), 0)
    turned.paste(255, (0, 0, 8, 4))  # light above
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: shown, the light is at the right
    save_picture(tmp_path / "a" / "turned.png", turned, exif=exif)
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    save_picture(tmp_path / "b" / "clear.png", clear)
    (tmp_path / "b" / "notes.docx").write_bytes(b"x")
    (tmp_path / "b" / "Thumbs.db").write_bytes(b"x")
    found = table("image_folder", tmp_path, size=8)
    first, second, third, fourth = found.x[:, 0]
    assert (fourth == round(200 / 257)).all()
    assert first[0, 0] == round(1000 / 257) and first[0, 7] == round(60_000 / 257)
    assert (second[:, 4:] == 255).all() and (second[:, :4] == 0).all()
    assert (third == 255).all()
    assert {note.key: note.args.get("count") for note in found.notes} == {
        "data.other_files": 1,
        "data.transparent": 1,
        "data.deep_pictures": 2,
    }
