"""Collects what a class handed in: every file is checked again, and none is believed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nnstudio.catalog.sources.copies import look_beside
from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.steps import plan_of
from nnstudio.document.text import Message, message, render
from nnstudio.document.values import Document, Parts
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.checking import Checked, changed_since, recheck
from nnstudio.session.lessons.player import Played

# Handed in one by one, or in folders by student.
PATTERN = "**/*.nns"


@dataclass(frozen=True)
class Marked:
    """A file that was handed in. ``steps`` are those with a check; ``error`` says why it could not be looked at.

    ``changed`` says that its lesson is not the one that was given out, ``twin`` names a file with the very same work.
    """

    file: Path
    lesson: str = ""
    steps: tuple[Checked, ...] = ()
    changed: bool = False
    twin: str = ""
    error: Message | None = None

    @property
    def met(self) -> int:
        """How many steps are met."""
        return sum(step.met is True for step in self.steps)

    @property
    def unjudged(self) -> int:
        """How many cannot be judged from a file: what only the window saw, and what a teacher has to read."""
        return sum(step.met is None for step in self.steps)

    @property
    def attempts(self) -> int:
        """How many answers were given."""
        return sum(step.attempts for step in self.steps)

    @property
    def hints(self) -> int:
        """How many hints were asked for."""
        return sum(step.hints for step in self.steps)


def files_in(folder: Path) -> list[Path]:
    """Return the projects in a folder and those below it, in order; a file is itself."""
    return [folder] if folder.is_file() else sorted(path for path in folder.glob(PATTERN) if path.is_file())


def _print_of(parts: Parts) -> str:
    """What tells the same work from another: answers and networks, not how often was tried."""
    steps = [
        (step.get("answer"), step.get("work"), step.get("epochs")) if isinstance(step, Mapping) else None
        for step in parts.progress.get("steps", ())
    ]
    text = json.dumps([steps, parts.progress.get("networks")], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def collect(
    files: list[Path],
    begin: Callable[[Document], Played],
    given: Document | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Marked]:
    """Check files again, one after the other. ``given`` is the lesson as it was given out; without it those that ship
    with the program are taken for what they are called, others for what they say themselves.
    """
    seen: dict[str, str] = {}
    for file in files:
        if stopped():
            return
        try:
            document, parts = storage.load(file)
            look_beside(file, parts.data)
            plan = plan_of(document)
            if plan is None:
                yield Marked(file, error=message("lesson.none", path=file.name))
                continue
            original = given
            if original is None and plan.id in shelf.lesson_names():
                original = shelf.load_lesson(plan.id)
            found = Marked(
                file,
                plan.id,
                recheck(document, parts, begin, original),
                original is not None and changed_since(document, original),
            )
        except StudioError as error:
            yield Marked(file, error=error.message)
            continue
        print_ = _print_of(parts)
        twin = seen.setdefault(print_, file.name) if parts.progress else file.name
        yield replace(found, twin=twin) if twin != file.name else found


def said_of(step: Checked, language: str) -> str:
    """What a table says of a step: met, not met and why, or what there is to be read."""
    words = {True: message("lesson.met"), False: message("lesson.not_met"), None: message("lesson.not_judged")}
    said = render(words[step.met], language)
    if step.met is None and isinstance(step.answer, str):
        return f"{said}: {step.answer}"
    return said if step.why is None else f"{said}: {render(step.why, language)}"


def as_csv(marked: list[Marked], language: str = "en") -> str:
    """Return the table as text: a line for each file, a column for each step."""
    most = max((len(one.steps) for one in marked), default=0)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        ["file", "lesson", "met", "of", "not judged", "attempts", "hints", "lesson changed", "same work as", "error"]
        + [f"step {number + 1}" for number in range(most)]
    )
    for one in marked:
        cells = [
            one.file.name,
            one.lesson,
            one.met,
            len(one.steps),
            one.unjudged,
            one.attempts,
            one.hints,
            "yes" if one.changed else "",
            one.twin,
            "" if one.error is None else render(one.error, language),
            *(said_of(step, language) for step in one.steps),
        ]
        table.writerow([_harmless(cell) for cell in cells] + [""] * (most - len(one.steps)))
    return out.getvalue()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
