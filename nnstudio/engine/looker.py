"""Records steps of a run that waits: the one that comes next, or one with a row of the student's choice."""

from __future__ import annotations

from dataclasses import replace

import torch

from nnstudio.compile.program import Program
from nnstudio.engine.clock import Clock
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.record import Tracer, batch_of
from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.training import epoch_order
from nnstudio.engine.trace import Trace


class Looker:
    """Keeps what recording needs from one step to the next."""

    def __init__(self, program: Program, seed: int) -> None:
        self.program, self.seed = program, seed
        self._tracer: Tracer | None = None

    def next_step(self, experiment: Experiment, clock: Clock, size: int) -> Trace:
        """Record the step that comes next, with a batch of so many samples."""
        count = len(experiment.data)
        order = epoch_order(count, clock.epoch, self.seed, self.program.shuffle, experiment.data.chances)
        places = order[clock.position : clock.position + min(size, count - clock.position)].to(experiment.device)
        return self._trace(experiment, clock, experiment.data, places, 0, "training")

    def row(self, experiment: Experiment, clock: Clock, row: int) -> Trace:
        """Record a step with one row of the data, or with its batch where samples depend on each other.

        Raises:
            IndexError: there is no such row.
        """
        name, places = batch_of(self.program, experiment.data, experiment.validation, row, self.seed)
        data = experiment.data if name == "training" else experiment.validation
        rows = [data.rows[place] for place in places]
        return self._trace(
            experiment, clock, data, torch.tensor(places, device=experiment.device), rows.index(row), name
        )

    def _trace(
        self, experiment: Experiment, clock: Clock, data: Part, places: torch.Tensor, row: int, part: str
    ) -> Trace:
        if self._tracer is None:
            self._tracer = Tracer(self.program, experiment.device)
        # A run begins by seeding; before its first batch the recording has to do the same.
        trace = self._tracer.record(
            experiment.model.state_dict(),
            *data.batch(places),
            tuple(data.rows[p] for p in places.tolist()),
            row,
            part=part,
            optimizer_state=experiment.optimizer.state_dict(),
            seed=self.seed if clock.updates == 0 else None,
        )
        return replace(trace, update=clock.updates)
