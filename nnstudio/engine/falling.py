"""What is left of a run when it ends badly: the last weights that were all numbers, and a sentence."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable

import torch

from nnstudio.catalog.plugins import FAILURES, own_failure, where_it_failed
from nnstudio.compile.program import Program
from nnstudio.document.text import Message, message
from nnstudio.engine import device as devices
from nnstudio.engine.events import Ended, Event, Refused, Weights
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.probe import first_not_finite
from nnstudio.engine.record import frozen_array
from nnstudio.engine.runtime.training import Diverged
from nnstudio.engine.states import State


class FallsBack:
    """The part of a trainer that keeps weights to fall back on."""

    program: Program
    events: queue.SimpleQueue[Event]
    _experiment: Experiment | None
    _kept: dict[str, torch.Tensor]
    _kept_at: float
    _failed_in: tuple[str, int] | None
    _own: Callable[[], Experiment]

    def _numbers(self) -> Weights:
        """The present weights as frozen arrays."""
        if self._experiment is None:
            return {}
        return {name: frozen_array(tensor) for name, tensor in self._experiment.model.state_dict().items()}

    def _keep(self) -> None:
        """Keep a copy of the weights to fall back on, if they are all numbers."""
        state = self._own().model.state_dict()
        if all(bool(torch.isfinite(tensor).all()) for tensor in state.values()):
            self._kept = {name: tensor.detach().clone() for name, tensor in state.items()}
        self._kept_at = time.perf_counter()

    def _diverged(self, error: Diverged) -> Ended:
        """Say where numbers ended first, and go back to the last good weights."""
        experiment = self._own()
        where: Message | str = ""
        node = first_not_finite(experiment)
        if node:
            where = message("run.diverged_at", node=self.program.titles.get(node, node))
        if any(not bool(torch.isfinite(t).all()) for t in experiment.model.state_dict().values()):
            experiment.model.load_state_dict(self._kept)
        reason = message("run.diverged", epoch=error.epoch, loss=str(error.loss), where=where)
        return Ended(State.FAILED, self._numbers(), reason=reason)

    def _failed(self, error: BaseException) -> Ended:
        weights = {name: frozen_array(tensor) for name, tensor in self._kept.items()}
        if devices.is_out_of_memory(error):
            self._experiment = None
            devices.free_memory()
            batch, parts = self.program.batch_size, 2 * self.program.parts
            reason = message("run.memory", batch=batch, half=max(1, batch // 2), parts=min(parts, batch))
            return Ended(State.FAILED, weights, reason=reason)
        if self._failed_in is not None:
            return Ended(
                State.FAILED, weights, reason=message("own.run_failed", detail=own_failure(error, *self._failed_in))
            )
        detail = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        return Ended(State.FAILED, weights, reason=message("run.failed", detail=detail))

    def _try(self, act: Callable[[], None]) -> None:
        """Record something to be looked at; where that fails, for want of memory, the run is not harmed."""
        detail = ""
        try:
            act()
        except FAILURES as error:
            where = where_it_failed(error)
            if where is None and not (self.program.has_own_code or isinstance(error, RuntimeError | MemoryError)):
                raise
            detail = f"{type(error).__name__}: {error}".split("\n")[0][:160]
            if where is not None:
                detail = f"{where[0]}, line {where[1]}: {detail}"
        if detail:
            devices.free_memory()
            self.events.put(Refused(message("run.trace_failed", detail=detail)))
