"""Exports that trace a network do so in a process of their own: tracing changes torch for every thread, and only its
end gives it up.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import ExportError, StudioError
from nnstudio.session import worker

if TYPE_CHECKING:
    from nnstudio.session.exports import Export, Leaving

# No command for people, so it stands in no help.
NAME = "leave"
# How often it is looked whether it is still wanted.
LOOK_SECONDS = 0.1


def write_apart(export: Export, leaving: Leaving, folder: Path) -> list[Path]:
    """Let another process write an export.

    Raises:
        ExportError: it cannot be made, or is no longer wanted.
    """
    from nnstudio.catalog.sources.files import SEARCH
    from nnstudio.session.exports import never

    with tempfile.TemporaryDirectory() as place:
        task = Path(place) / "task"
        task.write_bytes(
            pickle.dumps(([str(name) for name in SEARCH], export.id, replace(leaving, cancelled=never), str(folder)))
        )
        said = Path(place) / "said"
        try:
            process = worker.start(NAME, PYTHONIOENCODING="utf-8")
        except OSError as error:
            raise ExportError("export.failed", detail=error.strerror or str(error)) from None
        assert process.stdin is not None and process.stdout is not None
        with process:
            with contextlib.suppress(OSError):
                process.stdin.write(f"{task}\n{said}\n".encode())
                process.stdin.close()
            while True:
                try:
                    process.wait(LOOK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    if leaving.cancelled():
                        process.kill()
                        raise ExportError("export.cancelled") from None
        try:
            found = json.loads(said.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ExportError("export.failed", detail=f"exit code {process.returncode}") from None
    if "key" in found:
        raise ExportError(found["key"], **found["args"])
    return [Path(name) for name in found["files"]]


def serve() -> int:
    """Write the export that the two lines on stdin name the task and the place for an answer of."""
    task, said = (Path(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()[:2])
    # What a library prints goes nowhere.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answer = _answer(task)
    said.write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _answer(task: Path) -> Mapping[str, Any]:
    from nnstudio.catalog.plugins import FAILURES
    from nnstudio.catalog.sources.files import SEARCH
    from nnstudio.session.exports import exports

    folder = str(task)
    try:
        # From the window's own process, written a moment ago.
        search, way, leaving, folder = pickle.loads(task.read_bytes())
        SEARCH[:] = [Path(name) for name in search]
        return {"files": [str(path) for path in exports()[way].write(leaving, Path(folder))]}
    except StudioError as error:
        return {"key": error.message.key, "args": {name: str(v) for name, v in error.message.args.items()}}
    except OSError as error:
        detail = error.strerror or str(error)
        return {"key": "export.unwritable", "args": {"path": folder, "detail": detail}}
    except FAILURES as error:
        lines = str(error).strip().splitlines() or [""]
        return {"key": "export.failed", "args": {"detail": f"{type(error).__name__}: {lines[0][:200]}"}}
