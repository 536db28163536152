"""Augmentation and noise: moves against numpy's own, nothing outside training, the same in script, step and run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile import bare
from nnstudio.compile.findings.view import View
from nnstudio.compile.lower import lower
from nnstudio.document.text import render
from nnstudio.document.values import Document
from nnstudio.engine.case import Case
from nnstudio.engine.experiment import limits_of, load_parts, make_experiment, make_model
from nnstudio.engine.predict import predict
from nnstudio.engine.record import batch_of, record
from nnstudio.engine.runtime.training import epoch_order, update
from nnstudio.engine.trainer import Trainer
from nnstudio.explain.cards import make_card
from nnstudio.session.export import export_python, start_weights
from tests.commands import run_script
from tests.helpers import chain, choice, finish, network, sound

CPU = torch.device("cpu")
MOVES = {"flip": True, "shift": 0.2, "turn": 20.0, "zoom": 0.1}


def pictures(moves: dict[str, Any] | None = None, noise: float = 0.2, **training: Any) -> Document:
    return chain(
        ("reshape", "picture", {"shape": (1.0, 8.0, 8.0)}),
        ("augment", "augment", MOVES if moves is None else moves),
        ("gaussian_noise", "noise", {"spread": noise}),
        ("conv_2d", "conv", {"channels": 4, "kernel": 3}),
        ("flatten", "flat", {}),
        ("linear", "out", {"units": 10, "activation": choice("identity")}),
        data=choice("digits"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        **training,
    )


def move(x: torch.Tensor, mirrored: float, right: float, down: float, degrees: float, scale: float) -> torch.Tensor:
    rows = torch.tensor([[mirrored, right, down, degrees, scale]] * len(x), dtype=x.dtype)
    moved: torch.Tensor = bare.Moved()(x, rows)
    return moved


def shifted(x: np.ndarray, right: int, down: int) -> np.ndarray:
    """Independent: rows and columns taken from where they were, the edge beyond it."""
    height, width = x.shape[-2:]
    rows, columns = np.clip(np.arange(height) - down, 0, height - 1), np.clip(np.arange(width) - right, 0, width - 1)
    return x[..., rows[:, None], columns[None, :]]


@pytest.mark.parametrize("size", [(5, 5), (4, 8)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_whole_moves_are_those_of_numpy(size: tuple[int, int], dtype: torch.dtype) -> None:
    x = torch.rand((3, 2, *size), dtype=dtype, generator=torch.Generator().manual_seed(1))
    plain, close = x.numpy(), {"atol": 3e-6 if dtype == torch.float32 else 1e-12}
    np.testing.assert_allclose(move(x, 0, 0, 0, 0, 1), plain, **close)
    np.testing.assert_allclose(move(x, 1, 0, 0, 0, 1), plain[..., ::-1], **close)
    for right, down in ((2, -1), (-3, 2), (0, 3)):
        np.testing.assert_allclose(move(x, 0, right, down, 0, 1), shifted(plain, right, down), **close)
        np.testing.assert_allclose(move(x, 1, right, down, 0, 1), shifted(plain[..., ::-1], right, down), **close)
    np.testing.assert_allclose(move(x, 0, 0, 0, 180, 1), plain[..., ::-1, ::-1], **close)
    if size[0] == size[1]:
        # To the left by a quarter; mirrored first, shifted last.
        np.testing.assert_allclose(move(x, 0, 0, 0, 90, 1), np.rot90(plain, axes=(-2, -1)), **close)
        turned = np.rot90(plain[..., ::-1], axes=(-2, -1))
        np.testing.assert_allclose(move(x, 1, 1, -2, 90, 1), shifted(turned, 1, -2), **close)


def test_a_turn_between_takes_the_mean_of_four_places() -> None:
    """Against a sampling by hand, place by place, of a picture that is no square."""
    height, width, angle, scale = 5, 8, np.deg2rad(25.0), 1.3
    x = np.random.default_rng(2).random((height, width))
    wanted = np.zeros_like(x)
    for row in range(height):
        for column in range(width):
            # Upwards y, as seen; back by the turn, then by the scale.
            right, up = column + 0.5 - width / 2, height / 2 - row - 0.5
            back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ [right, up] / scale
            at_column = np.clip(back[0] + width / 2 - 0.5, 0, width - 1)
            at_row = np.clip(height / 2 - back[1] - 0.5, 0, height - 1)
            low_row, low_column = int(at_row), int(at_column)
            high_row, high_column = min(low_row + 1, height - 1), min(low_column + 1, width - 1)
            down, over = at_row - low_row, at_column - low_column
            wanted[row, column] = (1 - down) * ((1 - over) * x[low_row, low_column] + over * x[low_row, high_column])
            wanted[row, column] += down * ((1 - over) * x[high_row, low_column] + over * x[high_row, high_column])
    found = move(torch.tensor(x)[None, None], 0, 0, 0, 25.0, 1.3)[0, 0]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_draws_stay_within_what_was_set_and_differ_from_picture_to_picture() -> None:
    torch.manual_seed(0)
    drawn = bare.RandomMoves(True, 0.2, 20.0, 0.1)(torch.zeros(4000, 1, 10, 20)).numpy()
    assert set(np.unique(drawn[:, 0])) == {0.0, 1.0} and 0.45 < drawn[:, 0].mean() < 0.55
    assert set(np.unique(drawn[:, 1])) == set(range(-4, 5)) and set(np.unique(drawn[:, 2])) == set(range(-2, 3))
    assert 19 < drawn[:, 3].max() <= 20 and -20 <= drawn[:, 3].min() < -19 and abs(drawn[:, 3].mean()) < 0.7
    assert 1.09 < drawn[:, 4].max() <= 1.1 and 0.9 <= drawn[:, 4].min() < 0.91
    assert len(np.unique(drawn[:, 3])) > 3900
    noise = bare.GaussianNoise(0.5)(torch.zeros(40000)).numpy()
    assert noise.std() == pytest.approx(0.5, rel=0.02) and abs(noise.mean()) < 0.01


def test_nothing_is_drawn_outside_training() -> None:
    """What is measured and answered is what a network without them would say, to the last bit."""
    program = sound(pictures())
    weights = start_weights(program)
    plain = sound(
        chain(
            ("reshape", "picture", {"shape": (1.0, 8.0, 8.0)}),
            ("conv_2d", "conv", {"channels": 4, "kernel": 3}),
            ("flatten", "flat", {}),
            ("linear", "out", {"units": 10, "activation": choice("identity")}),
            data=choice("digits"),
            loss=choice("cross_entropy"),
        )
    )
    assert program.two_modes and not plain.two_modes and not program.has_own_code
    before = torch.get_rng_state()
    np.testing.assert_array_equal(
        predict(program, weights, None).numbers, predict(plain, start_weights(plain), None).numbers
    )
    assert torch.equal(before, torch.get_rng_state())


def test_the_step_shown_is_the_step_made() -> None:
    """The pictures of a recorded step are those of the update; and another epoch sees others."""
    program = sound(pictures(batch_size=8))
    data, _ = load_parts(program, CPU)
    places = epoch_order(len(data), 1, program.seed, True)[:8]
    model, _ = make_model(program, program.seed, CPU)
    shown = record(
        program, model.state_dict(), *data.batch(places), tuple(data.rows[p] for p in places), seed=program.seed
    )
    experiment = make_experiment(program)
    torch.manual_seed(program.seed)
    loss, _, _ = update(
        experiment.model, experiment.criterion, experiment.optimizer, *data.batch(places), limits_of(program)
    )
    assert float(loss) == pytest.approx(shown.loss, rel=1e-6)
    moves = shown.values["augment_moves"]
    assert moves.shape == (8, 5) and len(np.unique(moves[:, 3])) == 8
    given, moved = shown.values["picture"], shown.values["augment"]
    again = bare.Moved()(torch.tensor(given), torch.tensor(moves))
    np.testing.assert_allclose(moved, again, atol=1e-6)
    assert np.abs(moved - given).mean() > 0.05
    evaluated = record(
        program, model.state_dict(), *data.batch(places), tuple(data.rows[p] for p in places), training=False
    )
    np.testing.assert_array_equal(evaluated.values["noise"], evaluated.values["picture"])


def test_cards_say_how_a_picture_was_moved_and_what_was_added() -> None:
    program = sound(pictures(batch_size=4))
    name, places = batch_of(program, *load_parts(program, CPU), 0, program.seed)
    data = load_parts(program, CPU)[0 if name == "training" else 1]
    model, _ = make_model(program, program.seed, CPU)
    rows = tuple(data.rows[p] for p in places)
    trace = record(program, model.state_dict(), *data.batch(list(places)), rows, rows.index(0), seed=3)
    cards = {(m.phase, m.step): make_card(trace, m) for m in trace.moments if not m.parameter}
    mirrored, right, down, degrees, scale = trace.values["augment_moves"][rows.index(0)]
    said = " ".join(str(render(line)) for line in cards["forward", "augment_moves"].lines)
    assert ("mirrored" in said) == bool(mirrored)
    assert ("px down" in said) == (down > 0) and ("px up" in said) == (down < 0)
    assert ("px to the right" in said) == (right > 0) and ("px to the left" in said) == (right < 0)
    assert f"turned {abs(degrees):.4g}"[:9] in said and f"{scale:.3g}"[:3] in said
    # y = x + σ·ε, with the numbers that stand there.
    written = str(render(cards["forward", "noise"].lines[0])).replace("(", "").replace(")", "").replace("−", "-")
    before, spread, drawn, after = re.search(r"= (\S+) \+ (\S+)·(\S+) = (\S+)", written).groups()  # type: ignore[union-attr]
    assert float(before) + float(spread) * float(drawn) == pytest.approx(float(after), rel=1e-3)


def test_an_overfitting_net_on_pictures_is_offered_augmentation_once() -> None:
    layers = (
        ("reshape", "picture", {"shape": (1.0, 8.0, 8.0)}),
        ("conv_2d", "conv", {"channels": 4, "kernel": 3}),
        ("flatten", "flat", {}),
        ("linear", "out", {"units": 10, "activation": choice("identity")}),
    )
    document = chain(*layers, data=choice("digits"), loss=choice("cross_entropy"))
    lowered = lower(document)
    assert lowered.program is not None
    edit = Case(lowered.program, [], [], None, View(lowered)).drop()
    assert edit is not None
    mended = edit.apply(document, CATALOG)
    assert [(w.source, w.target) for w in mended.wires if "augment1" in (w.source, w.target)] == [
        ("picture", "augment1"),
        ("augment1", "conv"),
    ]
    again = lower(mended)
    assert again.program is not None and again.program.two_modes
    case = Case(again.program, [], [], None, View(again))
    assert case.drops
    once_more = case.drop()
    assert once_more is None or "augment" not in str(once_more)


def test_a_run_its_script_and_the_replayed_run_are_one(tmp_path: Path) -> None:
    program = sound(pictures(epochs=2, batch_size=64))
    ended, _ = finish(Trainer(program))
    files = export_python(program, tmp_path, threads=1)
    script = next(file for file in files if file.name == "train.py")
    told = run_script(
        [sys.executable, str(script), "--json", "--save", str(tmp_path / "w.safetensors")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    from safetensors.numpy import load_file

    for key, value in load_file(tmp_path / "w.safetensors").items():
        np.testing.assert_array_equal(value, ended.weights[key])
    fast = export_python(program, tmp_path / "fast", threads=1, replay=True)
    script = next(file for file in fast if file.name == "train.py")
    told = run_script(
        [sys.executable, str(script), "--json", "--save", str(tmp_path / "f.safetensors")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    for key, value in load_file(tmp_path / "f.safetensors").items():
        np.testing.assert_array_equal(value, ended.weights[key])


def test_pictures_alone_can_be_moved() -> None:
    lowered = lower(
        chain(("augment", "augment", {}), ("linear", "out", {}), data=choice("iris"), loss=choice("cross_entropy"))
    )
    assert lowered.program is None and [p.node for p in lowered.errors][:1] == ["augment"]


def test_a_denoising_autoencoder_has_the_clean_picture_as_its_target() -> None:
    document = network(
        ("data", "data", {"dataset": choice("digits")}),
        ("gaussian_noise", "noise", {"spread": 1.0}),
        ("linear", "code", {"units": 16}),
        ("linear", "back", {"units": 64, "activation": choice("identity")}),
        ("loss", "loss", {"loss": choice("mse")}),
        ("optimizer", "optimizer", {"optimizer": choice("adam")}),
        wires=(
            ("data", "x", "noise", "x"),
            ("noise", "y", "code", "x"),
            ("code", "y", "back", "x"),
            ("back", "y", "loss", "prediction"),
            ("data", "x", "loss", "target"),
        ),
    )
    program = sound(document)
    data, _ = load_parts(program, CPU)
    model, _ = make_model(program, 0, CPU)
    trace = record(program, model.state_dict(), *data.batch([0, 1]), data.rows[:2], seed=0)
    assert np.std(trace.values["noise"] - trace.values["x"]) > 0.7
    given = data.targets[0][:2].numpy()
    np.testing.assert_array_equal(given, trace.values["x"])
