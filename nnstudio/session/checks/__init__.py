"""Checks of a lesson: what a student's work has to fulfil. A kind is one file; those in ``checks`` of the own folder
are found too.

A kind is free of windows and looks at facts alone, so that a teacher's machine comes to the same answer as the
student's.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.plugins import FAILURES, READERS, blamed, brought, origin
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import Field, complete
from nnstudio.document.lesson import checks_in
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Document, Params

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.problems import Problem


@dataclass(frozen=True)
class Facts:
    """What is known of a student's work. ``history`` has a line for each epoch (``engine.runtime.training.Epoch``)."""

    document: Document
    lowered: Lowered
    problems: tuple[Problem, ...] = ()
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Check:
    """A kind of check. ``missing(params, facts)`` says what is missing, None where it is met.

    ``trained`` says that it looks at the history of a run.
    """

    id: str
    title: Text
    missing: Callable[[Params, Facts], Message | None]
    fields: tuple[Field, ...] = ()
    trained: bool = False


@dataclass(frozen=True)
class Answer:
    """A check of a lesson, and what is missing; None where it is met."""

    title: Text
    missing: Message | None


@cache
def kinds() -> Mapping[str, Check]:
    """Return every kind of check by its id."""
    found: list[Check] = [
        importlib.import_module(f"{__name__}.{info.name}").CHECK for info in pkgutil.iter_modules(__path__)
    ]
    taken = {check.id for check in found}

    def fault(check: Check) -> Message | None:
        if check.id in taken:
            return message("own.taken", id=check.id)
        taken.add(check.id)
        return None if isinstance(check.title, Text) else message("own.words")

    return {check.id: check for check in (*found, *brought("checks", "CHECK", Check, fault))}


def needs_training(document: Document) -> bool:
    """Whether a lesson has a check that looks at a run."""
    return any(kinds()[choice.kind].trained for choice in checks_in(document) if choice.kind in kinds())


def answers(facts: Facts) -> tuple[Answer, ...]:
    """Return the checks of the document's lesson, each with what is missing."""
    return tuple(_answer(choice, facts) for choice in checks_in(facts.document))


def _answer(choice: Choice, facts: Facts) -> Answer:
    check = kinds().get(choice.kind)
    if check is None:
        return Answer(Text(choice.kind), message("check.unknown", kind=choice.kind))
    try:
        missing = check.missing(complete(check.fields, choice.params, CATALOG), facts)
        if missing is not None and not isinstance(missing, Message):
            raise TypeError(f"it returns {type(missing).__name__}, not None or a message")
        return Answer(check.title, missing)
    except StudioError as error:
        return Answer(check.title, message("check.bad", detail=error.message))
    except FAILURES as error:
        return Answer(check.title, message("check.failed", detail=blamed(error, origin(check))))


READERS["checks"] = kinds
