"""Draw the window with a trained example to a picture: ``python -m nnstudio.picture iris FILE.png``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from nnstudio.app import Application, make_application
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session


def wait(qt: QApplication, done: Callable[[], bool], seconds: float = 120.0) -> None:
    """Let the window live until something is true."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        qt.processEvents()
        time.sleep(0.01)


def draw(example: str, path: str) -> int:
    """Train an example in the window and save a picture of it; returns the exit code."""
    qt = make_application()
    session = Session(load_example(example))
    # Nobody watches.
    session.helm.speed.set(None)
    application = Application(qt, session)
    window = application.show_window()
    try:
        wait(qt, lambda: session.meaning.lowered is not None)
        window.show_all()
        window.bench.running.toggle()
        wait(qt, lambda: session.training.state in (State.FINISHED, State.FAILED))
        if session.training.snapshot is not None and session.training.snapshot.plane is not None:
            window.bench.panels.show("decision")
        window.bench.panels.view("curves").redraw()
        for _ in range(20):
            qt.processEvents()
        return 0 if window.grab().save(path) else 1
    finally:
        session.close()
        window.leave()
        window.hide()
        window.let_go()
        window.deleteLater()


if __name__ == "__main__":
    sys.exit(draw(sys.argv[1], sys.argv[2]))
