"""Updates by replay are the usual ones, bit for bit; what cannot be replayed goes on as usual."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from nnstudio.catalog.registry import family
from nnstudio.document.values import Document
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.runtime import replay as replay_module
from nnstudio.engine.runtime.judging import Answers, Judge
from nnstudio.engine.runtime.metrics import evaluate, forward
from nnstudio.engine.runtime.recording import Unfit
from nnstudio.engine.runtime.replay import WARM_UPDATES, Kept, Replay, Stepper, same_bits
from nnstudio.engine.runtime.training import Diverged, Limits, Progress, Update, update
from nnstudio.engine.watcher import Watched, gradient_norm
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
        10**6,
        lambda: program.batch_size,
        Progress([g["lr"] for g in experiment.optimizer.param_groups]),
        step=stepper or update,
    ):
        if isinstance(event, Update):
            losses.append(float(event.loss))
            if len(losses) == updates:
                break
    return {k: v.clone() for k, v in experiment.model.state_dict().items()}, losses, torch.get_rng_state()


def same_weights(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and same_bits(list(first.values()), list(second.values()))


@pytest.mark.parametrize("name", example_names())
def test_every_example_trains_to_the_same_bits(name: str) -> None:
    stepper = Stepper()
    usual, fast = states(load_example(name), None, 60), states(load_example(name), stepper, 60)
    assert usual[1] == fast[1] and torch.equal(usual[2], fast[2]) and same_weights(usual[0], fast[0])
    assert stepper.fast and stepper.complete


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
@pytest.mark.parametrize("optimizer", sorted(family("optimizers")))
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
    assert same_weights(usual[0], fast[0])


def test_gradients_are_those_of_autograd_for_another_batch() -> None:
    program = sound(load_example("rings"))
    experiment = make_experiment(program)
    first, second = (experiment.data.batch(slice(start, start + 64)) for start in (0, 200))
    limits = Limits()
    for _ in range(2):
        update(experiment.model, experiment.criterion, experiment.optimizer, *first, limits)
    kept = Kept(experiment.model, experiment.optimizer)
    replay = Replay(experiment.model, experiment.criterion, experiment.optimizer, *first, limits)
    assert kept.same(Kept(experiment.model, experiment.optimizer)), "recording has left something behind"
    with torch.no_grad():
        for parameter in experiment.model.parameters():
            parameter.add_(0.1)
    value, loss, said, truth, grads = replay(*second, [0.1], whole=False)
    assert value == float(loss) and replay.complete
    expected, expected_said, expected_truth = forward(experiment.model, experiment.criterion, *second)
    wanted = torch.autograd.grad(expected, list(experiment.model.parameters()))
    assert torch.equal(loss, expected) and torch.equal(said, expected_said) and torch.equal(truth, expected_truth)
    assert all(torch.equal(a, b) for a, b in zip(grads, wanted, strict=True))


def test_a_last_batch_that_is_smaller_has_a_list_of_its_own() -> None:
    document = chain(
        ("linear", "h", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        batch_size=50,
    )
    stepper = Stepper()
    usual, fast = states(document, None), states(document, stepper)
    assert usual[1] == fast[1] and same_weights(usual[0], fast[0])
    assert sorted(stepper._ready) == [20, 50]


def test_one_gradient_for_two_weights_is_shortened_once_for_each() -> None:
    """Two biases that are added to the same sum get the same gradient, which autograd hands out twice."""

    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = (torch.nn.Parameter(torch.tensor([float(n), 0.5])) for n in (1, 2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.first + self.second

    x, t = torch.randn(6, 2), torch.randn(6, 2)
    found = []
    for step in (update, Stepper()):
        model = Twice()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, fused=True)
        for _ in range(60):
            step(model, mean_squares, optimizer, (x,), (t,), Limits(clip_norm=0.01, l1=1e-3))
        found.append([p.detach().clone() for p in model.parameters()])
    assert step.complete and same_bits(*found)  # type: ignore[attr-defined]


def mean_squares(y: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return ((y - t) ** 2).mean(), y, t


@pytest.mark.parametrize("kind", sorted(family("schedules")))
def test_schedules_of_rate_and_momentum(kind: str) -> None:
    document = chain(
        ("linear", "h", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", momentum=0.9),
        optimizer_params={"schedule": choice(kind)},
        batch_size=12,
    )
    stepper = Stepper()
    usual, fast = states(document, None, 200), states(document, stepper, 200)
    assert stepper.fast and usual[1] == fast[1] and same_weights(usual[0], fast[0])


def test_a_momentum_that_changes_is_noticed() -> None:
    x, t = torch.randn(6, 2), torch.randn(6, 2)
    found = []
    for step in (update, Stepper()):
        torch.manual_seed(3)
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, fused=True)
        for number in range(300):
            optimizer.param_groups[0]["momentum"] = 0.9 - 0.1 * (number // 40)
            step(model, mean_squares, optimizer, (x,), (t,), Limits(), True, 1 + number // 40)
        found.append([p.detach().clone() for p in model.parameters()])
    assert step.fast and not step.complete and same_bits(*found)  # type: ignore[attr-defined]


def test_gradients_that_are_looked_at_stand_with_the_parameters() -> None:
    x, t = torch.randn(6, 2), torch.randn(6, 2)
    torch.manual_seed(3)
    model, stepper, limits = torch.nn.Linear(2, 2), Stepper(), Watched(clip_norm=0.01)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, fused=True)
    for _ in range(50):
        stepper(model, mean_squares, optimizer, (x,), (t,), limits)
    assert stepper.complete
    loss = mean_squares(model(x), t)[0]
    norm = math.sqrt(sum(float(g.norm()) ** 2 for g in torch.autograd.grad(loss, list(model.parameters()))))
    limits.ask(True)
    stepper(model, mean_squares, optimizer, (x,), (t,), limits)
    assert limits.before == pytest.approx(norm)
    assert gradient_norm(model.parameters()) == pytest.approx(0.01, rel=1e-4)


def test_without_torchs_own_script_it_is_done_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> None:
        raise RuntimeError("no script here")

    monkeypatch.setattr(torch.jit, "CompilationUnit", refuse)
    stepper = Stepper()
    usual, fast = states(load_example("iris"), None, 60), states(load_example("iris"), stepper, 60)
    assert stepper.complete and usual[1] == fast[1] and same_weights(usual[0], fast[0])


@pytest.mark.parametrize("name", ["iris", "rings", "digits", "karate", "memory"])
def test_measures_after_an_epoch_are_the_usual_ones(name: str) -> None:
    program = sound(load_example(name))
    experiment, judge = make_experiment(program), Judge()
    found = []
    for _ in range(9):
        usual = evaluate(experiment.model, experiment.criterion, experiment.validation)
        assert judge(experiment.model, experiment.criterion, experiment.validation) == usual
        assert experiment.model.training and not judge.off
        found.append(usual)
        with torch.no_grad():
            for parameter in experiment.model.parameters():
                parameter.mul_(0.9)
    assert judge._checked and len({m.loss for m in found if m is not None}) == 9


def test_measures_that_differ_are_left_to_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    program = sound(load_example("iris"))
    experiment, judge = make_experiment(program), Judge()
    call = Answers.__call__
    monkeypatch.setattr(Answers, "__call__", lambda self, x, t: (lambda r: (r[0] + 1e-7, *r[1:]))(call(self, x, t)))
    for _ in range(9):
        usual = evaluate(experiment.model, experiment.criterion, experiment.validation)
        assert judge(experiment.model, experiment.criterion, experiment.validation) == usual
    assert judge.off


def test_what_differs_is_left_to_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = states(load_example("rings"), None, 60)
    wrong = Stepper()
    call = Replay.__call__
    monkeypatch.setattr(Replay, "__call__", lambda *a, **k: (lambda r: (r[0], r[1] + 1e-7, *r[2:]))(call(*a, **k)))
    found = states(load_example("rings"), wrong, 60)
    assert wrong.off and not wrong.fast and found[1] == usual[1] and same_weights(usual[0], found[0])
    monkeypatch.undo()

    def unfit(*args: Any) -> None:
        raise Unfit

    monkeypatch.setattr(replay_module, "Writer", unfit)
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
    loop = experiment.train(10**6, lambda: program.batch_size, Progress([0.1]), step=stepper)
    seen = 0
    while not stepper.fast or seen < WARM_UPDATES + 5:
        seen += isinstance(next(loop), Update)
    experiment.data.targets[0].fill_(float("nan"))
    with pytest.raises(Diverged):
        while True:
            next(loop)
    assert all(bool(torch.isfinite(p).all()) for p in experiment.model.parameters())


def test_a_list_that_is_long_is_made_later_and_one_that_is_longer_never(monkeypatch: pytest.MonkeyPatch) -> None:
    document = load_example("iris")
    usual = states(document, None, 120)
    monkeypatch.setattr(replay_module, "MOST_CALLS", 30)
    monkeypatch.setattr(replay_module, "LONG_WARM_UPDATES", 60)
    soon, later = Stepper(), Stepper()
    states(document, soon, 55)
    assert not soon.fast and not soon.off
    fast = states(document, later, 120)
    assert later.fast and later.complete
    assert usual[1] == fast[1] and torch.equal(usual[2], fast[2]) and same_weights(usual[0], fast[0])
    monkeypatch.setattr(replay_module, "LONG_CALLS", 30)
    never = Stepper()
    slow = states(document, never, 120)
    assert never.off and not never.fast
    assert usual[1] == slow[1] and same_weights(usual[0], slow[0])
