"""Long runs and large pictures: memory over many tiny epochs, curves of a million points, a thousand neurons with ten
thousand weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import psutil
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from benchmarks.common import chain, percentile
from nnstudio.app import make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Choice, Document, Node, Wire
from nnstudio.engine.snapshot import Picture
from nnstudio.engine.states import State
from nnstudio.session.session import Session
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.kit import theme
from nnstudio.ui.plots.curves import Curves
from nnstudio.ui.shell.main_window import MainWindow

EPOCHS, WARM = 200_000, 20_000
POINTS = 1_000_000
# As many layers as a thousand neurons fill: of each sixteen are shown.
LAYERS, NEURONS, FRAMES = 63, 16, 40


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


def _pictures(rng: np.random.Generator) -> dict[str, Picture]:
    """New values and gradients for every neuron."""
    every = np.arange(NEURONS)
    return {f"n{i}": Picture(rng.normal(size=NEURONS), rng.normal(size=NEURONS), every, NEURONS) for i in range(LAYERS)}


def _neurons(qt: QApplication, say: Callable[[str], None]) -> dict[str, float]:
    """A thousand neurons and ten thousand weights on the canvas: recoloured, panned, and with light along them."""
    import nnstudio.ui.canvas.unfolded as unfolded

    unfolded.FEW = unfolded.MANY_LAYERS = LAYERS
    nodes = tuple(Node(f"n{i}", "linear", position=(260.0 * i, 0.0)) for i in range(LAYERS))
    wires = tuple(Wire(f"n{i}", "y", f"n{i + 1}", "x") for i in range(LAYERS - 1))
    document = Document(nodes=nodes, wires=wires)
    view = CanvasView(lambda *given, **named: True, lambda: document)
    view.resize(1200, 800)
    view.show()
    scene = view.graph
    scene.show(document)
    rng = np.random.default_rng(0)
    weights = {f"n{i}": rng.normal(size=(NEURONS, NEURONS)) for i in range(1, LAYERS)}
    scene.show_matrices(weights)
    scene.show_pictures(_pictures(rng), {})
    view.fit()
    qt.processEvents()
    links = sum(len(curves.bundle.values) for curves in scene.curves.values())
    drawn, flown, panned = [], [], []
    for frame in range(FRAMES):
        shown = _pictures(rng)
        started = time.perf_counter()
        scene.show_matrices({name: matrix * (1 + 0.01 * frame) for name, matrix in weights.items()})
        scene.show_pictures(shown, {})
        qt.processEvents()
        drawn.append(1000 * (time.perf_counter() - started))
    for frame in range(FRAMES):
        started = time.perf_counter()
        scene.pulse(frame / FRAMES)
        qt.processEvents()
        flown.append(1000 * (time.perf_counter() - started))
    scene.pulse(None)
    for frame in range(FRAMES):
        started = time.perf_counter()
        view.pan_by(QPoint(3 if frame % 2 else -3, 1))
        qt.processEvents()
        panned.append(1000 * (time.perf_counter() - started))
    say(
        f"{LAYERS * NEURONS:,} neurons with {links:,} weights on the canvas: light runs at "
        f"{1000 / percentile(flown, 0.5):.0f} frames a second (bar 30, p95 {percentile(flown, 0.95):.0f} ms), "
        f"panned in {percentile(panned, 0.95):.0f} ms (p95), new weights and values in {percentile(drawn, 0.5):.0f} ms"
    )
    view.close()
    return {
        "frames_per_second": 1000 / percentile(flown, 0.5),
        "p95_ms": percentile(flown, 0.95),
        "pan_p95_ms": percentile(panned, 0.95),
        "redrawn_ms": percentile(drawn, 0.5),
    }


def measure(say: Callable[[str], None]) -> dict[str, object]:
    """Measure all three."""
    qt = make_application()
    theme.apply_theme(qt, "light")
    return {"neurons": _neurons(qt, say), "points": _points(qt, say), "long": _long(qt, say)}
