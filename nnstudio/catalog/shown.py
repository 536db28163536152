"""A table with several inputs as one that can be shown: one input stands for the sample."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.catalog.entry import Side, Table
from nnstudio.catalog.sources.tokenizing import MARKS, cutter
from nnstudio.catalog.sources.treatments import TOKENS


def picture_of(table: Table) -> Side | None:
    """The first input that is a picture."""
    return next((side for side in table.sides if len(side.shape) == 3), None)


def for_the_eye(table: Table, *, face: bool = False) -> Table:
    """Return the table with its row of numbers alone, or where there is none with the first of its inputs; as a
    ``face`` the first picture, where there is one. Tables with one input are as they are.
    """
    if not table.sides:
        return table
    side = picture_of(table) if face else None
    count = table.sides[0].start
    if side is None and count:
        fill = table.fill[:count] if isinstance(table.fill, tuple) else table.fill
        x, columns, scales = table.x[:, :count], table.columns[:count], table.scales[:count]
        return replace(table, x=x, columns=columns, fill=fill, scales=scales, sides=())
    side = side or table.sides[0]
    x = table.x[:, side.start : side.start + side.size].reshape(-1, *side.shape)
    column = next(column for column in table.recipe if column.name == side.name)
    words = (*MARKS, *cutter(column.form).names) if column.kind == TOKENS else column.categories
    return replace(
        table,
        x=x.astype(int) if side.tokens else x,
        columns=(),
        axes=side.axes,
        tokens=side.tokens,
        scale_axis=None,
        fill="",
        scales=(),
        vocabulary=words if side.tokens else (),
        sides=(),
    )
