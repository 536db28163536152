"""Shapes in words."""

from __future__ import annotations

from typing import Any

from nnstudio.catalog.entry import Numbers, Shape


def numbers_shape(numbers: Numbers) -> Shape:
    """The shape of a table of numbers."""
    shape: list[int] = []
    value: Any = numbers.values
    while isinstance(value, tuple):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


RANK_FORMS = {2: "N × F", 3: "N × T × D", 4: "N × C × H × W"}


def default_axes(rank: int) -> str:
    """The letters of a sample's axes where no layer names them."""
    return {3: "TD", 4: "CHW"}.get(rank, "")


def shape_text(shape: Shape, axes: str = "") -> str:
    """Write a shape with N for the batch, and a letter for each axis that has one: ``N × 64``, ``N × C 16 × H 28 × W
    28``.

    An axis called N is as long as the batch: the edges of a graph are ``N × N``.
    """
    if not shape:
        return "1"
    letters = axes if len(axes) == len(shape) - 1 and len(axes) > 0 else " " * (len(shape) - 1)
    parts = [
        "N" if letter == "N" else f"{letter} {extent:,}".strip()
        for letter, extent in zip(letters, shape[1:], strict=True)
    ]
    return " × ".join(["N", *parts])


def axis_letters(shape: Shape, axes: str) -> str:
    """The letter of each axis, the batch's N first; F for a row of features."""
    given = axes if len(axes) == len(shape) - 1 else default_axes(len(shape))
    return "N" + (given or "F" * (len(shape) - 1))


def fold(numbers: Numbers, shape: Shape) -> Numbers:
    """Nest a table of numbers as a tensor of that shape, row by row; their counts agree."""
    flat: list[Any] = []

    def walk(value: Any) -> None:
        if isinstance(value, tuple):
            for item in value:
                walk(item)
        else:
            flat.append(value)

    walk(numbers.values)
    for extent in reversed(shape[1:]):
        flat = [tuple(flat[start : start + extent]) for start in range(0, len(flat), extent)]
    return Numbers(tuple(flat))


def extent_text(shape: Shape) -> str:
    """Write a shape without a batch: ``2 × 3``."""
    return " × ".join(str(extent) for extent in shape)
