"""Find torch's operations by their dotted names, and keep module construction off the shared random state."""

from __future__ import annotations

import contextlib
import inspect
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import torch
import torch.overrides
from torch.utils._python_dispatch import TorchDispatchMode

from nnstudio.catalog.entry import BARE
from nnstudio.catalog.own import is_own, thing_named
from nnstudio.compile.program import ITEM
from nnstudio.document.errors import StudioError

# The seed of what own code draws while it is made, and nothing else: a script that draws anew differs, and the gate
# tells.
APART = 0x5EED_0F_0475


def resolve(target: str) -> Callable[..., Any]:
    """Return torch's object of that dotted name, or the one that an entry brings under it.

    Raises:
        ValueError: the name does not lie in torch, and no entry brings it.
    """
    if not isinstance(target, str):
        raise StudioError("own.forgotten", name=getattr(target, "__name__", type(target).__name__))
    if target.startswith(BARE):
        import nnstudio.compile.bare  # noqa: F401
    if is_own(target):
        return thing_named(target)  # type: ignore[no-any-return]
    return _of_torch(target)


def names_of(target: str, args: tuple[Any, ...]) -> dict[str, Any]:
    """Return a call's arguments that are given by place, by name; none where the names cannot be told.

    Most of torch's functions are not written in Python and tell their names only to those who stand in for them.
    """
    return dict(zip(_names(resolve(target)), args, strict=False))


@cache
def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    told = torch.overrides.get_testing_overrides().get(function, function)
    try:
        return tuple(inspect.signature(told).parameters)
    except (TypeError, ValueError):
        return ()


@cache
def _of_torch(target: str) -> Callable[..., Any]:
    if target == ITEM:
        return operator.getitem
    head, *path = target.split(".")
    if head != "torch":
        raise ValueError(f"{target} is not one of torch's operations")
    found: Any = torch
    for part in path:
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"{target} cannot be called")
    return found  # type: ignore[no-any-return]


class NoDefaultRandom(TorchDispatchMode):
    """Skip random filling while a module is made: its values are set by the program right after.

    Without this a module built in another thread would draw from torch's default generator and so change
    the dropout of a running training. A tensor that is made at random gets the same numbers every time; with ``fill``
    so does one that is filled: in own code it may be a constant that nobody sets afterwards.
    """

    def __init__(self, *, fill: bool = False) -> None:
        super().__init__()
        self._fill = fill

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None:
            if func._schema.is_mutable and not self._fill:
                return args[0]
            return _drawn_apart(func, args, kwargs)
        return func(*args, **kwargs)


@contextlib.contextmanager
def kept_generators() -> Iterator[None]:
    """Let numpy and Python draw the same numbers every time, and go on afterwards as if nothing had been drawn."""
    import random

    import numpy as np

    of_python, of_numpy = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)


class NoDefaultDraw(TorchDispatchMode):
    """Keep what is worked out on the meta device off the default generator; there it draws nothing, elsewhere it
    would.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if (
            torch.Tag.nondeterministic_seeded in func.tags
            and kwargs.get("generator") is None
            and not any(isinstance(a, torch.Tensor) for a in args)
        ):
            return _drawn_apart(func, args, kwargs)
        return func(*args, **kwargs)


def _drawn_apart(func: Any, args: Any, kwargs: Any) -> Any:
    """Make a random tensor with a generator of its own."""
    if torch.device(kwargs.get("device") or "cpu").type != "cpu" or any(
        isinstance(arg, torch.Tensor) and arg.device.type != "cpu" for arg in args
    ):
        return func(*args, **kwargs)
    if not any(argument.name == "generator" for argument in func._schema.arguments):
        name = "generator" if func._overloadname == "default" else f"{func._overloadname}_generator"
        func = getattr(func._overloadpacket, name, func)
    return func(*args, **kwargs, generator=torch.Generator().manual_seed(APART))


def make_module(target: str, make: Mapping[str, Any], device: str, dtype: torch.dtype) -> torch.nn.Module:
    """Construct a torch module without drawing random numbers; its parameters are not yet initialized."""
    own = is_own(target) and not target.startswith(BARE)
    with NoDefaultRandom(fill=own), torch.device(device), kept_generators() if own else contextlib.nullcontext():
        module = resolve(target)(**make)
    if not isinstance(module, torch.nn.Module):
        raise ValueError(f"{target} is not a module")
    return module.to(dtype)
