"""Work beside the window, in a thread of its own, that may be stopped."""

from __future__ import annotations

import threading

# So long a window waits when it leaves; the work itself ends at its next piece.
LEAVE_SECONDS = 2.0


class Background:
    """A subclass says what is done in ``work`` and looks at ``cancelled`` often."""

    def __init__(self, name: str) -> None:
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self.work, name=name, daemon=True)

    def work(self) -> None:
        """What is done in the thread."""
        raise TypeError(type(self).__name__)

    def cancelled(self) -> bool:
        """Whether it was stopped."""
        return self._cancel.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is a result, a reason why not, or it was stopped."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Give up; takes as long as one piece of the work."""
        self._cancel.set()

    def join(self, timeout: float = LEAVE_SECONDS) -> bool:
        """Wait for the thread; returns whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()
