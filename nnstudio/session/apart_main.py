"""The side of the process that writes an export which traces its network."""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnstudio.document.errors import StudioError


def serve() -> int:
    """Write the export that the two lines on stdin name the task and the place for an answer of."""
    task, said = (Path(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()[:2])
    # What a library prints goes nowhere.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answer = _answer(task)
    said.write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _answer(task: Path) -> Mapping[str, Any]:
    from nnstudio.catalog.own import know_again
    from nnstudio.catalog.plugins import FAILURES
    from nnstudio.catalog.registry import FAMILIES, family
    from nnstudio.catalog.sources.files import SEARCH
    from nnstudio.session.exports import exports

    for name in FAMILIES:
        family(name)
    folder = str(task)
    try:
        # From the window's own process, written a moment ago.
        search, way, leaving, folder = pickle.loads(task.read_bytes())
        SEARCH[:] = [Path(name) for name in search]
        know_again(leaving.program.targets)
        return {"files": [str(path) for path in exports()[way].write(leaving, Path(folder))]}
    except StudioError as error:
        return {"key": error.message.key, "args": {name: str(v) for name, v in error.message.args.items()}}
    except OSError as error:
        detail = error.strerror or str(error)
        return {"key": "export.unwritable", "args": {"path": folder, "detail": detail}}
    except FAILURES as error:
        lines = str(error).strip().splitlines() or [""]
        return {"key": "export.failed", "args": {"detail": f"{type(error).__name__}: {lines[0][:200]}"}}
