"""Collects handed-in work in a thread of its own; may be stopped between two files."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

from nnstudio.document.values import Document
from nnstudio.session.background import Background
from nnstudio.session.lessons.collecting import Marked, collect, files_in
from nnstudio.session.lessons.player import Played


class Collecting(Background):
    """Checks every project in a folder again. ``total`` is how many there are."""

    def __init__(self, folder: Path, begin: Callable[[Document], Played]) -> None:
        self._files = files_in(folder)
        self._begin = begin
        self._news: queue.SimpleQueue[Marked] = queue.SimpleQueue()
        self.total = len(self._files)
        super().__init__("collecting")

    def work(self) -> None:
        """Check one file after the other."""
        for one in collect(self._files, self._begin, stopped=self.cancelled):
            self._news.put(one)

    def new(self) -> list[Marked]:
        """Return what came since this was asked last."""
        found = []
        while not self._news.empty():
            found.append(self._news.get_nowait())
        return found
