"""The background thread that owns model, optimizer and data, and answers commands between two batches."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from nnstudio.catalog.plugins import FAILURES, where_it_failed
from nnstudio.compile.gate import DEFAULT_RANDOM
from nnstudio.compile.program import Program
from nnstudio.document.errors import TrainError
from nnstudio.document.text import message
from nnstudio.engine import commands
from nnstudio.engine import device as devices
from nnstudio.engine.clock import Clock
from nnstudio.engine.commands import Command
from nnstudio.engine.cores import cores_of
from nnstudio.engine.events import Ended, EpochDone, Event, Looked, Measured, Paused, Resumed, Started, Stepped
from nnstudio.engine.experiment import Experiment, make_experiment
from nnstudio.engine.falling import FallsBack
from nnstudio.engine.fitted import fitted
from nnstudio.engine.fitted_plain import to_plain
from nnstudio.engine.goals import Until
from nnstudio.engine.keeper import Keeper
from nnstudio.engine.lines import Lines
from nnstudio.engine.looker import Looker
from nnstudio.engine.obeying import Obeys
from nnstudio.engine.orders import Orders
from nnstudio.engine.past import Past
from nnstudio.engine.runtime.device import prepare_thread
from nnstudio.engine.runtime.training import Diverged, Epoch, Progress, Restored, Update, epoch_record
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.states import State
from nnstudio.engine.steering import Steers
from nnstudio.engine.travel import Stop, Travels
from nnstudio.engine.watcher import Watched, Watcher, milestone

KEEP_SECONDS = 0.5
# The clock that says whether anything is to be looked at is itself looked at so often.
LOOK_SECONDS = 0.008
# Of the cores for a larger network while a window is drawn beside it.
WINDOW_SHARE = 0.5


class Trainer(Orders, Travels, Steers, Obeys, FallsBack):
    """One run. All methods but ``_…`` are called from the owner's thread and return at once."""

    def __init__(
        self,
        program: Program,
        *,
        seed: int | None = None,
        device: str | None = None,
        epochs: int | None = None,
        paused: bool = False,
        snapshots: bool = True,
        past: Past | None = None,
        folder: Path | None = None,
        share: float | None = None,
        threads: int | None = None,
    ) -> None:
        """Prepare a run; with the ``past`` of an earlier one it stands where that ended. In ``folder`` its state is
        kept on disk.

        It trains on so many ``threads``. Where none are given it measures whether one core or a ``share`` of them is
        quicker: all without snapshots, WINDOW_SHARE with them, where that is not given either.
        """
        self.program = program
        self.seed = program.seed if seed is None else seed
        self.epochs = epochs or program.epochs
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._wanted_device = device or program.device
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._mail: Snapshot | None = None
        self._snapshots = snapshots
        self._threads = threads
        self._share = share if share is not None else WINDOW_SHARE if snapshots else 1.0
        self._paused = paused
        self._until = ""
        self._kept_at = self._look_at = 0.0
        self._device_name = ""
        self._clock = Clock()
        self.history = Lines()
        # A run without a window is never gone back in.
        self.past: Past | None = past or (Past() if snapshots else None)
        self._revived = past is not None
        self._progress: Progress | None = None
        self._training: Any = None
        self._looker = Looker(program, self.seed)
        self._watcher = Watcher(program, Watched(program.clip_norm, program.clip_value, program.l1))
        self._replaying = self._told = self._stopping = False
        self._keeper, self._keep_state = Keeper(folder), False
        self._goal: Until | None = None
        self._pace: float | None = None
        self._due = self._woke = self._taken = 0.0
        self._experiment: Experiment | None = None
        self._kept: dict[str, torch.Tensor] = {}
        self._failed_in: tuple[str, int] | None = None
        self._thread = threading.Thread(target=self._main, name="trainer", daemon=True)

    # -- in the thread ------------------------------------------------------------------------

    def _main(self) -> None:
        failure: BaseException | None = None
        end: Ended | None = None
        try:
            end = self._run()
        except Stop:
            end = Ended(State.STOPPED, self._numbers())
        except Diverged as error:
            end = self._diverged(error)
        except TrainError as error:
            end = Ended(State.FAILED, {}, reason=error.message)
        except FAILURES as error:
            self._failed_in = where_it_failed(error)
            failure = error.with_traceback(None)
        # Outside the except block, where the traceback no longer holds the tensors.
        if failure is not None:
            end = self._failed(failure)
        assert end is not None
        if (
            self._keep_state
            and self._experiment is not None
            and self._progress is not None
            and end.how is State.STOPPED
        ):
            self._keeper.write_now(self._experiment, self._progress, self._clock, self.history)
        self._experiment = None
        self._kept = {}
        self.events.put(end)

    def _run(self) -> Ended:
        program = self.program
        prepare_thread(1)
        device, note = devices.pick(self._wanted_device, program.dtype)
        experiment = self._experiment = make_experiment(program, self.seed, device, self.epochs)
        if not len(experiment.data):
            raise TrainError("run.no_rows")
        if program.couples_samples and len(experiment.data) < 2:
            raise TrainError("run.single_row")
        if experiment.data.home is not None:
            note = message("run.streams")
        self._keep()
        experiment.threads = cores_of(experiment, self._threads, self.past, self._share)
        prepare_thread(experiment.threads)
        self._device_name = devices.describe(device, experiment.threads)
        known = to_plain(fitted(program))
        self.events.put(Started(self._device_name, len(experiment.data), note, experiment.threads, known))
        clock = self._clock = Clock()
        self._begin(Progress([group["lr"] for group in experiment.optimizer.param_groups]))
        if self._revived and self.past is not None:
            self._keeper.recall()
            self._go(self.past.furthest, look=False)
            self._keep()
        self._checkpoint()
        restored: int | None = None
        while True:
            if self.past is not None and clock.updates >= self.past.ask_at and self.past.wants(clock.updates):
                self._remember()
            # Looked at the clock once an update: that much it may cost.
            look = self._snapshots and time.perf_counter() >= self._look_at
            # The last update of all is measured whatever the clock says: its numbers stay.
            last = self._snapshots and clock.epoch >= self.epochs and experiment.last_ahead(clock.position)
            if look or last or (self._snapshots and milestone(clock.updates + 1)):
                look = True
                self._look_at = time.perf_counter() + LOOK_SECONDS
                self._watcher.before_update(experiment, clock, last)
            # Drawing from the default generator is this thread's alone while it holds the lock.
            with DEFAULT_RANDOM:
                event = next(self._training, None)
            if event is None:
                break
            if isinstance(event, Update):
                clock.count(event)
                if self.past is not None:
                    self.past.made(clock.updates, event.samples)
                if self._until in ("sample", "batch"):
                    self._until = ""
                if look:
                    vitals = self._watcher.after_update(experiment, clock)
                    if vitals is not None:
                        self.events.put(Measured(vitals))
                    if self._mail is None:
                        self._show()
                if self._pace is not None and not self._paused:
                    self._slow_down()
                if not event.last_of_epoch:
                    self._checkpoint()
            elif isinstance(event, Restored):
                restored = event.epoch
                if self.past is not None:
                    # What stands up again later stands with these weights.
                    self._remember()
            else:
                self._end_epoch(event)
        self._show(force=True)
        if self.past is not None:
            # A file that is saved now has the run as it ended.
            self._remember()
        result = experiment.report(self.history.upto(), (clock.updates, clock.samples, clock.seconds()), restored)
        return Ended(State.FINISHED, self._numbers(), result)

    def _end_epoch(self, event: Epoch) -> None:
        self._clock.new_epoch()
        record = epoch_record(event)
        self.history.append(record)
        self.events.put(EpochDone(record, self.history.upto()))
        if time.perf_counter() - self._kept_at > KEEP_SECONDS:
            self._keep()
        if self._until == "epoch":
            self._until = ""
        self._warm()
        self._epoch_kept()
        if event.epoch < self.epochs:
            self._checkpoint()

    def _next_size(self) -> int:
        """One sample where a single one is stepped and samples do not depend on each other; what it was, where it is
        made again.
        """
        if self._replaying and self.past is not None:
            return self.past.size_at(self._begun().updates) or self.program.batch_size
        single = self._until == "sample" and not self.program.couples_samples
        return 1 if single else self.program.batch_size

    def _checkpoint(self) -> None:
        """Between two batches: answer commands, and wait while paused."""
        if self._commands.empty() and not self._paused:
            return
        if self._until == "epoch" and self._commands.empty():
            if self._own().last_ahead(self._clock.position):
                self._record()
            return
        self._clock.halt()
        self._told = told = False
        while True:
            waiting = self._paused and not self._until
            if waiting and self._commands.empty() and not self._told:
                self._show(force=True)
                reach = (self.past or Past()).span(self._clock.updates)
                self.events.put(Paused(self._clock.updates, *reach))
                self._told = told = True
            if not waiting and self._commands.empty():
                break
            self._obey(self._commands.get())
        if told:
            self.events.put(Resumed())
        self._clock.go()

    def _obey(self, command: Command) -> None:
        _ORDERS[type(command)](self, command)

    def _record(self) -> None:
        """Record the step that comes next, on a copy."""
        self.events.put(
            Stepped(replace(self._looker.next_step(self._own(), self._clock, self._size_ahead()), made=True))
        )

    def _look_on(self, made: bool = False) -> None:
        """Record the step that comes next, to be looked at; or one that was ``made`` and is looked at again."""
        self.events.put(
            Looked(replace(self._looker.next_step(self._own(), self._clock, self._size_ahead()), made=made))
        )

    def _look(self, row: int) -> None:
        """Record a step with one row of the data, to be looked at."""
        self.events.put(Looked(self._looker.row(self._own(), self._clock, row)))

    def _size_ahead(self) -> int:
        """The size of the next batch: what it was, where the run comes by again."""
        known = self.past.size_at(self._clock.updates) if self.past is not None and not self._until else None
        return known or self._next_size()

    def _begun(self) -> Progress:
        assert self._progress is not None
        return self._progress

    def _own(self) -> Experiment:
        assert self._experiment is not None
        return self._experiment

    def _show(self, force: bool = False) -> None:
        if self._snapshots:
            snapshot = self._watcher.snapshot(self._own(), self._clock, self.epochs, self._device_name, force)
            self._mail = self._paced(snapshot) or self._mail


# What is done at each command, between two batches.
_ORDERS: dict[type[Any], Callable[[Trainer, Any], None]] = {
    commands.Stop: Trainer._obey_stop,
    commands.Pause: Trainer._obey_pause,
    commands.Resume: Trainer._obey_resume,
    commands.Step: Trainer._obey_step,
    commands.GoTo: Trainer._obey_go_to,
    commands.ShowStep: Trainer._obey_show,
    commands.LookAt: Trainer._obey_look_at,
    commands.Watch: Trainer._obey_watch,
    commands.PutWeights: Trainer._obey_put,
    commands.AskWeights: Trainer._obey_ask_weights,
    commands.AskKept: Trainer._obey_ask_kept,
    commands.AskFrames: Trainer._obey_ask_frames,
    commands.Adopt: Trainer._obey_adopt,
    commands.TrainUntil: Trainer._obey_until,
    commands.SetPace: Trainer._obey_pace,
    commands.UseBest: Trainer._obey_best,
}
