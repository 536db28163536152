"""Updates by replay: an update of a small network is mostly bookkeeping, and the operations are always the same.

One update is recorded below autograd: forward, loss, gradients, what is done to them, and the optimizer's kernels on
its tensors, grouped once. The same list with another batch and the present weights gives the same bits. Some batches
are computed both ways first; where anything differs, everything goes on as usual.
"""

from __future__ import annotations

import inspect
import math
import types
from typing import Any

import torch

from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.recording import (
    LONG_CALLS,
    LONG_LINES,
    MOST_CALLS,
    MOST_LINES,
    Log,
    TooLong,
    Unfit,
    Writer,
    Written,
)
from nnstudio.engine.runtime.together import Optimizers
from nnstudio.engine.runtime.training import Diverged, Limits, update

# Recording pays when a run is longer than this; a size of batch has to come up again before it has a list of its own.
WARM_UPDATES, SEEN_BEFORE, CHECKED, MOST_SIZES = 20, 2, 3, 3
# A long list takes seconds to be made: it is tried once more when a run has come so far.
LONG_WARM_UPDATES = 250
# After so many changes of an optimizer's settings (a momentum that is scheduled) its kernels are left out of the list.
MOST_CHANGES = 3

# Without autograd's own dispatch where this version of torch lets it be left out.
below: Any = getattr(torch._C, "_AutoDispatchBelowAutograd", torch.no_grad)

# What recording, writing or the first run of a list may end with.
FAILS = (
    Unfit,
    RuntimeError,
    TypeError,
    ValueError,
    LookupError,
    SyntaxError,
    NameError,
    AttributeError,
    RecursionError,
)


class Kept:
    """What an update changes, kept: weights, buffers, what the optimizer remembers, the random state."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._tensors = [*model.parameters(), *model.buffers(), *remembered(optimizer)]
        self._memory = [(memory, dict(memory)) for memory in optimizer.state.values()]
        self._copies = [tensor.detach().clone() for tensor in self._tensors]
        self._random = torch.get_rng_state()

    @torch.no_grad()
    def put_back(self) -> None:
        """Put everything back as it was."""
        for memory, kept in self._memory:
            memory.clear()
            memory.update(kept)
        for tensor, was in zip(self._tensors, self._copies, strict=True):
            tensor.copy_(was)
        torch.set_rng_state(self._random)

    def same(self, other: Kept) -> bool:
        """Whether all bits are the same."""
        return torch.equal(self._random, other._random) and same_bits(self._copies, other._copies)


def remembered(optimizer: Any) -> list[torch.Tensor]:
    """What an optimizer remembers of its parameters.

    Raises:
        Unfit: something else than tensors.
    """
    found = [value for memory in optimizer.state.values() for value in memory.values() if value is not None]
    if not all(isinstance(value, torch.Tensor) for value in found):
        raise Unfit
    return found


def same_bits(first: Any, second: Any) -> bool:
    """Whether two rows of tensors are equal."""
    return len(first) == len(second) and all(
        (a is None and b is None) or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(first, second, strict=True)
    )


def _steps(tensor: torch.Tensor) -> list[int]:
    """How far apart in memory neighbours are along each axis that has any."""
    return [stride for stride, length in zip(tensor.stride(), tensor.shape, strict=True) if length > 1]


class Replay:
    """One recorded update of a model with batches of one size; ``complete`` where the optimizer's kernels are in it."""

    def __init__(
        self,
        model: Any,
        criterion: Any,
        optimizer: Any,
        inputs: tuple[torch.Tensor, ...],
        targets: tuple[torch.Tensor, ...],
        limits: Limits,
        complete: bool = True,
        long: bool = False,
    ) -> None:
        """Make an update, write down how, and take it back; a ``long`` list where it is worth the time.

        Raises:
            TooLong: it would be longer.
            Unfit: it cannot be replayed.
        """
        self.complete = complete
        self._most = LONG_CALLS if long else MOST_CALLS
        self._model, self._criterion, self._optimizer = model, criterion, optimizer
        # As they are: others may watch what they do.
        self._limits = Limits(limits.clip_norm, limits.clip_value, limits.l1)
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._moved: list[torch.nn.Parameter] = []
        kept, groups = Kept(model, optimizer), optimizer.param_groups
        rates = [group["lr"] for group in groups]
        written: list[Written] = []
        try:
            # Twice, with rates that no other number equals: the texts have to be the same, else a number in them was
            # worked out from a rate, or from something that changes from update to update.
            for factor in (1.0, 1.5):
                marks = [factor * (0.0123456789 + 0.000987654321 * place) for place in range(len(groups))]
                for group, mark in zip(groups, marks, strict=True):
                    group["lr"] = mark
                written.append(self._record(inputs, targets, marks))
                kept.put_back()
        finally:
            kept.put_back()
            for group, rate in zip(groups, rates, strict=True):
                group["lr"] = rate
            for parameter in self._parameters:
                parameter.grad = None
        if written[0].python != written[1].python:
            raise Unfit
        self._fixed, self._run = written[1].fixed, written[1].function(LONG_LINES if long else MOST_LINES)
        self.grouped = Grouped(optimizer)

    def _record(self, inputs: Any, targets: Any, marks: list[float]) -> Written:
        model, optimizer = self._model, self._optimizer
        memory = remembered(optimizer)
        still = [*(p for p in model.parameters() if not p.requires_grad), *model.buffers()]
        known = {
            **{f"p{i}": p for i, p in enumerate(self._parameters)},
            **{f"q{i}": t for i, t in enumerate(still)},
            **{f"s{i}": t for i, t in enumerate(memory)},
        }
        given = {f"x{i}": t for i, t in enumerate((*inputs, *targets))}
        log = Log({**known, **given}, self._most)
        with log:
            said = forward(model, self._criterion, inputs, targets)
            found = torch.autograd.grad(said[0], self._parameters, allow_unused=True)
            grads = self._own(found, [*known.values(), *given.values(), *said])
        cut, names = len(log.calls), [log.name_of(value) for value in said]
        if any(name.startswith("c") for name in names[:2]):
            raise Unfit
        self._moved = [p for p, grad in zip(self._parameters, grads, strict=True) if grad is not None]
        for parameter, grad in zip(self._parameters, grads, strict=True):
            parameter.grad = grad
        raw = [log.name_of(grad) for grad in grads if grad is not None]
        with log:
            self._limits.clip(optimizer)
            self._limits.pull(optimizer)
            if self.complete:
                optimizer.step()
        after = None if self.complete else [log.name_of(p.grad) for p in self._moved if p.grad is not None]
        if [id(tensor) for tensor in remembered(optimizer)] != [id(tensor) for tensor in memory]:
            # It remembers in tensors that are made anew.
            raise Unfit
        return Writer(log, known, cut, marks).write(list(given), names, raw, after)

    def _own(self, grads: Any, taken: list[torch.Tensor]) -> list[Any]:
        """Gradients as autograd hands them to parameters: each with memory of its own, laid out as the parameter is."""
        seen = {tensor.untyped_storage().data_ptr() for tensor in taken}
        found = []
        for parameter, grad in zip(self._parameters, grads, strict=True):
            own = grad
            if grad is not None and (grad.untyped_storage().data_ptr() in seen or _steps(grad) != _steps(parameter)):
                own = torch.empty_like(parameter).copy_(grad)
            if own is not None:
                seen.add(own.untyped_storage().data_ptr())
            found.append(own)
        return found

    def __call__(
        self,
        inputs: tuple[torch.Tensor, ...],
        targets: tuple[torch.Tensor, ...],
        rates: list[float],
        guard: bool = True,
        whole: bool = True,
    ) -> tuple[float, Any, Any, Any, list[Any]]:
        """Return (the loss as a number, loss, said, truth, gradients) of a batch.

        The ``whole`` list is gone through unless the loss is no number; else it ends with the gradients. They are
        handed out where it ends with them, or before the optimizer's kernels; the number only when ``guard`` is set.
        """
        with below():
            return self._run(*self._fixed, *inputs, *targets, rates, guard, whole)  # type: ignore[no-any-return]

    def assign(self, grads: list[Any]) -> None:
        """Hand the gradients to the parameters."""
        for parameter, grad in zip(self._moved, grads, strict=True):
            parameter.grad = grad


class Grouped:
    """An optimizer whose kernels depend on how often it stepped: its own function, on tensors that are grouped once."""

    def __init__(self, optimizer: Any) -> None:
        self._parts = optimizer.parts if isinstance(optimizer, Optimizers) else (optimizer,)
        self._rates: list[float] | None = None
        self._calls: list[tuple[Any, Any, Any, Any]] = []

    def forget(self) -> None:
        """Its settings have changed."""
        self._rates = None

    def step(self, rates: list[float]) -> None:
        """Make its step with the gradients that stand with the parameters."""
        if rates != self._rates:
            self._calls, self._rates = [call for part in self._parts for call in self._gather(part)], rates
        with below():
            for function, parameters, memory, settings in self._calls:
                function(parameters, [p.grad for p in parameters], *memory, **settings)

    def _gather(self, part: torch.optim.Optimizer) -> list[tuple[Any, Any, Any, Any]]:
        """What an optimizer's step calls: its function, parameters, what it remembers of them, settings."""
        step = inspect.unwrap(type(part).step)
        inside: dict[str, Any] = step.__globals__  # type: ignore[attr-defined]
        name = inside["__name__"].rpartition(".")[2]
        function, found = inside.get(name), []
        if function is None or type(part).__module__ != inside["__name__"]:
            return [(lambda *_: part.step(), (), (), {})]

        def note(parameters: Any, grads: Any, *memory: Any, **settings: Any) -> None:
            found.append((function, parameters, memory, settings))

        # The step as it is written, but for the function that it calls: that only notes what it is given.
        noting = types.FunctionType(step.__code__, {**inside, name: note}, closure=step.__closure__)  # type: ignore[attr-defined]
        with torch.no_grad():
            noting(part, None)
        return found


class Stepper:
    """Makes updates, as ``training.update`` does, by replay where that gives the same bits.

    Belongs to one run on the CPU, whose batches differ in their number of rows alone.
    """

    def __init__(self) -> None:
        self.off = False
        self._seen = self._changes = 0
        self._complete = True
        self._sizes: dict[int, int] = {}
        self._new: dict[int, tuple[Replay, int]] = {}
        self._ready: dict[int, Replay] = {}
        self._epoch: int | None = None
        self._settings: Any = None
        self._warm, self._long = WARM_UPDATES, False

    @property
    def fast(self) -> bool:
        """Whether updates are replayed now, of one size of batch at least."""
        return bool(self._ready) and not self.off

    @property
    def complete(self) -> bool:
        """Whether the optimizer's kernels are replayed as well."""
        return self.fast and all(replay.complete for replay in self._ready.values())

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
        if self.off or self._seen < self._warm:
            self._seen += 1
            return update(model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._look_at_settings(optimizer)
        rows = targets[0].size(0)
        replay = self._ready.get(rows)
        if replay is None:
            return self._try(rows, (model, criterion, optimizer, inputs, targets, limits, guard, epoch))
        whole = not limits.noted
        rates = [group["lr"] for group in optimizer.param_groups]
        value, loss, said, truth, grads = replay(inputs, targets, rates, guard, whole)
        if guard and not math.isfinite(value):
            raise Diverged(epoch, value)
        if not whole:
            replay.assign(grads)
            limits.clip(optimizer)
            limits.pull(optimizer)
            optimizer.step()
        elif not replay.complete:
            replay.assign(grads)
            replay.grouped.step(rates)
        return loss, said, truth

    def _look_at_settings(self, optimizer: Any) -> None:
        """Rates may change; any other setting stands in the list as a number."""
        found = [{k: v for k, v in group.items() if k not in ("params", "lr")} for group in optimizer.param_groups]
        if found == self._settings:
            return
        self._changes += self._settings is not None
        self._settings = found
        if self._complete:
            self._new, self._ready = {}, {}
            self._complete = self._changes < MOST_CHANGES
        for replay in (*self._ready.values(), *(new for new, _ in self._new.values())):
            replay.grouped.forget()

    def _try(self, rows: int, given: tuple[Any, ...]) -> Any:
        """Make an update as usual; on the way a batch of this size is recorded, or what was recorded is checked."""
        self._sizes[rows] = self._sizes.get(rows, 0) + 1
        if rows not in self._new:
            if self._sizes[rows] <= SEEN_BEFORE or len(self._new) + len(self._ready) >= MOST_SIZES:
                return update(*given)
            replay = self._recorded(given)
            if replay is None:
                # A list that would be long is made later, any other one never.
                self.off = self._seen >= self._warm
                return update(*given)
            self._new[rows] = replay, 0
        replay, checked = self._new[rows]
        result, same = self._check(replay, given)
        if same:
            self._new[rows] = replay, checked + 1
            if checked + 1 >= CHECKED:
                self._ready[rows] = replay
                del self._new[rows]
        else:
            # Without the optimizer's kernels, or not at all.
            self.off, self._complete = not self._complete, False
            self._new, self._ready = {}, {}
        return result

    def _recorded(self, given: tuple[Any, ...]) -> Replay | None:
        model, criterion, optimizer, inputs, targets, limits, *_ = given
        whole, late = self._complete, False
        for complete in (True, False) if whole else (False,):
            try:
                return Replay(model, criterion, optimizer, inputs, targets, limits, complete, self._long)
            except FAILS as error:
                self._complete, late = False, isinstance(error, TooLong) and not self._long
        if late:
            # Too long also without the optimizer's kernels: once more, when a run has come so far.
            self._warm, self._long, self._sizes, self._complete = LONG_WARM_UPDATES, True, {}, whole
        return None

    def _check(self, replay: Replay, given: tuple[Any, ...]) -> tuple[Any, bool]:
        """Make an update both ways; what stays is the usual one. Returns its result, and whether they are the same."""
        model, criterion, optimizer, inputs, targets, limits, guard, epoch = given
        before, rates = Kept(model, optimizer), [group["lr"] for group in optimizer.param_groups]
        found: Any = None
        try:
            slopes = replay(inputs, targets, rates, True, False)[4]
            before.put_back()
            found = replay(inputs, targets, rates, True, True)
            if not replay.complete:
                replay.assign(found[4])
                replay.grouped.step(rates)
        except FAILS:
            slopes = []
        after = Kept(model, optimizer)
        before.put_back()
        optimizer.zero_grad(set_to_none=True)
        result = update(model, criterion, _Still(), inputs, targets, Limits(), guard, epoch)
        grads = [p.grad for p in model.parameters() if p.grad is not None]
        same = found is not None and same_bits([*found[1:4], *slopes], [*result, *grads])
        limits.clip(optimizer)
        limits.pull(optimizer)
        optimizer.step()
        return result, same and after.same(Kept(model, optimizer))


class _Still:
    """Stands for an optimizer that does not move yet."""

    param_groups: tuple[Any, ...] = ()

    def zero_grad(self, set_to_none: bool = True) -> None:
        return None

    def step(self) -> None:
        return None
