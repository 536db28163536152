"""Blocks: networks to be put into a project as groups; those that ship with the program and the student's own."""

from __future__ import annotations

import re
from pathlib import Path

import platformdirs

from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Document
from nnstudio.resources import resource

ENDING = ".nns"


def own_folder() -> Path:
    """Where the student's own blocks are kept."""
    return Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "blocks"


def shipped_blocks() -> list[str]:
    """The names of the blocks that ship with the program."""
    return sorted(path.stem for path in resource("blocks").glob(f"*{ENDING}"))


def own_blocks() -> list[str]:
    """The names of the student's own blocks."""
    try:
        return sorted(path.stem for path in own_folder().glob(f"*{ENDING}"))
    except OSError:
        return []


def load_block(name: str, *, own: bool) -> Document:
    """Return the network of a block.

    Raises:
        ProjectFileError: there is none of that name, or it cannot be read.
    """
    path = own_folder() / f"{name}{ENDING}" if own else resource("blocks", f"{name}{ENDING}")
    document, _ = storage.load(path)
    return document


def save_block(name: str, body: Document) -> Path:
    """Keep a network as a block of one's own; one of the same name is replaced.

    Raises:
        ProjectFileError: the name has no letters, or the folder cannot be written.
    """
    stem = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", name).strip(" .")[:80]
    if not stem:
        raise ProjectFileError("block.name")
    try:
        own_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectFileError("file.unwritable", path=own_folder(), detail=error.strerror or str(error)) from None
    path = own_folder() / f"{stem}{ENDING}"
    storage.save(path, body)
    return path
