"""What an unfolded layer shows beyond its neurons is seen on its card."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QImage,
    QPainter,
)

from nnstudio.catalog.entry import Table
from nnstudio.catalog.tables import table_of
from nnstudio.document.values import Document, Node, Wire
from nnstudio.engine.aspects import Kernels, Mask, Rows, Spread, Through
from nnstudio.session.examples import load_example
from nnstudio.ui.canvas.aspect_face import foot_of
from nnstudio.ui.canvas.dropping import MIME
from nnstudio.ui.canvas.samples_face import paint_samples, room_of, samples_around
from nnstudio.ui.kit import theme
from tests.catalog.test_contract import document_with
from tests.e2e.hand import open_window
from tests.ui.test_unfolded import opened, scene_of

pytestmark = pytest.mark.drawn


def joined() -> Document:
    """Two layers of Iris side by side: the second is wired first."""
    given = load_example("iris")
    by = given.by_id
    first = replace(by["h1"], id="a", params={**by["h1"].params, "units": 3}, position=(250.0, 0.0))
    second = replace(by["h1"], id="b", params={**by["h1"].params, "units": 4}, position=(250.0, 300.0))
    nodes = (
        replace(by["data"], position=(0.0, 150.0)),
        first,
        second,
        Node(id="join", kind="concat", position=(500.0, 150.0)),
        replace(by["out"], position=(750.0, 150.0)),
        replace(by["loss"], position=(1000.0, 150.0)),
        replace(by["optimizer"], position=(1000.0, 0.0)),
    )
    wires = (
        Wire("data", "x", "a", "x"),
        Wire("data", "x", "b", "x"),
        Wire("b", "y", "join", "x"),
        Wire("a", "y", "join", "x"),
        Wire("join", "y", "out", "x"),
        Wire("out", "y", "loss", "prediction"),
    )
    return replace(given, nodes=nodes, wires=wires)


def test_a_join_leads_each_neuron_to_the_one_it_becomes() -> None:
    with open_window(joined()) as hand:
        opened(hand, "a", "b", "join")
        scene = scene_of(hand)
        there = scene.cards["join"].column.units
        for name in ("a", "b"):
            here = scene.cards[name].column.units
            found = scene.curves[Wire(name, "y", "join", "x")].bundle
            assert len(found.rows) == len(here.places)
            # Whoever arrives is who left: the numbers are the same.
            np.testing.assert_array_equal(
                there.picture.values[there.places[found.rows]], here.picture.values[here.places[found.cols]]
            )


@pytest.mark.parametrize(
    ("kind", "form", "aspect"),
    [
        ("conv_2d", "images", Kernels),
        ("batch_norm_1d", "features", Spread),
        ("layer_norm", "features", Spread),
        ("dropout", "features", Mask),
        ("lstm", "sequence", Through),
        ("gru", "sequence", Through),
        ("embedding", "tokens", Rows),
    ],
)
def test_a_layer_shows_what_is_its_own(kind: str, form: str, aspect: type) -> None:
    with open_window(document_with(kind, None, form)) as hand:
        opened(hand, "it")
        column = scene_of(hand).cards["it"].column
        assert isinstance(column.units.picture.aspect, aspect)
        card = scene_of(hand).cards["it"]
        foot = column.mapRectToParent(column.foot_box)
        assert foot.isEmpty() or card.rect().contains(foot), "nothing hangs out of the card"
        with_it = drawn(column)
        column.units = replace(column.units, picture=replace(column.units.picture, aspect=None))
        changed = (drawn(column) != with_it).any(axis=-1).mean()
        # A mask is drawn in a step alone.
        assert (changed > 0.002) == (aspect is not Mask)


def drawn(column: object) -> np.ndarray:
    """The pixels of a column."""
    box = column.boundingRect()  # type: ignore[attr-defined]
    image = QImage(int(box.width()), int(box.height()), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.translate(-box.topLeft())
    column.paint(painter, None)  # type: ignore[attr-defined]
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_what_is_off_in_a_step_is_crossed_out() -> None:
    document = document_with("dropout", {"p": 0.5}, "rows")
    with open_window(document) as hand:
        opened(hand, "it")
        hand.window.actions_["step"].trigger()
        hand.wait(lambda: hand.window.bench.parts.timeline.trace is not None)
        timeline = hand.window.bench.parts.timeline
        timeline.slider.setValue(timeline.slider.maximum())
        column = scene_of(hand).cards["it"].column
        aspect = column.units.picture.aspect
        assert aspect.drawn and aspect.dropped[column.units.places].any()
        red = theme.rgb(theme.current().bad)
        crossed = drawn(column)
        assert (crossed[..., 2::-1] == red).all(axis=-1).sum() > 20
        column.units = replace(
            column.units, picture=replace(column.units.picture, aspect=Mask(np.zeros_like(aspect.dropped), True))
        )
        assert not (drawn(column)[..., 2::-1] == red).all(axis=-1).any()


def test_there_is_room_for_what_is_said_in_both_languages() -> None:
    letters = QFontMetricsF(theme.canvas_font())
    shown = Through(np.zeros((2, 3)), np.zeros(2), np.arange(2), 2)
    wide, high = foot_of(shown, letters)
    assert wide >= letters.horizontalAdvance("state h, step by step →") and high > 3 * letters.height()
    assert foot_of(None, letters) == (0.0, 0.0) == foot_of(Mask(np.zeros(2, bool), True), letters)


# -- the data card ----------------------------------------------------------------------------


@pytest.mark.parametrize(("example", "kind"), [("digits", "pictures"), ("iris", "rows"), ("memory", "rows")])
def test_the_data_card_shows_rows_of_the_data_with_the_present_one(example: str, kind: str) -> None:
    with open_window(load_example(example)) as hand:
        opened(hand, "data")
        scene = scene_of(hand)
        samples = scene.cards["data"].column.units.samples
        program = hand.session.meaning.lowered.program
        table = table_of(program.data.dataset)
        assert samples.kind == kind and samples.total == len(table.x)
        assert samples.rows[samples.present] == hand.session.meaning.drawn.snapshot.sample
        for place, row in enumerate(samples.rows):
            assert samples.words[place] == table.classes[int(table.y[row])]
            given = table.x[row].reshape(-1)
            if kind == "pictures":
                np.testing.assert_array_equal(samples.numbers[place].reshape(-1), given)
            else:
                np.testing.assert_array_equal(samples.numbers[place], given[: samples.numbers.shape[1]])
                assert samples.left_out == len(given) - samples.numbers.shape[1]
        card = scene.cards["data"]
        assert card.rect().contains(card.column.mapRectToParent(card.column.foot_box))
        # Another sample: its frame is elsewhere.
        before = drawn(card.column)
        hand.window.actions_["step"].trigger()
        hand.wait(lambda: hand.window.bench.parts.timeline.trace is not None)
        hand.window.bench.trying.look_at_row(samples.rows[2])
        hand.wait(lambda: card.column.units.samples.present == 2)
        assert (drawn(card.column) != before).any()


def test_readings_are_drawn_as_curves_and_odd_data_as_nothing() -> None:
    readings = Table(("v",), np.random.default_rng(0).normal(size=(7, 40, 2)), np.zeros((7, 3)), axes="TD")
    found = samples_around(readings, 6, ())
    assert found is not None and found.kind == "readings" and found.rows == (3, 4, 5, 6) and found.present == 3
    assert found.words[0] == "0, 0 …"
    wide, high = room_of(found, QFontMetricsF(theme.canvas_font()))
    image = QImage(int(wide), int(high), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    paint_samples(painter, found, QRectF(0, 0, wide, high))
    painter.end()
    violet = theme.rgb(theme.current().now)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    assert (pixels[..., 2::-1] == violet).all(axis=-1).sum() > 20
    for shape in ((4,), (4, 2, 2, 2, 2)):
        assert samples_around(Table(("v",), np.zeros(shape), np.zeros(4)), 0, ()) is None
    assert samples_around(readings, -1, ()) is None and samples_around(readings, 7, ()) is None
    gone = Table(("v",), np.full((3, 3), np.nan), np.zeros(3, int), classes=("a",))
    assert samples_around(gone, 0, gone.classes) is not None


def test_what_is_dragged_has_a_ghost_that_stands_where_it_will_land() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        canvas, pixel = hand.window.bench.parts.canvas, QPoint(200, 60)
        data = QMimeData()
        data.setData(MIME, QByteArray(b"linear"))
        more = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        canvas.dragEnterEvent(QDragEnterEvent(pixel, *more))
        canvas.dragMoveEvent(QDragMoveEvent(pixel, *more))
        assert canvas.ghost.isVisible() and canvas.ghost._name.text() == "Linear"
        assert canvas.ghost.sceneBoundingRect().contains(canvas.mapToScene(pixel))
        there = canvas.ghost.pos()
        before = set(scene_of(hand).cards)
        canvas.dropEvent(QDropEvent(QPointF(pixel), *more))
        (new,) = set(scene_of(hand).cards) - before
        assert scene_of(hand).cards[new].home == there and not canvas.ghost.isVisible()
        canvas.dragMoveEvent(QDragMoveEvent(pixel, *more))
        canvas.dragLeaveEvent(QDragLeaveEvent())
        assert not canvas.ghost.isVisible()
