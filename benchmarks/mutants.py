"""Small faults put into the code one at a time: the tests have to notice. ``python -m benchmarks --mutants [COUNT]``.

The faults are those of cosmic-ray, drawn with a seed over the rooms that compute. Which tests touch a line is found out
first; a fault is tried by those alone, in a copy of the project. What survives is listed.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("document", "compile", "explain", "engine/runtime")
# Tests without a window; what a window shows is not what is tried here.
TESTS = (
    *(f"tests/{name}" for name in ("document", "catalog", "compile", "explain", "engine", "session", "properties")),
    "tests/test_cli_everything.py",
    "tests/test_curriculum.py",
)
LEFT_OUT = ("tests/properties/test_editing.py", "tests/properties/test_fuzz.py")
SEED, COUNT, BAR = 14, 400, 0.85
# Seconds of tests for one fault, and how long they may take before it counts as noticed: it hangs.
MOST_SECONDS, PATIENCE = 45.0, 240
# A test that takes no longer comes before those that do.
AT_ONCE = 0.1
# The kinds of fault; exchanging the names of variables is none.
OPERATORS = ("Replace", "Add", "Number", "Zero", "Remove", "Exception")


@dataclass(frozen=True)
class Mutant:
    """One fault: the file, the operator and which of its places in the file, and the line."""

    file: str
    operator: str
    occurrence: int
    line: int


@dataclass(frozen=True)
class Tried:
    """What became of a fault: whether a test noticed it, how many tried, and what was changed."""

    mutant: Mutant
    killed: bool
    tests: int
    change: str


def say(text: str) -> None:
    """Tell what is going on, at once."""
    print(text, flush=True)


def annotated(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where a fault is none: annotations, which are never worked out, and what decorators are called with."""
    found = []
    for node in ast.walk(ast.parse(text)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef):
            arguments = (
                *node.args.posonlyargs,
                *node.args.args,
                *node.args.kwonlyargs,
                node.args.vararg,
                node.args.kwarg,
            )
            parts = [node.returns, *(argument.annotation for argument in arguments if argument is not None)]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            # How many results are kept, and whether a value could be changed by someone who does not.
            parts += [part for part in node.decorator_list if isinstance(part, ast.Call)]
        for part in parts:
            if part is not None:
                found.append(((part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)))
    return found


def all_mutants() -> list[list[Mutant]]:
    """Return every fault, those of one place together."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    names = [name for name in operator_names() if name.removeprefix("core/").startswith(OPERATORS)]
    operators = {name: get_operator(name)() for name in names}
    places: dict[tuple[str, Any], list[Mutant]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / "nnstudio" / room).rglob("*.py")):
            text, file = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT / "nnstudio"))
            skipped = annotated(text)
            tree = get_ast(text)
            for name, operator in operators.items():
                occurrence = 0
                for node in ast_nodes(tree):
                    for start, stop in operator.mutation_positions(node):
                        if not any(begin <= start < end for begin, end in skipped):
                            places.setdefault((file, (start, stop)), []).append(
                                Mutant(file, name, occurrence, start[0])
                            )
                        occurrence += 1
    return list(places.values())


def mutated(text: str, mutant: Mutant) -> str:
    """Return a file's text with a fault in it."""
    from cosmic_ray.ast import get_ast
    from cosmic_ray.mutating import MutationVisitor
    from cosmic_ray.plugins import get_operator

    visitor = MutationVisitor(mutant.occurrence, get_operator(mutant.operator)())
    changed = visitor.walk(get_ast(text))
    assert visitor.mutation_applied
    return str(changed.get_code())


def drawn(count: int, seed: int, touched: dict[str, dict[str, list[str]]]) -> list[Mutant]:
    """Draw faults: first a place, each as likely as any other, then what is done there."""
    chance = random.Random(seed)
    places = [place for place in all_mutants() if str(place[0].line) in touched.get(place[0].file, {})]
    chance.shuffle(places)
    return [chance.choice(place) for place in places[:count]]


def copy_of(folder: Path) -> Path:
    """Make a copy of the project to put faults into."""
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "build", "results", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, folder, ignore=ignored)
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return what the tests in a copy see."""
    return {
        **os.environ,
        "PYTHONPATH": str(folder),
        "OMP_NUM_THREADS": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".hypothesis"),
        **more,
    }


def touching(folder: Path, workers: int) -> tuple[dict[str, dict[str, list[str]]], dict[str, float]]:
    """Run the tests once and return which of them touch a line, and how long each takes."""
    files = sorted(str(path.relative_to(ROOT)) for name in TESTS for path in _test_files(ROOT / name))
    files = [file for file in files if file not in LEFT_OUT]
    parts = [files[number::workers] for number in range(workers)]

    def one(number: int) -> dict[str, Any]:
        notes = folder / f"touching-{number}.json"
        copy = folder / f"map-{number}"
        copy_of(copy)
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "benchmarks.touching",
            *parts[number],
        ]
        subprocess.run(
            words, cwd=copy, env=environment(copy, NNSTUDIO_TOUCHING=str(notes)), capture_output=True, check=False
        )
        return dict(json.loads(notes.read_text(encoding="utf-8")))

    lines: dict[str, dict[str, list[str]]] = {}
    seconds: dict[str, float] = {}
    with ThreadPoolExecutor(workers) as pool:
        for found in pool.map(one, range(workers)):
            seconds |= found["seconds"]
            for file, by_line in found["lines"].items():
                for line, tests in by_line.items():
                    lines.setdefault(file, {}).setdefault(line, []).extend(tests)
    return lines, seconds


def _test_files(path: Path) -> Iterator[Path]:
    yield from ([path] if path.is_file() else sorted(path.rglob("test_*.py")))


def told_by(mutant: Mutant) -> Iterable[int]:
    """Return the lines that tell which tests a line concerns: itself, or what runs later where it runs at import.

    A decorator and a default concern the body of their function, a constant the whole file (no line is named).
    """
    tree = ast.parse((ROOT / "nnstudio" / mutant.file).read_text(encoding="utf-8"))
    inner: ast.FunctionDef | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(part.lineno for part in node.decorator_list)])
            if first <= mutant.line <= (node.end_lineno or 0) and (inner is None or node.lineno >= inner.lineno):
                inner = node
    if inner is None:
        return ()
    body = range(inner.body[0].lineno, (inner.end_lineno or 0) + 1)
    return (mutant.line,) if mutant.line in body else body


def tests_for(mutant: Mutant, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]) -> list[str]:
    """Return the tests that a fault is tried by, as many as there is time for.

    Those that take no time come first. Of every other test function that touches the line its quickest case comes next,
    then of every one its second: many cases of one function tell much the same.
    """
    touched = lines.get(mutant.file, {})
    named = sorted({test for line in told_by(mutant) for test in touched.get(str(line), []) if test in seconds})
    if not named:
        named = sorted({test for tests in touched.values() for test in tests if test in seconds})
    turn: Counter[str] = Counter()
    ranked = []
    for test in sorted(dict.fromkeys(named), key=lambda test: (seconds[test], test)):
        function = test.partition("[")[0]
        ranked.append((turn[function], test))
        turn[function] += seconds[test] > AT_ONCE
    chosen, spent = [], 0.0
    for _, test in sorted(ranked, key=lambda pair: (pair[0], seconds[pair[1]], pair[1])):
        # One that takes too long leaves room for those behind it.
        if not chosen or spent + seconds[test] <= MOST_SECONDS:
            spent += seconds[test]
            chosen.append(test)
    return sorted(chosen, key=lambda test: (seconds[test], test))


# What pytest says when it does not know a test, and when it collected none.
NOT_FOUND, NOTHING = 4, 5

# A process that has torch already makes a child for each fault: what is imported then is the faulty copy.
SERVER = """
import os, sys, warnings
import torch, numpy, networkx, pandas, pytest, pydantic, safetensors.torch, PIL.Image
torch.set_num_threads(1)
for line in sys.stdin:
    patience, *words = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        import signal
        signal.alarm(int(patience))
        with open(words[0], encoding="utf-8") as given:
            tests = given.read().split("\\n")
        try:
            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))
        except BaseException:
            code = 3
        os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Worker:
    """A copy of the project with a process that tries faults in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_of(folder)
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=self.folder,
            env=environment(self.folder),
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, tests: Sequence[str]) -> int:
        """Run tests; returns pytest's exit code, negative when it was ended by a signal."""
        assert self._server.stdin is not None and self._server.stdout is not None
        listed = self.folder / "listed.txt"
        listed.write_text("\n".join(tests), encoding="utf-8")
        self._server.stdin.write(f"{PATIENCE}\t{listed}\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def attempt(self, mutant: Mutant, tests: Sequence[str]) -> Tried:
        """Put a fault in, try it, take it out."""
        path = self.folder / "nnstudio" / mutant.file
        text = path.read_text(encoding="utf-8")
        faulty = mutated(text, mutant)
        path.write_text(faulty, encoding="utf-8")
        try:
            code = self.run(tests)
            if code == NOT_FOUND:
                # The names of some tests come from the code itself: their files are run as a whole.
                code = self.run(sorted({test.partition("::")[0] for test in tests}))
        finally:
            path.write_text(text, encoding="utf-8")
        # Noticed by a test (1), while modules are imported (2, 4), or by the clock and the like (a signal).
        return Tried(mutant, code not in (0, NOTHING), len(tests), change(text, faulty))

    def close(self) -> None:
        """End the process."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(30)


def change(before: str, after: str) -> str:
    """Return the line that a fault changed, as it was and as it is."""
    pairs = zip(before.split("\n"), after.split("\n"), strict=False)
    return next((f"{old.strip()}  →  {new.strip()}" for old, new in pairs if old != new), "")


def run(count: int = COUNT, seed: int = SEED, only: Sequence[Mutant] = ()) -> dict[str, Any]:
    """Draw faults and try them; returns how many were noticed, and those that were not."""
    workers = max(1, (os.cpu_count() or 1))
    kept = Path(tempfile.gettempdir()) / "nnstudio-mutants"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        notes = kept / "touching.json"
        if notes.exists() and os.environ.get("NNSTUDIO_MUTANTS_MAP"):
            lines, seconds = json.loads(notes.read_text(encoding="utf-8"))
        else:
            say("which tests touch which lines …")
            lines, seconds = touching(Path(folder), workers)
            notes.write_text(json.dumps([lines, seconds]), encoding="utf-8")
        mutants = list(only) or drawn(count, seed, lines)
        if not mutants:
            raise RuntimeError("no fault was drawn")
        idle: SimpleQueue[Worker] = SimpleQueue()
        made = [Worker(Path(folder) / f"copy-{number}") for number in range(workers)]
        for worker in made:
            # Without a fault everything passes; else whatever follows tells nothing.
            if worker.run(tests_for(mutants[0], lines, seconds)):
                raise RuntimeError("the tests fail without a fault")
            idle.put(worker)
        results: list[Tried] = []

        def attempt(mutant: Mutant) -> Tried:
            worker = idle.get()
            try:
                return worker.attempt(mutant, tests_for(mutant, lines, seconds))
            finally:
                idle.put(worker)

        with ThreadPoolExecutor(workers) as pool:
            for tried in pool.map(attempt, mutants):
                results.append(tried)
                (kept / "tried.json").write_text(
                    json.dumps([asdict(t) for t in results], ensure_ascii=False), encoding="utf-8"
                )
                if not tried.killed:
                    say(f"survived: {tried.mutant.file}:{tried.mutant.line}  {tried.change}  ({tried.tests} tests)")
        for worker in made:
            worker.close()
    killed = sum(tried.killed for tried in results)
    say(f"{killed} of {len(results)} faults noticed: {killed / max(1, len(results)):.1%} (bar {BAR:.0%})")
    return {"killed": killed, "count": len(results), "survivors": [asdict(t) for t in results if not t.killed]}
