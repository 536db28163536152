"""What a run tells is taken into the session, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnstudio.session.session import Session


def take(session: Session, event: Any) -> None:
    """Take one event of the session's own run."""
    from nnstudio.engine import events
    from nnstudio.session.session import FAILED, FINISHED, IDLE, PAUSED, RUNNING

    if isinstance(event, events.Started):
        session.device, session.note = event.device, event.note
        session.set_state(RUNNING)
    elif isinstance(event, events.EpochDone):
        # Shared with the trainer, which only adds to it: a long history is held once.
        session.records = event.history
        session.unsaved_run = True
        session.helm.note()
        session.epoch_done.tell(event.record)
    elif isinstance(event, events.Adopted):
        session.helm.adopted(event.program, event.updates)
    elif isinstance(event, events.Reached):
        if event.reason.key == "run.best":
            session.journal = (*session.journal, f"the weights went back to those of the best epoch, {event.reason.args['epoch']}")
        session.helm.told.tell(event.reason)
    elif isinstance(event, events.Measured):
        session.health.measure(event.vitals)
    elif isinstance(event, events.Paused):
        session.stepping.reach = event
        session.set_state(PAUSED)
    elif isinstance(event, events.Resumed):
        session.unsaved_run = True
        session.set_state(RUNNING)
    elif isinstance(event, events.Stepped):
        session.unsaved_run = True
        session.stepping.take(event.trace)
    elif isinstance(event, events.Looked):
        session.stepping.take(event.trace)
    elif isinstance(event, events.Rewound):
        session.records = event.history.upto()
        session.unsaved_run = not session.helm.stood() or session.unsaved_run
        session.health.rewound(event.updates)
        session.stepping.rewound(event.updates)
        session.rewound.tell(session.records)
    elif isinstance(event, events.Refused):
        session.refused.tell(event.reason)
    elif isinstance(event, events.Ended):
        session.ended(event)
        session.set_state({"finished": FINISHED, "failed": FAILED}.get(event.how, IDLE))
