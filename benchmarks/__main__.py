"""``python -m benchmarks``: prints a table, writes ``benchmarks/results/*.json``; ``--full`` runs the full property
tests, ``--mutants`` puts faults into the code and sees whether the tests notice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.calibration import Machine, factor
from benchmarks.comparing import compare

KINDS = ("training", "data", "canvas", "startup", "stepping", "watching", "editing", "playground")
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", choices=("training", "data", "canvas", "startup", "stepping", "watching", "editing", "playground")
    )
    parser.add_argument("--gpu", action="store_true", help="measure training on a CUDA GPU, and nothing else")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="set the result beside an earlier one")
    parser.add_argument("--with", type=Path, metavar="FILE", dest="other", help="compare this result; measure nothing")
    parser.add_argument("--full", action="store_true", help="run the property tests and the soak at their full counts")
    parser.add_argument(
        "--mutants",
        nargs="?",
        type=int,
        const=400,
        metavar="COUNT",
        help="put faults into the code and see whether tests notice",
    )
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if args.other is not None:
        if args.compare is None:
            parser.error("--with needs --compare")
        return bool(compare(_read(args.compare), _read(args.other), print))
    if args.mutants:
        from benchmarks import mutants

        return 0 if mutants.run(args.mutants)["killed"] >= mutants.BAR * args.mutants else 1
    if args.full:
        environment = {**os.environ, "NNSTUDIO_FULL": "1"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "tests/properties", "tests/e2e", "-q", "--timeout", "3600"],
            cwd=ROOT,
            env=environment,
        ).returncode
    import tempfile

    import platformdirs

    # The settings of whoever measures are left alone.
    folder = tempfile.mkdtemp()
    platformdirs.user_config_dir = platformdirs.user_data_dir = lambda *a, **k: folder  # type: ignore[assignment]
    from benchmarks import canvas, data, editing, playground, startup, stepping, training, watching

    machine = Machine(factor())
    print(f"this machine takes {machine.factor:.2f} times as long as the reference; bars in ms are scaled by that")
    results: dict[str, object] = {
        "cores": os.cpu_count(),
        "platform": os.environ["QT_QPA_PLATFORM"],
        "machine": machine.factor,
    }
    if args.gpu:
        from benchmarks import gpu

        found = gpu.measure(args.rounds, print)
        if found is None:
            return 1
        results["gpu"] = found
        args.only = "gpu"
    if args.only in (None, "startup"):
        results["startup"] = startup.measure(args.rounds, print, machine)
    if args.only in (None, "canvas"):
        results["canvas"] = canvas.measure(print, machine)
    if args.only in (None, "training"):
        results["training"] = training.measure(args.rounds, print)
    if args.only in (None, "data"):
        results["data"] = data.measure(args.rounds, print)
    if args.only in (None, "playground"):
        results["playground"] = playground.measure(args.rounds, print)
    if args.only in (None, "stepping"):
        results["stepping"] = stepping.measure(print, machine)
    if args.only in (None, "editing"):
        results["editing"] = editing.measure(print, machine)
    if args.only in (None, "watching"):
        results["watching"] = watching.measure(print)
    out = ROOT / "benchmarks" / "results"
    out.mkdir(exist_ok=True)
    path = out / time.strftime("%Y%m%d-%H%M%S.json")
    path.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(path.relative_to(ROOT))
    worse = bool(args.compare is not None and compare(_read(args.compare), results, print))
    return worse or (args.gpu and not gpu.met(found))


def _read(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
