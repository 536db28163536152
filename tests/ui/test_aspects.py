"""What an unfolded layer shows beyond its neurons is seen on its card."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from nnstudio.document.values import Document, Node, Wire
from nnstudio.engine.aspects import Kernels, Mask, Rows, Spread, Through
from nnstudio.session.examples import load_example
from nnstudio.ui.canvas.aspect_face import foot_of
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
    from PySide6.QtGui import QFontMetricsF

    letters = QFontMetricsF(theme.canvas_font())
    shown = Through(np.zeros((2, 3)), np.zeros(2), np.arange(2), 2)
    wide, high = foot_of(shown, letters)
    assert wide >= letters.horizontalAdvance("state h, step by step →") and high > 3 * letters.height()
    assert foot_of(None, letters) == (0.0, 0.0) == foot_of(Mask(np.zeros(2, bool), True), letters)
