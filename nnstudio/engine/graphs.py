"""Updates as CUDA graphs: on a GPU an update of a small network is mostly waiting for the next kernel to be asked for.

Forward, loss and gradients are recorded once by CUDA itself and started as one; the optimizer, whose kernels are few
because they are fused, goes on as usual. A few batches are worked out both ways first; where the results differ by
more than rounding, or CUDA cannot record them, everything goes on as usual.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.sparing import draw_state, set_draw_state
from nnstudio.engine.runtime.training import Diverged, Limits, update

# Recording pays when a run is longer than this; a size of batch has to come up again before it is recorded.
WARM_UPDATES, SEEN_BEFORE, CHECKED, MOST_SIZES = 20, 2, 3, 3
# A graph may take other algorithms for products than a single call; both are right to about so much.
NEAR, TINY = 1e-4, 1e-6


def record_graph(work: Callable[[], Any]) -> tuple[Any, Callable[[], object]]:
    """Record what ``work`` does on the GPU; returns its results, which are written anew by what is returned beside.

    Raises:
        RuntimeError: CUDA cannot record it.
    """
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        # Libraries set themselves up when they are first called, which cannot be recorded.
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    # Another thread may use the GPU meanwhile.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        results = work()
    return results, graph.replay


class Recorded:
    """Forward, loss and gradients of batches of one size, as one graph on tensors that stay where they are."""

    def __init__(
        self, model: Any, criterion: Any, inputs: Any, targets: Any, record: Callable[..., Any] = record_graph
    ) -> None:
        """Record it; what the model keeps besides its weights is as before, and so is the random state.

        Raises:
            RuntimeError: it cannot be recorded.
        """
        self._given = tuple(t.clone() for t in (*inputs, *targets))
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self._places = places(model)
        count = len(inputs)

        def work() -> Any:
            loss, said, truth = forward(model, criterion, self._given[:count], self._given[count:])
            return loss.detach(), said, truth, torch.autograd.grad(loss, self.parameters, allow_unused=True)

        device = targets[0].device
        buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
        random = draw_state(device)
        try:
            self._results, self._replay = record(work)
        finally:
            with torch.no_grad():
                for buffer, was in buffers:
                    buffer.copy_(was)
            set_draw_state(device, random)

    def fits(self, model: Any) -> bool:
        """Whether weights and buffers lie where they lay."""
        return self._places == places(model)

    def __call__(self, inputs: Any, targets: Any) -> Any:
        """Return (loss, said, truth, gradients) of a batch; they are written over by the next one."""
        for own, new in zip(self._given, (*inputs, *targets), strict=True):
            own.copy_(new, non_blocking=True)
        self._replay()
        return self._results

    def assign(self) -> None:
        """Hand the gradients to the parameters."""
        for parameter, grad in zip(self.parameters, self._results[3], strict=True):
            parameter.grad = grad


def places(model: Any) -> list[int]:
    """Where the weights and buffers of a model lie."""
    return [t.data_ptr() for t in (*model.parameters(), *model.buffers())]


class Graphs:
    """Makes updates, as ``training.update`` does, by CUDA graphs where that gives the same but for rounding.

    Belongs to one run on a GPU, whose batches differ in their number of rows alone.
    """

    def __init__(self, record: Callable[..., Any] = record_graph) -> None:
        self.off = False
        self._record = record
        self._seen = 0
        self._sizes: dict[int, int] = {}
        self._checked: dict[int, int] = {}
        self._known: dict[int, Recorded] = {}
        self._epoch: int | None = None

    @property
    def fast(self) -> bool:
        """Whether a graph makes the updates now, of one size of batch at least."""
        return not self.off and any(count >= CHECKED for count in self._checked.values())

    def __call__(
        self,
        model: Any,
        criterion: Any,
        optimizer: Any,
        inputs: Any,
        targets: Any,
        limits: Limits,
        guard: bool = True,
        epoch: int = 0,
    ) -> Any:
        """Make one update; see ``training.update``."""
        given = (model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        if self.off or self._seen < WARM_UPDATES:
            self._seen += 1
            return update(*given)
        if epoch != self._epoch:
            self._epoch = epoch
            for rows in [rows for rows, recorded in self._known.items() if not recorded.fits(model)]:
                del self._known[rows], self._checked[rows]
        rows = targets[0].size(0)
        if self._checked.get(rows, 0) < CHECKED:
            return self._try(rows, given)
        recorded = self._known[rows]
        loss, said, truth, _ = recorded(inputs, targets)
        if guard and not math.isfinite(value := loss.item()):
            raise Diverged(epoch, value)
        recorded.assign()
        limits.clip(optimizer)
        limits.pull(optimizer)
        optimizer.step()
        # The next batch writes over them.
        return loss.clone(), said.clone(), truth.clone()

    def _try(self, rows: int, given: tuple[Any, ...]) -> Any:
        """Make an update as usual; on the way a batch of this size is recorded, or what was recorded is checked."""
        self._sizes[rows] = self._sizes.get(rows, 0) + 1
        if rows not in self._known and (self._sizes[rows] <= SEEN_BEFORE or len(self._known) >= MOST_SIZES):
            return update(*given)
        model, criterion, optimizer, inputs, targets, limits, guard, epoch = given
        try:
            if rows not in self._known:
                self._known[rows] = Recorded(model, criterion, inputs, targets, self._record)
            results = self._beforehand(self._known[rows], model, inputs, targets)
        except RuntimeError:
            self.off, self._known = True, {}
            return update(*given)
        seen: list[Any] = []
        noting = _Noting(optimizer, self._known[rows].parameters, seen)
        result = update(model, criterion, noting, inputs, targets, limits, guard, epoch)
        if near([*results[:3], *results[3]], [*result, *seen]):
            self._checked[rows] = self._checked.get(rows, 0) + 1
        else:
            self.off, self._known = True, {}
        return result

    def _beforehand(self, recorded: Recorded, model: Any, inputs: Any, targets: Any) -> list[Any]:
        """What the graph makes of a batch; random state and buffers are put back."""
        device = targets[0].device
        random, buffers = draw_state(device), [(b, b.clone()) for b in model.buffers()]
        try:
            loss, said, truth, grads = recorded(inputs, targets)
            return [loss.clone(), said.clone(), truth.clone(), [None if g is None else g.clone() for g in grads]]
        finally:
            set_draw_state(device, random)
            with torch.no_grad():
                for buffer, was in buffers:
                    buffer.copy_(was)


class _Noting:
    """An optimizer whose gradients are noted before anything is done to them."""

    def __init__(self, optimizer: Any, parameters: list[Any], seen: list[Any]) -> None:
        self._optimizer, self._parameters, self._seen = optimizer, parameters, seen

    @property
    def param_groups(self) -> Any:
        """Asked for first when gradients are limited, which comes first after they are made."""
        self._note()
        return self._optimizer.param_groups

    def _note(self) -> None:
        if not self._seen:
            self._seen += [None if p.grad is None else p.grad.clone() for p in self._parameters]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As the optimizer does."""
        self._optimizer.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """As the optimizer does."""
        self._note()
        self._optimizer.step()


def near(first: list[Any], second: list[Any]) -> bool:
    """Whether two rows of tensors differ by rounding alone, as far as their largest numbers go."""
    return len(first) == len(second) and all(
        (a is None and b is None)
        or (
            a is not None
            and b is not None
            and a.shape == b.shape
            and (
                bool((a - b).abs().max() <= NEAR * b.abs().max() + TINY)
                if a.is_floating_point() and a.numel()
                else torch.equal(a, b)
            )
        )
        for a, b in zip(first, second, strict=True)
    )
