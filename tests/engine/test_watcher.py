"""What is seen of a run is true, and looking does not change it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from nnstudio.engine.clock import Clock
from nnstudio.engine.events import Ended, Measured
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.predict import predict
from nnstudio.engine.snapshot import make_picture
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.watcher import GRID, LINE, Watched, Watcher
from nnstudio.session.examples import load_example
from tests.helpers import chain, choice, finish, sound


def test_the_plane_is_what_the_network_answers() -> None:
    program = sound(load_example("rings"))
    experiment = make_experiment(program)
    plane = Watcher(program, Watched()).plane(experiment)
    assert plane is not None and plane.classes and plane.said.shape == (2, GRID, GRID)
    np.testing.assert_allclose(plane.said.sum(axis=0), 1.0, atol=1e-6)
    assert {node: maps.shape for node, maps in plane.maps.items()} == {
        "h1": (32, GRID, GRID),
        "h2": (16, GRID, GRID),
        "out": (2, GRID, GRID),
    }
    # Corners and a middle place, asked one by one: the first row is the top.
    for row, column in ((0, 0), (0, GRID - 1), (GRID - 1, 0), (20, 31)):
        x = plane.low[0] + (plane.high[0] - plane.low[0]) * column / (GRID - 1)
        y = plane.high[1] - (plane.high[1] - plane.low[1]) * row / (GRID - 1)
        logits = experiment.model.eval()(torch.tensor([[x, y]], dtype=torch.float32))[0]
        np.testing.assert_allclose(plane.maps["out"][:, row, column], logits.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(plane.said[:, row, column], torch.softmax(logits, 0).detach().numpy(), atol=1e-6)
    held = plane.points.held
    assert 0 < held.sum() < len(held) and set(plane.points.targets) == {0.0, 1.0}
    inside = (plane.points.inputs >= np.array(plane.low)).all() and (plane.points.inputs <= np.array(plane.high)).all()
    assert inside


def test_a_single_output_gives_both_classes_and_one_input_a_line() -> None:
    xor = sound(load_example("xor"))
    plane = Watcher(xor, Watched()).plane(make_experiment(xor))
    assert plane is not None
    if plane.classes:
        np.testing.assert_allclose(plane.said.sum(axis=0), 1.0, atol=1e-6)
    line = sound(
        chain(
            ("linear", "h", {"units": 5, "activation": choice("tanh")}),
            ("linear", "o", {"units": 1}),
            data=choice("sine"),
            loss=choice("mse"),
        )
    )
    found = Watcher(line, Watched()).plane(make_experiment(line))
    assert (
        found is not None and not found.classes and found.said.shape == (1, LINE) and found.maps["h"].shape == (5, LINE)
    )
    # What the network says of the first sample, asked as a student asks it.
    experiment = make_experiment(line)
    weights = {name: tensor.numpy() for name, tensor in experiment.model.state_dict().items()}
    raw = np.array([[0.3]])
    answer = float(predict(line, weights, raw).numbers[0, 0])
    from nnstudio.catalog.parting import split_rows
    from nnstudio.catalog.tables import table_of
    from nnstudio.engine.runtime.scaling import fit_scaler

    table, plan = table_of(line.data.dataset), line.data
    scaler = fit_scaler(
        table.x, split_rows(len(table.x), plan.validation, plan.split_seed)[0], plan.scaling, plan.scale_axis, plan.fill
    )
    place = float(raw[0, 0]) if scaler is None else float(scaler.apply(raw)[0, 0])
    assert np.interp(place, np.linspace(found.low[0], found.high[0], LINE), found.said[0]) == pytest.approx(
        answer, abs=5e-3
    )


def test_only_networks_of_one_or_two_numbers_have_a_plane() -> None:
    for name in ("iris", "digits", "memory", "karate"):
        program = sound(load_example(name))
        assert Watcher(program, Watched()).plane(make_experiment(program)) is None


@pytest.mark.parametrize(
    ("activation", "bias", "dead", "saturated"),
    [("relu", -1e3, 1.0, 0.0), ("sigmoid", 60.0, 0.0, 1.0), ("tanh", 0.0, 0.0, 0.0)],
)
def test_dead_and_saturated_units_are_counted(activation: str, bias: float, dead: float, saturated: float) -> None:
    program = sound(
        chain(
            ("linear", "h", {"units": 6, "activation": choice(activation)}),
            ("linear", "o", {"units": 2}),
            data=choice("rings"),
            loss=choice("cross_entropy"),
        )
    )
    experiment = make_experiment(program)
    with torch.no_grad():
        experiment.model.h.bias.fill_(bias)
        experiment.model.h.weight.mul_(0.1)
    watcher = Watcher(program, Watched())
    clock = Clock()
    watcher.before_update(experiment, clock)
    clock.updates = 2
    assert watcher.after_update(experiment, clock) is None
    watcher._at["vitals"] = 0.0
    watcher.before_update(experiment, clock)
    clock.updates = 3
    vitals = watcher.after_update(experiment, clock)
    assert vitals is not None and vitals.layers["h"].dead == dead
    assert vitals.layers["h"].saturated == pytest.approx(saturated, abs=1e-6) and vitals.layers["o"].dead is None


def test_ratio_and_norms_are_those_of_the_update() -> None:
    program = sound(
        chain(
            ("linear", "h", {"units": 6, "activation": choice("tanh")}),
            ("linear", "o", {"units": 2}),
            data=choice("rings"),
            loss=choice("cross_entropy"),
            optimizer=choice("sgd", learning_rate=0.5),
            optimizer_params={"clip_norm": 0.01},
            epochs=1,
            batch_size=64,
        )
    )
    trainer = Trainer(program, device="cpu")
    _, events = finish(trainer)
    vitals = next(event.vitals for event in events if isinstance(event, Measured))
    # The same update again by plain torch.
    experiment = make_experiment(program)
    torch.manual_seed(program.seed)
    from nnstudio.engine.runtime.training import epoch_order

    order = epoch_order(len(experiment.data), 1, program.seed, program.shuffle)
    inputs, targets = experiment.data.batch(order[:64])
    loss = torch.nn.functional.cross_entropy(experiment.model(*inputs), targets[0])
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(experiment.model.parameters(), 0.01)
    assert (
        vitals.updates == 1
        and vitals.clipped_from == pytest.approx(float(norm), rel=1e-5)
        and vitals.norm == pytest.approx(0.01, rel=1e-3)
    )
    layer = experiment.model.h
    moved = (
        0.5
        * torch.cat([layer.weight.grad.flatten(), layer.bias.grad]).norm()
        / torch.cat([layer.weight.flatten(), layer.bias]).norm()
    )
    assert vitals.layers["h"].ratio == pytest.approx(float(moved.detach()), rel=1e-4)
    assert vitals.layers["h"].gradients[2] == pytest.approx(
        float(np.quantile(torch.cat([layer.bias.grad, layer.weight.grad.flatten()]).numpy(), 0.5)), abs=1e-7
    )


def test_looking_does_not_change_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.engine import watcher

    for name in ("SNAPSHOT_SECONDS", "PLANE_SECONDS", "WEIGHTS_SECONDS", "VITALS_SECONDS"):
        monkeypatch.setattr(watcher, name, 0.0)
    monkeypatch.setattr("nnstudio.engine.trainer.LOOK_SECONDS", 0.0)
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("gelu")}),
        ("batch_norm_1d", "n", {}),
        ("dropout", "d", {"p": 0.3}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam"),
        epochs=3,
        batch_size=50,
    )
    program = replace(sound(document), device="cpu")
    watched, unseen = Trainer(program), Trainer(program, snapshots=False)
    unseen.start()
    unseen.join()
    watched.start()
    planes = 0
    while watched.alive:
        snapshot = watched.take_snapshot()
        planes += snapshot is not None and snapshot.plane is not None
        time.sleep(0.001)
    first, second = ended(watched), ended(unseen)
    assert (
        planes > 3 and first.weights and all(np.array_equal(first.weights[n], second.weights[n]) for n in first.weights)
    )


def ended(trainer: Trainer) -> Ended:
    while True:
        event = trainer.events.get(timeout=10)
        if isinstance(event, Ended):
            return event


def test_pictures_of_channels_and_sequences() -> None:
    numbers = np.arange(40 * 20 * 30, dtype=float).reshape(40, 20, 30)
    picture = make_picture(numbers, -numbers)
    assert picture.tiles.shape == (16, 16, 16) and picture.total == 40 and picture.size == 600
    np.testing.assert_array_equal(picture.tiles[0, 0], numbers[0, 0, np.linspace(0, 29, 16).round().astype(int)])
    assert picture.gradients[1] == pytest.approx(-float(np.sqrt((numbers[picture.shown[1]] ** 2).mean())))
    sequence = make_picture(np.arange(12.0).reshape(4, 3), None)
    assert sequence.tiles.shape == (1, 3, 4) and sequence.tiles[0, 2, 1] == 5.0
    assert make_picture(np.arange(100.0), None).shown.tolist() == np.linspace(0, 99, 32).round().astype(int).tolist()
