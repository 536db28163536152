"""One open project: its document and history, what it means, and its training run.

Everything here is called from one thread (the window's, or a script's). ``poll`` brings in what the
background threads have finished; it never waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.catalog.sources.copies import copies_of
from nnstudio.document.values import Document, Parts
from nnstudio.engine.states import State
from nnstudio.session import keeping, weights
from nnstudio.session.abreast import Abreast
from nnstudio.session.arrivals import Arrivals
from nnstudio.session.closer import Closer
from nnstudio.session.compiler import CLOSE_SECONDS, wait_for
from nnstudio.session.exports import FIRST, exports, never
from nnstudio.session.health import Health
from nnstudio.session.lessons.tutor import Tutor
from nnstudio.session.meaning import Meaning
from nnstudio.session.project import Project
from nnstudio.session.run import Run
from nnstudio.session.runs import Runs
from nnstudio.session.settings import EVERYTHING, NETWORK_ONLY, load_settings
from nnstudio.session.steering import Helm
from nnstudio.session.stepping import Stepping
from nnstudio.session.testing import FinalTest

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.fitted import Trained
    from nnstudio.engine.past import Past


class Session(Project):
    """An open project without a window.

    ``meaning`` is what the document means, ``training`` the run, ``stepping`` the step that is shown, ``closer`` looks
    closer at it, ``health`` is what is measured, ``helm`` steers, ``runs`` are all that are compared, ``abreast`` those
    that train along, ``testing`` the looks at the test part.
    """

    def __init__(self, document: Document | None = None, *, start: bool = True) -> None:
        """Open a document; with ``start=False`` nothing heavy happens until ``meaning.begin``."""
        super().__init__(document)
        self.meaning = Meaning(lambda: self.document)
        self.training, self.runs = Run(), Runs()
        self.abreast = Abreast(self.runs)
        self.helm = Helm(self.training, self.meaning, self)
        self.stepping = Stepping(self.training, self.meaning, self)
        self.closer = Closer(self.training, self.stepping, self.present_weights)
        self.health = Health(self.training)
        self.tutor = Tutor(self)
        self.testing = FinalTest(self.training, self.trained)
        whom = self.training, self.helm, self.stepping, self.health, self.runs
        self._arrivals = come = Arrivals(*whom, lambda: self.parts.weights, self.train_on)
        self.epoch_done, self.rewound, self.refused = come.epoch_done, come.rewound, come.refused
        if start:
            self.meaning.begin()

    # -- document -----------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether there is something that is not saved: an edit, or weights that were trained since."""
        return self.edited or self.training.unsaved or self.runs.unsaved

    @property
    def worth_asking(self) -> bool:
        """Whether to ask before it is left: what is not saved was made by hand. A run of an example is made again by a
        click.
        """
        made = self.edited or self.runs.unsaved or self.runs.busy != (0, 0) or (self.path is not None and self.dirty)
        return made and not self.kept_as

    def _work_out(self) -> None:
        self.meaning.work_out()

    def _put(self, saved: Document, parts: Parts) -> None:
        self.reset()
        self.abreast.clear()
        self.runs.forget()
        self.runs.from_plain(parts.run.get("runs"))
        self.health.forget_silenced()
        self.training.take_weights(saved, dict(parts.weights), parts.run.get(weights.FITTED))
        self.testing.take(parts.run.get(weights.TESTS))
        self.helm.keep_left_run(keeping.kept_in(saved, parts))

    def parts_now(self, carry: str = EVERYTHING) -> Parts:
        """What the project file carries beside the document: weights that fit, the run as it stands, the runs, copies
        of data.

        Raises:
            TrainError: a run is too busy to hand its weights out.
        """
        view, copies = {**self.view, **self.look_now()}, copies_of(self.document)
        if carry == NETWORK_ONLY:
            view.pop("step", None)
            return Parts(view=view, data=copies, progress=self.tutor.to_plain())
        fitting = weights.to_keep(self.training, self.document, self.fitting_weights())
        run = weights.run_parts(self.parts, self.training, self.runs, fitting, self.testing.to_plain())
        parts = Parts(fitting, run, view, copies, progress=self.tutor.to_plain())
        if carry == EVERYTHING and fitting:
            parts = keeping.with_run(parts, self.training, self.stepping, self.document, self.helm.waiting)
        if "state" not in parts.run:
            # Without the step its place on the timeline means nothing.
            view.pop("step", None)
        return parts

    def save(self, path: Path) -> bool:
        """Save to a file, with trained weights if there are any; returns whether weights had to be left out.

        Raises:
            ProjectFileError: the file cannot be written.
            TrainError: a run is too busy to hand its weights out.
        """
        parts = self.parts_now(load_settings().carry)
        self.write(path, parts)
        self.training.saved(whole=bool(parts.arrays))
        self.runs.saved()
        self.documents_changed.tell(self.document, self.document)
        return bool(self.training.weights) and not parts.weights and load_settings().carry != NETWORK_ONLY

    def fitting_weights(self) -> Mapping[str, np.ndarray]:
        """The trained weights if they belong to the present network, else {}: an edit after training may part them.

        Raises:
            TrainError: a run is too busy to hand them out.
        """
        return weights.fitting(self.training, self.meaning, self.document, self.present_weights())

    # -- run ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Start a run, or go on with the paused one.

        Raises:
            TrainError: the network has a problem.
        """
        self.stepping.close()
        self.helm.hurry()
        if self.training.going is not None:
            self.training.going.resume()
            self.training.change_state(State.RUNNING)
            return
        self.begin(paused=False)

    def step(self, grain: str) -> None:
        """Go one "sample", "batch" or "epoch" further; starts a waiting run when there is none.

        Raises:
            TrainError: the network has a problem.
        """
        self.helm.hurry()
        run = self.training
        if not run.live:
            self.begin(paused=True)
        assert run.trainer is not None and run.program is not None
        if grain == "sample" and run.program.batch_size > 1 and not run.program.couples_samples:
            run.note(f"a single sample was stepped in epoch {run.snapshot.epoch if run.snapshot is not None else 1}")
        if self.stepping.changes:
            # A step is made from the run's own weights; what was tried stays behind.
            self.stepping.forget_changes()
        run.trainer.step(grain)

    def pause(self) -> None:
        """Let the run wait after its present batch."""
        if self.training.going is not None:
            self.training.going.pause()

    def reset(self) -> None:
        """Drop the run; the next one begins from the same start weights."""
        records = self.training.records
        self.training.drop()
        self.helm.drop()
        self.runs.grow(records)
        self.runs.end(State.STOPPED)
        self.health.forget()
        self.parts = Parts()
        self.stepping.forget()
        self.training.change_state(State.IDLE)
        self.stepping.shown_changed.tell(None)

    def begin(self, *, paused: bool) -> None:
        """Start a run from its start weights; raises TrainError when the network has a problem."""
        program = self.meaning.sound()
        self.reset()
        self._enter(program, paused)

    def _enter(self, program: Program, paused: bool, past: Past | None = None, own: bool = False) -> None:
        self.training.prepare(program, self.document, self.meaning.lowered)
        self.runs.begin(self.document, again=own)
        self._start(paused, past)

    def _start(self, paused: bool, past: Past | None) -> None:
        self.training.start(paused=paused, past=past, folder=self.helm.place(), pace=self.helm.speed.limit)

    def stand_again(self, past: Past, *, paused: bool = True, own: bool = False) -> None:
        """Let a run from an earlier start of the program wait where it stood; one that was over ends again, as it did.

        ``own`` says that it is the one that the project's file has.

        Raises:
            TrainError: the network has a problem.
        """
        self._enter(self.meaning.sound(), paused, past, own)

    def train_on(self, past: Past) -> None:
        """Let the run that has ended wait where it ended."""
        self._start(True, past)

    def hurry(self) -> None:
        """Whatever run waits to stand up does so now; raises TrainError when the network has a problem."""
        self.helm.hurry()

    def retake(self, document: Document) -> None:
        """The run trains with other settings from here on."""
        self.runs.put(self.runs.live, document=document)

    def present_weights(self) -> Mapping[str, np.ndarray]:
        """The weights now: of the live run, of the last one, or those the file carried; {} when untrained.

        Raises:
            TrainError: a run is too busy to hand them out.
        """
        found = self.training.present_weights()
        if found is None:
            # It ended meanwhile: its last event has the weights.
            self.poll()
            return self.training.weights
        return found

    def exporter(
        self, folder: Path, way: str = FIRST, cancelled: Callable[[], bool] = never
    ) -> Callable[[], tuple[list[Path], bool]]:
        """Return what writes the network in some way, in any thread: it gives the files, and whether they hold trained
        weights. Raises TrainError when it has a problem, or a run is too busy to hand its weights out.
        """
        return weights.exporter(
            folder, exports()[way], self.meaning.sound(), self.fitting_weights(), self.training, cancelled
        )

    def trained(self) -> Trained:
        """Return the network as it was trained; raises TrainError when it has a problem, or is not trained."""
        return weights.trained(self.training, self.meaning, self.document, self.fitting_weights)

    # -- what the threads have done -----------------------------------------------------------

    def poll(self) -> None:
        """Bring in what compiler and trainer have finished, and tell the listeners."""
        self.training.forget_ended()
        if self.meaning.poll():
            self.helm.follow()
            self.meaning.compiled.tell()
        for bring_in in (self.meaning.poll_look, self.recovery.tick, self.runs.poll, self._arrivals.poll):
            bring_in()
        self.abreast.poll(self.helm.speed.wanted)
        self.tutor.poll()
        if self.training.state is State.RUNNING:
            self.health.diagnose()

    def close(self) -> bool:
        """Stop everything and wait for the threads, no longer than CLOSE_SECONDS; a run that goes on can be gone on
        with later.

        Returns whether all threads have ended. One that is in the middle of a long batch or file ends with the program;
        of its run the state that was kept last stays.
        """
        end = time.monotonic() + CLOSE_SECONDS
        run = self.training
        # A run that the file has as it stands is not kept a second time.
        if run.going is not None and (run.unsaved or not run.of_file):
            run.going.stop(keep=True)
            wait_for(run.going.thread, end - time.monotonic())
            # What it told last: settings that it took over belong to the state that was kept.
            self._arrivals.poll()
            self.helm.leave()
        self.reset()
        apart = self.abreast.close(end - time.monotonic())
        self.runs.close()
        ended = [wait_for(thread, end - time.monotonic()) for thread in run.take_retired()]
        self.recovery.close()
        self.claim.leave()
        return all([apart, *ended, self.meaning.close(end - time.monotonic())])
