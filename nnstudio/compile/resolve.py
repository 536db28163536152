"""Find torch's operations by their dotted names, and keep module construction off the shared random state."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Takes one part of a result that has several.
ITEM = "operator.getitem"


@cache
def resolve(target: str) -> Callable[..., Any]:
    """Return torch's object of that dotted name.

    Raises:
        ValueError: the name does not lie in torch.
    """
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
    the dropout of a running training.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None:
            return args[0]
        return func(*args, **kwargs)


def make_module(target: str, make: Mapping[str, Any], device: str, dtype: torch.dtype) -> torch.nn.Module:
    """Construct a torch module without drawing random numbers; its parameters are not yet initialized."""
    with NoDefaultRandom(), torch.device(device):
        module = resolve(target)(**make)
    if not isinstance(module, torch.nn.Module):
        raise ValueError(f"{target} is not a module")
    return module.to(dtype)
