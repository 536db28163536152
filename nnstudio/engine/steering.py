"""How a run is steered while it goes on: settings taken over, goals, pace, the best weights."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from nnstudio.compile.program import Program
from nnstudio.document.text import message
from nnstudio.engine import commands
from nnstudio.engine.adopt import adopt, can_adopt
from nnstudio.engine.clock import Clock
from nnstudio.engine.commands import Command
from nnstudio.engine.events import Adopted, Event, Reached, Refused
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.goals import Until
from nnstudio.engine.keeper import Keeper
from nnstudio.engine.lines import Lines
from nnstudio.engine.looker import Looker
from nnstudio.engine.past import Past
from nnstudio.engine.runtime.training import Progress
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.watcher import Watched, Watcher


class Steers:
    """The part of a trainer that answers to the helm; everything here is called in the trainer's thread."""

    program: Program
    epochs: int
    seed: int
    past: Past | None
    history: Lines
    events: queue.SimpleQueue[Event]
    _commands: queue.SimpleQueue[Command]
    _clock: Clock
    _progress: Progress | None
    _paused: bool
    _told: bool
    _keeper: Keeper
    _goal: Until | None
    _pace: float | None
    _due: float
    _woke: float
    _taken: float
    _watcher: Watcher
    _looker: Looker
    _own: Callable[[], Experiment]
    _begin: Callable[[Progress], None]
    _remember: Callable[[], None]
    _put: Callable[[Mapping[str, np.ndarray]], None]

    def _obey_adopt(self, command: commands.Adopt) -> None:
        self._adopt(command.program)
        self._told = False

    def _obey_until(self, command: commands.TrainUntil) -> None:
        self._goal = command.goal.begun(self.history, self._clock.seconds()) if command.goal is not None else None

    def _obey_pace(self, command: commands.SetPace) -> None:
        self._pace, self._due, self._woke = command.updates, 0.0, 0.0

    def _obey_best(self, command: commands.UseBest) -> None:
        best = self._keeper.best_weights()
        if best is None:
            self.events.put(Refused(message("run.no_best")))
            return
        self._put(best)
        self._told = False
        self.events.put(Reached(message("run.best", epoch=self._keeper.best_epoch)))

    def _epoch_kept(self) -> None:
        """An epoch is over: keep what is to be kept, and see whether a goal was reached."""
        assert self._progress is not None
        trouble = self._keeper.keep(self._own(), self._progress, self._clock, self.history)
        if trouble is not None:
            self.events.put(Refused(trouble))
        if (
            self._goal is not None
            and (reason := self._goal.reached(self.history[-1], self.history, self._clock.seconds())) is not None
        ):
            self._paused, self._goal = True, None
            self.events.put(Reached(reason))

    def _slow_down(self) -> None:
        """Wait for the next update's turn, but not while a command waits."""
        if self._woke:
            # The quickest of late: what a look or a pause took is no part of an update.
            taken = time.perf_counter() - self._woke
            self._taken = min(taken, 1.05 * self._taken) if self._taken else taken
        self._due = max(self._due + 1.0 / self._pace, time.perf_counter()) if self._pace else 0.0
        while self._pace and self._commands.empty() and (left := self._due - time.perf_counter()) > 0:
            time.sleep(min(left, 0.05))
        self._woke = time.perf_counter()

    def _paced(self, snapshot: Snapshot | None) -> Snapshot | None:
        """Say in a snapshot how fast the run may go, and how fast it would."""
        if snapshot is None or self._pace is None:
            return snapshot
        return replace(snapshot, pace=self._pace, free=1.0 / self._taken if self._taken else None)

    def _adopt(self, program: Program) -> None:
        """Take another program's settings over, if nothing else differs."""
        progress = self._progress
        if progress is None or not can_adopt(self.program, program):
            self.events.put(Refused(message("run.not_live")))
            return
        self.program, self.epochs = program, program.epochs
        adopt(self._own(), program, progress, self.epochs)
        self._watcher, row = (
            Watcher(program, Watched(program.clip_norm, program.clip_value, program.l1)),
            self._watcher.row,
        )
        self._watcher.row = row
        self._looker = Looker(program, self.seed)
        if self.past is not None:
            # What was before had another optimizer: it cannot be gone back to.
            self.past.forget()
        self._begin(progress)
        if self.past is not None:
            self._remember()
        self.events.put(Adopted(program, self._clock.updates))
