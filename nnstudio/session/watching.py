"""Watch a run that trains elsewhere, in the place of one here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nnstudio.document.values import Document
from nnstudio.session.meaning import Meaning
from nnstudio.session.runs import Runs

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.followed import Followed

# What the run writes line by line; engine.followed reads it.
HISTORY = "history.jsonl"


class Seat(Protocol):
    """Takes the place of a run here."""

    def prepare(self, program: Program, document: Document, lowered: Any) -> None: ...
    def follow(self, followed: Followed) -> None: ...


class Place(Protocol):
    """Where the run is to be seen."""

    meaning: Meaning
    runs: Runs

    @property
    def training(self) -> Seat: ...
    @property
    def document(self) -> Document: ...
    def reset(self) -> None: ...


def is_run(folder: Path) -> bool:
    """Whether a run writes, or wrote, what it does into a folder."""
    return (folder / HISTORY).is_file()


def watch(place: Place, folder: Path) -> None:
    """Show the run that writes into a folder; its weights are the project's when it ends.

    Raises:
        TrainError: the network that is drawn has a problem, or its data is still being read.
    """
    from nnstudio.engine.followed import Followed

    program = place.meaning.sound()
    place.reset()
    place.training.prepare(program, place.document, place.meaning.lowered)
    place.runs.begin(place.document)
    place.training.follow(Followed(program, folder))
