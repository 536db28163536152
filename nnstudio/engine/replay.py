"""The trainer's fast lane: loss and gradients by replaying the very operations that autograd ran once, without its bookkeeping.

One update is recorded, operation by operation below autograd. The same list with another batch and the present weights gives the
same bits. Two batches are computed both ways first; where anything differs, everything goes on as usual.
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
    return tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()), tuple(tensor.shape), tuple(tensor.stride()), tensor.dtype


class _Log(TorchDispatchMode):
    """Notes every operation. Tensors are known by identity, or by their memory: autograd hands saved results out as new objects."""

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


def _compile(log: _Log, known: dict[str, torch.Tensor], inputs: list[str], outputs: list[str]) -> Callable[..., Any]:
    """Write the calls down as one function and make it; a value is let go of after its last use."""
    held: dict[str, Any] = dict(log.constants)
    fixed = {**known, **log.constants}
    same: dict[str, str] = {}
    turned: dict[str, str] = {}
    lines: list[str] = []
    reads: list[list[str]] = []
    views: list[str] = []

    def text(value: Any, seen: list[str]) -> str:
        if isinstance(value, _Ref):
            name = same.get(value.name, value.name)
            seen.append(name)
            return name
        if isinstance(value, bool | int) or value is None or (isinstance(value, float) and math.isfinite(value)):
            return repr(value)
        if isinstance(value, list | tuple):
            inner = ", ".join(text(item, seen) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        name = f"k{len(held)}"
        held[name] = value
        return name

    for number, (func, (args, kwargs), result, names) in enumerate(log.calls):
        refs = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, _Ref)]
        if func is torch.ops.aten.detach.default:
            # Without autograd a detached value is the value itself.
            same[names[0]] = same.get(args[0].name, args[0].name)
            continue
        if func is torch.ops.aten.t.default and (source := same.get(args[0].name, args[0].name)) in turned:
            # Turned over twice it is what it was.
            same[names[0]] = turned[source]
            continue
        if func is torch.ops.aten.ones_like.default and result.ndim == 0:
            # The gradient of the loss with respect to itself.
            fixed[names[0]] = held[names[0]] = result.detach().clone()
            continue
        if _is_view(func) and len(names) == 1 and all(same.get(r.name, r.name) in fixed for r in refs):
            # A view of a weight shows the weight as it is then: one is enough for all updates.
            with torch.no_grad():
                fixed[names[0]] = held[names[0]] = func(*_fill(args, fixed, same), **_fill(kwargs, fixed, same))
            continue
        if func is torch.ops.aten.t.default:
            turned[names[0]] = same.get(args[0].name, args[0].name)
        # What an operation writes into and gives back has its name already.
        names = ["_" if name in fixed else name for name in names]
        seen: list[str] = []
        call = f"f{number}({', '.join([*(text(a, seen) for a in args), *(f'{k}={text(v, seen)}' for k, v in kwargs.items())])})"
        held[f"f{number}"] = getattr(func, "_op", func)
        if isinstance(result, list | tuple):
            lines.append(f"    {', '.join(names)}{',' if len(names) == 1 else ''} = {call}" if names else f"    {call}")
        elif names:
            lines.append(f"    {names[0]} = {call}")
        else:
            lines.append(f"    {call}")
        reads.append([*seen, *names])
        views.append(names[0] if _is_view(func) and len(names) == 1 else "")
    body: list[str] = []
    outputs = [same.get(name, name) for name in outputs]
    kept = list(range(len(lines)))
    while True:
        used = {name for number in kept for name in reads[number] if name != views[number]} | set(outputs)
        still = [number for number in kept if not views[number] or views[number] in used]
        if len(still) == len(kept):
            break
        # A view that no one reads is left out, and so perhaps the one it shows.
        kept = still
    lines, reads = [lines[n] for n in kept], [reads[n] for n in kept]
    free = set(inputs) | set(outputs) | set(fixed) | {"_"}
    last = {name: number for number, names in enumerate(reads) for name in names}
    for number, line in enumerate(lines):
        body.append(line)
        gone = [name for name in dict.fromkeys(reads[number]) if last[name] == number and name not in free]
        if gone:
            body.append(f"    {' = '.join(gone)} = None")
    held.update(known)
    source = f"def replay({', '.join(inputs)}):\n" + "\n".join(body) + f"\n    return {', '.join(outputs)},\n"
    # The text is made of names and numbers alone; nothing in it comes from a file or a student.
    exec(compile(source, "<replay>", "exec"), held)
    return held["replay"]  # type: ignore[no-any-return]


def _is_view(func: Any) -> bool:
    """Whether an operation only shows what it is given in another form."""
    returns = func._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


def _fill(value: Any, fixed: dict[str, torch.Tensor], same: dict[str, str]) -> Any:
    return tree_map_only(_Ref, lambda r: fixed[same.get(r.name, r.name)], value)


class Replay:
    """One recorded update of a model with batches of one size."""

    def __init__(self, model: Any, criterion: Any, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> None:
        """Compute loss and gradients of a batch as usual and write down how (``first``).

        Raises:
            Unfit: they cannot be replayed; what was computed is thrown away.
        """
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        known = {f"p{i}": p for i, p in enumerate(self._parameters)}
        known |= {f"q{i}": t for i, t in enumerate([*(p for p in model.parameters() if not p.requires_grad), *model.buffers()])}
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
        self._run = _compile(log, known, list(given), outputs)

    def fits(self, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> bool:
        """Whether a batch has the recorded sizes."""
        return self.sizes == tuple(t.shape for t in (*inputs, *targets))

    @torch.no_grad()
    def __call__(self, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> tuple[Any, Any, Any, tuple[Any, ...]]:
        """Return (loss, said, truth, gradients) of a batch."""
        with _below():
            loss, said, truth, *grads = self._run(*inputs, *targets)
        return loss, said, truth, tuple(grads)

    def assign(self, grads: tuple[Any, ...]) -> None:
        """Hand the gradients to the parameters."""
        for parameter, grad in zip(self._parameters, grads, strict=True):
            parameter.grad = grad


class Stepper:
    """Makes updates, as ``training.update`` does, by replay where that gives the same bits. Belongs to one run on the CPU."""

    def __init__(self) -> None:
        self._seen = 0
        self._checked = 0
        self._replay: Replay | None = None
        self.off = False

    @property
    def fast(self) -> bool:
        """Whether updates are replayed now."""
        return self._replay is not None and self._checked >= CHECKED and not self.off

    def __call__(self, model: Any, criterion: Any, optimizer: Any, inputs: Any, targets: Any, limits: Limits, guard: bool = True, epoch: int = 0) -> Any:
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

    def _finish(self, replay: Replay, optimizer: Any, loss: Any, said: Any, truth: Any, grads: tuple[Any, ...], limits: Limits, guard: bool, epoch: int) -> Any:
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

    def _record(self, model: Any, criterion: Any, optimizer: Any, inputs: Any, targets: Any, limits: Limits, guard: bool, epoch: int) -> Any:
        state = _state(model)
        try:
            self._replay = Replay(model, criterion, inputs, targets)
        except (Unfit, RuntimeError, TypeError, ValueError, SyntaxError, NotImplementedError, RecursionError):
            self.off, self._replay = True, None
        # The update itself is made as always, from where the recording began.
        _put_back(model, state)
        return update(model, criterion, optimizer, inputs, targets, limits, guard, epoch)

    def _compare(self, replay: Replay, model: Any, criterion: Any, optimizer: Any, inputs: Any, targets: Any, limits: Limits, guard: bool, epoch: int) -> Any:
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
        same = found is not None and _same((found[0], found[1], *found[3]), (result[0], result[1], *grads)) and _same(after[1:], _state(model)[1:])
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
    return len(first) == len(second) and all((a is None and b is None) or (a is not None and b is not None and torch.equal(a, b)) for a, b in zip(first, second, strict=True))
