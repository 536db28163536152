"""What teachers do in the window without code: steps, checks, playing, collecting; and how work is handed in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog

from nnstudio.document import storage
from nnstudio.document.steps import plan_of
from nnstudio.document.values import Parts
from nnstudio.session.examples import load_example
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.class_sets import class_set
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit.tiles import Tile
from nnstudio.ui.project.collect_dialog import CollectDialog
from nnstudio.ui.project.steps_dialog import StepsDialog
from tests.e2e.hand import LEFT, open_window, pause
from tests.ui.test_lessons import Student

pytestmark = pytest.mark.usefixtures("qtbot")


def test_a_teacher_makes_a_lesson_without_code_and_plays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        student = Student(hand)
        student.do("run")

        def write(dialog: StepsDialog) -> int:
            dialog.title.setText("Learn XOR")
            QTest.mouseClick(dialog.add, LEFT)
            QTest.keyClicks(dialog.texts["ask"], "Train it <b>well</b>.")
            dialog.check.setCurrentIndex(
                next(i for i in range(dialog.check.count()) if "Training loss at most" in dialog.check.itemText(i))
            )
            QTest.mouseClick(dialog.add, LEFT)
            QTest.keyClicks(dialog.texts["say"], "Look around.")
            QTest.mouseClick(dialog.add, LEFT)
            QTest.keyClicks(dialog.texts["ask"], "Why did it work?")
            dialog.check.setCurrentIndex(dialog.check.findText("an answer in the student's own words"))
            QTest.mouseClick(dialog.up, LEFT)
            dialog.spoken.setCurrentIndex(dialog.spoken.findData("zh"))
            dialog.texts["ask"].setPlainText("为什么行？")
            return int(QDialog.DialogCode.Accepted)

        monkeypatch.setattr(StepsDialog, "exec", write)
        hand.window.actions_["lesson_steps"].trigger()
        plan = plan_of(hand.session.document)
        assert plan is not None and [bool(step.check) for step in plan.steps] == [True, True, False]
        assert plan.title("en") == "Learn XOR" and plan.steps[1].ask("zh") == "为什么行？"
        assert plan.steps[1].ask("en") == "Why did it work?" and plan.steps[0].check.kind == "reached"
        student.press("reset")
        hand.window.actions_["lesson_play"].trigger()
        card, tutor = hand.window.bench.parts.lesson, hand.session.tutor
        pause(60)
        assert card.isVisible() and not tutor.may_go_on and "<b>" not in card.asked.text()
        student.do("run")
        hand.wait(lambda: tutor.may_go_on)
        QTest.mouseClick(card.next, LEFT)
        assert card.answering.writing is not None
        QTest.keyClicks(card.answering.writing, "Because it has hidden neurons, I think.")
        QTest.mouseClick(card.check, LEFT)
        assert tutor.may_go_on
        hand.window.actions_["undo"].trigger()
        assert plan_of(hand.session.document) is None, "what a teacher changes can be undone"


def test_what_is_true_is_proposed_and_met_at_once() -> None:
    from nnstudio.document.steps import check_of
    from nnstudio.session.checks import judge
    from nnstudio.session.lessons.gathering import facts_now

    with open_window(load_example("xor")) as hand:
        hand.compiled()
        student = Student(hand)
        student.do("step")
        proposed = hand.session.tutor.proposals("hidden", hand.window.bench.parts.timeline.moment)
        facts = facts_now(hand.session)
        assert facts is not None and len(proposed) > 8
        for proposal in proposed:
            check = check_of(proposal.check)
            assert check is not None
            if check.kind in ("setting", "count", "sound", "stepped"):
                assert judge(check, facts).missing is None, proposal.title


def test_work_is_handed_in_and_collected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with open_window() as hand:
        hand.window.bench.tutoring.open("B4")
        hand.compiled()
        student = Student(hand)
        student.do("answer 1344")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "anna"), ""))
        hand.window.actions_["hand_in"].trigger()
        assert (tmp_path / "anna.nns").is_file() and hand.session.path is None
        assert "1 of 4 steps" in hand.window.bench.parts.toast.text()
        (tmp_path / "broken.nns").write_text("x")
        seen: list[CollectDialog] = []

        def look(dialog: CollectDialog) -> int:
            seen.append(dialog)
            hand.wait(lambda: dialog.save.isEnabled())
            rows = {dialog.table.item(row, 0).text(): row for row in range(dialog.table.rowCount())}
            assert dialog.table.item(rows["anna.nns"], 2).text() == "1 / 4"
            assert dialog.table.item(rows["broken.nns"], 2).text() == "–"
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "marks.csv"), ""))
            QTest.mouseClick(dialog.save, LEFT)
            dialog.done(0)
            return 0

        monkeypatch.setattr(CollectDialog, "exec", look)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
        hand.window.actions_["collect"].trigger()
        assert seen and "anna.nns,B4,1,4" in (tmp_path / "marks.csv").read_text(encoding="utf-8-sig")


def test_a_class_set_stands_in_the_gallery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = tmp_path / "week 3.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for name in ("C1", "A1"):
            out.write(shelf.lesson_path(name), f"folder/{name}.nns")
        out.writestr("../../evil.nns", b"no project")
        out.writestr("order.txt", "C1\nA1.nns\nnot there\n")
        out.writestr("readme.md", "x")
    found = class_set(archive)
    assert [lesson.id for lesson in found.lessons] == ["C1", "A1"] and found.left_out == ("evil.nns",)
    assert sorted(path.name for path in found.path.iterdir()) == ["A1.nns", "C1.nns", "evil.nns", "order.txt"]
    with open_window() as hand:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(archive), ""))
        hand.window.actions_["class_set"].trigger()
        assert load_settings().classes and "2 lessons" in hand.window.bench.parts.toast.text()
        page = hand.window.bench.parts.welcome
        hand.wait(lambda: page.isVisible() and page.page is not None and not page._stale)
        tiles = page.page.findChildren(Tile)
        assert [tile.text() for tile in tiles[:2]] == ["Backpropagation, number by number", "A line that learns: AND"]
        QTest.mouseClick(tiles[0], LEFT)
        assert hand.session.path is not None and hand.session.tutor.plan is not None
        storage.save(tmp_path / "none.nns", load_example("xor"), Parts())
        said: list[str] = []
        monkeypatch.setattr(hand.window.bench.boxes.__class__, "refuse", lambda self, m: said.append(m.render()))
        hand.window.bench.classroom.add_class_set(tmp_path)
        assert said and "no lesson" in said[0]
