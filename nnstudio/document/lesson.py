"""What a teacher puts into a project: a task in words, nodes that stay as they are, controls left out, a state to begin
from, checks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from nnstudio.document.errors import EditError, ProjectFileError
from nnstudio.document.fields import Vocabulary
from nnstudio.document.text import Message, message
from nnstudio.document.values import Choice, Document, Params, Wire

TASK, LOCKED, HIDDEN, START, CHECKS = "task", "locked", "hidden", "start", "checks"
LONGEST = 10_000


def task_of(document: Document) -> str:
    """The task in words; "" when there is none."""
    found = document.lesson.get(TASK, "")
    return found if isinstance(found, str) else ""


def _names(document: Document, key: str) -> frozenset[str]:
    found = document.lesson.get(key, ())
    return frozenset(name for name in found if isinstance(name, str)) if isinstance(found, tuple) else frozenset()


def locked_in(document: Document) -> frozenset[str]:
    """The nodes that stay as they are."""
    return _names(document, LOCKED)


def hidden_in(document: Document) -> frozenset[str]:
    """The controls that are left out, by the names the window gives them."""
    return _names(document, HIDDEN)


def checks_in(document: Document) -> tuple[Choice, ...]:
    """What a student's work has to fulfil: kinds of checks (``session.checks``) with their settings."""
    found = document.lesson.get(CHECKS, ())
    return tuple(check for check in found if isinstance(check, Choice)) if isinstance(found, tuple) else ()


def start_of(document: Document) -> Document | None:
    """The state to begin from, with the present lesson; None when there is none, or it cannot be read."""
    from nnstudio.document import storage

    text = document.lesson.get(START, "")
    if not isinstance(text, str) or not text:
        return None
    try:
        return replace(storage.loads(text.encode("utf-8"))[0], lesson=document.lesson)
    except (ProjectFileError, UnicodeEncodeError):
        return None


def lesson(document: Document, task: str, locked: tuple[str, ...], hidden: tuple[str, ...], *, start: bool) -> Params:
    """Put a lesson together; with ``start`` the document as it is now is the state to begin from. Its checks and
    steps stay."""
    from nnstudio.document import storage

    found: dict[str, object] = {
        key: value for key, value in document.lesson.items() if key not in (TASK, LOCKED, HIDDEN, START)
    }
    if not checks_in(document):
        found.pop(CHECKS, None)
    if task.strip():
        found[TASK] = task.strip()[:LONGEST]
    if locked:
        found[LOCKED] = tuple(sorted(locked))
    if hidden:
        found[HIDDEN] = tuple(sorted(hidden))
    if start:
        found[START] = json.dumps(json.loads(storage.dumps(replace(document, lesson=Params()))), ensure_ascii=False)
    return Params(found)


@dataclass(frozen=True)
class SetLesson:
    """Change what the teacher gave."""

    lesson: Params

    @property
    def label(self) -> Message:
        return message("edit.lesson")

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        return replace(document, lesson=self.lesson)


def guard(before: Document, after: Document) -> None:
    """Refuse what changes a locked node, its settings or what comes into it; moving it is free.

    Raises:
        EditError: a locked node would be changed.
    """
    for name in sorted(locked_in(before) & set(before.by_id)):
        old, new = before.by_id[name], after.by_id.get(name)
        if new is None or replace(new, position=old.position) != old or _into(before, name) != _into(after, name):
            raise EditError("lesson.locked", node=old.name or old.id)


def _into(document: Document, node: str) -> frozenset[Wire]:
    return frozenset(document.wires_into.get(node, ()))
