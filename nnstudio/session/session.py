"""One open project: its document and history, what it means, and its training run.

Everything here is called from one thread (the window's, or a script's). ``poll`` brings in what the
background threads have finished; it never waits.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.copies import chosen_files
from nnstudio.catalog.tables import is_ready
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document, Parts
from nnstudio.engine.lines import Lines
from nnstudio.session.arrivals import take
from nnstudio.session.compiler import CLOSE_SECONDS, Compiler, wait_for
from nnstudio.session.cores import share_of_cores, wanted_device
from nnstudio.session.health import Health
from nnstudio.session.keeping import kept_in
from nnstudio.session.listeners import Listeners
from nnstudio.session.project import Project
from nnstudio.session.runs import Runs
from nnstudio.session.settings import NETWORK_ONLY, load_settings
from nnstudio.session.steering import Helm
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.analysis import Report
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.compile.source import Source
    from nnstudio.engine.curves import DataPreview
    from nnstudio.engine.events import Ended
    from nnstudio.engine.past import Past
    from nnstudio.engine.snapshot import Snapshot
    from nnstudio.engine.trace import Trace
    from nnstudio.engine.trainer import Trainer

IDLE, STARTING, RUNNING, PAUSED, FINISHED, FAILED = "idle", "starting", "running", "paused", "finished", "failed"


class Session(Project):
    """An open project without a window."""

    def __init__(self, document: Document | None = None, *, start: bool = True) -> None:
        """Open a document; with ``start=False`` nothing heavy happens until :meth:`start`."""
        super().__init__(document)
        self.lowered: Lowered | None = None
        self.source: Source | None = None
        self.analysis: Report | None = None
        self.preview: DataPreview | None = None
        self.state = IDLE
        self.snapshot: Snapshot | None = None
        self.trace: Trace | None = None
        self.journal: tuple[str, ...] = ()
        self.records = Lines()
        self.report: Mapping[str, Any] | None = None
        self.reason: Message | None = None
        self.note: Message | None = None
        self.device = ""
        self.weights: Mapping[str, np.ndarray] = {}
        self._weights_of: Document | None = None
        self.unsaved_run = False
        self.run_program: Program | None = None
        self.compiled, self.run_changed = Listeners(), Listeners()
        self.epoch_done, self.snapshot_taken, self.trace_changed = Listeners(), Listeners(), Listeners()
        self.rewound, self.refused = Listeners(), Listeners()
        self.stepping = Stepping(self, lambda: self._trainer)
        self.runs, self.health, self.helm = Runs(), Health(self), Helm(self)
        self._lowered_run: Lowered | None = None
        self._trainer: Trainer | None = None
        self._retired: list[Trainer] = []
        self._compiler = Compiler()
        if start:
            self.start()

    def start(self) -> None:
        """Begin compiling in the background, which imports torch: after the first window is painted."""
        self._compiler.submit(self.history.document)

    # -- document -----------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether there is something that is not saved: an edit, or weights that were trained since."""
        return self.edited or self.unsaved_run or self.runs.unsaved

    @property
    def worth_asking(self) -> bool:
        """Whether a student should be asked before it is left: what is not saved was made by them. A run of an example as it came is made again by a click."""
        return self.edited or self.runs.unsaved or self.runs.busy != (0, 0) or (self.path is not None and self.dirty)

    def _work_out(self) -> None:
        self.lowered = self.analysis = None
        self._compiler.submit(self.document)

    def _put(self, saved: Document, parts: Parts) -> None:
        self.reset()
        self.runs.forget()
        self.runs.from_plain(parts.run.get("runs"))
        self.health.silenced = set()
        self.weights, self._weights_of = dict(parts.weights), saved
        self.helm.bring(kept_in(saved, parts))

    def save(self, path: Path) -> bool:
        """Save to a file, with trained weights if there are any; returns whether weights had to be left out.

        Raises:
            ProjectFileError: the file cannot be written.
            TrainError: a run is too busy to hand its weights out.
        """
        from nnstudio.session.weights import parts_of

        parts = parts_of(self, load_settings().carry)
        self.write(path, parts)
        self.unsaved_run = self.runs.unsaved = False
        self.helm.from_file = bool(parts.arrays)
        self.documents_changed.tell(self.document, self.document)
        return bool(self.weights) and not parts.weights and load_settings().carry != NETWORK_ONLY

    def fitting_weights(self) -> Mapping[str, np.ndarray]:
        """The trained weights if they belong to the present network, else {}: an edit after training may part them.

        Raises:
            TrainError: a run is too busy to hand them out.
        """
        from nnstudio.session.weights import fitting

        return fitting(self)

    # -- run ----------------------------------------------------------------------------------

    def sound(self) -> Program:
        """Return what the network means; raises TrainError when it has a problem."""
        if self.lowered is None or self.lowered.document.meaning != self.document.meaning:
            for choice in chosen_files(self.document):
                if not is_ready(choice):
                    # Lowering here would wait for the file, and the window with it.
                    raise TrainError("data.loading", name=Path(choice.params["path"]).name)
            from nnstudio.compile.lower import lower

            self.lowered, self.analysis = lower(self.document), None
        if self.analysis is None:
            from nnstudio.compile.analysis import analyse

            self.analysis = analyse(self.lowered)
        errors = self.analysis.errors
        if self.lowered.program is None or errors:
            detail = errors[0].what if errors else message("graph.nothing_to_train.what")
            raise TrainError("run.not_sound", detail=detail)
        return self.lowered.program

    @property
    def trainer(self) -> Trainer | None:
        """What trains, or trained last."""
        return self._trainer

    @property
    def run_document(self) -> Document | None:
        """The project that the run trains."""
        return self._weights_of

    def take_run_document(self, lowered: Lowered) -> None:
        """The run trains another project from here on: it took its settings over."""
        self._weights_of, self._lowered_run = lowered.document, lowered
        self.runs.retake(lowered.document)

    @property
    def lowered_run(self) -> Lowered | None:
        """What the run's network was lowered to; its document is the one that was run."""
        return self._lowered_run

    @property
    def live(self) -> bool:
        """Whether a run exists that can go on."""
        return self.state in (STARTING, RUNNING, PAUSED)

    def run(self) -> None:
        """Start a run, or go on with the paused one.

        Raises:
            TrainError: the network has a problem.
        """
        self.stepping.close()
        self.helm.hurry()
        if self.live and self._trainer is not None:
            self._trainer.resume()
            self.set_state(RUNNING)
            return
        self.begin(paused=False)

    def step(self, grain: str) -> None:
        """Go one "sample", "batch" or "epoch" further; starts a waiting run when there is none.

        Raises:
            TrainError: the network has a problem.
        """
        self.helm.hurry()
        if not self.live:
            self.begin(paused=True)
        assert self._trainer is not None and self.run_program is not None
        if grain == "sample" and self.run_program.batch_size > 1 and not self.run_program.couples_samples:
            epoch = self.snapshot.epoch if self.snapshot is not None else 1
            self.journal = (*self.journal, f"a single sample was stepped in epoch {epoch}")
        if self.stepping.changes:
            # A step is made from the run's own weights; what was tried stays behind.
            self.stepping.forget_changes()
        self._trainer.step(grain)

    def pause(self) -> None:
        """Let the run wait after its present batch."""
        if self._trainer is not None and self.live:
            self._trainer.pause()

    def reset(self) -> None:
        """Drop the run; the next one begins from the same start weights."""
        if self._trainer is not None:
            self._trainer.stop()
            self._retired.append(self._trainer)
            self._trainer = None
        self.helm.drop()
        self.runs.grow(self.records)
        self.runs.end("stopped")
        self.snapshot = self.trace = self.report = self.reason = self.note = self.run_program = self._lowered_run = None
        self.records = Lines()
        self.health.forget()
        self.journal = ()
        self.weights, self._weights_of = {}, None
        self.unsaved_run = False
        self.parts = Parts()
        self.stepping.forget()
        self.set_state(IDLE)
        self.trace_changed.tell(None)

    def begin(self, *, paused: bool) -> None:
        """Start a run from its start weights; raises TrainError when the network has a problem."""
        program = self.sound()
        self.reset()
        self._enter(program, paused)

    def _enter(self, program: Program, paused: bool, past: Past | None = None, own: bool = False) -> None:
        self.run_program, self._weights_of, self._lowered_run = program, self.document, self.lowered
        self.runs.begin(self.document, again=own)
        self.train(program, paused, past)

    def stand_again(self, past: Past, paused: bool = True, *, own: bool = False) -> None:
        """Let a run from an earlier start of the program wait where it stood; one that was over ends again, as it did.

        ``own`` says that it is the one that the project's file has.

        Raises:
            TrainError: the network has a problem.
        """
        self._enter(self.sound(), paused, past, own)

    def train(self, program: Program, paused: bool, past: Past | None = None) -> None:
        """Let a program train, from its start weights or from a past."""
        from nnstudio.engine.trainer import Trainer

        self._trainer = Trainer(program, device=wanted_device(), paused=paused, past=past, folder=self.helm.place(), share=share_of_cores())
        self.helm.begin()
        self._trainer.start()
        self.set_state(STARTING)

    def set_state(self, state: str) -> None:
        """Stand in another state, and tell."""
        self.state = state
        self.run_changed.tell()

    def present_weights(self) -> Mapping[str, np.ndarray]:
        """The weights now: of the live run, of the last one, or those the file carried; {} when untrained."""
        if self._trainer is not None and self.live:
            found = self._trainer.weights()
            if found is not None:
                return found
            if self._trainer.alive:
                raise TrainError("run.busy")
            # It ended meanwhile: its last event has the weights.
            self.poll()
        return self.weights

    def export(self, folder: Path) -> tuple[list[Path], bool]:
        """Write the present network as Python; returns the files and whether they hold trained weights.

        Raises:
            TrainError: the network has a problem, or a run is too busy to hand its weights out.
            ExportError: the gate refused, or the folder cannot be written.
        """
        return self.exporter(folder)()

    def exporter(self, folder: Path) -> Callable[[], tuple[list[Path], bool]]:
        """Return what writes the network as it is now; that may be done in any thread. Raises as :meth:`export` does."""
        from nnstudio.session.weights import exporter

        return exporter(self, folder)

    def trained(self) -> tuple[Program, Mapping[str, np.ndarray]]:
        """Return the network with its trained weights; raises TrainError when it has a problem, or is not trained."""
        program, weights = self.sound(), self.fitting_weights()
        if not weights:
            raise TrainError("predict.no_weights")
        return program, weights

    def compile_again(self) -> None:
        """Work the present document out anew: its data has changed outside."""
        self.lowered = self.analysis = None
        self._compiler.submit(self.document)

    def poll(self) -> None:
        """Bring in what compiler and trainer have finished, and tell the listeners."""
        self._retired = [trainer for trainer in self._retired if trainer.alive]
        self._poll_compiler()
        self.recovery.tick()
        self.runs.poll()
        if self._trainer is not None:
            self._poll_trainer(self._trainer)
            if self.state == RUNNING:
                self.health.diagnose()

    def _poll_compiler(self) -> None:
        newest = None
        while True:
            try:
                newest = self._compiler.results.get_nowait()
            except queue.Empty:
                break
        if newest is not None and newest.document.meaning == self.document.meaning:
            self.lowered, self.source, self.analysis = newest.lowered, newest.source, newest.report  # type: ignore[assignment]
            self.preview = newest.preview  # type: ignore[assignment]
            self.helm.follow()
            self.compiled.tell()

    def _poll_trainer(self, trainer: Trainer) -> None:
        while trainer is self._trainer:
            try:
                event = trainer.events.get_nowait()
            except queue.Empty:
                break
            take(self, event)
        snapshot = trainer.take_snapshot()
        if snapshot is not None and trainer is self._trainer:
            self.snapshot = snapshot
            self.snapshot_taken.tell(snapshot)

    def ended(self, event: Ended) -> None:
        """The run is over."""
        self.weights, self.report, self.reason = event.weights, event.report, event.reason
        if self.helm.fell():
            # The file's run could not stand up: what the file has is still what is trained.
            self.weights = dict(self.parts.weights)
        if self._trainer is not None:
            self.stepping.ended(self._trainer.past)
        self.health.diagnose(force=True)
        self.helm.ended(event.how)
        self.runs.end(event.how, self.records if len(self.records) else None, event.report, event.reason)

    def close(self) -> bool:
        """Stop everything and wait for the threads, no longer than CLOSE_SECONDS; a run that goes on can be gone on with later.

        Returns whether all threads have ended. One that is in the middle of a long batch or file ends with the program; of its
        run the state that was kept last stays.
        """
        end = time.monotonic() + CLOSE_SECONDS
        # A run that the file has as it stands is not kept a second time.
        if self.live and self._trainer is not None and (self.unsaved_run or not self.helm.from_file):
            self._trainer.stop(keep=True)
            wait_for(self._trainer.thread, end - time.monotonic())
            # What it told last: settings that it took over belong to the state that was kept.
            self._poll_trainer(self._trainer)
            self.helm.leave()
        self.reset()
        self.runs.close()
        ended = [wait_for(trainer.thread, end - time.monotonic()) for trainer in self._retired]
        self._retired = []
        self.recovery.close()
        self.claim.leave()
        return all([*ended, self._compiler.close(end - time.monotonic())])
