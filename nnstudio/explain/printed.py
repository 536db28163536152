"""Cards for a terminal, for JSON and for Markdown: the same words and numbers as on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnstudio.document import quoting
from nnstudio.document.languages import in_language
from nnstudio.document.numbers import number
from nnstudio.engine.trace import Moment, Trace
from nnstudio.explain.cards import Card, make_card
from nnstudio.explain.look import Matrix
from nnstudio.explain.typeset import to_latex

INDENT = "    "


def cards_of(trace: Trace, phase: str = "all", language: str = "en") -> Iterator[tuple[Moment, Card]]:
    """Yield every moment of a phase ("all" of them all) with its card."""
    for moment in trace.moments:
        if phase in ("all", moment.phase):
            yield moment, make_card(trace, moment, language=language)


def card_text(card: Card, language: str = "en") -> str:
    """Return a card as lines for a terminal: question, words, rule, numbers, result, tables, notes."""
    parts = [card.heading, card.question, card.words, ""]
    for title, lines in (("RULE", card.rules), ("WITH NUMBERS", card.lines)):
        if lines:
            parts += [in_language(title, language), *(INDENT + line for line in lines)]
    parts += ["", f"{INDENT}{card.result_name} = {card.result}"]
    for matrix in card.matrices:
        parts += ["", *table_lines(matrix)]
    return "\n".join([*parts, *(("", *card.notes) if card.notes else ())])


def table_lines(matrix: Matrix) -> list[str]:
    """Return a small table as lines, its columns below each other; … for rows and columns that are not shown."""
    rows = [[number(float(value)) for value in row] for row in matrix.numbers]
    wide = max((len(cell) for row in rows for cell in row), default=0)
    rows_more, columns_more = matrix.left_out
    lines = [INDENT + "  ".join(cell.rjust(wide) for cell in row) + ("  …" if columns_more else "") for row in rows]
    return [str(matrix.title), *lines, *([INDENT + "…"] if rows_more else [])]


def plain_cards(trace: Trace, phase: str = "all", language: str = "en") -> list[dict[str, Any]]:
    """Return the cards as values that JSON has, each with the moment it speaks of."""
    return [
        {
            "phase": moment.phase,
            "node": moment.node,
            "step": moment.step,
            "parameter": moment.parameter,
            **card.to_plain(),
        }
        for moment, card in cards_of(trace, phase, language)
    ]


def card_markdown(card: Card) -> str:
    """Return a card as Markdown, its formulas as LaTeX."""

    def formulas(lines: tuple[str, ...]) -> list[str]:
        return [f"$${to_latex(line)}$$" for line in lines]

    return "\n\n".join(
        [
            f"**{quoting.markdown(card.question)}** {quoting.markdown(card.words)}",
            *formulas(card.rules),
            *formulas(card.lines),
            *(f"*{quoting.markdown(note)}*" for note in card.notes),
        ]
    )
