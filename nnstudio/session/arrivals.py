"""What a run tells is handed to all whom it concerns, event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nnstudio.document.text import message
from nnstudio.engine.states import State
from nnstudio.session.health import Health
from nnstudio.session.listeners import Listeners
from nnstudio.session.run import Run
from nnstudio.session.runs import Runs
from nnstudio.session.steering import Helm
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    from nnstudio.engine.events import Ended, Event
    from nnstudio.engine.past import Past


class Arrivals:
    """Takes the events of a session's own run.

    ``kept`` are the weights that the project's file has, ``train_on`` lets a run that has ended wait where it ended.
    """

    def __init__(
        self,
        run: Run,
        helm: Helm,
        stepping: Stepping,
        health: Health,
        runs: Runs,
        kept: Callable[[], Mapping[str, Any]],
        train_on: Callable[[Past], None],
    ) -> None:
        self._train_on = train_on
        self._run, self._helm, self._stepping, self._health, self._runs, self._kept = (
            run,
            helm,
            stepping,
            health,
            runs,
            kept,
        )
        self.epoch_done, self.rewound, self.refused = Listeners(), Listeners(), Listeners()

    def poll(self) -> None:
        """Take what has come, and the newest picture.

        Of epochs that come together, thousands in a second in a small network, the last has all lines of the history.
        """
        from nnstudio.engine.events import EpochDone

        latest: Event | None = None
        for event in self._run.new_events():
            if latest is not None and not isinstance(event, EpochDone):
                self.take(latest)
            latest = event if isinstance(event, EpochDone) else None
            if latest is None:
                self.take(event)
        if latest is not None:
            self.take(latest)
        self._run.take_snapshot()

    def take(self, event: Event) -> None:
        """Take one event."""
        from nnstudio.engine import events

        run = self._run
        match event:
            case events.Started():
                run.has_started(event.device, event.note, event.threads, event.fitted)
            case events.EpochDone():
                run.add_history(event.history)
                self._helm.note()
                self.epoch_done.tell(event.record)
            case events.Adopted():
                self._helm.adopted(event.program, event.updates)
            case events.Reached():
                if event.reason.key == "run.best":
                    run.note(f"the weights went back to those of the best epoch, {event.reason.args['epoch']}")
                self._helm.messages.tell(event.reason)
            case events.Measured():
                self._health.measure(event.vitals)
            case events.Paused():
                self._stepping.reached(event)
                run.change_state(State.PAUSED)
            case events.Resumed():
                run.mark_trained()
                run.change_state(State.RUNNING)
            case events.Stepped():
                run.mark_trained()
                self._stepping.take(event.trace)
            case events.Looked():
                self._stepping.take(event.trace)
            case events.Rewound():
                run.has_rewound(event.history, own=self._helm.revived())
                self._health.rewound(event.updates)
                self._stepping.rewound(event.updates)
                self.rewound.tell(run.records)
            case events.Refused():
                self.refused.tell(event.reason)
            case events.Ended():
                self._ended(event)

    def _ended(self, event: Ended) -> None:
        run = self._run
        # Where the file's run could not stand up, what the file has is still what is trained.
        run.ended(event, dict(self._kept()) if self._helm.revival_failed() else None)
        past = run.trainer.past if run.trainer is not None else None
        if run.trainer is not None:
            self._stepping.ended(past)
        # One that is lost before it has handed anything over would be lost again and again.
        stands = run.trainer is not None and run.trainer.handed_over and past is not None and past.frames
        if stands and past is not None and event.reason is not None and event.reason.key == "run.lost":
            run.change_state(event.how)
            self._stand_up(past)
            return
        self._health.diagnose(force=True)
        self._helm.ended(event.how)
        self._runs.end(event.how, run.records if len(run.records) else None, event.report, event.reason)
        run.change_state(event.how)

    def _stand_up(self, past: Past) -> None:
        """The process that trained is gone: the run waits where its state was handed over last."""
        updates = past.frames[-1].updates
        self._run.note(f"the process that trained was lost; the run went on from its state after update {updates}")
        self._train_on(past)
        self._helm.messages.tell(message("run.stands", updates=updates))
