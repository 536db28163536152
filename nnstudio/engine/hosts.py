"""Processes that train for a window: one waits, warmed up, for the next run."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable
from typing import BinaryIO, cast

from nnstudio.catalog.plugins import FAILURES
from nnstudio.engine.pipes import Writer, receive

# A process whose run was stopped comes back within a moment; so long is waited for it.
RETURN_SECONDS = 0.3


class Process:
    """A process with its pipes; ``ready`` is set when it can train at once, or is gone."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.popen = process
        self.incoming = cast(BinaryIO, process.stdout)
        self.out = Writer(cast(BinaryIO, process.stdin))
        self.ready = threading.Event()
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def _warm(self) -> None:
        try:
            # What cannot be read shows again when a run is listened to.
            with contextlib.suppress(*FAILURES):
                receive(self.incoming)
        finally:
            self.ready.set()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.popen.poll() is None

    def end(self) -> None:
        """End it and let go of its pipes."""
        self.popen.kill()
        self.popen.wait()
        self.ready.wait(RETURN_SECONDS)
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class Hosts:
    """The processes of a program; ``launch`` starts one."""

    def __init__(self, launch: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._launch = launch
        self._changed = threading.Condition()
        self._idle: Process | None = None
        self._leaving: set[Process] = set()

    @property
    def ready(self) -> bool:
        """Whether one waits that can train at once."""
        with self._changed:
            return self._idle is not None and self._idle.alive and self._idle.ready.is_set()

    def warm(self) -> None:
        """Have one that warms up, if none waits.

        Raises:
            OSError: the system starts no more processes.
        """
        with self._changed:
            if self._idle is not None and not self._idle.alive:
                self._idle.end()
                self._idle = None
            if self._idle is None:
                self._idle = Process(self._launch())

    def take(self, patient: bool) -> Process | None:
        """Return one that can train at once, or where there is time for that one that has yet to warm up.

        None where there is none ready: one is then on its way for the next time.

        Raises:
            OSError: the system starts no more processes.
        """
        with self._changed:
            if self._idle is None and self._leaving:
                self._changed.wait_for(lambda: self._idle is not None or not self._leaving, RETURN_SECONDS)
        self.warm()
        with self._changed:
            found = self._idle
            if found is None or not (patient or found.ready.is_set()):
                return None
            self._idle = None
            return found

    def leaves(self, process: Process) -> None:
        """Its run was told to stop: it comes back soon."""
        with self._changed:
            self._leaving.add(process)

    def give_back(self, process: Process) -> None:
        """Its run is over: it waits for the next one, unless another does."""
        with self._changed:
            self._leaving.discard(process)
            keep = self._idle is None and process.alive and not process.incoming.closed
            if keep:
                self._idle = process
            self._changed.notify_all()
        if not keep:
            process.end()

    def close(self) -> None:
        """End the one that waits."""
        with self._changed:
            waiting, self._idle = self._idle, None
        if waiting is not None:
            waiting.end()
