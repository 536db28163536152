"""The window's run: its state and all that belongs to it, changed here alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message
from nnstudio.document.values import Document
from nnstudio.engine.lines import Lines
from nnstudio.engine.states import State, may_follow
from nnstudio.session.cores import wanted_device, wanted_threads
from nnstudio.session.hosting import make_trainer
from nnstudio.session.listeners import Listeners

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.engine.away import Away
    from nnstudio.engine.events import Ended, Event
    from nnstudio.engine.followed import Followed
    from nnstudio.engine.past import Past
    from nnstudio.engine.snapshot import Snapshot
    from nnstudio.engine.trainer import Trainer


class Run:
    """One run after the other. Everyone may read; whoever has something to tell calls a method, and listens to
    ``changed``.

    ``document`` is the project that is trained, ``lowered`` what it was lowered to. ``records`` are the lines of the
    history, ``weights`` those of the last run or of the project's file, ``journal`` what was done by hand. ``unsaved``
    says that no file holds what was trained, ``of_file`` that a file holds the run, or held it when it was saved last.
    """

    def __init__(self) -> None:
        self.changed, self.snapshot_taken = Listeners(), Listeners()
        self.state = State.IDLE
        self.device = ""
        self._trainer: Trainer | Away | Followed | None = None
        self._retired: list[Trainer | Away | Followed] = []
        self._forget()

    def _forget(self) -> None:
        self.program: Program | None = None
        self.document: Document | None = None
        self.lowered: Lowered | None = None
        self.records = Lines()
        self.snapshot: Snapshot | None = None
        self.weights: Mapping[str, np.ndarray] = {}
        self.report: Mapping[str, Any] | None = None
        self.reason: Message | None = None
        self.journal: tuple[str, ...] = ()
        self.unsaved = self.of_file = False
        self._note: Message | None = None
        self.threads: int | None = None
        # What its weights were fitted with, as plain values; what the data gives now, until it has trained with that.
        self.fitted: Mapping[str, Any] | None = None
        self._fresh: Mapping[str, Any] | None = None

    # -- what it is ---------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether there is a run that can go on."""
        return self.state.live

    @property
    def trainer(self) -> Trainer | Away | Followed | None:
        """What trains, or trained last."""
        return self._trainer

    @property
    def going(self) -> Trainer | Away | Followed | None:
        """What trains, if the run can go on."""
        return self._trainer if self.live else None

    @property
    def rows(self) -> int:
        """How many rows its data has."""
        from nnstudio.catalog.tables import table_of

        assert self.program is not None
        return len(table_of(self.program.data.dataset).x)

    def take_note(self) -> Message | None:
        """Return what is to be said about the device, once."""
        note, self._note = self._note, None
        return note

    def present_weights(self) -> Mapping[str, np.ndarray] | None:
        """Return the weights now: of the live run, of the last one, or those the file carried; None where its end has
        to be brought in first.

        Raises:
            TrainError: it is too busy to hand them out.
        """
        trainer = self.going
        if trainer is None:
            return self.weights
        found = trainer.weights()
        if found is None and trainer.alive:
            raise TrainError("run.busy")
        return found

    # -- what becomes of it -------------------------------------------------------------------

    def change_state(self, state: State) -> None:
        """Come into another state, and tell.

        Raises:
            ValueError: that state cannot follow.
        """
        if not may_follow(self.state, state):
            raise ValueError(f"a run that is {self.state} does not become {state}")
        self.state = state
        self.changed.tell()

    def take_weights(
        self, document: Document, weights: Mapping[str, np.ndarray], fitted: Mapping[str, Any] | None = None
    ) -> None:
        """A project's file has trained weights, and what they were fitted with."""
        self.document, self.weights, self.fitted = document, weights, fitted

    def keep_more(self) -> None:
        """Something is known of it that no file holds."""
        self.unsaved = True

    def prepare(self, program: Program, document: Document, lowered: Lowered | None) -> None:
        """A network is about to be trained."""
        self.program, self.document, self.lowered = program, document, lowered

    def start(
        self, *, paused: bool, past: Past | None = None, folder: Path | None = None, pace: float | None = None
    ) -> None:
        """Let its network train, from the start weights or from a past; its state is kept in ``folder``."""
        assert self.program is not None
        self._trainer = make_trainer(
            self.program,
            device=wanted_device(self.program.device),
            paused=paused,
            past=past,
            folder=folder,
            threads=wanted_threads(),
        )
        if pace is not None:
            self._trainer.pace(pace)
        self._trainer.start()
        self.change_state(State.STARTING)

    def follow(self, followed: Followed) -> None:
        """Its network trains elsewhere."""
        self._trainer = followed
        followed.start()
        self.change_state(State.STARTING)

    def adopt(self, program: Program, lowered: Lowered | None = None) -> None:
        """It goes on with other settings, those of another project where that is known."""
        self.program = program
        if lowered is not None:
            self.document, self.lowered = lowered.document, lowered

    def note_by_hand(self, line: str) -> None:
        """Note what was done to it by hand: no file has that."""
        self.journal = (*self.journal, line)
        self.unsaved = True

    def resume_journal(self, journal: tuple[str, ...], *, of_file: bool = False) -> None:
        """It is one that was left or that a file has, with what was done to it there."""
        self.journal = journal
        self.of_file = of_file
        self.unsaved = not of_file

    def note(self, line: str) -> None:
        """Note something about what it does next."""
        self.journal = (*self.journal, line)

    def mark_trained(self) -> None:
        """It is further than any file has it."""
        self.unsaved = True
        if self._fresh is not None:
            self.fitted, self._fresh = self._fresh, None

    def saved(self, *, whole: bool) -> None:
        """A file has its weights, and the ``whole`` run to go on with."""
        self.unsaved, self.of_file = False, whole

    def has_started(
        self, device: str, note: Message | None, threads: int, fitted: Mapping[str, Any] | None = None
    ) -> None:
        """It is set up, on a device with so many cores; ``note`` says so where that is not the one asked for."""
        self.device, self._note, self.threads = device, note, threads
        if self.of_file and self.fitted is not None:
            # It stands with the weights of its file, which learnt from what the data was then.
            self._fresh = fitted
        else:
            self.fitted = fitted
        self.change_state(State.RUNNING)

    def add_history(self, history: Lines) -> None:
        """An epoch is over.

        The lines are shared with the trainer, which only adds to them: a long history is held once.
        """
        self.records = history
        self.mark_trained()

    def has_rewound(self, history: Lines, *, own: bool) -> None:
        """It went to another place in its past; of its ``own`` accord, to stand as its file has it, or as it was
        told.
        """
        self.records = history.upto()
        self.unsaved = not own or self.unsaved

    def ended(self, event: Ended, kept: Mapping[str, np.ndarray] | None) -> None:
        """It is over; ``kept`` are the weights that stay where it never stood up.

        Its state is another once all know: see :meth:`change_state`.
        """
        self.weights = event.weights if kept is None else kept
        # Where it stands up again it goes its own way.
        self.of_file = self.of_file and event.how is State.STOPPED
        self.report, self.reason = event.report, event.reason

    def drop(self) -> None:
        """Forget it; the next one begins from the start weights."""
        if self._trainer is not None:
            self._trainer.stop()
            self._retired.append(self._trainer)
            self._trainer = None
        self._forget()

    # -- what it tells ------------------------------------------------------------------------

    def new_events(self) -> Iterator[Event]:
        """Yield what it has told since the last time, until it is dropped."""
        trainer = self._trainer
        while trainer is not None and trainer is self._trainer:
            try:
                yield trainer.events.get_nowait()
            except queue.Empty:
                break

    def take_snapshot(self) -> None:
        """Take its newest snapshot, if there is one."""
        snapshot = self._trainer.take_snapshot() if self._trainer is not None else None
        if snapshot is not None:
            self.snapshot = snapshot
            self.snapshot_taken.tell(snapshot)

    def forget_ended(self) -> None:
        """Let go of dropped ones that have ended."""
        self._retired = [trainer for trainer in self._retired if trainer.alive]

    @property
    def ending(self) -> bool:
        """Whether a dropped one has not ended yet."""
        return bool(self._retired)

    def take_retired(self) -> list[threading.Thread]:
        """Hand over the threads of dropped ones, to be waited for."""
        threads, self._retired = [trainer.thread for trainer in self._retired], []
        return threads
