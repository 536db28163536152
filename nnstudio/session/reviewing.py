"""Looks through all samples in the background; may be stopped."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nnstudio.document.text import Message

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.samples import Review


class Reviewing:
    """One look through the samples in its own thread."""

    def __init__(self, program: Program, weights: Mapping[str, np.ndarray]) -> None:
        self._args = program, weights
        self._cancel = threading.Event()
        self.result: Review | None = None
        self.reason: Message | None = None
        self._thread = threading.Thread(target=self._work, name="review", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Give up and wait; takes as long as one sample."""
        self._cancel.set()
        self._thread.join(20)

    def _work(self) -> None:
        from nnstudio.engine.review import review
        from nnstudio.engine.runtime.device import prepare_thread

        prepare_thread(0)
        try:
            self.result = review(*self._args, self._cancel.is_set)
        except (RuntimeError, ValueError, MemoryError, OSError) as error:
            self.reason = Message("results.failed", {"detail": str(error).split("\n")[0][:160]})
