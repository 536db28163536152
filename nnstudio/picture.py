"""Draw the window with a trained example to a picture, or film it while it trains:
``python -m nnstudio.picture iris FILE.png``, ``… rings FILE.gif``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from nnstudio.app import Application, make_application
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.pacing import WATCH
from nnstudio.session.session import Session
from nnstudio.ui.kit.film import write_film
from nnstudio.ui.kit.paper import png_of

# A film: so many pictures at most, taken so far apart, shown so long, so wide.
FRAMES, FRAME_SECONDS, SHOWN_SECONDS, WIDE = 50, 0.28, 0.15, 760


def wait(qt: QApplication, done: Callable[[], bool], seconds: float = 120.0) -> None:
    """Let the window live until something is true."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        qt.processEvents()
        time.sleep(0.01)


def film(qt: QApplication, application: Application, path: Path) -> None:
    """Film a window while its network trains."""
    window = application.window
    assert window is not None
    frames: list[bytes] = []
    window.bench.running.toggle()
    wait(qt, lambda: window.session.training.state is State.RUNNING)
    while window.session.training.state is State.RUNNING and len(frames) < FRAMES:
        next_at = time.monotonic() + FRAME_SECONDS
        wait(qt, lambda until=next_at: time.monotonic() >= until)  # type: ignore[misc]
        picture = window.grab().toImage()
        frames.append(png_of(picture.scaledToWidth(WIDE, Qt.TransformationMode.SmoothTransformation)))
    write_film(path, frames, round(1000 * SHOWN_SECONDS))


def draw(example: str, path: str) -> int:
    """Train an example in the window and save a picture of it, or a film of its training; returns the exit code."""
    qt = make_application()
    session = Session(load_example(example))
    moving = path.lower().endswith((".gif", ".mp4"))
    # A picture is watched by nobody.
    session.helm.speed.set(WATCH if moving else None)
    application = Application(qt, session)
    window = application.show_window()
    try:
        wait(qt, lambda: session.meaning.lowered is not None)
        window.show_all()
        if moving:
            wait(qt, lambda: session.meaning.drawn is not None)
            film(qt, application, Path(path))
            return 0
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
