"""Files of other programs that hold a network, by their endings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.document.errors import ImportRefused
from nnstudio.document.text import message

if TYPE_CHECKING:
    from nnstudio.session.imports.finish import Brought

ONNX, KERAS = ".onnx", ".keras"
ENDINGS = (ONNX, KERAS)
# Files of weights alone: tensors as such, and what torch.save wrote.
SAFE, PICKLED = (".safetensors",), (".pt", ".pth", ".bin", ".ckpt")


def is_network(path: Path) -> bool:
    """Whether a file holds a network that was made elsewhere, by its name."""
    return path.suffix.lower() in ENDINGS


def is_weights(path: Path) -> bool:
    """Whether a file holds weights, by its name."""
    return path.suffix.lower() in (*SAFE, *PICKLED)


def patterns() -> str:
    """The names of files that hold a network, as a dialog takes them."""
    return " ".join(f"*{ending}" for ending in ENDINGS)


def brought_from_file(path: Path) -> Brought:
    """Return the project of a network in a file of another program.

    Raises:
        ImportRefused: it cannot be read, or holds what has no counterpart; all of that is said.
    """
    if path.is_dir():
        raise ImportRefused("data.is_folder", path=path)
    if not path.is_file():
        raise ImportRefused("file.missing", path=path)
    if path.suffix.lower() == ONNX:
        from nnstudio.session.imports.onnx_file import brought_from_onnx
        from nnstudio.session.imports.onnx_proof import compared

        return compared(path, brought_from_onnx(path))
    if path.suffix.lower() == KERAS:
        from nnstudio.session.imports.keras_file import brought_from_keras

        found = brought_from_keras(path)
        note = message("import.not_compared", detail=message("import.without_keras"))
        return replace(found, notes=(*found.notes, note))
    raise ImportRefused("import.ending", path=path.name, endings=", ".join(ENDINGS))
