"""What is tried in a step: other samples, other numbers, the way back through training, checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import exact
from nnstudio.ui.desk import Asks, Says, Steps
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.timeline import Timeline

if TYPE_CHECKING:
    from nnstudio.engine.trace import Trace


class Trying:
    """Of one window's step; what cannot be done is said."""

    def __init__(self, session: Steps, timeline: Timeline, card: CardView, says: Says, asks: Asks) -> None:
        self._session, self._timeline, self._card, self._says, self._asks = session, timeline, card, says, asks

    @property
    def _shown(self) -> Trace | None:
        return self._session.stepping.shown

    def use_mode(self, training: bool) -> None:
        """Show the step in training mode, or as the network is used."""
        self._do(lambda: self._session.stepping.use_mode(training))

    def undo_change(self) -> None:
        """Take the last number typed into the step back."""
        self._do(self._session.stepping.undo)

    def redo_change(self) -> None:
        """Type it again."""
        self._do(self._session.stepping.redo)

    def forget_changes(self) -> None:
        """Show the step as it was recorded."""
        self._do(self._session.stepping.forget_changes)

    def _do(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        return True

    def look_at_sample(self, sample: int) -> None:
        if not self._do(lambda: self._session.stepping.look(sample)) and self._shown is not None:
            box = self._timeline.sample
            blocked = box.blockSignals(True)
            box.setValue(self._shown.sample)
            box.blockSignals(blocked)

    def look(self) -> None:
        """Show a step with the first sample of the training part, without making it."""
        preview = self._session.meaning.preview
        rows = getattr(preview, "rows", None)
        first = int(rows[0]) if rows is not None and len(rows) else 0
        self._do(lambda: self._session.stepping.look(first))

    def look_at_row(self, row: int) -> None:
        """Show a step with one row of the data."""
        self._do(lambda: self._session.stepping.look(row))

    def go_to(self, updates: int) -> None:
        self._do(lambda: self._session.stepping.go_to(updates))

    def undo_update(self) -> None:
        """Take the last training step back."""
        self._do(self._session.stepping.undo_update)

    def change(self, name: str, place: int, value: float, dragged: bool = False) -> None:
        """Show the step with one number changed."""
        self._do(lambda: self._session.stepping.change(name, place, value, dragged))

    def keep(self) -> None:
        """Train on with the changed weights."""
        if self._do(self._session.stepping.keep):
            self._says.say(tr("The run goes on from these weights. Undo training step leads back."))

    def paint(self) -> None:
        """Paint the input of the shown step, and step through that."""
        trace = self._shown
        if trace is None or "x" not in trace.values:
            return
        from nnstudio.ui.data.pixel_dialog import PixelDialog

        everything = trace.values["x"]
        dialog = PixelDialog(
            trace.of_sample("x", everything), float(everything.min()), float(everything.max()), self._asks.over
        )
        if dialog.exec():
            self.use_sample(dialog.values())
        dialog.deleteLater()

    def use_sample(self, x: np.ndarray) -> None:
        """Step through a sample of the student's own, with the shown sample's target."""
        trace = self._shown
        assert trace is not None and trace.origin is not None
        given = trace.origin
        target = given.targets[0][trace.row : trace.row + 1] if given.targets else None
        self._do(lambda: self._session.stepping.look_at(x.astype(trace.values["x"].dtype), target))

    def check(self, name: str, place: int) -> None:
        try:
            found = self._session.closer.check(name, place)
        except StudioError as error:
            self._says.say(words(error.message))
            return
        text = tr(
            "Here: {shown}. Finite difference (E(v + h) − E(v − h)) / 2h in float64: {difference}. Relative error "
            "{error}.",
            shown=exact(found.shown),
            difference=exact(found.difference),
            error=f"{found.error:.1e}",
        )
        if found.fine:
            text += " ✓ " + tr("They agree: the gradient is right.")
        elif found.kink:
            text += " " + tr(
                "The function has a corner here: the slopes on both sides differ, and one of them is taken."
            )
        else:
            text += " ✕ " + tr("They do not agree.")
        self._card.show_check(text)

    def survey(self, kind: str, weights: tuple[str, str], reach: float) -> object | None:
        """Begin a loss landscape; None when there can be none, which is said."""
        try:
            return self._session.closer.survey(kind, weights, reach)
        except StudioError as error:
            self._says.say(words(error.message))
            return None
