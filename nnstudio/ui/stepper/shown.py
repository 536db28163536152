"""The step that is shown, as far as the timeline has come: what several views read, and one changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture
    from nnstudio.engine.trace import Moment, Trace
    from nnstudio.explain.pictures import Pictures


class ShownStep:
    """A trace at the chosen zoom, and the moment that the timeline stands at; None while no step is shown."""

    def __init__(self) -> None:
        self.trace: Trace | None = None
        self.moment: Moment | None = None
        self._pictures: Pictures | None = None

    def show(self, trace: Trace | None) -> None:
        """Another trace is shown, or none."""
        self.trace, self._pictures = trace, None
        if trace is None:
            self.moment = None
        else:
            from nnstudio.explain.pictures import Pictures

            self._pictures = Pictures(trace)

    def stand_at(self, moment: Moment) -> None:
        """The timeline stands at a moment."""
        self.moment = moment

    def weights(self) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]] | None:
        """Matrices and biases by node as the step has them; None while none is shown."""
        return self._pictures.weights(self.moment) if self._pictures is not None and self.moment is not None else None

    def pictures(self) -> Mapping[str, Picture] | None:
        """The numbers of the step by node; None while none is shown."""
        return self._pictures.at(self.moment) if self._pictures is not None and self.moment is not None else None
