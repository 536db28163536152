"""How far a student came in a lesson, and what each step that is done rests on.

It lies in the project's file beside the document, never in undo. That a step is done is never believed: ``work`` is the
network that did it, with the answer and how far it was trained, so that it can be checked again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Document, Params

LONGEST_ANSWER, MOST = 4000, 60


@dataclass(frozen=True)
class StepProgress:
    """One step: ``attempts`` counts answers, ``hints`` the hints that were asked for.

    ``began`` is the network when it was first come to, ``work`` the one with which it was done, after ``epochs``
    epochs, with the step after ``update`` updates shown for ``row`` of the data. ``over`` says that training had come
    to its end, ``made`` that the step was one that training makes.
    """

    met: bool = False
    answer: int | str | None = None
    attempts: int = 0
    hints: int = 0
    began: Document | None = None
    work: Document | None = None
    epochs: int = 0
    update: int | None = None
    row: int | None = None
    over: bool = False
    made: bool = False


@dataclass(frozen=True)
class Progress:
    """All steps of a lesson; ``at`` is the one that is open."""

    lesson: str = ""
    at: int = 0
    steps: tuple[StepProgress, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every step is."""
        return bool(self.steps) and all(step.met for step in self.steps)

    @property
    def here(self) -> StepProgress:
        """The step that is open."""
        return self.steps[self.at]

    def with_step(self, place: int, **changes: Any) -> Progress:
        """Return it with a step changed."""
        steps = list(self.steps)
        steps[place] = replace(steps[place], **changes)
        return replace(self, steps=tuple(steps))

    def fitted(self, count: int) -> Progress:
        """Return it with so many steps: a lesson may have been changed since."""
        steps = (*self.steps[:count], *(StepProgress() for _ in range(count - len(self.steps))))
        return replace(self, steps=steps, at=min(max(self.at, 0), count - 1))

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON values; a network that several steps share stands there once."""
        networks: list[dict[str, Any]] = []
        places: dict[Document, int] = {}

        def place(document: Document | None) -> int | None:
            if document is None:
                return None
            bare = replace(document, lesson=Params())
            if bare not in places:
                places[bare] = len(networks)
                networks.append(storage.document_to_plain(bare))
            return places[bare]

        steps = [
            {
                "met": step.met,
                "answer": step.answer,
                "attempts": step.attempts,
                "hints": step.hints,
                "began": place(step.began),
                "work": place(step.work),
                "epochs": step.epochs,
                "update": step.update,
                "row": step.row,
                "over": step.over,
                "made": step.made,
            }
            for step in self.steps
        ]
        return {"lesson": self.lesson, "at": self.at, "steps": steps, "networks": networks}


def progress_of(plain: Mapping[str, Any], lesson: Params) -> Progress:
    """Read it from a file; what is not as it should be counts as not done. Networks get the ``lesson`` they are of."""
    given = plain.get("networks")
    networks = [_network(found, lesson) for found in given[: 2 * MOST]] if isinstance(given, list | tuple) else []
    entries = plain.get("steps")
    found = [_step(entry, networks) for entry in entries[:MOST]] if isinstance(entries, list | tuple) else []
    return Progress(str(plain.get("lesson", ""))[:40], max(0, _whole(plain.get("at")) or 0), tuple(found))


def _network(plain: Any, lesson: Params) -> Document | None:
    try:
        text = json.dumps({"format": storage.FORMAT, "version": 1, "document": storage.unfrozen(plain)})
        return replace(storage.loads(text.encode("utf-8"))[0], lesson=lesson)
    except (ProjectFileError, TypeError, ValueError, RecursionError, UnicodeEncodeError):
        return None


def _step(plain: Any, networks: list[Document | None]) -> StepProgress:
    if not isinstance(plain, Mapping):
        return StepProgress()

    def network(name: str) -> Document | None:
        place = _whole(plain.get(name))
        return networks[place] if place is not None and 0 <= place < len(networks) else None

    answer = plain.get("answer")
    if isinstance(answer, str):
        answer = answer[:LONGEST_ANSWER]
    elif _whole(answer) is None:
        answer = None
    return StepProgress(
        plain.get("met") is True,
        answer,
        max(0, _whole(plain.get("attempts")) or 0),
        max(0, _whole(plain.get("hints")) or 0),
        network("began"),
        network("work"),
        min(max(0, _whole(plain.get("epochs")) or 0), 1_000_000),
        _whole(plain.get("update")),
        _whole(plain.get("row")),
        plain.get("over") is True,
        plain.get("made") is True,
    )


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None
