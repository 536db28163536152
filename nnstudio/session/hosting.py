"""The process that trains for the window: how it is started, and what it does there."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from nnstudio.session import worker
from nnstudio.session.cores import own_process

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.away import Away
    from nnstudio.engine.hosts import Hosts
    from nnstudio.engine.trainer import Trainer

# No command for people, so it stands in no help.
NAME = "host"


def launch() -> subprocess.Popen[bytes]:
    """Start one.

    Raises:
        OSError: the system starts no more processes.
    """
    return worker.start(NAME)


def serve() -> int:
    """Train for the window at the other end of stdin and stdout, until it is gone."""
    from nnstudio.engine.host import Host

    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What an own file or a library below Python prints goes elsewhere.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.redirect_stdout(sys.stderr):
        Host(sys.stdin.buffer, outgoing).serve()
    return 0


@cache
def hosts() -> Hosts:
    """The processes of this program; they end with it."""
    from nnstudio.engine.hosts import Hosts

    found = Hosts(launch)
    atexit.register(found.close)
    return found


def warm() -> None:
    """Have a process ready before the first run wants one; where none can be started that is seen then."""
    if own_process():
        with contextlib.suppress(OSError):
            hosts().warm()


def make_trainer(program: Program, **given: Any) -> Trainer | Away:
    """Return what trains a program for the window: in a process of its own, or where there is none, in a thread.

    Code of own files stays here: a process that waits may have read the files as they were.
    """
    from nnstudio.engine.away import Away
    from nnstudio.engine.trainer import Trainer

    if own_process() and not program.has_own_code:
        # A run that stands up where it was waits anyhow; a new one begins at once, if no process is ready in a thread.
        with contextlib.suppress(OSError):
            process = hosts().take(patient=given.get("past") is not None)
            if process is not None:
                return Away(hosts(), process, program, **given)
    return Trainer(program, **given)
