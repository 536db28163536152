"""Run a graph and keep every named value: the executor with one hook changed."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx


class Recorder(fx.Interpreter):
    """Runs a built graph; ``seen`` holds each value by its step's name, with its gradient retained."""

    def __init__(self, module: fx.GraphModule, *, retain: bool = True) -> None:
        super().__init__(module, garbage_collect_values=False)
        self.seen: dict[str, torch.Tensor] = {}
        self._retain = retain

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, torch.Tensor) and n.op != "output":
            if self._retain and result.requires_grad and not result.is_leaf:
                result.retain_grad()
            self.seen[n.name] = result
        return result


def run_recorded(
    model: fx.GraphModule, criterion: fx.GraphModule, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...],
    *, retain: bool = True,
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Run model and criterion; returns the loss and every value by name."""
    first = Recorder(model, retain=retain)
    outputs = first.run(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    second = Recorder(criterion, retain=retain)
    result = second.run(*outputs, *targets)
    loss = result[0] if isinstance(result, tuple) else result
    return loss, {**second.seen, **first.seen}
