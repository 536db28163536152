"""A run in a process of its own: a project comes in on stdin, lines of JSON go out."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nnstudio
from nnstudio.catalog.plugins import FAILURES
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.text import Message, message, quoted
from nnstudio.document.values import Document
from nnstudio.engine.states import State

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

# No command for people, so it stands in no help.
NAME = "worker"


def command(name: str) -> list[str]:
    """What starts a process of this program by a hidden command, also from a frozen program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, name]
    return [sys.executable, "-c", f"import sys; from nnstudio.cli import main; sys.exit(main([{name!r}]))"]


def start(name: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a process of this program that is talked to through stdin and stdout.

    Raises:
        OSError: the system starts no more processes.
    """
    root = str(Path(nnstudio.__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH", "")
    return subprocess.Popen(
        command(name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in (root, before) if p), **environment},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def launch() -> subprocess.Popen[bytes]:
    """Start a worker with one core of its own.

    Raises:
        OSError: the system starts no more processes.
    """
    return start(NAME, OMP_NUM_THREADS="1", PYTHONIOENCODING="utf-8")


def order(document: Document) -> bytes:
    """What a worker reads: the folders that moved data is looked for in, and the project."""
    from nnstudio.catalog.sources.files import SEARCH
    from nnstudio.document import storage

    return json.dumps([str(folder) for folder in SEARCH]).encode() + b"\n" + storage.dumps(document)


def serve() -> int:
    """Train the project that stands on stdin; the exit code is 0 also when the run failed, which is told."""
    out = sys.stdout

    def tell(**line: Any) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    # An own file may print; that goes elsewhere.
    with contextlib.redirect_stdout(sys.stderr):
        return _serve(tell)


def _serve(tell: Any) -> int:
    from nnstudio.catalog.sources.files import SEARCH
    from nnstudio.document import storage

    try:
        folders, project = sys.stdin.buffer.read().split(b"\n", 1)
        # Where moved data is looked for, as the window does.
        SEARCH[:] = [Path(name) for name in json.loads(folders)]
        document, _ = storage.loads(project)
        _train(program_of(document), tell)
    except StudioError as error:
        tell(end=State.FAILED, reason=_said(error.message))
    except FAILURES as error:
        tell(end=State.FAILED, reason=_said(message("run.failed", detail=f"{type(error).__name__}: {error}"[:200])))
    return 0


def program_of(document: Document) -> Program:
    """Return what a network means.

    Raises:
        TrainError: it has a problem.
    """
    from nnstudio.compile.lower import lower

    lowered = lower(document)
    if lowered.program is None:
        said = next(p for p in lowered.problems if p.severity == "error").what
        raise TrainError(said.key, **said.args)
    return lowered.program


def _train(program: Any, tell: Any) -> None:
    from nnstudio.engine import events
    from nnstudio.engine.trainer import Trainer

    trainer = Trainer(program, snapshots=False, threads=1)
    trainer.start()
    while True:
        try:
            event = trainer.events.get(timeout=1.0)
        except queue.Empty:
            continue
        if isinstance(event, events.EpochDone):
            tell(epoch=dict(event.record))
        elif isinstance(event, events.Ended):
            report = {key: value for key, value in (event.report or {}).items() if key != "history"}
            tell(end=event.how, report=report, reason=_said(event.reason) if event.reason is not None else None)
            trainer.join()
            return


def _said(reason: Message) -> dict[str, str]:
    return dict(quoted(reason).said)
