"""Four desks, the projector and films: what stands where, what leads there, and that it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QTabBar

from nnstudio.engine.snapshot import Picture
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.settings import Settings, load_settings, save_settings
from nnstudio.ui.canvas.graph_face import links_of
from nnstudio.ui.kit import film, motion, theme
from nnstudio.ui.shell.desks import DESKS
from tests.e2e.hand import LEFT, Hand, open_window

pytestmark = [pytest.mark.drawn, pytest.mark.led]


def desk(hand: Hand) -> str:
    return str(hand.window.bench.desks.now)


def docked(hand: Hand) -> set[str]:
    """The panels that are in the window, seen or behind another."""
    return {name for name, dock in hand.window.bench.panels.dock_of.items() if not dock.isHidden()}


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_each_desk_is_whole_on_a_small_laptop(size: tuple[int, int]) -> None:
    with open_window(load_example("rings")) as hand:
        window = hand.window
        window.resize(*size)
        hand.wait(lambda: window.bench.parts.canvas.graph.cards["h1"].unfolded)
        for place, each in enumerate(DESKS):
            QTest.keyClick(window, Qt.Key(Qt.Key.Key_1.value + place), Qt.KeyboardModifier.ControlModifier)
            hand.wait(lambda each=each: desk(hand) == each.id)
            assert window.actions_[f"desk_{each.id}"].isChecked()
            hand.wait(lambda: window.width() <= size[0] and window.height() <= size[1])
            named = {name for places in (each.right, each.bottom) for row in places for name in row}
            assert docked(hand) == named
            assert window.bench.parts.left.isVisible() == each.palette
            assert window.bench.parts.side.isVisible() == bool(each.side)
            hand.wait(lambda: not _cut(window))
            canvas = window.bench.parts.canvas
            hand.wait(lambda canvas=canvas: canvas.seen().contains(canvas.graph.content()))
            key = window.bench.parts.key
            assert key.isVisible() != each.palette
            if key.isVisible() and each.id == "watch":
                box = canvas.mapToScene(QRect(key.pos(), key.size())).boundingRect()
                assert not any(box.intersects(card.sceneBoundingRect()) for card in canvas.graph.cards.values())


def _cut(window: Any) -> list[str]:
    """The tabs whose words do not fit."""
    found = []
    for bar in window.findChildren(QTabBar):
        if bar.isVisible() and bar.window() is window:
            found += [
                bar.tabText(place)
                for place in range(bar.count())
                if bar.tabRect(place).width() < bar.fontMetrics().horizontalAdvance(bar.tabText(place))
            ]
    return found


def test_the_map_on_the_desk_for_watching_is_large_and_no_bar_of_tabs_is_left_over() -> None:
    with open_window(load_example("rings")) as hand:
        hand.window.resize(1366, 768)
        hand.wait(lambda: desk(hand) == "watch")
        chart = hand.window.bench.panels.view("decision").chart
        hand.wait(lambda: chart.transform().m11() * 240 >= 250)
        for name in ("step", "build", "compare", "watch"):
            hand.window.bench.desks.go(name)
            hand.wait(lambda: True)
        titles = {dock.windowTitle() for dock in hand.window.bench.panels.dock_of.values() if dock.isHidden()}
        hand.wait(
            lambda: (
                not any(
                    bar.isVisible() and bar.tabText(place) in titles
                    for bar in hand.window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
                    for place in range(bar.count())
                )
            )
        )


def test_run_leads_to_watching_step_to_stepping_and_leaving_leads_back() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        window = hand.window
        assert desk(hand) == "watch", "who opens a network watches it"
        window.bench.desks.go("build")
        hand.press(window.actions_["run"])
        assert desk(hand) == "watch"
        hand.state(State.FINISHED)
        window.bench.desks.go("build")
        hand.press(window.actions_["reset"])
        hand.press(window.actions_["step"])
        hand.wait(lambda: window.bench.stepping.trace is not None)
        assert desk(hand) == "step" and window.bench.parts.card.isVisible()
        window.bench.stepping.leave()
        assert desk(hand) == "build"
        window.bench.files.open_example("xor")
        assert desk(hand) == "watch"
        window.bench.files.new()
        assert desk(hand) == "build", "an empty page is built on"


def test_who_does_not_want_to_be_led_stays() -> None:
    save_settings(Settings(lead=False))
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        assert desk(hand) == "build"
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert desk(hand) == "build"


def test_what_the_student_moved_is_kept_for_the_desk_and_after_a_restart() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        window = hand.window
        window.bench.panels.dock_of["curves"].hide()
        window.bench.desks.go("build")
        assert "curves" in docked(hand)
        window.bench.desks.go("watch")
        assert "curves" not in docked(hand)
    assert {name for name, _ in load_settings().desks} >= {"watch", "build"}
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        assert desk(hand) == "watch" and "curves" not in docked(hand)
        hand.window.actions_["desk_again"].trigger()
        assert "curves" in docked(hand)


@pytest.mark.parametrize("state", ["", "no base64!", "AAAA", "Lg=="])
def test_an_arrangement_that_is_none_is_passed_over(state: str) -> None:
    save_settings(Settings(desks=(("watch", state), ("nowhere", "AAAA"))))
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        assert docked(hand) == {"decision", "results", "curves", "health"}


def test_a_network_without_a_map_shows_its_results_instead() -> None:
    with open_window(load_example("iris")) as hand:
        results = hand.window.bench.panels.view("results")
        hand.wait(lambda: desk(hand) == "watch" and results.isVisible() and not results.visibleRegion().isEmpty())


def test_phases_are_buttons_that_lead_to_where_they_begin() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        timeline = hand.window.bench.parts.timeline
        for phase in ("update", "backward", "loss", "forward"):
            QTest.mouseClick(timeline.phases.buttons[phase], LEFT)
            trace = timeline.trace
            first = next(m.index for m in trace.moments if m.phase == phase)
            assert timeline.moment.index == first


# -- on a projector ---------------------------------------------------------------------------


def test_presenting_has_large_words_no_menus_and_page_keys_that_step() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        window, scale = hand.window, theme.text_scale()
        try:
            window.actions_["present"].trigger()
            assert theme.text_scale() >= 1.5 and window.isFullScreen()
            assert not window.menuBar().isVisible() and not window.statusBar().isVisible()
            QTest.keyClick(window, Qt.Key.Key_PageDown)
            hand.wait(lambda: window.bench.stepping.trace is not None)
            QTest.keyClick(window, Qt.Key.Key_PageDown)
            hand.wait(lambda: window.bench.parts.timeline.moment.index == 1)
            QTest.keyClick(window, Qt.Key.Key_PageUp)
            assert window.bench.parts.timeline.moment.index == 0
            QTest.keyClick(window, Qt.Key.Key_Escape)
            assert not window.presenter.on and theme.text_scale() == scale
            assert window.menuBar().isVisible() and not window.isFullScreen()
        finally:
            if window.presenter.on:
                window.presenter.toggle()


def test_full_screen_and_back() -> None:
    with open_window(load_example("xor")) as hand:
        hand.window.actions_["full_screen"].trigger()
        assert hand.window.isFullScreen()
        hand.window.actions_["full_screen"].trigger()
        assert not hand.window.isFullScreen()


def test_a_run_is_filmed_as_an_animated_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = tmp_path / "net.gif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(goal), ""))
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        filming = hand.window.bench.filming
        hand.window.actions_["film"].trigger()
        assert filming.on
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: len(filming.frames) >= 4)
        hand.window.actions_["film"].trigger()
        assert not filming.on and not filming.frames
        with Image.open(goal) as film_:
            # Frames that are alike become one.
            assert film_.n_frames >= 2 and film_.size[0] <= 960
        assert "net.gif" in hand.window.bench.parts.toast.text()


def test_a_film_without_ffmpeg_or_with_one_that_fails_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "ffmpeg", lambda: "")
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        filming = hand.window.bench.filming
        for _ in range(2):
            filming.take()
        assert not filming.write(tmp_path / "a.mp4") and "ffmpeg" in hand.window.bench.parts.toast.text()
        broken = tmp_path / "ffmpeg"
        broken.write_text("#!/bin/sh\necho no such codec >&2\nexit 3\n")
        broken.chmod(0o755)
        monkeypatch.setattr(film, "ffmpeg", lambda: str(broken))
        assert not filming.write(tmp_path / "a.mp4") and "no such codec" in hand.window.bench.parts.toast.text()
        assert not filming.write(tmp_path / "nowhere" / "a.gif") and not list(tmp_path.glob("a.*"))


def test_frames_of_another_size_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        filming = hand.window.bench.filming
        hand.window.resize(700, 500)
        filming.take()
        filming.take()
        hand.window.resize(640, 480)
        filming.take()
        assert filming.write(tmp_path / "a.gif")
        said = hand.window.bench.parts.toast.text()
        with Image.open(tmp_path / "a.gif") as film_:
            assert film_.n_frames == 3 or "1" in said


# -- smaller ----------------------------------------------------------------------------------


def test_the_gradients_scale_follows_the_largest_at_once_and_shrinks_slowly() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        scene = hand.window.bench.parts.scene
        scene.forget_pictures()

        def show(slope: float) -> float:
            scene.show_pictures({"hidden": Picture(np.ones(4), np.full(4, slope), np.arange(4), 4)}, {})
            return float(scene.limits[1])

        assert show(0.5) == 0.5
        before, steps = 0.5, []
        for _ in range(200):
            now = show(0.001)
            steps.append(now / before)
            before = now
        assert min(steps) > 0.8, "it does not jump"
        assert before < 0.01, "it comes after them"
        assert show(2.0) == 2.0


def test_a_graph_layer_is_the_graph_coloured_by_a_neuron() -> None:
    with open_window(load_example("karate")) as hand:
        scene = hand.window.bench.parts.scene
        hand.wait(lambda: all(scene.cards[n].column.units is not None for n in ("data", "gcn1", "gcn2")))
        units = scene.cards["gcn1"].column.units
        assert units.graph is not None and len(units.graph.colors) == 34 and units.picture.nodes.shape == (34, 16)
        assert len({color.name() for color in scene.cards["data"].column.units.graph.colors}) == 2
        # The picture of the present node is its row of the whole.
        present = hand.session.meaning.drawn.snapshot.sample
        np.testing.assert_allclose(units.picture.nodes[present], units.picture.values, rtol=1e-6)
        assert units.graph.present == present
        hand.window.bench.unfolding.pin("gcn1", 5)
        assert "neuron 6 of 16" in scene.cards["gcn1"].heading.note.text()


def test_what_arrives_along_links_is_what_gcn_says() -> None:
    """Â = D^(−½)(A + I)D^(−½), against a loop."""
    adjacency = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=float)
    found = links_of(adjacency)
    assert found is not None
    degrees = [2, 3, 2]
    for a in range(3):
        for b in range(3):
            linked = adjacency[a, b] or a == b
            assert found.share[a, b] == pytest.approx(linked / (degrees[a] * degrees[b]) ** 0.5)
    assert links_of(np.zeros((500, 500))) is None


def test_less_motion_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion, "system_is_calm", lambda: False)
    assert motion.moves()
    save_settings(Settings(motion=False))
    assert not motion.moves()
    save_settings(Settings())
    monkeypatch.setattr(motion, "system_is_calm", lambda: True)
    assert not motion.moves()


def test_the_system_is_asked_once_and_a_hanging_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "ask"
    script.write_text("#!/bin/sh\necho false\n")
    script.chmod(0o755)
    monkeypatch.setattr(motion.sys, "platform", "linux")
    monkeypatch.setattr(motion, "ASKED", {"linux": ((str(script),), "false")})
    motion.system_is_calm.cache_clear()
    assert motion.system_is_calm()
    script.write_text("#!/bin/sh\nsleep 20\n")
    monkeypatch.setattr(motion, "SECONDS", 0.2)
    assert motion.system_is_calm(), "it was asked before"
    motion.system_is_calm.cache_clear()
    assert not motion.system_is_calm()
    motion.system_is_calm.cache_clear()


def test_right_click_offers_to_add() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        canvas = hand.window.bench.parts.canvas
        asked: list[Any] = []
        canvas.wanted.disconnect()
        canvas.wanted.connect(lambda place, text: asked.append(place))
        menu = canvas.menu_at(QPointF(-200.0, -300.0))
        first = menu.actions()[0]
        assert first.text().startswith("Add")
        first.trigger()
        assert asked == [QPointF(-200.0, -300.0)]
        menu.deleteLater()
