"""Looks a handed-in project through: its lesson's checks, from what the network does here, never from what the file
says of itself.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from nnstudio.document.text import Message
from nnstudio.document.values import Document
from nnstudio.session.checks import Answer, Facts, answers, needs_training

if TYPE_CHECKING:
    from nnstudio.compile.problems import Problem
    from nnstudio.compile.program import Program


def program_of(document: Document) -> Program | None:
    """Return what a network means; None where it cannot be trained."""
    from nnstudio.compile.lower import lower

    return lower(document).program


def problems_of(document: Document) -> tuple[Problem, ...]:
    """Return all that is to be said of a network, each at its node."""
    from nnstudio.compile.lower import lower

    return lower(document).problems


def sound(document: Document) -> tuple[Program | None, Message | None]:
    """Return what a network means, or the first thing that keeps it from being trained."""
    from nnstudio.compile.analysis import analyse
    from nnstudio.compile.lower import lower

    lowered = lower(document)
    errors = analyse(lowered).errors
    return (None, errors[0].what) if errors else (lowered.program, None)


def mark(document: Document) -> tuple[Answer, ...]:
    """Return the checks of a project's lesson with what is missing; a run that they look at is made anew, from the
    project's seed.
    """
    from nnstudio.compile.analysis import analyse
    from nnstudio.compile.lower import lower
    from nnstudio.engine.events import Ended
    from nnstudio.engine.trainer import Trainer

    lowered = lower(document)
    report = analyse(lowered)
    history: list[dict[str, object]] = []
    if needs_training(document) and lowered.program is not None and not report.errors:
        trainer = Trainer(lowered.program, snapshots=False)
        trainer.start()
        try:
            while True:
                try:
                    event = trainer.events.get(timeout=1.0)
                except queue.Empty:
                    continue
                if isinstance(event, Ended):
                    break
            history = [dict(line) for line in trainer.history]
        finally:
            trainer.stop()
            trainer.join(30)
    return answers(Facts(document, lowered, report.problems, history))
