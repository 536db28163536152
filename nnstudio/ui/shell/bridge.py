"""The only file of the window that knows of threads: it asks the session by a timer and emits plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.catalog.sources.files import LOADING
from nnstudio.engine.states import State
from nnstudio.session.hosting import warm
from nnstudio.session.listeners import Listeners
from nnstudio.session.session import Session
from nnstudio.ui.kit.collecting import collector

POLL_MS = 33
# After the first network was worked out.
WARM_MS = 300


class Bridge(QObject):
    """Lives in the window's thread. Its signals carry frozen values only."""

    documents_changed = Signal(object, object)
    compiled = Signal()
    looked = Signal()
    run_changed = Signal()
    epochs_done = Signal(object)
    snapshot_taken = Signal(object)
    trace_changed = Signal(object)
    rewound = Signal(object)
    refused = Signal(object)
    loading = Signal(str, float)
    runs_changed = Signal()
    neighbours_changed = Signal()
    measured = Signal()
    findings_changed = Signal()
    steered = Signal(object)
    lesson_changed = Signal()
    polled = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._loading = ("", -1.0)
        self._links: list[tuple[Listeners, Callable[..., None]]] = [
            (listeners, signal.emit) for listeners, signal in self._pairs()
        ]
        for listeners, function in self._links:
            listeners.add(function)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.poll)
        self._timer.start(POLL_MS)
        self._collector = collector()
        self._warmed = False
        session.meaning.compiled.add(self._warm)

    def _pairs(self) -> list[tuple[Listeners, Any]]:
        session = self.session
        return [
            (session.epoch_done, self.epochs_done),
            (session.documents_changed, self.documents_changed),
            (session.meaning.compiled, self.compiled),
            (session.meaning.looked, self.looked),
            (session.training.changed, self.run_changed),
            (session.training.snapshot_taken, self.snapshot_taken),
            (session.stepping.shown_changed, self.trace_changed),
            (session.rewound, self.rewound),
            (session.refused, self.refused),
            (session.runs.changed, self.runs_changed),
            (session.abreast.changed, self.neighbours_changed),
            (session.health.measured, self.measured),
            (session.health.changed, self.findings_changed),
            (session.helm.messages, self.steered),
            (session.tutor.changed, self.lesson_changed),
        ]

    def _warm(self) -> None:
        """A process for the first run, once there is something to train and the window has drawn it."""
        if not self._warmed:
            self._warmed = True
            QTimer.singleShot(WARM_MS, self, warm)

    def poll(self) -> None:
        """Bring in what the threads have finished."""
        self.session.poll()
        # Looking through garbage holds no run up that has an interpreter of its own.
        run = self.session.training
        here = run.trainer is not None and not run.trainer.apart
        self._collector.training(self, here and run.state == State.RUNNING)
        self.polled.emit()
        now = (LOADING.name, -1.0 if LOADING.share is None else LOADING.share)
        if now != self._loading:
            self._loading = now
            self.loading.emit(*now)

    def close(self) -> None:
        """Stop asking; the session may live on."""
        self._timer.stop()
        self._collector.training(self, False)
        self._collector.renew()
        for listeners, function in self._links:
            listeners.remove(function)
        self.session.meaning.compiled.remove(self._warm)
