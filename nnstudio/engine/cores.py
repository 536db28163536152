"""How many cores a run takes."""

from __future__ import annotations

from nnstudio.catalog.plugins import FAILURES
from nnstudio.compile.gate import DEFAULT_RANDOM
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.past import Past
from nnstudio.engine.runtime.device import most_cores, quicker_threads


def cores_of(experiment: Experiment, wanted: int | None, past: Past | None, share: float) -> int:
    """Return as many as are ``wanted``, or as the run took before; else one or a ``share`` of all, as is quicker."""
    before = past.frames[-1].threads if past is not None and past.frames else 0
    if wanted or before or experiment.device.type != "cpu":
        return wanted or before or 1
    with DEFAULT_RANDOM:
        try:
            return quicker_threads(experiment.trial(), int(most_cores() * share))
        except FAILURES:
            # What cannot be copied, or fails, is left to the run itself.
            return 1
