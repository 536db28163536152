"""Exports that trace a network do so in a process of their own: tracing changes torch for every thread, and only its
end gives it up.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from nnstudio.document.errors import ExportError
from nnstudio.session import worker

# No command for people, so it stands in no help.
NAME = "leave"
# How often it is looked whether it is still wanted.
LOOK_SECONDS = 0.1


def write_apart(way: str, leaving: object, folder: Path, cancelled: Callable[[], bool]) -> list[Path]:
    """Let another process write an export, by its name, of a network that goes home (``exports.Leaving``).

    Raises:
        ExportError: it cannot be made, or is no longer wanted.
    """
    from nnstudio.catalog.sources.files import SEARCH

    with tempfile.TemporaryDirectory() as place:
        task = Path(place) / "task"
        task.write_bytes(pickle.dumps(([str(name) for name in SEARCH], way, leaving, str(folder))))
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
                    if cancelled():
                        process.kill()
                        raise ExportError("export.cancelled") from None
        try:
            found = json.loads(said.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ExportError("export.failed", detail=f"exit code {process.returncode}") from None
    if "key" in found:
        raise ExportError(found["key"], **found["args"])
    return [Path(name) for name in found["files"]]
