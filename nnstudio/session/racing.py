"""A race of optimizers down a surface of two weights: each lane is a network of its own, trained beside the window."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.entry import Optimizer
from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import OptionField, complete
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Document, Node, Params
from nnstudio.resources import resource
from nnstudio.session.background import Background
from nnstudio.session.marking import sound

if TYPE_CHECKING:
    from nnstudio.engine.landscape import Landscape
    from nnstudio.engine.race import Way

MOST_LANES = 6
UPDATES, MOST_UPDATES = 200, 2000
ROOM, RATE, OPTIMIZERS = "labs", "learning_rate", "optimizers"
# The nodes of the shipped network.
PLACE, SURFACE, WHO = "place", "surface", "optimizer"
HERE, OWN = "here", "own"


@dataclass(frozen=True)
class Ground:
    """Where a race is run: a network of two weights, where they begin, and what is seen."""

    document: Document
    start: tuple[float, float]
    middle: tuple[float, float]
    half: tuple[float, float]


@cache
def _plan() -> dict[str, Any]:
    return tomllib.loads(resource(ROOM, "race.toml").read_text(encoding="utf-8"))


def _shipped() -> Document:
    return storage.load(resource(ROOM, "surface.nns"))[0]


def surfaces() -> list[tuple[str, Text]]:
    """Return (id, title) of every surface, the student's own expression last."""
    kind = node_kinds()[_shipped().by_id[SURFACE].kind]
    options = next(spec.options for spec in kind.fields if isinstance(spec, OptionField))
    return [option for option in options if option[0] in _plan()["surfaces"]]


def ground(surface: str, expression: str = "", start: tuple[float, float] | None = None) -> Ground:
    """Return a shipped surface, or an expression's, as a network.

    Raises:
        StudioError: the expression is none, or the start is no number.
    """
    plan = _plan()["surfaces"][surface]
    begin = start or tuple(plan["start"])
    document = SetParam(SURFACE, (SURFACE,), surface).apply(_shipped(), CATALOG)
    if surface == OWN:
        document = SetParam(SURFACE, ("expression",), expression).apply(document, CATALOG)
        node = document.by_id[SURFACE]
        kind = node_kinds()[node.kind]
        refusal = kind.check(node.params) if kind.check is not None else None
        if refusal is not None:
            raise StudioError(refusal.key, **refusal.args)
    node = document.by_id[PLACE]
    initializer = node.params["weight_initializer"]
    assert isinstance(initializer, Choice)
    values = Choice(initializer.kind, Params({"values": ((begin[0],), (begin[1],))}))
    document = SetParam(PLACE, ("weight_initializer",), values).apply(document, CATALOG)
    half = tuple(plan["half"])
    wide = max([1.0] + [1.15 * abs(b - m) / h for b, m, h in zip(begin, plan["middle"], half, strict=True)])
    return Ground(document, (float(begin[0]), float(begin[1])), tuple(plan["middle"]), (half[0] * wide, half[1] * wide))


def lanes(surface: str) -> list[Choice]:
    """Return the optimizers that race at first, each with a rate that suits the surface."""
    plan = _plan()
    found = []
    # A network of one's own is taken for an expression of one's own.
    for lane, rate in zip(plan["lanes"], plan["surfaces"].get(surface, plan["surfaces"][OWN])["rates"], strict=True):
        found.append(lane_of(lane["optimizer"], Params({**lane.get("with", {}), RATE: rate})))
    return found


def updates(surface: str) -> int:
    """Return how many updates show what there is to see of a surface."""
    return int(_plan()["surfaces"].get(surface, {}).get("updates", UPDATES))


def choices() -> list[tuple[str, Text]]:
    """Return (id, title) of every optimizer that can race."""
    return [(entry.id, entry.title) for entry in family(OPTIMIZERS).values()]


def lane_of(optimizer: str, params: Params | None = None) -> Choice:
    """Return an optimizer with all its settings.

    Raises:
        StudioError: a setting is refused.
    """
    return Choice(optimizer, complete(family(OPTIMIZERS)[optimizer].fields, params or Params(), CATALOG))


def with_rate(lane: Choice, rate: float) -> Choice:
    """Return a lane with another learning rate.

    Raises:
        StudioError: the rate is refused.
    """
    return lane_of(lane.kind, Params({**lane.params, RATE: rate}))


def rate_of(lane: Choice) -> float:
    """The learning rate of a lane."""
    return float(lane.params[RATE])


def lane_name(lane: Choice) -> tuple[Text, tuple[tuple[Text, str], ...]]:
    """Return an optimizer's title, and what of its settings is not as it is by itself, with the value ("": on)."""
    entry = family(OPTIMIZERS)[lane.kind]
    assert isinstance(entry, Optimizer)
    more = []
    for spec in entry.fields:
        value: Any = lane.params.get(spec.name)
        if spec.name != RATE and value != spec.default:
            more.append((spec.title, "" if value is True else f"{float(value):g}"))
    return entry.title, tuple(more)


def _who(document: Document) -> Node | None:
    kinds = node_kinds()
    return next((node for node in document.nodes if node.kind in kinds and kinds[node.kind].role == WHO), None)


def laid(document: Document, lane: Choice, updates: int) -> Document:
    """Return a network with a lane's optimizer, to be trained for a number of updates.

    Raises:
        StudioError: there is no optimizer in it.
    """
    node = _who(document)
    if node is None:
        raise StudioError("race.errors", why="")
    document = SetParam(node.id, (WHO,), lane).apply(document, CATALOG)
    # Every way is as long as was asked for.
    for setting, value in (("epochs", updates), ("patience", 0)):
        document = SetTraining((setting,), value).apply(document, CATALOG)
    return document


def of_network(document: Document) -> Ground:
    """Return a project's own network as a ground, if it has two weights.

    Raises:
        StudioError: it has not, or cannot be trained.
    """
    from nnstudio.engine.race import WEIGHTS, count_weights, start_of

    program, why = sound(document)
    if program is None:
        raise StudioError("race.errors", why=why or "")
    count = count_weights(program)
    if count != WEIGHTS:
        raise StudioError("race.not_two", count=count)
    if len(program.updaters) > 1 or program.updaters[0].groups[0].overrides or _of_their_own(document):
        raise StudioError("race.own_rates")
    x, y = (float(value) for value in start_of(program))
    wide = max(2.0, 2.0 * abs(x), 2.0 * abs(y))
    return Ground(document, (x, y), (0.0, 0.0), (wide, wide))


def _of_their_own(document: Document) -> bool:
    """Whether a layer has an optimizer, a schedule or a rate of its own."""
    own = (WHO, "schedule", RATE, "weight_decay")
    kinds = node_kinds()
    layers = [node for node in document.nodes if node.kind in kinds and kinds[node.kind].role == "layer"]
    return any(node.params.get(name) is not None for node in layers for name in own)


class Race(Background):
    """Works the contour out, then one lane after the other."""

    def __init__(self, ground: Ground, lanes: list[Choice], updates: int) -> None:
        self._ground, self._lanes, self._updates = ground, lanes[:MOST_LANES], min(updates, MOST_UPDATES)
        self.contour: Landscape | None = None
        self.ways: dict[int, Way] = {}
        self.reason: Message | None = None
        super().__init__("race")

    def work(self) -> None:
        """Run it."""
        from nnstudio.engine import race
        from nnstudio.engine.landscape import Cancelled
        from nnstudio.engine.runtime.device import prepare_thread

        prepare_thread(1)
        try:
            program, self.reason = sound(self._ground.document)
            if program is None:
                self.reason = self.reason or message("race.errors", why="")
                return
            self.contour = race.ground(program, self._ground.middle, self._ground.half, self._cancel)
            for place, lane in enumerate(self._lanes):
                self._run(place, lane)
        except Cancelled:
            pass
        except StudioError as error:
            self.reason = error.message

    def _run(self, place: int, lane: Choice) -> None:
        """Run one lane; one that fails is told of, and the others go on."""
        from nnstudio.engine import race

        try:
            program, why = sound(laid(self._ground.document, lane, self._updates))
            if program is not None:
                self.ways[place] = race.way(program, self._updates, self._cancel)
                return
            self.reason = why or message("race.errors", why="")
        except (RuntimeError, MemoryError, ValueError, TypeError) as error:
            detail = f"{type(error).__name__}: {error}".split("\n")[0][:160]
            self.reason = message("race.failed", name=family(OPTIMIZERS)[lane.kind].title, detail=detail)
