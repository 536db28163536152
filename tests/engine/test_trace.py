"""Traces: the worked figures of the lesson, and every gradient against autograd and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.compile.program import Program
from nnstudio.engine.experiment import limits_of, load_parts, make_experiment, make_model
from nnstudio.engine.record import batch_of, record
from nnstudio.engine.runtime.training import forward, update
from nnstudio.engine.trace import Trace, to_plain
from nnstudio.explain.cards import make_card
from nnstudio.session.examples import load_example
from tests.helpers import chain, choice, network, sound

CPU = torch.device("cpu")


def traced(program: Program, rows: list[int] | None = None, seed: int | None = 0) -> Trace:
    data, _ = load_parts(program, CPU)
    rows = rows or [0]
    model, _ = make_model(program, program.seed, CPU)
    return record(
        program,
        model.state_dict(),
        tuple(t[rows] for t in data.inputs),
        tuple(t[rows] for t in data.targets),
        tuple(data.rows[r] for r in rows),
        seed=seed,
    )


def test_the_figures_of_the_2_2_2_network() -> None:
    """Curriculum C1; the figures are rounded to eight or nine digits there."""
    plain = to_plain(traced(sound(load_example("backprop-2-2-2"))))
    out = plain["forward"]
    assert out["hidden"]["hidden_z"]["value"][0][0] == pytest.approx(0.3775, abs=1e-9)
    assert out["hidden"]["hidden"]["value"][0] == pytest.approx([0.593269992, 0.596884378], abs=1e-9)
    assert out["output"]["output_z"]["value"][0][0] == pytest.approx(1.105905967, abs=1e-9)
    assert out["output"]["output"]["value"][0] == pytest.approx([0.75136507, 0.772928465], abs=1e-9)
    assert plain["loss"]["loss"]["loss_half"]["value"][0] == pytest.approx([0.274811083, 0.023560026], abs=1e-9)
    assert plain["loss"]["value"] == pytest.approx(0.298371109, abs=1e-9)
    back = plain["backward"]
    assert back["output"]["output"]["gradient"][0][0] == pytest.approx(0.74136507, abs=1e-9)
    assert back["output"]["output"]["local_derivative"][0][0] == pytest.approx(0.186815602, abs=1e-9)
    assert back["output"]["output_z"]["parameters"]["output.weight"][0][0] == pytest.approx(0.082167041, abs=1e-9)
    assert back["hidden"]["hidden_z"]["parameters"]["hidden.weight"][0][0] == pytest.approx(0.000438568, abs=1e-9)
    new = plain["update"]
    assert new["output"]["weight"]["new"][0][0] == pytest.approx(0.35891648, abs=1e-8)
    assert new["hidden"]["weight"]["new"][0][0] == pytest.approx(0.149780716, abs=1e-9)


def test_the_cards_show_the_figures_and_their_rule() -> None:
    trace = traced(sound(load_example("backprop-2-2-2")))
    cards = {(m.phase, m.parameter or m.step): make_card(trace, m) for m in trace.moments}
    assert cards["forward", "hidden_z"].result == "0.3775"
    assert cards["forward", "hidden"].result == "0.59326999"
    assert cards["forward", "output"].result == "0.75136507"
    assert cards["loss", "loss"].result == "0.29837111"
    assert cards["backward", "output"].result == "0.13849856"
    weights = cards["backward", "output_z"]
    assert "δ₁ = 0.1385" in weights.lines
    assert any("0.1385 · 0.5933 = 0.08217" in line for line in weights.lines)
    assert cards["backward", "output.weight"].matrices[-1].numbers[0, 0] == pytest.approx(0.082167041, abs=1e-9)
    assert weights.rules == ("∂E/∂W = δ xᵀ", "∂E/∂b = δ", "∂E/∂x = Wᵀ δ")
    assert cards["update", "output.weight"].result == "0.35891648"
    for card in cards.values():
        assert card.rules and card.lines and card.words and "{" not in card.heading + card.question + card.words


def test_a_long_sum_is_shortened_and_still_adds_up() -> None:
    """The largest products are written out; what is left is one term, so both lines give the result."""
    trace = traced(sound(load_example("rings")))
    card = make_card(trace, next(m for m in trace.moments if m.step == "h2_z" and m.phase == "forward"))
    terms = [float(term.replace("−", "-").strip("()")) for term in card.lines[1].removeprefix("= ").split(" + ")]
    assert len(terms) == 12 + 1 + 1
    assert sum(terms) == pytest.approx(float(card.result.replace("−", "-")), abs=2e-3)


def test_the_relu_net_with_fixed_weights_computes_xor() -> None:
    """Curriculum B1."""
    document = chain(
        (
            "linear",
            "h",
            {
                "units": 2,
                "activation": choice("relu"),
                "weight_initializer": choice("explicit", values=((1.0, 1.0), (1.0, 1.0))),
                "bias_initializer": choice("explicit", values=(0.0, -1.0)),
            },
        ),
        (
            "linear",
            "o",
            {
                "units": 1,
                "activation": choice("relu"),
                "weight_initializer": choice("explicit", values=((1.0, -2.0),)),
                "bias_initializer": choice("zeros"),
            },
        ),
        data=choice("xor"),
        loss=choice("mse"),
        data_params={"scaling": "none"},
    )
    trace = traced(sound(document), [0, 1, 2, 3])
    assert trace.values["o"].reshape(-1).tolist() == [0.0, 1.0, 1.0, 0.0] and trace.loss == 0.0


def test_output_pairs_give_y_minus_t() -> None:
    """Curriculum C4: softmax with cross-entropy, sigmoid with BCE, linear with half the squared error."""
    data = choice("typed", x=((1.0, -2.0),), y=((0.0, 1.0),))
    plain = {"scaling": "none"}
    bce = traced(
        sound(
            chain(
                ("linear", "o", {"units": 2}), data=data, loss=choice("bce_logits"), data_params=plain, dtype="float64"
            )
        )
    )
    o = bce.values["o"]
    np.testing.assert_allclose(bce.gradients["o"], (1 / (1 + np.exp(-o)) - [[0, 1]]) / 2, atol=1e-12)
    half = traced(
        sound(
            chain(
                ("linear", "o", {"units": 2}),
                data=data,
                loss=choice("half_squared"),
                data_params=plain,
                dtype="float64",
            )
        )
    )
    np.testing.assert_allclose(half.gradients["o"], half.values["o"] - [[0, 1]], atol=1e-12)
    mean = traced(
        sound(chain(("linear", "o", {"units": 2}), data=data, loss=choice("mse"), data_params=plain, dtype="float64"))
    )
    np.testing.assert_allclose(mean.gradients["o"], 2 * (mean.values["o"] - [[0, 1]]) / 2, atol=1e-12)
    ce = traced(
        sound(chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"), dtype="float64"))
    )
    soft = np.exp(ce.values["o"]) / np.exp(ce.values["o"]).sum()
    np.testing.assert_allclose(ce.gradients["o"], soft - np.eye(3)[ce.values["y"]], atol=1e-12)


def reused() -> Program:
    """A network that uses values more than once: a skip link, a concatenation and features."""
    return sound(
        network(
            ("data", "d", {"dataset": choice("iris")}),
            ("feature_map", "f", {"squares": True, "sines": True}),
            ("linear", "a", {"units": 5, "activation": choice("tanh")}),
            ("linear", "b", {"units": 5, "activation": choice("gelu")}),
            ("add", "s", {}),
            ("concat", "c", {}),
            ("batch_norm_1d", "n", {}),
            ("dropout", "drop", {"p": 0.4}),
            ("linear", "out", {"units": 3}),
            ("loss", "l", {"loss": choice("cross_entropy")}),
            ("loss", "m", {"loss": choice("half_squared"), "weight": 0.3}),
            ("optimizer", "o", {"optimizer": choice("adam", weight_decay=0.01), "clip_norm": 0.1}),
            wires=(
                ("d", "x", "f", "x"),
                ("f", "y", "a", "x"),
                ("a", "y", "b", "x"),
                ("a", "y", "s", "x"),
                ("b", "y", "s", "x"),
                ("s", "y", "c", "x"),
                ("a", "y", "c", "x"),
                ("c", "y", "n", "x"),
                ("n", "y", "drop", "x"),
                ("drop", "y", "out", "x"),
                ("out", "y", "l", "prediction"),
                ("out", "y", "m", "prediction"),
            ),
            dtype="float64",
            batch_size=6,
        )
    )


def test_every_gradient_is_autograds_and_the_finite_difference() -> None:
    program = reused()
    rows = [0, 30, 60, 61, 90, 119]
    trace = traced(program, rows, seed=11)
    data, _ = load_parts(program, CPU)
    model, criterion = make_model(program, program.seed, CPU)
    inputs, targets = tuple(t[rows] for t in data.inputs), tuple(t[rows] for t in data.targets)

    def loss() -> torch.Tensor:
        torch.manual_seed(11)
        model.train()
        return forward(model, criterion, inputs, targets)[0]

    loss().backward()
    for path, parameter in model.named_parameters():
        np.testing.assert_allclose(trace.parameters[path].gradient, parameter.grad.numpy(), rtol=1e-12, atol=1e-14)
        flat = parameter.detach().view(-1)
        for place in range(0, flat.numel(), max(1, flat.numel() // 4)):
            with torch.no_grad():
                kept = float(flat[place])
                flat[place] = kept + 1e-6
                high = float(loss())
                flat[place] = kept - 1e-6
                low = float(loss())
                flat[place] = kept
            assert trace.parameters[path].gradient.reshape(-1)[place] == pytest.approx(
                (high - low) / 2e-6, rel=1e-5, abs=1e-8
            )


def test_the_shown_update_is_the_real_optimizers_next_step() -> None:
    program = reused()
    rows = [0, 30, 60, 61, 90, 119]
    trace = traced(program, rows, seed=0)
    real = make_experiment(program)
    torch.manual_seed(0)
    update(real.model, real.criterion, real.optimizer, *real.data.batch(rows), limits_of(program))
    for path, parameter in real.model.named_parameters():
        np.testing.assert_array_equal(trace.parameters[path].new, parameter.detach().numpy())
    assert trace.clip_factor < 1.0
    for parameter_record in trace.parameters.values():
        np.testing.assert_allclose(parameter_record.used, parameter_record.gradient * trace.clip_factor, rtol=1e-9)


def test_recording_leaves_weights_and_random_state_alone() -> None:
    program = reused()
    data, _ = load_parts(program, CPU)
    model, _ = make_model(program, 0, CPU)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    record(
        program,
        model.state_dict(),
        tuple(t[:4] for t in data.inputs),
        tuple(t[:4] for t in data.targets),
        data.rows[:4],
    )
    assert torch.equal(torch.get_rng_state(), state)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_the_order_of_the_timeline() -> None:
    """Forward, loss, backward, update; a value's gradient comes after all that used it."""
    trace = traced(reused(), [0, 30, 60])
    phases = [moment.phase for moment in trace.moments]
    assert phases == sorted(phases, key=["forward", "loss", "backward", "update"].index)
    place = {m.step: m.index for m in trace.moments if m.phase == "backward"}
    for step in trace.steps.values():
        for name in step.inputs:
            if name in place and step.name in place:
                assert place[name] > place[step.name]
    assert [m.index for m in trace.moments] == list(range(len(trace.moments)))
    for array in (*trace.values.values(), *trace.gradients.values()):
        assert not array.flags.writeable


def test_the_batch_that_holds_a_sample() -> None:
    program = sound(load_example("iris"))
    data, validation = load_parts(program, CPU)
    for sample in (data.rows[0], data.rows[57], validation.rows[3]):
        part, places = batch_of(program, data, validation, sample, 0)
        rows = [(data if part == "training" else validation).rows[p] for p in places]
        assert sample in rows and 2 <= len(rows) <= program.batch_size
    alone = sound(load_example("rings"))
    data, validation = load_parts(alone, CPU)
    assert batch_of(alone, data, validation, data.rows[9], 0) == ("training", [9])
    with pytest.raises(IndexError):
        batch_of(alone, data, validation, 99_999, 0)


def test_phases_of_the_plain_form() -> None:
    trace = traced(sound(load_example("xor")))
    whole: dict[str, Any] = to_plain(trace)
    assert {"forward", "loss", "backward", "update"} <= set(whole)
    for phase in ("forward", "loss", "backward", "update"):
        part = to_plain(trace, phase)
        assert part[phase] == whole[phase] and not {"forward", "loss", "backward", "update"} - {phase} & set(part)
