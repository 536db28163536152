"""Run commands and scripts as processes of their own. On systems that can, each is split off from a process that has
everything loaded already, which is many times as quick; what is split off shares nothing with it.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Whoever asks for Qt fails as where it is not installed.
WALL = (
    "import sys\n"
    "class Wall:\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name.split('.')[0] in ('PySide6', 'pyqtgraph', 'shiboken6'):\n"
    "            raise ImportError(name + ' is not installed')\n"
    "sys.meta_path.insert(0, Wall())\n"
)
ALONE = WALL + "from nnstudio.cli import main\nsys.exit(main(sys.argv[1:]))\n"
# What a process that others are split off from loads, and how one of these goes on. Nothing of it may start a thread.
COMMANDS = (
    WALL
    + """
import numpy, torch, torch._dynamo, pandas
import nnstudio.engine.trainer, nnstudio.session.export, nnstudio.session.predict, nnstudio.data_commands
from nnstudio.cli import main
# What every command loads on its way.
main(["check", "resources/examples/iris.nns"])
go = main
"""
)
SCRIPTS = """
import argparse, csv, json, runpy, sys
import numpy, pandas, safetensors.torch, torch, torch._dynamo

def go(words):
    alone = words[0] == "-I"
    script, *rest = words[alone:]
    sys.argv = [script, *rest]
    if not alone:
        sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    runpy.run_path(script, run_name="__main__")
"""
SPLIT = """
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
%s
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child:
        answers.write(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) + "\\n")
        answers.flush()
        continue
    code = 70
    try:
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for number, name in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, "rw"[number > 0], encoding="utf-8", closefd=False) for number in range(3)
        )
        try:
            code = go(asked["words"]) or 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
            if isinstance(left.code, str):
                print(left.code, file=sys.stderr)
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 1
        for stream in (sys.stdout, sys.stderr):
            # A script may have closed it.
            if not stream.closed:
                stream.flush()
    finally:
        os._exit(code)
"""
_homes: dict[str, subprocess.Popen[str]] = {}


def command(
    *words: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``nnstudio words …`` where there is no Qt."""
    given = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(environment or {})}
    if not _can_split():
        return subprocess.run(
            [sys.executable, "-c", ALONE, *words],
            cwd=cwd,
            env=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
    return _split(COMMANDS, words, cwd, given)


def run_script(words: Sequence[Any], *, cwd: Path | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run a script of no imports of this program, as subprocess.run does ``[sys.executable, ("-I",) script, …]``."""
    assert words[0] == sys.executable
    if not _can_split():
        return subprocess.run([str(word) for word in words], cwd=cwd, **how)
    done = _split(SCRIPTS, [str(word) for word in words[1:]], cwd, os.environ)
    if how.get("check"):
        done.check_returncode()
    return done


def _can_split() -> bool:
    return hasattr(os, "fork") and sys.platform != "darwin"


def _split(
    kind: str, words: Sequence[str], cwd: Path | None, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        for file in (out, err):
            file.touch()
        asked = {
            "words": list(words),
            "cwd": str(cwd or Path.cwd()),
            "environment": dict(environment),
            "out": str(out),
            "err": str(err),
        }
        home = _home(kind)
        assert home.stdin is not None and home.stdout is not None
        home.stdin.write(json.dumps(asked) + "\n")
        home.stdin.flush()
        code = home.stdout.readline().strip()
        assert code, "the process that others are split off from has ended"
        said, told = (file.read_text(encoding="utf-8") for file in (out, err))
        return subprocess.CompletedProcess(list(words), int(code), said, told)


def _home(kind: str) -> subprocess.Popen[str]:
    """The process that has everything loaded; it ends with the tests."""
    if kind not in _homes or _homes[kind].poll() is not None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        _homes[kind] = subprocess.Popen(
            [sys.executable, "-c", SPLIT % kind],
            cwd=ROOT if kind == COMMANDS else ROOT.parent,
            env=environment | ({"PYTHONPATH": str(ROOT)} if kind == COMMANDS else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        atexit.register(_end, _homes[kind])
    return _homes[kind]


def _end(home: subprocess.Popen[str]) -> None:
    # Leaving the block closes its pipes and waits for it.
    with home:
        home.kill()
