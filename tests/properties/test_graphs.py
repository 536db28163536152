"""Random valid networks: what is built, exported, traced, saved and undone agrees.

The test run takes a seeded tenth; ``python -m benchmarks --full`` takes all.
"""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.document.edits import AddNode, Connect, Edit, MoveNodes, RemoveNodes, RenameNode, SetParam, SetTraining
from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField, ChoiceField, Field, FloatField, IntField, OptionField
from nnstudio.document.history import History
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import Choice, Document, Params, Wire
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.record import record
from nnstudio.engine.runtime.training import forward
from nnstudio.session.export import check_source, source_of
from tests.helpers import sound

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
COUNT = 200
SEEDS = range(COUNT) if FULL else range(3, COUNT, 10)
CPU = torch.device("cpu")
# A finite difference across the kink of a ReLU says nothing: only smooth functions are drawn.
SMOOTH = ("identity", "sigmoid", "tanh", "gelu", "softmax")
NAMES = ("", "hidden", "层", "a b", "class", "x'y\"z", "line\nbreak", "self")


def random_choice(
    draw: random.Random, family_name: str, only: tuple[str, ...] = (), exclude: frozenset[str] = frozenset()
) -> Choice:
    names = [
        e.id
        for e in family(family_name).values()
        if (not only or e.id in only) and not e.tags & exclude and e.id != "explicit"
    ]
    return Choice(draw.choice(names))


def random_network(seed: int) -> Document:
    """A network with skips, joins, dropout and batch norm, on data with classes or values."""
    draw = random.Random(seed)
    classes = draw.random() < 0.6
    rows = tuple(tuple(round(draw.uniform(-2, 2), 3) for _ in range(3)) for _ in range(12))
    targets = tuple((round(draw.uniform(0, 1), 3), round(draw.uniform(0, 1), 3)) for _ in range(12))
    dataset = Choice("iris") if classes else Choice("typed", Params(x=rows, y=targets))
    width = {"data": 4 if classes else 3}
    document = AddNode("data", "data", params=Params(dataset=dataset)).apply(Document(f"random {seed}"), CATALOG)
    values = ["data"]

    def wire(source: str, target: str, port: str = "x") -> None:
        nonlocal document
        document = Connect(Wire(source, "x" if source == "data" else "y", target, port)).apply(document, CATALOG)

    for number in range(draw.randint(2, 7)):
        name = f"n{number}"
        kind = draw.choice(
            [
                "linear",
                "linear",
                "linear",
                "activation",
                "dropout",
                "batch_norm_1d",
                "feature_map",
                "flatten",
                "add",
                "concat",
            ]
        )
        source = draw.choice(values[-3:])
        params: dict[str, Any] = {}
        width[name] = width[source]
        if kind == "linear":
            width[name] = draw.choice([2, 3, 5])
            params = {
                "units": width[name],
                "activation": random_choice(draw, "activations", SMOOTH),
                "bias": draw.random() < 0.8,
                "weight_initializer": random_choice(draw, "initializers"),
                "bias_initializer": random_choice(draw, "initializers", exclude=frozenset({"matrix"})),
                "frozen": draw.random() < 0.1,
                "learning_rate": draw.choice([None, None, 0.02]),
            }
        elif kind == "activation":
            params = {"activation": random_choice(draw, "activations", SMOOTH)}
        elif kind == "dropout":
            params = {"p": draw.choice([0.0, 0.3, 0.7])}
        elif kind == "feature_map":
            if width[source] > 6:
                kind = "flatten"
            else:
                params = {"products": draw.random() < 0.5, "squares": draw.random() < 0.5, "sines": draw.random() < 0.5}
                w = width[source]
                width[name] = (
                    w + (w * (w - 1) // 2 if params["products"] else 0) + w * (params["squares"] + params["sines"])
                )
        document = AddNode(kind, name, params=Params(params), name=draw.choice(NAMES)).apply(document, CATALOG)
        wire(source, name)
        if kind in ("add", "concat"):
            others = [v for v in values if v != source and (kind == "concat" or width[v] == width[source])]
            for other in draw.sample(others, min(len(others), draw.randint(0, 2))):
                wire(other, name)
                width[name] += width[other] if kind == "concat" else 0
        values.append(name)
    out = 3 if classes else 2
    document = AddNode("linear", "out", params=Params(units=out)).apply(document, CATALOG)
    wire(values[-1], "out")
    losses = (
        ["cross_entropy", "bce_logits", "half_squared", "mse"] if classes else ["mse", "half_squared", "bce_logits"]
    )
    for number in range(draw.choice([1, 1, 2])):
        document = AddNode(
            "loss", f"loss{number}", params=Params(loss=Choice(draw.choice(losses)), weight=draw.choice([1.0, 0.5]))
        ).apply(document, CATALOG)
        document = Connect(Wire("out", "y", f"loss{number}", "prediction")).apply(document, CATALOG)
    optimizer = draw.choice(
        [Choice("sgd", Params(momentum=0.9, nesterov=draw.random() < 0.5)), Choice("adam", Params(weight_decay=0.01))]
    )
    document = AddNode(
        "optimizer",
        "optimizer",
        params=Params(
            optimizer=optimizer, schedule=random_choice(draw, "schedules"), clip_norm=draw.choice([None, 0.5])
        ),
    ).apply(document, CATALOG)
    for key, value in (("dtype", "float64"), ("batch_size", draw.choice([2, 5, 64])), ("seed", draw.randint(0, 99))):
        document = SetTraining((key,), value).apply(document, CATALOG)
    return document


@pytest.mark.parametrize("seed", SEEDS)
def test_model_export_and_trace_agree(seed: int) -> None:
    document = random_network(seed)
    program = sound(document)
    text = source_of(program).text
    # Parameters, start values, outputs, gradients and three updates, bit for bit.
    check_source(program, text)

    data, _ = load_parts(program, CPU)
    count = min(len(data), 6)
    inputs, targets = tuple(t[:count] for t in data.inputs), tuple(t[:count] for t in data.targets)
    model, criterion = make_model(program, program.seed, CPU)
    trace = record(program, model.state_dict(), inputs, targets, data.rows[:count], seed=5)

    def loss() -> torch.Tensor:
        torch.manual_seed(5)
        model.train()
        result: torch.Tensor = forward(model, criterion, inputs, targets)[0]
        return result

    value = loss()
    assert trace.loss == float(value.detach())
    value.backward()
    draw = random.Random(seed)
    for path, parameter in model.named_parameters():
        shown = trace.parameters[path].gradient
        if parameter.grad is None:
            assert shown is None
            continue
        assert shown is not None
        np.testing.assert_allclose(shown, parameter.grad.numpy(), rtol=1e-10, atol=1e-12)
        flat = parameter.detach().view(-1)
        place = draw.randrange(flat.numel())
        sides = []
        for step in (1e-5, -1e-5):
            kept = float(flat[place])
            flat[place] = kept + step
            sides.append(float(loss().detach()))
            flat[place] = kept
        assert shown.reshape(-1)[place] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_saving_and_opening_is_stable(seed: int) -> None:
    document = random_network(seed)
    data = dumps(document)
    opened, parts = loads(data)
    assert opened == document and dumps(opened, parts) == data and sound(opened) == sound(document)


def random_value(draw: random.Random, field: Field) -> Any:
    if isinstance(field, BoolField):
        return draw.random() < 0.5
    if isinstance(field, IntField):
        return draw.choice([field.minimum, 3, 10, field.maximum + 1])
    if isinstance(field, FloatField):
        return draw.choice([None, 0.0, 0.25, 1.0, float("nan"), 1e30])
    if isinstance(field, OptionField):
        return draw.choice([name for name, _ in field.options] + ["?"])
    if isinstance(field, ChoiceField):
        return random_choice(draw, field.family)
    return ((1.0, 2.0),)


def random_edit(draw: random.Random, document: Document, number: int) -> Edit:
    """Any edit, legal or not."""
    names = [node.id for node in document.nodes] or ["nobody"]
    kinds = list(node_kinds())
    sort = draw.randrange(8)
    if sort <= 1:
        return AddNode(draw.choice(kinds), f"e{number}", (draw.uniform(-9, 9), 0.0))
    if sort <= 3:
        ports = ["x", "y", "prediction", "target"]
        return Connect(Wire(draw.choice(names), draw.choice(ports[:2]), draw.choice(names), draw.choice(ports)))
    if sort == 4:
        return RemoveNodes((draw.choice(names),))
    if sort == 5:
        return RenameNode(draw.choice(names), draw.choice(NAMES))
    if sort == 6:
        return MoveNodes(((draw.choice(names), (draw.uniform(-1e3, 1e3), 5.0)),))
    node = document.by_id.get(draw.choice(names))
    fields = node_kinds()[node.kind].fields if node is not None else ()
    if node is None or not fields:
        return SetTraining(("seed",), number)
    field = draw.choice(fields)
    return SetParam(node.id, (field.name,), random_value(draw, field))


@pytest.mark.parametrize("seed", SEEDS)
def test_undo_all_and_redo_all_restore_the_document_byte_for_byte(seed: int) -> None:
    draw = random.Random(seed)
    history = History(Document())
    states = [dumps(history.document)]
    for number in range(120):
        before = history.document
        try:
            changed = history.apply(random_edit(draw, history.document, number), CATALOG)
        except EditError:
            assert history.document is before
            continue
        if changed:
            states.append(dumps(history.document))
    assert len(states) > 20
    for state in reversed(states[:-1]):
        assert history.undo()
        assert dumps(history.document) == state
    assert not history.undo()
    for state in states[1:]:
        assert history.redo()
        assert dumps(history.document) == state
    assert not history.redo()
