"""Searches in the window: settings are ticked, trials are followed, drawn and used."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QMessageBox

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.searching.study import Plan, Search
from nnstudio.ui.panels import search as search_panel
from nnstudio.ui.plots.parallel import Axis, Line, Parallel, measured
from nnstudio.ui.training import sweep_dialog
from nnstudio.ui.training.search_dialog import SearchDialog
from nnstudio.ui.training.search_view import SearchView, default_folder
from nnstudio.ui.training.trials import SORT, Trials
from tests.e2e.hand import Hand, open_window, pause
from tests.helpers import chain, choice
from tests.session.test_searching import network

pytestmark = [pytest.mark.usefixtures("qtbot")]
METRICS = ("val_loss", "val_accuracy")


def dialog(tmp_path: Path, document: Document | None = None) -> SearchDialog:
    return SearchDialog(document or network(), METRICS, tmp_path / "search", 2, dict)


# -- what is ticked -----------------------------------------------------------------------------


def test_what_is_ticked_is_the_space(tmp_path: Path) -> None:
    asked = dialog(tmp_path)
    # The learning rate is ticked already.
    assert asked.space.ticked() == 1 and asked.start.isEnabled()
    asked.space.tick("h", "units")
    ends = asked.space.ends("h", "units")
    ends.low.setText("2")
    ends.high.setText("16")
    asked.space.tick("h", "activation")
    assert "at least two values" in asked.said.text() and not asked.start.isEnabled()
    asked.space.try_value("h", "activation", "relu")
    assert asked.start.isEnabled()
    asked.trials.setValue(7)
    asked.measure.setCurrentIndex(1)
    plan = asked.plan()
    assert (plan.trials, plan.metric, plan.sampler, plan.pruner) == (7, "val_accuracy", "tpe", "median")
    assert tomllib.loads(plan.space)["vary"] == [
        {"node": "optimizer", "setting": "optimizer.learning_rate", "low": 0.01, "high": 1.0, "log": True},
        {"node": "h", "setting": "units", "low": 2, "high": 16, "log": True},
        {"node": "h", "setting": "activation", "values": ["tanh", "relu"]},
    ]
    asked.start.click()
    assert Search(tmp_path / "search").plan() == plan
    asked.deleteLater()


@pytest.mark.parametrize("text", ["", "many", "1e", "99999999999999999999", "-3", "0"])
def test_ends_that_are_none_are_said(text: str, tmp_path: Path) -> None:
    asked = dialog(tmp_path)
    asked.space.tick("h", "units")
    asked.space.ends("h", "units").low.setText(text)
    assert not asked.start.isEnabled() and len(asked.said.text()) > 20
    asked.space.ends("h", "units").low.setText("3")
    assert asked.start.isEnabled()
    asked.deleteLater()


def test_what_is_typed_is_seen_whole(tmp_path: Path) -> None:
    asked = dialog(tmp_path)
    asked.show()
    asked.space.tick("h", "units")
    pause(50)
    for ends in (asked.space.ends("h", "units"), asked.space.ends("optimizer", "optimizer.learning_rate")):
        assert ends.height() >= ends.minimumSizeHint().height()
        for line in (ends.low, ends.high):
            assert line.height() >= line.minimumSizeHint().height() and line.width() >= 60
    asked.space.tick("h", "activation")
    asked.close()
    asked.deleteLater()


def test_a_comma_is_a_point(tmp_path: Path) -> None:
    asked = dialog(tmp_path)
    ends = asked.space.ends("optimizer", "optimizer.learning_rate")
    ends.low.setText("0,001")
    assert ends.table()["low"] == 0.001 and asked.start.isEnabled()
    asked.deleteLater()


def test_what_is_unticked_is_as_it_was(tmp_path: Path) -> None:
    asked = dialog(tmp_path)
    item = next(one for one in asked.space._items if one.text(0) == "Rule · Learning rate η")
    assert item.text(1) == ""
    item.setCheckState(0, Qt.CheckState.Unchecked)
    assert item.text(1) == "0.1000" and asked.said.text() == "Tick at least one setting."
    assert not asked.start.isEnabled()
    asked.deleteLater()


def test_the_list_is_sifted(tmp_path: Path) -> None:
    asked = dialog(tmp_path)

    def shown() -> list[str]:
        return [one.text(0) for one in asked.space._items if not one.isHidden()]

    few = shown()
    assert "Units" in few and "which layer" not in few
    asked.space.all.setChecked(True)
    assert len(shown()) == len(asked.space._items) > len(few)
    asked.space.filter.setText("h units")
    # What is ticked is seen, whatever is looked for.
    assert shown() == ["Rule · Learning rate η", "Units"]
    asked.deleteLater()


def test_another_search_in_the_folder_and_a_folder_that_is_none(tmp_path: Path) -> None:
    first = dialog(tmp_path)
    first.start.click()
    other = dialog(tmp_path, network(9))
    assert "goes on" in other.said.text()
    other.start.click()
    assert "Another search" in other.said.text() and not other.result()
    (tmp_path / "file").write_text("x")
    other.folder.setText(str(tmp_path / "file" / "in"))
    other.start.click()
    assert "cannot be written" in other.said.text() and not other.result()
    other.folder.setText("  ")
    assert not other.start.isEnabled()
    first.deleteLater()
    other.deleteLater()


def test_where_a_search_is_kept(tmp_path: Path) -> None:
    assert default_folder(tmp_path / "net.nns", "", tmp_path) == tmp_path / "net-search"
    assert default_folder(None, 'a/b:"c', tmp_path) == tmp_path / "a_b__c-search"
    assert default_folder(None, "", tmp_path).name == "network-search"
    Search(tmp_path / "net-search").begin(network(), Plan(_space(), "val_loss", "tpe", "none", 0, 3))
    assert default_folder(tmp_path / "net.nns", "", tmp_path) == tmp_path / "net-search-2"


def _space() -> str:
    return '[[vary]]\nnode = "h"\nsetting = "units"\nlow = 2\nhigh = 16\n'


# -- lines --------------------------------------------------------------------------------------


def test_where_a_value_lies_on_its_axis() -> None:
    plain, powers = Axis("a", "a", 0, 8), Axis("b", "b", 1e-4, 1e-2, log=True)
    assert plain.place(2) == 0.25 and plain.place(9) == 1.0 and plain.place(None) is None
    assert powers.place(1e-3) == pytest.approx(0.5) and powers.place(0.0) is None
    named = Axis("c", "c", values=(("tanh", "Tanh"), ("relu", "ReLU")))
    assert (named.place("tanh"), named.place("relu"), named.place("gelu")) == (0.25, 0.75, None)
    assert Axis("d", "d", 3, 3).place(3) == 0.5
    assert measured("v", "v", [0.1, 0.9]).log is False and measured("v", "v", [0.001, 0.9]).log
    assert not measured("v", "v", [0.0, 0.9]).log


def test_lines_stand_at_their_values_and_a_click_finds_them() -> None:
    picture = Parallel()
    picture.resize(600, 300)
    axes = [Axis("a", "a", 0, 10), Axis("b", "b", 0, 1)]
    picture.show_lines(axes, [Line(4, 1.0, {"a": 0, "b": 1.0}), Line(9, 0.0, {"a": 10, "b": 0.0})], 4)
    picture.show()
    assert picture.drawn == 2
    points = {line.number: polygon.toList() for line, polygon in picture._lines}
    inner = picture._inner()
    assert [point.x() for point in points[4]] == [
        inner.left() + inner.width() / 4,
        inner.left() + 3 * inner.width() / 4,
    ]
    assert [point.y() for point in points[4]] == [inner.bottom(), inner.top()]
    assert [point.y() for point in points[9]] == [inner.top(), inner.bottom()]
    seen: list[int] = []
    picture.picked.connect(seen.append)
    for number in (9, 4):
        at = points[number][0] + QPointF(10, 0)
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at.toPoint())
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPointF(2, 2).toPoint())
    assert seen == [9, 4]
    # What lacks a value of an axis has no line.
    picture.show_lines(axes, [Line(1, 1.0, {"a": 3})], 1)
    assert picture.drawn == 0
    picture.grab()
    picture.show_lines([], [], -1)
    picture.grab()
    picture.close()


# -- in the window ------------------------------------------------------------------------------


def searched(hand: Hand, folder: Path, trials: int, workers: int = 2) -> SearchView:
    """Ask for a search in the window, as a student does."""
    view: SearchView = hand.panel("search")
    hand.compiled()

    def answer() -> None:
        asked = QApplication.activeModalWidget()
        assert isinstance(asked, SearchDialog)
        asked.space.tick("h", "units")
        asked.space.tick("h", "activation")
        asked.space.try_value("h", "activation", "relu")
        asked.folder.setText(str(folder))
        asked.trials.setValue(trials)
        asked.workers.setValue(workers)
        asked.pruner.setCurrentIndex(asked.pruner.findData("none"))
        QTest.mouseClick(asked.start, Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, answer)
    hand.window.actions_["search"].trigger()
    return view


def labels(view: Any) -> str:
    return " ".join(one.text() for one in view.findChildren(QLabel) if one.isVisible())


@pytest.mark.timeout(180)
def test_a_search_from_the_first_tick_to_the_best_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(search_panel, "open_elsewhere", opened.append)
    # The best weights are taken back: a trial's figures are not those of its last epoch.
    document = SetTraining(("patience",), 2).apply(network(3), CATALOG)
    with open_window(document) as hand:
        view = searched(hand, tmp_path / "s", 8)
        found = view.followed
        assert found is not None and view.stop.isVisible() and not view.go_on.isVisible()
        hand.wait(lambda: found.ended, 120)
        pause(600)
        assert found.reason is None and found.done == 8
        assert not view.stop.isVisible() and view.go_on.isVisible()
        assert found.best is not None
        best = int(found.best["trial"])
        assert f"8 of 8 trials · best {found.best['value']:.4g} in trial {best}" in labels(view)
        # The best stands first, with a star.
        first = view.tabs.sorted.index(0, 0).data()
        assert first == f"★ {best}" and view.tabs.sorted.rowCount() == 8
        values = [view.tabs.sorted.index(row, 2).data() for row in range(8)]
        assert values == sorted(values, key=float)
        header = [view.tabs.model.headerData(column, Qt.Orientation.Horizontal) for column in range(8)]
        settings = ["Optimizer · Learning rate η", "h · Units", "h · Activation"]
        assert header[:6] == ["Trial", "State", "Validation loss", *settings]
        # Every trial is a line and a point; what each setting has adds up to one.
        assert view.tabs.lines.drawn == 8 and len(view.tabs.history.points.data) == 8
        steps = view.tabs.history.best.getData()[1]
        assert list(steps) == sorted(steps, reverse=True)
        assert sum(share for _, share in view.tabs.shares._shares) == pytest.approx(1.0)
        for page in range(4):
            view.tabs.setCurrentIndex(page)
            pause(50)
            assert not hand.window.grab().isNull()
        # A click on a point, and on a line, chooses its trial everywhere.
        view.tabs.choose(3)
        assert view.chosen == 3 and "Trial 3: " in labels(view)
        assert view.tabs.lines._chosen == 3
        QTest.mouseClick(view.open, Qt.MouseButton.LeftButton)
        assert opened == [str(tmp_path / "s" / "trials" / "00003" / "net.nns")]
        # It is kept among the runs, with its curves and its figure.
        view.tabs.choose(best)
        QTest.mouseClick(view.keep, Qt.MouseButton.LeftButton)
        (run,) = hand.session.runs.items.values()
        assert run.final("val_loss") == found.best["value"] and run.over and run.state is State.FINISHED
        assert run.final("train_loss") == found.rows[best]["final"]["train_loss"]
        # Its network comes onto the canvas, and trains to the same figure; undo brings the other back.
        units = found.rows[best]["h units"]
        before = hand.session.document
        QTest.mouseClick(view.take, Qt.MouseButton.LeftButton)
        assert hand.session.document.by_id["h"].params["units"] == units
        hand.compiled()
        hand.window.bench.running.toggle()
        hand.state("finished")
        assert hand.session.training.records[-1]["val_loss"] == pytest.approx(found.best["value"], rel=1e-6)
        hand.window.bench.running.reset()
        hand.session.undo()
        assert hand.session.document.meaning == before.meaning
        text = view.tabs.as_csv().splitlines()
        # More of the same, if one likes.
        monkeypatch.setattr(QInputDialog, "getInt", lambda *about: (10, False))
        QTest.mouseClick(view.go_on, Qt.MouseButton.LeftButton)
        assert view.followed is found
        monkeypatch.setattr(QInputDialog, "getInt", lambda *about: (10, True))
        QTest.mouseClick(view.go_on, Qt.MouseButton.LeftButton)
        more = view.followed
        assert more is not None and more is not found and more.plan.trials == 10
        hand.wait(lambda: more.ended, 120)
        assert more.done == 10 and more.reason is None
        assert len(text) == 9 and text[0].startswith("Trial,State,Validation loss,")


@pytest.mark.timeout(180)
def test_it_is_stopped_looked_at_and_gone_on_with(tmp_path: Path) -> None:
    with open_window(network(300)) as hand:
        view = searched(hand, tmp_path / "s", 12, workers=1)
        first = view.followed
        assert first is not None
        hand.wait(lambda: first.done >= 2)
        view.tabs.choose(0)
        QTest.mouseClick(view.stop, Qt.MouseButton.LeftButton)
        assert "stopping" in labels(view) or first.ended
        hand.wait(lambda: first.ended)
        pause(600)
        assert view.go_on.isEnabled() and first.done < 12 and view.reason.isHidden()
    # Another day, another window: the folder is opened, nothing trains until it is wanted.
    with open_window(network(300)) as hand:
        view = hand.panel("search")
        assert view.follow(tmp_path / "s", 0)
        looked = view.followed
        hand.wait(lambda: looked.rows)
        assert view.go_on.isEnabled() and not view.stop.isVisible()
        pause(300)
        QTest.mouseClick(view.go_on, Qt.MouseButton.LeftButton)
        hand.wait(lambda: view.followed.ended, 120)
        pause(600)
        assert view.followed.done == 12
        # Another one in its place: that is said, where one was at work.
        seen: list[str] = []
        view.said.connect(seen.append)
        for name in ("a", "b"):
            Search(tmp_path / name).begin(network(300), Plan(_space(), "val_loss", "tpe", "none", 0, 30))
            assert view.follow(tmp_path / name, 1)
        assert seen == ["The search in a was stopped; it can go on."]
        said: list[str] = []

        def answer() -> None:
            box = QApplication.activeModalWidget()
            assert isinstance(box, QMessageBox)
            said.append(box.text())
            box.accept()

        QTimer.singleShot(100, answer)
        assert not view.follow(tmp_path / "nothing", 0)
        assert len(said) == 1 and "There is no search" in said[0]


@pytest.mark.usefixtures("qtbot")
def test_trials_stand_in_order_however_news_come() -> None:
    """Several that end at once, while others begin: each is put among those that are in order."""
    draw = random.Random(4)
    model, order = Trials(), QSortFilterProxyModel()
    model.begin((), "val_loss")
    order.setSourceModel(model)
    order.setSortRole(SORT)
    order.sort(2, Qt.SortOrder.AscendingOrder)
    rows: list[dict[str, Any]] = []
    for _ in range(60):
        for place in [place for place, row in enumerate(rows) if row["value"] is None or draw.random() < 0.2]:
            rows[place] = {**rows[place], "state": "complete", "value": draw.random()}
        more = range(len(rows), len(rows) + draw.randrange(3))
        rows += [
            {
                "trial": n,
                "state": "running",
                "value": draw.choice((None, draw.random())),
                "epochs": 1,
                "seconds": 0.1,
                "why": "",
            }
            for n in more
        ]
        model.show_rows(rows, draw.randrange(-1, max(1, len(rows))))
        shown = [order.mapToSource(order.index(place, 0)).row() for place in range(order.rowCount())]
        values = [rows[place]["value"] for place in shown if rows[place]["value"] is not None]
        assert sorted(shown) == list(range(len(rows))) and values == sorted(values)


@pytest.mark.timeout(180)
def test_a_trial_that_was_cut_short_is_kept_as_stopped(tmp_path: Path) -> None:
    Search(tmp_path).begin(network(120), Plan(_space(), "val_loss", "random", "median", 0, 14))
    with open_window(network()) as hand:
        hand.compiled()
        view = hand.panel("search")
        assert view.follow(tmp_path, 2)
        found = view.followed
        hand.wait(lambda: found.ended, 120)
        pause(600)
        cut = [number for number, row in found.rows.items() if row["state"] == "pruned"]
        assert cut
        view.tabs.choose(cut[0])
        QTest.mouseClick(view.keep, Qt.MouseButton.LeftButton)
        (run,) = hand.session.runs.items.values()
        assert run.state is State.STOPPED and 0 < run.epochs < 120
        assert run.final("val_loss") == run.records[-1]["val_loss"]


def test_without_the_library_the_grid_stays_and_says_what_there_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (search_panel, sweep_dialog):
        monkeypatch.setattr(module, "available", lambda: False)
    seen: list[str] = []

    def answer() -> None:
        asked = QApplication.activeModalWidget()
        assert isinstance(asked, sweep_dialog.SweepDialog)
        seen.append(asked.more.text())
        asked.reject()

    with open_window(network()) as hand:
        hand.compiled()
        QTimer.singleShot(100, answer)
        hand.window.actions_["search"].trigger()
        assert len(seen) == 1 and "nnstudio[search]" in seen[0]
        view = hand.panel("search")
        assert view.followed is None and "proposed" in labels(view)


def test_a_network_with_a_problem_is_not_searched() -> None:
    broken = chain(("conv_2d", "h", {}), data=choice("iris"), loss=choice("cross_entropy"))
    with open_window(broken) as hand:
        hand.compiled()
        hand.window.actions_["search"].trigger()
        assert QApplication.activeModalWidget() is None
        assert hand.panel("search").followed is None
