"""The student's folder of own files: what it brings, and a documented beginning for a layer with its test."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from nnstudio.catalog import plugins
from nnstudio.catalog.registry import BROUGHT, family
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.text import Text
from nnstudio.resources import resource

# What is found without a window; panels are read by the window alone.
ROOMS = (*BROUGHT, "findings", "exports", "checks")


@dataclass(frozen=True)
class Brought:
    """One thing that own files or packages bring: the room, its id, its title, the file."""

    room: str
    id: str
    title: Text
    file: str


def all_brought() -> tuple[Brought, ...]:
    """Return everything that own files and packages bring, read now; what is broken stands in ``plugins.broken()``."""
    from nnstudio.session.checks import kinds
    from nnstudio.session.exports import exports

    found = [
        Brought(room, entry.id, entry.title, plugins.origin(entry))
        for room in BROUGHT
        for entry in family(room).values()
        if plugins.origin(entry)
    ]
    found += [
        Brought("exports", export.id, export.title, plugins.origin(export))
        for export in exports().values()
        if plugins.origin(export)
    ]
    found += [
        Brought("checks", kind.id, kind.title, plugins.origin(kind))
        for kind in kinds().values()
        if plugins.origin(kind)
    ]
    checks = importlib.import_module("nnstudio.compile.findings")
    found += [
        Brought("findings", check.__name__, Text(check.__name__), plugins.origin(group))
        for group in checks.own_checks()
        for check in group
    ]
    return tuple(found)


def unknown_folders() -> tuple[str, ...]:
    """Return folders beside the rooms that nobody reads: a name that is not quite right."""
    try:
        found = sorted(path.name for path in plugins.own_folder().iterdir() if path.is_dir())
    except OSError:
        return ()
    return tuple(name for name in found if name not in (*ROOMS, "panels", "tests") and not name.startswith((".", "_")))


def new_layer(name: str) -> list[Path]:
    """Write a layer with a module of its own, and its test, into the student's folder; returns both files.

    Raises:
        ProjectFileError: the name cannot be one, a file is there already, or the folder cannot be written.
    """
    if not name.isidentifier() or name != name.lower() or name in (*family("layers"), *family("nodes")):
        raise ProjectFileError("own.layer_name", name=name)
    folder = plugins.own_folder()
    files = {
        folder / "layers" / f"{name}.py": "layer.py.txt",
        folder / "tests" / f"test_{name}.py": "test_layer.py.txt",
    }
    there = [path for path in files if path.exists()]
    if there:
        raise ProjectFileError("file.exists", path=there[0])
    title = name.replace("_", " ").capitalize()
    # As classes are written; a name of the script's own never ends so.
    spelled = "".join(part.capitalize() for part in name.split("_")) + "Module"
    for path, template in files.items():
        text = resource("own", template).read_text(encoding="utf-8")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectFileError("file.unwritable", path=path.parent, detail=error.strerror or str(error)) from None
        write_atomically(
            path, text.replace("NAME", name).replace("TITLE", title).replace("CLASS", spelled).encode("utf-8")
        )
    return list(files)
