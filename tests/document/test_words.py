"""Words: one of a thing is in the singular, and help says what is so."""

from __future__ import annotations

import pytest

from nnstudio.catalog.registry import family
from nnstudio.document.messages import MESSAGES
from nnstudio.document.text import message, numbered
from nnstudio.document.values import Choice, Params
from nnstudio.engine.previews import schedule_curve


def test_one_of_a_thing_is_in_the_singular() -> None:
    assert (
        message("edit.group", count=1).render() == "Group 1 node"
        and message("edit.group", count=2).render() == "Group 2 nodes"
    )
    assert (
        numbered("{nodes} nodes · {parameters} parameters", {"nodes": 1, "parameters": "1"})
        == "{nodes} node · {parameters} parameter"
    )
    assert (
        numbered("{a} classes, {b} categories, {c} samples", {"a": 1, "b": "1", "c": "1,000"})
        == "{a} class, {b} category, {c} samples"
    )
    # A student's words are arguments, and stay as they are.
    assert message("edit.paste", count="1 nodes").render() == "Paste 1 nodes nodes"


def test_every_counted_noun_of_the_messages_has_a_singular() -> None:
    said = list(MESSAGES.values())
    for text in said:
        once = numbered(text, dict.fromkeys(("count", "high", "nodes", "rows", "epochs", "minutes"), 1))
        assert "{count} nodes" not in once and "{epochs} epochs" not in once


@pytest.mark.parametrize(
    ("kind", "params", "end"),
    [
        ("cosine", {"end": 0.01}, 0.01),
        ("linear", {"end": 0.1}, 0.1 * 0.5),
        ("polynomial", {"power": 2.0}, 0.0),
        ("one_cycle", {"rise": 0.3, "start": 10.0, "end": 10.0}, 0.5 / 100),
    ],
)
def test_a_schedule_says_that_its_end_lies_behind_the_last_epoch(
    kind: str, params: dict[str, float], end: float
) -> None:
    entry = family("schedules")[kind]
    rule = Choice(
        "sgd", Params({f.name: f.default for f in family("optimizers")["sgd"].fields} | {"learning_rate": 0.5})
    )
    curve = schedule_curve(rule, Choice(kind, Params({f.name: f.default for f in entry.fields} | params)), 20, 0)
    assert curve is not None
    rates = curve.lines[0][1]
    assert rates[-1] > end * 1.0001 and rates[-1] < 0.25 * max(rates)
    assert "one step behind" in " ".join(
        [entry.help.en, *(field.help.en for field in entry.fields if field.help is not None)]
    )
