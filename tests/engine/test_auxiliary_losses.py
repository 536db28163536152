"""A loss may stand behind any layer whose shape fits: behind the last one without a Linear, and behind hidden ones
beside the main loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import family
from nnstudio.compile.lower import lower
from nnstudio.document.values import Document
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.record import record
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.helpers import choice, finish, network, sound

IRIS = ("data", "data", {"dataset": choice("iris")})
KEEPING: dict[str, dict[str, Any]] = {
    "activation": {"activation": choice("prelu")},
    "batch_norm_1d": {},
    "layer_norm": {},
    "dropout": {},
    "identity_layer": {},
    "flatten": {},
}
PLAIN = {
    "cross_entropy": lambda a, t: torch.nn.functional.cross_entropy(a, t),
    "nll": lambda a, t: torch.nn.functional.nll_loss(a, t),
    "mse": lambda a, t: ((a - one_hot(t)) ** 2).mean(),
    "l1_loss": lambda a, t: (a - one_hot(t)).abs().mean(),
    "bce_logits": lambda a, t: torch.nn.functional.binary_cross_entropy_with_logits(a, one_hot(t)),
    "huber": lambda a, t: torch.nn.functional.huber_loss(a, one_hot(t)),
    "smooth_l1": lambda a, t: torch.nn.functional.smooth_l1_loss(a, one_hot(t)),
    "hinge": lambda a, t: torch.relu(1 - (2 * one_hot(t) - 1) * a).mean(),
    "half_squared": lambda a, t: 0.5 * ((a - one_hot(t)) ** 2).sum(-1).mean(),
}


def one_hot(t: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(t, 3).float()


def with_hidden(loss: str, kind: str = "", params: dict[str, Any] | None = None, weight: float = 0.4) -> Document:
    """data → h → (a layer) → o → cross-entropy, and a second loss behind h or the layer."""
    nodes = [
        IRIS,
        ("linear", "h", {"units": 3, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        ("loss", "main", {"loss": choice("cross_entropy")}),
        ("loss", "beside", {"loss": choice(loss), "weight": weight}),
        ("optimizer", "op", {"optimizer": choice("sgd", learning_rate=0.1)}),
    ]
    middle = "h"
    wires = [("data", "x", "h", "x")]
    if kind:
        nodes.insert(2, (kind, "k", params or {}))
        wires.append(("h", "y", "k", "x"))
        middle = "k"
    wires += [(middle, "y", "o", "x"), ("o", "y", "main", "prediction"), (middle, "y", "beside", "prediction")]
    return network(*nodes, wires=tuple(wires), epochs=2)


@pytest.mark.parametrize("loss", sorted(family("losses")))
def test_any_loss_stands_behind_a_hidden_layer(loss: str) -> None:
    lowered = lower(with_hidden(loss))
    if family("losses")[loss].expects == "probabilities":
        # It says what it needs, and mends it.
        assert lowered.program is None and any(p.mend is not None for p in lowered.errors)
        return
    program = sound(with_hidden(loss))
    experiment = make_experiment(program)
    inputs, targets = experiment.data.batch(torch.arange(20))
    total, said, _ = forward(experiment.model, experiment.criterion, inputs, targets)
    if loss in PLAIN:
        h = torch.tanh(inputs[0] @ experiment.model.h.weight.T + experiment.model.h.bias)
        o = h @ experiment.model.o.weight.T + experiment.model.o.bias
        truth = next(t for t in targets if t.dtype == torch.int64)
        wanted = torch.nn.functional.cross_entropy(o, truth) + 0.4 * PLAIN[loss](h, truth)
        torch.testing.assert_close(total, wanted)
        parameters = list(experiment.model.parameters())
        for mine, independent in zip(
            torch.autograd.grad(total, parameters), torch.autograd.grad(wanted, parameters), strict=True
        ):
            torch.testing.assert_close(mine, independent, rtol=1e-5, atol=1e-7)
        # What is said and counted is the main loss's answer.
        assert torch.equal(said, o.argmax(1))
    trace = record(
        program, experiment.model.state_dict(), tuple(t[:1] for t in inputs), tuple(t[:1] for t in targets), (0,)
    )
    assert np.isfinite(trace.loss) and {step.node for step in trace.steps.values() if step.phase == "loss"} == {
        "main",
        "beside",
    }
    ended, _ = finish(Trainer(program, device="cpu"))
    assert ended.reason is None
    check_source(program, source_of(program).text)


@pytest.mark.parametrize("kind", KEEPING)
def test_a_loss_stands_behind_any_kind_of_layer(kind: str) -> None:
    program = sound(with_hidden("mse", kind, KEEPING[kind]))
    ended, _ = finish(Trainer(program, device="cpu"))
    assert ended.reason is None and ended.report["final"]["train_loss"] > 0


@pytest.mark.parametrize("kind", ["activation", "batch_norm_1d", "layer_norm"])
def test_a_layer_needs_no_linear_in_front_of_its_loss(kind: str) -> None:
    """Its output is compared with what the shape fits: here with the samples themselves."""
    document = network(
        IRIS,
        (kind, "k", KEEPING[kind]),
        ("loss", "loss", {"loss": choice("mse")}),
        ("optimizer", "op", {"optimizer": choice("sgd", learning_rate=0.1)}),
        wires=(("data", "x", "k", "x"), ("k", "y", "loss", "prediction"), ("data", "x", "loss", "target")),
        epochs=2,
    )
    ended, _ = finish(Trainer(sound(document), device="cpu"))
    assert ended.reason is None and ended.report["updates"] > 0


@pytest.mark.parametrize("pair", [("h", "g"), ("g", "h")])
def test_two_hidden_layers_are_compared(pair: tuple[str, str]) -> None:
    document = network(
        IRIS,
        ("linear", "h", {"units": 5}),
        ("linear", "g", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        ("loss", "main", {"loss": choice("cross_entropy")}),
        ("loss", "beside", {"loss": choice("mse")}),
        ("optimizer", "op", {}),
        wires=(
            ("data", "x", "h", "x"),
            ("h", "y", "g", "x"),
            ("g", "y", "o", "x"),
            ("o", "y", "main", "prediction"),
            (pair[0], "y", "beside", "prediction"),
            (pair[1], "y", "beside", "target"),
        ),
        epochs=2,
    )
    ended, _ = finish(Trainer(sound(document), device="cpu"))
    assert ended.reason is None


def test_a_sequence_is_compared_with_one_of_its_shape() -> None:
    nodes = (
        ("data", "data", {"dataset": choice("sequence_memory", kinds=4)}),
        ("embedding", "e", {"width": 5}),
        ("gru", "g", {"units": 5, "outputs": "all"}),
        ("mean_axis", "m", {}),
        ("linear", "o", {"units": 4}),
        ("loss", "main", {"loss": choice("cross_entropy")}),
        ("loss", "beside", {"loss": choice("mse"), "weight": 0.1}),
        ("optimizer", "op", {}),
    )
    document = network(
        *nodes,
        wires=(
            ("data", "x", "e", "x"),
            ("e", "y", "g", "x"),
            ("g", "y", "m", "x"),
            ("m", "y", "o", "x"),
            ("o", "y", "main", "prediction"),
            ("g", "y", "beside", "prediction"),
            ("e", "y", "beside", "target"),
        ),
        epochs=1,
    )
    ended, _ = finish(Trainer(sound(document), device="cpu"))
    assert ended.reason is None
