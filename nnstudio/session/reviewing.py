"""Looks through all samples in the background; may be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nnstudio.document.text import Message
from nnstudio.session.background import Background

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.samples import Review


class Reviewing(Background):
    """One look through the samples in its own thread."""

    def __init__(self, program: Program, weights: Mapping[str, np.ndarray]) -> None:
        self._args = program, weights
        self.result: Review | None = None
        self.reason: Message | None = None
        super().__init__("review")
        self.start()

    def work(self) -> None:
        """Look through the samples."""
        from nnstudio.engine.review import review
        from nnstudio.engine.runtime.device import prepare_thread

        prepare_thread(1)
        try:
            self.result = review(*self._args, self.cancelled)
            if self.result is None and not self.cancelled():
                self.reason = Message("results.many", {})
        except (RuntimeError, ValueError, MemoryError, OSError) as error:
            self.reason = Message("results.failed", {"detail": str(error).split("\n")[0][:160]})
