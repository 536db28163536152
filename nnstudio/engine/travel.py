"""How a run goes back in its own past, and on again."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from nnstudio.compile.gate import DEFAULT_RANDOM
from nnstudio.compile.program import Program
from nnstudio.document.text import message
from nnstudio.engine.clock import Clock
from nnstudio.engine.events import Event, Refused, Rewound
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Past, freeze, thaw
from nnstudio.engine.runtime.training import Epoch, Progress, Update, WarmUp, epoch_record
from nnstudio.engine.watcher import Watcher
from nnstudio.engine.ways import ways_of


class Stop(Exception):
    """The run was asked to stop."""


class Travels:
    """The part of a trainer that moves through its past; everything here is called in the trainer's thread."""

    program: Program
    epochs: int
    past: Past | None
    history: Lines
    events: queue.SimpleQueue[Event]
    _clock: Clock
    _progress: Progress | None
    _training: Any
    _replaying: bool
    _stopping: bool
    _paused: bool
    _watcher: Watcher
    _own: Callable[[], Experiment]
    _show: Callable[..., None]
    _try: Callable[[Callable[[], None]], None]
    _look_on: Callable[..., None]
    _look: Callable[[int], None]
    _next_size: Callable[[], int]

    def _begin(self, progress: Progress) -> None:
        """Train on from some progress; the experiment is in the state that belongs to it."""
        self._progress = progress
        self._training = self._own().train(
            self.epochs, self._next_size, progress, self._watcher.limits, *ways_of(self._own(), self._not_fused)
        )
        self._warm()

    def _not_fused(self, why: str) -> None:
        self.events.put(Refused(message("run.not_fused", detail=why)))

    def _warm(self) -> None:
        """Set the rate of an epoch that is about to begin, so that a step recorded before it shows the right one."""
        progress = self._progress
        if progress is not None and not progress.position:
            WarmUp(self._own().optimizer, self.program.warmup, progress.rates).set(progress.epoch)

    def _remember(self) -> None:
        """Keep the present state, to be gone back to."""
        assert self.past is not None and self._progress is not None
        self.past.add(freeze(self._own(), self._progress, self._clock.place(), self.history.upto()))

    def _go(self, updates: int, *, look: bool = True) -> None:
        """Go to where the run was after so many updates: from the last state kept before it, training again what lies
        between.
        """
        past, clock = self.past, self._clock
        if past is None or not past.frames or not past.earliest <= updates <= past.furthest:
            self.events.put(Refused(message("run.past", earliest=past.earliest if past else 0)))
            return
        past.leave(updates)
        frame = past.before(updates)
        experiment = self._own()
        with DEFAULT_RANDOM:
            progress = thaw(experiment, frame)
        self._begin(progress)
        clock.set(frame.clock)
        clock.go()
        self.history = frame.history.upto()
        self._replaying = True
        try:
            while clock.updates < updates or experiment.epoch_is_full(progress):
                if self._stopping:
                    raise Stop
                with DEFAULT_RANDOM:
                    event = next(self._training, None)
                if isinstance(event, Update):
                    clock.count(event)
                elif isinstance(event, Epoch):
                    clock.new_epoch()
                    self.history.append(epoch_record(event))
                    self._warm()
                else:
                    break
        finally:
            self._replaying = False
            clock.halt()
        self.events.put(Rewound(clock.updates, self.history.upto()))
        self._show(force=True)
        if look and not experiment.is_over(progress, self.epochs):
            self._try(self._look_on)

    def _show_step(self, updates: int, row: int | None, made: bool) -> None:
        """Go to a place in the past, record a step there, and come back."""
        now = self._clock.updates
        self._go(updates, look=False)
        if self._clock.updates == updates and not self._own().is_over(self._progress, self.epochs):
            self._try((lambda: self._look(row)) if row is not None else partial(self._look_on, made))
        self._go(now, look=False)

    def _put(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take other weights: a branch, since what was trained before did not have them."""
        experiment, past = self._own(), self.past
        with torch.no_grad():
            own = experiment.model.state_dict()
            for name, array in weights.items():
                own[name].copy_(torch.tensor(array))
        if past is not None:
            past.cut(self._clock.updates, break_here=True)
            self._remember()
        self._show(force=True)
        if self._paused and not experiment.is_over(self._progress, self.epochs):
            self._try(self._look_on)
