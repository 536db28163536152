"""Who sees to it that workers work at a search, and tells how it stands: a terminal, or a window far from Optuna."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from nnstudio.catalog.plugins import FAILURES
from nnstudio.catalog.sources.files import SEARCH
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import SearchRefused, StudioError
from nnstudio.document.text import message, quoted
from nnstudio.session import worker
from nnstudio.session.searching import working
from nnstudio.session.searching.study import Search, optuna

# No command for people, so it stands in no help.
COMMAND = "search-supervisor"
# A worker that was lost is replaced so often.
MOST_REPLACED = 20
LOOK_SECONDS = 0.5
# What each setting has to do with the measure is worked out again once there is so much more to go by.
MORE = 1.1
TABLE, BEST = "trials.csv", "best.nns"


def at_work(found: Search, study: Any, trials: int, workers: int) -> Generator[Mapping[str, int]]:
    """Let workers work until so many trials are done; yields how the search stands, twice a second. One that is lost is
    replaced; with none of its own it only looks. Whoever no longer asks, closes: then the workers end.

    Raises:
        SearchRefused: the workers are lost again and again.
    """
    running: list[subprocess.Popen[bytes]] = []
    begun = 0
    try:
        while True:
            counts = found.counts(study)
            yield counts
            if counts["complete"] + counts["pruned"] + counts["refused"] >= trials:
                return
            lost = [one for one in running if one.poll() not in (None, 0)]
            for one in lost:
                found.forget(one.pid)
            running = [one for one in running if one.poll() is None]
            while len(running) < workers and begun < workers + MOST_REPLACED:
                running.append(_start(found.folder, begun))
                begun += 1
            if workers and not running:
                raise SearchRefused("search.lost", code=lost[0].returncode if lost else 0)
            time.sleep(LOOK_SECONDS)
    finally:
        for one in running:
            # Done with the last trial it goes by itself; where the search is stopped its trial is begun once more.
            if one.poll() is None:
                one.terminate()
        for one in running:
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()
            found.forget(one.pid)


def _start(folder: Path, number: int) -> subprocess.Popen[bytes]:
    process = worker.start(working.COMMAND, OMP_NUM_THREADS="1", PYTHONIOENCODING="utf-8")
    assert process.stdin is not None
    asked = {"folder": str(folder.resolve()), "number": number, "look": [str(one) for one in SEARCH]}
    process.stdin.write(json.dumps(asked).encode())
    process.stdin.close()
    return process


def best_of(study: Any) -> dict[str, Any] | None:
    """The best trial, with what was tried in it; None while there is none."""
    if not _complete(study):
        return None
    best = study.best_trial
    return {"trial": best.number, "value": best.value, "params": best.params}


def importance_of(study: Any) -> dict[str, float]:
    """What share each setting has in how much the measure differs, by PED-ANOVA (Watanabe, Bansal and Hutter, 2023);
    nothing where there is too little to go by.
    """
    done = _complete(study)
    if len(done) <= 3 or len({trial.value for trial in done}) < 2:
        return {}
    try:
        # Named: what is taken without a name is another one in other versions, and may want libraries.
        evaluator = optuna().importance.PedAnovaImportanceEvaluator()
        return dict(optuna().importance.get_param_importances(study, evaluator=evaluator))
    except (ValueError, RuntimeError):
        # No setting stands in all trials.
        return {}


def _complete(study: Any) -> list[Any]:
    return [t for t in study.get_trials(deepcopy=False) if t.state == optuna().trial.TrialState.COMPLETE]


def put_down(found: Search, study: Any) -> None:
    """Write the table of all trials, and the best one's project."""
    rows = found.rows(study)
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(found.folder / TABLE, text.getvalue().encode("utf-8"))
    best = best_of(study)
    if best is not None:
        shutil.copyfile(found.trial_folder(best["trial"]) / "net.nns", found.folder / BEST)


# -- for a window -------------------------------------------------------------------------------


def serve() -> int:
    """See to the search that the first line of stdin names, with so many workers, until it is done or stdin ends; what
    is new goes out as lines of JSON. The exit code is 0 also when something failed, which is told.
    """
    out = sys.stdout

    def tell(**line: Any) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    asked = json.loads(sys.stdin.readline())
    SEARCH[:] = [Path(name) for name in asked["look"]]
    over, handle = threading.Event(), sys.stdin.fileno()

    def listen() -> None:
        # Whoever asked has ended, or wants no more. Not through sys.stdin: a thread that waits in it when Python ends
        # brings the process down.
        while os.read(handle, 4096):
            continue
        over.set()

    threading.Thread(target=listen, name="asked", daemon=True).start()
    with contextlib.redirect_stdout(sys.stderr):
        try:
            _oversee(Search(Path(asked["folder"])), asked["workers"], over, tell)
        except BrokenPipeError:
            return 0
        except StudioError as error:
            tell(refused=dict(quoted(error.message).said))
        except FAILURES as error:
            detail = f"{type(error).__name__}: {error}"[:200]
            tell(refused=dict(quoted(message("run.failed", detail=detail)).said))
    return 0


def _oversee(found: Search, workers: int, over: threading.Event, tell: Any) -> None:
    trials, study, said = found.plan().trials, found.study(), _Said()
    with closing(at_work(found, study, trials, workers)) as going:
        for counts in going:
            said.news(found, study, counts, tell)
            if over.is_set():
                break
    said.news(found, study, found.counts(study), tell, last=True)
    if workers:
        put_down(found, study)


class _Said:
    """What was told already: only what is new is told."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}
        self._counts: Mapping[str, int] = {}
        # With so many trials it was worked out what each setting has to do with the measure.
        self._weighed = 0

    def news(self, found: Search, study: Any, counts: Mapping[str, int], tell: Any, *, last: bool = False) -> None:
        """Tell it."""
        rows = [row for row in found.rows(study, spoken=True) if self._rows.get(row["trial"]) != row]
        if not rows and counts == self._counts and not last:
            return
        self._rows.update((row["trial"], row) for row in rows)
        self._counts = dict(counts)
        line: dict[str, Any] = {"counts": self._counts, "rows": rows, "best": best_of(study)}
        if counts["complete"] > self._weighed * (1.0 if last else MORE):
            self._weighed = counts["complete"]
            line["importance"] = importance_of(study)
        tell(**line)
