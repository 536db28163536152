"""The states of a run, in the one vocabulary that trainer, session, background runs and files share."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a run stands. The values stand in project files and in the lines of background runs."""

    IDLE = "idle"
    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        """Whether nothing more comes of itself."""
        return self in (State.FINISHED, State.FAILED, State.STOPPED)

    @property
    def live(self) -> bool:
        """Whether there is a run that can go on."""
        return self in (State.STARTING, State.RUNNING, State.PAUSED)


_ENDS = frozenset({State.FINISHED, State.FAILED, State.STOPPED})
# What may follow a state; dropping a run leads from everywhere back to IDLE. A run that is over can stand up again in
# its past.
ALLOWED: Mapping[State, frozenset[State]] = {
    State.IDLE: frozenset({State.STARTING, State.WAITING}),
    State.WAITING: frozenset({State.RUNNING}) | _ENDS,
    State.STARTING: frozenset({State.RUNNING}) | _ENDS,
    State.RUNNING: frozenset({State.RUNNING, State.PAUSED}) | _ENDS,
    State.PAUSED: frozenset({State.PAUSED, State.RUNNING}) | _ENDS,
    State.FINISHED: frozenset({State.STARTING}),
    State.FAILED: frozenset({State.STARTING}),
    State.STOPPED: frozenset({State.STARTING}),
}


def may_follow(before: State, after: State) -> bool:
    """Whether a run in one state can come into another."""
    return after is State.IDLE or after in ALLOWED[before]
