"""The names and sizes of all weights, as text."""

from __future__ import annotations

from pathlib import Path

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    path = folder / "weights.txt"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{start.parameter} {start.shape}\n" for start in leaving.program.starts), encoding="utf-8")
    return [path]


EXPORT = Export("listing", Text("List of weights …"), _write, files=("weights.txt",))
