"""Which data set reads a file that a student brings."""

from __future__ import annotations

from pathlib import Path

from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.guesses import cells_by, decode, separator
from nnstudio.document.fields import Field, TextField

LOOKED_AT, ALIKE = 64 * 1024, 0.9


def patterns(kind: str | None = None) -> list[str]:
    """Return the names of all files that some data set reads, or that one."""
    return [
        pattern
        for entry in family("datasets").values()
        for field in entry.fields
        if isinstance(field, TextField) and field.name == "path" and kind in (None, entry.id)
        for pattern in field.patterns.split()
    ]


def _takes(field: Field, name: str) -> bool:
    return isinstance(field, TextField) and field.name == "path" and any(map(Path(name).match, field.patterns.split()))


def looks_like_table(path: Path) -> bool:
    """Whether a text file is a table: nearly all of its lines have as many cells."""
    try:
        with path.open("rb") as file:
            data = file.read(LOOKED_AT)
    except OSError:
        return True
    lines = [line for line in data.decode(decode(data), errors="replace").splitlines() if line.strip()][:200]
    if len(lines) < 2:
        return not data or (bool(lines) and separator(lines) != ",")
    counts = [len(row) for row in cells_by(lines[:-1] or lines, separator(lines[:-1] or lines))]
    usual = max(set(counts), key=counts.count, default=1)
    return usual > 1 and counts.count(usual) >= ALIKE * len(counts)


def kind_of(path: Path) -> str | None:
    """Return the data set that reads a file, by its name; None when it is of no kind that is read."""
    datasets = family("datasets")
    if path.is_dir():
        return next(
            (e.id for e in datasets.values() for f in e.fields if isinstance(f, TextField) and f.kind == "folder"),
            None,
        )
    if path.suffix.lower() == ".txt" and not looks_like_table(path):
        return next((e.id for e in datasets.values() for f in e.fields if _takes(f, "a.text")), None)
    for entry in datasets.values():
        for field in entry.fields:
            if isinstance(field, TextField) and field.name == "path" and field.kind == "file":
                endings = [p for p in field.patterns.split() if p != "*"]
                if any(path.match(pattern) for pattern in endings) and entry.reads(path):
                    return str(entry.id)
    return None
