"""What cannot be seen is not composed, and is there when it comes into sight; the window's garbage waits."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter

from nnstudio.engine.snapshot import Picture
from nnstudio.session.examples import load_example
from nnstudio.ui.canvas import pictured
from nnstudio.ui.kit.collecting import collector
from tests.e2e.hand import open_window


def pictures(names: list[str], value: float) -> dict[str, Picture]:
    return {name: Picture(np.full(3, value), np.full(3, 0.1), np.arange(3), 3) for name in names}


def noted(patch: pytest.MonkeyPatch) -> list[float]:
    """The first value of every picture that is drawn from now on."""
    drawn: list[float] = []
    draw = pictured.draw

    def note(picture: Picture, *rest: Any) -> Any:
        drawn.append(float(picture.values[0]))
        return draw(picture, *rest)

    patch.setattr(pictured, "draw", note)
    return drawn


def test_cards_out_of_sight_are_drawn_when_they_come_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        canvas = hand.window.bench.parts.canvas
        graph = canvas.graph
        names = list(graph.cards)
        graph.wished = dict.fromkeys(names, False)
        graph.show_pictures(pictures(names, 0.1), {})
        drawn = noted(monkeypatch)
        canvas.go_where(graph.cards[names[0]].sceneBoundingRect().center().x(), -40_000.0, 1.0)
        assert not any(canvas.seen().intersects(card.sceneBoundingRect()) for card in graph.cards.values())
        graph.show_pictures(pictures(names, 0.2), {})
        graph.show_pictures(pictures(names, 0.3), {})
        assert not drawn
        canvas.pan_by(QPoint(1, 1))
        assert not drawn, "nothing has come into sight"
        canvas.fit()
        assert drawn == [0.3] * len(names), "the newest alone"
        canvas.pan_by(QPoint(3, 3))
        assert len(drawn) == len(names)


def test_a_file_shows_all_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        canvas = hand.window.bench.parts.canvas
        graph = canvas.graph
        names = list(graph.cards)
        graph.wished = dict.fromkeys(names, False)
        graph.show_pictures(pictures(names, 0.1), {})
        canvas.go_where(0.0, -40_000.0, 1.0)
        drawn = noted(monkeypatch)
        graph.show_pictures(pictures(names, 0.2), {})
        assert not drawn
        image = QImage(200, 100, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        graph.render(painter, QRectF(image.rect()), graph.content())
        painter.end()
        assert drawn == [0.2] * len(names) and graph.sight is not None


def test_while_a_network_trains_only_new_garbage_is_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        found = collector()
        collect = gc.collect
        monkeypatch.setattr(gc, "collect", lambda generation=2: (looked.append(generation), collect(generation))[1])
        me = object()
        found.training(me, True)
        found.collect()
        assert looked == [0]
        found.training(me, False)
        found.collect()
        assert looked[-1] == 2


def test_what_is_dimmed_stays_dimmed_when_it_comes_into_sight() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        canvas = hand.window.bench.parts.canvas
        graph = canvas.graph
        names = list(graph.cards)
        graph.show_pictures(pictures(names, 0.1), {})
        canvas.go_where(0.0, -40_000.0, 1.0)
        graph.show_pictures(pictures(names, 0.2), {})
        graph.fade_pictures(True)
        faded: list[bool] = []
        for card in graph.cards.values():
            card.fade = faded.append  # type: ignore[method-assign]
        canvas.fit()
        assert faded[-len(names) :] == [True] * len(names)
        graph.show_pictures(pictures(names, 0.3), {})
        graph.keep_pictures(names)
        assert graph._waiting is None
