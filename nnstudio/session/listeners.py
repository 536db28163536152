"""Who is told when something changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Listeners:
    """Functions that are told of one kind of change."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., None]] = []

    def add(self, function: Callable[..., None]) -> None:
        """Tell a function from now on."""
        self._functions.append(function)

    def remove(self, function: Callable[..., None]) -> None:
        """Tell a function no longer."""
        self._functions = [known for known in self._functions if known != function]

    def tell(self, *args: Any) -> None:
        """Call every function."""
        for function in list(self._functions):
            function(*args)
