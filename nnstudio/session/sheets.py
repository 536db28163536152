"""Sheets: all activations, all losses, all initializers, each with its picture, worked out in the background."""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudio.catalog.arithmetic import evaluate
from nnstudio.catalog.entry import Activation, Initializer
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.document import storage
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.numbers import number
from nnstudio.document.text import Said, Text, phrase
from nnstudio.document.values import Choice, Params
from nnstudio.resources import resource
from nnstudio.session.background import Background

if TYPE_CHECKING:
    from nnstudio.catalog.entry import Entry
    from nnstudio.engine.curves import Curve
    from nnstudio.engine.spread import Spread

ACTIVATIONS, LOSSES, INITIALIZERS = "activations", "losses", "initializers"
# The networks of ten layers, and what their ids begin with.
ROOM, LAYER = "sheets", "l"


@dataclass(frozen=True)
class Cell:
    """One of a sheet: ``lines`` are said below its name."""

    family: str
    id: str
    title: Text
    lines: tuple[Said, ...]
    curve: Curve | None


class Sheet(Background):
    """Works one family out; ``new`` gives what came since it was asked last."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._news: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        super().__init__(f"sheet of {of}")

    def work(self) -> None:
        """Work out one entry after the other."""
        from nnstudio.engine.runtime.device import prepare_thread

        prepare_thread(1)
        for entry in family(self._of).values():
            if self.cancelled():
                return
            try:
                self._news.put(_cell(self._of, entry))
            except (StudioError, RuntimeError, ValueError, KeyError, IndexError):
                # What needs more than its defaults (typed numbers, say) has no picture by itself.
                self._news.put(Cell(self._of, entry.id, entry.title, (entry.formula,), None))

    def new(self) -> list[Cell]:
        """Return the cells that came since."""
        found = []
        while not self._news.empty():
            found.append(self._news.get_nowait())
        return found


def _cell(of: str, entry: Entry) -> Cell:
    from nnstudio.engine import previews

    chosen = Choice(entry.id, complete(entry.fields, Params(), CATALOG))
    lines: tuple[Said, ...] = (entry.formula,)
    if of == ACTIVATIONS:
        assert isinstance(entry, Activation)
        lines = (
            entry.formula,
            phrase("slope {slope}", slope=entry.derivative),
            phrase("range {range}", range=entry.range),
        )
        curve = previews.activation_curve(chosen)
    elif of == LOSSES:
        curve = previews.loss_curve(chosen)
    else:
        curve, more = _spread_of(chosen)
        lines = (entry.formula, *more)
    return Cell(of, entry.id, entry.title, lines, curve)


def spread_of(initializer: Choice, file: str) -> tuple[Text, Spread] | None:
    """Return how numbers spread through the ten layers of a shipped network, with their weights begun so, and what its
    activation is called; None where such a network cannot be.
    """
    from nnstudio.engine.spread import spread
    from nnstudio.session.marking import program_of

    document, _ = storage.load(resource(ROOM, file))
    layers = [node.id for node in document.nodes if node.id.startswith(LAYER) and node.id[1:].isdigit()]
    for layer in layers:
        document = SetParam(layer, ("weight_initializer",), initializer).apply(document, CATALOG)
    program = program_of(document)
    title = family(ACTIVATIONS)[document.by_id[layers[0]].params["activation"].kind].title
    return None if program is None else (title, spread(program, layers))


def _spread_of(chosen: Choice) -> tuple[Curve | None, tuple[Said, ...]]:
    """How numbers spread through ten layers, and what was really drawn."""
    import numpy as np

    from nnstudio.engine.curves import Curve

    every = [spread_of(chosen, path.name) for path in sorted(resource(ROOM).glob("*.nns"), reverse=True)]
    found = [one for one in every if one is not None]
    if not found:
        return None, ()
    drawn = found[0][1]
    said = phrase(
        "drawn: variance {variance}, farthest {limit}", variance=number(drawn.variance), limit=number(drawn.limit)
    )
    lines = tuple((title.en, np.nan_to_num(one.outputs, posinf=0.0)) for title, one in found)
    theory = by_formula(chosen, drawn.fans)
    told: tuple[Said, ...] = (said,)
    if theory[0] is not None:
        variance, limit = (None if value is None else number(value) for value in theory)
        by_rule = (
            phrase("by the formula: variance {variance}, limit {limit}", variance=variance, limit=limit)
            if limit is not None
            else phrase("by the formula: variance {variance}, no limit", variance=variance)
        )
        told = (by_rule, said)
    return Curve(np.arange(1, len(drawn.outputs) + 1, dtype=float), lines, axis="layer"), told


def by_formula(chosen: Choice, fans: tuple[int, int]) -> tuple[float | None, float | None]:
    """Return the variance and the limit that an initializer's formula gives for (fan_in, fan_out); None without one."""
    import numpy as np

    entry = family(INITIALIZERS)[chosen.kind]
    assert isinstance(entry, Initializer)
    numbers = {name: value for name, value in chosen.params.items() if isinstance(value, float | int)}
    fan = fans[1] if chosen.params.get("mode") == "fan_out" else fans[0]
    given = {**numbers, "fan_in": float(fans[0]), "fan_out": float(fans[1]), "fan": float(fan)}
    found = (float(evaluate(text, given, np)) if text else None for text in (entry.variance, entry.limit))
    variance, limit = found
    return variance, limit
