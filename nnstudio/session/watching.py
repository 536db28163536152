"""Watch a run that trains elsewhere, in the place of one here."""

from __future__ import annotations

from pathlib import Path

from nnstudio.session.session import Session

# What the run writes line by line; engine.followed reads it.
HISTORY = "history.jsonl"


def is_run(folder: Path) -> bool:
    """Whether a run writes, or wrote, what it does into a folder."""
    return (folder / HISTORY).is_file()


def watch(session: Session, folder: Path) -> None:
    """Show the run that writes into a folder; its weights are the project's when it ends.

    Raises:
        TrainError: the network that is drawn has a problem.
    """
    from nnstudio.engine.followed import Followed

    program = session.meaning.sound()
    session.reset()
    session.training.prepare(program, session.document, session.meaning.lowered)
    session.runs.begin(session.document)
    session.training.follow(Followed(program, folder))
