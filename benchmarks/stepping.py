"""Stepping: recording a step against plain forward and backward, moving on the timeline, large traces."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.calibration import Machine
from benchmarks.common import Number, chain, percentile, spread
from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.record import Tracer
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.trace import fine_moments
from nnstudio.explain.spelling import explained

# The next stop of a step is there before the next frame.
STOP_MS = 16.0


def digits() -> Document:
    """784-256-128-10 on rows of 784 numbers."""
    rows = np.random.default_rng(0).random((4, 784)).round(3)
    data = Choice(
        "typed",
        Params(x=tuple(map(tuple, rows.tolist())), y=tuple(tuple(float(k == i) for i in range(10)) for k in range(4))),
    )
    relu = {"activation": Choice("relu")}
    return chain(
        [("linear", {"units": 256, **relu}), ("linear", {"units": 128, **relu}), ("linear", {"units": 10})], data, "mse"
    )


def timed(act: Callable[[], object], rounds: int) -> float:
    """The median time of an act, in seconds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return median(found)


def _recording(say: Callable[[str], None]) -> dict[str, object]:
    program = lower(digits()).program
    assert program is not None
    torch.set_num_threads(1)
    e = make_experiment(program)
    inputs, targets = e.data.batch(slice(0, 1))
    optimizer_state = e.optimizer.state_dict()
    tracer, state = Tracer(program), e.model.state_dict()

    def plain() -> None:
        e.optimizer.zero_grad(set_to_none=True)
        forward(e.model, e.criterion, inputs, targets)[0].backward()

    def traced(update: bool) -> None:
        tracer.record(state, inputs, targets, e.data.rows[:1], optimizer_state=optimizer_state, update=update)

    e.model.train()
    for act in (plain, lambda: traced(False), lambda: traced(True)):
        timed(act, 20)
    ratios: list[tuple[float, float]] = []
    for _ in range(9):
        base = timed(plain, 30)
        ratios.append((timed(lambda: traced(False), 30) / base, timed(lambda: traced(True), 30) / base))
    without, with_update = (median(column) for column in zip(*ratios, strict=True))
    say(
        f"recording / forward + backward, 784-256-128-10: {without:.1f} without the update (bar 5), {with_update:.1f} "
        "with it (bar 15)"
    )
    return {
        name: Number(median(column), min(column), max(column)).plain() | {"unit": "ratio"}
        for name, column in zip(("without_update", "with_update"), zip(*ratios, strict=True), strict=True)
    }


def _spelled(say: Callable[[str], None]) -> dict[str, float]:
    data = Choice("forecast", Params(length=50))
    document = chain([("lstm", {"units": 16, "layers": 2}), ("linear", {"units": 1})], data, "mse")
    program = lower(SetTraining(("batch_size",), 8).apply(document, CATALOG)).program
    assert program is not None
    e = make_experiment(program)
    inputs, targets = e.data.batch(slice(0, 8))
    trace = Tracer(program).record(e.model.state_dict(), inputs, targets, e.data.rows[:8])
    seconds = timed(lambda: explained(program, trace), 5)
    spelled = explained(program, trace)
    count = len(fine_moments(spelled))
    say(f"two LSTM layers over 50 steps spelled out: {1000 * seconds:.0f} ms, {count:,} stops")
    return {"spell_ms": 1000 * seconds, "stops": count}


def _moving(name: str, document: Document, say: Callable[[str], None], machine: Machine) -> dict[str, object]:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtTest import QTest

    from nnstudio.app import make_application
    from nnstudio.session.session import Session
    from nnstudio.ui.shell.main_window import MainWindow

    application = make_application()
    session = Session(document)
    window = MainWindow(session)
    window.show()
    while session.meaning.lowered is None:
        QTest.qWait(20)
    window.bench.arranging.tidy()
    window.show_all()
    start = time.perf_counter()
    window.bench.running.step()
    while window.bench.parts.timeline.trace is None or session.training.state != "paused":
        QTest.qWait(5)
    first = time.perf_counter() - start
    QTest.qWait(200)
    found: dict[str, object] = {"first_ms": 1000 * first}
    for inside in (False, True):
        window.bench.parts.timeline.zoom.setChecked(inside)
        QTest.qWait(100)
        slider, moves = window.bench.parts.timeline.slider, []
        for _ in range(200):
            start = time.perf_counter()
            slider.setValue(slider.value() + 1 if slider.value() < slider.maximum() else 0)
            window.repaint()
            application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            moves.append(1000 * (time.perf_counter() - start))
        key = "inside" if inside else "outside"
        found |= {
            f"{key}_p50": spread(moves, 0.5).plain(),
            f"{key}_p95": spread(moves).plain(),
            f"{key}_stops": slider.maximum() + 1,
        }
        say(
            f"{name}: one stop on, {key}, {slider.maximum() + 1} stops: p50 {percentile(moves, 0.5):.1f} ms, "
            f"p95 {percentile(moves, 0.95):.1f} ms {machine.verdict(percentile(moves, 0.95), STOP_MS)}"
        )
    window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
    window.close()
    application.processEvents()
    return found


def measure(say: Callable[[str], None], machine: Machine) -> dict[str, Any]:
    """Measure everything; ``say`` is told line by line."""
    tanh = {"units": 8, "activation": Choice("tanh")}
    fifty = chain([("linear", tanh)] * 47 + [("linear", {"units": 3})], Choice("iris"), "cross_entropy")
    relu = {"kernel": 3, "padding": 1, "activation": Choice("relu")}
    side = np.random.default_rng(0).random((4, 784)).round(3)
    rows = Choice("typed", Params(x=tuple(map(tuple, side.tolist())), y=tuple((float(k),) for k in range(4))))
    cnn = chain(
        [
            ("reshape", {"shape": (1.0, 28.0, 28.0)}),
            ("conv_2d", {"channels": 8, **relu}),
            ("max_pool_2d", {}),
            ("conv_2d", {"channels": 16, **relu}),
            ("max_pool_2d", {}),
            ("conv_2d", {"channels": 16, **relu}),
            ("flatten", {}),
            ("linear", {"units": 1}),
        ],
        rows,
        "mse",
    )
    lstm = chain(
        [("lstm", {"units": 16, "layers": 2}), ("linear", {"units": 1})], Choice("forecast", Params(length=50)), "mse"
    )
    return {
        "recording": _recording(say),
        "spelled": _spelled(say),
        "fifty": _moving("50 nodes", fifty, say, machine),
        "cnn": _moving("3-conv CNN on 28×28", cnn, say, machine),
        "lstm": _moving("2-layer LSTM over 50 steps", replace(lstm), say, machine),
    }
