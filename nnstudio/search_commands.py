"""``nnstudio search``: many runs at a terminal, on any number of machines."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing

from nnstudio.document.errors import SearchRefused
from nnstudio.session.searching.study import Plan, Search, optuna
from nnstudio.session.searching.supervising import BEST, at_work, best_of, importance_of, put_down


def search(args: argparse.Namespace) -> int:
    """Search, or go on with a search, until there are as many trials."""
    optuna()
    from tqdm import tqdm

    from nnstudio.subcommands import lowered_of, out_of

    document, parts, _ = lowered_of(args.project)
    try:
        space = args.space.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SearchRefused("search.unreadable", path=str(args.space), detail=str(error)) from None
    found = Search(args.out)
    found.begin(document, Plan(space, args.metric, args.sampler, args.pruner, args.seed, args.trials), parts.data)
    study = found.study()
    with (
        tqdm(total=args.trials, unit="trial", file=sys.stderr, dynamic_ncols=True) as bar,
        closing(at_work(found, study, args.trials, args.workers)) as going,
    ):
        for counts in going:
            bar.n = min(counts["complete"] + counts["pruned"] + counts["refused"], args.trials)
            bar.refresh()
    put_down(found, study)
    counts = found.counts(study)
    best = best_of(study)
    if best is not None:
        best["importance"] = importance_of(study)
    if args.json:
        said = {"counts": counts, "best": best, "trials": found.rows(study)}
        print(json.dumps(said, ensure_ascii=False), file=out_of(args))
        return 0
    print(", ".join(f"{count} {name}" for name, count in counts.items() if count))
    if best is not None:
        tried = ", ".join(f"{name} = {value}" for name, value in best["params"].items())
        print(f"best: {args.metric} {best['value']:.6g} in trial {best['trial']} ({tried}); {args.out / BEST}")
        for name, share in best["importance"].items():
            print(f"  {name:<40} {100 * share:5.1f} % of what the measure differs by")
    return 0
