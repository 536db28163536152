"""Networks that stand beside the project's own and train along with it, each from its own start weights."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message
from nnstudio.document.values import Document, unnamed
from nnstudio.engine.states import State
from nnstudio.session.compiler import wait_for
from nnstudio.session.listeners import Listeners
from nnstudio.session.meaning import Meaning
from nnstudio.session.pacing import Pace, updates_a_second
from nnstudio.session.run import Run
from nnstudio.session.run_records import thinned
from nnstudio.session.runs import MOST_LINES, Runs

if TYPE_CHECKING:
    from nnstudio.engine.events import Event

# With the project's own network there are four.
MOST = 3


class Neighbour:
    """One of them: ``document`` stays as it was set beside, ``meaning`` is what it means, ``training`` its run.

    ``number`` is that of its run among those that are compared, ``reason`` why it does not train.
    """

    def __init__(self, number: int, name: str, document: Document) -> None:
        self.id, self.name, self.document = number, name, document
        self.meaning, self.training = Meaning(lambda: self.document), Run()
        self.number: int | None = None
        self.reason: Message | None = None
        self.meaning.begin()

    @property
    def trouble(self) -> Message | None:
        """Why it does not train, or could not."""
        errors = self.meaning.analysis.errors if self.meaning.analysis is not None else ()
        return self.reason or (errors[0].what if errors else None)

    @property
    def ending(self) -> bool:
        """Whether a thread of one that was taken away still goes on."""
        self.training.forget_ended()
        return self.training.ending or self.meaning.working

    def begin(self, pace: Pace, *, paused: bool) -> None:
        """Train from the start weights; why it cannot is its ``reason``."""
        self.drop()
        try:
            program = self.meaning.sound()
        except TrainError as error:
            self.reason = error.message
            return
        self.training.prepare(program, self.document, self.meaning.lowered)
        self.training.start(paused=paused, pace=updates_a_second(pace, program))

    def listed(self, number: int | None) -> None:
        """Its run is among those that are compared, or no more."""
        self.number = number

    def drop(self) -> None:
        """Forget its run."""
        self.training.drop()
        self.reason = None
        if self.training.state is not State.IDLE:
            self.training.change_state(State.IDLE)

    def poll(self) -> None:
        """Bring in what its threads have done."""
        self.training.forget_ended()
        if self.meaning.poll():
            self.meaning.compiled.tell()
        self.meaning.poll_look()
        for event in self.training.new_events():
            self._take(event)
        self.training.take_snapshot()

    def _take(self, event: Event) -> None:
        from nnstudio.engine import events

        run = self.training
        match event:
            case events.Started():
                run.has_started(event.device, event.note, event.threads, event.fitted)
            case events.EpochDone():
                run.add_history(event.history)
            case events.Paused():
                run.change_state(State.PAUSED)
            case events.Resumed():
                run.change_state(State.RUNNING)
            case events.Ended():
                run.ended(event, None)
                self.reason = event.reason
                run.change_state(event.how)


class Abreast:
    """At most three neighbours of a project's network. ``changed`` tells that others stand beside it."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self.neighbours: dict[int, Neighbour] = {}
        self.changed = Listeners()
        self._ids = itertools.count(1)
        self._retired: list[Neighbour] = []
        self._pace: Pace = None

    # -- who ----------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether there is no room for another."""
        return len(self.neighbours) >= MOST

    def add(self, document: Document, name: str) -> Neighbour | None:
        """Set a network beside; None where there is no room."""
        if self.full:
            return None
        found = Neighbour(next(self._ids), name, document)
        self.neighbours[found.id] = found
        self.changed.tell()
        return found

    def remove(self, number: int) -> None:
        """Take one away; its run ends."""
        gone = self.neighbours.pop(number, None)
        if gone is not None:
            self._retire(gone)
            self.changed.tell()

    def clear(self) -> None:
        """Take all away."""
        for number in list(self.neighbours):
            self._retire(self.neighbours.pop(number))
        self.changed.tell()

    def _retire(self, gone: Neighbour) -> None:
        self._part(gone)
        gone.drop()
        # Its thread is waited for when all is closed.
        gone.meaning.close(0.0)
        self._retired.append(gone)

    # -- training -----------------------------------------------------------------------------

    @property
    def going(self) -> bool:
        """Whether any trains."""
        return any(n.training.state in (State.STARTING, State.RUNNING) for n in self.neighbours.values())

    def run(self, pace: Pace) -> None:
        """All train, or go on; those that are at their end begin anew."""
        self._pace = pace
        for one in self.neighbours.values():
            if one.training.going is None:
                self._enter(one, paused=False)
            else:
                assert one.training.program is not None
                one.training.going.pace(updates_a_second(pace, one.training.program))
                one.training.going.resume()

    def step(self, grain: str) -> None:
        """All go one "sample", "batch" or "epoch" further."""
        for one in self.neighbours.values():
            if one.training.going is None:
                self._enter(one, paused=True)
            if one.training.going is not None:
                one.training.going.step(grain)

    def _enter(self, one: Neighbour, *, paused: bool) -> None:
        self._part(one, again=True)
        one.begin(self._pace, paused=paused)
        one.listed(self._runs.enter(one.document, one.name))
        self._note(one)

    def pause(self) -> None:
        """All wait after their present batch."""
        for one in self.neighbours.values():
            if one.training.going is not None:
                one.training.going.pause()

    def reset(self) -> None:
        """All stand at their start weights again."""
        for one in self.neighbours.values():
            self._part(one)
            one.drop()

    def poll(self, pace: Pace) -> None:
        """Bring in what they have done; all go at the project's pace."""
        other, self._pace = pace != self._pace, pace
        self._retired = [one for one in self._retired if one.ending]
        for one in list(self.neighbours.values()):
            run = one.training
            if other and run.going is not None and run.program is not None:
                run.going.pace(updates_a_second(pace, run.program))
            state, epochs = run.state, len(run.records)
            one.poll()
            if (state, epochs) != (run.state, len(run.records)):
                self._note(one)

    def _note(self, one: Neighbour) -> None:
        """Tell the list of runs how far it is; one that is taken away or begins anew has stopped there."""
        known = self._runs.items.get(one.number or 0)
        if known is None or known.over:
            return
        run = one.training
        state = run.state if run.state.over else State.RUNNING
        if one.reason is not None and not run.live:
            state = State.FAILED
        self._runs.put(
            known.id,
            state=state,
            records=tuple(thinned(run.records, MOST_LINES)) or known.records,
            report={key: value for key, value in (run.report or {}).items() if key != "history"},
            reason=one.reason,
        )

    def _part(self, one: Neighbour, *, again: bool = False) -> None:
        """Its run is left where it is; where it begins ``again`` the old line goes."""
        self._note(one)
        known = self._runs.items.get(one.number or 0)
        if known is not None:
            state = known.state if known.over else State.STOPPED
            self._runs.put(known.id, state=state, shown=known.shown and not again)
        one.listed(None)

    def close(self, limit: float) -> bool:
        """End all threads; returns whether they have ended within the limit."""
        end = time.monotonic() + limit
        self.clear()
        ended = []
        for one in self._retired:
            ended += [wait_for(thread, end - time.monotonic()) for thread in one.training.take_retired()]
            ended.append(one.meaning.close(end - time.monotonic()))
        return all(ended)


def same_data(one: Neighbour, document: Document) -> bool:
    """Whether a neighbour learns from the same rows, prepared alike, as a document does."""
    from nnstudio.catalog.registry import node_kinds

    def data(document: Document) -> list[object]:
        kinds = node_kinds()
        return [
            (node.kind, unnamed(node.params))
            for node in document.nodes
            if node.kind in kinds and kinds[node.kind].role == "data"
        ]

    return data(one.document) == data(document)
