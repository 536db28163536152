"""Own data in the window: the import dialog, painted points, dropped files, progress, the data table, asking the
network.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QPushButton, QTableWidget

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.files import LOADING
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.fields import complete
from nnstudio.document.values import Document, Params
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.ui.data.ask_dialog import AskDialog
from nnstudio.ui.data.column_table import FOUND, KIND, ROLE, TREATMENT
from nnstudio.ui.data.columns_page import ColumnsPage
from nnstudio.ui.data.paint_dialog import PaintDialog
from tests.catalog.test_sources import idx, idx_pair, picture
from tests.e2e.hand import LEFT, Hand, open_window
from tests.helpers import chain, choice

pytestmark = pytest.mark.usefixtures("qtbot")
ENTRY = family("datasets")["table_file"]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []

    def answer(box: QMessageBox) -> int:
        heard.append(box.text())
        return QMessageBox.StandardButton.Ok

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return heard


def scores(folder: Path) -> Path:
    rows = ["身高,体重,城市,类别"] + [
        f"{1.5 + 0.01 * i},{40 + 3 * (i % 20)},{'北京' if i % 3 else '上海'},{'男' if i % 2 else '女'}"
        for i in range(60)
    ]
    path = folder / "成绩.csv"
    path.write_bytes("\n".join(rows).encode("gbk"))
    return path


def settled(hand: Hand, page: ColumnsPage) -> None:
    """Wait until all rows were read and what becomes of them is worked out."""
    hand.wait(lambda: page.found is not None and page.found.whole and not page.busy)


def pick(hand: Hand, page: ColumnsPage, row: int, column: int, text: str) -> None:
    """Click a cell of the page and choose from its menu."""
    place = page.table.visualRect(page.model.index(row, column)).center()
    QTest.mouseClick(page.table.viewport(), LEFT, pos=place)
    hand.wait(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    action = next(action for action in menu.actions() if action.text() == text)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    hand.wait(lambda: QApplication.activePopupWidget() is None)
    settled(hand, page)


def dialogs(hand: Hand, act: object) -> None:
    """Do something with the next dialog that opens, when it is there."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            act(dialog)  # type: ignore[operator]
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


def test_a_table_is_looked_at_and_becomes_the_data(tmp_path: Path, said: list[str]) -> None:
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        seen: dict[str, object] = {}

        def use(dialog: ColumnsPage) -> None:
            settled(hand, dialog)
            model = dialog.model
            seen["rows"] = [
                [model.index(row, column).data() for column in (0, ROLE, KIND, FOUND, TREATMENT)] for row in range(4)
            ]
            seen["said"] = dialog.about.text()
            seen["parts"] = dialog.parts.parts
            pick(hand, dialog, 1, ROLE, "ignore")
            QTest.mouseClick(dialog.use, LEFT)

        dialogs(hand, use)
        assert hand.window.bench.own_data.take(scores(tmp_path))
        assert seen["rows"] == [
            ["身高", "input", "number", "1.5 … 2.09", "standard"],
            ["体重", "input", "number", "40 … 97", "standard"],
            ["城市", "input", "category", "北京, 上海", "one-hot"],
            ["类别", "target", "category", "女, 男", "2 classes"],
        ]
        assert "GB18030" in str(seen["said"]) and "60 rows" in str(seen["said"]) and seen["parts"] == (48, 12, 0)
        hand.wait(lambda: hand.session.meaning.preview is not None and hand.session.meaning.preview.total == 60)
        assert hand.session.meaning.preview.columns == ("身高", "城市 = 上海", "城市 = 北京") and set(
            hand.session.meaning.preview.classes
        ) == {"男", "女"}
        params = hand.session.document.by_id["data"].params["dataset"].params
        assert params["targets"] == ("类别",) and params["columns"] == ("身高", "城市") and params["fingerprint"]
        # Three classes became two: the last layer is mended by its button, and the network runs.
        hand.panel("problems")
        hand.wait(lambda: any(f.mend for f in hand.window.bench.panels.view("problems").items if hasattr(f, "mend")))
        item = next(f for f in hand.window.bench.panels.view("problems").items if hasattr(f, "mend"))
        QTest.mouseClick(item.mend, LEFT)
        hand.wait(lambda: hand.session.meaning.lowered is not None and hand.session.meaning.lowered.program is not None)
        hand.session.apply(SetTraining(("epochs",), 2))
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert not said


def test_a_table_that_cannot_be_read_leaves_everything_as_it_was(tmp_path: Path, said: list[str]) -> None:
    with open_window(load_example("iris")) as hand:
        before = hand.session.document
        (tmp_path / "bad.csv").write_bytes(b"")

        def use(dialog: ColumnsPage) -> None:
            hand.wait(lambda: "empty" in dialog.about.text())
            assert not dialog.use.isEnabled()
            QTest.keyClick(dialog, Qt.Key.Key_Escape)

        dialogs(hand, use)
        assert not hand.window.bench.own_data.take(tmp_path / "bad.csv")
        assert (
            not hand.window.bench.own_data.take(tmp_path / "what.xyz")
            and "no kind that is read" in hand.window.bench.parts.toast.text()
        )
        assert not hand.window.bench.own_data.take(tmp_path / "gone.npz") and said
        assert hand.session.document == before


def test_a_dropped_folder_of_pictures_becomes_the_data(tmp_path: Path) -> None:
    for i in range(4):
        picture(tmp_path / "cats" / f"{i}.png", 200)
        picture(tmp_path / "dogs" / f"{i}.png", 20)
    with open_window(Document()) as hand:
        hand.window.bench.parts.canvas.file_dropped.emit(str(tmp_path))
        hand.wait(lambda: hand.session.meaning.preview is not None and hand.session.meaning.preview.total == 8)
        assert (
            hand.session.meaning.preview.axes == "CHW"
            and hand.window.bench.panels.view("data").kind.currentData() == "images"
        )
        assert hand.window.bench.panels.view("data").isVisible()


def test_idx_files_by_the_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = idx_pair(tmp_path / "idx", count=30)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(path), ""))
    with open_window(load_example("iris")) as hand:
        hand.window.actions_["own_data"].trigger()
        hand.wait(lambda: hand.session.meaning.preview is not None and hand.session.meaning.preview.total == 30)
        assert hand.window.bench.panels.view("data").kind.currentData() == "images"


def test_a_long_reading_shows_its_progress_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.ui.training.status.SOON", 0.0)
    path = tmp_path / "long.csv"
    path.write_text("a,b,y\n" + "1.25,2.5,x\n3.5,4.5,z\n" * 600_000, encoding="utf-8")
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        params = complete(ENTRY.fields, Params(path=str(path)), CATALOG)
        hand.session.apply(SetParam("data", ("dataset",), choice("table_file", **params)))
        status = hand.window.bench.parts.status
        hand.wait(lambda: status._stop.isVisible() and "long.csv" in status._reading.text())
        QTest.mouseClick(status._stop, LEFT)
        hand.wait(lambda: hand.session.meaning.lowered is not None)
        assert LOADING.share is None and not status._stop.isVisible()
        stopped = next(item for item in hand.panel("problems").items if "stopped" in item.text.text())
        QTest.mouseClick(stopped.help, LEFT)
        hand.press(hand.window.actions_["run"])
        assert "still being read" in hand.window.bench.parts.toast.text() or hand.session.meaning.lowered is not None
        hand.wait(lambda: hand.session.meaning.preview is not None and hand.session.meaning.preview.total == 1_200_000)


def test_a_moved_file_is_asked_for(tmp_path: Path) -> None:
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(tmp_path / "gone.csv")),
        loss=choice("cross_entropy"),
    )
    with open_window(document) as hand:
        hand.panel("problems")
        hand.wait(
            lambda: any(
                "not there any more" in item.text.text() for item in hand.window.bench.panels.view("problems").items
            )
        )
        assert any(
            item.help.text() == "Choose …"
            for item in hand.window.bench.panels.view("problems").items
            if hasattr(item, "help")
        )
        hand.window.actions_["tidy"].trigger()
        hand.click_card("data")
        assert any(
            button.text() == "Choose …" for button in hand.window.bench.parts.inspector.findChildren(QPushButton)
        )


def test_points_are_painted_erased_and_undone() -> None:
    dialog = PaintDialog(((0.5, 0.5, 0.0),))
    dialog.show()
    plane = dialog.plane
    spot = plane.place(-1.0, 1.0).toPoint()
    QTest.mousePress(plane, LEFT, pos=spot)
    for step in range(1, 6):
        QTest.mouseMove(plane, spot + QPoint(8 * step, 0))
    QTest.mouseRelease(plane, LEFT, pos=spot + QPoint(40, 0))
    assert len(plane.points) == 7
    assert plane.points[1][:2] == pytest.approx((-1.0, 1.0), abs=0.02)
    dialog.colours.button(3).click()
    QTest.mouseClick(plane, LEFT, pos=plane.place(2.0, -2.0).toPoint())
    assert dialog.points()[-1][2] == 1.0, "classes are numbered without gaps"
    QTest.mouseClick(plane, Qt.MouseButton.RightButton, pos=plane.place(2.0, -2.0).toPoint())
    assert len(plane.points) == 7
    plane.undo()
    assert len(plane.points) == 8
    QTest.keyClick(plane, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(plane, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(plane.points) == 1
    dialog.close()
    dialog.deleteLater()


def test_painting_from_the_form_is_an_edit() -> None:
    document = chain(("linear", "o", {"units": 2}), data=choice("painted"), loss=choice("cross_entropy"))
    with open_window(document) as hand:
        hand.compiled()
        hand.window.actions_["tidy"].trigger()
        hand.click_card("data")

        def use(dialog: PaintDialog) -> None:
            QTest.mouseClick(dialog.plane, LEFT, pos=dialog.plane.place(0.0, 2.0).toPoint())
            dialog.accept()

        dialogs(hand, use)
        QTest.mouseClick(hand.editor("dataset", "points"), LEFT)
        points = hand.session.document.by_id["data"].params["dataset"].params["points"]
        assert len(points) == 3 and points[2][2] == 0.0
        hand.window.bench.selecting.undo()
        assert len(hand.session.document.by_id["data"].params["dataset"].params["points"]) == 2


def test_the_data_table_shows_what_goes_in() -> None:
    with open_window(load_example("iris")) as hand:
        hand.wait(lambda: hand.session.meaning.preview is not None)
        view, preview = hand.window.bench.panels.view("data"), hand.session.meaning.preview
        hand.window.bench.panels.show("data")
        assert view.model.rowCount() == 150 and view.model.columnCount() == 6
        raw = view.model.data(view.model.index(0, 2))
        assert raw == "5.100"
        view.scaled.click()
        assert view.model.data(view.model.index(0, 2)) != raw
        training = ~(preview.part > 0)
        np.testing.assert_allclose(preview.scaled[training].mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(preview.scaled[training].std(axis=0), 1, atol=1e-9)
        view.part.setCurrentIndex(2)
        view._redraw()
        assert view.model.rowCount() == 30
        for row in range(view.kind.count()):
            view.kind.setCurrentIndex(row)
            view._redraw()
            assert view.plot.getPlotItem().items


@pytest.mark.parametrize("kind", ["digits", "parity", "sine", "plane", "karate", "sequence_memory"])
def test_every_form_of_data_has_a_picture(kind: str) -> None:
    document = chain(("linear", "o", {"units": 2}), data=choice(kind), loss=choice("cross_entropy"))
    with open_window(document) as hand:
        hand.wait(lambda: hand.session.meaning.preview is not None)
        for row in range(hand.window.bench.panels.view("data").kind.count()):
            hand.window.bench.panels.view("data").kind.setCurrentIndex(row)
            hand.window.bench.panels.view("data")._redraw()
            assert hand.window.bench.panels.view("data").plot.getPlotItem().items


def test_asking_the_trained_network(tmp_path: Path) -> None:
    with open_window(SetTraining(("epochs",), 15).apply(load_example("iris"), CATALOG)) as hand:
        hand.compiled()
        hand.window.actions_["ask"].trigger()
        assert "not trained" in hand.window.bench.parts.toast.text()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        trained = hand.session.trained()
        dialog = AskDialog(trained, hand.window)
        dialog.show()
        # It begins with a row of the data and its answer.
        hand.wait(lambda: dialog.table.rowCount() == 1)
        assert [line.text() for line in dialog.lines] == ["5.1", "3.5", "1.4", "0.2"] and cell(
            dialog.table, 0, 1
        ) == "setosa"
        for line, text in zip(dialog.lines, ("6.5", "3,0", "5.8", "2.2"), strict=True):
            line.selectAll()
            QTest.keyClicks(line, text)
        QTest.keyClick(dialog.lines[-1], Qt.Key.Key_Return)
        hand.wait(lambda: cell(dialog.table, 0, 1) == "virginica")
        assert dialog.isVisible(), "Enter asks, it does not close"
        QTest.keyClicks(dialog.lines[0], "x")
        QTest.keyClick(dialog.lines[0], Qt.Key.Key_Return)
        hand.wait(lambda: "no number" in dialog.said.text())
        dialog.ask_own()
        hand.wait(lambda: dialog.table.rowCount() == 150)
        dialog.save_to(tmp_path / "answers.csv")
        assert len((tmp_path / "answers.csv").read_text(encoding="utf-8-sig").splitlines()) == 151
        (tmp_path / "few.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        dialog.ask_file(tmp_path / "few.csv")
        hand.wait(lambda: "lack the columns" in dialog.said.text())
        dialog.close()
        dialog.deleteLater()


def cell(table: QTableWidget, row: int, column: int) -> str:
    item = table.item(row, column)
    return item.text() if item is not None else ""


def test_a_bomb_ends_in_a_sentence_in_the_window(tmp_path: Path) -> None:
    (tmp_path / "b-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((4, 4, 4)))[:16] + b"\0" * 30_000_000))
    (tmp_path / "b-labels-idx1-ubyte").write_bytes(idx(np.arange(4) % 2))
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        entry = family("datasets")["idx_file"]
        params = complete(entry.fields, Params(path=str(tmp_path / "b-images-idx3-ubyte.gz")), CATALOG)
        hand.session.apply(SetParam("data", ("dataset",), choice("idx_file", **params)))
        hand.panel("problems")
        hand.wait(lambda: any("broken" in item.text.text() for item in hand.window.bench.panels.view("problems").items))


@pytest.mark.parametrize(
    ("form", "columns", "expected"),
    [
        ("table", "a,b,kind\n" + "".join(f"{i % 7},{i % 5},{'x' if i % 2 else 'y'}\n" for i in range(60)), 2),
        ("table", "a,b,price\n" + "".join(f"{i % 7},{i % 5},{i * 1.37}\n" for i in range(60)), 1),
    ],
)
def test_new_data_on_an_empty_canvas_offers_a_network_that_runs(
    form: str, columns: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.ui.project.suggest_dialog import RUN, SuggestDialog

    file = tmp_path / "mine.csv"
    file.write_text(columns)
    monkeypatch.setattr(ColumnsPage, "exec", lambda self: 1)
    seen: list[str] = []

    def answer(self: SuggestDialog) -> int:
        seen.append(self.windowTitle())
        return RUN

    monkeypatch.setattr(SuggestDialog, "exec", answer)
    with open_window() as hand:
        hand.window.bench.own_data.take(file)
        hand.wait(lambda: seen)
        hand.state("running", "finished", "paused")
        out = hand.session.document.by_id["out"]
        assert out.params["units"] == expected and len(seen) == 1
        hand.state("finished")
        hand.keys(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert [n.kind for n in hand.session.document.nodes] == ["data"], "one step of undo"


def test_every_suggestion_fits_its_kind_of_data() -> None:
    from nnstudio.catalog.tables import table_of
    from nnstudio.compile.lower import lower
    from nnstudio.document.edits import AddNode
    from nnstudio.session.suggest import data_of, suggested, template_for, wants_network

    seen = set()
    for data in (
        choice("iris"),
        choice("diabetes"),
        choice("digits", form="images"),
        choice("parity", points=60),
        choice("sequence_memory", points=60),
        choice("xor"),
        choice("karate"),
    ):
        document = AddNode("data", "mine", params=Params(dataset=data)).apply(Document("own"), CATALOG)
        assert wants_network(document)
        whole = data_of(document)
        assert whole is not None
        table = table_of(whole)
        found = suggested(document)
        if table.adjacency is not None:
            assert found is None
            continue
        assert found is not None and found.name == "own" and not wants_network(found)
        seen.add(template_for(table))
        lowered = lower(found)
        assert lowered.program is not None and not [p for p in lowered.problems if p.severity == "error"], (
            data.kind,
            lowered.problems,
        )
    assert {"features-classes", "features-values", "images-classes", "tokens-classes"} <= seen


def test_one_hot_targets_are_suggested_a_network_for_classes(tmp_path: Path) -> None:
    from nnstudio.catalog.tables import table_of
    from nnstudio.compile.lower import lower
    from nnstudio.document.edits import AddNode
    from nnstudio.session.suggest import data_of, suggested

    draw = np.random.default_rng(0)
    np.savez(tmp_path / "hot.npz", x=draw.normal(size=(60, 4)), y=np.eye(3)[draw.integers(0, 3, 60)])
    data = choice("npz_file", path=str(tmp_path / "hot.npz"))
    document = AddNode("data", "mine", params=Params(dataset=data)).apply(Document("own"), CATALOG)
    chosen = data_of(document)
    assert chosen is not None
    table_of(chosen)
    found = suggested(document)
    assert found is not None
    program = lower(found).program
    assert program is not None and program.data.labels == "one_hot" and len(program.data.classes) == 3


def test_a_file_of_data_at_the_start_is_what_a_new_project_learns_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.app import Application, make_application

    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "odd.project").write_bytes((Path("resources") / "examples" / "xor.nns").read_bytes())
    with open_window(Document()) as hand:
        application = Application(make_application(), hand.session)
        application.window = hand.window
        taken: list[Path] = []
        monkeypatch.setattr(hand.window.bench.own_data, "take", taken.append)
        application.open(str(tmp_path / "t.csv"))
        assert taken == [tmp_path / "t.csv"] and not hand.session.document.nodes
        # A project under another name is one by what it holds.
        application.open(str(tmp_path / "odd.project"))
        assert hand.session.document.name == "xor" and len(taken) == 1
