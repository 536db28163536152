"""The window's manners: problems, refusals, files, switches, stepping, what is stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
)

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.states import State
from nnstudio.session.examples import example_names, load_example
from tests.e2e.hand import Hand, open_window
from tests.e2e.loops import settled

pytestmark = pytest.mark.usefixtures("qtbot")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences of message boxes, which are answered at once."""
    heard: list[str] = []

    def answer(box: QMessageBox) -> int:
        heard.append(box.text())
        return (
            QMessageBox.StandardButton.Discard
            if box.standardButtons() & QMessageBox.StandardButton.Discard
            else QMessageBox.StandardButton.Ok
        )

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return heard


def problem_texts(hand: Hand) -> list[str]:
    return [
        label.text()
        for label in hand.window.bench.parts.inspector.findChildren(QLabel)
        if label.objectName() == "problem" and label.isVisibleTo(hand.window)
    ]


def test_no_tab_bar_is_left_over_between_the_panels() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        for act in (
            lambda: None,
            hand.window.actions_["step"].trigger,
            hand.window.actions_["beginner"].trigger,
            hand.window.actions_["beginner"].trigger,
        ):
            act()
            settled()
            bars = [
                bar
                for bar in hand.window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
                if bar.isVisible()
            ]
            texts_of = [frozenset(bar.tabText(place) for place in range(bar.count())) for bar in bars]
            assert bars and not any(one & other for one in texts_of for other in texts_of if one is not other)


def test_a_problem_sits_on_its_node_and_is_mended_by_its_button() -> None:
    with open_window(SetParam("output", ("units",), 7).apply(load_example("xor"), CATALOG)) as hand:
        hand.compiled()
        hand.wait(lambda: hand.window.bench.parts.scene.cards["loss"]._problem)
        assert not hand.window.bench.parts.scene.cards["output"]._problem
        hand.click_card("loss")
        hand.wait(lambda: any("N × 7" in text for text in problem_texts(hand)), 5)
        mend = next(b for b in hand.window.bench.parts.inspector.findChildren(QPushButton) if b.text() == "Mend it")
        QTest.mouseClick(mend, Qt.MouseButton.LeftButton)
        hand.wait(lambda: not hand.window.bench.parts.scene.cards["loss"]._problem)
        assert hand.session.document.by_id["output"].params["units"] == 1
        assert (
            "units=1" not in hand.window.bench.panels.view("code").toPlainText()
            and "out_features=1" in hand.window.bench.panels.view("code").toPlainText()
        )
        hand.window.bench.selecting.undo()
        assert hand.session.document.by_id["output"].params["units"] == 7


def test_running_a_network_with_a_problem_says_why() -> None:
    with open_window(SetParam("output", ("units",), 7).apply(load_example("xor"), CATALOG)) as hand:
        hand.press(hand.window.actions_["run"])
        assert hand.window.bench.parts.toast.isVisible() and "N × 7" in hand.window.bench.parts.toast.text()


@pytest.mark.parametrize("text", ["-1", "abc", "1e99", "nan", "0.1.2", "1e400"])
def test_a_bad_number_is_refused_and_the_old_one_comes_back(text: str) -> None:
    with open_window(load_example("xor")) as hand:
        hand.click_card("optimizer")
        hand.type_number(text, "optimizer", "learning_rate")
        assert hand.window.bench.parts.toast.isVisible()
        assert hand.editor("optimizer", "learning_rate").text() == "0.05"  # type: ignore[attr-defined]
        hand.type_number("0,25", "optimizer", "learning_rate")
        assert hand.session.document.by_id["optimizer"].params["optimizer"].params["learning_rate"] == 0.25


def test_typed_tables_are_read_and_refused() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        hand.click_card("hidden")
        for text, wanted in (
            ("0.1 0.2\n0.3 0.4", ((0.1, 0.2), (0.3, 0.4))),
            ("1 2\n3", None),
            ("a b\nc d", None),
            ("", None),
        ):
            before = hand.session.document.by_id["hidden"].params["weight_initializer"].params["values"]
            editor = hand.editor("weight_initializer", "values")
            editor.setFocus()
            editor.setPlainText(text)  # type: ignore[attr-defined]
            hand.window.bench.parts.canvas.setFocus()
            after = hand.session.document.by_id["hidden"].params["weight_initializer"].params["values"]
            assert after == (wanted or before)


def test_a_divergence_is_said_in_plain_words() -> None:
    document = SetParam("optimizer", ("optimizer",), Choice("sgd", Params(learning_rate=1e5))).apply(
        load_example("backprop-2-2-2"), CATALOG
    )
    document = SetParam("output", ("activation",), Choice("identity")).apply(document, CATALOG)
    document = SetParam("hidden", ("activation",), Choice("identity")).apply(document, CATALOG)
    with open_window(document) as hand:
        hand.press(hand.window.actions_["run"])
        hand.state(State.FAILED)
        assert (
            hand.window.bench.parts.toast.isVisible()
            and "smaller learning rate" in hand.window.bench.parts.toast.text()
        )
        hand.press(hand.window.actions_["reset"])
        assert not hand.window.bench.parts.toast.isVisible()


def test_what_an_edit_made_untrue_is_dimmed() -> None:
    with open_window(load_example("xor")) as hand:
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        card = hand.window.bench.parts.scene.cards["hidden"]
        hand.wait(lambda: card.unfolded and len(card.column.frame.middles) == 4)
        hand.compiled()
        assert card.strength == 1.0
        hand.session.apply(SetParam("hidden", ("units",), 6))
        assert card.strength < 0.5
        hand.window.bench.selecting.undo()
        hand.wait(lambda: card.strength == 1.0)


@pytest.mark.parametrize("name", example_names())
def test_every_example_steps_through_every_card(name: str) -> None:
    with open_window(load_example(name)) as hand:
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.session.stepping.shown is not None)
        timeline = hand.window.bench.parts.timeline
        for index in [*range(timeline.slider.maximum() + 1), *range(timeline.slider.maximum(), -1, -1)]:
            timeline.slider.setValue(index)
            card = hand.window.bench.parts.card.card
            assert card is not None and card.rules and card.lines and card.result
            if card.units > 1:
                hand.window.bench.parts.card.unit.setValue(2)
                assert hand.window.bench.parts.card.card is not None and hand.window.bench.parts.card.card.unit == 1
        assert "Step 1 of" in hand.window.bench.parts.card.text.toPlainText()
        QTest.keyClick(timeline.slider, Qt.Key.Key_Space)
        hand.wait(lambda: timeline.slider.value() >= 1, 5)
        hand.press(hand.window.actions_["run"])
        assert not timeline.isVisible()
        hand.state(State.RUNNING, State.FINISHED)


def test_steps_of_each_grain_count_updates() -> None:
    with open_window(load_example("rings")) as hand:
        wanted = 0
        for grain, more in (("sample", 1), ("batch", 1), ("epoch", None)):
            action = hand.window.actions_[f"grain_{grain}"]
            action.trigger()
            hand.window.bench.parts.timeline.go_last()
            hand.press(hand.window.actions_["step"])
            if more is not None:
                wanted += more
                hand.wait(
                    lambda wanted=wanted: (
                        hand.session.training.snapshot is not None and hand.session.training.snapshot.updates == wanted
                    )
                )
                hand.state(State.PAUSED)
            else:
                hand.wait(lambda: len(hand.session.training.records) == 1)
                hand.state(State.PAUSED)


def test_the_whole_window_can_be_saved_opened_and_refuses_rubbish(tmp_path: Path, said: list[str]) -> None:
    with open_window(load_example("xor")) as hand:
        files = hand.window.bench.files
        hand.session.apply(SetTraining(("epochs",), 12))
        assert "●" in hand.window.bench.parts.title.text()
        assert files.save_to(tmp_path / "mine.nns")
        assert hand.window.bench.parts.title.text() == "mine.nns"
        bad = tmp_path / "bad.nns"
        bad.write_bytes(b"no project")
        files.open(str(bad))
        files.open(str(tmp_path / "none.nns"))
        assert not files.save_to(tmp_path / "no" / "folder.nns")
        (tmp_path / "file").write_text("x")
        assert not hand.window.bench.exporting.to(tmp_path / "file" / "inside")
        assert len(said) == 4 and all("Traceback" not in text and len(text) < 400 for text in said)
        assert hand.session.path == tmp_path / "mine.nns"
        files.new()
        assert hand.session.document == Document() and hand.window.bench.parts.welcome.isVisible()
        files.open(str(tmp_path / "mine.nns"))
        assert hand.session.document.training["epochs"] == 12 and not hand.window.bench.parts.welcome.isVisible()
        assert [action.text() for action in hand.window.actions_.menus["recent"].actions()] == [
            str(tmp_path / "mine.nns")
        ]


def test_unsaved_work_is_asked_about(said: list[str]) -> None:
    with open_window(load_example("xor")) as hand:
        hand.session.apply(SetTraining(("epochs",), 12))
        assert hand.window.bench.files.may_leave()
        assert said == ["Save the changes to this project?"]


def test_the_welcome_page_opens_an_example(said: list[str]) -> None:
    with open_window() as hand:
        button = next(
            b
            for b in hand.window.bench.parts.welcome.findChildren(QPushButton)
            if b.text().startswith("Two rings: watch")
        )
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert hand.session.document.name == "rings" and not hand.window.bench.parts.welcome.isVisible()


def test_an_unknown_kind_is_shown_and_kept() -> None:
    from dataclasses import replace

    from nnstudio.document.values import Node

    document = replace(Document("x"), nodes=(Node("q", "quantum_layer", "Q"),))
    with open_window(document) as hand:
        hand.compiled()
        hand.wait(lambda: hand.window.bench.parts.scene.cards["q"]._problem)
        hand.click_card("q")
        assert hand.session.document == document


def test_every_control_has_a_name_for_screen_readers() -> None:
    with open_window(load_example("xor")) as hand:
        for node in (None, "hidden", "optimizer", "data"):
            hand.window.bench.parts.scene.select({node} if node else ())
            for kind in (QAbstractButton, QComboBox, QLineEdit, QSpinBox, QSlider):
                for widget in hand.window.findChildren(kind):
                    if widget.objectName().startswith("qt_") or not widget.isVisibleTo(hand.window):
                        continue
                    text = getattr(widget, "text", lambda: "")()
                    assert widget.accessibleName() or text or widget.toolTip(), (
                        kind,
                        widget.objectName(),
                        widget.parent(),
                    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme_name", ["light", "dark"])
def test_the_toolbar_fits_a_small_laptop(language: str, theme_name: str) -> None:
    with open_window(load_example("iris"), language=language, theme_name=theme_name, size=(1366, 768)) as hand:
        settled()
        assert hand.window.width() == 1366 and hand.window.minimumSizeHint().width() <= 1366
        bar = hand.window.actions_.toolbar
        extension = bar.findChild(QAbstractButton, "qt_toolbar_ext_button")
        assert extension is None or not extension.isVisible()


def test_language_and_theme_switch_while_it_trains() -> None:
    from nnstudio.app import Application, make_application
    from nnstudio.session.session import Session

    session = Session(SetTraining(("epochs",), 1_000_000).apply(load_example("xor"), CATALOG))
    application = Application(make_application(), session)
    application.show_window()
    first = application.window
    hand = Hand(first)
    first.bench.running.toggle()
    hand.wait(lambda: session.training.records)
    first.appearance.switch_language()
    second = application.window
    assert second is not first and second.actions_["run"].text() == "暂停" and session.training.state == State.RUNNING
    count = len(session.training.records)
    hand.wait(lambda: len(session.training.records) > count)
    import gc

    assert not gc.isenabled(), "a collection in the trainer's thread would destroy widgets"
    second.appearance.switch_theme()
    third = application.window
    assert third is second and session.training.state == State.RUNNING
    assert (
        third.bench.panels.view("curves")._epochs == 1_000_000
        and len(third.bench.panels.view("curves")._data["epoch"]) >= count
    )
    third.appearance.switch_language()
    last = application.window
    last.bench.files.may_leave = lambda: True
    last.close()
    last.deleteLater()
    settled()
    assert not gc.isenabled(), "what the window left would be collected in a thread that still trains"
