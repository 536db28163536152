"""Layers that use the weights of another: one set of them, whose gradients add up."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetParam
from nnstudio.document.groups import Inside, MakeGroup, Ungroup
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import Document
from nnstudio.engine.experiment import make_experiment, make_model
from nnstudio.engine.trainer import Trainer
from nnstudio.explain.printed import cards_of
from nnstudio.session.export import check_source, source_of
from nnstudio.session.exports import Leaving, exports
from tests.helpers import chain, choice, finish, keys, sound
from tests.properties.test_cards import recorded


def shared(between: str = "tanh", **training: object) -> Document:
    """Two layers of four neurons with one set of weights."""
    return chain(
        ("linear", "one", {"units": 4, "activation": choice(between)}),
        ("linear", "two", {"units": 4, "shares": ("one",)}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=0.1),
        epochs=2,
        batch_size=8,
    )


def test_there_is_one_set_of_weights() -> None:
    program = sound(shared())
    program.lint()
    assert [start.parameter for start in program.starts] == ["one.weight", "one.bias", "out.weight", "out.bias"]
    assert program.parameters == 20 + 15 and lower(shared()).parameters["two"] == 0
    text = source_of(program).text
    assert text.count("self.one = nn.Linear") == 1 and text.count("self.one(") == 2
    check_source(program, text)


def test_gradients_are_those_of_autograd_and_of_small_steps() -> None:
    program = sound(dataclasses.replace(shared(), training=shared().training.with_value("dtype", "float64")))
    experiment = make_experiment(program)
    model, criterion, (inputs, targets) = experiment.model, experiment.criterion, experiment.data.batch(slice(0, 8))

    def loss() -> torch.Tensor:
        found: torch.Tensor = criterion(model(*inputs), *targets)[0]
        return found

    loss().backward()
    weight = model.one.weight
    for place in ((0, 0), (1, 3), (3, 2)):
        with torch.no_grad():
            weight[place] += 1e-6
            above = float(loss())
            weight[place] -= 2e-6
            below = float(loss())
            weight[place] += 1e-6
        assert float(weight.grad[place]) == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_it_trains_as_in_pytorch() -> None:
    program = sound(shared())
    end, _ = finish(Trainer(program, device="cpu"))
    assert end.how == "finished" and set(end.weights) == {"one.weight", "one.bias", "out.weight", "out.bias"}


def test_the_card_adds_the_uses_up() -> None:
    """What each layer adds is told, and together they are the gradient that autograd gives."""
    trace = recorded(sound(shared()), 4, steps=1)
    found = 0
    for moment, card in cards_of(trace):
        if moment.phase != "backward" or moment.parameter != "one.weight":
            continue
        found += 1
        facts = dict(card.facts)
        shares = [value for name, value in facts.items() if name.endswith((", one", ", two"))]
        total = next(value for name, value in facts.items() if not name.endswith((", one", ", two")))
        assert len(shares) == 2 and sum(shares) == pytest.approx(total, rel=1e-4, abs=1e-7)
        gradient = trace.parameters["one.weight"].gradient
        assert gradient is not None and np.isclose(gradient, total, rtol=1e-5, atol=1e-8).any()
        assert any("add up" in note for note in card.notes)
    assert found


def test_numpy_alone_does_the_same(tmp_path: Path) -> None:
    document = shared("relu")
    files = exports()["scratch"].to(tmp_path, Leaving(sound(document)))
    text = files[0].read_text(encoding="utf-8")
    assert 'g["one.weight"] = g["one.weight"] + ' in text


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (SetParam("two", ("shares",), ("gone",)), "share.none"),
        (SetParam("two", ("shares",), ("out",)), "share.unknown"),
        (SetParam("two", ("units",), 5), "share.form"),
        (SetParam("two", ("bias",), False), "share.form"),
    ],
    ids=["gone", "behind", "size", "bias"],
)
def test_what_cannot_be_shared_is_said_with_a_mend(edit: object, key: str) -> None:
    lowered = lower(edit.apply(shared(), CATALOG))  # type: ignore[attr-defined]
    assert key in keys(lowered) and lowered.program is None
    problem = next(p for p in lowered.problems if p.what.key == f"{key}.what")
    assert problem.mend is not None
    assert key not in keys(lower(problem.mend.apply(lowered.document, CATALOG)))


def test_a_layer_of_another_kind() -> None:
    document = chain(
        ("linear", "one", {"units": 4}),
        ("batch_norm_1d", "norm", {"shares": ("one",)}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    assert "share.kind" in keys(lower(document))


def test_it_holds_through_groups_and_files() -> None:
    document = shared()
    whole = sound(document)
    grouped = MakeGroup(("two",), "a part").apply(document, CATALOG)
    deeper = MakeGroup(("one", "group1"), "both").apply(grouped, CATALOG)
    for other in (grouped, deeper, loads(dumps(deeper))[0], Ungroup(deeper.nodes[-1].id).apply(deeper, CATALOG)):
        program = sound(other)
        assert program.parameters == whole.parameters
        assert sum(step.again for step in program.model.steps) == 1
    alone = Inside((deeper.nodes[-1].id, "group1"), SetParam("two", ("shares",), ())).apply(deeper, CATALOG)
    assert sound(alone).parameters == whole.parameters + 20


def test_a_frozen_owner_is_frozen_wherever_it_is_used() -> None:
    program = sound(SetParam("one", ("frozen",), True).apply(shared(), CATALOG))
    model, _ = make_model(program, 0, torch.device("cpu"))
    assert [name for name, parameter in model.named_parameters() if parameter.requires_grad] == [
        "out.weight",
        "out.bias",
    ]
