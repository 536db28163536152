"""A Python script with the data and the weights, which reproduces the network bit for bit."""

from __future__ import annotations

from pathlib import Path

from nnstudio.compile import files
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.export import export_python

    return export_python(
        leaving.program, folder, leaving.weights, leaving.journal, leaving.threads, known=leaving.known
    )


EXPORT = Export("python", Text("Export Python …"), _write, files.ALL, reproduces=True, order=10)
