"""The owner's side of a run: what it is told to do and asked for.

Only questions wait, until it answers between two batches.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.compile.program import Program
from nnstudio.engine import commands
from nnstudio.engine.commands import AskFrames, AskKept, AskWeights, Command
from nnstudio.engine.events import Weights
from nnstudio.engine.goals import Until
from nnstudio.engine.past import Frame, Past
from nnstudio.engine.snapshot import Snapshot

GRAINS = ("sample", "batch", "epoch")


class Orders:
    """The part of a trainer that its owner calls.

    A question has a ticket; an answer that comes too late is passed over.
    """

    _commands: queue.SimpleQueue[Command]
    _answers: queue.SimpleQueue[tuple[int, Any]]
    _tickets: itertools.count[int]
    _thread: threading.Thread
    _stopping: bool
    _keep_state: bool
    _mail: Snapshot | None
    past: Past | None

    @property
    def apart(self) -> bool:
        """Whether it trains in another process than its owner's."""
        return False

    @property
    def handed_over(self) -> bool:
        """Whether it has handed a state over to fall back on when it is lost; a thread is not lost."""
        return False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot once; the trainer makes the next only after this one was taken."""
        mail, self._mail = self._mail, None
        return mail

    def tell(self, command: Command) -> None:
        """Pass on a command as it is."""
        self._commands.put(command)

    def take_answers(self) -> list[tuple[int, Any]]:
        """Return the answers that nobody has waited for here: someone else asked."""
        found = []
        while True:
            try:
                found.append(self._answers.get_nowait())
            except queue.Empty:
                return found

    def pause(self) -> None:
        """Wait after the present batch."""
        self._commands.put(commands.Pause())

    def resume(self) -> None:
        """Go on."""
        self._commands.put(commands.Resume())

    def step(self, grain: str) -> None:
        """Go one "sample", "batch" or "epoch" further, then wait; sample and batch are recorded as a trace."""
        if grain not in GRAINS:
            raise ValueError(grain)
        self._commands.put(commands.Step(grain))

    def go_to(self, updates: int) -> None:
        """Go back (or on again) to where the run was after so many updates; Looked follows with the step from there."""
        self._commands.put(commands.GoTo(updates))

    def show(self, updates: int, row: int | None, made: bool) -> None:
        """Record the step (or one with a ``row`` of the data) as it was after so many updates, and stand where the run
        stands now.
        """
        self._commands.put(commands.ShowStep(updates, row, made))

    def look(self, row: int) -> None:
        """Record a step with one row of the data, without making it."""
        self._commands.put(commands.LookAt(row))

    def put_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take other weights from here on: the branch that a student's own numbers begin."""
        self._commands.put(commands.PutWeights(weights))

    def adopt(self, program: Program) -> None:
        """Go on with another program's settings (``adopt.can_adopt``); Adopted follows."""
        self._commands.put(commands.Adopt(program))

    def until(self, goal: Until | None) -> None:
        """Wait when a goal is reached, or train to the end; Reached follows."""
        self._commands.put(commands.TrainUntil(goal))

    def pace(self, updates: float | None) -> None:
        """Make at most so many updates a second, or as many as can be."""
        self._commands.put(commands.SetPace(updates))

    def use_best(self) -> None:
        """Go back to the best weights so far, by the validation loss (the training loss without a validation part)."""
        self._commands.put(commands.UseBest())

    def look_at(self, row: int) -> None:
        """Show the values of another training sample (its place in the training part)."""
        self._commands.put(commands.Watch(row))

    def stop(self, keep: bool = False) -> None:
        """End after the present batch; with ``keep`` the state is written to the run's folder, to be gone on with."""
        self._stopping, self._keep_state = True, keep
        self._commands.put(commands.Stop())

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; returns whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def thread(self) -> threading.Thread:
        """The thread itself, for who has to wait for it with a limit."""
        return self._thread

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def weights(self, timeout: float = 5.0) -> Weights | None:
        """Return a copy of the present weights, asked for between two batches; None when the run is over."""
        found: Weights | None = self._ask(AskWeights(next(self._tickets)), timeout)
        return found

    def kept(self, shown: int | None, timeout: float = 5.0) -> Past | None:
        """Return what a file needs for the run to go on, and to show the ``shown`` update again; None when the run is
        over.
        """
        found: Past | None = self._ask(AskKept(next(self._tickets), shown), timeout)
        return found

    def frames(self, timeout: float = 5.0) -> list[Frame]:
        """Return the states that are kept of its past."""
        found: list[Frame] | None = self._ask(AskFrames(next(self._tickets)), timeout)
        return found if found is not None else list(self.past.frames) if self.past is not None else []

    def _ask(self, question: AskWeights | AskKept | AskFrames, timeout: float) -> Any:
        self._commands.put(question)
        end = time.monotonic() + timeout
        while self._thread.is_alive() and time.monotonic() < end:
            try:
                ticket, answer = self._answers.get(timeout=0.05)
            except queue.Empty:
                continue
            if ticket == question.ticket:
                return answer
        return None
