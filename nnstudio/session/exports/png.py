"""A figure of the network as PNG, for documents that take pictures alone."""

from __future__ import annotations

from pathlib import Path

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

FILE = "network.png"


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.drawing import drawn
    from nnstudio.session.exports.svg import svg_text
    from nnstudio.session.figure import figure_of
    from nnstudio.session.parcel import write_all

    return write_all(folder, {FILE: drawn(svg_text(figure_of(leaving)), "png", leaving.cancelled)})


EXPORT = Export(
    "png",
    Text("Figure of the network (PNG) …"),
    _write,
    files=(FILE,),
    order=62,
    purpose=Text("The same figure as a picture of many pixels: for documents and messages."),
)
