"""Cards outside the window: on the terminal, in JSON and in the notebook they say what the window's card says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.compile.program import Program
from nnstudio.engine.trace import PHASES, Trace
from nnstudio.explain import phases
from nnstudio.explain.printed import card_markdown, card_text, cards_of, plain_cards
from nnstudio.explain.typeset import to_latex
from nnstudio.resources import resource
from nnstudio.session.examples import load_example
from nnstudio.session.notebook import notebook
from tests.helpers import sound
from tests.properties.test_cards import recorded

EXAMPLES = ["backprop-2-2-2", "iris", "memory", "karate", "digits"]


def _step(name: str) -> tuple[Program, Trace]:
    program = sound(load_example(name))
    return program, recorded(program, 4, steps=1)


@pytest.mark.parametrize("name", EXAMPLES)
def test_printed_cards_say_all_of_the_card(name: str) -> None:
    _, trace = _step(name)
    shown = list(cards_of(trace))
    assert len(shown) == len(trace.moments)
    for _, card in shown:
        text = card_text(card)
        for said in (card.question, card.words, *card.rules, *card.lines, card.result, *card.notes):
            assert said in text
        for matrix in card.matrices:
            assert matrix.title in text


def test_a_phase_alone() -> None:
    _, trace = _step("backprop-2-2-2")
    assert {moment.phase for moment, _ in cards_of(trace, "update")} == {"update"}
    assert len(plain_cards(trace, "update")) == len(trace.parameters)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_notebook_carries_the_cards(name: str) -> None:
    program, trace = _step(name)
    cells = notebook(program, trace)["cells"]
    said = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    for moment, card in cards_of(trace):
        # A value that nothing checks in the notebook has no cell of its own.
        if moment.phase == "update" and trace.parameters[moment.parameter].gradient is not None:
            assert card_markdown(card) in said
    first = next(card for moment, card in cards_of(trace) if moment.phase == "forward")
    assert all(f"$${to_latex(line)}$$" in said for line in first.lines)


def test_the_command_prints_cards_and_json_carries_them(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(resource("examples", "backprop-2-2-2.nns"))
    assert cli.main(["trace", path, "--sample", "0", "--cards"]) == 0
    printed = capsys.readouterr().out
    assert cli.main(["trace", path, "--sample", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["cards"]) == printed.count("Step ") == 26
    for card in found["cards"]:
        assert (
            card["words"] in printed
            and f"{card['result_name']} = {card['result']}" in printed
            and card["heading"] in printed
        )
        # The figures carry all digits; the result is one of them or follows from the trace.
        assert all(isinstance(value, float) for _, value in card["facts"])
    weight = next(card for card in found["cards"] if card["phase"] == "update" and card["parameter"] == "output.weight")
    assert weight["result"] == "0.35891648"  # Mazur's worked example


def test_the_command_speaks_the_languages(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(resource("examples", "backprop-2-2-2.nns"))
    assert cli.main(["trace", path, "--sample", "0", "--cards", "--language", "zh", "--phase", "loss"]) == 0
    printed = capsys.readouterr().out
    assert "代入数值" in printed and "WITH NUMBERS" not in printed


def test_a_table_that_is_cut_says_so(tmp_path: Path) -> None:
    _, trace = _step("digits")
    texts = [card_text(card) for _, card in cards_of(trace, "update")]
    assert any("  …" in text for text in texts)


def test_the_phases_have_names_in_their_order() -> None:
    assert tuple(phases.PHASES) == PHASES


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a/b", r"\frac{a}{b}"),
        ("= a", "{}= a"),
        # Brackets that are not closed, or were never opened, stand as they are: nothing of a text is lost.
        ("a) + b", "a) + b"),
        ("a)", "a)"),
        ("(a", r"\left(a\right)"),
        ("x) / (y", r"x) / \left(y\right)"),
        ("−", "{-}"),
    ],
)
def test_formulas_become_latex(text: str, latex: str) -> None:
    assert to_latex(text) == latex
