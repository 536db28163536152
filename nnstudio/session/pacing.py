"""The pace of a run in the window: a small network is done before anyone has seen anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnstudio.session.settings import load_settings

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.session.run import Run

# Updates a second at most; or one of the words: so that the whole run can be watched, an epoch a second, each update
# by hand. None is as fast as it goes.
Pace = float | str | None
WATCH, EPOCH, HAND = "watch", "epoch", "hand"
# A run that is watched takes so long (s), and between two thirds and four thirds of that.
WATCHED = 15.0
ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)


class Speed:
    """The pace of a session's run, and of those that follow. ``chosen`` says that one was chosen."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.wanted: Pace = None
        self.chosen = False

    def set(self, pace: Pace) -> None:
        """Go at such a pace; None sets no limit."""
        self.wanted, self.chosen = pace, True
        if self._run.going is not None:
            self._run.going.pace(self.limit)

    def follow(self) -> None:
        """The run took other settings over: some paces go by the number of its epochs or batches."""
        if isinstance(self.wanted, str):
            self.set(self.wanted)

    @property
    def limit(self) -> float | None:
        """Updates a second at most, of the run that was prepared; None sets no limit."""
        return self.of(self._run.program)

    def of(self, program: Program | None) -> float | None:
        """What it is for a program, in updates a second at most."""
        return updates_a_second(self.wanted, program) if program is not None else None


def first_pace() -> Pace:
    """The pace that a project begins at."""
    return WATCH if load_settings().unhurried else None


def batches_of(program: Program) -> int:
    """The updates of an epoch."""
    from nnstudio.catalog.tables import table_of

    rows = len(table_of(program.data.dataset).x)
    return max(1, -(-(rows - round(rows * program.data.validation)) // program.batch_size))


def updates_a_second(pace: Pace, program: Program) -> float | None:
    """What a pace is for a program, in updates a second at most; None sets no limit."""
    if pace == EPOCH:
        return float(batches_of(program))
    if pace == WATCH:
        return rounded(program.epochs * batches_of(program) / WATCHED)
    # Who goes by hand lets the run wait between two updates.
    return None if pace is None or isinstance(pace, str) else pace


def rounded(pace: float) -> float:
    """The nearest pace that reads well; neighbours are at most half as large again."""
    unit = 10.0 ** math.floor(math.log10(max(pace, 1e-3)))
    return min((unit * step for step in (*ROUND, 10.0)), key=lambda near: abs(math.log(near / max(pace, 1e-3))))
