"""The worked figures of a first course, come out of the program itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.numbers import exact
from nnstudio.engine.experiment import limits_of, make_experiment, make_model
from nnstudio.engine.record import Tracer
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import Update, train, update
from nnstudio.engine.trace import Trace, fine_moments
from nnstudio.explain.cards import Card, make_card
from nnstudio.explain.spelling import explained
from nnstudio.session.examples import load_example
from nnstudio.session.export import check_source, source_of, start_weights
from nnstudio.ui.stepper.flow import flow_of, through_time, verdict
from tests.helpers import chain, choice, network, sound


def explicit(*rows: Any) -> Any:
    return choice("explicit", values=rows if isinstance(rows[0], tuple) else tuple(rows))


def one_neuron(
    x: Any, y: Any, loss: str, rate: float, *, weights: tuple[float, ...], bias: float, **training: Any
) -> Any:
    return sound(
        chain(
            ("linear", "n", {"units": 1, "weight_initializer": explicit(weights), "bias_initializer": explicit(bias)}),
            data=choice("typed", x=x, y=y),
            loss=choice(loss),
            optimizer=choice("sgd", learning_rate=rate),
            data_params={"scaling": "none"},
            dtype="float64",
            shuffle=False,
            **training,
        )
    )


def step_by_step(program: Any) -> list[np.ndarray]:
    """Weights and bias after each update of a run."""
    e = make_experiment(program)
    found = []
    for event in train(
        e.model,
        e.criterion,
        e.optimizer,
        e.schedule,
        e.data,
        e.validation,
        epochs=program.epochs,
        batch_size=program.batch_size,
        seed=0,
        shuffle=program.shuffle,
        limits=limits_of(program),
        couples_samples=False,
    ):
        if isinstance(event, Update):
            found.append(torch.cat([p.detach().reshape(-1) for p in e.model.parameters()]).numpy().copy())
    return found


GATE = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def test_a1_the_perceptron_rule_step_by_step() -> None:
    """w += η(t − y)x on a wrong sample, with y the step of z; compared with the rule written out here, to the last
    bit.
    """
    truth = ((0.0,), (0.0,), (0.0,), (1.0,))
    program = one_neuron(GATE, truth, "perceptron", 0.5, weights=(0.0, 0.0), bias=0.0, epochs=8, batch_size=1)
    w, b = np.zeros(2), 0.0
    rule = []
    for _ in range(8):
        for x, (t,) in zip(np.array(GATE), truth, strict=True):
            y = 1.0 if w @ x + b >= 0 else 0.0
            w, b = w + 0.5 * (t - y) * x, b + 0.5 * (t - y)
            rule.append([*w, b])
    np.testing.assert_array_equal(np.array(step_by_step(program)), np.array(rule))
    assert [1.0 if w @ x + b >= 0 else 0.0 for x in np.array(GATE)] == [0, 0, 0, 1]


def test_a1_the_weights_that_are_and() -> None:
    program = sound(
        chain(
            (
                "linear",
                "n",
                {
                    "units": 1,
                    "activation": choice("step"),
                    "weight_initializer": explicit((1.0, 1.0)),
                    "bias_initializer": explicit(-1.5),
                },
            ),
            data=choice("typed", x=GATE, y=((0.0,), (0.0,), (0.0,), (1.0,))),
            loss=choice("mse"),
            data_params={"scaling": "none"},
        )
    )
    e = make_experiment(program)
    loss, said, _ = forward(e.model, e.criterion, *e.data.batch(slice(0, 4)))
    assert float(loss.detach()) == 0 and said.reshape(-1).tolist() == [0, 0, 0, 1]


def test_a2_one_neuron_never_learns_xor() -> None:
    program = one_neuron(
        GATE,
        ((0.0,), (1.0,), (1.0,), (0.0,)),
        "perceptron",
        0.5,
        weights=(0.0, 0.0),
        bias=0.0,
        epochs=200,
        batch_size=1,
    )
    weights = step_by_step(program)[-40:]
    for w1, w2, b in weights:
        said = [1.0 if w1 * x1 + w2 * x2 + b >= 0 else 0.0 for x1, x2 in GATE]
        assert said != [0, 1, 1, 0]
    assert len({tuple(w) for w in weights}) > 1, "it goes round for ever"


def test_a3_the_adaline_step() -> None:
    """E = ½(t − z)²; from zero with η = 0.1 on x = (1, 1), t = 1: w = (0.1, 0.1), b = 0.1; batch and online."""
    program = one_neuron(
        ((1.0, 1.0),), ((1.0,),), "half_squared", 0.1, weights=(0.0, 0.0), bias=0.0, epochs=1, batch_size=1
    )
    np.testing.assert_allclose(step_by_step(program)[0], [0.1, 0.1, 0.1], rtol=0, atol=1e-15)
    batch = one_neuron(
        GATE,
        ((0.0,), (0.0,), (0.0,), (1.0,)),
        "half_squared",
        0.1,
        weights=(0.0, 0.0),
        bias=0.0,
        epochs=1,
        batch_size=4,
    )
    # 1/N Σ (t − z) x with z = 0: only the last sample has an error.
    np.testing.assert_allclose(step_by_step(batch)[0], [0.1 / 4, 0.1 / 4, 0.1 / 4], rtol=0, atol=1e-15)


def test_b3_parameters_and_rows_that_sum_to_one() -> None:
    document = chain(
        ("linear", "a", {"units": 3, "activation": choice("sigmoid"), "weight_initializer": choice("xavier_normal")}),
        ("linear", "b", {"units": 2, "activation": choice("relu"), "weight_initializer": choice("he_normal")}),
        ("linear", "c", {"units": 2, "activation": choice("softmax")}),
        data=choice("typed", x=((1.0, 2.0, 3.0), (0.5, -1.0, 0.0)), y=((1.0, 0.0), (0.0, 1.0))),
        loss=choice("mse"),
    )
    lowered = lower(document)
    assert dict(lowered.parameters) == {"a": 12, "b": 8, "c": 6} and lowered.total == 26
    program = sound(document)
    model, _ = make_model(program, 0, torch.device("cpu"))
    out = model(torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]]))
    torch.testing.assert_close(out.sum(dim=1), torch.ones(2))


def test_b4_the_parameter_table() -> None:
    document = chain(
        ("linear", "in_", {"units": 20}),
        ("linear", "a", {"units": 64}),
        ("linear", "b", {"units": 128}),
        ("linear", "c", {"units": 4}),
        data=choice("iris"),
        loss=choice("mse"),
    )
    counts = lower(document).parameters
    assert [counts[k] for k in ("a", "b", "c")] == [1344, 8320, 516] and sum(
        counts[k] for k in ("a", "b", "c")
    ) == 10_180


def test_b5_softmax_and_its_jacobian() -> None:
    from nnstudio.catalog.registry import family
    from tests.catalog.test_contract import run_calls

    calls = family("activations")["softmax"].calls(choice("softmax").params)
    z = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    y = run_calls(calls, {"z": z})
    np.testing.assert_allclose(y.numpy(), [0.0900, 0.2447, 0.6652], atol=5e-5)
    torch.testing.assert_close(run_calls(calls, {"z": z + 1000}), y)
    jacobian = torch.autograd.functional.jacobian(lambda v: run_calls(calls, {"z": v}), z)
    torch.testing.assert_close(jacobian, torch.diag(y) - torch.outer(y, y))


def ramp(kernel: tuple[tuple[float, ...], ...]) -> torch.Tensor:
    """The 5 × 5 ramp through a 3 × 3 kernel typed as a small table."""
    rows = tuple(float(i + j) for i in range(5) for j in range(5))
    program = sound(
        chain(
            ("reshape", "image", {"shape": (1, 5, 5)}),
            (
                "conv_2d",
                "conv",
                {"channels": 1, "kernel": 3, "bias": False, "weight_initializer": choice("explicit", values=kernel)},
            ),
            ("flatten", "flat", {}),
            data=choice("typed", x=(rows,), y=((0.0,) * 9,)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
        )
    )
    check_source(program, source_of(program).text)
    assert start_weights(program)["conv.weight"].shape == (1, 1, 3, 3)
    e = make_experiment(program)
    return e.model(*e.data.batch(slice(0, 1))[0]).detach()


def test_b6_cross_correlation_on_the_ramp() -> None:
    kernel = ((1.0, 0.0, -1.0),) * 3
    assert ramp(kernel).tolist() == [[-6.0] * 9]
    # Convolution turns the kernel round.
    assert ramp(tuple(row[::-1] for row in kernel[::-1])).tolist() == [[6.0] * 9]


D5 = {
    "sgd": ({}, (0.9900, 0.9801)),
    "momentum": ({"momentum": 0.9}, (0.9900, 0.9711)),
    "adagrad": ({}, (0.9900, 0.9830)),
    "rmsprop": ({"alpha": 0.9}, (0.9684, 0.9458)),
}


def two_steps(kind: str, **params: Any) -> list[float]:
    """½w² from w = 1 with η = 0.01: a neuron without bias on x = 1, t = 0, under ½ squared error."""
    program = sound(
        chain(
            ("linear", "n", {"units": 1, "bias": False, "weight_initializer": explicit((1.0,))}),
            data=choice("typed", x=((1.0,),), y=((0.0,),)),
            loss=choice("half_squared"),
            optimizer=choice(kind, learning_rate=0.01, **params),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    from nnstudio.engine.experiment import limits_of

    e = make_experiment(program)
    weight = next(e.model.parameters())
    found = []
    for _ in range(2):
        update(e.model, e.criterion, e.optimizer, *e.data.batch(slice(0, 1)), limits_of(program))
        found.append(float(weight.detach()))
    return found


@pytest.mark.parametrize("name", D5)
def test_d5_two_steps_of_each_optimizer(name: str) -> None:
    params, wanted = D5[name]
    np.testing.assert_allclose(two_steps("sgd" if name == "momentum" else name, **params), wanted, atol=5e-5)


def test_d5_nesterov_adam_and_adamw_by_their_formulas() -> None:
    """Written out from the papers: Nesterov's look-ahead; Adam's first step is η whatever the gradient; AdamW decays
    apart.
    """
    w, v, wanted = 1.0, 0.0, []
    for _ in range(2):
        v = 0.9 * v + w
        w -= 0.01 * (w + 0.9 * v)
        wanted.append(w)
    np.testing.assert_allclose(two_steps("sgd", momentum=0.9, nesterov=True), wanted, rtol=1e-12)
    for kind, decay in (("adam", 0.0), ("adamw", 0.1)):
        w, m, s, wanted = 1.0, 0.0, 0.0, []
        for t in (1, 2):
            g = w
            w *= 1 - 0.01 * decay
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            w -= 0.01 * (m / (1 - 0.9**t)) / ((s / (1 - 0.999**t)) ** 0.5 + 1e-8)
            wanted.append(w)
        np.testing.assert_allclose(two_steps(kind, weight_decay=decay), wanted, rtol=1e-9)


# -- C: backpropagation, number by number --------------------------------------------------------


def cards_of(
    program: Program, rows: list[int] | None = None, *, inside: bool = True, steps: int = 0
) -> tuple[Trace, dict[Any, Card]]:
    """A recorded step and its cards by (phase, parameter or step, unit)."""
    e = make_experiment(program, program.seed)
    places = rows or [0]
    for _ in range(steps):
        update(e.model, e.criterion, e.optimizer, *e.data.batch(places), limits_of(program))
    trace = Tracer(program).record(
        e.model.state_dict(),
        *e.data.batch(places),
        tuple(e.data.rows[p] for p in places),
        optimizer_state=e.optimizer.state_dict(),
    )
    if inside:
        trace = replace(trace, moments=fine_moments(trace))
    return trace, {(m.phase, m.parameter or m.step, m.unit): make_card(trace, m) for m in trace.moments}


def figures(card: Card) -> list[float]:
    return [value for _, value in card.facts]


def test_c1_every_figure_stands_in_a_card() -> None:
    """The 2-2-2 sigmoid network with half the squared error and η = 0.5, to eight digits."""
    _, cards = cards_of(sound(load_example("backprop-2-2-2")))

    def shows(key: tuple[str, str, int], *goals: float) -> None:
        card = cards[key]
        for goal in goals:
            assert any(
                abs(value - goal) < 1.1e-8 * max(1.0, abs(goal))
                for value in (*figures(card), float(card.result.replace("−", "-")))
            ), (key, goal, card)

    shows(("forward", "hidden_z", 0), 0.3775)
    shows(("forward", "hidden", 0), 0.593269992)
    shows(("forward", "hidden", 1), 0.596884378)
    shows(("forward", "output_z", 0), 1.105905967)
    shows(("forward", "output", 0), 0.75136507)
    shows(("forward", "output", 1), 0.772928465)
    shows(("loss", "loss_half", 0), 0.274811083)
    shows(("loss", "loss_half", 1), 0.023560026)
    shows(("loss", "loss", 0), 0.298371109)
    shows(("backward", "output", 0), 0.74136507, 0.186815602, 0.138498562)
    shows(("backward", "output.weight", 0), 0.082167041)
    shows(("update", "output.weight", 0), 0.082167041, 0.35891648, 0.4, 0.5, -0.04108352)
    hidden = cards["backward", "hidden", 0]
    # Two paths are added.
    assert [round(value, 9) for name, value in hidden.facts if name.startswith("path")] == [0.055399425, -0.019049118]
    shows(("backward", "hidden", 0), 0.036350306, 0.241300709, 0.008771355)
    shows(("backward", "hidden.weight", 0), 0.000438568)
    shows(("update", "hidden.weight", 0), 0.149780716)
    assert (
        "0.03589" not in cards["update", "output.weight", 0].result
        and cards["update", "output.weight", 0].result == "0.35891648"
    )
    assert (
        "shrinks" in cards["update", "output.weight", 0].words
        and "should go down" in cards["backward", "output.weight", 0].words
    )


def test_c2_a_relu_network_one_gradient_after_the_other() -> None:
    """x = (1, 2), y = 1, squared error: gradients of input, weights and biases against the rules worked out by hand."""
    v, c, w, b = (
        np.array([[0.5, -0.25], [1.0, 0.5], [-1.0, 0.25]]),
        np.array([0.1, -0.2, 0.3]),
        np.array([[0.7, -0.4, 0.9]]),
        np.array([0.2]),
    )

    def table(array: np.ndarray) -> tuple[Any, ...]:
        return (
            tuple(tuple(float(n) for n in row) for row in array) if array.ndim == 2 else tuple(float(n) for n in array)
        )

    program = sound(
        chain(
            (
                "linear",
                "h",
                {
                    "units": 3,
                    "activation": choice("relu"),
                    "weight_initializer": choice("explicit", values=table(v)),
                    "bias_initializer": choice("explicit", values=table(c)),
                },
            ),
            (
                "linear",
                "o",
                {
                    "units": 1,
                    "weight_initializer": choice("explicit", values=table(w)),
                    "bias_initializer": choice("explicit", values=table(b)),
                },
            ),
            data=choice("typed", x=((1.0, 2.0),), y=((1.0,),)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    trace, cards = cards_of(program)
    x = np.array([1.0, 2.0])
    z = v @ x + c
    a = np.maximum(z, 0)
    d2 = 2 * (w @ a + b - 1.0)
    d1 = (w.T @ d2) * (z > 0)
    for k in range(3):
        assert cards["backward", "o.weight", k].result == exact(float((d2[:, None] * a)[0, k]))
        assert dict(cards["backward", "h", k].facts)[f"δ{'₁₂₃'[k]}"] == pytest.approx(float(d1[k]))
        for i in range(2):
            assert float(cards["backward", "h.weight", 2 * k + i].result.replace("−", "-")) == pytest.approx(
                float(d1[k] * x[i])
            )
        assert float(cards["backward", "h.bias", k].result.replace("−", "-")) == pytest.approx(float(d1[k]))
    assert cards["backward", "o.bias", 0].result == exact(float(d2[0]))
    np.testing.assert_allclose(trace.gradients["x"][0], v.T @ d1)


def test_c3_and_c5_layers_are_taken_apart_and_batches_are_means() -> None:
    """δ of Linear and activation apart; ∂E/∂W = (1/m) Δ Aᵀ, the bias the mean of δ."""
    program = sound(
        chain(
            ("linear", "h", {"units": 3, "activation": choice("sigmoid")}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            dtype="float64",
        )
    )
    trace, cards = cards_of(program, [0, 50, 100, 119], inside=False)
    a, z, delta = trace.values["h"], trace.gradients["h_z"], trace.gradients["h"]
    np.testing.assert_allclose(z, delta * a * (1 - a))
    own = trace.gradients["o"] * 4
    np.testing.assert_allclose(trace.parameters["o.weight"].gradient, own.T @ a / 4)
    np.testing.assert_allclose(trace.parameters["o.bias"].gradient, own.mean(axis=0))
    assert (
        any("Σ" in line for line in cards["backward", "o.weight", -1].lines)
        and "4" in cards["backward", "o.weight", -1].notes[0]
    )


def test_c4_pairs_of_output_and_loss() -> None:
    """Softmax with cross-entropy gives p − t; sigmoid with squared error almost nothing where it is saturated."""
    _, cards = cards_of(
        sound(chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"), dtype="float64"))
    )
    card = cards["backward", "loss", 0]
    assert (
        any("p₁ − t₁" in line for line in card.lines) and len([n for n, _ in card.facts if n.startswith("∂E/∂z")]) == 3
    )
    saturated = sound(
        chain(
            (
                "linear",
                "o",
                {"units": 1, "activation": choice("sigmoid"), "weight_initializer": choice("constant", value=8.0)},
            ),
            data=choice("typed", x=((1.0,),), y=((0.0,),)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    _, cards = cards_of(saturated)
    found = dict(cards["backward", "o", 0].facts)
    assert found["∂E/∂o₁"] > 1.99 and abs(found["δ₁"]) < 2e-3 and "flat" in cards["backward", "o", 0].words


def deep(activation: str, layers: int, skip: bool = False) -> Program:
    """A deep network of equal layers, with or without links around each."""
    nodes: list[tuple[str, str, dict[str, Any]]] = [
        ("data", "data", {"dataset": choice("iris")}),
        ("linear", "first", {"units": 8}),
    ]
    wires, last = [("data", "x", "first", "x")], "first"
    for number in range(layers):
        nodes.append(
            (
                "linear",
                f"h{number}",
                {"units": 8, "activation": choice(activation), "weight_initializer": choice("xavier_normal")},
            )
        )
        wires.append((last, "y", f"h{number}", "x"))
        if skip:
            nodes.append(("add", f"s{number}", {}))
            wires += [(last, "y", f"s{number}", "x"), (f"h{number}", "y", f"s{number}", "x")]
        last = f"s{number}" if skip else f"h{number}"
    nodes += [
        ("linear", "out", {"units": 3}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
    ]
    return sound(
        network(*nodes, wires=(*wires, (last, "y", "out", "x"), ("out", "y", "loss", "prediction")), dtype="float64")
    )


def test_c7_c8_c9_vanishing_exploding_and_the_skip_link() -> None:
    sigmoid, _ = cards_of(deep("sigmoid", 8), [0, 60], inside=False)
    bars = flow_of(sigmoid)
    sizes = [bar.delta for bar in bars if bar.node]
    assert sizes[0] > sizes[3] > sizes[6] and sizes[-1] < sizes[0] * 1e-4 and "vanishes" in verdict(bars)
    linked, cards = cards_of(deep("sigmoid", 8, skip=True), [0, 60], inside=False)
    with_link = flow_of(linked)
    assert with_link[-1].delta > 100 * bars[-1].delta and "vanishes" not in verdict(with_link)
    # The identity term: what comes straight through the link is ∂E/∂y itself.
    shares = dict(linked.shares["s3"])
    np.testing.assert_array_equal(shares["s4"], linked.gradients["s4"])
    assert any("Used 2 times" in note for note in cards["backward", "s3", -1].notes)
    document = chain(
        *((("linear", f"h{k}", {"units": 8, "weight_initializer": choice("constant", value=1.5)})) for k in range(5)),
        ("linear", "o", {"units": 1}),
        data=choice("typed", x=((1.0, 2.0),), y=((0.0,),)),
        loss=choice("mse"),
        data_params={"scaling": "none"},
        optimizer_params={"clip_norm": 1.0},
        dtype="float64",
    )
    exploding, cards = cards_of(sound(document), inside=False)
    assert "explodes" in verdict(flow_of(exploding)) and exploding.clip_factor < 1e-3
    used = np.concatenate([r.used.reshape(-1) for r in exploding.parameters.values() if r.used is not None])
    assert np.linalg.norm(used) == pytest.approx(1.0, rel=1e-5)
    assert any("clipped" in line for line in cards["update", "h0.weight", -1].lines)
    # The slopes that the lesson gives: tanh′(1) ≈ 0.42, σ′(1) ≈ 0.2.
    for kind, slope in (("tanh", 0.42), ("sigmoid", 0.2)):
        one = sound(
            chain(
                (
                    "linear",
                    "o",
                    {
                        "units": 1,
                        "activation": choice(kind),
                        "weight_initializer": choice("constant", value=1.0),
                        "bias_initializer": choice("zeros"),
                    },
                ),
                data=choice("typed", x=((1.0,),), y=((0.0,),)),
                loss=choice("mse"),
                data_params={"scaling": "none"},
                dtype="float64",
            )
        )
        _, cards = cards_of(one)
        assert dict(cards["backward", "o", 0].facts)["f′"] == pytest.approx(slope, abs=5e-3)


def test_c10_the_gradient_by_time_step() -> None:
    program = sound(
        chain(
            ("rnn", "r", {"units": 4}),
            ("linear", "o", {"units": 1}),
            data=choice("forecast", length=12),
            loss=choice("mse"),
            dtype="float64",
        )
    )
    trace, _ = cards_of(program, [0, 1], inside=False)
    assert not through_time(trace)
    bars = through_time(explained(program, trace))
    assert [bar.name for bar in bars] == [f"h{t}" for t in range(12, 0, -1)]
    assert bars[0].delta > bars[-1].delta > 0


def test_b5_and_b6_are_worked_out_in_cards() -> None:
    """Softmax of (1, 2, 3) and the kernel [1 0 −1] on the ramp: −6 everywhere, and what convolution would give is
    said.
    """
    kernel = ((1.0, 0.0, -1.0),) * 3
    ramp = tuple(float(i + j) for i in range(1, 6) for j in range(5))
    program = sound(
        chain(
            ("reshape", "image", {"shape": (1.0, 5.0, 5.0)}),
            (
                "conv_2d",
                "c",
                {"channels": 1, "kernel": 3, "bias": False, "weight_initializer": choice("explicit", values=kernel)},
            ),
            ("flatten", "f", {}),
            ("linear", "o", {"units": 1}),
            data=choice("typed", x=(ramp,), y=((0.0,),)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    trace, _ = cards_of(program, inside=False)
    moment = next(m for m in trace.moments if m.phase == "forward" and trace.steps[m.step].form == "convolution")
    for place in range(9):
        card = make_card(trace, moment, 0, place)
        assert card.result == "−6" and any("cross-correlation" in note for note in card.notes)
    soft = sound(
        chain(
            ("activation", "a", {"activation": choice("softmax")}),
            ("linear", "o", {"units": 1}),
            data=choice("typed", x=((1.0, 2.0, 3.0),), y=((0.0,),)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    _, cards = cards_of(soft)
    assert [round(v, 4) for n, v in cards["forward", "a", 0].facts] == [0.0900, 0.2447, 0.6652]
