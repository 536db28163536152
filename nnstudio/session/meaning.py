"""What the present document means, worked out in the background: network, problems, script, first rows of the data."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.catalog.sources.copies import chosen_files
from nnstudio.catalog.tables import is_ready
from nnstudio.document.errors import TrainError
from nnstudio.document.text import message
from nnstudio.document.values import Document
from nnstudio.session.compiler import Compiler, Drawn
from nnstudio.session.listeners import Listeners

if TYPE_CHECKING:
    from nnstudio.compile.analysis import Report
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.compile.source import Source
    from nnstudio.engine.curves import DataPreview
    from nnstudio.engine.trace import Trace


class Meaning:
    """Follows one document after the other; ``lowered`` and ``analysis`` are None while they are being worked out."""

    def __init__(self, document: Callable[[], Document]) -> None:
        self._document = document
        self.compiled = Listeners()
        self.lowered: Lowered | None = None
        self.source: Source | None = None
        self.analysis: Report | None = None
        self.preview: DataPreview | None = None
        # The network with its start weights; who listens is told when it is another.
        self.drawn: Drawn | None = None
        self.looked = Listeners()
        self._compiler = Compiler()

    @property
    def document(self) -> Document:
        """The document that is worked out."""
        return self._document()

    def work_out(self) -> None:
        """Work the present document out; what was known of another is forgotten."""
        self.lowered = self.analysis = None
        self._compiler.submit(self._document())

    def begin(self) -> None:
        """Work the first document out, which imports torch: after the first window is painted."""
        self._compiler.submit(self._document())

    def sound(self) -> Program:
        """Return what the network means.

        Raises:
            TrainError: it has a problem, or its data is still being read.
        """
        document = self._document()
        if self.lowered is None or self.lowered.document.meaning != document.meaning:
            for choice in chosen_files(document):
                if not is_ready(choice):
                    # Lowering here would wait for the file, and the window with it.
                    raise TrainError("data.loading", name=Path(choice.params["path"]).name)
            from nnstudio.compile.lower import lower

            self.lowered, self.analysis = lower(document), None
        if self.analysis is None:
            from nnstudio.compile.analysis import analyse

            self.analysis = analyse(self.lowered)
        errors = self.analysis.errors
        if self.lowered.program is None or errors:
            detail = errors[0].what if errors else message("graph.nothing_to_train.what")
            raise TrainError("run.not_sound", detail=detail)
        return self.lowered.program

    def named(self, trace: Trace) -> Trace:
        """Return a step in which things are called what they are now, whatever they were when its run began."""
        program = self.lowered.program if self.lowered is not None else None
        return trace if program is None or program.names == trace.names else replace(trace, names=program.names)

    def poll(self) -> bool:
        """Bring in the newest result; returns whether there was one of the present document.

        Telling is the caller's.
        """
        newest = None
        while True:
            try:
                newest = self._compiler.results.get_nowait()
            except queue.Empty:
                break
        if newest is None or newest.document.meaning != self._document().meaning:
            return False
        self.lowered, self.source, self.analysis = newest.lowered, newest.source, newest.report
        self.preview = newest.preview
        return True

    def poll_look(self) -> None:
        """Bring in the newest look at the network with its start weights, and tell."""
        newest = None
        while True:
            try:
                newest = self._compiler.looks.get_nowait()
            except queue.Empty:
                break
        if newest is not None and self.lowered is not None and self.lowered.program == newest.program:
            self.drawn = newest
            self.looked.tell()

    @property
    def working(self) -> bool:
        """Whether its thread goes on."""
        return self._compiler.alive

    def close(self, limit: float) -> bool:
        """End the thread; returns whether it has ended within the limit."""
        return self._compiler.close(limit)
