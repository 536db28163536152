"""Garbage is collected in the window's thread only: anywhere else a collection would destroy widgets there."""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QObject, QTimer

COLLECT_MS = 2000


class Collector(QObject):
    """One per application, from its first window to the end of the process.

    It outlives every window on purpose. What a closed window leaves is a web of cycles, and the
    automatic collection would find it in whichever thread comes by next, mostly a trainer's.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._training: set[int] = set()
        self._frozen = False
        timer = QTimer(self)
        timer.timeout.connect(self.collect)
        timer.start(COLLECT_MS)

    def training(self, who: object, yes: bool) -> None:
        """Hear whether a window's network trains."""
        (self._training.add if yes else self._training.discard)(id(who))

    def collect(self) -> None:
        """Collect. While training what is there already is left out: looking through it takes longer than a frame."""
        if self._training:
            if not self._frozen:
                gc.freeze()
            self._frozen = True
            gc.collect(1)
            return
        if self._frozen:
            gc.unfreeze()
            self._frozen = False
        gc.collect(2)


def collector() -> Collector:
    """Return the application's collector; the first call makes it."""
    qt = QCoreApplication.instance()
    assert qt is not None, "the collector lives in the application"
    found = qt.findChild(Collector)
    return found if found is not None else Collector(qt)
