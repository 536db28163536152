"""The worked figures of a first course, come out of the program itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.compile.lower import lower
from nnstudio.engine.experiment import make_experiment, make_model
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import Update, train, update
from nnstudio.session.export import check_source, source_of, start_weights
from tests.helpers import chain, choice, sound


def explicit(*rows: Any) -> Any:
    return choice("explicit", values=rows if isinstance(rows[0], tuple) else tuple(rows))


def one_neuron(x: Any, y: Any, loss: str, rate: float, *, weights: tuple[float, ...], bias: float, **training: Any) -> Any:
    return sound(chain(
        ("linear", "n", {"units": 1, "weight_initializer": explicit(weights), "bias_initializer": explicit(bias)}),
        data=choice("typed", x=x, y=y), loss=choice(loss), optimizer=choice("sgd", learning_rate=rate), data_params={"scaling": "none"},
        dtype="float64", shuffle=False, **training))


def step_by_step(program: Any) -> list[np.ndarray]:
    """Weights and bias after each update of a run."""
    e = make_experiment(program)
    from nnstudio.engine.experiment import limits_of

    found = []
    for event in train(e.model, e.criterion, e.optimizer, e.schedule, e.data, e.validation, epochs=program.epochs, batch_size=program.batch_size,
                       seed=0, shuffle=program.shuffle, limits=limits_of(program), couples_samples=False):
        if isinstance(event, Update):
            found.append(torch.cat([p.detach().reshape(-1) for p in e.model.parameters()]).numpy().copy())
    return found


GATE = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def test_a1_the_perceptron_rule_step_by_step() -> None:
    """w += η(t − y)x on a wrong sample, with y the step of z; compared with the rule written out here, to the last bit."""
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
    program = sound(chain(
        ("linear", "n", {"units": 1, "activation": choice("step"), "weight_initializer": explicit((1.0, 1.0)), "bias_initializer": explicit(-1.5)}),
        data=choice("typed", x=GATE, y=((0.0,), (0.0,), (0.0,), (1.0,))), loss=choice("mse"), data_params={"scaling": "none"}))
    e = make_experiment(program)
    loss, said, _ = forward(e.model, e.criterion, *e.data.batch(slice(0, 4)))
    assert float(loss.detach()) == 0 and said.reshape(-1).tolist() == [0, 0, 0, 1]


def test_a2_one_neuron_never_learns_xor() -> None:
    program = one_neuron(GATE, ((0.0,), (1.0,), (1.0,), (0.0,)), "perceptron", 0.5, weights=(0.0, 0.0), bias=0.0, epochs=200, batch_size=1)
    weights = step_by_step(program)[-40:]
    for w1, w2, b in weights:
        said = [1.0 if w1 * x1 + w2 * x2 + b >= 0 else 0.0 for x1, x2 in GATE]
        assert said != [0, 1, 1, 0]
    assert len({tuple(w) for w in weights}) > 1, "it goes round for ever"


def test_a3_the_adaline_step() -> None:
    """E = ½(t − z)²; from zero with η = 0.1 on x = (1, 1), t = 1: w = (0.1, 0.1), b = 0.1; batch and online."""
    program = one_neuron(((1.0, 1.0),), ((1.0,),), "half_squared", 0.1, weights=(0.0, 0.0), bias=0.0, epochs=1, batch_size=1)
    np.testing.assert_allclose(step_by_step(program)[0], [0.1, 0.1, 0.1], rtol=0, atol=1e-15)
    batch = one_neuron(GATE, ((0.0,), (0.0,), (0.0,), (1.0,)), "half_squared", 0.1, weights=(0.0, 0.0), bias=0.0, epochs=1, batch_size=4)
    # 1/N Σ (t − z) x with z = 0: only the last sample has an error.
    np.testing.assert_allclose(step_by_step(batch)[0], [0.1 / 4, 0.1 / 4, 0.1 / 4], rtol=0, atol=1e-15)


def test_b3_parameters_and_rows_that_sum_to_one() -> None:
    document = chain(
        ("linear", "a", {"units": 3, "activation": choice("sigmoid"), "weight_initializer": choice("xavier_normal")}),
        ("linear", "b", {"units": 2, "activation": choice("relu"), "weight_initializer": choice("he_normal")}),
        ("linear", "c", {"units": 2, "activation": choice("softmax")}),
        data=choice("typed", x=((1.0, 2.0, 3.0), (0.5, -1.0, 0.0)), y=((1.0, 0.0), (0.0, 1.0))), loss=choice("mse"))
    lowered = lower(document)
    assert dict(lowered.parameters) == {"a": 12, "b": 8, "c": 6} and lowered.total == 26
    program = sound(document)
    model, _ = make_model(program, 0, torch.device("cpu"))
    out = model(torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]]))
    torch.testing.assert_close(out.sum(dim=1), torch.ones(2))


def test_b4_the_parameter_table() -> None:
    document = chain(("linear", "in_", {"units": 20}), ("linear", "a", {"units": 64}), ("linear", "b", {"units": 128}), ("linear", "c", {"units": 4}),
                     data=choice("iris"), loss=choice("mse"))
    counts = lower(document).parameters
    assert [counts[k] for k in ("a", "b", "c")] == [1344, 8320, 516] and sum(counts[k] for k in ("a", "b", "c")) == 10_180


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
    program = sound(chain(
        ("reshape", "image", {"shape": (1, 5, 5)}),
        ("conv_2d", "conv", {"channels": 1, "kernel": 3, "bias": False, "weight_initializer": choice("explicit", values=kernel)}),
        ("flatten", "flat", {}), data=choice("typed", x=(rows,), y=((0.0,) * 9,)), loss=choice("mse"), data_params={"scaling": "none"}))
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
    "sgd": ({}, (0.9900, 0.9801)), "momentum": ({"momentum": 0.9}, (0.9900, 0.9711)), "adagrad": ({}, (0.9900, 0.9830)),
    "rmsprop": ({"alpha": 0.9}, (0.9684, 0.9458)),
}


def two_steps(kind: str, **params: Any) -> list[float]:
    """½w² from w = 1 with η = 0.01: a neuron without bias on x = 1, t = 0, under ½ squared error."""
    program = sound(chain(
        ("linear", "n", {"units": 1, "bias": False, "weight_initializer": explicit((1.0,))}), data=choice("typed", x=((1.0,),), y=((0.0,),)),
        loss=choice("half_squared"), optimizer=choice(kind, learning_rate=0.01, **params), data_params={"scaling": "none"}, dtype="float64"))
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
    """Written out from the papers: Nesterov's look-ahead; Adam's first step is η whatever the gradient; AdamW decays apart."""
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
