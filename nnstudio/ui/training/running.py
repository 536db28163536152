"""Running the network from the window: buttons and keys on one side, what a run tells on the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from nnstudio.document.edits import SetTraining
from nnstudio.document.errors import StudioError
from nnstudio.engine.states import State
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow


class Running:
    """The run of one window's project."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def toggle(self) -> None:
        """Run, pause or go on."""
        window, session = self._window, self._window.session
        if session.training.state in (State.RUNNING, State.STARTING):
            session.pause()
            return
        window.stepping.leave()
        if not session.training.live and window.actions_.fresh.isChecked() and session.training.records:
            # Another seed is an edit like any other: the export of the run has it.
            seed = int(session.document.training.get("seed", 0))
            window.propose_whole(SetTraining(("seed",), (seed + 1) % 2**31))
        self._try(session.run)

    def step(self) -> None:
        """Go one step of the chosen grain further; after the end of a run a step of the trained network is looked at."""
        past, session = self._window.session.stepping.past, self._window.session
        if session.training.state == State.FINISHED and past is not None and past.frames and session.meaning.lowered is not None and session.meaning.lowered.program == session.training.program:
            self._window.stepping.look()
            self._window.toast(tr("The run has ended, so this step is only looked at. Reset begins anew."))
            return
        self._try(partial(session.step, self._window.actions_.grain))

    def reset(self) -> None:
        """Back to the start weights."""
        self._window.session.reset()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except StudioError as error:
            self._window.toast(words(error.message))
            self._window.docks[1].raise_()

    def show_state(self) -> None:
        """Show how the run stands: words, buttons, curves, results."""
        window, session = self._window, self._window.session
        state = session.training.state
        names = {State.RUNNING: tr("running"), State.STARTING: tr("starting …"), State.PAUSED: tr("paused"), State.FINISHED: tr("finished"), State.FAILED: tr("stopped")}
        actions = window.actions_
        actions.run.setText(tr("Pause") if state in (State.RUNNING, State.STARTING) else tr("Go on") if state == State.PAUSED else tr("Run"))
        actions.run.setIconText(("❚❚ " if state in (State.RUNNING, State.STARTING) else "▶ ") + actions.run.text())
        actions.step.setEnabled(state not in (State.RUNNING, State.STARTING))
        actions.reset.setEnabled(state != State.IDLE)
        if state == State.IDLE:
            window.status.forget()
            window.scene.forget_pictures()
            window.watching.forget()
            window.legend.show_limits(*window.scene.limits)
        if session.training.report is not None or state in (State.FINISHED, State.IDLE, State.STARTING):
            program = session.training.program
            window.results.show_report(session.training.report, program.data.classes if program is not None else (), (program, session.training.weights) if program is not None else None)
        if state in (State.IDLE, State.STARTING):
            window.toast_label.hide()
            program = session.training.program
            window.curves.clear(program.epochs if program is not None else 1)
        window.status.set("state", names.get(state, ""))
        window.show_title()
        if state != State.RUNNING:
            window.scene.pulse(None)
        if session.training.device:
            window.status.set("device", session.training.device if state != State.IDLE else "")
        if state in (State.FINISHED, State.FAILED, State.PAUSED) and session.training.snapshot is not None:
            # The last picture may have come within the pause between two changes of words.
            window.status.show_snapshot(session.training.snapshot)
        if state == State.FAILED and session.training.reason is not None:
            window.toast(words(session.training.reason), stay=True)
        elif state == State.RUNNING and (note := session.training.take_note()) is not None:
            window.toast(words(note))

    def show_rewound(self, records: list[object]) -> None:
        """The run went back: its curves end where it stands."""
        program = self._window.session.training.program
        self._window.curves.clear(program.epochs if program is not None else 1)
        for record in records:
            self._window.curves.add(record)
