"""One piece of work beside the window, whose outcome is fetched when the window looks: nothing else of the window
starts a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Reading(Generic[T]):
    """Does work in a thread of its own from the beginning on. Who no longer wants it forgets it."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self._work = work
        self._found: list[T] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._thread.start()

    def _main(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:
            # Whoever fetches the outcome meets it there; what a library panics with is no Exception.
            self._error = error if isinstance(error, Exception) else RuntimeError(f"{type(error).__name__}: {error}")

    @property
    def done(self) -> bool:
        """Whether there is an outcome."""
        return bool(self._found) or self._error is not None

    def outcome(self) -> T:
        """Return what was found, or raise what went wrong; only once it is done."""
        # It has given its outcome and ends at once.
        self._thread.join(1.0)
        if self._error is not None:
            raise self._error
        return self._found[0]
