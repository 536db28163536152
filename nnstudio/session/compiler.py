"""Lower documents away from the window's thread; the newest document wins."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.plugins import FAILURES
from nnstudio.catalog.sources.files import LOADING
from nnstudio.document.errors import ExportError, StudioError
from nnstudio.document.values import Document
from nnstudio.session.cores import wanted_threads

if TYPE_CHECKING:
    from nnstudio.compile.analysis import Report
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.compile.source import Source
    from nnstudio.engine.curves import DataPreview
    from nnstudio.engine.snapshot import Snapshot


@dataclass(frozen=True)
class Compiled:
    """What the newest document means: the lowering and the script's text."""

    document: Document
    lowered: Lowered
    source: Source | None
    report: Report | None
    preview: DataPreview | None


@dataclass(frozen=True)
class Drawn:
    """A network with its start weights, as it is drawn before it trains; None where that cannot be."""

    program: Program
    snapshot: Snapshot | None


# Seconds between an edit and working out what it means.
REST = 0.025
# More nodes than these are drawn when nothing was edited for so many seconds.
LARGE, LARGE_REST = 40, 0.6


# Longer no window waits for a thread when it closes: what goes on then ends with the program.
CLOSE_SECONDS = 4.0


def wait_for(thread: threading.Thread, limit: float) -> bool:
    """Wait for a thread that was told to end; what it reads is stopped again and again, since each file begins anew."""
    end = time.monotonic() + limit
    while thread.is_alive() and (left := end - time.monotonic()) > 0:
        LOADING.cancel()
        thread.join(min(0.05, left))
    return not thread.is_alive()


class Compiler:
    """A worker thread that also pays for torch's import, so that the window does not."""

    def __init__(self) -> None:
        self.results: queue.SimpleQueue[Compiled] = queue.SimpleQueue()
        self.looks: queue.SimpleQueue[Drawn] = queue.SimpleQueue()
        self._wanted: Document | None = None
        self._bell = threading.Condition()
        self._closing = False
        self._preview: tuple[tuple[Any, ...], DataPreview] | None = None
        self._thread = threading.Thread(target=self._main, name="compiler", daemon=True)
        self._thread.start()

    def submit(self, document: Document) -> None:
        """Ask for a document; one that was waiting is forgotten."""
        with self._bell:
            self._wanted = document
            self._bell.notify()

    @property
    def alive(self) -> bool:
        """Whether the thread goes on."""
        return self._thread.is_alive()

    def close(self, limit: float = CLOSE_SECONDS) -> bool:
        """End the thread: reading of data is stopped, other work is waited for.

        Returns whether it has ended within the limit.
        """
        with self._bell:
            self._closing = True
            self._bell.notify()
        return wait_for(self._thread, limit)

    def _look(self, lowered: Lowered) -> DataPreview | None:
        """The first rows of the data, made again only when what they depend on has changed."""
        from nnstudio.catalog.tables import dataset_of, split_of
        from nnstudio.compile.findings.view import View
        from nnstudio.engine.previews import data_preview

        view = View(lowered)
        if view.data is None or view.read is None:
            return None
        params = view.params(view.data)
        key = (
            view.read,
            dataset_of(params),
            split_of(params),
            params["scaling"],
            view.labels,
        )
        if (
            self._preview is None
            or any(a is not b and a != b for a, b in zip(self._preview[0][1:], key[1:], strict=True))
            or (self._preview[0][0] is not key[0])
        ):
            try:
                self._preview = key, data_preview(*key[1:])
            except StudioError:
                return None
        return self._preview[1]

    def _draw(self, lowered: Lowered, report: Report) -> None:
        """Look at a network that could train, unless another is asked for already."""
        program = lowered.program
        if program is None or report.errors or not draws():
            return
        with self._bell:
            # To look at a large network takes as long as some edits of it: it waits for a pause.
            pause = LARGE_REST if len(lowered.flat.nodes) > LARGE else 0.0
            self._bell.wait_for(lambda: self._closing or self._wanted is not None, pause)
            if self._closing or self._wanted is not None:
                return
        from nnstudio.engine.first_look import first_look

        # What goes wrong here goes wrong again, and is told, when it trains.
        found = None
        with contextlib.suppress(*FAILURES):
            found = first_look(program)
        self.looks.put(Drawn(program, found))

    def _main(self) -> None:
        warm = begun = False
        while True:
            with self._bell:
                while self._wanted is None and not self._closing and (warm or not begun):
                    self._bell.wait()
                if begun:
                    # The window paints the edit first: two threads of Python take turns that are as long as a third of
                    # a frame.
                    self._bell.wait_for(lambda: self._closing, REST)
                if self._closing:
                    return
                document, self._wanted = self._wanted, None
            # The first document pays for torch's import; warming up waits until it is shown.
            from nnstudio.compile.analysis import Report, analyse
            from nnstudio.compile.lower import lower, unknown
            from nnstudio.engine.device import warm_up

            begun = True
            if document is None:
                warm_up()
                warm = True
                continue
            try:
                lowered = lower(document)
                source = _source(lowered)
                report = analyse(lowered)
                preview = self._look(lowered)
            except FAILURES as error:
                # One document that breaks the program must not end the service for all that follow.
                lowered, source = unknown(document, error), None
                report, preview = Report((), 0, 0, 0, lowered.problems), None
            self.results.put(Compiled(document, lowered, source, report, preview))
            self._draw(lowered, report)


def draws() -> bool:
    """Whether networks are drawn before they train."""
    return True


def _source(lowered: Lowered) -> Source | None:
    """The script; a sentence in its place where own files keep it from being one."""
    from nnstudio.compile.source import Source
    from nnstudio.session.export import source_of

    if lowered.program is None:
        return None
    try:
        return source_of(lowered.program, threads=wanted_threads())
    except ExportError as error:
        return Source(f"# {error.message.render()}\n", {}, {})
