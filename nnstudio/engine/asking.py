"""What a run is asked for while it goes on; it answers between two batches."""

from __future__ import annotations

import queue
import threading
from typing import Any

from nnstudio.engine.events import Weights
from nnstudio.engine.past import Past


class Asks:
    """The part of a trainer that its owner asks."""

    _commands: queue.SimpleQueue[tuple[str, Any]]
    _thread: threading.Thread

    def weights(self, timeout: float = 5.0) -> Weights | None:
        """Return a copy of the present weights, asked for between two batches; None when the run is over."""
        found: Weights | None = self._ask("weights", None, timeout)
        return found

    def kept(self, shown: int | None, timeout: float = 5.0) -> Past | None:
        """Return what a file needs for the run to go on, and to show the ``shown`` update again; None when the run is over."""
        found: Past | None = self._ask("kept", shown, timeout)
        return found

    def _ask(self, command: str, value: Any, timeout: float) -> Any:
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._commands.put((command, (answer, value)))
        waited = 0.0
        while self._thread.is_alive() and waited < timeout:
            try:
                return answer.get(timeout=0.05)
            except queue.Empty:
                waited += 0.05
        return None
