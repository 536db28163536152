"""What a layer or a function is called in PyTorch, so that networks made elsewhere become nodes.

Readers of other formats say everything in PyTorch's terms: the dotted name of a module or function with its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Arguments = Mapping[str, Any]
Tensors = Mapping[str, "np.ndarray"]
# What PyTorch takes where nothing is said.
USUAL: Mapping[str, Any] = {"padding": 0, "dilation": 1, "stride": None}
# An argument by its name, or what makes a setting of all of them.
Told = str | Callable[[Arguments], Any]


class Unfit(Exception):
    """The catalogue's entry cannot be set so; the text says by which argument."""


@dataclass(frozen=True)
class Known:
    """A name in PyTorch. ``settings`` are the entry's, from the arguments there; ``only`` are arguments that may have
    one of these values alone; ``tensors`` turns the weights into those of the entry (one module: names as there).
    """

    target: str
    settings: Mapping[str, Told]
    only: Mapping[str, tuple[Any, ...]]
    tensors: Callable[[Tensors], Tensors]

    def fit(self, arguments: Arguments) -> dict[str, Any]:
        """Return the settings for these arguments.

        Raises:
            Unfit: there are none.
        """
        for name, allowed in self.only.items():
            if name in arguments and _even(name, arguments[name]) not in allowed:
                raise Unfit(f"{name}={arguments[name]}")
        found: dict[str, Any] = {}
        for field, told in self.settings.items():
            if callable(told):
                found[field] = told(arguments)
            elif told in arguments:
                found[field] = _even(told, arguments[told])
        return found


def known(
    target: str,
    only: Mapping[str, tuple[Any, ...]] | None = None,
    tensors: Callable[[Tensors], Tensors] = lambda given: given,
    /,
    **settings: Told,
) -> tuple[Known, ...]:
    """Return the one name that an entry has; ``settings`` lead from its fields to PyTorch's arguments."""
    return (Known(target, settings, only or {}, tensors),)


def _even(name: str, value: Any) -> Any:
    """A value that is the same along all axes, once."""
    if isinstance(value, list | tuple):
        if not value or any(part != value[0] for part in value):
            raise Unfit(f"{name}={value}")
        return value[0]
    return value


def high(name: str) -> Callable[[Arguments], Any]:
    """What makes a setting of an argument of one or two axes: along the first."""
    return lambda arguments: _axes(arguments, name)[0]


def wide(name: str) -> Callable[[Arguments], Any]:
    """The same along the second axis; None where that is as the first."""

    def told(arguments: Arguments) -> Any:
        first, last = _axes(arguments, name)
        return None if first == last else last

    return told


def _axes(arguments: Arguments, name: str) -> tuple[Any, Any]:
    value = arguments.get(name, USUAL.get(name))
    if name == "padding" and isinstance(value, str):
        return _same(arguments, 0, value), _same(arguments, 1, value)
    if isinstance(value, list | tuple):
        if len(value) not in (1, 2):
            raise Unfit(f"{name}={value}")
        return value[0], value[-1]
    return value, value


def _same(arguments: Arguments, axis: int, value: str) -> int:
    """The zeros on each side along an axis: "same" and "valid" are numbers as well."""
    if value == "valid":
        return 0
    reach = (_axes(arguments, "kernel_size")[axis] - 1) * _axes(arguments, "dilation")[axis]
    if reach % 2:
        raise Unfit("import.why.unlike")
    return int(reach // 2)
