"""A search on disk: Optuna's journal, who works at it, what was found. Any number of processes on machines
that share the folder take part.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import SearchRefused
from nnstudio.document.text import message, quoted
from nnstudio.document.values import Document, Parts
from nnstudio.session.searching.space import Range, read_space

JOURNAL, PROJECT, PLAN, TRIALS, LIVING = "journal.log", "project.nns", "search.json", "trials", "workers"
NAME = "search"
# A worker says so often that it lives; one that was silent for so long is gone.
BEAT_SECONDS, GONE_SECONDS, HOST = 2.0, 20.0, platform.node()
# With so many lost workers a trial is no longer begun.
ATTEMPTS = 3
# What some who propose lean on, beside Optuna.
LEANS = {"cmaes": "cmaes", "gp": "scipy", "qmc": "scipy"}
SAMPLERS = ("tpe", "random", "cmaes", "gp", "qmc")
PRUNERS = ("median", "hyperband", "halving", "none")
# Which end of a measure is the better one.
METRICS = {"val_loss": "minimize", "val_accuracy": "maximize", "train_loss": "minimize", "train_accuracy": "maximize"}


@dataclass(frozen=True)
class Plan:
    """What a search is about; all who take part read it."""

    space: str
    metric: str
    sampler: str
    pruner: str
    seed: int
    trials: int

    def to_json(self) -> str:
        """As text."""
        return json.dumps(self.__dict__, indent=1) + "\n"


def available() -> bool:
    """Whether the library is installed; nothing of it is loaded to know."""
    return find_spec("optuna") is not None


def planned(folder: Path) -> bool:
    """Whether a search lies in a folder."""
    try:
        return (folder / PLAN).is_file()
    except (OSError, ValueError):
        return False


def optuna() -> Any:
    """Return the library.

    Raises:
        SearchRefused: it is not installed.
    """
    try:
        import optuna as library
    except ImportError:
        raise SearchRefused("search.library") from None
    library.logging.set_verbosity(library.logging.WARNING)
    return library


class _Held:
    """Optuna's journal is written by one at a time: the system itself lets go of what a lost process held."""

    def __init__(self, path: str) -> None:
        self._lock = FileLock(f"{path}.held", timeout=60)

    def acquire(self) -> bool:
        """Wait for it."""
        self._lock.acquire()
        return True

    def release(self) -> None:
        """Let the next one write."""
        self._lock.release()


class Search:
    """A search in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = FileLock(str(folder / "search.lock"), timeout=60)
        self._owner = uuid.uuid4().hex[:12]

    # -- what it is about ---------------------------------------------------------------------

    def begin(self, document: Document, plan: Plan, data: Mapping[str, bytes] | None = None) -> None:
        """Begin, or go on with what lies in the folder; ``data`` are the files that the project carries.

        Raises:
            SearchRefused: another search lies there, or the folder cannot be written.
        """
        read_space(document, plan.space)
        library = LEANS.get(plan.sampler, "")
        if library and find_spec(library) is None:
            raise SearchRefused("search.sampler", sampler=plan.sampler, library=library)
        try:
            (self.folder / LIVING).mkdir(parents=True, exist_ok=True)
            with self.lock:
                if (self.folder / PLAN).is_file():
                    before = self.plan()
                    same = (before.space, before.metric) == (plan.space, plan.metric)
                    if not same or self.document().meaning != document.meaning:
                        raise SearchRefused("search.other", path=str(self.folder))
                else:
                    storage.save(self.folder / PROJECT, document, Parts(data=data or {}), backup=False)
                write_atomically(self.folder / PLAN, plan.to_json().encode())
        except OSError as error:
            raise SearchRefused("search.folder", path=str(self.folder), detail=error.strerror or str(error)) from None

    def extend(self, trials: int) -> None:
        """Go on until there are so many trials in all.

        Raises:
            SearchRefused: there is no search, or the folder cannot be written.
        """
        try:
            with self.lock:
                write_atomically(self.folder / PLAN, replace(self.plan(), trials=trials).to_json().encode())
        except OSError as error:
            raise SearchRefused("search.folder", path=str(self.folder), detail=error.strerror or str(error)) from None

    def plan(self) -> Plan:
        """Read what it is about.

        Raises:
            SearchRefused: there is no search.
        """
        try:
            return Plan(**json.loads((self.folder / PLAN).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise SearchRefused("search.none", path=str(self.folder)) from None

    def document(self) -> Document:
        """The network that is varied."""
        return storage.load(self.folder / PROJECT)[0]

    def space(self) -> tuple[Range, ...]:
        """What is varied."""
        return read_space(self.document(), self.plan().space)

    def study(self, number: int = 0) -> Any:
        """Open the study, as the worker of a ``number``; there may be others at it."""
        library, plan = optuna(), self.plan()
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        path = str(self.folder / JOURNAL)
        held: Any = _Held(path)
        backend = JournalFileBackend(path, lock_obj=held)
        samplers, pruners, seed = library.samplers, library.pruners, plan.seed + number
        sampler = {
            "tpe": lambda: samplers.TPESampler(seed=seed, constant_liar=True),
            "random": lambda: samplers.RandomSampler(seed=seed),
            "cmaes": lambda: samplers.CmaEsSampler(seed=seed),
            "gp": lambda: samplers.GPSampler(seed=seed),
            "qmc": lambda: samplers.QMCSampler(seed=plan.seed),
        }[plan.sampler]()
        pruner = {
            "median": lambda: pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3),
            "hyperband": lambda: pruners.HyperbandPruner(),
            "halving": lambda: pruners.SuccessiveHalvingPruner(),
            "none": lambda: pruners.NopPruner(),
        }[plan.pruner]()
        return library.create_study(
            storage=JournalStorage(backend),
            study_name=NAME,
            direction=METRICS[plan.metric],
            sampler=sampler,
            pruner=pruner,
            load_if_exists=True,
        )

    # -- who works ----------------------------------------------------------------------------

    def beat(self) -> None:
        """Say that this worker lives."""
        (self.folder / LIVING / self._owner).write_text(f"{HOST} {os.getpid()}", encoding="utf-8")

    def leave(self) -> None:
        """Say that this worker has gone."""
        (self.folder / LIVING / self._owner).unlink(missing_ok=True)

    def _living(self) -> set[str]:
        """The workers that were heard of lately, by the clock of the disk."""
        probe = self.folder / LIVING / ".now"
        probe.write_text("", encoding="utf-8")
        now = probe.stat().st_mtime
        found = set()
        for path in (self.folder / LIVING).iterdir():
            try:
                if now - path.stat().st_mtime < GONE_SECONDS:
                    found.add(path.name)
            except OSError:
                continue
        return found

    def ask(self, study: Any, plan: Plan) -> tuple[Any, bool]:
        """Return the next trial (None: not now), and whether there is nothing more to do. What a lost worker had begun
        is begun once more.
        """
        states = optuna().trial.TrialState
        with self.lock:
            trials = study.get_trials(deepcopy=False)
            living = self._living()
            running = 0
            for trial in trials:
                if trial.state == states.RUNNING and trial.user_attrs.get("owner") not in living:
                    self._lost(study, trial)
                elif trial.state == states.RUNNING:
                    running += 1
            trials = study.get_trials(deepcopy=False)
            done = sum(trial.state in (states.COMPLETE, states.PRUNED) or _refused(trial) for trial in trials)
            if done >= plan.trials:
                return None, True
            if done + running >= plan.trials:
                # Another may be lost: then its trial is to be made here.
                return None, False
            trial = study.ask()
            trial.set_user_attr("owner", self._owner)
            return trial, False

    def _lost(self, study: Any, trial: Any) -> None:
        """Let what a lost worker had begun be begun once more; what takes worker after worker along is refused."""
        states, attempt = optuna().trial.TrialState, int(trial.user_attrs.get("attempt", 1))
        if attempt < ATTEMPTS and trial.params:
            study.enqueue_trial(trial.params, user_attrs={"attempt": attempt + 1})
        study.tell(trial.number, state=states.FAIL)

    def forget(self, process: int) -> None:
        """A worker of this machine is known to have gone."""
        for path in (self.folder / LIVING).iterdir():
            with suppress(OSError):
                if path.read_text(encoding="utf-8") == f"{HOST} {process}":
                    path.unlink()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be heard of while something goes on."""
        over = threading.Event()

        def beats() -> None:
            while not over.wait(BEAT_SECONDS):
                try:
                    self.beat()
                except OSError:
                    continue

        self.beat()
        thread = threading.Thread(target=beats, name="beats", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(5)
            self.leave()

    # -- what was found -----------------------------------------------------------------------

    def trial_folder(self, number: int) -> Path:
        """Where a trial's network, weights and history lie."""
        return self.folder / TRIALS / f"{number:05d}"

    def counts(self, study: Any) -> Mapping[str, int]:
        """How many trials are done, were cut short, were refused, run, and were begun once more."""
        states = optuna().trial.TrialState
        trials = study.get_trials(deepcopy=False)
        refused = sum(map(_refused, trials))
        return {
            "complete": sum(trial.state == states.COMPLETE for trial in trials),
            "pruned": sum(trial.state == states.PRUNED for trial in trials),
            "refused": refused,
            "running": sum(trial.state == states.RUNNING for trial in trials),
            "lost": sum(trial.state == states.FAIL for trial in trials) - refused,
        }

    def rows(self, study: Any, *, spoken: bool = False) -> list[dict[str, Any]]:
        """A row for every trial: number, state, value, epochs, seconds, why it was refused, and what was tried. For a
        window (``spoken``) the reason is in every language, and all figures of its end are there.
        """
        found = []
        for trial in study.get_trials(deepcopy=False):
            seconds = trial.duration.total_seconds() if trial.duration is not None else None
            state = "refused" if _refused(trial) else "lost" if trial.state.name == "FAIL" else trial.state.name.lower()
            found.append(
                {
                    "trial": trial.number,
                    "state": state,
                    "value": trial.value,
                    "epochs": len(trial.intermediate_values),
                    "seconds": seconds,
                    "why": _row_why(trial, state, spoken),
                    **({"final": dict(trial.user_attrs.get("final", {}))} if spoken else {}),
                    **trial.params,
                }
            )
        return found


def _refused(trial: Any) -> bool:
    """Whether a trial's network could not be trained: its settings do not go together."""
    return trial.state.name == "FAIL" and bool(_why(trial))


def _why(trial: Any) -> Mapping[str, str]:
    """Why a trial that failed is not begun once more, in every language; nothing where it is."""
    if int(trial.user_attrs.get("attempt", 1)) >= ATTEMPTS:
        return quoted(message("search.thrice")).said
    said = trial.user_attrs.get("refused", {})
    # An earlier version said it in English alone.
    return said if isinstance(said, dict) else {"en": str(said)}


def _row_why(trial: Any, state: str, spoken: bool) -> Any:
    said = dict(_why(trial)) if state != "lost" else {}
    return said if spoken else said.get("en", "")
