"""The trainer with the window's live views ÷ without; ÷ the exported script; ÷ a plain DataLoader loop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PySide6.QtCore import QEventLoop, QTimer
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.common import Ratio, chain, paired, percentile
from nnstudio.app import make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.tables import table_of
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.states import State
from nnstudio.engine.trainer import WINDOW_SHARE, Ended, Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import export_python
from nnstudio.session.hosting import hosts, warm
from nnstudio.session.session import Session
from nnstudio.session.settings import PROCESS, TRANSPORTS, Settings, save_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.shell.main_window import MainWindow

HEARTBEAT_MS = 10
EPOCHS = {
    "rings": 6000,
    "iris": 3000,
    "digits 784-256-128-10": 240,
    "rings, batch 10": 300,
    "memory (LSTM)": 60,
    "memory (attention)": 60,
}
WINDOWED = ("rings", "iris", "digits 784-256-128-10")


def document(name: str) -> Document:
    """An example that trains long enough to be measured."""
    if name.startswith("digits"):
        made = wide()
    elif name.endswith("(attention)"):
        made = attention()
    else:
        made = load_example(name.split(",")[0].split(" ")[0])
    if "batch" in name:
        made = SetTraining(("batch_size",), int(name.rsplit(" ", 1)[1])).apply(made, CATALOG)
    return SetTraining(("epochs",), EPOCHS[name]).apply(made, CATALOG)


def attention() -> Document:
    """The task of the memory example, for one layer of self-attention."""
    data = Choice("sequence_memory", Params(kinds=4, length=8, points=1000, seed=0))
    layers: list[tuple[str, dict[str, object]]] = [
        ("embedding", {"width": 16}),
        ("positional_encoding", {}),
        ("self_attention", {"heads": 2}),
        ("mean_axis", {}),
        ("linear", {"units": 4}),
    ]
    return SetTraining(("batch_size",), 32).apply(chain(layers, data, "cross_entropy"), CATALOG)


def wide() -> Document:
    """784-256-128-10 on the 8 × 8 digits, made large by repeating each pixel, at batch 128."""
    table = table_of(Choice("digits", Params(form="rows")))
    large = np.repeat(np.repeat(table.x.reshape(-1, 8, 8), 4, axis=1), 4, axis=2)[:, 2:30, 2:30].reshape(-1, 784)
    folder = Path(tempfile.gettempdir()) / "nnstudio-benchmark"
    folder.mkdir(exist_ok=True)
    path = folder / "digits784.npz"
    np.savez(path, x=large.astype(np.float32), y=table.y)
    relu = {"activation": Choice("relu")}
    data = Choice("npz_file", Params(path=str(path), samples="x", target="y"))
    found = chain(
        [("linear", {"units": 256, **relu}), ("linear", {"units": 128, **relu}), ("linear", {"units": 10})],
        data,
        "cross_entropy",
    )
    return SetTraining(("batch_size",), 128).apply(found, CATALOG)


def program(name: str, device: str = "cpu") -> Program:
    found = lower(document(name)).program
    assert found is not None
    return replace(found, device=device)


def bare(name: str, share: float = 1.0) -> float:
    """Samples per second of the trainer alone, its thread beside an idle main thread, on a share of the cores."""
    return alone(program(name), share)


def alone(chosen: Program, share: float = 1.0) -> float:
    """Samples per second of a program's run without a window."""
    return float(report_of(Trainer(chosen, snapshots=False, share=share))["samples_per_second"])


def report_of(trainer: Trainer) -> Any:
    """Let a run go to its end; returns what it says there."""
    trainer.start()
    trainer.join()
    while True:
        event = trainer.events.get()
        if isinstance(event, Ended):
            assert event.report is not None, event.reason
            return event.report


class Lateness:
    """A heartbeat in the window's thread: how late each beat was, in milliseconds; and how often views were redrawn."""

    def __init__(self, window: MainWindow) -> None:
        self.late: list[float] = []
        self.frames = 0
        self._last = time.perf_counter()
        self._timer = QTimer(window)
        self._timer.timeout.connect(self._beat)
        self._timer.start(HEARTBEAT_MS)
        window.bench.bridge.snapshot_taken.connect(self._frame)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1000 * (now - self._last) - HEARTBEAT_MS))
        self._last = now

    def stop(self) -> None:
        """Measure no longer."""
        self._timer.stop()

    def _frame(self, snapshot: object) -> None:
        self.frames += 1


def windowed(name: str, beats: list[Lateness], seconds: list[float], transport: str = PROCESS) -> float:
    """Samples per second of the same run in the window with all its views, in a process of its own or in a thread."""
    save_settings(Settings(transport=transport, unhurried=False))
    warm()
    while transport == PROCESS and not hosts().ready:
        time.sleep(0.02)
    qt = make_application()
    theme.apply_theme(qt, "light")
    session = Session(document(name))
    window = MainWindow(session)
    window.show()
    while session.meaning.lowered is None:
        qt.processEvents()
        time.sleep(0.005)
    window.show_all()
    for _ in range(50):
        qt.processEvents()
        time.sleep(0.01)
    beat = Lateness(window)
    window.bench.running.toggle()
    started = time.perf_counter()
    loop = QEventLoop()
    window.bench.bridge.run_changed.connect(lambda: loop.quit() if session.training.state == State.FINISHED else None)
    loop.exec()
    seconds.append(time.perf_counter() - started)
    beat.stop()
    beats.append(beat)
    assert session.training.report is not None
    speed = float(session.training.report["samples_per_second"])
    window.bench.files.may_leave = lambda: True
    window.close()
    window.deleteLater()
    qt.processEvents()
    return speed


def exported(name: str, folder: Path) -> float:
    """Samples per second of the exported script in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(folder / "train.py"), "--json", "--device", "cpu"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(json.loads(done.stdout)["samples_per_second"])


def plain(name: str, device: str = "cpu", epochs: int | None = None) -> float:
    """Samples per second of the loop everyone writes: DataLoader, the usual optimizer, validation after each epoch."""
    chosen = program(name, device)
    result: list[float] = []
    on_gpu = device != "cpu"

    def loop() -> None:
        torch.set_num_threads(1)
        experiment = make_experiment(chosen)
        kwargs = {k: v for k, v in chosen.updaters[0].kwargs.items() if k != "fused"}
        part, place = experiment.data, torch.device(device)
        loader = DataLoader(
            TensorDataset(*part.inputs, *part.targets),
            batch_size=chosen.batch_size,
            shuffle=True,
            pin_memory=on_gpu,
        )
        model, validation = experiment.model.to(place), experiment.validation
        optimizer = type(experiment.optimizer)(model.parameters(), **kwargs)
        held = tuple(t.to(place) for t in (validation.inputs[0], validation.targets[0]))
        samples, started = 0, time.perf_counter()
        for _ in range(epochs or max(3, EPOCHS[name] // 10)):
            model.train()
            total = 0.0
            for x, y in loader:
                if on_gpu:
                    x, y = x.to(place, non_blocking=True), y.to(place, non_blocking=True)
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(x), y)
                loss.backward()
                if chosen.clip_norm is not None:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), chosen.clip_norm)
                optimizer.step()
                total += loss.item()
                samples += len(x)
            model.eval()
            with torch.no_grad():
                torch.nn.functional.cross_entropy(model(held[0]), held[1]).item()
        result.append(samples / (time.perf_counter() - started))

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    return result[0]


def measure(rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    """Measure all ratios of training."""
    found: list[Ratio] = []
    views: dict[str, object] = {}
    for name in EPOCHS:
        beats: list[Lateness] = []
        seconds: list[float] = []
        with tempfile.TemporaryDirectory() as folder:
            for transport in TRANSPORTS if name in WINDOWED else ():
                own = transport == PROCESS
                found.append(
                    paired(
                        f"{name}: all views, in a {transport} / trainer alone",
                        lambda name=name, transport=transport, into=(beats, seconds) if own else ([], []): windowed(
                            name, *into, transport
                        ),
                        lambda name=name: bare(name, WINDOW_SHARE),
                        rounds,
                    )
                )
                say(found[-1].row())
            export_python(program(name), Path(folder))
            found.append(
                paired(
                    f"{name}: trainer / exported script",
                    lambda name=name: bare(name),
                    lambda name=name, folder=folder: exported(name, Path(folder)),
                    rounds,
                )
            )
            say(found[-1].row())
            found.append(
                paired(
                    f"{name}: trainer / plain DataLoader loop",
                    lambda name=name: bare(name),
                    lambda name=name: plain(name),
                    rounds,
                )
            )
            say(found[-1].row())
        if not beats:
            continue
        late = [value for beat in beats for value in beat.late]
        rate = sum(beat.frames for beat in beats) / sum(seconds)
        views[name] = {"frames_per_second": rate, "late_p95_ms": percentile(late, 0.95), "late_max_ms": max(late)}
        say(
            f"{name}: views {rate:.1f} Hz, heartbeat late by {percentile(late, 0.95):.1f} ms (p95), {max(late):.1f} ms "
            "(longest)"
        )
    return {"ratios": [ratio.plain() for ratio in found], "views": views}
