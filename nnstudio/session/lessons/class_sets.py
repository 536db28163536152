"""Lessons of a class: a folder or a zip of lessons, in the order of their names or of ``order.txt``."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError
from nnstudio.session.lessons.shelf import Shelved, shelved

ORDER, MOST = "order.txt", 200


@dataclass(frozen=True)
class ClassSet:
    """A class's lessons, with the folder they lie in; ``left_out`` names the files that are no lessons."""

    title: str
    path: Path
    lessons: tuple[Shelved, ...]
    left_out: tuple[str, ...] = ()


def class_set(path: Path) -> ClassSet:
    """Read the lessons of a class; those of a zip are unpacked beside the program's own data first.

    Raises:
        ProjectFileError: there is no lesson, or the zip cannot be read.
    """
    folder = _unpacked(path) if path.is_file() else path
    names = sorted((file.name for file in folder.glob("*.nns")), key=str.casefold)[:MOST]
    names = [*(name for name in _order(folder) if name in names), *(n for n in names if n not in _order(folder))]
    lessons, left_out = [], []
    for name in names:
        try:
            lessons.append(shelved(folder / name))
        except ProjectFileError:
            left_out.append(name)
    if not lessons:
        raise ProjectFileError("lesson.no_set", path=path)
    return ClassSet(path.stem if path.is_file() else folder.name, folder, tuple(lessons), tuple(left_out))


def _order(folder: Path) -> list[str]:
    """The order that the teacher gave: a file's name on each line, with or without its ending."""
    try:
        lines = (folder / ORDER).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, ValueError):
        return []
    return [line.strip() if line.strip().endswith(".nns") else f"{line.strip()}.nns" for line in lines if line.strip()]


def _unpacked(path: Path) -> Path:
    """Unpack a zip's lessons, and nothing else of it; returns the folder."""
    try:
        data = path.read_bytes()
        found = {}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()][: 2 * MOST]
            for info in infos:
                # A name is a name: a zip may say any place.
                name = Path(info.filename.replace("\\", "/")).name
                if (name.endswith(".nns") or name == ORDER) and info.file_size <= storage.MAX_BYTES:
                    found[name] = archive.read(info)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise ProjectFileError("file.unreadable", path=path, detail=str(error)[:160]) from None
    mark = hashlib.sha256(data).hexdigest()[:12]
    folder = Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "classes" / f"{path.stem}-{mark}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectFileError("file.unwritable", path=folder, detail=error.strerror or str(error)) from None
    for name, content in found.items():
        write_atomically(folder / name, content)
    return folder
