"""NN Studio: draw a neural network, train it, step through it, take it home as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnstudio.session.imports.notebook_side import Imported

__version__ = "0.1.0"
__all__ = ["from_torch"]


def from_torch(module: Any, example: Any, title: str = "", *, window: bool | None = None) -> Imported:
    """Bring a ``torch.nn.Module`` in as a project: see ``nnstudio.session.imports.notebook_side``."""
    from nnstudio.session.imports import notebook_side

    return notebook_side.from_torch(module, example, title, window=window)
