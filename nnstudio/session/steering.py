"""Steering a run from the session: live settings, goals, pace, the best weights, and going on after a restart."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nnstudio.document.edits import Edit, ReplaceAll
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.text import Message, Text, joined, render
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session import checkpoints
from nnstudio.session.keeping import Kept
from nnstudio.session.listeners import Listeners
from nnstudio.session.meaning import Meaning
from nnstudio.session.pacing import Speed
from nnstudio.session.run import Run
from nnstudio.session.variants import differences

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.engine.goals import Until
    from nnstudio.engine.past import Past

# How often is written what the kept state belongs to.
NOTE_SECONDS = 5.0


class Ways(Protocol):
    """What the helm needs of its session: runs that begin and go on, and projects that are opened."""

    path: Path | None

    @property
    def document(self) -> Document: ...
    def run(self) -> None: ...
    def stand_again(self, past: Past, *, paused: bool = True, own: bool = False) -> None: ...
    def retake(self, document: Document) -> None: ...
    def open(self, path: Path) -> None: ...
    def new(self, document: Document | None = None) -> None: ...
    def apply(self, edit: Edit) -> bool: ...


class Helm:
    """Steers the run of a session.

    ``messages`` is told what a student should know: a message, or titles of what a run took over. ``speed``
    is the pace.
    """

    def __init__(self, run: Run, meaning: Meaning, ways: Ways) -> None:
        self._run, self._meaning, self._ways = run, meaning, ways
        self.messages = Listeners()
        self.folder: Path | None = None
        self.speed = Speed(run)
        self._noted_at = time.monotonic()
        # What was handed to the run and not answered yet; a run that waits for its data to stand up; where it stood.
        self._sent: list[Lowered] = []
        # Changes that the run cannot take over, as they were told.
        self._waiting: list[tuple[tuple[Text | str, ...], object, object]] = []
        self._pending: tuple[checkpoints.Left, Document, Past] | Kept | None = None
        self._resumed: int | None = None
        # The run out of the project's own file that stands up just now; how often it will move to show its step.
        self._standing: Kept | None = None
        self._moves = 0

    # -- settings -----------------------------------------------------------------------------

    def follow(self) -> None:
        """The network on the canvas was worked out anew: a run goes on with settings that it can take over."""
        if self._pending is not None:
            self._stand()
        lowered, trainer = self._meaning.lowered, self._run.going
        # What was sent last counts: the run may not have answered yet.
        before = self._sent[-1].program if self._sent else self._run.program
        if trainer is None or before is None or lowered is None or lowered.program is None or lowered.program == before:
            return
        from nnstudio.engine.adopt import can_adopt

        if can_adopt(before, lowered.program) and not (
            self._meaning.analysis is not None and self._meaning.analysis.errors
        ):
            self._sent.append(lowered)
            trainer.adopt(lowered.program)
            self._waiting = []
        else:
            self._say_waiting(lowered)

    def _say_waiting(self, lowered: Lowered) -> None:
        """Tell what the run goes on without, each change once."""
        running = self._sent[-1].document if self._sent else self._run.document
        if running is None:
            return
        found = differences(running, lowered.document)
        for change in found:
            if change not in self._waiting:
                titles, there, here = change
                said = {"title": joined(titles), "there": _said(there), "here": _said(here)}
                self.messages.tell(Message("run.waits", said))
        self._waiting = found

    def adopted(self, program: Program, updates: int) -> None:
        """The run took other settings over."""
        before = self._run.document
        lowered = next((known for known in self._sent if known.program == program), None)
        self._run.adopt(program, lowered)
        self.speed.follow()
        if lowered is None or before is None:
            return
        del self._sent[: self._sent.index(lowered) + 1]
        self._ways.retake(lowered.document)
        found = differences(before, lowered.document)
        text = "; ".join(
            f"{' · '.join(render(t) for t in titles)}: {render(there)} → {render(here)}"
            for titles, there, here in found
        )
        self._run.note_by_hand(f"after update {updates} settings were changed: {text}")
        for titles, there, here in found:
            self.messages.tell(
                Message("run.adopted", {"title": joined(titles), "there": _said(there), "here": _said(here)})
            )

    # -- goals --------------------------------------------------------------------------------

    def until(self, goal: Until | None) -> None:
        """Train until a goal is reached; starts a run, or goes on with it.

        Raises:
            TrainError: the network has a problem.
        """
        self._ways.run()
        if self._run.trainer is not None:
            self._run.trainer.until(goal)

    def use_best(self) -> None:
        """Take the weights of the best epoch.

        Raises:
            TrainError: there is no run to take them from.
        """
        if self._run.going is None:
            raise TrainError("run.no_best")
        self._run.going.use_best()

    # -- after a restart ----------------------------------------------------------------------

    def place(self) -> Path:
        """The folder that the state of the run is kept in."""
        self.folder = checkpoints.fresh_folder() if self.folder is None else self.folder
        return self.folder

    def leave(self) -> None:
        """The program ends, the run stays to be gone on with."""
        self.note(force=True)
        self.folder = self._resumed = None

    def note(self, force: bool = False) -> None:
        """Write beside the state what the run is."""
        run = self._run
        if not force and time.monotonic() - self._noted_at < NOTE_SECONDS:
            return
        self._noted_at = time.monotonic()
        if self.folder is not None and run.program is not None and run.document is not None:
            checkpoints.describe(
                self.folder, run.document, self._ways.path, run.program.epochs, len(run.records), run.journal
            )

    def ended(self, how: State) -> None:
        """The run is over: there is nothing to go on with, unless it could not even begin where it was left."""
        if how is State.FAILED and self._resumed is not None and len(self._run.records) <= self._resumed:
            self.folder = None
        elif how is not State.STOPPED:
            self.drop()

    def drop(self) -> None:
        """The run is over or was reset: there is nothing to go on with."""
        checkpoints.drop(self.folder)
        self.folder, self._pending, self._resumed, self._standing, self._sent, self._waiting = (
            None,
            None,
            None,
            None,
            [],
            [],
        )
        self._moves = 0

    def resume(self, left: checkpoints.Left) -> None:
        """Go on with a run that was left: the project as it was, then, when its data is read, the run waiting where it
        stood.

        Raises:
            TrainError: its state cannot be read.
            ProjectFileError: its project file cannot be read.
        """
        from nnstudio.engine.checkpoint import load_past

        past, document = load_past(left.folder / checkpoints.STATE), left.document()
        if left.path is not None and left.path.is_file():
            self._ways.open(left.path)
            self._ways.apply(ReplaceAll(document))
        else:
            self._ways.new(document)
        self._pending = left, document, past
        if self._meaning.lowered is not None:
            self._stand()

    def keep_left_run(self, kept: Kept | None) -> None:
        """The project's file carries a run: it stands up where it stood when the network is worked out."""
        self._pending = kept

    @property
    def waiting(self) -> Kept | None:
        """The file's run while it has not stood up yet."""
        return self._pending if isinstance(self._pending, Kept) else None

    def hurry(self) -> None:
        """Someone wants to go on before the run of the file, or one that was left, has stood up: it does so now.

        Raises:
            TrainError: the network has a problem.
        """
        if self._pending is not None:
            self._meaning.sound()
            self._stand()
            if self._standing is not None:
                # What is wanted now counts, not the step that was looked at then.
                self._standing = replace(self._standing, shown=None)

    def revived(self) -> bool:
        """The run has gone to a place in its past: whether that was to stand up as its file has it."""
        kept, trainer = self._standing, self._run.trainer
        if kept is not None and trainer is not None:
            # Where a step was looked at it goes there and comes back, which is told once more each.
            self._standing, self._moves = None, 0
            if kept.shown is not None and not kept.over:
                self._moves = 2
                trainer.show(
                    kept.shown, kept.row if kept.row is not None and 0 <= kept.row < self._run.rows else None, kept.made
                )
            return True
        self._moves -= 1
        return self._moves >= 0

    def revival_failed(self) -> bool:
        """A run has ended: whether it was out of the file and never stood up."""
        kept, self._standing = self._standing, None
        return kept is not None

    def _stand(self) -> None:
        """Let the run that was left stand up, now that the network is worked out."""
        meaning, pending = self._meaning, self._pending
        assert pending is not None
        document = pending.document if isinstance(pending, Kept) else pending[1]
        if self._ways.document.meaning != document.meaning or meaning.lowered is None:
            # Edited meanwhile: it is another network now, until that is undone.
            return
        if meaning.lowered.program is None and not meaning.lowered.problems:
            return
        self._pending = None
        from nnstudio.engine.claims import check_frames

        try:
            program = meaning.sound()
            if isinstance(pending, Kept):
                past = pending.past(program)
            else:
                past = pending[2]
                check_frames(program, past.frames)
        except StudioError as error:
            self.messages.tell(error.message)
            return
        if isinstance(pending, Kept):
            from nnstudio.engine.experiment import is_over

            pending = replace(pending, over=is_over(program, past.frames[-1].progress, program.epochs))
            self._standing = pending
            self._ways.stand_again(past, paused=not pending.over, own=True)
            self._run.resume_journal(pending.journal, of_file=True)
            return
        left = pending[0]
        self.folder, self._resumed = left.folder, left.epoch
        self._ways.stand_again(past)
        self._run.resume_journal(left.journal)


def _said(value: object) -> object:
    """A setting's value as it is said; a layer that has none of its own takes the network's."""
    return Text("as the network") if value is None else value
