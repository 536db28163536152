"""Draw the house into ``docs/house.svg``: ``python installer/house.py``.

The floors are those of the import contracts in ``pyproject.toml``, a room's words the first sentence of its package.
Who stands higher may import who stands lower, and never the other way.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "house.svg"
WIDE, GAP, EDGE = 1000, 8, 16
LINE, FONT = 13, 11.0
# Letters in a line of a box, by its width in pixels.
LETTERS = 6.2
COLORS = {"nnstudio": ("#eef2f8", "#5b7aa8"), "nnstudio.ui": ("#f8f1e7", "#b0813f")}


def first_sentence(module: str) -> str:
    """Return what a module or package says of itself."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".").replace("``", "")


def floors(name: str) -> list[list[str]]:
    """Return the rooms of each floor of a contract, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    contract = next(contract for contract in contracts if contract["name"] == name)
    return [[room.strip() for room in re.split(r"[|:]", floor)] for floor in contract["layers"]]


def wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines."""
    lines, most = [""], int(width / LETTERS)
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def drawn(title: str, house: list[list[str]], top: float, colors: tuple[str, str]) -> tuple[list[str], float]:
    """Return one house as pieces of SVG, and where it ends."""
    parts = [f'<text x="{EDGE}" y="{top}" font-size="14" font-weight="600" fill="#333">{escape(title)}</text>']
    y = top + 10
    for floor in house:
        width = (WIDE - 2 * EDGE - GAP * (len(floor) - 1)) / len(floor)
        said = [wrapped(first_sentence(room), width - 14) for room in floor]
        tall = 26 + LINE * max(len(lines) for lines in said)
        for place, room in enumerate(floor):
            x = EDGE + place * (width + GAP)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall}" rx="6" fill="{colors[0]}" '
                f'stroke="{colors[1]}"/>'
            )
            name = room.removeprefix("nnstudio.").removeprefix("ui.") if room != "nnstudio.ui" else "ui"
            parts.append(
                f'<text x="{x + 8:.1f}" y="{y + 17:.1f}" font-size="12.5" font-weight="600" '
                f'fill="#222">{escape(name)}</text>'
            )
            for line, words in enumerate(said[place]):
                parts.append(
                    f'<text x="{x + 8:.1f}" y="{y + 31 + LINE * line:.1f}" font-size="{FONT}" '
                    f'fill="#444">{escape(words)}</text>'
                )
        y += tall + GAP
    return parts, y


def picture() -> str:
    """Return the whole picture."""
    program, y = drawn(
        "The program: who stands higher imports who stands lower", floors("Imports go one way"), 26, COLORS["nnstudio"]
    )
    window, y = drawn(
        "The window (ui)", floors("The rooms of the window stand on each other"), y + 26, COLORS["nnstudio.ui"]
    )
    body = "\n".join([*program, *window])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {y + 6:.0f}" font-family="Noto Sans, Segoe UI, '
        'Helvetica, sans-serif">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def main() -> int:
    """Write the picture."""
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
