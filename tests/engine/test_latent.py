"""The latent plane: codes, directions and what stands behind the points, against numpy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document, Params
from nnstudio.engine.fitted import Trained, fitted
from nnstudio.engine.latent import flat, latent, layers_of
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import start_weights
from tests.e2e.hand import open_window
from tests.e2e.loops import pause
from tests.helpers import chain, choice, finish, network, sound


def trained(document: Document, epochs: int = 0) -> Trained:
    program = sound(dataclasses.replace(document, training=Params({**document.training, "epochs": max(1, epochs)})))
    weights = finish(Trainer(program))[0].weights if epochs else start_weights(program)
    return Trained(program, weights, fitted(program))


def by_hand(weights: dict[str, np.ndarray], layer: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(x @ weights[f"{layer}.weight"].astype(np.float64).T + weights[f"{layer}.bias"])


def test_an_autoencoder_has_its_codes_and_what_it_makes_of_every_place() -> None:
    asked = trained(load_example("autoencoder"), 3)
    found, w = latent(asked), dict(asked.weights)
    assert found.node == "bottleneck" and found.outputs == 2 and found.alone
    assert set(found.layers) == {"squeeze", "bottleneck", "unfold"}
    table = table_of(asked.program.data.dataset)
    scaler = asked.known.scaler
    assert scaler is not None
    x = scaler.apply(table.x[found.rows])
    codes = np.tanh(by_hand(w, "bottleneck", np.tanh(by_hand(w, "squeeze", x))))
    np.testing.assert_allclose(found.points, codes, atol=1e-4)
    # Classes colour the points although the network never saw them.
    np.testing.assert_array_equal(found.targets, table.y[found.rows])
    assert found.classes == tuple("0123456789") and 0 < found.held.sum() < len(found.held)
    assert found.tiles is not None and found.tiles.shape[2:] == (8, 8)
    side = len(found.tiles)
    for row, column in ((0, 0), (side - 1, 0), (3, 5)):
        # The top row is the greatest second output.
        spot = np.array(
            [
                found.low[0] + (found.high[0] - found.low[0]) * column / (side - 1),
                found.high[1] - (found.high[1] - found.low[1]) * row / (side - 1),
            ]
        )
        told = by_hand(w, "picture", np.tanh(by_hand(w, "unfold", spot[None])))
        raw = (told * scaler.spread + scaler.shift).reshape(8, 8)
        np.testing.assert_allclose(found.tiles[row, column], raw, atol=1e-3)


def test_of_more_than_two_outputs_the_directions_of_greatest_variance() -> None:
    asked = trained(load_example("autoencoder"), 1)
    found = latent(asked, "squeeze")
    assert found.node == "squeeze" and found.outputs > 2 and found.tiles is not None
    codes = np.random.default_rng(0).normal(size=(300, 5)) @ np.diag([5.0, 0.1, 2.0, 0.3, 1.0])
    points, back, shares = flat(codes)
    values, ways = np.linalg.eigh(np.cov(codes.T))
    assert shares == pytest.approx(tuple(values[::-1][:2] / values.sum()), rel=1e-9)
    for place in (0, 1):
        way = ways[:, ::-1][:, place]
        along = (codes - codes.mean(axis=0)) @ way
        assert abs(abs(np.corrcoef(points[:, place], along)[0, 1]) - 1) < 1e-9
    # There and back again: the nearest point of the plane.
    np.testing.assert_allclose(flat(codes)[0], (back(points) - codes.mean(axis=0)) @ _ways(codes).T, atol=1e-9)
    narrow = np.random.default_rng(1).normal(size=(50, 2))
    same, plain, _ = flat(narrow)
    np.testing.assert_array_equal(same, narrow)
    np.testing.assert_array_equal(plain(narrow), narrow)


def _ways(codes: np.ndarray) -> np.ndarray:
    ways = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)[2][:2]
    return np.asarray(ways * np.sign(ways[np.arange(2), np.abs(ways).argmax(axis=1)])[:, None])


def test_a_classifier_has_its_chances_behind_the_points() -> None:
    document = chain(
        ("linear", "wide", {"units": 8, "activation": choice("tanh")}),
        ("linear", "two", {"units": 2, "activation": choice("tanh")}),
        ("linear", "out", {"units": 3, "activation": choice("identity")}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    asked = trained(document, 2)
    found, w = latent(asked), dict(asked.weights)
    assert found.node == "two" and found.said is not None and found.tiles is None
    assert found.said.shape[0] == 3
    np.testing.assert_allclose(found.said.sum(axis=0), 1.0, atol=1e-6)
    scores = by_hand(w, "out", np.array([[found.low[0], found.high[1]]]))[0]
    wanted = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    np.testing.assert_allclose(found.said[:, 0, 0], wanted, atol=1e-5)


def test_answers_over_a_plane_are_in_the_targets_own_unit() -> None:
    document = chain(
        ("linear", "two", {"units": 2, "activation": choice("tanh")}),
        ("linear", "out", {"units": 1, "activation": choice("identity")}),
        data=choice("diabetes"),
        loss=choice("mse"),
        data_params={"target_scaling": "standard"},
    )
    asked = trained(document, 3)
    found, unit = latent(asked), asked.known.unit
    assert found.said is not None and found.said.shape[0] == 1 and unit is not None
    told = by_hand(dict(asked.weights), "out", np.array([[found.high[0], found.low[1]]]))
    np.testing.assert_allclose(found.said[0, -1, -1], (told * unit.spread + unit.shift)[0, 0], rtol=1e-4)
    y = table_of(asked.program.data.dataset).y[found.rows, 0]
    np.testing.assert_array_equal(found.targets, y)


def test_a_link_around_a_layer_leaves_nothing_behind_the_points() -> None:
    document = network(
        ("data", "data", {"dataset": choice("iris")}),
        ("linear", "two", {"units": 2}),
        ("concat", "join", {}),
        ("linear", "out", {"units": 3, "activation": choice("identity")}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(
            ("data", "x", "two", "x"),
            ("two", "y", "join", "x"),
            ("data", "x", "join", "x"),
            ("join", "y", "out", "x"),
            ("out", "y", "loss", "prediction"),
        ),
    )
    asked = trained(document)
    found = latent(asked, "two")
    assert not found.alone and found.said is None and found.points.shape[1] == 2
    # What all that follows hangs on is shown first.
    assert next(iter(layers_of(asked.program))) == "join" == latent(asked).node


@pytest.mark.parametrize("data", ["karate", "xor"])
def test_where_there_is_no_plane_it_is_said(data: str) -> None:
    document = load_example("karate")
    if data == "xor":
        document = chain(("linear", "out", {"units": 1}), data=choice("xor"), loss=choice("mse"))
    with pytest.raises(StudioError, match="no plane"):
        latent(trained(document))


def test_the_plane_in_the_window_follows_the_run() -> None:
    document = load_example("autoencoder")
    with open_window(dataclasses.replace(document, training=Params({**document.training, "epochs": 12}))) as hand:
        hand.compiled()
        hand.keys(hand.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        view = hand.panel("latent")
        docks = hand.window.bench.panels.dock_of
        assert docks["decision"] in hand.window.tabifiedDockWidgets(docks["latent"])
        hand.window.bench.running.toggle()
        hand.state("finished")
        # What stands there at the end is what the run has come to, however often it was looked at before.
        last = latent(hand.session.trained()).points
        hand.wait(lambda: view.found is not None and np.array_equal(view.found.points, last))
        assert view.layer.currentText() == "bottleneck" and "of each place" in view.said.text()
        assert view.names.text().count("●") == 10
        scatters = [item for item in view.plot.items() if type(item).__name__ == "ScatterPlotItem"]
        assert sum(len(item.data) for item in scatters) == len(view.found.points)
        view.layer.setCurrentIndex(view.layer.findData("squeeze"))
        view.layer.activated.emit(view.layer.currentIndex())
        hand.wait(lambda: view.found.node == "squeeze")
        assert "% of all difference" in view.said.text()
        images = [item for item in view.plot.items() if type(item).__name__ == "ImageItem"]
        assert len(images) == 1 and tuple(images[0].levels) == (0, 255)
        view.behind.click()
        pause(30)
        assert not [item for item in view.plot.items() if type(item).__name__ == "ImageItem"]
        # The window goes, and what comes late finds nothing to do: its plot is gone.
        view.leave()
        view.ask()
        view.grow()
        pause(400)
        assert view.found is None
