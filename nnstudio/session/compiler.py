"""Lower documents away from the window's thread; the newest document wins."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

from nnstudio.document.values import Document


@dataclass(frozen=True)
class Compiled:
    """What the newest document means: the lowering and the script's text."""

    document: Document
    lowered: object
    source: object | None
    report: object | None


class Compiler:
    """A worker thread that also pays for torch's import, so that the window does not."""

    def __init__(self) -> None:
        self.results: queue.SimpleQueue[Compiled] = queue.SimpleQueue()
        self._wanted: Document | None = None
        self._bell = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._main, name="compiler", daemon=True)
        self._thread.start()

    def submit(self, document: Document) -> None:
        """Ask for a document; one that was waiting is forgotten."""
        with self._bell:
            self._wanted = document
            self._bell.notify()

    def close(self) -> None:
        """End the thread after the work in hand."""
        with self._bell:
            self._closing = True
            self._bell.notify()
        self._thread.join()

    def _main(self) -> None:
        warm = begun = False
        while True:
            with self._bell:
                while self._wanted is None and not self._closing and (warm or not begun):
                    self._bell.wait()
                if self._closing:
                    return
                document, self._wanted = self._wanted, None
            # The first document pays for torch's import; warming up waits until it is shown.
            from nnstudio.compile.analysis import Report, analyse
            from nnstudio.compile.lower import lower, unknown
            from nnstudio.engine.device import warm_up
            from nnstudio.session.export import source_of

            begun = True
            if document is None:
                warm_up()
                warm = True
                continue
            try:
                lowered = lower(document)
                source = source_of(lowered.program) if lowered.program is not None else None
                report = analyse(lowered)
            except Exception as error:
                # One document that breaks the program must not end the service for all that follow.
                lowered, source = unknown(document, error), None
                report = Report((), 0, 0, 0, lowered.problems)
            self.results.put(Compiled(document, lowered, source, report))
