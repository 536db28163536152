"""What is measured of the layers while a run goes on, and what it points to."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnstudio.session.listeners import Listeners
from nnstudio.session.run import Run

if TYPE_CHECKING:
    from nnstudio.compile.problems import Problem
    from nnstudio.engine.vitals import Vitals

# Measurements kept for the strips; when there are more, every other one is let go of.
KEPT = 400
MOST_FINDINGS = 3
DIAGNOSE_SECONDS = 1.0
LOOKED_BACK = 1000


class Health:
    """Follows the run of a session.

    ``findings`` are the present ones, at most MOST_FINDINGS, without those that were silenced.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.vitals: list[Vitals] = []
        self.findings: tuple[Problem, ...] = ()
        self.silenced: set[str] = set()
        self.measured, self.changed = Listeners(), Listeners()
        self._at = 0.0

    def forget(self) -> None:
        """A new run begins, or none is there."""
        self.vitals = []
        self._at = 0.0
        if self.findings:
            self.findings = ()
            self.changed.tell()
        self.measured.tell()

    def forget_silenced(self) -> None:
        """Another network: everything may be said again."""
        self.silenced = set()

    def measure(self, vitals: Vitals) -> None:
        """Take a measurement."""
        self.vitals.append(vitals)
        if len(self.vitals) > KEPT:
            del self.vitals[1::2]
        self.measured.tell()

    def rewound(self, updates: int) -> None:
        """The run went back."""
        self.vitals = [vitals for vitals in self.vitals if vitals.updates <= updates]
        self.measured.tell()

    def diagnose(self, force: bool = False) -> None:
        """Look for what goes wrong, at most once a second."""
        run, now = self._run, time.monotonic()
        if run.program is None or (not force and now - self._at < DIAGNOSE_SECONDS) or not (run.records or self.vitals):
            return
        self._at = now
        from nnstudio.engine.diagnosis import diagnose

        records: Sequence[Mapping[str, Any]] = run.records
        if len(records) > LOOKED_BACK:
            # Of a long run the far past is looked at in steps.
            records = [
                *records[: -LOOKED_BACK // 2 : len(records) // (LOOKED_BACK // 2) + 1],
                *records[-LOOKED_BACK // 2 :],
            ]
        found = diagnose(run.program, records, self.vitals, run.reason, run.lowered)
        kept = tuple(problem for problem in found if key_of(problem) not in self.silenced)[:MOST_FINDINGS]
        if [(p.node, p.what) for p in kept] != [(p.node, p.what) for p in self.findings]:
            self.findings = kept
            self.changed.tell()

    def silence(self, problem: Problem) -> None:
        """Say this no more for this network."""
        self.silenced.add(key_of(problem))
        self.findings = tuple(known for known in self.findings if key_of(known) not in self.silenced)
        self.changed.tell()
        self.diagnose(force=True)


def key_of(problem: Problem) -> str:
    """What kind of finding it is, and where."""
    return f"{problem.what.key}@{problem.node}"
