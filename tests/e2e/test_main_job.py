"""The main job, from an empty canvas to the script that runs at home, with real events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from nnstudio.document.storage import dumps
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.picture import draw
from tests.e2e.hand import Hand, open_window, pause

pytestmark = [pytest.mark.usefixtures("qtbot"), pytest.mark.drawn]


def build_xor(hand: Hand) -> None:
    """Draw XOR: drop the data, append the rest by double clicks, pull wires, type and choose."""
    window = hand.window
    assert window.bench.parts.welcome.isVisible()
    data = hand.drop("data", -330, 0)
    assert not window.bench.parts.welcome.isVisible()
    hidden = hand.double_click_palette("linear")
    hand.choose("tanh", "activation")
    hand.type_number("4", "units")
    out = hand.double_click_palette("linear")
    hand.type_number("1", "units")
    loss = hand.double_click_palette("loss")
    hand.choose("bce_logits", "loss")
    window.bench.parts.canvas.fit()
    hand.drop("optimizer", 0, 220)
    hand.type_number("0,05", "optimizer", "learning_rate")
    assert {(w.source, w.target) for w in hand.session.document.wires} == {(data, hidden), (hidden, out), (out, loss)}
    hand.click_nothing()
    hand.type_number("300", "epochs")
    hand.type_number("4", "batch_size")


def test_from_an_empty_canvas_to_the_script_at_home(tmp_path: Path) -> None:
    with open_window() as hand:
        window, session = hand.window, hand.session
        build_xor(hand)
        hand.compiled()
        assert session.meaning.lowered is not None and session.meaning.lowered.program is not None, (
            session.meaning.lowered.problems
        )

        # Run, pause at once, go on to the end: all four right.
        hand.press(window.actions_["run"])
        hand.wait(lambda: len(session.training.records) > 3)
        hand.press(window.actions_["run"])
        hand.state(State.PAUSED, State.FINISHED)
        if session.training.state == State.PAUSED:
            count = len(session.training.records)
            pause(120)
            assert len(session.training.records) == count
            hand.press(window.actions_["run"])
        hand.state(State.FINISHED)
        assert session.training.report is not None and session.training.report["final"]["train_accuracy"] == 1.0
        assert len(session.training.records) == 300
        history = [dict(record) for record in session.training.records]

        # The export reproduces this very run in a fresh interpreter.
        assert window.bench.exporting.to(tmp_path / "home")
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        script = [sys.executable, "-I", str(tmp_path / "home" / "train.py"), "--json", "--device", "cpu"]
        done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["history"] == history
        done = subprocess.run(
            [*script, "--evaluate"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert json.loads(done.stdout)["final"] == session.training.report["final"]

        # Step: forward to the end and back again by keys; the card follows.
        hand.press(window.actions_["reset"])
        hand.press(window.actions_["step"])
        hand.wait(lambda: session.stepping.shown is not None)
        hand.state(State.PAUSED)
        timeline = window.bench.parts.timeline
        assert timeline.isVisible() and timeline.slider.value() == 0
        seen = []
        for _ in range(timeline.slider.maximum()):
            hand.keys(timeline.slider, Qt.Key.Key_Right)
            assert window.bench.parts.card.card is not None
            seen.append(window.bench.parts.card.card.heading)
        assert len(set(seen)) == timeline.slider.maximum() and "update" in seen[-1]
        hand.keys(timeline.slider, Qt.Key.Key_Home)
        assert timeline.slider.value() == 0
        hand.keys(timeline.slider, Qt.Key.Key_End)
        hand.keys(timeline.slider, Qt.Key.Key_Left)
        assert window.bench.parts.card.card is not None and window.bench.parts.card.card.heading == seen[-2]
        hand.keys(window, Qt.Key.Key_Left)
        assert window.bench.parts.card.card.heading == seen[-3]

        # Undo to the empty canvas and redo everything, by keys.
        whole = dumps(session.document)
        for _ in range(100):
            if not window.actions_["undo"].isEnabled():
                break
            hand.keys(window.bench.parts.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert (
            session.document == Document() and not window.bench.parts.scene.cards and not window.bench.parts.scene.wires
        )
        while window.actions_["redo"].isEnabled():
            hand.keys(
                window.bench.parts.canvas,
                Qt.Key.Key_Z,
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
            )
        assert dumps(session.document) == whole and len(window.bench.parts.scene.cards) == 5


def test_wires_by_mouse_and_what_they_refuse() -> None:
    with open_window() as hand:
        scene = hand.window.bench.parts.scene
        hand.drop("data", -350, 0)
        hand.drop("linear", -100, 0)
        hand.drop("linear", 150, 0)
        hand.wire("data1", "x", "linear1", "x")
        hand.wire("linear1", "y", "linear2", "x")
        assert len(scene.wires) == 2
        # A circle: the wire says why while it is held, and nothing is drawn.
        cards = scene.cards
        viewport = hand.window.bench.parts.canvas.viewport()
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=hand.pixel(cards["linear2"].port_place("out", "y")))
        place = hand.pixel(cards["linear2"].port_place("in", "x"))
        QTest.mouseMove(viewport, place)
        hint = hand.window.bench.parts.canvas._hint
        assert hint.isVisible() and "circle" in hint.text()
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place)
        assert len(scene.wires) == 2
        # A taken input is wired anew as one step of undo.
        hand.wire("data1", "x", "linear2", "x")
        assert {(w.source, w.target) for w in scene.wires} == {("data1", "linear1"), ("data1", "linear2")}
        hand.window.bench.selecting.undo()
        assert {(w.source, w.target) for w in scene.wires} == {("data1", "linear1"), ("linear1", "linear2")}
        # Pulling the end off an input takes the wire away.
        hand.drag(cards["linear2"].port_place("in", "x"), cards["linear2"].port_place("in", "x") + QPointF(20, 150))
        assert {(w.source, w.target) for w in scene.wires} == {("data1", "linear1")}
        # Esc in the middle of a gesture leaves no trace.
        before = hand.session.document
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=hand.pixel(cards["linear1"].port_place("out", "y")))
        QTest.mouseMove(viewport, hand.pixel(QPointF(100, 100)))
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=hand.pixel(QPointF(100, 100)))
        assert hand.session.document is before


def test_moving_selecting_and_deleting() -> None:
    with open_window() as hand:
        for number in range(3):
            hand.drop("linear", -300 + 250 * number, 0)
        cards = hand.window.bench.parts.scene.cards
        centre = cards["linear1"].sceneBoundingRect().center()
        start = cards["linear1"].pos()
        hand.drag(centre, centre + QPointF(40, 60))
        moved = hand.session.document.by_id["linear1"].position
        assert moved == pytest.approx((start.x() + 40, start.y() + 60), abs=11)
        hand.window.bench.selecting.undo()
        assert cards["linear1"].pos() == start
        box = hand.window.bench.parts.scene.content()
        hand.drag(box.topLeft() - QPointF(25, 40), box.bottomRight() + QPointF(25, 40))
        assert hand.window.bench.parts.scene.selected == {"linear1", "linear2", "linear3"}
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Escape)
        assert not hand.window.bench.parts.scene.selected
        hand.click_card("linear2")
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert set(hand.window.bench.parts.scene.cards) == {"linear1", "linear3"}
        hand.window.actions_["select_all"].trigger()
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert not hand.window.bench.parts.scene.cards
        hand.window.bench.selecting.undo()
        assert set(hand.window.bench.parts.scene.cards) == {"linear1", "linear3"}


def test_the_search_box_finds_and_appends_by_keyboard() -> None:
    with open_window() as hand:
        search = hand.window.bench.parts.palette.search
        hand.keys(
            hand.window.bench.parts.canvas,
            Qt.Key.Key_F,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        QTest.keyClicks(search, "dropo")
        QTest.keyClick(search, Qt.Key.Key_Return)
        assert [node.kind for node in hand.session.document.nodes] == ["dropout"]


def test_without_a_display_the_window_is_drawn_to_a_picture(tmp_path: Path) -> None:
    """What the README's run command does on a machine that cannot show a window."""
    assert draw("xor", str(tmp_path / "window.png")) == 0
    picture = QImage(str(tmp_path / "window.png"))
    # A window that was trained in, not an empty one: cards, curves and pictures have many colours.
    assert (
        picture.width() > 1000
        and len({picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}) > 60
    )
