"""What a run is told to do: plain frozen values, so that it makes no difference how they reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnstudio.compile.program import Program
from nnstudio.engine.goals import Until


@dataclass(frozen=True)
class Pause:
    """Wait after the present batch."""


@dataclass(frozen=True)
class Resume:
    """Go on."""


@dataclass(frozen=True)
class Step:
    """Go one "sample", "batch" or "epoch" further, then wait."""

    grain: str


@dataclass(frozen=True)
class GoTo:
    """Go to where the run was after so many updates, back or on again."""

    updates: int


@dataclass(frozen=True)
class ShowStep:
    """Record the step after so many updates (with a ``row`` of the data, or the one that was ``made``), and come
    back.
    """

    updates: int
    row: int | None
    made: bool


@dataclass(frozen=True)
class LookAt:
    """Record a step with one row of the data, without making it."""

    row: int


@dataclass(frozen=True)
class Watch:
    """Show the values of another training sample."""

    row: int


@dataclass(frozen=True)
class PutWeights:
    """Take other weights from here on."""

    weights: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Adopt:
    """Go on with another program's settings."""

    program: Program


@dataclass(frozen=True)
class TrainUntil:
    """Wait when a goal is reached; without one train to the end."""

    goal: Until | None


@dataclass(frozen=True)
class SetPace:
    """Make at most so many updates a second; None: as many as can be."""

    updates: float | None


@dataclass(frozen=True)
class UseBest:
    """Go back to the best weights so far."""


@dataclass(frozen=True)
class Stop:
    """End."""


@dataclass(frozen=True)
class AskWeights:
    """Answer with the present weights."""

    ticket: int


@dataclass(frozen=True)
class AskKept:
    """Answer with what a file needs for the run to go on, and to show the ``shown`` update again."""

    ticket: int
    shown: int | None


@dataclass(frozen=True)
class AskFrames:
    """Answer with the states that are kept of the past."""

    ticket: int


Command = (
    Pause
    | Resume
    | Step
    | GoTo
    | ShowStep
    | LookAt
    | Watch
    | PutWeights
    | Adopt
    | TrainUntil
    | SetPace
    | UseBest
    | Stop
    | AskWeights
    | AskKept
    | AskFrames
)
