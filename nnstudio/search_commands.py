"""``nnstudio search``: many runs at a terminal, on any number of machines."""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import SearchRefused
from nnstudio.session import worker
from nnstudio.session.searching.study import Plan, Search, optuna
from nnstudio.session.searching.working import COMMAND

# A worker that was lost is replaced so often.
MOST_REPLACED = 20
LOOK_SECONDS = 0.5


def search(args: argparse.Namespace) -> int:
    """Search, or go on with a search, until there are as many trials."""
    optuna()
    from nnstudio.subcommands import lowered_of, out_of

    document, parts, _ = lowered_of(args.project)
    try:
        space = args.space.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SearchRefused("search.unreadable", path=str(args.space), detail=str(error)) from None
    found = Search(args.out)
    found.begin(document, Plan(space, args.metric, args.sampler, args.pruner, args.seed, args.trials), parts.data)
    study = found.study()
    _work(found, study, args)
    rows = found.rows(study)
    _write(args.out / "trials.csv", rows)
    counts = found.counts(study)
    best = _best(found, study)
    if best is not None:
        shutil.copyfile(found.trial_folder(best["trial"]) / "net.nns", args.out / "best.nns")
    if args.json:
        print(json.dumps({"counts": counts, "best": best, "trials": rows}, ensure_ascii=False), file=out_of(args))
        return 0
    print(", ".join(f"{count} {name}" for name, count in counts.items() if count))
    if best is not None:
        tried = ", ".join(f"{name} = {value}" for name, value in best["params"].items())
        print(f"best: {args.metric} {best['value']:.6g} in trial {best['trial']} ({tried}); {args.out / 'best.nns'}")
        for name, share in best["importance"].items():
            print(f"  {name:<40} {100 * share:5.1f} % of what the measure differs by")
    return 0


def _work(found: Search, study: Any, args: argparse.Namespace) -> None:
    """Let workers work until all is done; one that is lost is replaced."""
    from tqdm import tqdm

    running: list[subprocess.Popen[bytes]] = []
    begun = 0
    try:
        with tqdm(total=args.trials, unit="trial", file=sys.stderr, dynamic_ncols=True) as bar:
            while True:
                counts = found.counts(study)
                done = counts["complete"] + counts["pruned"] + counts["refused"]
                bar.n = min(done, args.trials)
                bar.refresh()
                if done >= args.trials:
                    break
                lost = [one for one in running if one.poll() not in (None, 0)]
                for one in lost:
                    found.forget(one.pid)
                running = [one for one in running if one.poll() is None]
                while len(running) < args.workers and begun < args.workers + MOST_REPLACED:
                    running.append(_start(found.folder, begun))
                    begun += 1
                if not running:
                    code = lost[0].returncode if lost else 0
                    raise SearchRefused("search.lost", code=code)
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
    process = worker.start(COMMAND, OMP_NUM_THREADS="1", PYTHONIOENCODING="utf-8")
    assert process.stdin is not None
    process.stdin.write(f"{folder.resolve()}\n{number}\n".encode())
    process.stdin.close()
    return process


def _best(found: Search, study: Any) -> dict[str, Any] | None:
    """The best trial, and what share each setting has in how much the measure differs (PED-ANOVA)."""
    library = optuna()
    done = [t for t in study.get_trials(deepcopy=False) if t.state == library.trial.TrialState.COMPLETE]
    if not done:
        return None
    best = study.best_trial
    importance: dict[str, float] = {}
    if len(done) > 3 and len({trial.value for trial in done}) > 1:
        try:
            importance = dict(library.importance.get_param_importances(study))
        except (ImportError, ValueError, RuntimeError):
            importance = {}
    return {"trial": best.number, "value": best.value, "params": best.params, "importance": importance}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode("utf-8"))
