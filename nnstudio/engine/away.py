"""A trainer in a process of its own: the same orders, the same events."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from array import array
from typing import Any

from nnstudio.catalog.plugins import FAILURES
from nnstudio.catalog.sources.files import SEARCH
from nnstudio.compile.program import Program
from nnstudio.document.text import message
from nnstudio.engine.commands import Command
from nnstudio.engine.events import Ended, EpochDone, Event, Rewound
from nnstudio.engine.hosts import Hosts, Process
from nnstudio.engine.lines import Lines
from nnstudio.engine.orders import Orders
from nnstudio.engine.past import Frame, Past
from nnstudio.engine.pipes import receive
from nnstudio.engine.record import frozen_array
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.states import State

# What is stuck in a kernel does not answer; it is ended after so long.
STUCK_SECONDS = 5.0


class _Commands:
    """Takes the place of a trainer's queue of commands."""

    def __init__(self, sending: queue.SimpleQueue[tuple[Any, ...] | None]) -> None:
        self._sending = sending

    def put(self, command: Command) -> None:
        """Send a command."""
        self._sending.put(("command", command))


class Away(Orders):
    """One run; takes the arguments of a trainer in a thread, :class:`nnstudio.engine.trainer.Trainer`.

    What is sent waits in a queue: no order holds the window up, whatever the process does.
    """

    def __init__(self, hosts: Hosts, process: Process, program: Program, **given: Any) -> None:
        """Prepare a run in a process of some hosts, to which it goes back in the end."""
        self.program = program
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.history = Lines()
        self.past: Past | None = given.get("past") or Past()
        self._hosts, self._process = hosts, process
        self._sending: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        search = [str(folder) for folder in SEARCH]
        self._sending.put(("begin", {"program": program, "search": search, **given}))
        self._commands: Any = _Commands(self._sending)
        self._answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._mail: Snapshot | None = None
        self._stopping = False
        self._state: Frame | None = None
        self._lock, self._over = threading.Lock(), False
        self._watch: threading.Timer | None = None
        self._thread = threading.Thread(target=self._main, name="run", daemon=True)

    @property
    def apart(self) -> bool:
        """Whether it trains in another process than its owner's."""
        return True

    @property
    def process_id(self) -> int:
        """The process that trains."""
        return self._process.popen.pid

    @property
    def handed_over(self) -> bool:
        """Whether there is a state to fall back on."""
        return self._state is not None

    # -- orders -------------------------------------------------------------------------------

    def take_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot once; the next is made only after this one was taken."""
        mail, self._mail = self._mail, None
        if mail is not None:
            self._sending.put(("taken",))
        return mail

    def stop(self, keep: bool = False) -> None:
        """End after the present batch; what does not answer is ended."""
        self._stopping = True
        with self._lock:
            if self._over:
                return
            self._hosts.leaves(self._process)
            self._watch = threading.Timer(STUCK_SECONDS, self.kill)
            self._watch.daemon = True
            self._watch.start()
        self._sending.put(("stop", keep))

    def kill(self) -> None:
        """End the process at once, if the run has not ended."""
        with self._lock:
            if not self._over:
                self._process.popen.kill()

    # -- in threads of its own ----------------------------------------------------------------

    def _send(self) -> None:
        while (waiting := self._sending.get()) is not None:
            try:
                self._process.out.send(*waiting)
            except FAILURES:
                # It is gone, or does not get what it has to know; whoever listens to it notices.
                self._process.popen.kill()
                return

    def _main(self) -> None:
        sender = threading.Thread(target=self._send, name="orders", daemon=True)
        sender.start()
        self._process.ready.wait()
        ended: Ended | None = None
        whole = False
        # What cannot be read is as good as lost.
        with contextlib.suppress(*FAILURES):
            ended, whole = self._listen()
        self._sending.put(None)
        if not whole:
            # A sender that waits for a full pipe is let go by this.
            self._process.end()
        sender.join()
        with self._lock:
            self._over = True
            if self._watch is not None:
                self._watch.cancel()
        self._hosts.give_back(self._process)
        self.events.put(ended or self._lost())

    def _listen(self) -> tuple[Ended | None, bool]:
        """Take what comes; returns how the run ended, None where that was not told, and whether all has come."""
        ended: Ended | None = None
        while (found := receive(self._process.incoming)) is not None:
            kind, values = found
            if kind == "event" and isinstance(values[0], Ended):
                ended = values[0]
            elif kind == "event":
                if isinstance(values[0], Rewound):
                    self.history = values[0].history.upto()
                self.events.put(values[0])
            elif kind == "over":
                self.past = values[0]
                return ended, True
            else:
                self._take(kind, values)
        return ended, False

    def _take(self, kind: str, values: tuple[Any, ...]) -> None:
        if kind == "lines":
            self._take_lines(values[0])
        elif kind == "answer":
            self._answers.put((values[0], values[1]))
        elif kind == "snapshot":
            self._mail = values[0]
        elif kind == "state":
            self._state = values[0]

    def _take_lines(self, columns: dict[str, array[float]]) -> None:
        self.history.extend(columns)
        self.events.put(EpochDone(self.history[-1], self.history.upto()))

    def _lost(self) -> Ended:
        """The process is gone without a word: what was handed over last is what is left."""
        if self._stopping:
            return Ended(State.STOPPED, {})
        state = self._state or (self.past.frames[-1] if self.past is not None and self.past.frames else None)
        self.past = Past.of([state], [], []) if state is not None else None
        weights = {name: frozen_array(tensor) for name, tensor in state.model.items()} if state is not None else {}
        return Ended(State.FAILED, weights, reason=message("run.lost"))
