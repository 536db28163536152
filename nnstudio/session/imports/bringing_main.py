"""The side of the process that reads a network of another program."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.text import message
from nnstudio.session.imports.bringing import PROJECT, SAID, plain_message


def serve() -> int:
    """Read the file that the first line on stdin names, and write a project into the folder of the second."""
    path, folder = (Path(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()[:2])
    # What a library prints goes nowhere.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    (folder / SAID).write_text(json.dumps(_answer(path, folder)), encoding="utf-8")
    return 0


def _answer(path: Path, folder: Path) -> dict[str, Any]:
    from nnstudio.session.imports.networks import brought_from_file

    try:
        brought = brought_from_file(path)
        storage.save(folder / PROJECT, brought.document, brought.parts, backup=False)
        return {"notes": [plain_message(note) for note in brought.notes]}
    except StudioError as error:
        return {"refused": plain_message(error.message)}
    except MemoryError:
        return {"refused": plain_message(message("import.memory", path=str(path)))}
    except Exception as error:
        # A stranger's file can be wrong in ways that nobody thought of; the window is told in one sentence.
        lines = str(error).strip().splitlines() or [""]
        return {"refused": plain_message(message("import.failed", detail=f"{type(error).__name__}: {lines[0][:150]}"))}
