"""Lessons in the real window: ten are played with mouse and keys; the card, what it lights, the gallery."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.errors import EditError
from nnstudio.document.fields import ChoiceField
from nnstudio.document.languages import language_ids
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.finding import IDEA, find
from nnstudio.session.lessons.said import changed
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.lesson_pictures import lesson_picture
from nnstudio.ui.kit.tiles import Tile
from nnstudio.ui.teaching.answering import rich
from tests.e2e.hand import LEFT, Hand, open_window, pause

pytestmark = pytest.mark.usefixtures("qtbot")
LEFT_CLICK = Qt.MouseButton.LeftButton


class Student:
    """Does with mouse and keys what a lesson's solution says."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.window, self.session = hand, hand.window, hand.session
        self.card = hand.window.bench.parts.lesson

    def do(self, line: str) -> None:
        name, *words = line.split()
        getattr(self, f"do_{name}")(words)
        pause(20)

    def press(self, name: str) -> None:
        self.hand.press(self.window.actions_[name])

    def do_answer(self, words: list[str]) -> None:
        answering = self.card.answering
        if answering.asks == "choice":
            button = answering.buttons[int(words[0])]
            self.card.area.ensureWidgetVisible(button)
            QTest.mouseClick(button, LEFT_CLICK)
            QTest.mouseClick(self.card.check, LEFT_CLICK)
            return
        assert answering.line is not None
        answering.line.setFocus()
        answering.line.selectAll()
        QTest.keyClicks(answering.line, " ".join(words))
        QTest.keyClick(answering.line, Qt.Key.Key_Return)

    def do_step(self, words: list[str]) -> None:
        for _ in range(int(words[0]) if words else 1):
            if self.session.stepping.trace is not None:
                # Within a step the button walks on.
                QTest.keyClick(self.window, Qt.Key.Key_Escape)
            before = self.session.stepping.trace
            self.press("step")
            self.hand.wait(lambda before=before: self.session.stepping.trace not in (None, before))

    def do_look(self, words: list[str]) -> None:
        if self.session.stepping.trace is None:
            self.window.actions_["look"].trigger()
            self.hand.wait(lambda: self.session.stepping.trace is not None)
        timeline = self.window.bench.parts.timeline
        timeline.sample.setFocus()
        timeline.sample.selectAll()
        QTest.keyClicks(timeline.sample, words[0])
        QTest.keyClick(timeline.sample, Qt.Key.Key_Return)
        self.hand.wait(lambda: self.session.stepping.trace.sample == int(words[0]))

    def do_run(self, words: list[str]) -> None:
        self.session.helm.speed.set(None)
        self.press("run")
        self.hand.wait(lambda: self.session.training.state.over)

    def do_place(self, words: list[str]) -> None:
        """Append a layer from the palette."""
        self.window.actions_["desk_build"].trigger()
        self.window.bench.parts.scene.select({words[words.index("after") + 1]})
        self.hand.double_click_palette(words[0])

    def do_reset(self, words: list[str]) -> None:
        self.press("reset")
        self.hand.state(State.IDLE)

    def do_set(self, words: list[str]) -> None:
        node, *path = words[0].split(".")
        if self.window.bench.desks.now != "build":
            self.window.actions_["desk_build"].trigger()
        self.window.bench.parts.side.show_settings()
        self.window.bench.parts.scene.select(() if node == "training" else {node})
        pause(20)
        fields = CATALOG.training_fields() if node == "training" else node_kinds()[self._kind(node)].fields
        field = next(known for known in fields if known.name == path[0])
        if len(path) == 1 and isinstance(field, ChoiceField):
            self.hand.choose(words[1], *path)
        else:
            self.hand.type_number(words[1], *path)

    def _kind(self, node: str) -> str:
        return self.session.document.by_id[node].kind


@pytest.mark.parametrize("name", ["0", "A1", "A3", "A5", "B1", "B4", "C1", "C2", "C5", "D7", "D9", "E9"])
def test_a_lesson_is_played_by_hand(name: str) -> None:
    with open_window() as hand:
        hand.window.bench.tutoring.open(name)
        hand.compiled()
        student, tutor, card = Student(hand), hand.session.tutor, hand.window.bench.parts.lesson
        plan = tutor.plan
        assert plan is not None and card.isVisible()
        for place, step in enumerate(plan.steps):
            hand.wait(lambda: hand.session.meaning.lowered is not None)
            assert tutor.progress.at == place and str(place + 1) in card.count.text()
            for line in step.solve:
                student.do(line)
            hand.wait(lambda: tutor.may_go_on, 30)
            hand.wait(lambda: card.next.isEnabled() and card.next.isVisible())
            assert step.check is None or card.feedback.isVisible()
            QTest.mouseClick(card.next, LEFT_CLICK)
        assert tutor.progress.done and shelf.standings()[name].done
        assert shelf.kept_path(name).is_file(), "what was done is kept by itself"
        onward = shelf.following(shelf.standings())
        assert onward is not None and onward.id != name and card.next.text().startswith(onward.id)
        if name == "A1":
            QTest.mouseClick(card.next, LEFT_CLICK)
            hand.wait(lambda: tutor.plan is not None and tutor.plan.id == onward.id)


def test_a_hint_is_in_sight_when_it_is_asked_for() -> None:
    with open_window() as hand:
        hand.window.resize(1100, 620)
        hand.window.bench.tutoring.open("B1")
        hand.compiled()
        hand.window.actions_["desk_watch"].trigger()
        card = hand.window.bench.parts.lesson
        pause(100)
        QTest.mouseClick(card.hint, LEFT_CLICK)
        hand.wait(lambda: not card.hinted.visibleRegion().isEmpty())
        shown = card.hinted.visibleRegion().boundingRect().height()
        assert shown >= min(card.hinted.height(), card.area.viewport().height()) - 2


def test_a_step_says_that_the_network_was_changed_since() -> None:
    with open_window() as hand:
        hand.window.bench.tutoring.open("B1")
        hand.compiled()
        student, labels = Student(hand), hand.window.bench.parts.timeline.findChildren(ElidedLabel)

        def said() -> bool:
            return any("before your change" in label.text() for label in labels)

        student.do("look 3")
        assert not said()
        student.do("set h.activation identity")
        hand.wait(said)
        student.do("reset")
        student.do("look 0")
        hand.wait(lambda: not said())


def test_the_card_is_at_home_on_every_desk_and_lights_what_it_speaks_of() -> None:
    with open_window() as hand:
        bench = hand.window.bench
        bench.tutoring.open("C1")
        hand.compiled()
        card = bench.parts.lesson
        for name in ("build", "watch", "step", "compare", "build"):
            hand.window.actions_[f"desk_{name}"].trigger()
            pause(120)
            assert card.isVisible() and card.visibleRegion().boundingRect().height() > 200, name
            assert bench.parts.side.isVisible() == (name in ("build", "step")), name
            bench.tutoring.polled()
            lit = bench.tutoring.pointer.lit
            button = hand.window.actions_.button("step")
            assert lit["step"].contains(button.mapTo(hand.window, button.rect().center()))
        QTest.mouseClick(card.leave, LEFT_CLICK)
        assert not card.isVisible() and not bench.tutoring.pointer.lit and bench.parts.side.isVisible()
        hand.window.actions_["lesson_card"].trigger()
        assert card.isVisible()
        bench.tutoring.open("E1")
        hand.compiled()
        hand.session.tutor.go(1)
        bench.tutoring.polled()
        assert "node:optimizer" in bench.tutoring.pointer.lit


def test_wrong_answers_hints_and_the_way_back() -> None:
    with open_window() as hand:
        bench = hand.window.bench
        bench.tutoring.open("B3")
        hand.compiled()
        student, card, tutor = Student(hand), bench.parts.lesson, hand.session.tutor
        pause(60)
        assert not card.check.isEnabled() and card.check.isVisible() and not card.next.isVisible()
        student.do("answer 9")
        assert "not it" in card.feedback.text() and card.feedback.property("kind") == "problem"
        QTest.mouseClick(card.hint, LEFT_CLICK)
        assert card.hinted.isVisible() and not card.hint.isVisible() and tutor.progress.here.hints == 1
        student.do("answer 12,0")
        assert card.feedback.property("kind") == "good"
        QTest.mouseClick(card.next, LEFT_CLICK)
        hand.wait(lambda: card.feedback.isVisible())
        assert "Parameters: 12" in card.feedback.text(), "what is missing is said while one builds"
        before = hand.session.document
        student.do("set a.units 7")
        hand.wait(lambda: card.bring.isVisible())
        QTest.mouseClick(card.bring, LEFT_CLICK)
        assert hand.session.document == before
        hand.window.actions_["undo"].trigger()
        assert hand.session.document.by_id["a"].params["units"] == 7
        QTest.mouseClick(card.back, LEFT_CLICK)
        assert tutor.progress.at == 0 and card.answering.line is not None and card.answering.line.text() == "12,0"


def test_a_strangers_words_are_no_markup() -> None:
    for text in ("<img src='http://x/y.png'>", "<b>x</b> & `<script>`", "<a href='x'>y</a>"):
        said = rich(text)
        assert "<img" not in said and "<b>" not in said and "<script" not in said and "<a " not in said


@pytest.mark.parametrize("language", language_ids())
def test_the_gallery_shows_every_lesson_with_a_picture(language: str) -> None:
    with open_window(language=language) as hand:
        page = hand.window.bench.parts.welcome
        hand.wait(lambda: len(page.findChildren(Tile)) > 40)
        hand.wait(lambda: page.page is not None and not page.page.waiting)
        tiles = page.findChildren(Tile)
        titles = [tile.text() for tile in tiles]
        for lesson in shelf.shelf():
            assert lesson.title(language) in titles or page.page.chosen == lesson.id
            assert lesson_picture(lesson.picture, 108, 84) is not None, lesson.id
        # Five beside each other, large enough to be read, and the page fills the window.
        row = [tile for tile in tiles if tile.geometry().top() == 0][:5]
        assert len({tile.width() for tile in row}) == 1 and row[0].width() >= 236 and row[0].height() >= 98
        assert page.width() == hand.window.width() and page.height() > 0.8 * hand.window.height()
        assert tiles[0].font().pointSizeF() >= 8.5


def test_the_gallery_goes_on_where_the_student_was() -> None:
    with open_window() as hand:
        page = hand.window.bench.parts.welcome
        hand.wait(lambda: page.findChildren(Tile))
        assert any(label.text().startswith("0 ·") for label in page.findChildren(QLabel))
        QTest.mouseClick(page.page.first, LEFT)
        assert hand.session.tutor.plan is not None and hand.session.tutor.plan.id == "0" and not page.isVisible()
        hand.window.bench.tutoring.open("A1")
        hand.compiled()
        student = Student(hand)
        student.do("answer 1")
        QTest.mouseClick(hand.window.bench.parts.lesson.next, LEFT_CLICK)
        hand.window.bench.tutoring.open("B1")
        assert hand.session.tutor.plan.id == "B1"
        hand.window.actions_["gallery"].trigger()
        hand.wait(lambda: page.isVisible() and not page._stale)
        QTest.keyClick(page, Qt.Key.Key_Escape)
        assert not page.isVisible(), "Esc leads back"
        hand.window.actions_["gallery"].trigger()
        hand.wait(lambda: any("Step 2 of" in label.text() for label in page.findChildren(QLabel)))
        QTest.mouseClick(page.page.first, LEFT)
        hand.compiled()
        assert hand.session.tutor.plan.id == "A1" and hand.session.tutor.progress.at == 1
        assert hand.session.tutor.progress.steps[0].met


WORDS = {
    "backpropagation": "Backpropagation",
    "chain rule": "Chain rule",
    "gradient": "Gradient",
    "epoch": "Epoch",
    "batch": "Batch",
    "iteration": "teration",
    "one-hot": "One-hot",
    "Jacobian": "Jacobian",
    "overfitting": "verfitting",
    "learning rate": "Learning rate",
    "softmax": "Softmax",
    "dropout": "Dropout",
    "反向传播": "Backpropagation",
    "链式法则": "Chain rule",
    "学习率": "Learning rate",
    "过拟合": "verfitting",
    "梯度消失": "anishing gradient",
}


@pytest.mark.parametrize("typed", WORDS)
def test_the_search_finds_the_right_thing_first(typed: str) -> None:
    from nnstudio.explain.ideas import ideas

    first = find(typed, shelf.shelf())[0]
    lessons = {lesson.id: lesson.title("en") for lesson in shelf.shelf()}
    title = ideas("en")[first.id].title if first.kind == IDEA else lessons.get(first.id, first.id.capitalize())
    assert WORDS[typed].casefold() in title.casefold(), (first, title)


def test_typing_in_the_gallery_finds_and_enter_opens() -> None:
    with open_window() as hand:
        page = hand.window.bench.parts.welcome
        hand.wait(lambda: page.findChildren(Tile))
        QTest.keyClicks(page.search, "softmax likes")
        hand.wait(lambda: [tile.text() for tile in page.findChildren(Tile)][:1] == ["Why softmax likes cross-entropy"])
        QTest.keyClick(page.search, Qt.Key.Key_Return)
        assert hand.session.tutor.plan is not None and hand.session.tutor.plan.id == "C4"
        hand.window.actions_["gallery"].trigger()
        page.search.setText("no such thing at all")
        hand.wait(lambda: any("Nothing is called that" in label.text() for label in page.findChildren(QLabel)))
        page.search.setText("梯度消失")
        hand.wait(lambda: page.findChildren(Tile))
        QTest.mouseClick(page.findChildren(Tile)[0], LEFT)
        help_view = hand.window.guide.help
        assert help_view is not None and "anishing" in help_view.article.toPlainText()
        help_view.close()


def test_work_on_a_lesson_that_cannot_be_kept_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with open_window() as hand:
        hand.window.bench.tutoring.open("C1")
        hand.compiled()
        (tmp_path / "file").write_text("x")
        monkeypatch.setattr(shelf, "kept_path", lambda name: tmp_path / "file" / f"{name}.nns")
        Student(hand).do("step")
        hand.wait(lambda: hand.session.tutor.progress.here.met)
        hand.window.bench.tutoring.keep()
        assert "cannot be kept" in hand.window.bench.parts.toast.text()
        monkeypatch.undo()
        assert not [b for b in hand.window.findChildren(QPushButton) if b.text() == "Traceback"]


def test_the_border_of_a_yes_and_no_is_drawn_and_its_threshold_moves_it() -> None:
    """z = x₁ + x₂ − 1.5 crosses 0 on the line x₁ + x₂ = 1.5, and 0.25 on x₁ + x₂ = 1.75."""
    from nnstudio.ui.plots.decision import SIDE

    with open_window() as hand:
        bench = hand.window.bench
        bench.tutoring.open("A1")
        hand.compiled()
        student = Student(hand)
        hand.window.actions_["desk_watch"].trigger()
        student.do("run")
        view = bench.panels.view("decision")
        hand.wait(lambda: view.threshold.isVisible() and not view.chart._border.path().isEmpty())
        assert view.threshold.level == 0.0
        weights = {name.split(".")[-1]: value.reshape(-1) for name, value in hand.session.present_weights().items()}
        low, high = (-0.12, 1.12)

        def sums(level: float) -> list[float]:
            view.threshold.box.setValue(level)
            path = view.chart._border.path()
            found = []
            for place in range(path.elementCount()):
                element = path.elementAt(place)
                x = low + element.x / SIDE * (high - low)
                y = low + (1 - element.y / SIDE) * (high - low)
                found.append(float(weights["weight"][0] * x + weights["weight"][1] * y + weights["bias"][0]))
            return found

        # A cell of the map is 0.027 wide: its middle is half of that away from its corner.
        assert sums(0.0) and all(abs(value) < 0.06 for value in sums(0.0))
        assert sums(0.1) and all(abs(value - 0.1) < 0.06 for value in sums(0.1))


def test_a_strangers_file_that_calls_itself_c1_leaves_the_courses_own_alone(tmp_path: Path) -> None:
    from nnstudio.document import storage

    storage.save(tmp_path / "mine.nns", shelf.load_lesson("C1"))
    with open_window() as hand:
        hand.window.bench.files.open(str(tmp_path / "mine.nns"))
        hand.compiled()
        Student(hand).do("step")
        hand.wait(lambda: hand.session.tutor.progress.here.met)
        hand.window.bench.tutoring.keep()
        assert shelf.standings() == {} and not shelf.kept_path("C1").exists()
        hand.window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]


def test_a_step_sets_networks_beside_and_the_next_takes_them_away() -> None:
    with open_window() as hand:
        window, session = hand.window, hand.session
        window.bench.tutoring.open("E1")
        hand.compiled()
        session.tutor.go(3)
        window.bench.tutoring.follow()
        assert window.bench.desks.now == "compare"
        names = [one.name for one in session.abreast.neighbours.values()]
        assert names == ["no momentum, η = 0.01", "momentum 0.9, η = 0.005"]
        momenta = [
            one.document.by_id["optimizer"].params["optimizer"].params["momentum"]
            for one in session.abreast.neighbours.values()
        ]
        assert momenta == [0.0, 0.9]
        session.tutor.go(4)
        window.bench.tutoring.follow()
        assert not session.abreast.neighbours


def test_a_strangers_network_beside_that_cannot_be_is_said() -> None:
    with pytest.raises(EditError):
        changed(load_example("xor"), ["run"])
    with pytest.raises(EditError):
        changed(load_example("xor"), ["set hidden"])
    with pytest.raises(EditError):
        changed(load_example("xor"), ["remove nobody"])
    assert changed(load_example("xor"), ["set hidden.units 9"]).by_id["hidden"].params["units"] == 9


def test_enter_answers_and_goes_on() -> None:
    with open_window() as hand:
        window, tutor = hand.window, hand.session.tutor
        window.bench.tutoring.open("B5")
        hand.compiled()
        card = window.bench.parts.lesson
        place = next(
            n for n, step in enumerate(tutor.plan.steps) if step.check is not None and step.check.kind == "answer"
        )
        tutor.go(place)
        window.bench.tutoring.follow()
        step = tutor.step
        assert step is not None and step.check is not None
        right = card.answering.buttons[step.check.params["right"]]
        right.setFocus()
        right.setChecked(True)
        QTest.keyClick(right, Qt.Key.Key_Return)
        assert tutor.progress.here.met and tutor.progress.at == place
        QTest.keyClick(card.answering.buttons[0], Qt.Key.Key_Return)
        QTest.keyClick(card, Qt.Key.Key_Return)
        assert tutor.progress.at != place


def test_enter_in_a_line_answers_once_then_goes_on() -> None:
    with open_window() as hand:
        window, tutor = hand.window, hand.session.tutor
        window.bench.tutoring.open("D7")
        hand.compiled()
        line = window.bench.parts.lesson.answering.line
        assert line is not None
        QTest.keyClicks(line, "0.19")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert tutor.progress.here.met and tutor.progress.at == 0
        line = window.bench.parts.lesson.answering.line
        assert line is not None
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert tutor.progress.at == 1


def test_beside_a_lesson_in_a_low_window_map_and_curves_lie_behind_each_other() -> None:
    with open_window(size=(1366, 768)) as hand:
        window = hand.window
        window.bench.tutoring.open("D9", anew=True)
        hand.compiled()
        window.bench.desks.go("watch")
        docks = window.bench.panels.dock_of
        hand.wait(lambda: docks["decision"].isVisible())
        assert docks["curves"] in window.tabifiedDockWidgets(docks["decision"])
        window.bench.panels.show("curves")
        hand.wait(lambda: window.bench.panels.view("curves").plots[0].height() >= 150)
        # The student's own arrangement is another one, and comes back with the lesson gone.
        window.bench.tutoring.put_away()
        pause(50)
        assert docks["curves"] not in window.tabifiedDockWidgets(docks["decision"])


def test_the_menu_of_lessons_has_a_chapter_each() -> None:
    with open_window() as hand:
        menu = hand.window.actions_.menus["lessons"]
        menu.aboutToShow.emit()
        assert [action.text()[0] for action in menu.actions()] == list(shelf.CHAPTERS)
        names = [a.text() for part in menu.actions() for a in part.menu().actions()]
        assert len(names) == len(shelf.lesson_names())
