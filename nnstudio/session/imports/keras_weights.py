"""The weights that Keras keeps beside its description, in HDF5: read as numbers, from this file alone."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnstudio.document.errors import ImportRefused

MOST_NUMBERS, MOST_TENSORS = 400_000_000, 64
ROOM, NUMBERS, CELL = "layers", "vars", "cell"


def snake(kind: str) -> str:
    """A class's name as Keras calls its layers: MaxPooling2D is max_pooling2d."""
    plain = re.sub(r"\W+", "", kind)
    plain = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", plain)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", plain).lower()


def weights_of(stored: bytes, layers: Sequence[tuple[str, str]]) -> Mapping[str, list[np.ndarray]]:
    """Return the tensors of layers (name, class), in the order in which Keras numbers them; {} where there are none.

    Raises:
        ImportRefused: the file is broken, reaches beyond itself, or holds more than can be kept.
    """
    if not stored:
        return {}
    try:
        import h5py
    except ImportError:
        raise ImportRefused("import.keras_library") from None
    found: dict[str, list[np.ndarray]] = {}
    counts: dict[str, int] = {}
    left = MOST_NUMBERS
    try:
        with h5py.File(io.BytesIO(stored), "r") as file:
            room = _inside(file, ROOM)
            for name, kind in layers:
                # Layers are called by their class and counted in the file, whatever the student calls them.
                plain = snake(kind)
                number = counts[plain] = counts.get(plain, -1) + 1
                group = _inside(room, f"{plain}_{number}" if number else plain)
                tensors = [
                    tensor for part in (group, _inside(group, CELL)) for tensor in _tensors(_inside(part, NUMBERS))
                ]
                left -= sum(int(tensor.size) for tensor in tensors)
                if left < 0:
                    raise ImportRefused("import.many_numbers", high=MOST_NUMBERS)
                found[name] = [np.asarray(tensor[()]) for tensor in tensors]
    except ImportRefused:
        raise
    except Exception as error:
        # HDF5 says what is broken in errors of many kinds.
        detail = (str(error).splitlines() or [""])[0][:120]
        raise ImportRefused("import.keras_weights", detail=detail) from None
    return found


def _inside(group: Any, name: str) -> Any:
    """A part of a group, where it lies in this file; None where there is none."""
    import h5py

    if group is None or not isinstance(group, h5py.Group) or name not in group:
        return None
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ImportRefused("import.keras_weights", detail=f"{name} lies elsewhere")
    return group[name]


def _tensors(group: Any) -> list[Any]:
    import h5py

    if group is None:
        return []
    names = sorted((name for name in group if name.isdecimal()), key=int)[:MOST_TENSORS]
    found = [_inside(group, name) for name in names]
    for tensor in found:
        if (
            not isinstance(tensor, h5py.Dataset)
            or tensor.is_virtual
            or tensor.external
            or tensor.dtype.kind not in "fiu"
        ):
            raise ImportRefused("import.keras_weights", detail="no numbers of this file")
    return found
