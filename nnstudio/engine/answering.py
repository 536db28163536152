"""A network with all that stands around it, as one module: raw samples in, answers out. Exports have its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch


class Answering(torch.nn.Module):
    """Answers raw samples (N, …): fills and scales them as those were that the network learnt from, and gives
    probabilities (N, classes) where its loss gives a meaning to scores, else scores, or values (N, k) in the unit of
    the target. Of sequences whose steps have a class each it gives those of every step.

    ``pipeline`` is what was fitted, as pipeline.json says it. Of a graph, whose ``nodes`` and ``adjacency`` are given,
    it is asked by the numbers of nodes; ``takes`` names what the network is called with then.
    """

    nodes: Any
    adjacency: Any
    scaler_fill: Any
    scaler_shift: Any
    scaler_spread: Any
    unit_shift: Any
    unit_spread: Any

    def __init__(
        self,
        network: torch.nn.Module,
        pipeline: Mapping[str, Any],
        probabilities: Callable[[Any], Any] | None,
        dtype: torch.dtype,
        nodes: torch.Tensor | None = None,
        adjacency: torch.Tensor | None = None,
        takes: tuple[str, ...] = ("x",),
    ) -> None:
        super().__init__()
        self.network, self._probabilities, self._dtype, self._takes = network, probabilities, dtype, takes
        self._form, self._output = pipeline["answer"]["form"], pipeline["answer"]["output"]
        self._hold("nodes", nodes)
        self._hold("adjacency", adjacency)
        for name in ("scaler", "unit"):
            for part in ("fill", "shift", "spread"):
                plain = (pipeline[name] or {}).get(part)
                self._hold(
                    f"{name}_{part}",
                    plain and torch.tensor(plain["values"], dtype=torch.float64).reshape(plain["shape"]),
                )
        self.eval()

    def _hold(self, name: str, value: torch.Tensor | None) -> None:
        if value is None:
            # An empty buffer would take the place of another where torch counts them (2.13).
            setattr(self, name, None)
        else:
            self.register_buffer(name, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the answers to raw samples, or to the nodes of some numbers."""
        if self.nodes is not None:
            given = {"x": self.nodes, "adjacency": self.adjacency, "rows": x}
            outputs = self.network(*(given[name] for name in self._takes))
        else:
            outputs = self.network(self.prepared(x))
        scores = outputs[self._output] if isinstance(outputs, tuple) else outputs
        found = self._probabilities(scores) if self._probabilities is not None else scores
        if self._form != "steps":
            found = found.flatten(1)
        if self.unit_shift is not None:
            found = found.to(torch.float64) * self.unit_spread + self.unit_shift
        if self._form == "column" and self._probabilities is not None:
            found = torch.cat([1.0 - found, found], dim=1)
        return found  # type: ignore[no-any-return]

    def prepared(self, x: torch.Tensor) -> torch.Tensor:
        """Return raw samples as the network takes them; tokens stay as they are."""
        if self.scaler_shift is None:
            return x
        x = x.to(torch.float64)
        if self.scaler_fill is not None:
            x = torch.where(torch.isnan(x), self.scaler_fill, x)
        scaled: torch.Tensor = (x - self.scaler_shift) / self.scaler_spread
        return scaled.to(self._dtype)
