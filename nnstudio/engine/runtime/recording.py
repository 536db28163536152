"""What an update does, operation by operation, and the same written down as one function.

The function is written twice: in Python, and in torch's own script, which runs outside Python and is half as slow.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

# Longer lists take seconds to be made, and torch's own script its time to be read: both pay in long runs alone.
MOST_CALLS, MOST_LINES = 4000, 1500
LONG_CALLS, LONG_LINES = 20_000, 8000
Signature = tuple[int, int, tuple[int, ...], tuple[int, ...], torch.dtype]


class Unfit(Exception):
    """The operations cannot be replayed."""


class TooLong(Unfit):
    """There are more of them than were to be noted."""


def _signature(tensor: torch.Tensor) -> Signature:
    return (
        tensor.untyped_storage().data_ptr(),
        int(tensor.storage_offset()),
        tuple(tensor.shape),
        tuple(tensor.stride()),
        tensor.dtype,
    )


class _Ref:
    def __init__(self, name: str) -> None:
        self.name = name


class Log(TorchDispatchMode):
    """Notes every operation.

    Tensors are known by identity, or by their memory: autograd hands saved results out as new objects.
    """

    def __init__(self, known: dict[str, torch.Tensor], most: int = MOST_CALLS) -> None:
        super().__init__()
        self._most = most
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
        if func.namespace == "profiler":
            # An optimizer tells profilers that it begins.
            return func(*args, **kwargs)
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
                names.append("")
            else:
                raise Unfit
        if len(self.calls) >= self._most:
            raise TooLong
        self.calls.append((func, named, result, names))
        return result


def _is_view(func: Any) -> bool:
    """Whether an operation only shows what it is given in another form."""
    returns = func._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


class _Line:
    """One operation: what it is given (key, in Python, in script), the names it reads and writes, what it shows."""

    def __init__(self, number: int, func: Any, result: Any, names: list[str]) -> None:
        self.number, self.func, self.names = number, func, names
        self.several = isinstance(result, list | tuple)
        self.given: list[tuple[str, str, str]] = []
        self.reads: list[str] = []
        self.view = names[0] if _is_view(func) and len(names) == 1 else ""

    def text(self, script: bool) -> str:
        """The line; an operation is known by its name in torch's own script, by a name of ours in Python."""
        called = f"torch.ops.{self.func._schema.name.replace('::', '.')}" if script else f"f{self.number}"
        given = ", ".join(f"{key}={texts[script]}" if key else texts[script] for key, *texts in self.given)
        if not any(self.names):
            return f"{called}({given})"
        # Names also for what nobody reads: torch's own script wants one type for each.
        left = ", ".join(name or f"_{self.number}_{place}" for place, name in enumerate(self.names))
        return f"{left}{',' if self.several and len(self.names) == 1 else ''} = {called}({given})"


class Writer:
    """Writes recorded calls down as one function; what need not be computed again for every batch is left out.

    Of the two parts the first is what leads to the gradients, the second what is done with them.
    """

    def __init__(self, log: Log, known: dict[str, torch.Tensor], cut: int, rates: list[float]) -> None:
        self.held: dict[str, Any] = {**known, **log.constants}
        # What is the same for all batches: weights, constants, and views of them.
        self._fixed: dict[str, Any] = {**known, **log.constants}
        self._same: dict[str, str] = {}
        self._turned: dict[str, str] = {}
        self._rates = {sign * rate: f"{'-' * (sign < 0)}rates[{i}]" for i, rate in enumerate(rates) for sign in (1, -1)}
        self._types: dict[str, str] = {}
        self._lists: dict[tuple[str, ...], str] = {}
        self._parts: list[list[_Line]] = [[], []]
        for number, (func, (args, kwargs), result, names) in enumerate(log.calls):
            if not self._left_out(func, args, kwargs, result, names):
                self._parts[number >= cut].append(self._line(number, func, args, kwargs, result, names))

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
        self._fixed[names[0]] = self.held[names[0]] = value
        return True

    def _line(self, number: int, func: Any, args: Any, kwargs: Any, result: Any, names: list[str]) -> _Line:
        if func is torch.ops.aten.t.default:
            self._turned[names[0]] = self._name(args[0])
        # What an operation writes into and gives back has its name already.
        line = _Line(number, func, result, ["" if name in self._fixed else name for name in names])
        wanted = {argument.name: str(argument.type) for argument in func._schema.arguments}
        order = list(wanted)
        for key, value in (*((order[place], value) for place, value in enumerate(args)), *kwargs.items()):
            line.given.append((key if key in kwargs else "", *self._texts(value, wanted[key], line.reads)))
        line.reads += [name for name in line.names if name]
        self.held[f"f{number}"] = getattr(func, "_op", func)
        return line

    def _texts(self, value: Any, wanted: str, seen: list[str]) -> tuple[str, str]:
        """A value as Python and as torch's own script write it."""
        if isinstance(value, _Ref):
            seen.append(self._name(value))
            return seen[-1], seen[-1]
        if isinstance(value, float) and value in self._rates:
            return self._rates[value], self._rates[value]
        if isinstance(value, bool | int) or value is None or (isinstance(value, float) and math.isfinite(value)):
            return repr(value), repr(value)
        if isinstance(value, list | tuple):
            names = [self._name(item) for item in value if isinstance(item, _Ref)]
            if value and len(names) == len(value) and all(name in self._fixed for name in names):
                # Tensors that an optimizer's kernel writes into: torch's own script has to be given such a list, since
                # it takes writing into one that it made itself for something that nobody sees.
                name = self._lists.setdefault(tuple(names), f"l{len(self._lists)}")
                self.held[name] = [self._fixed[one] for one in names]
                self._types[name] = "List[Tensor]"
                seen.append(name)
                return name, name
            inner = [self._texts(item, "", seen) for item in value]
            python, script = (f"[{', '.join(texts[side] for texts in inner)}]" for side in (0, 1))
            # An empty list is one of tensors there, unless it is said.
            return python, "torch.jit.annotate(List[int], [])" if not inner and "int" in wanted.lower() else script
        name = f"k{len(self.held)}"
        self.held[name] = value
        # Types and layouts are numbers there.
        self._types[name] = {torch.device: "Device", float: "float"}.get(type(value), "int")
        seen.append(name)
        return name, name

    def _drop_views(self, outputs: set[str]) -> None:
        """Leave out views that no one reads, and those they show."""
        while True:
            used = {n for part in self._parts for line in part for n in line.reads if n != line.view} | outputs
            still = [[line for line in part if not line.view or line.view in used] for part in self._parts]
            if [len(part) for part in still] == [len(part) for part in self._parts]:
                return
            self._parts = still

    def write(self, given: list[str], said: list[str], grads: list[str], after: list[str] | None) -> Written:
        """Write the function of a batch: ``given`` are its tensors, ``said`` loss, answers and truth, ``grads`` the
        gradients; ``after`` are those that are handed out at the end of the list, None where nobody wants them then.
        """
        said, grads = ([self._same.get(name, name) for name in names] for names in (said, grads))
        ending = None if after is None else [self._same.get(name, name) for name in after]
        outputs = {*said, *grads, *(ending or ())}
        self._drop_views(outputs)
        read = {name for part in self._parts for line in part for name in line.reads} | outputs
        fixed = [name for name in self.held if name in read]
        texts = []
        for script in (False, True):
            start, end = ([line.text(script) for line in part] for part in self._parts)
            if not script:
                start = self._freeing(start, {*fixed, *given, *outputs})
            end.append("grads = grads" if ending is None else f"grads = [{', '.join(ending)}]")
            texts.append(
                _FORM.format(
                    given=", ".join([*(self._typed(name, script) for name in fixed), *given, *_SWITCHES[script]]),
                    start="\n".join(f"    {text}" for text in start),
                    end="\n".join(f"        {text}" for text in end),
                    typed=": List[Tensor]" if script else "",
                    loss=said[0],
                    said=", ".join(said),
                    grads=", ".join(grads),
                )
            )
        held = tuple(self.held[name] for name in fixed)
        return Written(texts[0], texts[1], self.held, held, sum(len(part) for part in self._parts))

    def _typed(self, name: str, script: bool) -> str:
        return f"{name}: {self._types.get(name, 'Tensor')}" if script else name

    def _freeing(self, texts: list[str], wanted: set[str]) -> list[str]:
        """The lines of the first part, each followed by letting go of what nobody reads after it."""
        last = {name: line for part in self._parts for line in part for name in line.reads}
        found = []
        for line, text in zip(self._parts[0], texts, strict=True):
            found.append(text)
            gone = [name for name in dict.fromkeys(line.reads) if last[name] is line and name not in wanted]
            found += [f"{' = '.join(gone)} = None"] if gone else []
        return found


_SWITCHES = ("rates", "guard", "whole"), ("rates: List[float]", "guard: bool", "whole: bool")
# The gradients are handed out where the optimizer's kernels are not in the list, or are not to be run; a loss that is
# no number ends it before them.
_FORM = """def replay({given}):
{start}
    value = 0.0
    grads{typed} = []
    if guard:
        value = float({loss})
    if whole and value - value == 0.0:
{end}
    else:
        grads = [{grads}]
    return value, {said}, grads
"""


@dataclass(frozen=True)
class Written:
    """The function in both languages, what its names stand for, and what it is to be given before a batch."""

    python: str
    script: str
    held: dict[str, Any]
    fixed: tuple[Any, ...]
    lines: int

    def function(self, most: int = MOST_LINES) -> Callable[..., Any]:
        """Make the function: as torch's own script, or where that cannot be or has more lines, in Python."""
        if self.lines <= most:
            with contextlib.suppress(RuntimeError, TypeError, ValueError, AttributeError):
                # As it stands: what torch makes better may be other kernels, with other last digits. Of this thread.
                torch._C._set_graph_executor_optimize(False)
                # Both texts are made of names and numbers alone; nothing in them comes from a file or a student.
                return torch.jit.CompilationUnit(self.script).replay  # type: ignore[no-any-return]
        exec(compile(self.python, "<replay>", "exec"), self.held)
        return self.held["replay"]  # type: ignore[no-any-return]
