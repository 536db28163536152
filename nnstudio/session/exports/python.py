"""A Python script with the data and the weights, which reproduces the network bit for bit."""

from __future__ import annotations

from pathlib import Path

from nnstudio.compile import files
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.export import export_leaving

    return export_leaving(leaving, folder)


EXPORT = Export(
    "python",
    Text("Export Python …"),
    _write,
    files.ALL,
    reproduces=True,
    order=10,
    purpose=Text(
        "The script that trains this network again, number by number, and one that answers new samples. It needs no "
        "NN Studio; that it does the same was checked."
    ),
)
