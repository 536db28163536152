"""Looks a worked lesson through: every step again, from the network that did it. Nothing the file says of itself is
believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nnstudio.document.edits import ReplaceAll
from nnstudio.document.errors import StudioError
from nnstudio.document.lesson import guard, locked_in
from nnstudio.document.steps import Step, Words, plan_of
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document, Parts
from nnstudio.engine.states import State
from nnstudio.session.checks import kinds
from nnstudio.session.lessons.player import Played, Player
from nnstudio.session.lessons.progress import StepProgress, progress_of
from nnstudio.session.run_records import read_run

# Of more runs than these no lesson asks; of more updates a step is not made again.
MOST_RUNS, MOST_UPDATES = 16, 5000


@dataclass(frozen=True)
class Checked:
    """A step, looked at again. ``met`` is None where it cannot be judged here, ``why`` says what is missing, or why
    not.
    """

    title: Words
    met: bool | None
    why: Message | None = None
    answer: int | str | None = None
    attempts: int = 0
    hints: int = 0


def changed_since(document: Document, original: Document) -> bool:
    """Whether a file's lesson is another than the one that was given out."""
    return document.lesson.get("steps") != original.lesson.get("steps")


def recheck(
    document: Document, parts: Parts, begin: Callable[[Document], Played], original: Document | None = None
) -> tuple[Checked, ...]:
    """Check every step of a worked lesson that has a check, by doing again what it rests on.

    ``begin`` makes a session for a network. ``original`` is the lesson as it was given out: its steps count, and what
    it locks must be as it was there.
    """
    given = original or document
    plan = plan_of(given)
    if plan is None:
        return ()
    found = progress_of(parts.progress, given.lesson)
    if found.lesson != plan.id:
        found = replace(found, steps=())
    found = found.fitted(len(plan.steps))
    runs = _documents(parts)
    return tuple(
        _step(begin, place, step, found.steps[place], given, runs)
        for place, step in enumerate(plan.steps)
        if step.check is not None
    )


def _documents(parts: Parts) -> list[Document]:
    """The networks of the runs in a file; what came of them there does not count."""
    found = []
    entries = parts.run.get("runs")
    for entry in entries[:MOST_RUNS] if isinstance(entries, list) else ():
        try:
            found.append(read_run(entry)[0])
        except (StudioError, KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _step(
    begin: Callable[[Document], Played],
    place: int,
    step: Step,
    done: StepProgress,
    given: Document,
    runs: Sequence[Document],
) -> Checked:
    assert step.check is not None
    said = Checked(step.title, False, None, done.answer, done.attempts, done.hints)
    kind = kinds().get(step.check.kind)
    if done.work is None:
        return replace(said, why=message("lesson.not_done"))
    if kind is not None and kind.witnessed:
        return replace(said, met=None, why=message("lesson.own_word"))
    if kind is not None and not kind.judged:
        return replace(said, met=None if done.answer else False, why=message("lesson.to_be_read"))
    work = replace(done.work, lesson=given.lesson)
    try:
        if locked_in(given):
            guard(given, work)
    except StudioError as error:
        return replace(said, why=error.message)
    session = begin(work)
    try:
        _do_again(Player(session), step, done, runs)
        session.tutor.go(place)
        found = session.tutor.judge(place, done.answer)
    except StudioError as error:
        return replace(said, why=error.message)
    finally:
        session.close()
    if found is None:
        return replace(said, why=message("lesson.waits"))
    return replace(said, met=found.missing is None, why=found.missing)


def _do_again(player: Player, step: Step, done: StepProgress, runs: Sequence[Document]) -> None:
    """Bring a session to where the step was done."""
    assert step.check is not None
    session = player.session
    player.settle()
    if step.check.kind == "compared":
        work = session.document
        for document in runs:
            session.apply(ReplaceAll(replace(document, lesson=work.lesson)))
            player.do("run")
        session.apply(ReplaceAll(work))
        player.settle()
        return
    if done.update is not None:
        updates = min(done.update, MOST_UPDATES)
        if done.made or done.row is None:
            player.do(f"step {updates + 1}")
        else:
            if updates:
                player.do(f"step {updates}")
            player.do(f"look {done.row}")
    elif done.epochs or done.over:
        player.do("run" if done.over else f"run {done.epochs}")
        if session.training.state is State.FAILED:
            session.health.diagnose(force=True)
