"""Looking closer at a step: checked gradients, fused layers spelled out, the loss around its weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nnstudio.document.errors import TrainError
from nnstudio.session.run import Run
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.engine.check import Check
    from nnstudio.engine.trace import Trace
    from nnstudio.session.surveys import Survey


class Closer:
    """Looks at the step that is shown; ``present`` gives the weights of the run as it stands."""

    def __init__(self, run: Run, stepping: Stepping, present: Callable[[], Mapping[str, np.ndarray]]) -> None:
        self._run, self._stepping, self._present = run, stepping, present

    def check(self, name: str, place: int) -> Check:
        """Compare a shown gradient with a finite difference.

        Raises:
            TrainError: there is no such gradient.
        """
        from nnstudio.engine.check import check

        shown = self._stepping.shown
        if shown is None:
            raise TrainError("trace.none")
        try:
            return check(self._stepping.program, shown, name, place)
        except KeyError:
            raise TrainError("trace.no_number", name=name) from None

    def spelled_out(self, trace: Trace) -> Trace:
        """The step with fused layers spelled out operation by operation."""
        from nnstudio.explain.spelling import explained

        return explained(self._stepping.program, trace) if self._stepping.program.recipes else trace

    def survey(self, kind: str, weights: tuple[str, str], reach: float) -> Survey:
        """Begin a loss landscape around the shown step's weights, or the trained ones.

        Raises:
            TrainError: there are no weights yet, or no such weight.
        """
        from nnstudio.session.surveys import Survey

        shown = self._stepping.shown
        if self._run.program is None:
            raise TrainError("predict.no_weights")
        state = shown.origin.state if shown is not None and shown.origin is not None else dict(self._present())
        chosen = (_weight(weights[0]), _weight(weights[1])) if kind == "weights" else None
        found = Survey(self._stepping.program, state, self._earlier(), kind, chosen, reach, self._stepping.program.seed)
        found.start()
        return found

    def _earlier(self) -> list[Mapping[str, np.ndarray]]:
        """The weights that were passed on the way here, as far as they are kept, the oldest first."""
        from nnstudio.engine.record import frozen_array

        past, shown, trainer = self._stepping.past, self._stepping.shown, self._run.trainer
        if trainer is not None:
            kept = trainer.frames()
        else:
            kept = list(past.frames) if past is not None else []
        now = (
            shown.update
            if shown is not None
            else self._stepping.reach.updates
            if self._stepping.reach is not None
            else 10**12
        )
        frames: dict[int, Mapping[str, np.ndarray]] = {
            f.updates: {n: frozen_array(t) for n, t in f.model.items()} for f in kept if f.updates < now
        }
        frames |= self._stepping.passed.before(now)
        return [frames[update] for update in sorted(frames)]


def _weight(text: str) -> tuple[str, int]:
    """Read "output.weight[1]" as a parameter's path and a place, counted from 0."""
    found = re.fullmatch(r"\s*([\w.]+)\s*\[\s*(\d+)\s*\]\s*", text)
    if found is None or int(found[2]) < 1:
        raise TrainError("landscape.no_weight")
    return found[1], int(found[2]) - 1
