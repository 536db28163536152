"""Other windows: each is a process of its own, so that what trains there does not slow this one."""

from __future__ import annotations

import sys

from PySide6.QtCore import QProcess


def new_window() -> None:
    """Start another window."""
    _start([])


def open_elsewhere(name: str) -> None:
    """Open a project in a window of its own."""
    _start(["gui", name])


def _start(words: list[str]) -> None:
    QProcess.startDetached(sys.executable, [*([] if getattr(sys, "frozen", False) else ["-m", "nnstudio"]), *words])
