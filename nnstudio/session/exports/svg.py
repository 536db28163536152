"""A figure of the network as SVG, for papers, slides and pages."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    from nnstudio.session.figure import Figure

FILE = "network.svg"
# Boxes and the room between them.
WIDE, TALL, ACROSS, DOWN, EDGE = 150, 78, 190, 104, 20
COLOURS = {"data": "#2e8b57", "layer": "#4c5fd7", "loss": "#c94f4f"}
FONT = "DejaVu Sans, Noto Sans CJK SC, Microsoft YaHei, sans-serif"


def svg_text(figure: Figure) -> str:
    """Return a figure as SVG."""
    wide = EDGE * 2 + (figure.columns - 1) * ACROSS + WIDE
    tall = EDGE * 2 + (figure.rows - 1) * DOWN + TALL + 24
    parts = []
    for source, goal in figure.wires:
        one, two = figure.boxes[source], figure.boxes[goal]
        x1, y1 = EDGE + one.column * ACROSS + WIDE, EDGE + one.row * DOWN + TALL / 2
        x2, y2 = EDGE + two.column * ACROSS, EDGE + two.row * DOWN + TALL / 2
        # What jumps over layers goes round them.
        lift = 0 if two.column - one.column == 1 else -TALL * 0.9
        middle = (x1 + x2) / 2
        path = f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1 + lift:.1f} {middle:.1f},{y2 + lift:.1f} {x2 - 6:.1f},{y2:.1f}"
        parts.append(f'<path d="{path}" fill="none" stroke="#666" stroke-width="1.4" marker-end="url(#tip)"/>')
    for box in figure.boxes.values():
        x, y = EDGE + box.column * ACROSS, EDGE + box.row * DOWN
        colour = COLOURS[box.role]
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{WIDE}" height="{TALL}" rx="6" fill="#fff" stroke="{colour}" '
            'stroke-width="1.6"/>'
        )
        parts.append(
            f'<text x="{x + WIDE / 2:.1f}" y="{y + 20:.1f}" font-weight="bold" font-size="13">'
            f"{escape(_fitting(box.name, 19))}</text>"
        )
        for number, line in enumerate(box.lines[:3]):
            parts.append(
                f'<text x="{x + WIDE / 2:.1f}" y="{y + 37 + 15 * number:.1f}" font-size="11" fill="#444">'
                f"{escape(_fitting(line, 24))}</text>"
            )
    parts.append(f'<text x="{wide / 2:.1f}" y="{tall - 8:.1f}" font-size="10" fill="#777">{escape(figure.said)}</text>')
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#666"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{tall:.0f}" '
        f'viewBox="0 0 {wide:.0f} {tall:.0f}" font-family="{FONT}" text-anchor="middle">'
        f'<rect width="100%" height="100%" fill="#fff"/>{tip}{"".join(parts)}</svg>\n'
    )


def _fitting(text: str, letters: int) -> str:
    """A text that has room in a box; letters of Chinese are twice as wide."""
    room, found = letters, ""
    for letter in text:
        room -= 2 if ord(letter) > 0x2E7F else 1
        if room < 0:
            return found[:-1] + "…"
        found += letter
    return found


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.figure import figure_of
    from nnstudio.session.parcel import write_all

    return write_all(folder, {FILE: svg_text(figure_of(leaving))})


EXPORT = Export(
    "svg",
    Text("Figure of the network (SVG) …"),
    _write,
    files=(FILE,),
    order=60,
    purpose=Text("Boxes with shapes and parameters, sharp at any size: for papers, slides and web pages."),
)
