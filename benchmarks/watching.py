"""Long runs and large pictures: memory over many tiny epochs, curves of a million points, a thousand neurons with ten
thousand weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from benchmarks.common import chain, percentile
from nnstudio.app import make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Choice
from nnstudio.engine.snapshot import Picture
from nnstudio.engine.states import State
from nnstudio.session.session import Session
from nnstudio.ui.kit import theme
from nnstudio.ui.neurons.neurons_view import Column, Net
from nnstudio.ui.plots.curves import Curves
from nnstudio.ui.shell.main_window import MainWindow

EPOCHS, WARM = 200_000, 20_000
POINTS = 1_000_000
LAYERS, NEURONS, LINKS = 10, 100, 11


def _resident() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def _long(qt: QApplication, say: Callable[[str], None]) -> dict[str, float]:
    """200,000 tiny epochs in the window: what memory grows by after the first tenth."""
    document = chain(
        [("linear", {"units": 2, "activation": Choice("tanh")}), ("linear", {"units": 1})], Choice("xor"), "mse"
    )
    session = Session(
        SetTraining(("epochs",), EPOCHS).apply(SetTraining(("batch_size",), 4).apply(document, CATALOG), CATALOG)
    )
    window = MainWindow(session)
    window.show()
    while session.meaning.lowered is None:
        qt.processEvents()
    window.bench.running.toggle()
    before = 0.0
    started = time.perf_counter()
    while session.training.state != State.FINISHED:
        qt.processEvents()
        time.sleep(0.002)
        if not before and len(session.training.records) >= WARM:
            before = _resident()
    grown = _resident() - before
    say(
        f"{EPOCHS:,} epochs in {time.perf_counter() - started:.0f} s: memory grew by {grown:.0f} MB after the first "
        f"{WARM:,} (bar 50)"
    )
    window.bench.files.may_leave = lambda: True
    window.close()
    window.deleteLater()
    qt.processEvents()
    return {"grown_mb": grown}


def _points(qt: QApplication, say: Callable[[str], None]) -> dict[str, float]:
    """A million epochs in the curves: one redraw, and the memory that they take."""
    curves = Curves()
    curves.resize(700, 200)
    curves.show()
    curves.clear(POINTS)
    noise = np.random.default_rng(0).random(1000)
    before = _resident()
    for epoch in range(POINTS):
        value = float(noise[epoch % 1000])
        curves.add(
            {
                "epoch": epoch + 1,
                "learning_rate": 0.1,
                "train_loss": value,
                "val_loss": value,
                "train_accuracy": value,
                "val_accuracy": None,
            }
        )
    grown = _resident() - before
    times = []
    for _ in range(60):
        curves.add(
            {
                "epoch": POINTS,
                "learning_rate": 0.1,
                "train_loss": 0.5,
                "val_loss": 0.5,
                "train_accuracy": 0.5,
                "val_accuracy": None,
            }
        )
        started = time.perf_counter()
        curves.redraw()
        qt.processEvents()
        times.append(1000 * (time.perf_counter() - started))
    say(f"curves of {POINTS:,} epochs: redrawn in {percentile(times, 0.95):.1f} ms (p95), {grown:.0f} MB")
    curves.leave()
    return {"redraw_p95_ms": percentile(times, 0.95), "mb": grown}


def _neurons(qt: QApplication, say: Callable[[str], None]) -> dict[str, float]:
    """A thousand neurons and ten thousand weights, recoloured as fast as can be."""
    import nnstudio.ui.neurons.neurons_view as module

    module.MOST = NEURONS
    net = Net()
    net.resize(1200, 800)
    net.show()
    rng = np.random.default_rng(0)
    names = [f"n{i}" for i in range(LAYERS)]
    columns = [Column(name, name, names[i - 1] if i else "") for i, name in enumerate(names)]

    def pictures() -> dict[str, Picture]:
        return {
            name: Picture(rng.normal(size=NEURONS), rng.normal(size=NEURONS), np.arange(NEURONS), NEURONS)
            for name in names
        }

    net.lay_out(columns, pictures())
    weights = {}
    for name in names[1:]:
        matrix = np.full((NEURONS, NEURONS), np.nan)
        for row in range(NEURONS):
            chosen = rng.choice(NEURONS, LINKS, replace=False)
            matrix[row, chosen] = rng.normal(size=LINKS)
        weights[name] = matrix
    times = []
    for frame in range(40):
        shown = pictures()
        started = time.perf_counter()
        net.show_values(shown, (1.0, 1.0))
        net.show_weights({name: matrix * (1 + 0.01 * frame) for name, matrix in weights.items()})
        qt.processEvents()
        times.append(1000 * (time.perf_counter() - started))
    links = sum(int(np.isfinite(m).sum()) for m in weights.values())
    middle = percentile(times, 0.5)
    say(
        f"{LAYERS * NEURONS:,} neurons with {links:,} weights: {1000 / middle:.0f} frames a second (bar 30), p95 "
        f"{percentile(times, 0.95):.0f} ms"
    )
    net.close()
    return {"frames_per_second": 1000 / middle, "p95_ms": percentile(times, 0.95)}


def measure(say: Callable[[str], None]) -> dict[str, object]:
    """Measure all three."""
    qt = make_application()
    theme.apply_theme(qt, "light")
    return {"neurons": _neurons(qt, say), "points": _points(qt, say), "long": _long(qt, say)}
