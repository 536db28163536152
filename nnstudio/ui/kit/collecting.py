"""Garbage is collected in the window's thread only: anywhere else a collection would destroy widgets there."""

from __future__ import annotations

import gc
import time
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QTimer

LOOK_MS = 100
# New objects after which it is time to collect, and the number of looks after which it is done anyhow: little and
# often.
MANY, LOOKS = 10_000, 20
# So few new objects since the last look tell that nobody is at work; after so many looks at work everything is looked
# through all the same.
FEW, PATIENCE = 500, 300
# Seconds after which what has stayed is left out from then on, and how much may be left out before it is looked at
# again.
LONG, LEFT_OUT = 0.02, 150_000


class Collector(QObject):
    """One per application, from its first window to the end of the process.

    It outlives every window on purpose. What a closed window leaves is a web of cycles, and the
    automatic collection would find it in whichever thread comes by next, mostly a trainer's.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._training: set[int] = set()
        self._stale = True
        self._looks = self._first = self._before = self._since = 0
        timer = QTimer(self)
        timer.timeout.connect(self._look)
        # The first window is painted before anything is looked through.
        QTimer.singleShot(LOOKS * LOOK_MS, self, partial(timer.start, LOOK_MS))

    def training(self, who: object, yes: bool) -> None:
        """Hear whether a window's network trains."""
        if yes and not self._training and self._stale:
            # What a window was made of is left out rather than looked through now.
            gc.freeze()
        (self._training.add if yes else self._training.discard)(id(who))

    def renew(self) -> None:
        """A window has gone: look through everything when there is time."""
        self._stale = True

    def _look(self) -> None:
        self._looks, self._since = self._looks + 1, self._since + 1
        new = gc.get_count()[0]
        quiet, self._before = abs(new - self._before) < FEW, new
        # While a network trains every collection holds it up, and what it leaves is little.
        if self._looks >= LOOKS or (new > MANY and not self._training):
            if self._training or quiet or self._since >= PATIENCE:
                self._looks = self._since = 0
                self.collect()
            elif new > MANY:
                # Someone is at work: what is new, and the rest in the next pause.
                gc.collect(1)
                self._before = 0

    def collect(self) -> None:
        """Collect what is new.

        Looking through all there is takes longer than a frame, so what has stayed is left out until it is stale.
        """
        if self._stale and not self._training:
            gc.unfreeze()
            gc.collect(2)
            gc.freeze()
            self._stale, self._first = False, gc.get_freeze_count()
            return
        if self._training:
            # What is older than the last look waits: going through it holds the trainer up.
            gc.collect(0)
            return
        started = time.perf_counter()
        gc.collect(2)
        if time.perf_counter() - started > LONG:
            gc.freeze()
            self._stale |= gc.get_freeze_count() > self._first + LEFT_OUT


def collector() -> Collector:
    """Return the application's collector; the first call makes it."""
    qt = QCoreApplication.instance()
    assert qt is not None, "the collector lives in the application"
    found = qt.findChild(Collector)
    return found if found is not None else Collector(qt)
