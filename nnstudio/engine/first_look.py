"""A network before it has learnt anything, as it is drawn until it trains: with its start weights."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from nnstudio.catalog.tables import table_of
from nnstudio.compile.gate import kept_random
from nnstudio.compile.program import Program
from nnstudio.engine.clock import Clock
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.watcher import Watched, Watcher

# Larger networks, and larger data (in numbers), are drawn when they train: looking would hold the next edit up.
MOST_PARAMETERS, MOST_NUMBERS = 2_000_000, 5_000_000


def first_look(program: Program) -> Snapshot | None:
    """Return where a run of a program would begin, its first training sample in it; None where that is too large.

    Draws no random number that anyone else would miss.
    """
    table = table_of(program.data.dataset)
    if program.parameters > MOST_PARAMETERS or math.prod(table.x.shape) > MOST_NUMBERS:
        return None
    with kept_random():
        experiment = make_experiment(program, device=torch.device("cpu"))
        if not len(experiment.data):
            return None
        watched = Watched(program.clip_norm, program.clip_value, program.l1)
        found = Watcher(program, watched).snapshot(experiment, Clock(), program.epochs, "", force=True)
        with torch.no_grad():
            batch = experiment.data.batch(slice(0, program.batch_size))
            loss = forward(experiment.model.eval(), experiment.criterion, *batch)[0]
        return replace(found, loss=float(loss)) if found is not None else None
