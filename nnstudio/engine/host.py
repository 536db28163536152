"""The side of the process that trains: it hands orders to a trainer, and what the trainer tells to the window."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from nnstudio.catalog.plugins import FAILURES
from nnstudio.engine import device as devices
from nnstudio.engine.events import Adopted, Ended, EpochDone, Rewound
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Frame
from nnstudio.engine.pipes import Gone, Writer, receive
from nnstudio.engine.trainer import Trainer

# How often events are looked for, lines of the history are sent, and a state to fall back on is handed over.
LOOK_SECONDS, LINES_SECONDS, STATE_SECONDS = 0.012, 0.03, 1.0
# A larger state is handed over less often: so many bytes a second.
STATE_BYTES, LINE_BYTES = 50 * 2**20, 80


class Host:
    """Serves one window; one run after the other."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._out = incoming, Writer(outgoing)
        self._trainer: Trainer | None = None
        self._pump: threading.Thread | None = None
        self._wanted = threading.Event()

    def serve(self) -> None:
        """Obey until the window is gone."""
        devices.warm_up()
        self._out.send("ready")
        while (found := receive(self._incoming)) is not None:
            kind, values = found
            # A run that ends just now is forgotten by the thread that tells of it.
            trainer = self._trainer
            if kind == "begin":
                self._begin(**values[0])
            elif kind == "taken":
                self._wanted.set()
            elif kind == "command" and trainer is not None:
                trainer.tell(values[0])
            elif kind == "stop" and trainer is not None:
                trainer.stop(keep=values[0])
        trainer = self._trainer
        if trainer is not None:
            # The window is gone: what it trained is kept for the next one.
            trainer.stop(keep=True)
            trainer.join(10)

    def _begin(self, search: list[str], **given: Any) -> None:
        from nnstudio.catalog.sources.files import SEARCH

        SEARCH[:] = [Path(name) for name in search]
        self._wanted.set()
        trainer = self._trainer = Trainer(**given)
        self._pump = threading.Thread(target=self._tell, args=(trainer,), name="pump", daemon=True)
        trainer.start()
        self._pump.start()

    def _tell(self, trainer: Trainer) -> None:
        """Send what a trainer tells, until it has ended."""
        sent, lines, at = 0, Lines(), 0.0
        state: Frame | None = None
        state_at = time.monotonic()
        hurried = False
        try:
            while True:
                if hurried:
                    time.sleep(LOOK_SECONDS)
                    hurried = False
                for event in _waiting(trainer.events):
                    if isinstance(event, EpochDone):
                        lines, hurried = event.history, True
                        continue
                    sent = self._send_lines(lines, sent)
                    if isinstance(event, Rewound):
                        # The run went elsewhere in its past: its lines are others.
                        lines, sent = event.history, len(event.history)
                    if isinstance(event, Ended) and (last := trainer.take_snapshot()) is not None:
                        # Whether or not the window has looked at the one before: it is the last.
                        self._out.send("snapshot", last)
                    self._out.send("event", event)
                    if isinstance(event, Adopted | Rewound):
                        # What was handed over before belongs to other settings, or to another place.
                        state_at = 0.0
                    if isinstance(event, Ended):
                        # What it kept of its past may be large: the window has it now.
                        self._trainer = None
                        self._out.send("over", trainer.past)
                        return
                now = time.monotonic()
                if len(lines) > sent and now - at > LINES_SECONDS:
                    sent, at = self._send_lines(lines, sent), now
                for ticket, answer in trainer.take_answers():
                    self._out.send("answer", ticket, answer)
                if self._wanted.is_set() and (snapshot := trainer.take_snapshot()) is not None:
                    self._wanted.clear()
                    self._out.send("snapshot", snapshot)
                frames = trainer.past.frames if trainer.past is not None else []
                # The trainer's thread may take the last one away just now.
                frame = next(iter(frames[-1:]), None)
                if frame is not None and frame is not state and now - state_at > _apart(frame):
                    state, state_at = frame, now
                    self._out.send("state", frame)
        except Gone:
            trainer.stop(keep=True)
        except FAILURES:
            # A process that says no more counts as lost: the window goes on from the state that it has.
            trainer.stop(keep=True)
            self._out.close()

    def _send_lines(self, lines: Lines, sent: int) -> int:
        if len(lines) > sent:
            self._out.send("lines", lines.since(sent))
        return max(sent, len(lines))


def _apart(frame: Frame) -> float:
    """After how many seconds such a state is handed over again; its history goes with it."""
    return max(STATE_SECONDS, (frame.size + LINE_BYTES * len(frame.history)) / STATE_BYTES)


def _waiting(events: queue.SimpleQueue[Any]) -> list[Any]:
    """What has come, or comes in a moment."""
    found = []
    try:
        found.append(events.get(timeout=LOOK_SECONDS))
        while True:
            found.append(events.get_nowait())
    except queue.Empty:
        return found
