"""A trainer in a process of its own: the same orders, the same events."""

from __future__ import annotations

import contextlib
import itertools
import queue
import subprocess
import threading
from array import array
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from nnstudio.catalog.sources.files import SEARCH
from nnstudio.compile.program import Program
from nnstudio.document.text import message
from nnstudio.engine.commands import Command
from nnstudio.engine.events import Ended, EpochDone, Event
from nnstudio.engine.lines import Lines
from nnstudio.engine.orders import Orders
from nnstudio.engine.past import Frame, Past
from nnstudio.engine.pipes import Writer, receive
from nnstudio.engine.record import frozen_array
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.states import State

# What is stuck in a kernel does not answer; it is ended after so long.
STUCK_SECONDS = 5.0


class Hosts:
    """The process that waits, warmed up, for the next run; another is started when it has been taken."""

    def __init__(self, launch: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._idle: list[subprocess.Popen[bytes]] = []

    def warm(self) -> None:
        """Have one ready.

        Raises:
            OSError: the system starts no more processes.
        """
        with self._lock:
            if not self._idle:
                self._idle.append(self._launch())

    def take(self) -> subprocess.Popen[bytes]:
        """Return one that lives.

        Raises:
            OSError: the system starts no more processes.
        """
        with self._lock:
            while self._idle:
                found = self._idle.pop()
                if found.poll() is None:
                    return found
                _close(found)
        return self._launch()

    def give_back(self, process: subprocess.Popen[bytes]) -> None:
        """Its run has ended: it waits for the next one."""
        with self._lock:
            if not self._idle and process.poll() is None:
                self._idle.append(process)
                return
        end(process)

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            waiting, self._idle = self._idle, []
        for process in waiting:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and let go of its pipes."""
    process.kill()
    process.wait()
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


class _Line:
    """Takes the place of a trainer's queue of commands."""

    def __init__(self, away: Away) -> None:
        self._away = away

    def put(self, command: Command) -> None:
        """Send a command; before the process has begun it waits."""
        self._away.send_command(command)


class Away(Orders):
    """One run; takes the arguments of a trainer in a thread, :class:`nnstudio.engine.trainer.Trainer`."""

    def __init__(self, hosts: Hosts, process: subprocess.Popen[bytes], program: Program, **given: Any) -> None:
        """Prepare a run in a process of some hosts, to which it goes back in the end."""
        self.program = program
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.history = Lines()
        self.past: Past | None = given.get("past") or Past()
        self._hosts, self._given = hosts, {"program": program, **given}
        self._commands: Any = _Line(self)
        self._answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._mail: Snapshot | None = None
        self._stopping = self._keep_state = False
        self._lock = threading.Lock()
        self._early: list[Command] = []
        self._out: Writer | None = None
        self._process = process
        self._state: Frame | None = None
        self._watch: threading.Timer | None = None
        self._thread = threading.Thread(target=self._main, name="run", daemon=True)

    @property
    def process_id(self) -> int:
        """The process that trains."""
        return self._process.pid

    @property
    def handed_over(self) -> bool:
        """Whether there is a state to fall back on."""
        return self._state is not None

    # -- orders -------------------------------------------------------------------------------

    def send_command(self, command: Command) -> None:
        """Send a command; before the process has begun it waits."""
        with self._lock:
            if self._out is None:
                self._early.append(command)
                return
        self._send("command", command)

    def take_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot once; the next is made only after this one was taken."""
        mail, self._mail = self._mail, None
        if mail is not None:
            self._send("taken")
        return mail

    def stop(self, keep: bool = False) -> None:
        """End after the present batch; what does not answer is ended."""
        self._stopping, self._keep_state = True, keep
        with self._lock:
            begun = self._out is not None
        if begun:
            self._send("stop", keep)
            self._watch = threading.Timer(STUCK_SECONDS, self.kill)
            self._watch.daemon = True
            self._watch.start()

    def kill(self) -> None:
        """End the process at once, if the run has not ended."""
        if self._thread.is_alive():
            self._process.kill()

    def _send(self, kind: str, *values: Any) -> None:
        try:
            assert self._out is not None
            self._out.send(kind, *values)
        except (OSError, ValueError):
            # It is gone; whoever listens to it notices.
            return

    # -- in the thread that listens -----------------------------------------------------------

    def _main(self) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        incoming, out = cast(BinaryIO, process.stdout), Writer(cast(BinaryIO, process.stdin))
        search = [str(folder) for folder in SEARCH]
        # It may be gone already: then nothing comes back either.
        with self._lock:
            with contextlib.suppress(OSError, ValueError):
                out.send("begin", {**self._given, "search": search, "commands": self._early})
            self._out = out
        if self._stopping:
            self._send("stop", self._keep_state)
        ended: Ended | None = None
        while (found := receive(incoming)) is not None:
            kind, values = found
            if kind == "event":
                if isinstance(values[0], Ended):
                    ended = values[0]
                    continue
                if hasattr(values[0], "history"):
                    self.history = values[0].history.upto()
                self.events.put(values[0])
            elif kind == "over":
                self.past = values[0]
                self._hosts.give_back(process)
                break
            else:
                self._take(kind, values)
        else:
            end(process)
        if self._watch is not None:
            self._watch.cancel()
        self.events.put(ended or self._lost())

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
