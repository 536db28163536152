"""Layers that share weights are bound by an arc on the canvas."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt

from nnstudio.app import make_application
from nnstudio.document.edits import RemoveNodes, SetParam
from nnstudio.document.groups import MakeGroup
from nnstudio.document.values import Document
from nnstudio.ui.canvas.bonds import HIGHEST
from nnstudio.ui.kit import theme
from tests.e2e.hand import Hand, open_window
from tests.helpers import chain, choice


def shared() -> Document:
    document = chain(
        ("linear", "one", {"units": 4, "activation": choice("tanh")}),
        ("linear", "two", {"units": 4, "shares": ("one",)}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    places = ((260.0 * number, 40.0 * (number % 2)) for number in range(len(document.nodes)))
    return replace(document, nodes=tuple(replace(n, position=at) for n, at in zip(document.nodes, places, strict=True)))


def ends(hand: Hand, name: str) -> tuple[QPointF, QPointF]:
    path = hand.window.bench.parts.scene.bonds.arcs[name].path()
    return path.pointAtPercent(0.0), path.pointAtPercent(1.0)


def tops(hand: Hand, *names: str) -> tuple[QPointF, ...]:
    boxes = [hand.window.bench.parts.scene.cards[name].space for name in names]
    return tuple(QPointF(box.center().x(), box.top()) for box in boxes)


def test_an_arc_leads_from_one_card_to_the_other_and_follows_them() -> None:
    with open_window(shared()) as hand:
        hand.compiled()
        scene = hand.window.bench.parts.scene
        assert set(scene.bonds.arcs) == {"two"} and ends(hand, "two") == tops(hand, "one", "two")
        card = scene.cards["two"]
        before = card.pos()
        start = card.space.topLeft() + QPointF(30, 12)
        hand.drag(start, start + QPointF(20, 60))
        assert card.pos() != before and ends(hand, "two") == tops(hand, "one", "two")
        arc = scene.bonds.arcs["two"]
        assert arc.path().boundingRect().height() <= HIGHEST + abs(tops(hand, "one")[0].y() - tops(hand, "two")[0].y())
        # It covers nothing that could be clicked.
        assert arc.shape().isEmpty()
        light = arc.pen().color()
        theme.apply_theme(make_application(), "dark")
        scene.restyle()
        assert scene.bonds.arcs["two"].pen().color() != light


def test_it_goes_with_what_it_says() -> None:
    with open_window(shared()) as hand:
        hand.compiled()
        scene, session = hand.window.bench.parts.scene, hand.session
        session.apply(SetParam("two", ("shares",), ()))
        assert not scene.bonds.arcs
        hand.keys(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert set(scene.bonds.arcs) == {"two"}
        session.apply(RemoveNodes(("one",)))
        assert not scene.bonds.arcs
        hand.keys(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert ends(hand, "two") == tops(hand, "one", "two")


def test_where_the_other_stands_in_a_group_it_leads_to_the_group() -> None:
    document = shared()
    with open_window(document) as hand:
        hand.compiled()
        session, scene = hand.session, hand.window.bench.parts.scene
        session.apply(MakeGroup(("two", "out"), "part"))
        assert not scene.bonds.arcs, "the layer that uses them stands in the group; its own card says so there"
        hand.keys(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        session.apply(SetParam("two", ("shares",), ()))
        session.apply(SetParam("one", ("shares",), ("two",)))
        assert set(scene.bonds.arcs) == {"one"}
