"""What a panel is: one file that says what it is called, where it stands, what it is fed with, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk

LEFT, RIGHT = "left", "right"
# Panels that are brought by the first step, and by a wish alone.
STEP, WISH = "step", "wish"


@dataclass(frozen=True)
class Feed:
    """Something a panel wants: ``take(view, *values)`` is called with the newest, while a run goes on at most every so
    many seconds.

    A panel is fed only while it can be seen; what came meanwhile it gets when it comes into sight.
    """

    name: str
    take: Callable[..., object]
    every: float = 0.0


@dataclass(frozen=True)
class Panel:
    """A panel below the canvas. ``make(desk)`` returns its view, which may ask the desk for what it does.

    ``area`` is LEFT or RIGHT, ``front`` the one that is seen first there, ``order`` its place among the others. One
    that is ``advanced`` is left out of a first lesson. ``waits_for`` STEP or WISH hides it until then; it comes
    ``beside`` another panel, where that one stands. ``leave(view)``
    is called before the window goes, ``let_go(view)`` once it is hidden.
    """

    id: str
    title: Text
    make: Callable[[Desk], QWidget]
    feeds: tuple[Feed, ...] = ()
    area: str = RIGHT
    order: int = 100
    front: bool = False
    advanced: bool = False
    waits_for: str = ""
    beside: str = ""
    leave: Callable[[Any], object] | None = None
    let_go: Callable[[Any], object] | None = None


def epochs_of(records: Sequence[Mapping[str, Any]]) -> int:
    """How many epochs a run has behind it, by its history."""
    return int(records[-1]["epoch"]) if records else 0
