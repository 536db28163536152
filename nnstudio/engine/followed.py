"""A run that trains elsewhere, seen through the folder that it writes: the same events as those of a run here."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import queue
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load

from nnstudio.catalog.plugins import FAILURES
from nnstudio.compile.files import FITTED, WEIGHTS
from nnstudio.compile.program import Program
from nnstudio.document.text import Message, message
from nnstudio.engine import commands
from nnstudio.engine.clock import Clock
from nnstudio.engine.commands import Command
from nnstudio.engine.events import Ended, EpochDone, Event, Refused, Rewound, Started
from nnstudio.engine.experiment import Experiment, make_experiment
from nnstudio.engine.fitted import fitted
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.lines import Lines
from nnstudio.engine.orders import Orders
from nnstudio.engine.past import Past
from nnstudio.engine.runtime.training import Epoch, epoch_record
from nnstudio.engine.snapshot import Snapshot
from nnstudio.engine.states import State
from nnstudio.engine.watcher import Watched, Watcher

HISTORY = "history.jsonl"
# Seconds between two looks; so many bytes are read at once, and a line has at most so many.
LOOK_SECONDS, PIECE, LONGEST = 0.3, 2**23, 2**26
# What a line of an epoch has; other lines are passed over where they lack it.
COLUMNS = tuple(epoch_record(Epoch(1, 0.0, None, None, None, 0.0, 0)))
# What is put into the run of another is not refused aloud where nobody asked for it by hand.
QUIET = (commands.SetPace, commands.Watch, commands.Resume)


class Followed(Orders):
    """Takes the place of a trainer; it changes nothing of the run that it follows."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.history = Lines()
        self.past: Past | None = None
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._mail: Snapshot | None = None
        self._stopping = self._keep_state = False
        self._weights: Mapping[str, np.ndarray] = {}
        self._stamp: tuple[int, int] | None = None
        self._place, self._rest, self._first = 0, b"", b""
        self._here = True
        self._clock, self._batches = Clock(), 1
        self._experiment: Experiment | None = None
        self._watcher = Watcher(program, Watched(program.clip_norm, program.clip_value, program.l1))
        self._thread = threading.Thread(target=self._main, name="followed", daemon=True)

    # -- in a thread of its own ---------------------------------------------------------------

    def _main(self) -> None:
        try:
            end = self._follow()
        except FAILURES as error:
            end = Ended(State.FAILED, self._weights, reason=message("run.failed", detail=str(error)[:200]))
        self.events.put(end)

    def _follow(self) -> Ended:
        self._experiment = make_experiment(self.program)
        self._batches = max(1, -(-len(self._experiment.data) // self.program.batch_size))
        self.events.put(Started(str(self.folder.name), len(self._experiment.data), None, fitted=self._fitted()))
        while True:
            if self._obeyed():
                return Ended(State.STOPPED, self._weights)
            found = self._look()
            if found is not None:
                return found
            time.sleep(LOOK_SECONDS)

    def _fitted(self) -> Mapping[str, Any]:
        """What the data is prepared with there; where that does not lie in the folder, what the data here gives."""
        try:
            path = self.folder / FITTED
            known = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size < LONGEST else None
        except (OSError, ValueError, RecursionError):
            known = None
        return known if known is not None and from_plain(known) is not None else to_plain(fitted(self.program))

    def _obeyed(self) -> bool:
        """Answer what was asked; returns whether it is to end."""
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return False
            if isinstance(command, commands.Stop):
                return True
            if isinstance(command, commands.AskWeights):
                self._answers.put((command.ticket, self._weights))
            elif isinstance(command, commands.AskKept | commands.AskFrames):
                self._answers.put((command.ticket, None))
            elif isinstance(command, commands.Watch):
                self._watcher.row = command.row
                self._show()
            elif not isinstance(command, QUIET):
                self.events.put(Refused(message("follow.elsewhere")))

    def _look(self) -> Ended | None:
        """Take what is new in the folder; returns how the run ended, if it has."""
        try:
            end = self._read()
            fresh = self._read_weights()
        except OSError:
            # A drive that is away for a while, or a folder that somebody moved.
            if self._here:
                self._here = False
                self.events.put(Refused(message("follow.away", path=self.folder)))
            return None
        if not self._here:
            self._here = True
            self.events.put(Refused(message("follow.back", path=self.folder)))
        if fresh:
            self._show()
        if end is None:
            return None
        report = {**end.get("result", {}), "history": self.history.upto()}
        return Ended(State.FINISHED, self._weights, report=report, reason=self._unfit())

    def _read(self) -> Mapping[str, Any] | None:
        """Take whole new lines of the history; returns the last of all, where it is there."""
        path = self.folder / HISTORY
        end: Mapping[str, Any] | None = None
        with path.open("rb") as file:
            first = file.read(200).partition(b"\n")[0]
            size = file.seek(0, 2)
            if size < self._place or (self._first and not first.startswith(self._first[: len(first)])):
                # Begun anew, or gone back to where its last checkpoint was.
                self._place, self._rest = 0, b""
                self.history = Lines()
                self.events.put(Rewound(0, Lines()))
            self._first = first
            file.seek(self._place)
            while piece := file.read(PIECE):
                self._place += len(piece)
                text = self._rest + piece
                whole, _, rest = text.rpartition(b"\n")
                # What never ends is no line.
                self._rest = rest if len(rest) < LONGEST else b""
                end = self._take(whole) or end
        return end

    def _take(self, text: bytes) -> Mapping[str, Any] | None:
        """Take some whole lines."""
        lines = text.split(b"\n")
        # Updates are passed over unread but for the last, which says where the run stands.
        wanted = [line for line in lines if b"train_loss" in line or b'"end"' in line]
        ahead = [line for line in _parsed([line for line in lines[-3:] if line]) if "epoch" in line]
        if ahead:
            self._stand_at(ahead[-1])
        found = _parsed(wanted)
        epochs = [line for line in found if "train_loss" in line]
        if epochs:
            self._add(epochs)
        return next((line for line in reversed(found) if "end" in line), None)

    def _stand_at(self, last: Mapping[str, Any]) -> None:
        """The run stands where its last line says."""
        over = "train_loss" in last
        self._clock.updates = int(last.get("updates", self._clock.updates))
        self._clock.epoch = int(last["epoch"]) + over
        self._clock.batch = 0 if over else max(0, self._clock.updates - 1) % self._batches + 1
        self._clock.loss = last.get("loss", last.get("train_loss"))

    def _add(self, lines: list[dict[str, Any]]) -> None:
        """Take lines of epochs; one that went on where its checkpoint was tells some of them once more."""
        columns = {name: [_number(line.get(name)) for line in lines] for name in COLUMNS}
        numbers = np.array(columns["epoch"], dtype=np.float64)
        known = float(self.history[-1]["epoch"]) if len(self.history) else -math.inf
        new = numbers > np.maximum.accumulate(np.concatenate([[known], numbers[:-1]]))
        if not new.all():
            columns = {name: list(itertools.compress(values, new)) for name, values in columns.items()}
        if new.any():
            self.history.extend(columns)
            self.events.put(EpochDone(self.history[-1], self.history.upto()))

    def _read_weights(self) -> bool:
        """Read the weights, where they are others than before and fit."""
        try:
            status = (self.folder / WEIGHTS).stat()
        except FileNotFoundError:
            return False
        stamp = status.st_mtime_ns, status.st_size
        if stamp == self._stamp:
            return False
        try:
            found = load((self.folder / WEIGHTS).read_bytes())
        except (SafetensorError, ValueError):
            return False
        self._stamp = stamp
        assert self._experiment is not None
        wanted = self._experiment.model.state_dict()
        if set(found) != set(wanted) or any(
            found[name].shape != tuple(tensor.shape) for name, tensor in wanted.items()
        ):
            if not self._weights:
                self.events.put(Refused(message("follow.unfit", path=self.folder)))
            return False
        self._experiment.model.load_state_dict({name: torch.from_numpy(array) for name, array in found.items()})
        self._weights = found
        return True

    def _unfit(self) -> Message | None:
        """What is to be said at the end where no weights have come that fit."""
        return None if self._weights else message("follow.no_weights", path=self.folder)

    def _show(self) -> None:
        """Work out what the network says with the newest weights."""
        assert self._experiment is not None
        if not self._weights:
            return
        snapshot = self._watcher.snapshot(
            self._experiment, self._clock, self.program.epochs, str(self.folder.name), force=True
        )
        self._mail = snapshot or self._mail


def _parsed(lines: list[bytes]) -> list[dict[str, Any]]:
    """Lines as values, all at once; one that is none is left out."""
    try:
        found = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
    return [line for line in found if isinstance(line, dict)]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
