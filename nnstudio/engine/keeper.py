"""Keeps the best and the last state of a run: the best in memory, both on disk where a folder is given."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nnstudio.document.errors import ProjectFileError, TrainError
from nnstudio.document.text import Message
from nnstudio.engine.checkpoint import load_past, save_frame
from nnstudio.engine.clock import Clock
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.goals import watched
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Frame, freeze
from nnstudio.engine.record import frozen_array
from nnstudio.engine.runtime.training import Progress

# Copying after each of a thousand tiny epochs a second would cost more than training them.
COPY_SECONDS, WRITE_SECONDS = 0.2, 10.0
LAST, BEST = "last.pt", "best.pt"


class Keeper:
    """Belongs to the trainer's thread."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._best: Frame | None = None
        self._last: Frame | None = None
        self._lowest = math.inf
        self._written: Frame | None = None
        self._copied_at = 0.0
        self._wrote_at = time.monotonic()
        self._failed = False

    def keep(self, experiment: Experiment, progress: Progress, clock: Clock, history: Lines) -> Message | None:
        """An epoch is over. Returns what went wrong on disk, once."""
        now = time.monotonic()
        # Epochs may be quicker than it takes to look at one.
        loss = watched(history[-1], "loss") if now - self._copied_at >= COPY_SECONDS else None
        better = loss is not None and loss < self._lowest
        due = self.folder is not None and not self._failed and now - self._wrote_at >= WRITE_SECONDS
        if not (better or due):
            return None
        frame = freeze(experiment, progress, clock.place(), history.upto())
        if better:
            assert loss is not None
            self._best, self._lowest, self._copied_at = frame, loss, now
        self._last = frame
        return self._write() if due else None

    def _write(self) -> Message | None:
        assert self.folder is not None
        self._wrote_at = time.monotonic()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._last is not None:
                save_frame(self.folder / LAST, self._last)
            if self._best is not None and self._best is not self._written:
                save_frame(self.folder / BEST, self._best)
                self._written = self._best
        except ProjectFileError as error:
            self._failed = True
            return error.message
        except OSError as error:
            self._failed = True
            return Message("run.unkept", {"detail": str(error)[:160]})
        return None

    def recall(self) -> None:
        """A run that was left goes on: its best state is still the best."""
        if self.folder is None or not (self.folder / BEST).is_file():
            return
        try:
            self._best = self._written = load_past(self.folder / BEST).frames[0]
        except (TrainError, IndexError):
            return
        loss = watched(self._best.history[-1], "loss") if len(self._best.history) else None
        self._lowest = math.inf if loss is None else loss

    def write_now(self, experiment: Experiment, progress: Progress, clock: Clock, history: Lines) -> None:
        """The run is left: its state goes to disk as it is."""
        if self.folder is not None and not self._failed:
            self._last = freeze(experiment, progress, clock.place(), history.upto())
            self._write()

    @property
    def best_epoch(self) -> int:
        """The epoch that the best weights are of."""
        return len(self._best.history) if self._best is not None else 0

    def best_weights(self) -> Mapping[str, np.ndarray] | None:
        """The weights of the best epoch that was copied."""
        return None if self._best is None else {name: frozen_array(tensor) for name, tensor in self._best.model.items()}
