"""Playground's point sets, and features chosen one by one: against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnstudio.catalog.features import names_of
from nnstudio.catalog.tables import table_of
from nnstudio.compile.lower import lower
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.trainer import Trainer
from tests.helpers import chain, choice, finish, keys, sound


def drawn(shape: str, noise: int = 0, points: int = 2000):
    return table_of(choice("playground", shape=shape, noise=noise, points=points, seed=0))


def test_disc_and_ring_have_a_gap_and_quadrants_one_along_the_axes() -> None:
    circle = drawn("circle")
    radius = np.hypot(*circle.x.T)
    assert radius[circle.y == 1].max() < 2.5 and radius[circle.y == 0].min() >= 3.5 and radius.max() <= 5.0
    assert abs(int((circle.y == 1).sum()) - 1000) <= 1
    quadrants = drawn("quadrants")
    assert np.abs(quadrants.x).min() >= 0.3 and np.abs(quadrants.x).max() <= 5.3
    assert np.array_equal(quadrants.y == 1, quadrants.x[:, 0] * quadrants.x[:, 1] >= 0)


def test_clouds_spiral_plane_and_hills() -> None:
    for noise, variance in ((0, 0.5), (50, 4.0)):
        clouds = drawn("gauss", noise, 20_000)
        for label, middle in ((1, 2.0), (0, -2.0)):
            own = clouds.x[clouds.y == label]
            assert np.allclose(own.mean(axis=0), middle, atol=0.06) and np.allclose(
                own.var(axis=0), variance, rtol=0.05
            )
    spiral = drawn("spiral", 0, 400)
    radius, angle = np.hypot(*spiral.x.T), np.arctan2(spiral.x[:, 0], spiral.x[:, 1])
    turn = np.where(spiral.y == 1, 0.0, np.pi)
    off = (angle - 1.75 * 2 * np.pi * radius / 5.0 - turn + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(off[radius > 0.05]).max() < 1e-6
    plane = drawn("plane")
    assert np.allclose(plane.y[:, 0], plane.x.sum(axis=1) / 10.0) and np.abs(plane.x).max() <= 6.0
    hills = drawn("hills", points=5000)
    assert 0.9 < hills.y.max() <= 1.0 and -1.0 <= hills.y.min() < -0.9
    near = np.hypot(hills.x[:, 0] - 4.0, hills.x[:, 1] + 2.5) < 0.3
    assert near.any() and (hills.y[near] < -0.8).all()


@pytest.mark.parametrize("shape", ["circle", "quadrants"])
def test_noise_asks_beside_a_point_and_does_not_move_it(shape: str) -> None:
    noisy = drawn(shape, 40)
    right = np.hypot(*noisy.x.T) < 2.5 if shape == "circle" else noisy.x[:, 0] * noisy.x[:, 1] >= 0
    wrong = float((right != (noisy.y == 1)).mean())
    assert 0.03 < wrong < 0.45
    if shape == "quadrants":
        assert np.abs(noisy.x).min() >= 0.3


def test_every_feature_is_what_its_name_says() -> None:
    names = names_of(2)
    assert names == ("x1", "x2", "x1²", "x2²", "x1·x2", "sin x1", "sin x2")
    for chosen in (names, ("x1",), ("x1·x2",), ("sin x2", "x1"), ("x2²",)):
        document = chain(
            ("feature_map", "f", {"chosen": chosen}),
            ("linear", "o", {"units": 2}),
            data=choice("playground", points=60),
            loss=choice("cross_entropy"),
            data_params={"scaling": "none", "validation": 0.0},
            epochs=1,
        )
        program = sound(document)
        assert lower(document).shapes["f"]["y"][1] == len(chosen)
        experiment = make_experiment(program)
        inputs, _ = experiment.data.batch(torch.arange(60))
        x = inputs[0]
        a, b = x[:, 0], x[:, 1]
        columns = {
            "x1": a,
            "x2": b,
            "x1²": a * a,
            "x2²": b * b,
            "x1·x2": a * b,
            "sin x1": torch.sin(a),
            "sin x2": torch.sin(b),
        }
        features = torch.stack([columns[name] for name in names if name in chosen], dim=1)
        wanted = features @ experiment.model.o.weight.T + experiment.model.o.bias
        torch.testing.assert_close(experiment.model(x), wanted)
    ended, _ = finish(Trainer(program, device="cpu"))
    assert ended.reason is None


def test_features_that_are_not_there_are_refused_with_a_sentence() -> None:
    for name in ("x3", "x1³", "sin x1²", "nonsense", "x1·x9"):
        document = chain(
            ("feature_map", "f", {"chosen": (name,)}),
            ("linear", "o", {"units": 2}),
            data=choice("playground"),
            loss=choice("cross_entropy"),
        )
        problem = next(p for p in lower(document).problems if p.what.key == "shape.refused.what")
        assert (
            "{" not in problem.what.render() + problem.why.render() + problem.remedy.render()
            and "shape.refused" in keys(lower(document))
        )


def test_one_neuron_parts_the_disc_with_squares() -> None:
    document = chain(
        ("feature_map", "f", {"chosen": ("x1²", "x2²")}),
        ("linear", "o", {"units": 1}),
        data=choice("playground"),
        loss=choice("bce_logits"),
        optimizer=choice("adam", learning_rate=0.1),
        data_params={"scaling": "none"},
        epochs=60,
    )
    ended, _ = finish(Trainer(sound(document), device="cpu"))
    assert ended.report["final"]["val_accuracy"] == 1.0
