"""The same script, with what replays its updates: longer to read, as quick as the program itself."""

from __future__ import annotations

from pathlib import Path

from nnstudio.compile import files
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.export import export_leaving

    return export_leaving(leaving, folder, replay=True)


EXPORT = Export(
    "fast",
    Text("Fast Python, updates replayed …"),
    _write,
    files.ALL,
    reproduces=True,
    order=15,
    purpose=Text("The same script with what replays its updates: longer to read, as quick as the program itself."),
)
