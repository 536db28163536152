"""A figure of the network as PDF, for LaTeX and print."""

from __future__ import annotations

from pathlib import Path

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

FILE = "network.pdf"


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.drawing import drawn
    from nnstudio.session.exports.svg import svg_text
    from nnstudio.session.figure import figure_of
    from nnstudio.session.parcel import write_all

    return write_all(folder, {FILE: drawn(svg_text(figure_of(leaving)), "pdf", leaving.cancelled)})


EXPORT = Export(
    "pdf",
    Text("Figure of the network (PDF) …"),
    _write,
    files=(FILE,),
    order=61,
    purpose=Text("The same figure on a page of its size: for LaTeX and print."),
)
