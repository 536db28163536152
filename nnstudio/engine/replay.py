"""The trainer's fast lane: loss and gradients by replaying the very operations that autograd ran once, without its
bookkeeping.

One update is recorded, operation by operation below autograd. The same list with another batch and the present weights
gives the same bits. Two batches are computed both ways first; where anything differs, everything goes on as usual.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import Diverged, Limits, update

# Recording pays when a run is longer than this; a list longer than that is no longer overhead worth saving.
WARM_UPDATES, CHECKED, MOST_CALLS = 20, 2, 4000
Signature = tuple[int, int, tuple[int, ...], tuple[int, ...], torch.dtype]


# Without autograd's own dispatch where this version of torch lets it be left out.
_below: Any = getattr(torch._C, "_AutoDispatchBelowAutograd", contextlib.nullcontext)


class Unfit(Exception):
    """The operations cannot be replayed."""


def _signature(tensor: torch.Tensor) -> Signature:
    return (
        tensor.untyped_storage().data_ptr(),
        int(tensor.storage_offset()),
        tuple(tensor.shape),
        tuple(tensor.stride()),
        tensor.dtype,
    )


class _Log(TorchDispatchMode):
    """Notes every operation.

    Tensors are known by identity, or by their memory: autograd hands saved results out as new objects.
    """

    def __init__(self, known: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, list[str]]] = []
        self.constants: dict[str, Any] = {}
        self.alive: list[torch.Tensor] = []
        self._by_id: dict[int, str] = {}
        self._by_memory: dict[Signature, str] = {}
        self._count = 0
        for name, tensor in known.items():
            self._learn(tensor, name)

    def _learn(self, tensor: torch.Tensor, name: str) -> None:
        # Kept alive: an address that is given back would be taken for another tensor.
        self.alive.append(tensor)
        self._by_id[id(tensor)] = name
        self._by_memory[_signature(tensor)] = name

    def name_of(self, tensor: torch.Tensor) -> str:
        """The name of a tensor; one that no operation made is a constant."""
        if tensor.layout != torch.strided or type(tensor) not in (torch.Tensor, torch.nn.Parameter):
            raise Unfit
        name = self._by_id.get(id(tensor)) or self._by_memory.get(_signature(tensor))
        if name is None:
            name = f"c{len(self.constants)}"
            self.constants[name] = tensor
            self._learn(tensor, name)
        return name

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # Named before the call: an operation may write into what it is given.
        named = tree_map_only(torch.Tensor, lambda t: _Ref(self.name_of(t)), (args, kwargs))
        result = func(*args, **kwargs)
        outputs, _ = tree_flatten(result)
        names = []
        for value in outputs:
            if isinstance(value, torch.Tensor):
                known = self._by_id.get(id(value))
                if known is None:
                    known = f"v{self._count}"
                    self._count += 1
                    self._learn(value, known)
                names.append(known)
            elif value is None:
                names.append("_")
            else:
                raise Unfit
        if len(self.calls) >= MOST_CALLS:
            raise Unfit
        self.calls.append((func, named, result, names))
        return result


class _Ref:
    def __init__(self, name: str) -> None:
        self.name = name


class _Writer:
    """Writes recorded calls down as one function; what need not be computed again for every batch is left out."""

    def __init__(self, log: _Log, known: dict[str, torch.Tensor]) -> None:
        self._held: dict[str, Any] = {**known, **log.constants}
        # What is the same for all batches: weights, constants, and views of them.
        self._fixed: dict[str, Any] = {**known, **log.constants}
        self._same: dict[str, str] = {}
        self._turned: dict[str, str] = {}
        self._lines: list[str] = []
        self._reads: list[list[str]] = []
        self._views: list[str] = []
        for number, (func, (args, kwargs), result, names) in enumerate(log.calls):
            if not self._left_out(func, args, kwargs, result, names):
                self._write(number, func, args, kwargs, result, names)

    def _name(self, ref: _Ref) -> str:
        return self._same.get(ref.name, ref.name)

    def _left_out(self, func: Any, args: Any, kwargs: Any, result: Any, names: list[str]) -> bool:
        aten = torch.ops.aten
        if func is aten.detach.default:
            # Without autograd a detached value is the value itself.
            self._same[names[0]] = self._name(args[0])
            return True
        if func is aten.t.default and self._name(args[0]) in self._turned:
            # Turned over twice it is what it was.
            self._same[names[0]] = self._turned[self._name(args[0])]
            return True
        refs = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, _Ref)]
        if func is aten.ones_like.default and result.ndim == 0:
            # The gradient of the loss with respect to itself.
            value = result.detach().clone()
        elif _is_view(func) and len(names) == 1 and all(self._name(ref) in self._fixed for ref in refs):
            # A view of a weight shows the weight as it is then: one is enough for all updates.
            args, kwargs = tree_map_only(_Ref, lambda ref: self._fixed[self._name(ref)], (args, kwargs))
            with torch.no_grad():
                value = func(*args, **kwargs)
        else:
            return False
        self._fixed[names[0]] = self._held[names[0]] = value
        return True

    def _text(self, value: Any, seen: list[str]) -> str:
        if isinstance(value, _Ref):
            seen.append(self._name(value))
            return seen[-1]
        if isinstance(value, bool | int) or value is None or (isinstance(value, float) and math.isfinite(value)):
            return repr(value)
        if isinstance(value, list | tuple):
            inner = ", ".join(self._text(item, seen) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        name = f"k{len(self._held)}"
        self._held[name] = value
        return name

    def _write(self, number: int, func: Any, args: Any, kwargs: Any, result: Any, names: list[str]) -> None:
        if func is torch.ops.aten.t.default:
            self._turned[names[0]] = self._name(args[0])
        # What an operation writes into and gives back has its name already.
        names = ["_" if name in self._fixed else name for name in names]
        seen: list[str] = []
        given = [*(self._text(a, seen) for a in args), *(f"{k}={self._text(v, seen)}" for k, v in kwargs.items())]
        self._held[f"f{number}"] = getattr(func, "_op", func)
        several = isinstance(result, list | tuple)
        left = f"{', '.join(names)}{',' if several and len(names) == 1 else ''} = " if names else ""
        self._lines.append(f"    {left}f{number}({', '.join(given)})")
        self._reads.append([*seen, *names])
        self._views.append(names[0] if _is_view(func) and len(names) == 1 else "")

    def function(self, inputs: list[str], outputs: list[str]) -> Callable[..., Any]:
        """Make the function; a value is let go of after its last use."""
        outputs = [self._same.get(name, name) for name in outputs]
        kept = self._needed(set(outputs))
        last = {name: number for number in kept for name in self._reads[number]}
        free = {*inputs, *outputs, *self._fixed, "_"}
        body: list[str] = []
        for number in kept:
            body.append(self._lines[number])
            gone = [name for name in dict.fromkeys(self._reads[number]) if last[name] == number and name not in free]
            if gone:
                body.append(f"    {' = '.join(gone)} = None")
        source = f"def replay({', '.join(inputs)}):\n" + "\n".join(body) + f"\n    return {', '.join(outputs)},\n"
        # The text is made of names and numbers alone; nothing in it comes from a file or a student.
        exec(compile(source, "<replay>", "exec"), self._held)
        return self._held["replay"]  # type: ignore[no-any-return]

    def _needed(self, outputs: set[str]) -> list[int]:
        """The calls without views that no one reads, and those they show."""
        kept = list(range(len(self._lines)))
        while True:
            used = {name for number in kept for name in self._reads[number] if name != self._views[number]} | outputs
            still = [number for number in kept if not self._views[number] or self._views[number] in used]
            if len(still) == len(kept):
                return kept
            kept = still


def _is_view(func: Any) -> bool:
    """Whether an operation only shows what it is given in another form."""
    returns = func._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


class Replay:
    """One recorded update of a model with batches of one size."""

    def __init__(
        self, model: Any, criterion: Any, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]
    ) -> None:
        """Compute loss and gradients of a batch as usual and write down how (``first``).

        Raises:
            Unfit: they cannot be replayed; what was computed is thrown away.
        """
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        known = {f"p{i}": p for i, p in enumerate(self._parameters)}
        known |= {
            f"q{i}": t
            for i, t in enumerate([*(p for p in model.parameters() if not p.requires_grad), *model.buffers()])
        }
        given = {f"x{i}": t for i, t in enumerate((*inputs, *targets))}
        log = _Log({**known, **given})
        with log:
            loss, said, truth = forward(model, criterion, inputs, targets)
            grads = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        self.sizes = tuple(t.shape for t in (*inputs, *targets))
        self.first = loss.detach(), said.detach(), truth.detach(), grads
        outputs = [log.name_of(t) if t is not None else "None" for t in (loss, said, truth, *grads)]
        if any(name.startswith("c") for name in outputs[:2]):
            raise Unfit
        self._run = _Writer(log, known).function(list(given), outputs)

    def fits(self, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> bool:
        """Whether a batch has the recorded sizes."""
        return self.sizes == tuple(t.shape for t in (*inputs, *targets))

    @torch.no_grad()
    def __call__(
        self, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]
    ) -> tuple[Any, Any, Any, tuple[Any, ...]]:
        """Return (loss, said, truth, gradients) of a batch."""
        with _below():
            loss, said, truth, *grads = self._run(*inputs, *targets)
        return loss, said, truth, tuple(grads)

    def assign(self, grads: tuple[Any, ...]) -> None:
        """Hand the gradients to the parameters."""
        for parameter, grad in zip(self._parameters, grads, strict=True):
            parameter.grad = grad


class Stepper:
    """Makes updates, as ``training.update`` does, by replay where that gives the same bits.

    Belongs to one run on the CPU.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._checked = 0
        self._replay: Replay | None = None
        self.off = False

    @property
    def fast(self) -> bool:
        """Whether updates are replayed now."""
        return self._replay is not None and self._checked >= CHECKED and not self.off

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
        self._seen += 1
        if self.off or self._seen <= WARM_UPDATES:
            return update(model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        replay = self._replay
        if replay is None:
            return self._record(model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        if not replay.fits(inputs, targets):
            return update(model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        if self._checked < CHECKED:
            return self._compare(replay, model, criterion, optimizer, inputs, targets, limits, guard, epoch)
        loss, said, truth, grads = replay(inputs, targets)
        return self._finish(replay, optimizer, loss, said, truth, grads, limits, guard, epoch)

    def _finish(
        self,
        replay: Replay,
        optimizer: Any,
        loss: Any,
        said: Any,
        truth: Any,
        grads: tuple[Any, ...],
        limits: Limits,
        guard: bool,
        epoch: int,
    ) -> Any:
        if guard:
            value = loss.item()
            if not math.isfinite(value):
                raise Diverged(epoch, value)
        replay.assign(grads)
        limits.clip(optimizer)
        if limits.l1:
            limits.pull(optimizer)
        optimizer.step()
        return loss, said, truth

    def _record(
        self,
        model: Any,
        criterion: Any,
        optimizer: Any,
        inputs: Any,
        targets: Any,
        limits: Limits,
        guard: bool,
        epoch: int,
    ) -> Any:
        state = _state(model)
        try:
            self._replay = Replay(model, criterion, inputs, targets)
        except (Unfit, RuntimeError, TypeError, ValueError, SyntaxError, NotImplementedError, RecursionError):
            self.off, self._replay = True, None
        # The update itself is made as always, from where the recording began.
        _put_back(model, state)
        return update(model, criterion, optimizer, inputs, targets, limits, guard, epoch)

    def _compare(
        self,
        replay: Replay,
        model: Any,
        criterion: Any,
        optimizer: Any,
        inputs: Any,
        targets: Any,
        limits: Limits,
        guard: bool,
        epoch: int,
    ) -> Any:
        """Compute both ways; what is used is the usual one."""
        state = _state(model)
        try:
            found = replay(inputs, targets)
        except (RuntimeError, TypeError, ValueError, IndexError):
            found = None
        after = _state(model)
        _put_back(model, state)
        optimizer.zero_grad(set_to_none=True)
        result = update(model, criterion, _Still(), inputs, targets, Limits(), guard, epoch)
        grads = tuple(p.grad for p in model.parameters() if p.requires_grad)
        same = (
            found is not None
            and _same((found[0], found[1], *found[3]), (result[0], result[1], *grads))
            and _same(after[1:], _state(model)[1:])
        )
        same = same and torch.equal(after[0], torch.get_rng_state())
        self._checked += 1
        self.off = self.off or not same
        if self.off:
            self._replay = None
        limits.clip(optimizer)
        limits.pull(optimizer)
        optimizer.step()
        return result


class _Still:
    """Stands for an optimizer that does not move yet."""

    param_groups: tuple[Any, ...] = ()

    def zero_grad(self, set_to_none: bool = True) -> None:
        return None

    def step(self) -> None:
        return None


def _state(model: Any) -> tuple[torch.Tensor, ...]:
    """What computing a batch changes: the random state, and buffers such as running means."""
    return (torch.get_rng_state(), *(b.detach().clone() for b in model.buffers()))


def _put_back(model: Any, state: tuple[torch.Tensor, ...]) -> None:
    torch.set_rng_state(state[0])
    with torch.no_grad():
        for buffer, kept in zip(model.buffers(), state[1:], strict=True):
            buffer.copy_(kept)


def _same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    return len(first) == len(second) and all(
        (a is None and b is None) or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(first, second, strict=True)
    )
