"""The page of a table's columns, with mouse and keys: roles, kinds, treatments, parts, and what becomes of the rows."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QSpinBox

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.sources.sheets import sheets_of
from nnstudio.document.fields import complete
from nnstudio.document.values import Document, Params
from nnstudio.session.column_page import with_role
from nnstudio.session.examples import load_example
from nnstudio.ui.data.column_table import FOUND, KIND, ROLE, TREATMENT
from nnstudio.ui.data.columns_page import ColumnsPage
from tests.e2e.hand import Hand, open_window
from tests.ui.test_own_data import dialogs, pick, settled

pytestmark = pytest.mark.usefixtures("qtbot")
FIELDS = family("datasets")["table_file"].fields
DATA = complete(node_kinds()["data"].fields, Params(), CATALOG).without("dataset")


def flats(folder: Path, rows: int = 400) -> Path:
    draw = np.random.default_rng(3)
    lines = ["id,area,sold,finish,floor,price_m2,note,price"]
    for row in range(rows):
        area, day = draw.uniform(12, 400), f"202{3 + row % 3}-{row % 12 + 1:02d}-{row % 28 + 1:02d}"
        price = area * draw.uniform(8, 60)
        floor = "" if row % 40 == 7 else str(int(draw.integers(1, 30)))
        cells = (f"{row + 1}", f"{area:.1f}", day, ("plain", "good", "luxury")[row % 3], floor, "7")
        lines.append(",".join((*cells, "" if row % 2 else f"n{row}", "" if row % 100 == 5 else f"{price:.2f}")))
    folder.mkdir(exist_ok=True)
    path = folder / "flats.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def page_of(hand: Hand, path: Path, **params: object) -> ColumnsPage:
    page = ColumnsPage(
        path, FIELDS, complete(FIELDS, Params(path=str(path), **params), CATALOG), DATA, node_kinds()["data"].fields
    )
    page.show()
    settled(hand, page)
    return page


def cell(page: ColumnsPage, name: str, column: int) -> str:
    row = next(row for row, one in enumerate(page.model.judged) if one.name == name)
    return str(page.model.index(row, column).data())


def row_of(page: ColumnsPage, name: str) -> int:
    return next(row for row, one in enumerate(page.model.judged) if one.name == name)


def test_what_teaches_nothing_is_left_out_and_everything_is_counted(tmp_path: Path) -> None:
    with open_window(Document()) as hand:
        page = page_of(hand, flats(tmp_path))
        assert [cell(page, name, ROLE) for name in ("id", "area", "sold", "price_m2", "note", "price")] == [
            "id",
            "input",
            "input",
            "ignore",
            "ignore",
            "target",
        ]
        assert cell(page, "sold", TREATMENT) == "year, month"
        assert cell(page, "floor", TREATMENT) == "standard, 10 rows left out"
        assert cell(page, "floor", FOUND).endswith("10 missing")
        texts = [f"{number} {what}" for number, what, _ in page.beside.counts.lines]
        assert texts == [
            "386 rows are used",
            "4 rows left out: no value in price",
            "10 rows left out: empty cell in floor",
            "4 columns go in as 7 numbers",
            "3 columns stay out: id, price_m2, note",
        ]
        assert sum(page.parts.parts) == 386 and page.parts.parts[1] == 77
        assert "7 → " in page.beside.counts.suggestion.text()
        warnings = page.model.judged[row_of(page, "price_m2")].warnings
        assert [warning.key for warning in warnings] == ["column.constant"]
        page.close()


def test_roles_kinds_and_treatments_by_the_mouse(tmp_path: Path) -> None:
    with open_window(Document()) as hand:
        page = page_of(hand, flats(tmp_path))
        pick(hand, page, row_of(page, "sold"), ROLE, "order")
        assert page.data()["split"] == "ordered" and page.params()["order"] == "sold"
        assert cell(page, "sold", TREATMENT) == "the newest are held aside" and page.outcome.features == 5
        pick(hand, page, row_of(page, "sold"), TREATMENT, "learn from it as well")
        assert cell(page, "sold", TREATMENT) == "year, month" and page.outcome.features == 7
        pick(hand, page, row_of(page, "sold"), TREATMENT, "weekday")
        assert cell(page, "sold", TREATMENT) == "year, month, weekday" and page.outcome.features == 8
        pick(hand, page, row_of(page, "finish"), KIND, "ordered")
        assert cell(page, "finish", TREATMENT) == "0, 1, 2" and page.outcome.features == 6
        pick(hand, page, row_of(page, "area"), TREATMENT, "logarithm")
        assert cell(page, "area", TREATMENT) == "logarithm, standard"
        pick(hand, page, row_of(page, "area"), ROLE, "target")
        assert cell(page, "price", ROLE) == "input" and page.params()["targets"] == ("area",)
        pick(hand, page, row_of(page, "finish"), ROLE, "group")
        assert page.data()["split"] == "grouped" and cell(page, "finish", TREATMENT) == "no group in two parts"
        page.close()


def test_a_kind_stays_chosen_whatever_was_chosen_before(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text("grade,x,y\n" + "\n".join(f"{n % 4},{n * 1.5},{n}.25" for n in range(60)))
    with open_window(Document()) as hand:
        page = page_of(hand, path)
        for kind in ("ordered", "category", "category", "number", "category"):
            pick(hand, page, row_of(page, "grade"), KIND, kind)
            assert cell(page, "grade", KIND) == kind
        assert page.outcome.features == 5
        page.close()


def test_a_page_by_the_keyboard(tmp_path: Path) -> None:
    with open_window(Document()) as hand:
        page = page_of(hand, flats(tmp_path))
        page.table.setFocus()
        page.table.setCurrentIndex(page.model.index(row_of(page, "area"), ROLE))
        QTest.keyClick(page.table, Qt.Key.Key_Space)
        hand.wait(lambda: QApplication.activePopupWidget() is not None)
        menu = QApplication.activePopupWidget()
        for _ in range(8):
            if menu.activeAction() is not None and menu.activeAction().text() == "ignore":
                break
            QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        settled(hand, page)
        assert cell(page, "area", ROLE) == "ignore"
        assert page.beside.chosen.head.text() == "area"
        page.close()


def test_shares_and_the_way_the_file_is_written(tmp_path: Path) -> None:
    with open_window(Document()) as hand:
        page = page_of(hand, flats(tmp_path))
        page.tabs.setCurrentIndex(1)
        test = page.rows.editors["test"]
        assert isinstance(test, QSpinBox)
        test.setFocus()
        test.selectAll()
        QTest.keyClicks(test, "25")
        QTest.keyClick(test, Qt.Key.Key_Tab)
        settled(hand, page)
        assert page.data()["test"] == 0.25 and page.parts.parts[2] == 96
        missing = page.rows.editors["missing"]
        assert isinstance(missing, QComboBox)
        missing.setCurrentIndex(missing.findData("mean"))
        missing.activated.emit(missing.currentIndex())
        settled(hand, page)
        assert page.outcome.used == 396 and cell(page, "floor", TREATMENT) == "standard, the mean fills 10"
        box = page.rows.editors["delimiter"]
        assert isinstance(box, QComboBox) and box.currentText() == "found out: comma"
        box.setCurrentIndex(box.findData(";"))
        box.activated.emit(box.currentIndex())
        settled(hand, page)
        assert not page.use.isEnabled() and page.beside.counts.lines[0][2] == "bad"
        page.close()


def test_all_rows_are_judged_not_the_first_alone(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("code,x,y\n" + "".join(f"{n if n < 5000 else 'k'},{n % 7}.5,{n}.25\n" for n in range(6000)))
    with open_window(Document()) as hand:
        page = page_of(hand, path)
        assert page.found is not None and page.found.whole
        assert cell(page, "code", KIND) == "text" and cell(page, "code", ROLE) == "ignore"
        page.close()


def test_a_page_that_was_taken_can_be_opened_again(tmp_path: Path) -> None:
    with open_window(load_example("iris")) as hand:

        def first(page: ColumnsPage) -> None:
            settled(hand, page)
            pick(hand, page, row_of(page, "sold"), ROLE, "order")
            QTest.keyClick(page, Qt.Key.Key_Return)

        dialogs(hand, first)
        assert hand.window.bench.own_data.take(flats(tmp_path))
        data = next(node for node in hand.session.document.nodes if node.kind == "data")
        assert data.params["split"] == "ordered" and data.params["dataset"].params["order"] == "sold"
        hand.keys(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        hand.keys(hand.window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        hand.wait(lambda: hand.session.meaning.preview is not None)
        seen: list[str] = []

        def again(page: ColumnsPage) -> None:
            settled(hand, page)
            seen.append(cell(page, "sold", ROLE))
            pick(hand, page, row_of(page, "area"), TREATMENT, "logarithm")
            QTest.mouseClick(page.use, Qt.MouseButton.LeftButton)

        dialogs(hand, again)
        hand.window.actions_["columns"].trigger()
        assert seen == ["order"]
        hand.wait(
            lambda: (
                hand.session.document.by_id["data"].params["dataset"].params.get("treatments")
                == (Params(name="area", treat="log"),)
            )
        )


def test_a_copied_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *a, **k: str(tmp_path / "data"))
    with open_window(Document()) as hand:
        QApplication.clipboard().setText("just words")
        hand.window.actions_["copied_table"].trigger()
        assert "No table was copied" in hand.window.bench.parts.toast.text()
        text = "size\tprice\n" + "".join(f"{n},5\t{3 * n}\n" for n in range(40))
        QApplication.clipboard().setText(text)
        dialogs(hand, lambda page: (settled(hand, page), QTest.mouseClick(page.use, Qt.MouseButton.LeftButton)))
        hand.window.actions_["copied_table"].trigger()
        hand.wait(lambda: hand.session.meaning.preview is not None and hand.session.meaning.preview.total == 40)
        assert hand.session.meaning.preview.raw[3, 0] == 3.5
    with open_window(Document()) as hand:
        hand.window.actions_["columns"].trigger()
        assert "no table of your own" in hand.window.bench.parts.toast.text()


def test_roles_exclude_each_other() -> None:
    names = ("a", "b", "c", "d")
    params = complete(FIELDS, Params(path="x"), CATALOG)
    group = with_role(params, names, "b", "group")
    assert group["group"] == "b" and group["targets"] == ("d",) and group["columns"] == ()
    other = with_role(group, names, "a", "group")
    assert other["group"] == "a" and other["columns"] == ("c",)
    back = with_role(other, names, "b", "input")
    assert back["columns"] == ()
    assert with_role(back, names, "c", "target")["targets"] == ("c",)


def test_pictures_texts_and_an_embedded_category_are_inputs_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    lines = ["photo,size,review,city,label"]
    for row in range(60):
        if row != 7:
            Image.new("RGB", (9, 9), (4 * row, 0, 90)).save(tmp_path / "img" / f"{row}.png")
        words = f"the {row}th thing was {'good' if row % 2 else 'bad'} and so on"
        lines.append(f"img/{row}.png,{row * 7 % 11},{words},{('oslo', 'rome', 'york')[row % 3]},{row % 2}")
    path = tmp_path / "shop.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with open_window(Document()) as hand:
        page = page_of(hand, path)
        kinds = [cell(page, name, KIND) for name in ("photo", "size", "review", "city")]
        assert kinds == ["picture", "number", "text", "category"]
        assert cell(page, "photo", TREATMENT) == "32 × 32, colour" and cell(page, "review", ROLE) in ("ignore", "id")
        pick(hand, page, row_of(page, "photo"), TREATMENT, "grey")
        pick(hand, page, row_of(page, "review"), ROLE, "input")
        assert cell(page, "review", TREATMENT) == "32 words"
        pick(hand, page, row_of(page, "review"), TREATMENT, "characters")
        pick(hand, page, row_of(page, "city"), TREATMENT, "embedding, an input of its own")
        shown = [cell(page, name, TREATMENT) for name in ("photo", "size", "review", "city")]
        assert shown == ["32 × 32, grey", "standard", "32 characters", "embedding of 3"]
        said = [f"{number} {what}" for number, what, _ in page.beside.counts.lines]
        assert said[0] == "59 rows are used" and said[1].startswith("1 rows left out: the picture that photo names")
        assert said[2:4] == ["1 columns go in as 1 number", "3 inputs of their own: photo, review, city"]
        assert "a part for each input" in page.beside.counts.suggestion.text()
        page.tabs.setCurrentIndex(2)
        table = page.goes_in.table
        first = {table.item(row, 0).text(): table.item(row, 2).text() for row in range(table.rowCount())}
        assert first["photo"] == "img/0.png → 32 × 32 pixels" and first["city"] == "oslo → 0"
        assert len(first["review"].split(" → ")[1].split()) == 12 and set(first) == {"size", "photo", "review", "city"}
        page.close()


def test_the_sheet_is_chosen_from_those_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"a": range(30), "b": range(30)}).to_excel(book, sheet_name="First & foremost", index=False)
        pd.DataFrame({"c": range(40), "d": range(40)}).to_excel(book, sheet_name="数据", index=False)
    with open_window(Document()) as hand:
        page = page_of(hand, path)
        box = page.rows.editors["sheet"]
        assert [box.itemData(n) for n in range(box.count())] == ["", "First & foremost", "数据"]
        page.tabs.setCurrentIndex(1)
        box.setCurrentIndex(2)
        box.activated.emit(2)
        settled(hand, page)
        assert page.params()["sheet"] == "数据" and page.found is not None and page.found.names == ("c", "d")
        page.close()
        one = page_of(hand, flats(tmp_path))
        assert one.rows.editors["sheet"].count() == 1 and one.rows.editors["sheet"].isHidden()
        one.close()
    store = tmp_path / "s.sqlite"
    with contextlib.closing(sqlite3.connect(store)) as made:
        for name in ("people", "houses"):
            made.execute(f"CREATE TABLE {name} (x REAL, y REAL)")
            made.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(n, n) for n in range(25)])
        made.commit()
    assert sheets_of(store) == ("people", "houses") and sheets_of(path) == ("First & foremost", "数据")
    assert sheets_of(tmp_path / "flats.csv") == () and sheets_of(tmp_path / "none.xlsx") == ()


def test_a_second_file_is_the_test_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = flats(tmp_path), flats(tmp_path / "later", 50)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    with open_window(Document()) as hand:
        page = page_of(hand, first)
        page.tabs.setCurrentIndex(1)
        box = page.rows.editors["test_file"]
        assert [box.itemText(n) for n in range(box.count())] == ["none", "choose a file …"]
        box.setCurrentIndex(1)
        box.activated.emit(1)
        settled(hand, page)
        assert box.currentText() == "flats.csv" and page.data()["split"] == "given"
        assert cell(page, "(file)", ROLE) == "part" and page.parts.parts[2] == 47
        assert "50 samples of flats.csv are the test part." in page.rows.notes.toPlainText()
        # Another dialog that is left changes nothing.
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
        box.activated.emit(2)
        assert box.currentText() == "flats.csv" and page.params()["test_file"] == str(other)
        box.activated.emit(0)
        settled(hand, page)
        assert page.params()["test_file"] == "" and page.data()["split"] == "stratified"
        assert page.parts.parts[2] == 0 and "(file)" not in page.found.names
        other.unlink()
        page._said("test_file", str(other))
        hand.wait(lambda: not page.busy)
        assert "flats.csv" in page.about.text() and not page.use.isEnabled()
        page.close()


def test_arrays_are_looked_at_column_by_column(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    np.savez(
        tmp_path / "a.npz",
        x_train=draw.normal(size=(60, 3)),
        y_train=draw.integers(0, 2, 60),
        x_test=draw.normal(size=(20, 3)),
        y_test=draw.integers(0, 2, 20),
    )
    with open_window(load_example("iris")) as hand:

        def look(page: ColumnsPage) -> None:
            settled(hand, page)
            assert page.found is not None and page.found.names == ("x1", "x2", "x3", "part", "y")
            assert page.parts.parts[2] == 20
            pick(hand, page, row_of(page, "x2"), ROLE, "ignore")
            QTest.mouseClick(page.use, Qt.MouseButton.LeftButton)

        dialogs(hand, look)
        assert hand.window.bench.own_data.take(tmp_path / "a.npz")
        data = next(node for node in hand.session.document.nodes if node.kind == "data")
        assert data.params["split"] == "given" and data.params["dataset"].params["columns"] == ("x1", "x3")
