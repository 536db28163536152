"""Checks of a lesson: what a student's work has to fulfil. A kind is one file; those in ``checks`` of the own folder
are found too.

A kind is free of windows and looks at facts alone, so that a teacher's machine comes to the same answer as the
student's.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.plugins import FAILURES, READERS, blamed, brought, origin
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import Field, complete
from nnstudio.document.lesson import checks_in
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.figures import Source, figure

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.problems import Problem
    from nnstudio.engine.trace import Trace
    from nnstudio.session.run_records import RunRecord


@dataclass(frozen=True)
class Facts:
    """What is known of a student's work. ``history`` has a line for each epoch (``engine.runtime.training.Epoch``) of
    the present network, ``weights`` are its own by path, ``runs`` all that are compared, ``trace`` the step that is
    shown.

    ``answer`` is what was answered (the place of a choice, or what was typed), None before. ``looked`` names the views
    that were looked at, ``exported`` the ways the network was taken home.
    """

    document: Document
    lowered: Lowered
    problems: tuple[Problem, ...] = ()
    history: Sequence[Mapping[str, Any]] = ()
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    runs: tuple[RunRecord, ...] = ()
    trace: Trace | None = None
    answer: int | str | None = None
    looked: frozenset[str] = frozenset()
    exported: frozenset[str] = frozenset()

    def figure(self, at: str) -> float | None:
        """Return a figure by its path (``engine.figures``), None where there is none yet."""
        flat = self.lowered.flat.by_id
        counted = {node: count for node, count in self.lowered.parameters.items() if node in flat}
        return figure(at, Source(self.trace, self._by_node() if self.weights else {}, self.history, counted))

    def _by_node(self) -> Mapping[str, np.ndarray]:
        """The weights by node and what they are called in it, whatever the student calls the node."""
        program = self.lowered.program
        starts = program.starts if program is not None else ()
        return {
            f"{start.node}.{start.name}": self.weights[start.parameter]
            for start in starts
            if start.parameter in self.weights
        }


# What a check asks the student: to choose, to type a number, to write.
CHOICE, NUMBER, WORDS = "choice", "number", "words"


@dataclass(frozen=True)
class Check:
    """A kind of check. ``missing(params, facts)`` says what is missing, None where it is met.

    ``trained`` says that it looks at the history of a run. ``asks(params)`` says what the student is asked for
    ("choice", "number", "words"; "" nothing). ``witnessed`` marks what only the window saw: it cannot be checked again
    from a file. ``judged`` is False for what a person has to read.
    """

    id: str
    title: Text
    missing: Callable[[Params, Facts], Message | None]
    fields: tuple[Field, ...] = ()
    trained: bool = False
    asks: Callable[[Params], str] = lambda params: ""
    witnessed: bool = False
    judged: bool = True


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
    return tuple(judge(choice, facts) for choice in checks_in(facts.document))


def asked(choice: Choice | None) -> str:
    """What a check asks the student for: "choice", "number", "words" or nothing."""
    check = kinds().get(choice.kind) if choice is not None else None
    if check is None or choice is None:
        return ""
    try:
        return check.asks(complete(check.fields, choice.params, CATALOG))
    except StudioError:
        return ""


def judge(choice: Choice, facts: Facts) -> Answer:
    """Return a check's answer; one that cannot be made says why."""
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
