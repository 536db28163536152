"""Walking through single training steps: any sample, back through training, and what if a number were another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from nnstudio.document.errors import TrainError
from nnstudio.engine.states import State
from nnstudio.session.listeners import Listeners
from nnstudio.session.meaning import Meaning
from nnstudio.session.passed import Passed
from nnstudio.session.run import Run

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.away import Away
    from nnstudio.engine.events import Paused
    from nnstudio.engine.followed import Followed
    from nnstudio.engine.past import Past
    from nnstudio.engine.record import Tracer
    from nnstudio.engine.trace import Trace
    from nnstudio.engine.trainer import Trainer

Change = tuple[tuple[str, int], float]


class Ways(Protocol):
    """What stepping needs of its session: whoever has to stand up does so, and a run begins."""

    def hurry(self) -> None: ...
    def begin(self, *, paused: bool) -> None: ...
    def train_on(self, past: Past) -> None: ...
    def fitting_weights(self) -> Mapping[str, np.ndarray]: ...
    def present_weights(self) -> Mapping[str, np.ndarray]: ...


class Stepping:
    """What is known of the step that is shown. ``changes`` are the numbers changed by hand, in their order."""

    def __init__(self, run: Run, meaning: Meaning, ways: Ways) -> None:
        self._run, self._meaning, self._ways = run, meaning, ways
        # The step as it was recorded, and as it is shown: with what was tried.
        self.trace: Trace | None = None
        self.shown: Trace | None = None
        self.shown_changed = Listeners()
        self.changes: tuple[Change, ...] = ()
        self._undone: tuple[Change, ...] = ()
        self.reach: Paused | None = None
        self.past: Past | None = None
        self._tracer: Tracer | None = None
        self._mode: bool | None = None
        self.passed = Passed()

    def forget(self) -> None:
        """A new run begins, or none is there."""
        self.passed.forget()
        self.trace, self.shown, self.changes, self._undone, self.reach, self.past, self._tracer = (
            None,
            None,
            (),
            (),
            None,
            None,
            None,
        )

    def close(self) -> None:
        """The step is no longer looked at; what was tried in it is dropped."""
        self.trace, self.shown, self.changes, self._undone, self._mode = None, None, (), (), None

    def ended(self, past: Past | None) -> None:
        """The run has ended: it can stand up again anywhere in its past."""
        from nnstudio.engine.events import Paused

        self.past = past
        self.reach = None
        if past is not None and past.frames:
            earliest, furthest, kept = past.span(past.furthest)
            self.reach = Paused(furthest, earliest, furthest, kept)

    def reached(self, event: Paused) -> None:
        """The run waits; it can go to what is kept of its past."""
        self.reach = event

    def rewound(self, updates: int) -> None:
        """The run went back: what came after may come otherwise."""
        self.passed.rewound(updates)

    @property
    def program(self) -> Program:
        """The network that is stepped through."""
        assert self._run.program is not None
        return self._run.program

    def take(self, trace: Trace) -> None:
        """A step was recorded."""
        self.passed.by(trace)
        evaluation = self._mode is False and not trace.made
        self.trace, self.changes, self._undone, self._mode = trace, (), (), None
        if evaluation:
            # Another sample is looked at in the same mode.
            self.use_mode(False)
        else:
            self._show(trace)

    def _show(self, trace: Trace) -> None:
        self.shown = self._meaning.named(trace)
        self.shown_changed.tell(self.shown)

    # -- which step ---------------------------------------------------------------------------

    def look(self, sample: int) -> None:
        """Show a step with one row of the data, from the present weights, without making it.

        Raises:
            TrainError: there is no such row, the network has a problem, or it trains just now.
        """
        trainer, count = self._waiting(), self._run.rows
        if not 0 <= sample < count:
            raise TrainError("trace.sample", sample=sample, last=count - 1)
        trainer.look(sample)

    def look_at(self, x: Any, target: Any = None) -> None:
        """Show a step with a sample of the student's own in place of the shown one: the numbers the network takes.

        Raises:
            TrainError: there is no step to begin from, or the numbers do not fit.
        """
        self.take(with_own_sample(self.program, self._have(), x, target))

    def go_to(self, updates: int) -> None:
        """Go back in training, or on again, to where so many updates were made.

        Raises:
            TrainError: nothing so far back is kept.
        """
        reach = self.reach
        if reach is not None and not reach.earliest <= updates <= reach.furthest:
            raise TrainError("run.past", earliest=reach.earliest)
        self._waiting().go_to(updates)

    def undo_update(self) -> None:
        """Take the last training step back: weights, optimizer and random state.

        Raises:
            TrainError: there is none, or nothing so far back is kept.
        """
        trainer = self._waiting()
        made = (
            self.reach.updates if self.reach is not None else trainer.past.furthest if trainer.past is not None else 0
        )
        if made < 1:
            raise TrainError("run.no_step")
        self.go_to(made - 1)

    def _waiting(self) -> Trainer | Away | Followed:
        """The run, waiting; one that has ended stands up again where it ended, and without one a new one begins.

        Raises:
            TrainError: the network has a problem, or it trains just now.
        """
        if self._run.state is State.RUNNING:
            raise TrainError("run.pause_first")
        self._ways.hurry()
        if not self._run.live:
            self._stand_up()
        trainer = self._run.trainer
        assert trainer is not None
        return trainer

    def _stand_up(self) -> None:
        """Let a run that has ended wait where it ended; without one begin one that waits, from the project's weights.

        Raises:
            TrainError: the network has a problem.
        """
        past, program = self.past, self._meaning.sound()
        if past is not None and past.frames and program == self._run.program:
            self._ways.train_on(past)
            return
        given = dict(self._ways.fitting_weights())
        self._ways.begin(paused=True)
        if given and self._run.trainer is not None:
            self._run.trainer.put_weights(given)
            self._run.note_by_hand("the run began from the weights that the project held")

    # -- what if ------------------------------------------------------------------------------

    def _have(self) -> Trace:
        if self.trace is None:
            raise TrainError("trace.none")
        return self.trace

    def change(self, name: str, place: int, value: float, dragged: bool = False) -> None:
        """Show the step with one number changed: of a parameter (its path), the input "x" or the "target".

        ``dragged`` goes on with the last change where that was of the same number: one drag is one change to undo.

        Raises:
            TrainError: there is no such number, or with it the step cannot be computed.
        """
        before = (
            self.changes[:-1] if dragged and self.changes and self.changes[-1][0] == (name, place) else self.changes
        )
        self._with((*before, ((name, place), value)))
        self._undone = ()

    def undo(self) -> bool:
        """Take the last change back; returns whether there was one."""
        if not self.changes:
            return False
        last = self.changes[-1]
        self._with(self.changes[:-1])
        self._undone = (*self._undone, last)
        return True

    def redo(self) -> bool:
        """Make the change again that was taken back."""
        if not self._undone:
            return False
        undone = self._undone
        self._with((*self.changes, undone[-1]))
        self._undone = undone[:-1]
        return True

    @property
    def undone(self) -> int:
        """How many changes were taken back and can be made again."""
        return len(self._undone)

    def use_mode(self, training: bool) -> None:
        """Show the step in training mode, or as the network is used.

        Raises:
            TrainError: no step is shown, or it cannot be computed so.
        """
        trace = self._have()
        assert trace.origin is not None
        before = self._mode
        self._mode = None if training == trace.origin.training else training
        try:
            self._with(self.changes)
        except TrainError:
            self._mode = before
            raise

    def forget_changes(self) -> None:
        """Show the step as it was recorded."""
        if self.changes:
            self._with(())
            self._undone = ()

    def _with(self, changes: tuple[Change, ...]) -> None:
        from nnstudio.engine.record import Tracer

        trace = shown = self._have()
        if changes or self._mode is not None:
            if self._tracer is None or self._tracer.program is not self.program:
                self._tracer = Tracer(self.program)
            shown = changed(self.program, trace, dict(changes), self._mode, self._tracer)
        self.changes = changes
        self._show(shown)

    def keep(self) -> None:
        """Train on with the changed weights: a branch of the run.

        Raises:
            TrainError: no weight was changed, or the run trains just now.
        """
        trace = self._have()
        typed = {key: value for key, value in self.changes if key[0] in trace.parameters}
        if not typed:
            raise TrainError("trace.nothing_changed")
        trainer = self._waiting()
        # The run may be a step further than the one that is shown: only what was typed is taken over.
        present = trainer.weights()
        if present is None:
            raise TrainError("run.busy")
        changed = with_typed(present, typed)
        trainer.put_weights(changed)
        self.passed.forget()
        self.changes = ()
        made = self.reach.updates if self.reach is not None else trace.update
        self._run.note_by_hand(f"weights were set by hand after update {made}: {', '.join(sorted(changed))}")


def with_own_sample(program: Program, trace: Trace, x: Any, target: Any) -> Trace:
    """Return a step with a sample of the student's own; raises TrainError where the numbers do not fit."""
    from nnstudio.engine.whatif import again, with_sample

    try:
        origin = with_sample(program, trace, x, target)
        return again(program, replace(trace, rows=(trace.sample,), row=0, own=True), origin)
    except (RuntimeError, ValueError, IndexError) as error:
        raise TrainError("trace.own", detail=str(error).split("\n")[0][:160]) from None


def with_typed(weights: Mapping[str, np.ndarray], typed: Mapping[tuple[str, int], float]) -> dict[str, np.ndarray]:
    """Return copies of the weights in which numbers were typed, with these numbers."""
    found = {name: weights[name].copy() for name, _ in typed}
    for (name, place), value in typed.items():
        found[name].reshape(-1)[place] = value
    return found


def changed(
    program: Program, trace: Trace, changes: Mapping[tuple[str, int], float], training: bool | None, tracer: Tracer
) -> Trace:
    """Return a step as it would have been with other numbers, and in training mode or as the network is used (None: as
    it was).

    Raises:
        TrainError: there is no such number, or with it the step cannot be computed.
    """
    from nnstudio.engine.whatif import again, with_changes

    try:
        origin = with_changes(program, trace, dict(changes))
        return again(program, trace, origin if training is None else replace(origin, training=training), tracer)
    except KeyError as error:
        raise TrainError("trace.no_number", name=str(error.args[0])) from None
    except (RuntimeError, ValueError, IndexError, OverflowError) as error:
        raise TrainError("trace.own", detail=str(error).split("\n")[0][:160]) from None
