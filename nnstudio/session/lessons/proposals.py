"""What a teacher may make the check of a step: all that is true of the network just now."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.fields import complete
from nnstudio.document.numbers import exact, number
from nnstudio.document.text import Said, message, phrase
from nnstudio.document.values import Params
from nnstudio.engine.figures import Source, figure
from nnstudio.session.checks import Facts
from nnstudio.session.checks.reached import FIGURES
from nnstudio.session.checks.setting import plain

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace

# Of a figure that was reached so many per cent are asked for: another machine may come out a little otherwise.
LEAVE, MOST_NUMBERS = 0.98, 12


@dataclass(frozen=True)
class Proposal:
    """A check that is met now, and what it is called."""

    title: Said
    check: Params


def proposals(facts: Facts, node: str | None = None, moment: Moment | None = None) -> list[Proposal]:
    """Return what could be checked: of the run, of the step that is shown (at its ``moment``), of the selected
    ``node``, of the network.
    """
    return [*_of_run(facts), *_of_step(facts, moment), *_of_node(facts, node), *_of_network(facts)]


def _of_run(facts: Facts) -> Iterator[Proposal]:
    if not facts.history:
        return
    last = facts.history[-1]
    for name, title in FIGURES.items():
        value = last.get(name)
        if not isinstance(value, int | float) or not math.isfinite(value):
            continue
        high = not name.endswith("loss")
        wanted = float(f"{value * (LEAVE if high else 1 / LEAVE):.2g}")
        if (value >= wanted) if high else (value <= wanted):
            said = (
                phrase("{figure} at least {value}", figure=title, value=wanted)
                if high
                else phrase("{figure} at most {value}", figure=title, value=wanted)
            )
            side = "at_least" if high else "at_most"
            yield Proposal(said, Params(kind="reached", figure=name, side=side, value=wanted))
    yield Proposal(
        phrase("trained for {count} epochs", count=len(facts.history)), Params(kind="ran", epochs=len(facts.history))
    )
    for problem in facts.problems:
        key = problem.what.key.removesuffix(".what")
        if key.startswith("watch."):
            yield Proposal(
                phrase("this is found: {what}", what=problem.what), Params(kind="finding", finding=key, there=True)
            )


def _paths(trace: Trace, moment: Moment | None) -> Iterator[str]:
    """The figures of a stop of the timeline; without one those of the last node's numbers."""
    if moment is None:
        yield "loss"
        return
    place = max(0, moment.unit)
    if moment.parameter:
        record = trace.parameters[moment.parameter]
        name = f"{record.node}.{record.name}[{place}]"
        yield from (f"backward/{name}", f"update/{name}", f"before/{name}")
    elif moment.phase == "backward":
        yield f"gradient/{moment.step}[{place}]"
    else:
        yield f"value/{moment.step}[{place}]"
    yield "loss"


def _of_step(facts: Facts, moment: Moment | None) -> Iterator[Proposal]:
    trace = facts.trace
    if trace is None:
        return
    for at in list(_paths(trace, moment))[:MOST_NUMBERS]:
        value = figure(at, Source(trace))
        if value is None or not math.isfinite(value):
            continue
        tolerance = float(f"{max(abs(value) * 1e-4, 1e-9):.1g}")
        asked = Params(kind="number", at=at, value=value, tol=tolerance, ask=True)
        yield Proposal(phrase("the student types {at} = {value}", at=at, value=exact(value)), asked)
    yield Proposal(
        phrase("a step of sample {row} is looked at", row=trace.sample), Params(kind="stepped", row=trace.sample)
    )


def _of_node(facts: Facts, node: str | None) -> Iterator[Proposal]:
    found = facts.document.by_id.get(node or "")
    if found is None or found.kind not in node_kinds():
        return
    fields = node_kinds()[found.kind].fields
    for name, value in complete(fields, found.params, CATALOG).items():
        field = next(field for field in fields if field.name == name)
        if isinstance(value, tuple) or field.hidden or field.advanced:
            continue
        said = number(value) if isinstance(value, float) else plain(value)
        yield Proposal(
            phrase("{field} of {node} is {value}", field=field.title, node=found.name or found.id, value=said),
            Params(kind="setting", node=found.id, setting=name, value=plain(value)),
        )


def _of_network(facts: Facts) -> Iterator[Proposal]:
    total = facts.lowered.total
    yield Proposal(phrase("the network has {count} parameters", count=total), Params(kind="count", value=total))
    yield Proposal(message("check.no_errors"), Params(kind="sound"))
    yield Proposal(phrase("the network was exported"), Params(kind="exported"))
    yield Proposal(phrase("an answer in the student's own words"), Params(kind="written", letters=20))
