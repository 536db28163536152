"""Time passes for a window in a test."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer


def let_go() -> None:
    """Delete what was to be deleted later.

    In a loop of events an error on the way is told; below sendPostedEvents, called from Python, it would end the
    process.
    """
    loop = QEventLoop()
    QTimer.singleShot(0, loop.quit)
    loop.exec()


def settled() -> None:
    """What has happened is shown: the events there are, and those that they give rise to in their turn."""
    for _ in range(4):
        QCoreApplication.processEvents()
        let_go()


def pause(milliseconds: int) -> None:
    """Let the window live for a while, as QTest.qWait does; that holds the interpreter meanwhile, so that no other
    thread gets on.
    """
    end = time.monotonic() + milliseconds / 1000
    while True:
        QCoreApplication.processEvents()
        let_go()
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.005))
