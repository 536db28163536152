"""Another look in the open window: nothing of the old one is left, and nothing of what was being done is lost."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from nnstudio.app import Application, make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import AddNode, SetTraining
from nnstudio.document.values import COMMENT, Params
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, save_settings
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.shell.main_window import MainWindow
from tests.e2e.hand import Hand
from tests.e2e.loops import settled

# Brightness by which the same view may differ in two windows, and by which it must in two themes.
SAME, OTHER = 24.0, 60.0
pytestmark = pytest.mark.usefixtures("qtbot")


def pixels(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3]


def settle() -> None:
    for _ in range(3):
        settled()


def seen(window: MainWindow) -> dict[str, np.ndarray]:
    """Every part of the window as pixels, the docks one after another."""
    found = {
        "toolbar": pixels(window.actions_.toolbar),
        "palette": pixels(window.bench.parts.palette),
        "legend": pixels(window.bench.parts.legend),
        "status": pixels(window.bench.parts.status),
    }
    for tab in (0, 1):
        window.bench.parts.side.setCurrentIndex(tab)
        settle()
        found[f"side {tab}"] = pixels(window.bench.parts.side)
    for name, dock in window.bench.panels.dock_of.items():
        dock.show()
        dock.raise_()
        settle()
        if window.bench.panels.view("curves").isVisible():
            window.bench.panels.view("curves").redraw()
        found[name] = pixels(dock.widget())
    found["canvas"] = pixels(window.bench.parts.canvas)
    found["timeline"] = pixels(window.bench.parts.timeline)
    return found


def trained(document_name: str = "rings") -> Session:
    document = SetTraining(("epochs",), 30).apply(load_example(document_name), CATALOG)
    document = AddNode(COMMENT, "c", (-300.0, -300.0), Params({"text": "A remark in words"})).apply(document, CATALOG)
    return Session(document)


@pytest.fixture
def application() -> object:
    made: list[Application] = []

    def make(session: Session) -> Application:
        made.append(Application(make_application(), session))
        made[-1].show_window()
        return made[-1]

    yield make
    texts.set_language("en")
    for each in made:
        each.window.bench.files.may_leave = lambda: True
        each.window.close()
        each.window.deleteLater()
    theme.apply_theme(make_application(), "light")
    settled()


@pytest.mark.parametrize(("name", "size"), [("dark", 100), ("contrast", 150)])
def test_a_window_that_is_restyled_is_the_one_that_would_be_made(name: str, size: int, application) -> None:
    save_settings(Settings(theme="light", language="en"))
    running = application(trained())
    window, session = running.window, running.session
    hand = Hand(window)
    hand.compiled()
    window.show_all()
    window.bench.running.toggle()
    hand.state(State.FINISHED)
    window.bench.trying.look()
    hand.wait(lambda: window.bench.parts.timeline.trace is not None)
    window.bench.parts.timeline.slider.setValue(5)
    light = seen(window)
    save_settings(Settings(theme=name, text_size=size, language="en"))
    window.appearance.changed()
    assert running.window is window, "no other window is made"
    settle()
    mine = seen(window)
    for part in (
        "toolbar",
        "palette",
        "canvas",
        "side 0",
        "side 1",
        "curves",
        "code",
        "health",
        "decision",
        "data",
        "results",
        "flow",
        "timeline",
    ):
        assert apart(mine[part], light[part]) > OTHER, f"{part} is as it was"
    # The same window, made in this look from the start.
    other = MainWindow(session, None)
    other.show()
    other.stand_like(window)
    other.bench.parts.timeline.slider.setValue(5)
    other.bench.panels.show("results")
    hand.wait(lambda: other.bench.panels.view("results").review is not None)
    other.bench.panels.show("curves")
    settle()
    try:
        made = seen(other)
        wrong = {part: apart(mine[part], made[part]) for part in mine}
        assert not {part: by for part, by in wrong.items() if by > SAME}
        old = {
            what: color for what, color in asdict(theme.LIGHT).items() if color not in asdict(theme.current()).values()
        }
        old.pop("name")
        left = {
            (part, what): count(mine[part], color)
            for part in mine
            for what, color in old.items()
            if count(mine[part], color) > count(made[part], color) + 4
        }
        assert not left, "colours of the old look"
    finally:
        other.leave()
        other.hide()
        other.let_go()
        other.deleteLater()


def count(picture: np.ndarray, color: str) -> int:
    """How many pixels have a colour."""
    red, green, blue, _ = QColor(color).getRgb()
    return int((picture == (blue, green, red)).all(axis=-1).sum())


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far two pictures are from each other, from 0 to 255; of other sizes, their commonest colours."""
    if one.shape != other.shape:
        one, other = (np.median(a.reshape(-1, 3), axis=0) for a in (one, other))
    return float(np.abs(one.astype(float) - other).mean())


def test_nothing_that_was_being_done_is_lost(application) -> None:
    """Theme, text size and language while it trains: selection, panels, docks, view, grain and what was typed stay."""
    save_settings(Settings(theme="light", language="en"))
    session = Session(SetTraining(("epochs",), 1_000_000).apply(load_example("xor"), CATALOG))
    running = application(session)
    first = running.window
    hand = Hand(first)
    hand.compiled()
    first.bench.running.toggle()
    hand.wait(lambda: session.training.records)
    name = next(iter(first.bench.parts.scene.cards))
    first.bench.parts.scene.select({name})
    first.actions_["grain_epoch"].setChecked(True)
    first.bench.panels.dock_of["history"].show()
    first.bench.panels.dock_of["curves"].hide()
    first.bench.parts.side.room = 280
    first.appearance.switch_theme()
    assert abs(first.bench.parts.side.room - 280) <= 2, "other colours do not move a panel"
    first.appearance.switch_theme()
    first.bench.parts.side.room = 340
    first.bench.parts.canvas.zoom_by(1.3)
    where = first.bench.bookmarks.look()
    first.appearance.switch_theme()
    assert running.window is first and theme.current().name == "dark" and first.bench.bookmarks.look() == where
    first.appearance.switch_language()
    second = running.window
    assert second is not first and second.actions_["run"].text() == "暂停" and session.training.state == State.RUNNING
    settle()
    assert second.bench.parts.scene.selected == {name} and second.bench.parts.inspector.node == name
    assert second.bench.wishes.grain == "epoch"
    assert second.bench.panels.dock_of["curves"].isHidden() and not second.bench.panels.dock_of["history"].isHidden()
    assert abs(second.bench.parts.side.room - 340) <= 2
    there = second.bench.bookmarks.look()
    assert there["zoom"] == where["zoom"] and abs(there["x"] - where["x"]) < 5 and abs(there["y"] - where["y"]) < 5


@pytest.mark.parametrize("words", ["en", "zh"])
def test_the_largest_words_have_room_on_a_small_laptop(words: str, application) -> None:
    save_settings(Settings(theme="light", language=words, text_size=150))
    session = Session(load_example("rings"))
    running = application(session)
    window = running.window
    window.resize(1366, 768)
    hand = Hand(window)
    hand.compiled()
    window.bench.parts.scene.select(
        {next(name for name, node in session.document.by_id.items() if node.kind == "linear")}
    )
    window.bench.parts.inspector.set_full(True)
    settle()
    assert window.bench.parts.inspector.horizontalScrollBar().maximum() == 0, "the form is no wider than its panel"
    window.actions_["step"].trigger()
    hand.wait(lambda: window.bench.parts.timeline.trace is not None)
    settle()
    window.bench.parts.timeline.slider.setValue(12)
    settle()
    assert window.width() <= 1366
    for button in (window.bench.parts.card.back, window.bench.parts.card.on, window.bench.parts.card.check):
        assert button.isVisible() and button.width() >= button.fontMetrics().horizontalAdvance(button.text()) + 8, (
            button.text()
        )
    # The language changes in the middle of a walk: it goes on where it was.
    window.bench.parts.timeline.slider.setValue(7)
    window.appearance.switch_language()
    settle()
    assert running.window is not window and running.window.bench.parts.timeline.slider.value() == 7
