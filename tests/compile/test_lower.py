"""Lowering: shapes, and every problem with its node, its words and its mend."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.assemble import MOST_AT_ONCE, NUMBERS_AT_ONCE
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.edits import AddNode
from nnstudio.document.values import Choice, Document, Node, Params, Wire
from nnstudio.session.examples import load_example
from tests.helpers import chain, choice, keys, network, sound

IRIS = choice("iris")
CE = choice("cross_entropy")


def test_shapes_and_counts() -> None:
    lowered = lower(load_example("iris"))
    assert lowered.shapes["h1"] == {"y": (2, 64)} and lowered.shapes["loss"] == {"loss": ()}
    assert lowered.parameters["h1"] == 4 * 64 + 64 and lowered.parameters["norm1"] == 128
    assert lowered.total == 320 + 128 + 2080 + 64 + 99


def test_parameter_table_of_the_curriculum() -> None:
    """B3: 3-3-2-2 has 12 + 8 + 6 = 26; B4: 20-64-128-4 has 1,344 + 8,320 + 516 = 10,180."""
    small = chain(
        ("linear", "a", {"units": 3, "activation": Choice("sigmoid"), "weight_initializer": Choice("xavier_uniform")}),
        ("linear", "b", {"units": 2, "activation": Choice("relu"), "weight_initializer": Choice("he_uniform")}),
        ("linear", "c", {"units": 2, "activation": Choice("softmax")}),
        data=choice("typed", x=((1.0, 2.0, 3.0),), y=((0.0, 1.0),)),
        loss=choice("mse"),
    )
    assert list(lower(small).parameters.values()) == [12, 8, 6]
    row = tuple(float(i) for i in range(20))
    wide = chain(
        ("linear", "a", {"units": 64}),
        ("linear", "b", {"units": 128}),
        ("linear", "c", {"units": 4}),
        data=choice("typed", x=(row,), y=((0.0, 1.0, 0.0, 0.0),)),
        loss=choice("mse"),
    )
    assert list(lower(wide).parameters.values()) == [1344, 8320, 516] and lower(wide).total == 10180


def broken(**parts: Any) -> Document:
    return Document("t", tuple(parts.get("nodes", ())), tuple(parts.get("wires", ())), Params())


def linear(name: str, **params: Any) -> Node:
    return Node(name, "linear", params=Params(params))


CASES: dict[str, tuple[str, Document, str]] = {
    "empty": ("graph.no_data", Document(), ""),
    "no loss": ("graph.no_loss", network(("data", "d", {})), ""),
    "no optimizer": ("graph.no_optimizer", network(("data", "d", {})), ""),
    "cycle in a file": (
        "graph.cycle",
        broken(nodes=(linear("a"), linear("b")), wires=(Wire("a", "y", "b", "x"), Wire("b", "y", "a", "x"))),
        "a",
    ),
    "self wire in a file": ("graph.cycle", broken(nodes=(linear("a"),), wires=(Wire("a", "y", "a", "x"),)), "a"),
    "two inputs on a port": (
        "port.double",
        broken(
            nodes=(Node("d", "data"), linear("a"), linear("b")),
            wires=(Wire("d", "x", "a", "x"), Wire("d", "x", "b", "x"), Wire("a", "y", "b", "x")),
        ),
        "b",
    ),
    "unknown port": (
        "port.missing",
        broken(nodes=(Node("d", "data"), linear("a")), wires=(Wire("d", "x", "a", "zzz"),)),
        "a",
    ),
    "missing wire": ("port.unwired", network(("data", "d", {}), ("linear", "a", {})), "a"),
    "unwired loss": ("loss.unwired", network(("data", "d", {}), ("loss", "l", {})), "l"),
    "absurd size in a file": ("node.bad_value", broken(nodes=(Node("d", "data"), linear("a", units=10**9))), "a"),
    "text for a number": ("node.bad_value", broken(nodes=(linear("a", units="many"),)), "a"),
    "unknown activation": ("node.bad_value", broken(nodes=(linear("a", activation=Choice("nope")),)), "a"),
    "unknown kind": ("node.unknown_kind", broken(nodes=(Node("a", "quantum"),)), "a"),
    "boundary outside a group": ("group.boundary", broken(nodes=(Node("g", "group_input"),)), "g"),
    "numbers into an embedding": (
        "port.needs_tokens",
        chain(("embedding", "e", {}), ("linear", "o", {"units": 3}), data=IRIS, loss=CE),
        "e",
    ),
    "tokens into a layer": (
        "port.tokens",
        chain(("linear", "o", {"units": 4}), data=choice("sequence_memory"), loss=CE),
        "o",
    ),
    "rows into a convolution": ("shape.rank", chain(("conv_2d", "c", {}), data=IRIS, loss=CE), "c"),
    "an image into a linear layer": (
        "shape.features",
        chain(("linear", "o", {"units": 10}), data=choice("digits", form="images"), loss=CE),
        "o",
    ),
    "samples for edges": (
        "port.needs_edges",
        network(
            ("data", "d", {"dataset": choice("karate")}),
            ("graph_convolution", "g", {"units": 2}),
            wires=(("d", "x", "g", "x"), ("d", "x", "g", "adjacency")),
        ),
        "g",
    ),
    "edges for samples": (
        "port.shared",
        network(
            ("data", "d", {"dataset": choice("karate")}),
            ("edges", "e", {}),
            ("linear", "a", {}),
            wires=(("e", "adjacency", "a", "x"),),
        ),
        "a",
    ),
    "no edges": ("edges.none", network(("data", "d", {"dataset": IRIS}), ("edges", "e", {})), "e"),
    "bce without sigmoid": (
        "loss.needs_probabilities",
        chain(("linear", "o", {"units": 3}), data=IRIS, loss=choice("bce")),
        "loss",
    ),
    "heads that do not divide": (
        "shape.refused",
        chain(
            ("embedding", "e", {"width": 6}),
            ("self_attention", "s", {"heads": 4}),
            ("flatten", "f", {}),
            ("linear", "o", {"units": 4}),
            data=choice("sequence_memory"),
            loss=CE,
        ),
        "s",
    ),
    "a file that is gone": (
        "data.unreadable",
        chain(("linear", "o", {"units": 2}), data=choice("table_file", path="/nowhere/at/all.csv"), loss=CE),
        "data",
    ),
    "two data nodes": ("data.many", broken(nodes=(Node("d", "data"), Node("e", "data"))), "d"),
    "two optimizers": ("optimizer.many", broken(nodes=(Node("o", "optimizer"), Node("p", "optimizer"))), "p"),
    "bad training": ("training.bad", replace(Document(), training=Params(epochs=-4)), ""),
    "target into a layer": (
        "layer.target_wired",
        network(("data", "d", {}), ("linear", "a", {}), wires=(("d", "y", "a", "x"),)),
        "a",
    ),
    "target as prediction": (
        "loss.target_as_prediction",
        network(("data", "d", {}), ("loss", "l", {}), wires=(("d", "y", "l", "prediction"),)),
        "l",
    ),
    "shape clash": (
        "shape.differ",
        network(
            ("data", "d", {}),
            ("linear", "a", {"units": 3}),
            ("linear", "b", {"units": 4}),
            ("add", "s", {}),
            wires=(("d", "x", "a", "x"), ("d", "x", "b", "x"), ("a", "y", "s", "x"), ("b", "y", "s", "x")),
        ),
        "s",
    ),
    "wrong width": ("loss.width", chain(("linear", "a", {"units": 5}), data=IRIS, loss=CE), "loss"),
    "wrong width of values": (
        "loss.width_values",
        chain(("linear", "a", {"units": 5}), data=choice("typed"), loss=choice("mse")),
        "loss",
    ),
    "classes wanted": (
        "loss.needs_classes",
        chain(("linear", "a", {"units": 2}), data=choice("typed"), loss=CE),
        "loss",
    ),
    "typed table of another size": (
        "initializer.size",
        chain(
            ("linear", "a", {"units": 3, "weight_initializer": choice("explicit", values=((1.0, 2.0),))}),
            data=IRIS,
            loss=CE,
        ),
        "a",
    ),
    "nesterov without momentum": (
        "node.bad_choice",
        chain(("linear", "a", {"units": 3}), data=IRIS, loss=CE, optimizer=choice("sgd", nesterov=True)),
        "optimizer",
    ),
    "all frozen": (
        "graph.nothing_to_train",
        chain(("linear", "a", {"units": 3, "frozen": True}), data=IRIS, loss=CE),
        "",
    ),
    "rows differ": (
        "data.unreadable",
        chain(
            ("linear", "a", {"units": 2}), data=choice("typed", x=((1.0,), (2.0,)), y=((1.0, 2.0),)), loss=choice("mse")
        ),
        "data",
    ),
    "too many weights": (
        "layer.huge",
        chain(
            ("linear", "a", {"units": 1_000_000}),
            ("linear", "b", {"units": 1_000_000}),
            ("linear", "c", {"units": 3}),
            data=IRIS,
            loss=CE,
        ),
        "b",
    ),
    "too many products": (
        "shape.refused",
        chain(
            ("linear", "a", {"units": 500_000}),
            ("feature_map", "f", {}),
            ("linear", "c", {"units": 3}),
            data=IRIS,
            loss=CE,
        ),
        "f",
    ),
    "unused layer": (
        "layer.unused",
        network(
            ("data", "d", {"dataset": IRIS}),
            ("linear", "a", {"units": 3}),
            ("linear", "spare", {}),
            ("loss", "l", {}),
            ("optimizer", "o", {}),
            wires=(("d", "x", "a", "x"), ("a", "y", "l", "prediction"), ("d", "x", "spare", "x")),
        ),
        "spare",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_problems_sit_on_their_node_with_words(name: str) -> None:
    key, document, node = CASES[name]
    lowered = lower(document)
    found = [problem for problem in lowered.problems if problem.what.key == f"{key}.what"]
    assert found, keys(lowered)
    assert found[0].node == node
    for text in (found[0].what, found[0].why, found[0].remedy):
        for language in ("en", "zh"):
            assert text.render(language) and "{" not in text.render(language)
    assert (lowered.program is None) == (found[0].severity == "error")


@pytest.mark.parametrize(
    "name",
    [
        "wrong width",
        "wrong width of values",
        "classes wanted",
        "bce without sigmoid",
        "an image into a linear layer",
        "no loss",
        "no optimizer",
        "empty",
    ],
)
def test_a_mend_takes_its_problem_away(name: str) -> None:
    key, document, _ = CASES[name]
    problem = next(p for p in lower(document).problems if p.what.key == f"{key}.what")
    assert problem.mend is not None
    assert key not in keys(lower(problem.mend.apply(document, CATALOG)))


def test_an_unfinished_layer_beside_the_network_stops_nothing() -> None:
    document = chain(("linear", "a", {"units": 3}), data=IRIS, loss=CE)
    lowered = lower(AddNode("dropout", "spare").apply(document, CATALOG))
    assert lowered.program is not None and {p.severity for p in lowered.problems} == {"warning", "note"}


def test_what_is_upstream_of_a_problem_keeps_its_shapes() -> None:
    document = CASES["shape clash"][1]
    shapes = lower(document).shapes
    assert shapes["a"] == {"y": (2, 3)} and shapes["b"] == {"y": (2, 4)} and "s" not in shapes


def test_an_absurd_layer_costs_nothing() -> None:
    started = time.perf_counter()
    lower(CASES["too many weights"][1])
    lower(CASES["too many products"][1])
    # Terabytes, had they been allocated; the bound is far from what a loaded machine needs.
    assert time.perf_counter() - started < 20


def test_several_losses_are_a_weighted_sum_and_a_target_can_be_wired() -> None:
    document = network(
        ("data", "d", {"dataset": IRIS}),
        ("linear", "code", {"units": 2}),
        ("linear", "back", {"units": 4}),
        ("linear", "out", {"units": 3}),
        ("loss", "classes", {"loss": CE}),
        ("loss", "same", {"loss": choice("mse"), "weight": 0.5}),
        ("optimizer", "o", {}),
        wires=(
            ("d", "x", "code", "x"),
            ("code", "y", "back", "x"),
            ("code", "y", "out", "x"),
            ("out", "y", "classes", "prediction"),
            ("back", "y", "same", "prediction"),
            ("d", "x", "same", "target"),
        ),
    )
    program = sound(document)
    assert [t.form for t in program.data.targets] == ["index", "input"]
    assert program.criterion.outputs == ("losses", "said_class", "y")


def test_the_samples_can_be_a_prediction_and_a_target_at_once() -> None:
    from nnstudio.session.export import check_source, source_of

    document = network(
        ("data", "d", {"dataset": choice("typed", x=((0.5, 1.0), (0.0, 0.2)), y=((1.0, 0.0), (0.0, 1.0)))}),
        ("linear", "a", {"units": 2}),
        ("loss", "odd", {"loss": choice("mse")}),
        ("loss", "same", {"loss": choice("mse")}),
        ("optimizer", "o", {}),
        wires=(
            ("d", "x", "a", "x"),
            ("d", "x", "odd", "prediction"),
            ("a", "y", "same", "prediction"),
            ("d", "x", "same", "target"),
        ),
    )
    program = sound(document)
    check_source(program, source_of(program).text)


def test_targets_without_meaning_for_the_loss_are_named() -> None:
    lowered = lower(
        chain(("linear", "a", {"units": 1}), data=choice("typed", x=((1.0,),), y=((7.0,),)), loss=choice("bce_logits"))
    )
    assert "loss.range" in keys(lowered)
    crossed = chain(
        ("linear", "a", {"units": 3, "weight_initializer": choice("uniform", low=2.0, high=1.0)}), data=IRIS, loss=CE
    )
    assert "node.bad_choice" in keys(lower(crossed))


@pytest.mark.parametrize(
    "name",
    [
        "class",
        "x",
        "self",
        "a b",
        "'",
        '"""',
        "\n",
        "层",
        "",
        "forward",
        "def f(): pass",
        "ÄÖ",
        "１２",
        "_",
        "print",
        "parameters",
        "register_forward_hook",
        "to_folder",
        "output",
        "graph",
        "__init__",
        "torch",
        "F",
        "y",
        "correct",
        "\\",
        "\u202e",
        "a" * 300,
        "training",
    ],
)
def test_any_name_becomes_code_that_runs(name: str) -> None:
    from nnstudio.session.export import check_source, source_of

    document = chain(("linear", "a", {"units": 3}), ("linear", "b", {"units": 3}), data=IRIS, loss=CE)
    nodes = tuple(replace(node, name=name) if node.kind in ("linear", "loss") else node for node in document.nodes)
    program = sound(replace(document, nodes=nodes, name=name))
    check_source(program, source_of(program).text)


@pytest.mark.parametrize("units", [1, 3000])
def test_as_many_samples_are_measured_at_once_as_memory_allows(units: int) -> None:
    """A sample of two layers of n neurons that pass through an activation holds 2n numbers of sums and results each."""
    bend = {"activation": choice("relu"), "units": units}
    layers = [("linear", "a", bend), ("linear", "b", bend)]
    program = sound(chain(*layers, ("linear", "o", {"units": 3}), data=IRIS, loss=CE, batch_size=7))
    numbers = 4 * units + 3
    assert program.evaluation == min(MOST_AT_ONCE, NUMBERS_AT_ONCE // numbers)
    large = sound(chain(*layers, ("linear", "o", {"units": 3}), data=IRIS, loss=CE, batch_size=100_000))
    assert large.evaluation == 100_000


def test_weights_of_two_gigabytes_have_room() -> None:
    assert 2 * 2**30 < storage.MAX_WEIGHTS < 2.5 * 2**30


@pytest.mark.parametrize(
    ("wires", "key", "port"),
    [
        ((Wire("d", "x", "a", "x"), Wire("d", "y", "a", "x")), "port.double", ""),
        ((Wire("d", "nope", "a", "x"),), "port.missing", "nope"),
        ((Wire("d", "x", "a", "nope"),), "port.missing", "nope"),
    ],
)
def test_wires_that_no_mouse_can_draw_are_told(wires: tuple[Wire, ...], key: str, port: str) -> None:
    document = Document(nodes=(Node("d", "data"), Node("a", "linear")), wires=wires)
    found = [problem for problem in lower(document).problems if problem.what.key == f"{key}.what"]
    assert [problem.node for problem in found] == ["a"]
    if port:
        assert found[0].what.args["port"] == port


@pytest.mark.parametrize(("count", "fits"), [(18, True), (17, False), (9, False)])
def test_a_kernel_is_typed_as_a_flat_table(count: int, fits: bool) -> None:
    typed = choice("explicit", values=(tuple(float(i) for i in range(count)),))
    layers = [("conv_2d", "c", {"channels": 2, "kernel": 3, "weight_initializer": typed}), ("flatten", "f", {})]
    document = chain(*layers, ("linear", "o", {"units": 10}), data=choice("digits", form="images"), loss=CE)
    lowered = lower(document)
    assert ("initializer.size" in keys(lowered)) == (not fits)
    if fits:
        start = next(start for start in sound(document).starts if start.parameter.endswith("weight"))
        assert "c" in start.parameter
