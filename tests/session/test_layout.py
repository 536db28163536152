"""Tidying: from left to right, a long network in rows that fit what is seen; and how wires lead back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from benchmarks.graphs import trainable
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import Connect
from nnstudio.document.values import Document, Wire
from nnstudio.session.examples import load_example
from nnstudio.session.layout import BETWEEN, tidy
from nnstudio.ui.canvas.wire import OUT, curve
from tests.helpers import network

VIEW = (880.0, 450.0)


def heights(document: Document) -> dict[str, float]:
    return {node.id: 52.0 for node in document.nodes}


def rows(places: dict[str, tuple[float, float]]) -> int:
    """How often the first column comes again."""
    left = min(x for x, _ in places.values())
    return len({y for x, y in places.values() if x == left})


@pytest.mark.parametrize("count", [20, 60, 300])
def test_a_long_chain_is_folded_into_rows_without_overlap(count: int) -> None:
    document = trainable(count)
    places = tidy(document, heights(document), VIEW)
    assert len(places) == count and rows(places) > 1
    boxes = sorted(places.values())
    assert all(abs(a[0] - b[0]) >= 180 or abs(a[1] - b[1]) >= 52 for a in boxes for b in boxes if a is not b)
    # Every wire goes one column on, or back to the first one of the next row.
    for wire in document.wires:
        (x0, y0), (x1, y1) = places[wire.source], places[wire.target]
        assert (x1 > x0 and abs(y1 - y0) < 120) or (x1 == min(x for x, _ in boxes) and y1 - y0 > 52)
    zoom = min(
        VIEW[0] / (max(x for x, _ in boxes) + 180), VIEW[1] / (max(y for _, y in boxes) - min(y for _, y in boxes) + 52)
    )
    one = tidy(document, heights(document))
    assert zoom > 1.3 * VIEW[0] / (max(x for x, _ in one.values()) + 180)


def test_what_fits_or_is_densely_wired_stays_in_one_row() -> None:
    small = load_example("xor")
    assert tidy(small, heights(small), VIEW) == tidy(small, heights(small))
    # Every layer is added to every later one: no place to fold.
    names = [f"n{i}" for i in range(16)]
    dense = network(*[("add", name, {}) for name in names])
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            dense = Connect(Wire(one, "y", other, "x")).apply(dense, CATALOG)
    assert rows(tidy(dense, heights(dense), VIEW)) == 1


def test_a_wire_that_leads_back_runs_between_the_rows() -> None:
    path = curve(QPointF(1000, 100), QPointF(0, 300))
    box = path.boundingRect()
    assert (box.left(), box.right(), box.top(), box.bottom()) == pytest.approx((-OUT, 1000 + OUT, 100, 300))
    assert path.pointAtPercent(0.5).y() == pytest.approx(200)
    # Where the rows are too near it goes below both.
    assert curve(QPointF(300, 100), QPointF(0, 120)).boundingRect().bottom() == pytest.approx(120 + BETWEEN)
    forward = curve(QPointF(0, 0), QPointF(200, 50)).boundingRect()
    assert (forward.left(), forward.right()) == pytest.approx((0, 200))
