"""A process that works at a search: it asks for trials, trains them, and tells what came out."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnstudio.catalog.plugins import FAILURES
from nnstudio.catalog.sources.copies import look_beside
from nnstudio.catalog.sources.files import SEARCH
from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError, StudioError
from nnstudio.document.text import Message, message, quoted
from nnstudio.document.values import Document, Parts
from nnstudio.session.searching.space import made_with, proposed
from nnstudio.session.searching.study import PROJECT, Search, optuna
from nnstudio.session.worker import program_of

# No command for people, so it stands in no help.
COMMAND = "search-worker"
WAIT_SECONDS = 1.0


def serve() -> int:
    """Work at the search that stdin names, until it is done: its folder, this worker's number, and where moved data is
    looked for.
    """
    asked = json.load(sys.stdin.buffer)
    # What an own file prints, or a library, is for nobody.
    with contextlib.redirect_stdout(sys.stderr):
        work(Path(asked["folder"]), asked["number"], [Path(name) for name in asked["look"]])
    return 0


def work(folder: Path, number: int, look: Sequence[Path] = ()) -> None:
    """Work at a search until there is nothing more to do; moved data is looked for in ``look``, too.

    Raises:
        SearchRefused: there is none.
    """
    search = Search(folder)
    plan, space = search.plan(), search.space()
    document, parts = storage.load(folder / PROJECT)
    # What the project carries, or what lies beside it: the other machine has no other.
    look_beside(folder / PROJECT, parts.data)
    SEARCH.extend(look)
    study = search.study(number)
    with search.at_work():
        while True:
            trial, over = search.ask(study, plan)
            if over:
                return
            if trial is None:
                time.sleep(WAIT_SECONDS)
                continue
            _try(search, study, trial, document, space, plan.metric)


def _try(search: Search, study: Any, trial: Any, document: Document, space: Any, metric: str) -> None:
    states = optuna().trial.TrialState
    values = proposed(trial, space)
    try:
        made = made_with(document, space, values)
        state, value, reason = _train(search, trial, made, metric)
    except (ProjectFileError, OSError):
        # The disk is full, or away: no other trial would fare better.
        raise
    except StudioError as error:
        state, value, reason = None, None, error.message
    except FAILURES as error:
        state, value, reason = None, None, message("run.failed", detail=f"{type(error).__name__}: {error}"[:200])
    if state is None:
        trial.set_user_attr("refused", dict(quoted(reason or message("search.no_reason")).said))
        study.tell(trial, state=states.FAIL)
    elif state == "pruned":
        if reason is not None:
            trial.set_user_attr("refused", dict(quoted(reason).said))
        study.tell(trial, state=states.PRUNED)
    else:
        study.tell(trial, value)


def _train(
    search: Search, trial: Any, document: Document, metric: str
) -> tuple[str | None, float | None, Message | None]:
    """Train a network, epoch by epoch under the eyes of the pruner; returns how it ended and its measure."""
    from nnstudio.engine import events
    from nnstudio.engine.states import State
    from nnstudio.engine.trainer import Trainer
    from nnstudio.session.run_folder import write_run

    trainer = Trainer(program_of(document), snapshots=False, threads=1)
    trainer.start()
    lines: list[dict[str, Any]] = []
    known, pruned = None, False
    while True:
        try:
            event = trainer.events.get(timeout=60)
        except queue.Empty:
            continue
        if isinstance(event, events.Started):
            known = event.fitted
        elif isinstance(event, events.EpochDone):
            for record in list(event.history)[len(lines) :]:
                lines.append(dict(record))
                if not pruned and record.get(metric) is not None:
                    trial.report(float(record[metric]), int(record["epoch"]))
            if not pruned and trial.should_prune():
                pruned = True
                trainer.stop()
        elif isinstance(event, events.Ended):
            break
    trainer.join(30)
    folder = search.trial_folder(trial.number)
    if event.weights:
        folder.mkdir(parents=True, exist_ok=True)
        write_run(folder, event.weights, lines, known)
        storage.save(folder / "net.nns", document, Parts(weights=event.weights, run={"history": lines}), backup=False)
    if pruned and event.how is not State.FINISHED:
        # Who was at the end before the word came has the whole measure.
        return "pruned", None, None
    if event.reason is not None and event.reason.key == "run.diverged":
        # A poor choice, of which those who propose shall learn.
        return "pruned", None, event.reason
    figures = (event.report or {}).get("final", {})
    final = figures.get(metric)
    if event.how is not State.FINISHED or final is None:
        return None, None, event.reason or message("search.no_metric", metric=metric)
    # Of the weights that are kept: the last epoch's are others where the best ones were taken back.
    trial.set_user_attr("final", dict(figures))
    return "complete", float(final), None
