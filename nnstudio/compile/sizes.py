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


def shape_text(shape: Shape) -> str:
    """Write a shape with N for the batch: ``N × 64``."""
    return " × ".join(["N", *(f"{extent:,}" for extent in shape[1:])]) if shape else "1"


def extent_text(shape: Shape) -> str:
    """Write a shape without a batch: ``2 × 3``."""
    return " × ".join(str(extent) for extent in shape)
