"""A project's file carries the run as it stands: optimizer, random state, place in the epoch, the step that is looked
at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import TrainError
from nnstudio.document.values import Document, Parts
from nnstudio.engine.states import State
from nnstudio.session.run import Run
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.past import Past

# The file is read and written whole, the weights a second time beside it.
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Kept:
    """A run out of a file, whose state is read only when its network is worked out.

    ``shown`` is the update whose step was looked at, ``row`` the row of the data that this was done with, where one was
    chosen; ``made`` whether that step was made. ``over`` is known once its past is read: whether it had come to its
    end.
    """

    document: Document
    parts: Parts
    shown: int | None
    row: int | None
    made: bool = False
    over: bool = False

    @property
    def journal(self) -> tuple[str, ...]:
        """What was done to the run by hand."""
        lines = self.parts.run["state"].get("journal", ())
        return tuple(str(line)[:1000] for line in lines) if isinstance(lines, list | tuple) else ()

    def past(self, program: Program) -> Past:
        """Where it stood.

        Raises:
            TrainError: it cannot be read, or is of another network.
        """
        from nnstudio.engine.checkpoint import of_parts
        from nnstudio.engine.claims import check_frames

        past = of_parts(self.parts.run["state"], self.parts.arrays)
        check_frames(program, past.frames)
        return past


def kept_in(document: Document, parts: Parts) -> Kept | None:
    """The run that a file carries, if it does."""
    state = parts.run.get("state")
    if not isinstance(state, Mapping):
        return None
    shown, row = (found if type(found := state.get(name)) is int else None for name in ("shown", "row"))
    return Kept(document, parts, shown, row, state.get("made") is True)


def with_run(parts: Parts, run: Run, stepping: Stepping, document: Document, waiting: Kept | None) -> Parts:
    """The parts of a file with the run as it stands, if there is one to go on with. Raises as :func:`state_of` does."""
    weights, state, arrays = state_of(run, stepping, document, waiting, parts.weights)
    return replace(parts, weights=weights, run={**parts.run, "state": state} if state else parts.run, arrays=arrays)


def state_of(
    run: Run, stepping: Stepping, document: Document, waiting: Kept | None, weights: Mapping[str, Any]
) -> tuple[Mapping[str, Any], dict[str, Any], dict[str, Any]]:
    """The run as the file carries it: its weights, plain values, and the arrays that these name; ``weights`` alone
    where there is no run to go on with.

    ``waiting`` is the file's own run while it has not stood up yet: the file keeps what it has.

    Raises:
        TrainError: the run is too busy to be looked at.
    """
    if run.document is None or run.document.meaning != document.meaning:
        return weights, {}, {}
    if waiting is not None:
        return weights, dict(waiting.parts.run["state"]), dict(waiting.parts.arrays)
    trace = stepping.trace
    shown = trace.update if trace is not None else None
    row = trace.sample if trace is not None and not trace.made and not trace.own and len(trace.rows) == 1 else None
    past = None
    if run.going is not None:
        past = run.going.kept(shown)
        if past is None and run.going.alive:
            raise TrainError("run.busy")
    elif run.state is State.FINISHED and stepping.past is not None and stepping.past.frames:
        whole = stepping.past
        past = whole.part(whole.frames[-1], whole.furthest)
        if past.frames[-1].updates != whole.furthest:
            return weights, {}, {}
    if past is None or past.bytes > MOST_BYTES:
        return weights, {}, {}
    from nnstudio.engine.checkpoint import to_parts
    from nnstudio.engine.record import frozen_array

    if shown is not None and not past.earliest <= shown <= past.furthest:
        shown = None
    plain, arrays = to_parts(past)
    # A run that goes on is a few batches further than when its weights were asked for.
    present = {name: frozen_array(tensor) for name, tensor in past.frames[-1].model.items()}
    return (
        present,
        {**plain, "shown": shown, "row": row, "made": trace is not None and trace.made, "journal": list(run.journal)},
        arrays,
    )
