"""Updates by replay are the usual ones, bit for bit; what cannot be replayed goes on as usual."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nnstudio.document.values import Document
from nnstudio.engine import replay as replay_module
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.replay import WARM_UPDATES, Replay, Stepper, Unfit
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import Diverged, Progress, Update
from nnstudio.session.examples import example_names, load_example
from tests.helpers import chain, choice, sound


def states(
    document: Document, stepper: Stepper | None, updates: int = 120
) -> tuple[dict[str, torch.Tensor], list[float], torch.Tensor]:
    """Train so many updates; returns weights, losses and the state of the generator."""
    program = sound(document)
    experiment = make_experiment(program)
    losses = []
    for event in experiment.train(
        10**6, lambda: program.batch_size, Progress([g["lr"] for g in experiment.optimizer.param_groups]), None, stepper
    ):
        if isinstance(event, Update):
            losses.append(float(event.loss))
            if len(losses) == updates:
                break
    return {k: v.clone() for k, v in experiment.model.state_dict().items()}, losses, torch.get_rng_state()


@pytest.mark.parametrize("name", example_names())
def test_every_example_trains_to_the_same_bits(name: str) -> None:
    stepper = Stepper()
    usual, fast = states(load_example(name), None, 60), states(load_example(name), stepper, 60)
    assert (
        usual[1] == fast[1]
        and torch.equal(usual[2], fast[2])
        and all(torch.equal(usual[0][k], fast[0][k]) for k in usual[0])
    )
    # A spelled-out recurrent layer hands out sparse or foreign tensors: it goes on as usual.
    assert stepper.fast or stepper.off


LAYERS: list[list[Any]] = [
    [("linear", "a", {"units": 7, "activation": choice(kind)}), ("linear", "o", {"units": 3})]
    for kind in ("relu", "tanh", "sigmoid", "gelu", "leaky_relu", "elu", "softplus", "silu", "prelu")
] + [
    [
        ("linear", "a", {"units": 7}),
        ("batch_norm_1d", "n", {}),
        ("dropout", "d", {"p": 0.4}),
        ("linear", "o", {"units": 3}),
    ],
    [("linear", "a", {"units": 8}), ("layer_norm", "n", {}), ("linear", "o", {"units": 3})],
]


@pytest.mark.parametrize(
    "layers",
    LAYERS,
    ids=lambda layers: "-".join(str(part[2].get("activation", choice(part[0])).kind) for part in layers),
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_layers_dropout_and_norms(layers: list[Any], optimizer: str) -> None:
    document = chain(
        *layers,
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice(optimizer),
        optimizer_params={"clip_norm": 0.5, "l1": 1e-4},
        batch_size=25,
    )
    stepper = Stepper()
    usual, fast = states(document, None), states(document, stepper)
    assert stepper.fast and usual[1] == fast[1] and torch.equal(usual[2], fast[2])
    assert all(torch.equal(usual[0][k], fast[0][k]) for k in usual[0])


def test_gradients_are_those_of_autograd_for_another_batch() -> None:
    program = sound(load_example("rings"))
    experiment = make_experiment(program)
    first, second = (experiment.data.batch(slice(start, start + 64)) for start in (0, 200))
    replay = Replay(experiment.model, experiment.criterion, *first)
    with torch.no_grad():
        for parameter in experiment.model.parameters():
            parameter.add_(0.1)
    loss, said, truth, grads = replay(*second)
    expected, expected_said, expected_truth = forward(experiment.model, experiment.criterion, *second)
    wanted = torch.autograd.grad(expected, list(experiment.model.parameters()))
    assert torch.equal(loss, expected) and torch.equal(said, expected_said) and torch.equal(truth, expected_truth)
    assert all(torch.equal(a, b) for a, b in zip(grads, wanted, strict=True))
    assert not replay.fits(*experiment.data.batch(slice(0, 63)))


def test_what_differs_is_left_to_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = states(load_example("rings"), None, 60)
    wrong = Stepper()
    call = Replay.__call__
    monkeypatch.setattr(Replay, "__call__", lambda self, x, y: (lambda r: (r[0] + 1e-7, *r[1:]))(call(self, x, y)))
    found = states(load_example("rings"), wrong, 60)
    assert (
        wrong.off
        and not wrong.fast
        and found[1] == usual[1]
        and all(torch.equal(usual[0][k], found[0][k]) for k in usual[0])
    )
    monkeypatch.undo()

    def unfit(*args: Any) -> None:
        raise Unfit

    monkeypatch.setattr(replay_module, "_Writer", unfit)
    refused = Stepper()
    found = states(load_example("rings"), refused, 60)
    assert refused.off and found[1] == usual[1] and torch.equal(found[2], usual[2])


def test_a_loss_that_is_no_number_stops_a_replayed_run_before_the_weights_are_spoilt() -> None:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        batch_size=50,
    )
    program = sound(document)
    experiment, stepper = make_experiment(program), Stepper()
    loop = experiment.train(10**6, lambda: program.batch_size, Progress([0.1]), None, stepper)
    seen = 0
    while not stepper.fast or seen < WARM_UPDATES + 5:
        seen += isinstance(next(loop), Update)
    experiment.data.targets[0].fill_(float("nan"))
    with pytest.raises(Diverged):
        while True:
            next(loop)
    assert all(bool(torch.isfinite(p).all()) for p in experiment.model.parameters())
