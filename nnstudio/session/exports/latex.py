"""A figure of the network in TikZ, for a paper in LaTeX."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    from nnstudio.session.figure import Figure

FILE = "network.tex"
# What is written as a formula.
MATHS = {
    "×": r"\times", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "→": r"\to",
    "←": r"\leftarrow", "∞": r"\infty", "√": r"\surd", "∑": r"\sum", "⁻": "^-", "₋": "_-", "ς": r"\varsigma",
    "ε": r"\varepsilon", "φ": r"\varphi",
}  # fmt: skip
# What LaTeX would read as something else.
SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"${word}$" for sign, word in MATHS.items()},
    **{chr(0x2080 + digit): f"$_{digit}$" for digit in range(10)},
    **{chr(0x2070 + digit): f"$^{digit}$" for digit in (0, *range(4, 10))},
    "…": r"\dots{}",
    "\n": " ",
}
# The last letter that LaTeX knows by itself; what xeCJK brings.
LATIN, DASHES = 0x17F, "–—‘’“”„‚•"
CHINESE = ((0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))
# Greek capitals that are not written as Latin ones, and those that are written as other ones than they begin with.
CAPITALS = ("GAMMA", "DELTA", "THETA", "LAMBDA", "XI", "PI", "SIGMA", "UPSILON", "PHI", "PSI", "OMEGA")
LIKE_LATIN = {"ETA": "H", "RHO": "P", "CHI": "X"}
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
    chinese = any(_is_chinese(letter) for box in figure.boxes.values() for letter in box.name + "".join(box.lines))
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
    """Return a text that LaTeX shows as it is; of letters that its fonts lack stands their number."""
    return "".join(SIGNS.get(letter) or _letter(letter) for letter in text)


def _is_chinese(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in CHINESE)


def _letter(letter: str) -> str:
    if ord(letter) <= LATIN or letter in DASHES or _is_chinese(letter):
        return letter
    kind, _, name = unicodedata.name(letter, "").rpartition(" LETTER ")
    if kind == "GREEK SMALL" and name.isalpha():
        return "o" if name == "OMICRON" else f"$\\{'lambda' if name == 'LAMDA' else name.lower()}$"
    if kind == "GREEK CAPITAL" and name.isalpha():
        name = "LAMBDA" if name == "LAMDA" else name
        return f"$\\{name.capitalize()}$" if name in CAPITALS else LIKE_LATIN.get(name, name[0])
    return f"[U+{ord(letter):04X}]"


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
