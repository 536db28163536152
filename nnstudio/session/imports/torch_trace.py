"""Follow a module with ``torch.fx`` and run what was found once, so that the form of every value is known.

Tracing patches torch.nn.Module for all threads: this belongs into the student's own process and never beside a run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import fx, nn

from nnstudio.document.errors import ImportRefused


class _Tracer(fx.Tracer):
    """Goes into modules that the student wrote; those of PyTorch itself are operations."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, nn.TransformerEncoder):
            return True
        return super().is_leaf_module(m, module_qualified_name)


class _Run(fx.Interpreter):
    """Runs the traced module once and keeps the form of all values; what is no tensor is kept itself."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module, garbage_collect_values=True)
        self.seen: dict[str, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        self.seen[n.name] = _form(result)
        return result


class Form:
    """The form of a tensor."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.shape = tuple(int(extent) for extent in tensor.shape)


def _form(value: Any) -> Any:
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, torch.Tensor):
        return Form(value)
    return tuple(_form(part) for part in value) if isinstance(value, list | tuple) else value


def followed(module: nn.Module, batch: torch.Tensor) -> tuple[np.ndarray, tuple[fx.Graph, dict[str, Any]]]:
    """Return what a module says to a batch, and its operations with the form of every value, by their names.

    Raises:
        ImportRefused: it does not take the batch, or cannot be followed.
    """
    try:
        with torch.no_grad():
            plain = module(batch)
    except Exception as error:
        raise ImportRefused("import.example", detail=_line(error)) from error
    try:
        graph = _Tracer().trace(module)
        run = _Run(fx.GraphModule(module, graph))
        with torch.no_grad():
            run.run(batch)
    except Exception as error:
        raise ImportRefused("import.trace", detail=_line(error)) from error
    while isinstance(plain, list | tuple | dict):
        plain = next(iter(plain.values())) if isinstance(plain, dict) else plain[0]
    return plain.detach().numpy(), (graph, run.seen)


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
