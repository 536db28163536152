"""Runs that were left before their end, to be gone on with after a restart of the program."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Document

ABOUT, STATE = "run.json", "last.pt"
# So many are offered; so many are kept, for each is as large as its network.
OFFERED, KEPT = 3, 12


@dataclass(frozen=True)
class Left:
    """A run that can be gone on with: its folder, what it trained (as its project file has it), and how far it had
    come.
    """

    folder: Path
    name: str
    path: Path | None
    project: str
    epoch: int
    epochs: int
    when: float
    journal: tuple[str, ...] = ()

    def document(self) -> Document:
        """The network and its settings; read when it is asked for, because checking it takes a tenth of the program's
        start.

        Raises:
            ProjectFileError: it cannot be read.
        """
        return storage.loads(self.project.encode())[0]


def root() -> Path:
    """Where such runs are kept."""
    return Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "runs"


def fresh_folder() -> Path:
    """A folder for a new run; it comes into being with the first state that is written."""
    import uuid

    return root() / uuid.uuid4().hex[:16]


def describe(
    folder: Path, document: Document, path: Path | None, epochs: int, epoch: int, journal: tuple[str, ...] = ()
) -> None:
    """Write what the run is beside its state, if there is any; a folder that cannot be written is no reason to disturb
    the student.
    """
    if not (folder / STATE).is_file():
        return
    about = {
        "name": document.name or (path.stem if path is not None else ""),
        "path": str(path) if path is not None else "",
        "epochs": epochs,
        "epoch": epoch,
        "when": time.time(),
        "process": os.getpid(),
        "journal": list(journal),
        "project": json.loads(storage.dumps(document)),
    }
    try:
        write_atomically(folder / ABOUT, json.dumps(about).encode())
    except ProjectFileError:
        return


def drop(folder: Path | None) -> None:
    """Forget a run."""
    if folder is not None and folder.parent == root():
        shutil.rmtree(folder, ignore_errors=True)


def left_runs(own: Path | None = None) -> list[Left]:
    """The runs that were left but for one's ``own``, the newest first; those no one can read, and more than KEPT, are
    cleared away.
    """
    found = []
    try:
        folders = sorted(root().iterdir())
    except OSError:
        return []
    import psutil

    for folder in folders:
        about = _read(folder) if folder != own else None
        if folder == own:
            continue
        if about is None:
            if _age(folder) > 1:
                drop(folder)
            continue
        try:
            # Another window of the program may be training it now.
            process = int(about["process"])
            if process != os.getpid() and psutil.pid_exists(process) and _age(folder) < 1:
                continue
            project = json.dumps(about["project"])
            path = Path(about["path"]) if about["path"] else None
            found.append(
                Left(
                    folder,
                    str(about["name"])[:60],
                    path,
                    project,
                    int(about["epoch"]),
                    int(about["epochs"]),
                    float(about["when"]),
                    tuple(str(line) for line in about.get("journal", ())),
                )
            )
        except (KeyError, TypeError, ValueError):
            drop(folder)
    found.sort(key=lambda run: -run.when)
    for old in found[KEPT:]:
        drop(old.folder)
    return found[:OFFERED]


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) and (folder / STATE).is_file() else None


def _age(folder: Path) -> float:
    """Days since anything was written there."""
    try:
        return (time.time() - max(file.stat().st_mtime for file in (folder, *folder.iterdir()))) / 86400
    except (OSError, ValueError):
        return float("inf")
