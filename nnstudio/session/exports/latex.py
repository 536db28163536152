"""A figure of the network in TikZ, for a paper in LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    from nnstudio.session.figure import Figure

FILE = "network.tex"
# What LaTeX would read as something else.
SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "×": r"$\times$",
    "…": r"\dots{}",
    "\n": " ",
}
HEAD = r"""% {said}
% pdflatex network.tex; with names in Chinese: xelatex network.tex
\documentclass[tikz,border=4pt]{{standalone}}
{chinese}\usetikzlibrary{{arrows.meta}}
\definecolor{{data}}{{HTML}}{{2E8B57}}
\definecolor{{layer}}{{HTML}}{{4C5FD7}}
\definecolor{{loss}}{{HTML}}{{C94F4F}}
\begin{{document}}
\begin{{tikzpicture}}[
  box/.style={{draw=#1, thick, rounded corners=2pt, minimum width=3.1cm, minimum height=1.3cm, align=center}},
  leads/.style={{-{{Stealth[length=2mm]}}, gray}}
]
"""


def tikz_text(figure: Figure) -> str:
    """Return a figure as a document of its own; the picture in it can be pasted into any other."""
    names = {node: f"n{number}" for number, node in enumerate(figure.boxes)}
    chinese = any(ord(letter) > 0x2E7F for box in figure.boxes.values() for letter in box.name + "".join(box.lines))
    lines = [
        HEAD.format(said=figure.said.replace("\n", " "), chinese="\\usepackage{xeCJK}\n" if chinese else "").rstrip()
    ]
    for node, box in figure.boxes.items():
        words = r" \\ ".join([rf"\textbf{{{plain(box.name)}}}", *(rf"\small {plain(line)}" for line in box.lines)])
        at = f"({4.2 * box.column:.2f},{-1.9 * box.row:.2f})"
        lines.append(rf"\node[box={box.role}] ({names[node]}) at {at} {{{words}}};")
    for source, goal in figure.wires:
        far = figure.boxes[goal].column - figure.boxes[source].column != 1
        way = "to[bend left=30]" if far else "--"
        lines.append(rf"\draw[leads] ({names[source]}) {way} ({names[goal]});")
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}"]) + "\n"


def plain(text: str) -> str:
    """Return a text that LaTeX shows as it is."""
    return "".join(SIGNS.get(letter, letter) for letter in text)


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.figure import figure_of
    from nnstudio.session.parcel import write_all

    return write_all(folder, {FILE: tikz_text(figure_of(leaving))})


EXPORT = Export(
    "latex",
    Text("Figure for LaTeX (TikZ) …"),
    _write,
    files=(FILE,),
    order=65,
    purpose=Text("The same boxes as TikZ, to be compiled or pasted into a thesis."),
)
