"""The weights of steps that were looked at, for the way through the landscape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.engine.trace import Trace

# Of so many steps the weights are kept, where there are no more numbers than this.
KEPT, NUMBERS = 100, 200_000


class Passed:
    """Weights by update, the newest kept."""

    def __init__(self) -> None:
        self._states: dict[int, Mapping[str, np.ndarray]] = {}

    def by(self, trace: Trace) -> None:
        """A step was passed by."""
        if trace.origin is not None and sum(array.size for array in trace.origin.state.values()) <= NUMBERS:
            self._states[trace.update] = trace.origin.state
            for old in sorted(self._states)[:-KEPT]:
                del self._states[old]

    def before(self, updates: int) -> dict[int, Mapping[str, np.ndarray]]:
        """Return those of earlier updates."""
        return {update: state for update, state in self._states.items() if update < updates}

    def rewound(self, updates: int) -> None:
        """The run went back: what came after may come otherwise."""
        self._states = self.before(updates)

    def forget(self) -> None:
        """Another run, or other weights."""
        self._states = {}
