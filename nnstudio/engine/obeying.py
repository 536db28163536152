"""What a run does at each command."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnstudio.document.text import message
from nnstudio.engine import commands
from nnstudio.engine.clock import Clock
from nnstudio.engine.events import Event, Refused, Weights
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Past, freeze
from nnstudio.engine.runtime.training import Progress
from nnstudio.engine.travel import Stop
from nnstudio.engine.watcher import Watcher


class Obeys:
    """The part of a trainer that obeys; everything here is called in the trainer's thread, between two batches."""

    epochs: int
    past: Past | None
    history: Lines
    events: queue.SimpleQueue[Event]
    _answers: queue.SimpleQueue[tuple[int, Any]]
    _clock: Clock
    _progress: Progress | None
    _paused: bool
    _told: bool
    _until: str
    _watcher: Watcher
    _own: Callable[[], Experiment]
    _begun: Callable[[], Progress]
    _numbers: Callable[[], Weights]
    _show: Callable[..., None]
    _try: Callable[[Callable[[], None]], None]
    _look: Callable[[int], None]
    _record: Callable[[], None]
    _go: Callable[..., None]
    _show_step: Callable[[int, int | None, bool], None]
    _put: Callable[[Mapping[str, np.ndarray]], None]

    def _obey_stop(self, command: commands.Stop) -> None:
        raise Stop

    def _obey_pause(self, command: commands.Pause) -> None:
        self._paused, self._until = True, ""

    def _obey_resume(self, command: commands.Resume) -> None:
        self._paused, self._until = False, ""

    def _obey_watch(self, command: commands.Watch) -> None:
        self._watcher.row = command.row
        self._show(force=True)

    def _obey_ask_weights(self, command: commands.AskWeights) -> None:
        self._answers.put((command.ticket, self._numbers()))

    def _obey_ask_kept(self, command: commands.AskKept) -> None:
        frame = freeze(self._own(), self._begun(), self._clock.place(), self.history.upto())
        self._answers.put(
            (
                command.ticket,
                (self.past or Past()).part(frame, frame.updates if command.shown is None else command.shown),
            )
        )

    def _obey_ask_frames(self, command: commands.AskFrames) -> None:
        self._answers.put((command.ticket, list(self.past.frames) if self.past is not None else []))

    def _obey_go_to(self, command: commands.GoTo) -> None:
        self._paused, self._until = True, ""
        self._go(command.updates)
        self._told = False

    def _obey_look_at(self, command: commands.LookAt) -> None:
        self._try(lambda: self._look(command.row))

    def _obey_show(self, command: commands.ShowStep) -> None:
        self._show_step(command.updates, command.row, command.made)
        self._told = False

    def _obey_put(self, command: commands.PutWeights) -> None:
        self._put(command.weights)
        self._told = False

    def _obey_step(self, command: commands.Step) -> None:
        if self._own().is_over(self._progress, self.epochs):
            self.events.put(Refused(message("run.over")))
            return
        self._paused, self._until = True, command.grain
        # Of an epoch its last batch is shown; the others are gone back to.
        if command.grain != "epoch" or self._own().last_ahead(self._clock.position):
            self._record()
