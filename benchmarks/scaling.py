"""How time and memory grow: ``python -m benchmarks.scaling`` measures for docs/scaling.md.

Each size has a process of its own, so that its peak of memory is its own. An exponent b says that ten times as much of
something takes 10^b times as long; it is the slope of log(seconds) over log(size) where sizes are large enough that
what a run needs before its first update no longer counts.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SIZES: dict[str, list[int]] = {
    "nodes": [10, 30, 100, 300],
    "parameters": [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
    "samples": [1_000, 10_000, 100_000, 1_000_000, 10_000_000],
    "runs": [1, 10, 100, 1_000],
    "ranks": [1, 2, 3, 4],
}
# Where the straight part of each curve begins.
FROM = {"nodes": 10, "parameters": 100_000, "samples": 100_000, "runs": 100}
ROUNDS, LEAST_SECONDS = 3, 1.0
# In so many updates all that is done once has been done. What takes longer is measured once.
WARM_UPDATES, LONG_SECONDS = 300, 20.0
LATENCY = 50e-6
# Bytes a second of usual ways between processes.
WAYS = {"1 Gbit/s": 0.125e9, "10 Gbit/s": 1.25e9, "100 Gbit/s": 12.5e9}


def nodes(count: int) -> dict[str, float]:
    """Seconds to find what a network computes, with every setting changed since, and of an update."""
    from benchmarks.graphs import trainable
    from nnstudio.compile.lower import lower

    document = trainable(count)
    lower(document)
    found = []
    for number in range(ROUNDS):
        changed = replace(document, name=f"n{number}")
        began = time.perf_counter()
        program = lower(changed).program
        found.append(time.perf_counter() - began)
    assert program is not None
    return {"lower_s": min(found), "update_s": _update(replace(program, batch_size=32))}


def parameters(count: int) -> dict[str, float]:
    """Seconds of an update of 32 samples by Adam, in a network of so many parameters."""
    from benchmarks.common import chain
    from nnstudio.compile.lower import lower
    from nnstudio.document.values import Choice

    # 16 numbers in, two layers of the same width, one number out: w² + 18 w + …
    wide = max(2, round((-19 + math.sqrt(19**2 + 4 * count)) / 2))
    layers: list[tuple[str, dict[str, Any]]] = [
        ("linear", {"units": wide, "activation": Choice("tanh")}),
        ("linear", {"units": wide, "activation": Choice("tanh")}),
        ("linear", {"units": 1}),
    ]
    with tempfile.TemporaryDirectory() as folder:
        program = lower(chain(layers, _rows(Path(folder), 1280, 16), "mse")).program
        assert program is not None
        return {"parameters": program.parameters, "update_s": _update(replace(program, batch_size=32))}


def samples(count: int) -> dict[str, float]:
    """Seconds of an epoch in batches of 1,024, and until the first."""
    from benchmarks.common import chain
    from nnstudio.compile.lower import lower
    from nnstudio.document.values import Choice

    with tempfile.TemporaryDirectory() as folder:
        data = _rows(Path(folder), count, 8)
        document = chain(
            [("linear", {"units": 16, "activation": Choice("tanh")}), ("linear", {"units": 1})], data, "mse"
        )
        program = lower(document).program
        assert program is not None
        began = time.perf_counter()
        update = _update(replace(program, batch_size=1024), epochs=1)
        whole = time.perf_counter() - began
    updates = math.ceil(count * 0.8 / 1024)
    return {"epoch_s": update * updates, "before_s": whole - update * updates}


def runs(count: int) -> dict[str, float]:
    """Seconds until a search of so many trials is opened and its table is there, and the bytes of its journal."""
    import optuna

    from benchmarks.common import chain
    from nnstudio.document.values import Choice
    from nnstudio.session.searching.study import JOURNAL, Plan, Search

    document = chain([("linear", {"units": 3})], Choice("iris"), "cross_entropy")
    space = '[[vary]]\nnode = "n0"\nsetting = "units"\nlow = 1\nhigh = 64\n'
    with tempfile.TemporaryDirectory() as name:
        search = Search(Path(name))
        search.begin(document, Plan(space, "val_loss", "random", "none", 0, count))
        study = search.study()
        for number in range(count):
            trial = study.ask()
            value = trial.suggest_int("n0 units", 1, 64)
            for epoch in range(20):
                trial.report(1.0 / (epoch + value), epoch)
            study.tell(trial, 1.0 / (number + 1))
        began = time.perf_counter()
        rows = search.rows(Search(Path(name)).study())
        seconds = time.perf_counter() - began
        assert len(rows) == count and optuna.__version__
        return {"open_s": seconds, "bytes": float((Path(name) / JOURNAL).stat().st_size)}


def ranks(count: int) -> dict[str, float]:
    """Samples per second of the exported project in so many processes, seconds of an all-reduce of its gradients."""
    from benchmarks.common import chain
    from nnstudio.compile.lower import lower
    from nnstudio.document.values import Choice
    from nnstudio.session.exports import Leaving, exports

    wide: dict[str, Any] = {"units": 512, "activation": Choice("tanh")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = _rows(folder, 20_000, 64)
        program = lower(chain([("linear", wide), ("linear", wide), ("linear", {"units": 1})], data, "mse")).program
        assert program is not None
        program = replace(program, batch_size=256, epochs=3)
        exports()["torchrun"].to(folder, Leaving(program, threads=1))
        said = together([sys.executable, "train_many.py", "--json", "--threads", "1", "--epochs", "3"], count, folder)
        speed = float(json.loads(said)["samples_per_second"])
        numbers = program.parameters
    said = together([sys.executable, "-c", REDUCE, str(numbers)], count, ROOT)
    return {"samples_per_s": speed, "reduce_s": float(said), "bytes": 4.0 * numbers}


# What an all-reduce takes: the least of some.
REDUCE = """
import sys, time, torch, torch.distributed as dist
torch.set_num_threads(1)
dist.init_process_group("gloo")
x, best = torch.ones(int(sys.argv[1])), 9.0
for _ in range(20):
    dist.barrier(); began = time.perf_counter(); dist.all_reduce(x); best = min(best, time.perf_counter() - began)
if dist.get_rank() == 0: print(best)
dist.destroy_process_group()
"""


def together(words: list[str], count: int, folder: Path) -> str:
    """Start processes that know each other; returns what the first one says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = {**os.environ, "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    running = [
        subprocess.Popen(
            words, cwd=folder, env={**known, "RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for rank in range(count)
    ]  # fmt: skip
    said = [one.communicate(timeout=600)[0] for one in running]
    return said[0]


def _update(program: Any, epochs: int = 0) -> float:
    """Seconds of an update, the best of some runs that are long enough to be measured. What is done once, such as
    making updates ready to be replayed, is taken away: a run of three times as many epochs does it once as well.
    """
    report = _trained(replace(program, epochs=1))
    if epochs:
        return float(report["seconds"]) / int(report["updates"])
    count = max(2, math.ceil(WARM_UPDATES / int(report["updates"])))
    report = _trained(replace(program, epochs=count))
    while True:
        longer = _trained(replace(program, epochs=3 * count))
        if longer["seconds"] - report["seconds"] >= LEAST_SECONDS:
            break
        count, report = 3 * count, longer
    found = []
    for number in range(1 if longer["seconds"] > LONG_SECONDS else ROUNDS):
        if number:
            report, longer = (_trained(replace(program, epochs=n)) for n in (count, 3 * count))
        found.append((longer["seconds"] - report["seconds"]) / (longer["updates"] - report["updates"]))
    return float(np.median(found))


def _trained(program: Any) -> Any:
    """What a run on one thread says at its end."""
    from benchmarks.training import report_of
    from nnstudio.engine.trainer import Trainer

    return report_of(Trainer(program, snapshots=False, threads=1))


def _rows(folder: Path, count: int, wide: int) -> Any:
    """A table of numbers, the last of which follows from the others."""
    from nnstudio.document.values import Choice, Params

    path = folder / "rows.npz"
    random = np.random.default_rng(0)
    x = random.standard_normal((count, wide), dtype=np.float32)
    np.savez(path, x=x, y=x @ random.standard_normal((wide, 1), dtype=np.float32))
    return Choice("npz_file", Params(path=str(path), samples="x", target="y"))


def ring_seconds(count: int, size: float, bandwidth: float, latency: float) -> float:
    """Seconds of an all-reduce of ``size`` bytes around a ring of processes that begin together: in 2 (r − 1) steps
    each sends its next r-th part on (Patarasuk and Yuan 2009). ``bandwidth`` in bytes a second, ``latency`` in seconds.
    """
    return 2 * (count - 1) * (latency + size / count / bandwidth)


def simulated(begins: list[float], size: float, bandwidth: float, latency: float) -> float:
    """When the last process of a ring has all sums, where each begins at a time of its own: step by step, a process
    sends when it has what came before and is done with its last step.
    """
    count, done = len(begins), list(begins)
    for _ in range(2 * (count - 1)):
        done = [max(done[rank], done[rank - 1]) + latency + size / count / bandwidth for rank in range(count)]
    return max(done)


def efficiency(count: int, size: float, bandwidth: float, compute: float, spread: float = 0.1) -> float:
    """The share of an update's time in which processes compute, by simulation: their times differ by ``spread`` (one
    standard deviation), 50 µs a message.
    """
    random = np.random.default_rng(0)
    taken = []
    for _ in range(50):
        begins = (compute * np.maximum(0.5, 1 + spread * random.standard_normal(count))).tolist()
        taken.append(simulated(begins, size, bandwidth, LATENCY))
    return compute / float(np.mean(taken))


MEASURES: dict[str, Callable[[int], dict[str, float]]] = {
    "nodes": nodes, "parameters": parameters, "samples": samples, "runs": runs, "ranks": ranks
}  # fmt: skip


def measured(what: str, size: int) -> dict[str, float]:
    """Measure one size in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scaling", what, str(size)], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def exponent(sizes: list[float], seconds: list[float]) -> float:
    """The slope of the straight line nearest to the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("what", nargs="?", choices=[*MEASURES])
    parser.add_argument("size", nargs="?", type=int)
    args = parser.parse_args()
    if args.size is not None:
        found = MEASURES[args.what](args.size)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({**found, "peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10)}))
        return 0
    results = {}
    for what in [args.what] if args.what else MEASURES:
        rows = {size: measured(what, size) for size in SIZES[what]}
        results[what] = rows
        print(f"\n{what}", flush=True)
        for size, row in rows.items():
            print(f"{size:>12,}  " + "  ".join(f"{name} {value:.4g}" for name, value in row.items()))
        large = [size for size in rows if size >= FROM.get(what, math.inf)]
        for name in next(iter(rows.values())) if large else ():
            print(f"    {name}: exponent {exponent([*map(float, large)], [rows[size][name] for size in large]):.2f}")
    if "parameters" in results:
        print("\nshare of an update in which processes compute, by simulation")
        for size, row in results["parameters"].items():
            for way, bandwidth in WAYS.items() if size >= 100_000 else ():
                shares = [efficiency(count, 4.0 * size, bandwidth, row["update_s"]) for count in (2, 8, 64)]
                print(f"{size:>12,}  {way:<10}  " + "  ".join(f"{share:.2f}" for share in shares))
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    (folder / "scaling.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
