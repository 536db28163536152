"""Loss and optimizer as they stand: the loss in large digits with its course, the rate on its schedule."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import number
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.desk import Located, Trained

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Snapshot

# A curve on a card needs no more points.
POINTS = 76


class Faces:
    """Shows them on the cards of a network that has one loss, or one optimizer."""

    def __init__(self, session: Trained, stage: Located, scene: GraphScene) -> None:
        self._session, self._stage, self._scene = session, stage, scene
        # The rates that are planned, and of which program.
        self._planned_of: tuple[object, list[float]] = (None, [])

    def show(self, snapshot: Snapshot) -> None:
        """Show where a run stands, or where one would begin."""
        self._show_loss(snapshot.loss)
        optimizer = self._only("optimizer")
        if optimizer is not None:
            rates, planned = self._session.training.records.picked("learning_rate", POINTS), self._planned()
            rate = rates[-1] if rates else planned[0] if planned else math.nan
            share = (snapshot.epoch - 1 + snapshot.batch / max(1, snapshot.batches)) / max(1, snapshot.epochs)
            digits = "" if math.isnan(rate) else f"η {number(rate)}"
            self._scene.set_face(optimizer, digits, planned or rates, share)

    def stand_at(self, loss: float) -> None:
        """Show the loss of a step."""
        self._show_loss(loss)

    def _show_loss(self, loss: float) -> None:
        node, course = self._only("loss"), self._session.training.records.picked("train_loss", POINTS)
        if node is not None:
            digits = "–" if math.isnan(loss) else number(loss)
            self._scene.set_face(node, digits, course, 1.0 if course else None)

    def forget(self) -> None:
        """Nothing is known any more."""
        for role in ("loss", "optimizer"):
            for node in self._nodes(role):
                self._scene.set_face(node, "", (), None)

    def _nodes(self, role: str) -> list[str]:
        return [
            node.id
            for node in self._stage.document.nodes
            if (kind := node_kinds().get(node.kind)) is not None and kind.role == role
        ]

    def _only(self, role: str) -> str | None:
        """The one node of a role; which of several a number belongs to, it does not tell."""
        found = self._nodes(role)
        return found[0] if len(found) == 1 else None

    def _planned(self) -> list[float]:
        """The rates of all epochs, as far as they are known beforehand."""
        program = self._session.training.program or (
            self._session.meaning.drawn.program if self._session.meaning.drawn is not None else None
        )
        if program is None or len(program.updaters) != 1:
            return []
        if self._planned_of[0] is not program:
            from nnstudio.engine.previews import planned_rates

            rates: list[float] = []
            with contextlib.suppress(StudioError, RuntimeError, ValueError, ZeroDivisionError, KeyError):
                rates = planned_rates(program)
            self._planned_of = program, _thinned(rates)
        return self._planned_of[1]


def _thinned(values: Sequence[float]) -> list[float]:
    """As many of them as a card has room for; a long run has a million."""
    if len(values) <= POINTS:
        return list(values)
    return [values[round(place * (len(values) - 1) / (POINTS - 1))] for place in range(POINTS)]
