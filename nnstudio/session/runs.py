"""All runs of a project that are kept, to be compared: those of the window, and those that go on in the background."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message, Quoted
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session import worker
from nnstudio.session.listeners import Listeners
from nnstudio.session.run_records import RunRecord, plain_runs, read_run, thinned

# Older runs than this are let go of, unless they are pinned.
KEPT = 200
# Of a run that is compared so many lines are kept in memory.
MOST_LINES = 4000
MOST_SHOWN = 10


class Runs:
    """The list, in the order they were begun.

    ``changed`` tells of any change; ``live`` is the id of the window's own run.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.items: dict[int, RunRecord] = {}
        self.changed = Listeners()
        self.live: int | None = None
        # The run of a project's file that was its own when it was saved.
        self._own_before: int | None = None
        self.workers = workers if workers is not None else max(1, (os.cpu_count() or 2) - 1)
        self._ids = itertools.count(1)
        self._waiting: list[int] = []
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._news: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._dirty = False
        # Whether a background run has ended that no file holds yet.
        self.unsaved = False

    # -- the list -----------------------------------------------------------------------------

    def _set(self, run: RunRecord) -> None:
        self.items[run.id] = run
        self._dirty = True

    def tell(self) -> None:
        """Tell the listeners, if there is anything to tell."""
        if self._dirty:
            self._dirty = False
            self.changed.tell()

    def _new(self, document: Document, **more: Any) -> RunRecord:
        number = next(self._ids)
        run = RunRecord(number, more.pop("name", "") or f"#{number}", document, **more)
        self._set(run)
        loose = [known.id for known in self.items.values() if known.over and not known.pinned and known.id != self.live]
        for old in loose[: max(0, len(self.items) - KEPT)]:
            del self.items[old]
        return run

    def rename(self, number: int, name: str) -> None:
        """Give a run another name; an empty one is no name."""
        if name.strip() and number in self.items:
            self._set(replace(self.items[number], name=name.strip()[:60]))
            self.tell()

    def pin(self, number: int, pinned: bool) -> None:
        """Keep a run for good, or no more."""
        self._set(replace(self.items[number], pinned=pinned))
        self.tell()

    def show(self, number: int, shown: bool) -> bool:
        """Draw a run beside the present one; returns False when there are as many as can be told apart."""
        if shown and sum(run.shown for run in self.items.values()) >= MOST_SHOWN:
            return False
        self._set(replace(self.items[number], shown=shown))
        self.tell()
        return True

    def delete(self, numbers: Sequence[int]) -> None:
        """Forget runs; one that goes on in the background is stopped, that of a canvas stays."""
        for number in numbers:
            if self._ours(number) or (number in self.items and self.items[number].over and number != self.live):
                self._kill(number)
                del self.items[number]
                self._dirty = True
        self.tell()

    # -- the window's own ---------------------------------------------------------------------

    def begin(self, document: Document, *, again: bool = False) -> None:
        """The window's run begins: the one before stays as a thin line. With ``again`` the file's own run goes on."""
        self.end(State.STOPPED)
        own, self._own_before = self._own_before, None
        if again and own in self.items:
            self.live = own
            self._set(replace(self.items[own], document=document, state=State.RUNNING))
            return
        before = [run for run in self.items.values() if run.shown and not run.pinned and not run.group]
        for run in before[: max(0, len(before) - 2)]:
            self._set(replace(run, shown=False))
        self.live = self._new(document, state=State.RUNNING).id

    def grow(self, records: Sequence[Mapping[str, Any]]) -> None:
        """The window's run has come so far."""
        run = self.items.get(self.live or 0)
        if run is not None and not run.over:
            self._set(replace(run, records=tuple(thinned(records, MOST_LINES))))

    def end(
        self,
        state: State,
        records: Sequence[Mapping[str, Any]] | None = None,
        report: Mapping[str, Any] | None = None,
        reason: Message | None = None,
    ) -> None:
        """The window's run is over."""
        run = self.items.get(self.live or 0)
        if run is None or (run.over and state == State.STOPPED):
            # It has ended already, as it did.
            self.live = None if state == State.STOPPED else self.live
            return
        kept = tuple(thinned(records, MOST_LINES)) if records is not None else run.records
        if not kept and state == State.STOPPED:
            # It never came to the end of an epoch: nothing to compare.
            del self.items[run.id]
            self._dirty = True
        else:
            plain = {key: value for key, value in (report or run.report).items() if key != "history"}
            shown = sum(other.shown for other in self.items.values()) < MOST_SHOWN
            self._set(replace(run, state=state, records=kept, report=plain, reason=reason, shown=run.shown or shown))
        if state == State.STOPPED:
            self.live = None
        self.tell()

    # -- beside it ----------------------------------------------------------------------------

    def enter(self, document: Document, name: str) -> int:
        """A network that stands beside the window's trains; returns its run's number."""
        shown = sum(run.shown for run in self.items.values()) < MOST_SHOWN
        return self._new(document, name=name, state=State.RUNNING, shown=shown).id

    def put(self, number: int | None, **changes: Any) -> None:
        """A run stands otherwise; one that ends before its first epoch has nothing to compare."""
        if number in self.items:
            run = self.items[number] = replace(self.items[number], **changes)
            if run.state is State.STOPPED and not run.records:
                del self.items[run.id]
            self._dirty = True

    # -- in the background --------------------------------------------------------------------

    def queue(self, documents: Sequence[Document], group: str, names: Sequence[str] = ()) -> list[int]:
        """Train networks in the background, as many at once as there are spare cores; returns their numbers."""
        found = [
            self._new(document, group=group, name=names[place] if place < len(names) else "")
            for place, document in enumerate(documents)
        ]
        self._waiting += [run.id for run in found]
        self._start()
        self.tell()
        return [run.id for run in found]

    def _start(self) -> None:
        while self._waiting and len(self._processes) < self.workers:
            number = self._waiting.pop(0)
            run = self.items.get(number)
            if run is None:
                continue
            try:
                process = worker.launch()
            except OSError as error:
                reason = Message("sweep.no_process", {"detail": str(error)[:160]})
                self._set(replace(run, state=State.FAILED, reason=reason))
                continue
            self._processes[number] = process
            self._set(replace(run, state=State.RUNNING))
            given = (number, process, worker.order(run.document), self._news)
            threading.Thread(target=_listen, args=given, daemon=True).start()

    def poll(self) -> None:
        """Bring in what the background has done."""
        while True:
            try:
                number, line = self._news.get_nowait()
            except queue.Empty:
                break
            run = self.items.get(number)
            if line is None:
                self._dirty = True
                process = self._processes.pop(number, None)
                if process is not None:
                    process.wait()
                if run is not None and not run.over:
                    self._set(replace(run, state=State.FAILED, reason=Message("sweep.died", {})))
                self._start()
            elif run is not None and not run.over and "epoch" in line:
                self._set(replace(run, records=(*run.records, line["epoch"])))
            elif run is not None and not run.over:
                reason = Quoted(line["reason"]) if line.get("reason") else None
                self._set(replace(run, state=State(line["end"]), report=line.get("report") or {}, reason=reason))
                self.unsaved = True
        self.tell()

    def cancel(self, numbers: Sequence[int] | None = None) -> None:
        """Stop runs of the background (all without numbers): waiting ones never begin, the others end now."""
        for number in list(self.items) if numbers is None else numbers:
            run = self.items.get(number)
            if run is not None and self._ours(number) and not run.over:
                self._kill(number)
                self._set(replace(run, state=State.STOPPED))
        self.tell()

    def _ours(self, number: int) -> bool:
        return number in self._waiting or number in self._processes

    def _kill(self, number: int) -> None:
        if number in self._waiting:
            self._waiting.remove(number)
        process = self._processes.get(number)
        if process is not None:
            process.kill()

    @property
    def busy(self) -> tuple[int, int]:
        """How many go on, and how many wait."""
        return len(self._processes), len(self._waiting)

    def saved(self) -> None:
        """A file holds them all."""
        self.unsaved = False

    def close(self) -> None:
        """Stop everything in the background and wait for it."""
        self.cancel()
        end = time.monotonic() + 10
        for process in list(self._processes.values()):
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        self._processes = {}

    def forget(self) -> None:
        """Another project: nothing of this one is compared with it."""
        self.close()
        self.items, self.live, self._own_before, self.unsaved = {}, None, None, False
        # Numbered anew; what an ended process may still say is said to nobody.
        self._ids, self._news = itertools.count(1), queue.SimpleQueue()
        self._dirty = True
        self.tell()

    # -- spread and file ----------------------------------------------------------------------

    def to_plain(self) -> list[dict[str, Any]]:
        """The runs that are over, for the project file: pinned ones first to be kept."""
        return plain_runs([run for run in self.items.values() if run.over or run.id == self.live], self.live)

    def from_plain(self, plain: Any) -> None:
        """Take the runs of a project file; what cannot be read is left out."""
        for entry in plain if isinstance(plain, list) else []:
            try:
                document, settings = read_run(entry)
                run = self._new(document, **settings)
                self._own_before = run.id if entry.get("own") is True else self._own_before
            except (StudioError, KeyError, TypeError, ValueError, AttributeError):
                continue
        self.tell()


def _listen(
    number: int, process: subprocess.Popen[bytes], project: bytes, news: queue.SimpleQueue[tuple[int, Any]]
) -> None:
    """Hand a project to a worker and pass on what it says; None is the end."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(project)
        process.stdin.close()
        for line in process.stdout:
            news.put((number, json.loads(line)))
    except (OSError, ValueError):
        process.kill()
    finally:
        process.stdout.close()
        news.put((number, None))
