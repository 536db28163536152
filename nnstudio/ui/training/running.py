"""Running the network from the window: what the buttons and keys of a run do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from nnstudio.document.edits import SetTraining
from nnstudio.document.errors import StudioError
from nnstudio.engine.states import State
from nnstudio.session.pacing import HAND
from nnstudio.ui.desk import Desks, Edits, Panels, Says, Step, Trains, Tries, Wishes
from nnstudio.ui.kit.texts import tr, words


class Running:
    """The run of one window's project; ``wishes`` are how the student wants it to go."""

    def __init__(
        self,
        session: Trains,
        edits: Edits,
        step: Step,
        tries: Tries,
        says: Says,
        panels: Panels,
        wishes: Wishes,
        desks: Desks,
    ) -> None:
        self._session, self._edits, self._step, self._tries, self._says, self._panels, self._wishes, self._desks = (
            session,
            edits,
            step,
            tries,
            says,
            panels,
            wishes,
            desks,
        )

    def toggle(self) -> None:
        """Run, pause or go on; by hand, make one update. With Shift as fast as it goes."""
        run = self._session.training
        going = run.state in (State.RUNNING, State.STARTING)
        if going or (self._together and self._session.abreast.going):
            if going:
                self._session.pause()
            self._session.abreast.pause()
            return
        if QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier:
            # Shift lets it go at once.
            self._session.helm.speed.set(None)
        if self._session.helm.speed.wanted == HAND:
            self._step_all("batch")
            return
        self._step.leave()
        self._desks.lead("watch")
        if not run.live and self._wishes.fresh and run.records:
            # Another seed is an edit like any other: the export of the run has it.
            seed = int(self._session.meaning.document.training.get("seed", 0))
            self._edits.propose_whole(SetTraining(("seed",), (seed + 1) % 2**31))
        if self._try(self._session.run) and self._together:
            self._session.abreast.run(self._session.helm.speed.wanted)

    @property
    def _together(self) -> bool:
        """Whether what stands beside the network trains with it: where they are seen side by side."""
        return self._desks.now == "compare"

    def _step_all(self, grain: str) -> None:
        if self._try(partial(self._session.step, grain)) and self._together:
            self._session.abreast.step(grain)

    def step(self) -> None:
        """Go to the next stop of the step that is open; past its end, one step of the chosen grain further.

        After the end of a run a step of the trained network is looked at.
        """
        shown = self._step.trace is not None and self._wishes.grain != "epoch"
        if shown and self._step.go_on():
            return
        run, lowered, past = self._session.training, self._session.meaning.lowered, self._session.stepping.past
        if (
            run.state is State.FINISHED
            and past is not None
            and past.frames
            and lowered is not None
            and lowered.program == run.program
        ):
            self._tries.look()
            self._says.say(tr("The run has ended, so this step is only looked at. Reset begins anew."))
            return
        if shown:
            self._says.say(tr("The step is at its end, so another update is made."))
        self._step_all(self._wishes.grain)

    def reset(self) -> None:
        """Back to the start weights."""
        self._session.reset()
        if self._together:
            self._session.abreast.reset()

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except StudioError as error:
            self._says.say(words(error.message))
            self._panels.raise_("problems")
            return False
        return True
