"""A report as blocks: headings, words, lists, tables, pictures; written as HTML or as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QImage

from nnstudio.document import quoting
from nnstudio.ui.kit import paper

TITLE, HEAD, SUB, WORDS, LIST, TABLE, PICTURE = "title", "head", "sub", "words", "list", "table", "picture"


@dataclass(frozen=True)
class Block:
    """``rows`` are those of a table below its ``head``, or the lines of a list; ``names`` the pictures of a row."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    head: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def to_html(blocks: Sequence[Block], images: Mapping[str, QImage]) -> str:
    """Return the body of a page; pictures are named by their names."""
    return "".join(_html(block, images) for block in blocks)


def _html(block: Block, images: Mapping[str, QImage]) -> str:
    text = quoting.markup(block.text).replace("\n", "<br/>")
    if block.kind in (TITLE, HEAD, SUB):
        level = {TITLE: 1, HEAD: 2, SUB: 3}[block.kind]
        return f"<h{level}>{text}</h{level}>"
    if block.kind == LIST:
        return "<ul>" + "".join(f"<li>{quoting.markup(row[0])}</li>" for row in block.rows) + "</ul>"
    if block.kind == TABLE:
        head = "".join(f"<th align='left'>{quoting.markup(cell)}&nbsp;&nbsp;</th>" for cell in block.head)
        rows = "".join(
            "<tr>" + "".join(f"<td>{_cell(cell, images)}&nbsp;&nbsp;</td>" for cell in row) + "</tr>"
            for row in block.rows
        )
        return "<table cellpadding='3'>" + (f"<tr>{head}</tr>" if head else "") + rows + "</table>"
    if block.kind == PICTURE:
        return "<p>" + " ".join(_image(name, images) for name in block.names) + "</p>"
    return f"<p>{text}</p>"


def _cell(cell: str, images: Mapping[str, QImage]) -> str:
    return _image(cell, images) if cell in images else quoting.markup(cell)


def _image(name: str, images: Mapping[str, QImage]) -> str:
    image = images[name]
    width, height = round(image.width() / paper.SHARP), round(image.height() / paper.SHARP)
    return f"<img src='{name}' width='{width}' height='{height}'/>"


def to_markdown(blocks: Sequence[Block], images: Mapping[str, QImage], folder: str) -> str:
    """Return the report as Markdown; pictures lie in a folder beside it."""
    return "\n\n".join(_markdown(block, images, folder) for block in blocks) + "\n"


def _markdown(block: Block, images: Mapping[str, QImage], folder: str) -> str:
    if block.kind in (TITLE, HEAD, SUB):
        return {TITLE: "# ", HEAD: "## ", SUB: "### "}[block.kind] + _plain(block.text)
    if block.kind == LIST:
        return "\n".join(f"- {_plain(row[0])}" for row in block.rows)
    if block.kind == PICTURE:
        return " ".join(f"![{name}]({folder}/{name}.png)" for name in block.names)
    if block.kind == TABLE:
        head = block.head or ("",) * len(block.rows[0] if block.rows else ("",))

        def line(cells: Sequence[str]) -> str:
            shown = (f"![{cell}]({folder}/{cell}.png)" if cell in images else _plain(cell) for cell in cells)
            return "| " + " | ".join(cell.replace("|", "\\|") for cell in shown) + " |"

        return "\n".join((line(head), "|" + " --- |" * len(head), *map(line, block.rows)))
    return "  \n".join(_plain(line) for line in block.text.split("\n"))


def _plain(text: str) -> str:
    return quoting.markdown(text.replace("\n", " "))
