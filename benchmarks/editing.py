"""A project of 300 nodes that can be trained, in the real window: every kind of edit to its repaint, tidying, opening
and saving.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPointF

from benchmarks.calibration import Machine
from benchmarks.common import Number, spread
from benchmarks.graphs import trainable
from nnstudio.app import make_application
from nnstudio.document import storage
from nnstudio.document.edits import Connect, Disconnect, RenameNode, SetParam
from nnstudio.session.session import Session
from nnstudio.ui.editing import arranging
from nnstudio.ui.kit import theme
from nnstudio.ui.shell.main_window import MainWindow

NODES, ROUNDS = 300, 30
# What must be done before the next frame of 60 in a second; opening, saving and tidying may take longer.
BARS = {"answer": 60.0, "tidy": 300.0, "open": 500.0, "save": 200.0}


def measure(say: Callable[[str], None], machine: Machine) -> dict[str, object]:
    """Milliseconds, p95: from the call to the end of the repaint."""
    qt = make_application()
    theme.apply_theme(qt, "light")
    arranging.GLIDE_MS = 0
    session = Session(start=False)
    window = MainWindow(session)
    window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
    window.resize(1366, 768)
    window.show()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.nns"
        storage.save(path, trainable(NODES))
        found = {"open": p95(lambda n: window.bench.files.open(str(path)), window, 5)}
        names = [node.id for node in session.document.nodes if node.kind == "linear"]
        wire = session.document.wires[NODES // 2]
        canvas = window.bench.parts.canvas
        centre = canvas.mapToScene(canvas.viewport().rect().center())
        found |= {
            "add": p95(lambda n: window.bench.placing.add_at("dropout", centre + QPointF(37.0 * n, 900)), window),
            "delete": p95(lambda n: window.bench.placing.remove([f"dropout{n + 1}"]), window),
            "rename": p95(lambda n: window.bench.stage.propose(RenameNode(names[n], f"name {n}")), window),
            "set": p95(lambda n: window.bench.stage.propose(SetParam(names[n], ("units",), 20 + n)), window),
            "answer": taken_in(lambda n: window.bench.stage.propose(SetParam(names[n], ("units",), 60 + n)), window),
            "wire": p95(
                lambda n: window.bench.stage.propose(Disconnect(wire) if n % 2 == 0 else Connect(wire)), window
            ),
            "select": p95(lambda n: window.bench.parts.scene.select({names[n]}), window),
            "undo": p95(lambda n: window.bench.selecting.undo(), window),
            "redo": p95(lambda n: window.bench.selecting.redo(), window),
            "paste": p95(
                lambda n: (window.bench.parts.scene.select(set(names[n : n + 5])), window.bench.clipboard.duplicate()),
                window,
            ),
            "tidy": p95(lambda n: (window.bench.arranging.tidy(), window.bench.selecting.undo())[0], window, 5),
            "save": p95(lambda n: window.bench.files.save_to(path), window, 10),
        }
    for name, value in found.items():
        say(
            f"{NODES} nodes, {name:<8} p95 {value.value:7.1f} ms   {machine.verdict(value.value, BARS.get(name, 16.0))}"
        )
    window.close()
    window.deleteLater()
    qt.processEvents()
    return {name: value.plain() for name, value in found.items()}


def settle(window: MainWindow) -> float:
    """Hands are slower than the compiler: the window takes in what the last edit means.

    The longest that it does not answer, in milliseconds.
    """
    qt = QCoreApplication.instance()
    assert qt is not None
    longest, over = 0.0, False
    while not over:
        over = window.session.meaning.lowered is not None
        started = time.perf_counter()
        qt.processEvents()
        longest = max(longest, 1000 * (time.perf_counter() - started))
        time.sleep(0.002)
    return longest


def taken_in(act: Callable[[int], object], window: MainWindow, rounds: int = ROUNDS) -> Number:
    """Milliseconds, p95: how long the window is busy when shapes, problems, code and table of an edit arrive."""
    times = []
    for number in range(rounds):
        act(number)
        window.bench.parts.canvas.viewport().repaint()
        times.append(settle(window))
    return spread(times)


def p95(act: Callable[[int], object], window: MainWindow, rounds: int = ROUNDS) -> Number:
    """Milliseconds of an action and of painting what it changed; what the compiler brings later is no part of it, and
    is waited for.
    """
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        act(number)
        window.bench.parts.canvas.viewport().repaint()
        times.append(1000 * (time.perf_counter() - started))
        settle(window)
    return spread(times)
