"""Every lesson is played: no step met before its solution, each met after it, figures right, both languages there; what
is handed in is checked again and not believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnstudio import cli
from nnstudio.document import storage
from nnstudio.document.languages import language_ids
from nnstudio.document.steps import Plan, Words, plan_of, words
from nnstudio.document.values import Document, Params, Parts
from nnstudio.session.checks import CHOICE, asked, kinds
from nnstudio.session.checks.answer import choice_words
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.checking import changed_since, recheck
from nnstudio.session.lessons.player import Player
from nnstudio.session.session import Session
from tests.helpers import chain, choice

NAMES = shelf.lesson_names()


@contextmanager
def playing(document: Document) -> Iterator[Player]:
    session = Session(document)
    try:
        player = Player(session)
        player.settle()
        yield player
    finally:
        session.close()


def play_through(player: Player) -> None:
    tutor = player.session.tutor
    plan = tutor.plan
    assert plan is not None
    for place, step in enumerate(plan.steps):
        where = f"{plan.id} step {place + 1}"
        player.settle()
        assert tutor.progress.at == place
        assert step.check is None or not tutor.progress.here.met, f"{where} is met before anything was done"
        for line in step.solve:
            player.do(line)
        missing = tutor.missing.render() if tutor.missing is not None else ""
        assert tutor.may_go_on, f"{where} is not met by its solution: {missing}"
        for figure, found in tutor.figures():
            assert found is not None and figure.agrees(found), f"{where}: {figure.at} is {found}, not {figure.expected}"
        assert tutor.next()
    assert tutor.progress.done


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_played(name: str) -> None:
    with playing(shelf.load_lesson(name)) as player:
        play_through(player)


def texts(plan: Plan) -> Iterator[Words]:
    yield from (plan.title, plan.about)
    for step in plan.steps:
        yield from (step.say, step.ask, step.hint, step.because, *(figure.label for figure in step.figures))
        for given in step.check.params.get("choices", ()) if step.check is not None else ():
            yield choice_words(given)
            if isinstance(given, Params):
                yield words(given.get("reply"))


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_whole(name: str) -> None:
    """Its words in every language, a question with instructive wrong answers, a reason after each check."""
    path = shelf.lesson_path(name)
    document, parts = storage.load(path)
    plan = plan_of(document)
    assert plan is not None and plan.id == name and plan.title and plan.about and 1 <= plan.minutes <= 60
    assert storage.dumps(document, parts) == path.read_bytes(), "saved again it is the same file"
    assert 3 <= len(plan.steps) <= 8 and set(plan.needs) <= set(NAMES)
    for text in texts(plan):
        assert not text or set(text.said) == set(language_ids()), text("en")
        # What is alike in both languages is a formula.
        assert not text or text("zh") != text("en") or not re.search("[A-Za-z]{5,}", text("en")), text("en")
    questions = [step for step in plan.steps if asked(step.check) == CHOICE]
    assert questions, "a question about why"
    for step in plan.steps:
        assert step.say or step.ask
        assert step.check is None or (step.because and step.solve and step.check.kind in kinds())
    for step in questions:
        assert step.check is not None
        given, right = step.check.params["choices"], step.check.params["right"]
        assert len(given) >= 2 and all(words(wrong.get("reply")) for n, wrong in enumerate(given) if n != right)


# -- what a student does -----------------------------------------------------------------------

STEPS = (
    {"say": "Look."},
    {
        "ask": "What is the loss?",
        "check": {"kind": "number", "at": "loss", "tol": 1e-6, "ask": True},
        "hint": "Step.",
        "solve": ["step", "answer 0.5"],
    },
    {
        "ask": "Which?",
        "check": {"kind": "answer", "choices": ["a", {"say": "b", "reply": "No, not b."}], "right": 0},
        "solve": ["answer 0"],
    },
    {"ask": "Train.", "check": {"kind": "reached", "figure": "train_loss", "side": "at_most", "value": 0.1}},
)


def taught(*steps: dict[str, Any], **more: Any) -> Document:
    document = chain(
        (
            "linear",
            "n",
            {
                "units": 1,
                "weight_initializer": choice("explicit", values=(0.0, 0.0)),
                "bias_initializer": choice("zeros"),
            },
        ),
        data=choice("typed", x=((1.0, 0.0), (0.0, 1.0)), y=((1.0,), (1.0,))),
        loss=choice("half_squared"),
        optimizer=choice("sgd", learning_rate=0.5),
        data_params={"scaling": "none", "validation": 0.0},
        epochs=20,
        batch_size=2,
        shuffle=False,
    )
    lesson = {"id": "T1", "title": {"en": "T"}, "steps": list(steps or STEPS), **more}
    plain = {"format": "nnstudio", "version": 3, "document": {**storage.document_to_plain(document), "lesson": lesson}}
    return storage.loads(json.dumps(plain).encode())[0]


def test_a_student_goes_through_a_lesson_and_comes_back_to_it(tmp_path: Path) -> None:
    with playing(taught()) as player:
        session, tutor = player.session, player.session.tutor
        assert tutor.may_go_on and tutor.to_plain() == {}, "nothing was begun"
        player.do("next")
        assert not tutor.may_go_on and tutor.missing is not None and not tutor.next()
        player.do("answer 1")
        assert tutor.missing is not None and "press Step" in tutor.missing.render()
        player.do("step")
        expected = session.stepping.shown
        assert expected is not None
        for wrong, said in (
            (str(-expected.loss), "sign"),
            ("x", "no number"),
            (f"{expected.loss + 1e-5}", "four digits"),
        ):
            player.do(f"answer {wrong}")
            assert tutor.missing is not None and said in tutor.missing.render(), wrong
        player.do("hint")
        player.do(f"answer {expected.loss:.8f}".replace(".", ","))
        assert tutor.may_go_on and tutor.progress.here.attempts == 5 and tutor.progress.here.hints == 1
        player.do("next")
        player.do("answer 1")
        assert tutor.missing is not None and tutor.missing.render() == "No, not b."
        player.do(f"save {tmp_path / 'half.nns'}")
        with playing(taught()) as other:
            other.session.open(tmp_path / "half.nns")
            other.settle()
            assert other.session.tutor.progress.at == 2 and other.session.tutor.given == 1
            other.do("answer 0")
            other.do("next")
            other.do("run")
            assert other.session.tutor.progress.done
            other.do("undo")
            assert other.session.tutor.progress.done, "what was learnt is never undone"


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("0.14978072", True),
        ("0.1497807", True),
        ("0,1498", True),
        ("1.498e-1", True),
        ("0.150", False),
        ("0.1497", False),
        ("0.14979", False),
        ("-0.1498", False),
        ("0.1498072", False),
    ],
)
def test_an_answer_rounded_to_four_digits_is_right(typed: str, right: bool) -> None:
    """As many digits as the cards show: 0.14978072 is 0.1498, and is neither 0.1497 nor the old 0.15."""
    check = {"kind": "number", "value": 0.14978072, "tol": 5e-9, "ask": True}
    with playing(taught({"ask": {"en": "How much?"}, "check": check})) as player:
        player.do(f"answer {typed}")
        assert player.session.tutor.may_go_on == right


def test_the_course_goes_on_behind_what_was_done_last() -> None:
    def done(when: float) -> shelf.Standing:
        return shelf.Standing(4, 5, 5, when)

    def after(**known: shelf.Standing) -> str | None:
        found = shelf.following(known)
        return found.id if found is not None else None

    assert after() == shelf.FIRST
    assert after(B1=done(1.0)) == "B2" and after(C1=done(2.0), B1=done(1.0)) == "C2"
    assert after(C9=done(1.0), C10=shelf.Standing(1, 1, 5, 2.0)) == "C10"
    assert after(**{NAMES[-1]: done(1.0)}) == shelf.FIRST
    assert after(**{name: done(1.0) for name in NAMES}) is None


def test_a_wrong_turn_is_safe() -> None:
    with playing(taught()) as player:
        tutor, before = player.session.tutor, player.session.document
        player.do("next")
        player.do("remove n")
        player.do("set training.epochs 3")
        assert player.session.document != before
        player.do("bring")
        assert player.session.document == before
        player.do("undo")
        assert player.session.document.training["epochs"] == 3 and tutor.progress.at == 1


def test_odd_lessons_and_odd_progress_are_read_as_nothing() -> None:
    from nnstudio.document.errors import ProjectFileError

    good = storage.document_to_plain(taught())
    for odd in ({"steps": 3}, {"steps": [{"say": 5}]}, {"steps": [{"nonsense": "x"}]}, {"steps": [{"check": []}]}):
        plain = {"format": "nnstudio", "version": 3, "document": {**good, "lesson": {"id": "T1", **odd}}}
        with pytest.raises(ProjectFileError):
            storage.loads(json.dumps(plain).encode())
    for lesson in (Params(steps=()), Params(steps=5), Params(steps=("x",)), Params(id=3)):
        assert plan_of(replace(taught(), lesson=lesson)) is None
    with playing(taught()) as player:
        tutor = player.session.tutor
        for progress in (
            {"lesson": "T1", "at": 99, "steps": "all"},
            {
                "lesson": "T1",
                "at": -3,
                "steps": [5, {"met": "yes", "answer": [1], "work": 7}],
                "networks": [{"nodes": 3}],
            },
            {"lesson": "other", "at": 2, "steps": [{"met": True}] * 4},
        ):
            tutor.take(progress)
            assert not any(step.met for step in tutor.progress.steps) and 0 <= tutor.progress.at < 4


def test_a_check_that_is_wrong_itself_says_so() -> None:
    wrong = (
        {"kind": "number", "at": "forward/../x", "ask": True},
        {"kind": "number", "ask": True},
        {"kind": "answer", "choices": ["a"], "right": 7},
        {"kind": "nothing_like_it"},
        {"kind": "setting", "nonsense": 1},
    )
    with playing(taught(*({"ask": "?", "check": check} for check in wrong))) as player:
        tutor = player.session.tutor
        for place in range(len(wrong)):
            tutor.go(place)
            player.settle()
            tutor.answer(0)
            assert tutor.missing is not None and tutor.missing.render("zh") and not tutor.may_go_on


# -- handed in ---------------------------------------------------------------------------------


def worked(tmp_path: Path) -> Path:
    path = tmp_path / "worked.nns"
    with playing(taught()) as player:
        player.do("next")
        player.do("step")
        assert player.session.stepping.shown is not None
        player.do(f"answer {player.session.stepping.shown.loss:.8f}")
        player.do("next")
        player.do("answer 0")
        player.do("next")
        player.do("run")
        player.do(f"save {path}")
    return path


def test_what_is_handed_in_is_checked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = worked(tmp_path)
    assert [step.met for step in recheck(*storage.load(path), Session)] == [True, True, True]
    assert cli.main(["lesson", "check", str(path)]) == 0 and "3 of 3 steps" in capsys.readouterr().out


def forged(path: Path, how: Any) -> tuple[Document, Parts]:
    document, parts = storage.load(path)
    progress = json.loads(json.dumps(storage.unfrozen(parts.progress)))
    how(progress)
    return document, replace(parts, progress=progress)


def test_a_forged_file_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = worked(tmp_path)

    def claimed(progress: Any) -> None:
        for step in progress["steps"]:
            step.update(met=True, answer="1", epochs=0, over=False, update=None, work=progress["steps"][1]["began"])

    assert [step.met for step in recheck(*forged(path, claimed), Session)] == [False, False, False]

    def empty(progress: Any) -> None:
        progress["steps"] = [{"met": True}] * 4
        progress["networks"] = []

    assert [step.met for step in recheck(*forged(path, empty), Session)] == [False, False, False]

    def untrained(progress: Any) -> None:
        progress["steps"][3].update(epochs=1, over=False)

    assert [step.met for step in recheck(*forged(path, untrained), Session)] == [True, True, False]
    # A history that the file claims is no history.
    document, parts = storage.load(path)
    lazy = replace(document, training=document.training.with_value("epochs", 1))
    claims = {**parts.run, "history": [{"epoch": 1, "train_loss": 0.0}]}
    progress = json.loads(json.dumps(storage.unfrozen(parts.progress)))
    for network in progress["networks"]:
        network["training"]["epochs"] = 1
    assert recheck(lazy, replace(parts, run=claims, progress=progress), Session)[2].met is False
    # The lesson itself was made easier.
    easy = replace(document, lesson=taught({"ask": "?", "check": {"kind": "ran", "epochs": 1}}).lesson)
    storage.save(tmp_path / "easy.nns", easy, parts)
    storage.save(tmp_path / "given.nns", taught())
    assert changed_since(easy, taught())
    assert cli.main(["lesson", "check", str(tmp_path / "easy.nns"), "--lesson", str(tmp_path / "given.nns")]) == 1
    assert "its steps were changed" in capsys.readouterr().out


def test_locked_nodes_must_be_as_they_were_given(tmp_path: Path) -> None:
    path = worked(tmp_path)
    given = taught(*STEPS, locked=["data"])

    def other_data(progress: Any) -> None:
        for network in progress["networks"]:
            network["nodes"][0]["params"]["validation"] = 0.5

    document, parts = forged(path, other_data)
    found = recheck(document, parts, Session, given)
    assert all(step.met is False and step.why is not None and "locked" in step.why.render() for step in found)


# -- at a terminal -----------------------------------------------------------------------------


def test_lessons_at_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["lesson", "list", "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)["lessons"]] == NAMES
    assert cli.main(["lesson", "list", "--language", "zh"]) == 0 and NAMES[0] in capsys.readouterr().out
    assert cli.main(["lesson", "play", "Z9"]) == 1 and "There is no lesson Z9" in capsys.readouterr().err
    storage.save(tmp_path / "none.nns", replace(taught(), lesson=Params()))
    assert cli.main(["lesson", "play", str(tmp_path / "none.nns")]) == 1 and "no steps" in capsys.readouterr().err
    storage.save(tmp_path / "t.nns", taught())
    lines = iter(["next", "nonsense", "set n.units much", "hint", "step", "answer 0.5", "quit"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(lines))
    assert cli.main(["lesson", "play", str(tmp_path / "t.nns"), "--out", str(tmp_path / "o.nns")]) == 1
    said = capsys.readouterr().out
    assert "What is the loss?" in said and "is no command here" in said and "Step." in said and "✓" in said
    assert storage.load(tmp_path / "o.nns")[1].progress["steps"][1]["met"] is True
    assert cli.main(["lesson", "play", "C1", "--solution", "--json"]) == 0
    assert all(row["met"] for row in json.loads(capsys.readouterr().out)["steps"])


def test_work_on_a_lesson_is_kept_and_found_again() -> None:
    fresh, parts = shelf.begun("C1")
    assert not parts.progress and shelf.standings() == {}
    with playing(fresh) as player:
        player.do("step")
        player.do("next")
        tutor = player.session.tutor
        plan = tutor.plan
        assert plan is not None
        shelf.note(plan, tutor.progress.at, 1)
        shelf.keep("C1", player.session.document, Parts(progress=tutor.to_plain()))
    standing = shelf.standings()["C1"]
    assert (standing.at, standing.met, standing.of, standing.done) == (1, 1, len(plan.steps), False)
    assert shelf.begun("C1")[1].progress["at"] == 1
    shelf.kept_path("C1").write_text("broken")
    assert not shelf.begun("C1")[1].progress, "what cannot be read is begun anew"
    shelf.forget("C1")
    assert shelf.standings() == {} and not shelf.kept_path("C1").exists()


def test_a_class_is_collected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import csv

    folder = tmp_path / "class"
    (folder / "b").mkdir(parents=True)
    path = worked(tmp_path)
    (folder / "anna.nns").write_bytes(path.read_bytes())
    (folder / "b" / "bert.nns").write_bytes(path.read_bytes())
    storage.save(folder / "carl.nns", *storage.load(path)[:1], Parts())
    document, parts = storage.load(path)
    progress = json.loads(json.dumps(storage.unfrozen(parts.progress)))
    progress["steps"][1]["answer"] = "=HYPERLINK(1)"
    storage.save(folder / "dora.nns", document, replace(parts, progress=progress))
    (folder / "emil.nns").write_text("no project")
    storage.save(tmp_path / "given.nns", taught())
    table = tmp_path / "marks.csv"
    asked_for = ["collect", str(folder), "--csv", str(table), "--lesson", str(tmp_path / "given.nns")]
    assert cli.main(asked_for) == 1
    assert "The very same work was handed in as anna.nns" in capsys.readouterr().out
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    by_file = {row["file"]: row for row in rows}
    assert by_file["anna.nns"]["met"] == "3" == by_file["anna.nns"]["of"] and by_file["anna.nns"]["attempts"] == "2"
    assert by_file["bert.nns"]["same work as"] == "anna.nns"
    assert by_file["carl.nns"]["met"] == "0" and "Not done yet" in by_file["carl.nns"]["step 1"]
    assert by_file["dora.nns"]["met"] == "2" and by_file["emil.nns"]["error"]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    (tmp_path / "empty").mkdir()
    assert cli.main(["collect", str(tmp_path / "empty")]) == 1 and "no project" in capsys.readouterr().err


def test_a_lesson_is_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the folder is on the shelf, is played and is found: nothing else names it."""
    from nnstudio.session.lessons.finding import LESSON, find

    monkeypatch.setattr(shelf, "resource", lambda *parts: tmp_path.joinpath(*parts[1:]))
    storage.save(
        tmp_path / "T1.nns", taught(*STEPS[:1], STEPS[2], title={"en": "Brand new", "zh": "崭新"}), backup=False
    )
    shelf.shelf.cache_clear()
    try:
        assert [lesson.id for lesson in shelf.shelf()] == ["T1"] == shelf.lesson_names()
        assert cli.main(["lesson", "play", "T1", "--solution"]) == 0
        assert "done" in capsys.readouterr().out
        found = find("崭新", shelf.shelf())[0]
        assert (found.kind, found.id) == (LESSON, "T1")
    finally:
        shelf.shelf.cache_clear()


def test_every_row_of_the_course_has_its_lesson() -> None:
    rows = dict(zip("ABCDE", (5, 6, 10, 15, 10), strict=True))
    for chapter, count in rows.items():
        assert [n for n in NAMES if n.startswith(chapter)] == [f"{chapter}{k}" for k in range(1, count + 1)]
    assert shelf.FIRST in NAMES and NAMES[0] == shelf.FIRST


def test_work_that_cannot_be_read_is_put_aside_and_never_overwritten() -> None:
    path = shelf.kept_path("B1")
    assert shelf.set_aside("B1") is None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{ half a file")
    aside = shelf.set_aside("B1")
    assert aside is not None and aside != path and aside.read_bytes() == b"{ half a file" and not path.exists()
    document, parts = shelf.begun("B1")
    shelf.keep("B1", document, parts)
    assert shelf.set_aside("B1") is None and aside.exists()
