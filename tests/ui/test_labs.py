"""The labs under a student's hands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.session import racing
from tests.e2e.hand import LEFT, Hand, open_window
from tests.e2e.loops import pause

pytestmark = pytest.mark.usefixtures("qtbot")


def lab(hand: Hand, surface: str = "") -> racing.Race:
    hand.window.guide.show_lab("surface", surface)
    return raced(hand)


def raced(hand: Hand) -> racing.Race:
    found = hand.window.guide.surface
    assert found is not None
    pause(20)
    hand.wait(lambda: found.whole)
    assert found._race is not None
    return found._race


def test_a_click_starts_elsewhere_and_a_rate_changes_the_way() -> None:
    with open_window() as hand:
        first = lab(hand, "saddle")
        view = hand.window.guide.surface
        assert view is not None and len(view.map.lines) == 6
        assert view.map.frame().width() >= 400
        spot = view.map.spot((-1.0, -0.8)).toPoint()
        QTest.mouseClick(view.map, LEFT, pos=spot)
        second = raced(hand)
        assert second is not first
        assert second.ways[0].places[0] == pytest.approx((-1.0, -0.8), abs=0.01)
        rate = view.lanes[0].rate
        rate.setFocus()
        rate.selectAll()
        QTest.keyClicks(rate, "0,2")
        QTest.keyClick(rate, Qt.Key.Key_Return)
        third = raced(hand)
        assert racing.rate_of(view.lanes[0].lane) == 0.2
        assert third.ways[0].places[1][0] == pytest.approx(-1.0 + 0.2 * 1.0, abs=0.01)


def test_a_rate_that_is_none_is_said_and_nothing_is_lost() -> None:
    with open_window() as hand:
        lab(hand, "bowl")
        view = hand.window.guide.surface
        assert view is not None
        before = racing.rate_of(view.lanes[0].lane)
        rate = view.lanes[0].rate
        rate.selectAll()
        QTest.keyClicks(rate, "quick")
        QTest.keyClick(rate, Qt.Key.Key_Return)
        assert racing.rate_of(view.lanes[0].lane) == before
        assert view.lanes[0].end.text() == "?" and rate.toolTip()
        view.begin.setText("one two")
        view.begin.editingFinished.emit()
        assert "two numbers" in view.said.text()


def test_an_own_expression_and_one_that_is_none() -> None:
    with open_window() as hand:
        lab(hand, racing.OWN)
        view = hand.window.guide.surface
        assert view is not None and view.expression.isVisible()
        view.expression.setText("x**2 + y**4 + 1")
        view.expression.editingFinished.emit()
        race = raced(hand)
        assert race.contour is not None and race.contour.loss.min() == pytest.approx(1.0, abs=0.01)
        view.expression.setText("x**2 + q")
        view.expression.editingFinished.emit()
        hand.wait(lambda: "q" in view.said.text())


def test_the_slider_plays_the_race() -> None:
    with open_window() as hand:
        race = lab(hand, "valley")
        view = hand.window.guide.surface
        assert view is not None
        view.slider.setValue(1)
        assert view.lanes[0].end.text() == f"{race.ways[0].losses[1]:#.4g}"
        view.slider.setValue(view.slider.maximum())
        QTest.mouseClick(view.play, LEFT)
        hand.wait(lambda: 0 < view.slider.value() < view.slider.maximum())
        hand.wait(lambda: view.slider.at_end)
        assert view.play.text() == "Play"


def test_a_lane_becomes_a_project_that_goes_the_same_way() -> None:
    with open_window() as hand:
        lab(hand, "rosenbrock")
        view = hand.window.guide.surface
        assert view is not None
        view.updates.setValue(25)
        race = raced(hand)
        QTest.mouseClick(view.lanes[5].open, LEFT)
        hand.compiled()
        assert "surface" in hand.session.document.by_id
        hand.session.run()
        hand.state("finished")
        state = hand.session.training.snapshot
        assert state is not None
        weights = state.weights["place"].ravel()
        assert weights == pytest.approx(race.ways[5].places[-1], rel=1e-9)


def test_six_race_and_a_seventh_takes_the_place_of_one_without_a_tick() -> None:
    with open_window() as hand:
        lab(hand, "bowl")
        view = hand.window.guide.surface
        assert view is not None
        place = view.field.more.count() - 1
        view.field.more.activated.emit(place)
        assert len(view.lanes) == 6 and "Six" in view.said.text()
        QTest.mouseClick(view.lanes[1].on, LEFT, pos=QPoint(8, view.lanes[1].on.height() // 2))
        raced(hand)
        assert len(view.map.lines) == 5
        view.field.more.activated.emit(place)
        raced(hand)
        assert len(view.lanes) == 6 and len(view.map.lines) == 6
        assert len({lane.color for lane in view.lanes}) == 6


def test_the_network_on_the_canvas_races_if_it_has_two_weights() -> None:
    with open_window() as hand:
        lab(hand, "bowl")
        view = hand.window.guide.surface
        assert view is not None
        view.surface.setCurrentIndex(view.surface.findData(racing.HERE))
        hand.wait(lambda: bool(view.said.text()))
        hand.window.bench.files.take_network(racing.ground("valley").document)
        hand.compiled()
        view.surface.setCurrentIndex(0)
        view.surface.setCurrentIndex(view.surface.findData(racing.HERE))
        race = raced(hand)
        assert race.reason is None and len(race.ways) == 6


def test_closing_and_opening_again_races_again() -> None:
    with open_window() as hand:
        lab(hand, "bowl")
        view = hand.window.guide.surface
        assert view is not None
        view.close()
        assert not view.isVisible()
        race = lab(hand, "bowl")
        assert view.isVisible() and len(race.ways) == 6


def test_beta_moves_every_curve() -> None:
    with open_window() as hand:
        hand.window.guide.show_lab("readings")
        view = hand.window.guide.readings
        assert view is not None
        QTest.keyClick(view.beta, Qt.Key.Key_Home)
        assert view.beta.value() == 0
        _, average = view.curves["average"].getData()
        _, given = view.curves["readings"].getData()
        assert average == pytest.approx(given)
        view.beta.setValue(980)
        assert "= 50 readings" in view.says.text()


def test_a_closed_lab_does_not_race_again_and_one_that_played_stands_still() -> None:
    with open_window() as hand:
        lab(hand, racing.OWN)
        view = hand.window.guide.surface
        assert view is not None
        QTest.mouseClick(view.play, LEFT)
        view.expression.setFocus()
        QTest.keyClicks(view.expression, " + 1")
        view.close()
        pause(400)
        assert not view._wait.isActive() and not view._poll.isActive()
        assert view._race is None or view._race.done
        assert view.play.text() == "Play"


def test_after_a_refusal_nothing_of_the_old_race_stands_there() -> None:
    with open_window() as hand:
        lab(hand, racing.OWN)
        view = hand.window.guide.surface
        assert view is not None
        view.expression.setText("x +")
        view.expression.editingFinished.emit()
        hand.wait(lambda: "no expression" in view.said.text())
        assert not view.map.lines and all(not lane.end.text() for lane in view.lanes)
        QTest.mouseClick(view.play, LEFT)
        assert view.play.text() == "Play"
        QTest.mouseClick(view.lanes[0].open, LEFT)
        assert "nothing to open" in view.said.text()
