"""Pictures of choices for the inspector: asked for by field, computed by the engine once torch is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params
from nnstudio.session.meaning import Meaning
from nnstudio.ui.desk import Stage

if TYPE_CHECKING:
    from nnstudio.engine.curves import Curve

# Which parameter a field's initializer fills.
PARAMETERS = {"weight_initializer": "weight", "bias_initializer": "bias", "recurrent_initializer": "weight_hh"}


@lru_cache(maxsize=64)
def _plain(family: str, choice: Choice) -> Curve | None:
    from nnstudio.engine import previews

    known = {"activations": previews.activation_curve, "losses": previews.loss_curve}
    return known[family](choice) if family in known else None


@lru_cache(maxsize=16)
def _rates(optimizer: Choice, schedule: Choice, epochs: int, warmup: int) -> Curve | None:
    from nnstudio.engine.previews import schedule_curve

    return schedule_curve(optimizer, schedule, epochs, warmup)


class ChoiceCurves:
    """Answers the forms of one window."""

    def __init__(self, stage: Stage, meaning: Meaning, node: Callable[[], str | None]) -> None:
        self._stage, self._meaning, self._node = stage, meaning, node
        self._drawn: dict[Any, Curve | None] = {}
        self._program: object = None

    def curve(self, path: tuple[str, ...], choice: Choice, family: str) -> Curve | None:
        """The picture of what is chosen in a field of the selected node; None while it is not known."""
        lowered = self._meaning.lowered
        if lowered is None:
            return None
        try:
            if family == "initializers":
                return self._initial(path)
            if family == "schedules":
                return self._schedule(choice)
            return _plain(family, choice)
        except (StudioError, RuntimeError, ValueError, ZeroDivisionError, KeyError):
            return None

    def _initial(self, path: tuple[str, ...]) -> Curve | None:
        from nnstudio.engine.previews import initial_values

        lowered, node = self._meaning.lowered, self._node()
        if lowered is None or lowered.program is None or node is None:
            return None
        if lowered.program is not self._program:
            self._program, self._drawn = lowered.program, {}
        key = (self._stage.full_id(node), PARAMETERS.get(path[-1], ""))
        if key not in self._drawn:
            self._drawn[key] = initial_values(lowered.program, *key)
        return self._drawn[key]

    def _schedule(self, schedule: Choice) -> Curve | None:
        document = self._meaning.document
        node = next(
            (n for n in document.nodes if n.kind in node_kinds() and node_kinds()[n.kind].role == "optimizer"), None
        )
        if node is None:
            return None
        params: Params = complete(node_kinds()[node.kind].fields, node.params, CATALOG)
        training = complete(TRAINING_FIELDS, document.training, CATALOG)
        shown = self._node()
        own = self._stage.document.by_id[shown].params.get("optimizer") if shown in self._stage.document.by_id else None
        # A layer's own rate, where it has one.
        rule = own if isinstance(own, Choice) else params["optimizer"]
        return _rates(rule, schedule, training["epochs"], params["warmup"])
