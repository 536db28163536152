"""Long work while the window stays alive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QTimer

from nnstudio.session.reading import Reading

T = TypeVar("T")
LOOK_MS = 10


def in_background(work: Callable[[], T], name: str) -> T:
    """Do work in a thread of its own and let the window live meanwhile; returns or raises what the work does."""
    reading = Reading(work, name)
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if reading.done else None)
    timer.start(LOOK_MS)
    try:
        loop.exec()
    finally:
        timer.stop()
    return reading.outcome()
