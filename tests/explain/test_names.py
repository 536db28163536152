"""Names that a student gives: in the cards, in traces, in the code, and nowhere in what is computed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import torch

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import EditError
from nnstudio.document.values import Document
from nnstudio.engine.adopt import can_adopt
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.record import record
from nnstudio.engine.trace import Trace, to_plain
from nnstudio.explain.cards import Card, make_card
from nnstudio.explain.typeset import to_latex
from nnstudio.session.examples import load_example
from nnstudio.session.export import source_of
from tests.helpers import sound


def with_param(document: Document, node: str, name: str, value: Any) -> Document:
    return SetParam(node, (name,), value).apply(document, CATALOG)


def step_of(program: Program) -> Trace:
    experiment = make_experiment(program)
    return record(program, experiment.model.state_dict(), *experiment.data.batch(slice(0, 1)), (0,))


def card_of(trace: Trace, phase: str, path: str = "", step: str = "", unit: int = 0) -> Card:
    moment = next(
        m
        for m in trace.moments
        if m.phase == phase and (m.parameter == path if path else m.step == step and not m.parameter)
    )
    return make_card(trace, moment, unit=unit)


def test_the_worked_example_calls_things_as_the_textbook_does() -> None:
    """w₅ leads from h₁ to o₁; it has the gradient 0.08217 and becomes 0.3589."""
    trace = step_of(sound(load_example("backprop-2-2-2")))
    path = next(p for p, r in trace.parameters.items() if r.node == "output" and r.name == "weight")
    gradient, update = (card_of(trace, phase, path) for phase in ("backward", "update"))
    assert gradient.question.startswith("How much does w₅ (") and update.question.startswith("What would w₅ (")
    assert gradient.lines[0].startswith("∂E/∂w₅ = δ₁·h₁ = ")
    assert dict(gradient.facts)["∂E/∂w₅"] == pytest.approx(0.0821670406, abs=1e-8)
    assert "o₁ should go down, and input h₁ pushes it up" in gradient.words
    assert any("w₅ is w₁₁ of output: into neuron o₁, from h₁" in note for note in gradient.notes)
    forward = card_of(trace, "forward", step=next(s.name for s in trace.steps.values() if s.node == "hidden"), unit=1)
    assert "hidden · h₂" in forward.question
    assert "z₂ = w₃·i₁ + w₄·i₂ + b₂" in forward.rules
    assert to_plain(trace)["names"] == {
        "inputs": ["i₁", "i₂"],
        "neurons": {"hidden": ["h₁", "h₂"], "output": ["o₁", "o₂"]},
        "weights": {},
    }


def test_own_names_of_weights_take_the_place_of_numbers() -> None:
    document = with_param(load_example("backprop-2-2-2"), "output", "weight_names", ("a", "", "c"))
    program = sound(document)
    trace = step_of(program)
    path = next(p for p, r in trace.parameters.items() if r.node == "output" and r.name == "weight")
    found = [card_of(trace, "update", path, unit=place).question for place in range(4)]
    assert [re.search(r"would (\S+)", text)[1] for text in found] == ["a", "w₆", "c", "w₈"]  # type: ignore[index]
    assert to_plain(trace)["names"]["weights"] == {path: ["a", "", "c"]}
    source = source_of(program).text
    assert (
        "# inputs: i₁, i₂" in source
        and "# neurons: h₁, h₂" in source
        and "# neurons: o₁, o₂; weights: a, , c" in source
    )
    compile(source, "script", "exec")


def test_names_change_nothing_that_is_computed() -> None:
    plain, named = load_example("xor"), load_example("xor")
    layer = next(node.id for node in named.nodes if node.kind == "linear")
    named = with_param(named, layer, "names", ("one", "two"))
    one, other = sound(plain), sound(named)
    assert one == other and other.names.units == {layer: ("one", "two")} and can_adopt(one, other)
    for (name, a), b in zip(
        make_experiment(one).model.state_dict().items(), make_experiment(other).model.state_dict().values(), strict=True
    ):
        assert torch.equal(a, b), name


@pytest.mark.parametrize(
    "name", ["", "   ", "<b>x</b>", "$\\frac{1}{", "a·b", "−3", "x=1", "{", "#", '"', "权重", "1e5", "∂E", "w²"]
)
def test_any_name_can_be_typeset_and_stands_in_the_code(name: str) -> None:
    document = load_example("backprop-2-2-2")
    for node, field in (("output", "weight_names"), ("output", "names"), ("hidden", "names"), ("data", "names")):
        document = with_param(document, node, field, (name, name))
    program = sound(document)
    trace = step_of(program)
    for moment in trace.moments:
        card = make_card(trace, moment)
        for line in (*card.lines, *card.rules):
            assert to_latex(line)
    compile(source_of(program).text, "script", "exec")


def test_bad_names_are_refused_and_too_many_do_no_harm() -> None:
    document = load_example("backprop-2-2-2")
    for bad in (("x" * 17,), ("x",) * 257, (3,), "abc", None):
        with pytest.raises(EditError):
            with_param(document, "hidden", "names", bad)
    many = with_param(document, "hidden", "names", tuple(f"n{i}" for i in range(50)))
    assert lower(many).program is not None
    told = [problem for problem in analyse(lower(many)).problems if problem.what.key == "names.many.what"]
    assert [(problem.node, problem.severity, problem.what.args) for problem in told] == [
        ("hidden", "note", {"count": 50, "units": 2})
    ]
    assert not [p for p in analyse(lower(document)).problems if p.what.key == "names.many.what"]
    trace = step_of(sound(many))
    assert replace(trace).names.units["hidden"][49] == "n49"
    for moment in trace.moments:
        assert make_card(trace, moment).question
