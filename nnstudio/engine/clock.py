"""Where a run stands and how long it took."""

from __future__ import annotations

import time
from typing import Any

from nnstudio.engine.past import Place
from nnstudio.engine.runtime.training import Update


class Clock:
    """Counts what was done and the time it took, pauses left out."""

    def __init__(self) -> None:
        self.epoch, self.position, self.batch = 1, 0, 0
        self.updates = self.samples = 0
        self.loss: Any = None
        self._busy, self._since = 0.0, time.perf_counter()
        self._going = True

    def count(self, event: Update) -> None:
        """An update was made."""
        self.updates += 1
        self.samples += event.samples
        self.batch += 1
        self.epoch, self.position, self.loss = event.epoch, event.first + event.samples, event.loss

    def place(self) -> Place:
        """Where the run stands, as plain numbers."""
        return self.epoch, self.position, self.batch, self.updates, self.samples, self.seconds()

    def set(self, place: Place) -> None:
        """Stand where the run stood."""
        self.epoch, self.position, self.batch, self.updates, self.samples, self._busy = place
        self._since, self.loss = time.perf_counter(), None

    def new_epoch(self) -> None:
        """A pass is over."""
        self.epoch, self.position, self.batch = self.epoch + 1, 0, 0

    def halt(self) -> None:
        """A pause begins."""
        if not self._going:
            return
        self._busy += time.perf_counter() - self._since
        self._going = False

    def go(self) -> None:
        """A pause is over."""
        self._since = time.perf_counter()
        self._going = True

    def seconds(self) -> float:
        """The time spent training."""
        return self._busy + (time.perf_counter() - self._since if self._going else 0.0)
