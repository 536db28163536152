"""How the updates of a run are made: as usual, by replay, as a CUDA graph, or sparing time or memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnstudio.engine.experiment import Experiment
from nnstudio.engine.graphs import Graphs
from nnstudio.engine.runtime.judging import Judge
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.runtime.replay import Stepper
from nnstudio.engine.runtime.training import update


def ways_of(experiment: Experiment, not_fused: Callable[[str], None]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return what makes the updates of a run, and what measures its validation part.

    ``not_fused`` is told why operations that were to be fused are not.
    """
    if experiment.sparing is not None:
        experiment.sparing.say = not_fused
        return experiment.sparing, evaluate
    if experiment.program.has_own_code:
        # Code that an entry brings may do something else every time, so it is run as it is.
        return update, evaluate
    if experiment.device.type == "cuda":
        return Graphs(), evaluate
    if experiment.device.type == "cpu":
        return Stepper(), Judge()
    return update, evaluate
