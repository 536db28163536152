"""The test part: measured at the very end, with the weights that a run ended with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from nnstudio.compile.program import Program
from nnstudio.document.errors import TrainError
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.fitted import Trained
from nnstudio.engine.runtime.metrics import evaluate, measures_record


def measure_test(trained: Trained) -> dict[str, Any]:
    """Return the measures of the test part as plain values, as a run's report has them.

    Raises:
        TrainError: there is no test part, or the data is other than the one that the weights learnt from.
    """
    if trained.note is not None:
        raise TrainError("test.other_data", reason=trained.note)
    return measured(trained.program, trained.weights)


def measured(program: Program, weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the measures of the test part with some weights.

    Raises:
        TrainError: there is no test part.
    """
    cpu = torch.device("cpu")
    model, criterion = make_model(program, program.seed, cpu)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    found = measures_record(evaluate(model, criterion, load_parts(program, cpu, "test")[1]))
    if found is None:
        raise TrainError("test.none")
    return found
