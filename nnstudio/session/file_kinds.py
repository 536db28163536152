"""Which data set reads a file that a student brings."""

from __future__ import annotations

from pathlib import Path

from nnstudio.catalog.registry import family
from nnstudio.document.fields import TextField


def patterns() -> list[str]:
    """Return the names of all files that some data set reads."""
    return [
        pattern
        for entry in family("datasets").values()
        for field in entry.fields
        if isinstance(field, TextField) and field.name == "path"
        for pattern in field.patterns.split()
    ]


def kind_of(path: Path) -> str | None:
    """Return the data set that reads a file, by its name; None when it is of no kind that is read."""
    datasets = family("datasets")
    if path.is_dir():
        return next(
            (e.id for e in datasets.values() for f in e.fields if isinstance(f, TextField) and f.kind == "folder"),
            None,
        )
    for entry in datasets.values():
        for field in entry.fields:
            if isinstance(field, TextField) and field.name == "path" and field.kind == "file":
                endings = [p for p in field.patterns.split() if p != "*"]
                if any(path.match(pattern) for pattern in endings):
                    return str(entry.id)
    return None
