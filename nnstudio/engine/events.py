"""What a run tells: frozen values, in the order they happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.compile.program import Program
from nnstudio.document.text import Message
from nnstudio.engine.lines import Lines
from nnstudio.engine.states import State
from nnstudio.engine.trace import Trace
from nnstudio.engine.vitals import Vitals

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Started:
    """The run is set up, on so many cores; ``note`` says so when the device is not the one asked for."""

    device: str
    samples: int
    note: Message | None
    threads: int = 1
    # What the preparation of the data was fitted to (``engine.fitted``), as plain values.
    fitted: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class EpochDone:
    """One line of the history, and all up to it."""

    record: Mapping[str, Any]
    history: Lines


@dataclass(frozen=True)
class Measured:
    """The health of the layers after an update."""

    vitals: Vitals


@dataclass(frozen=True)
class Paused:
    """The run waits between two batches, after so many ``updates``; it can go to any from ``earliest`` to ``furthest``.

    ``kept`` are the bytes that this takes.
    """

    updates: int = 0
    earliest: int = 0
    furthest: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Adopted:
    """The run goes on with another program's settings after so many updates."""

    program: Program
    updates: int


@dataclass(frozen=True)
class Reached:
    """The run waits because what it was to train until has come true."""

    reason: Message


@dataclass(frozen=True)
class Resumed:
    """The run no longer waits: it goes on, or makes the step it was asked for."""


@dataclass(frozen=True)
class Stepped:
    """One step was recorded and made."""

    trace: Trace


@dataclass(frozen=True)
class Looked:
    """A step was recorded to be looked at, and not made."""

    trace: Trace


@dataclass(frozen=True)
class Rewound:
    """The run went back, or on again, to so many ``updates``; ``history`` are the lines of the epochs before."""

    updates: int
    history: Lines


@dataclass(frozen=True)
class Refused:
    """What was asked for could not be done; the run is as it was."""

    reason: Message


@dataclass(frozen=True)
class Ended:
    """The run is over: finished, stopped or failed; ``weights`` are the last good ones."""

    how: State
    weights: Weights
    report: Mapping[str, Any] | None = None
    reason: Message | None = None


Event = (
    Started | EpochDone | Measured | Adopted | Reached | Paused | Resumed | Stepped | Looked | Rewound | Refused | Ended
)
