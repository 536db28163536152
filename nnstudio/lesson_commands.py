"""``nnstudio lesson list | play | check``: lessons at a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from nnstudio.catalog.sources.copies import look_beside
from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError, StudioError
from nnstudio.document.numbers import exact
from nnstudio.document.steps import plan_of
from nnstudio.document.text import message
from nnstudio.document.values import Document, Parts

if TYPE_CHECKING:
    from nnstudio.session.lessons.collecting import Marked
    from nnstudio.session.lessons.player import Player
    from nnstudio.session.lessons.tutor import Tutor


def _out(args: argparse.Namespace) -> TextIO:
    found: TextIO = getattr(args, "stdout", sys.stdout)
    return found


def _open(name: str, fresh: bool = False) -> tuple[Document, Parts]:
    """A lesson by its id, or by its file."""
    from nnstudio.session.lessons import shelf

    path = Path(name)
    if path.suffix.lower() == ".nns" or path.exists():
        document, parts = storage.load(path)
        look_beside(path, parts.data)
    else:
        document, parts = shelf.load_lesson(name), Parts()
    if plan_of(document) is None:
        raise ProjectFileError("lesson.none", path=path)
    return document, Parts() if fresh else parts


def listed(args: argparse.Namespace) -> int:
    """List the lessons of the course."""
    from nnstudio.session.lessons import shelf

    known = shelf.standings()
    rows: list[dict[str, Any]] = []
    for lesson in shelf.shelf():
        standing = known.get(lesson.id, shelf.Standing())
        rows.append(
            {
                "id": lesson.id,
                "title": lesson.title(args.language),
                "minutes": lesson.minutes,
                "steps": lesson.steps,
                "met": standing.met,
            }
        )
    if args.json:
        print(json.dumps({"lessons": rows}, ensure_ascii=False), file=_out(args))
    else:
        for row in rows:
            tick = "done" if 0 < row["steps"] <= row["met"] else f"{row['met']}/{row['steps']}"
            print(f"{row['id']:<4} {tick:>5}  {row['minutes']:>3} min  {row['title']}")
    return 0


def play(args: argparse.Namespace) -> int:
    """Go through a lesson at the terminal, or have its own solution do it."""
    from nnstudio.session.lessons.player import Player
    from nnstudio.session.session import Session

    document, parts = _open(args.lesson, fresh=args.solution)
    session = Session(document)
    try:
        session.tutor.take(parts.progress)
        player = Player(session)
        player.settle()
        return _solve(player, args) if args.solution else _converse(player, args)
    finally:
        session.close()


def _solve(player: Player, args: argparse.Namespace) -> int:
    """Play the lesson's solution; the exit status is 0 where every step is done by it and none was before."""
    tutor, rows = player.session.tutor, []
    plan = tutor.plan
    assert plan is not None
    for place, step in enumerate(plan.steps):
        player.settle()
        before = step.check is not None and tutor.progress.here.met
        failed = ""
        for line in step.solve:
            try:
                player.do(line)
            except StudioError as error:
                failed = error.message.render(args.language)
        missing = tutor.missing.render(args.language) if tutor.missing is not None else ""
        figures = [
            {"at": figure.at, "expected": figure.expected, "yours": found, "agrees": _agrees(figure, found)}
            for figure, found in tutor.figures()
        ]
        met = tutor.may_go_on and not before and all(figure["agrees"] for figure in figures)
        rows.append(
            {
                "step": place + 1,
                "title": step.title(args.language),
                "met_before": before,
                "met": met,
                "missing": failed or missing,
                "figures": figures,
            }
        )
        if not args.json:
            print(f"{place + 1}. {step.title(args.language)}")
            print("".join(f"   > {line}\n" for line in step.solve), end="")
            _print_figures(tutor)
            print("   done" if met else f"   NOT DONE {failed or missing}{' (it was before)' if before else ''}")
        tutor.next()
    if args.json:
        print(json.dumps({"lesson": plan.id, "steps": rows}, ensure_ascii=False), file=_out(args))
    return 0 if all(row["met"] for row in rows) else 1


def _agrees(figure: Any, found: float | None) -> bool:
    return found is not None and bool(figure.agrees(found))


def _print_figures(tutor: Tutor) -> None:
    for figure, found in tutor.figures():
        yours = "–" if found is None else exact(found)
        print(
            f"   {figure.at:<32} expected {exact(figure.expected):<14} yours {yours:<14} {'✓' * _agrees(figure, found)}"
        )


def _say(player: Player, language: str) -> None:
    """What the open step says and asks."""
    from nnstudio.session.checks.answer import choices_in

    tutor = player.session.tutor
    plan, step = tutor.plan, tutor.step
    assert plan is not None and step is not None
    print(f"\n[{plan.id} {tutor.progress.at + 1}/{len(plan.steps)}] {plan.title(language)}")
    for text in (step.say, step.ask):
        if text:
            print(text(language))
    if step.check is not None and tutor.asks == "choice":
        for place, choice in enumerate(choices_in(step.check, language)):
            print(f"  answer {place}: {choice}")
    _print_figures(tutor)


def _converse(player: Player, args: argparse.Namespace) -> int:
    tutor = player.session.tutor
    shown = -1
    while True:
        if shown != tutor.progress.at:
            shown = tutor.progress.at
            _say(player, args.language)
        try:
            line = input("> ").strip()
        except EOFError:
            break
        if line in ("quit", "exit"):
            break
        if line == "hint" and tutor.step is not None:
            print(tutor.step.hint(args.language) or "–")
        if not line:
            continue
        before = tutor.progress.here.met
        try:
            player.do(line)
        except StudioError as error:
            print(error.message.render(args.language))
            continue
        if shown != tutor.progress.at or tutor.step is None:
            continue
        _print_figures(tutor)
        if tutor.progress.here.met and not before:
            print("✓ " + tutor.step.because(args.language))
        elif tutor.missing is not None and not tutor.progress.here.met:
            print(tutor.missing.render(args.language))
        if tutor.progress.done:
            print("The lesson is done.")
            break
    if args.out is not None:
        player.do(f"save {args.out}")
    return 0 if tutor.progress.done else 1


def check(args: argparse.Namespace) -> int:
    """Check worked lessons again, from what they hold."""
    return _report(args, args.files, None)


def collect(args: argparse.Namespace) -> int:
    """Check everything in a folder again, and write a table."""
    from nnstudio.session.lessons.collecting import files_in

    files = files_in(args.folder)
    if not files:
        raise ProjectFileError("lesson.no_files", path=args.folder)
    return _report(args, files, args.csv)


def _report(args: argparse.Namespace, files: list[Path], table: Path | None) -> int:
    from nnstudio.session.lessons.collecting import as_csv
    from nnstudio.session.lessons.collecting import collect as marks
    from nnstudio.session.session import Session

    given = _open(args.lesson, fresh=True)[0] if args.lesson else None
    found = []
    for one in marks(files, Session, given):
        found.append(one)
        if not args.json:
            _print_marked(one, args.language)
    if table is not None:
        write_atomically(table, as_csv(found, args.language).encode("utf-8-sig"))
    if args.json:
        rows = [
            {
                "file": str(one.file),
                "lesson": one.lesson,
                "changed": one.changed,
                "same_work_as": one.twin or None,
                "error": one.error.render(args.language) if one.error is not None else None,
                "steps": [
                    {
                        "title": step.title(args.language),
                        "met": step.met,
                        "why": step.why.render(args.language) if step.why is not None else None,
                        "answer": step.answer,
                        "attempts": step.attempts,
                        "hints": step.hints,
                    }
                    for step in one.steps
                ],
            }
            for one in found
        ]
        print(json.dumps({"files": rows}, ensure_ascii=False), file=_out(args))
    whole = all(one.error is None and not one.changed and one.met + one.unjudged == len(one.steps) for one in found)
    return 0 if whole else 1


def _print_marked(one: Marked, language: str) -> None:
    from nnstudio.session.lessons.collecting import said_of

    if one.error is not None:
        print(f"{one.file}: {one.error.render(language)}")
        return
    print(f"{one.file}: {one.lesson}, {one.met} of {len(one.steps)} steps checked and met")
    if one.changed:
        print(f"  {message('lesson.changed').render(language)}")
    if one.twin:
        print(f"  {message('lesson.twin', file=one.twin).render(language)}")
    for number, step in enumerate(one.steps, 1):
        print(f"  {number}. {said_of(step, language)}: {step.title(language)}")
