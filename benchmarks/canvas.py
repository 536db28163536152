"""Frame times of panning and dragging on canvases of 50, 200 and 1,000 nodes, under the platform in use."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF

from benchmarks.calibration import Machine
from benchmarks.common import percentile, spread
from benchmarks.graphs import ladder
from nnstudio.app import make_application
from nnstudio.ui.canvas.gestures import MoveGesture
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.kit import theme

FRAMES, FRAME_MS = 60, 16.0


def measure(say: Callable[[str], None], machine: Machine) -> list[dict[str, object]]:
    """Measure each size zoomed out to the whole graph, and at full size."""
    qt = make_application()
    theme.apply_theme(qt, "light")
    rows: list[dict[str, object]] = []
    for count in (50, 200, 1000):
        document = ladder(count)
        view = CanvasView(lambda edit: True, lambda document=document: document)
        view.resize(1280, 800)
        view.show()
        started = time.perf_counter()
        view.graph.show(document)
        built = 1000 * (time.perf_counter() - started)
        for zoom in ("whole", "full size"):
            if zoom == "whole":
                view.fit()
            else:
                view.resetTransform()
                view.graph.simplify(False)
                view.centerOn(view.graph.content().center())
            qt.processEvents()

            def frames(step: Callable[[int], None], view: CanvasView = view) -> list[float]:
                times = []
                for number in range(FRAMES):
                    begun = time.perf_counter()
                    step(number)
                    view.viewport().repaint()
                    times.append(1000 * (time.perf_counter() - begun))
                return times

            pan = frames(lambda number, view=view: view.pan_by(QPoint(6 if number % 20 < 10 else -6, 3)))
            names = frozenset(list(view.graph.cards)[: min(50, count)])
            gesture = MoveGesture(view, names, QPointF(0, 0))
            drag = frames(lambda number, gesture=gesture: gesture.move(QPointF(7.0 * number, 5.0 * number), QPoint()))
            gesture.cancel()
            row = {
                "nodes": count,
                "zoom": zoom,
                "build_ms": built,
                "pan_p95_ms": spread(pan).plain(),
                "drag_p95_ms": spread(drag).plain(),
            }
            rows.append(row)
            say(
                f"{count:>5} nodes, {zoom:<9}  built in {built:6.0f} ms   "
                f"pan p95 {percentile(pan, 0.95):6.1f} ms {machine.verdict(percentile(pan, 0.95), FRAME_MS)}   "
                f"drag of {len(names)} p95 {percentile(drag, 0.95):6.1f} ms "
                f"{machine.verdict(percentile(drag, 0.95), FRAME_MS)}"
            )
        view.close()
        view.deleteLater()
        qt.processEvents()
    return rows
