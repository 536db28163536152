"""What the trainer shows of itself: frozen numbers, newest wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from nnstudio.compile.program import Program
from nnstudio.engine.recorder import run_recorded

SHOWN = 32


@dataclass(frozen=True)
class Picture:
    """A node's output and its gradient for one sample; ``shown`` are the places taken from ``total`` numbers."""

    values: np.ndarray
    gradients: np.ndarray
    shown: np.ndarray
    total: int


@dataclass(frozen=True)
class Snapshot:
    """Where a run stands now."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    updates: int
    loss: float
    samples_per_second: float
    seconds: float
    seconds_left: float | None
    device: str
    pictures: Mapping[str, Picture]
    sample: int


def sampled(total: int) -> np.ndarray:
    """Return at most SHOWN places, evenly spread over ``total``, the same every time."""
    if total <= SHOWN:
        return np.arange(total)
    return np.linspace(0, total - 1, SHOWN).round().astype(int)


def make_picture(values: np.ndarray, gradients: np.ndarray | None) -> Picture:
    """Reduce one sample's numbers to what a card can show."""
    flat = values.reshape(-1)
    shown = sampled(flat.size)
    slopes = np.zeros_like(flat) if gradients is None else gradients.reshape(-1)
    parts = [np.array(flat[shown], dtype=float), np.array(slopes[shown], dtype=float), shown]
    for part in parts:
        part.setflags(write=False)
    return Picture(parts[0], parts[1], parts[2], flat.size)


def outputs_by_node(program: Program) -> dict[str, str]:
    """Return the name of each node's last value."""
    return {step.node: step.name for step in program.model.steps if step.node}


def probe(program: Program, model: torch.fx.GraphModule, criterion: torch.fx.GraphModule,
          inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> dict[str, Picture]:
    """Return every node's output and gradient for one sample, in evaluation mode; draws no random number.

    ``inputs`` and ``targets`` hold one row. Gradients of parameters are left as they are.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.enable_grad():
            inputs = tuple(t.detach().requires_grad_(t.is_floating_point()) for t in inputs)
            loss, seen = run_recorded(model, criterion, inputs, targets, retain=False)
            seen.update(zip(program.model.inputs, inputs, strict=True))
            wanted = outputs_by_node(program)
            names = [n for n in (*program.model.inputs, *wanted.values()) if n in seen and seen[n].requires_grad]
            grads = torch.autograd.grad(loss, [seen[n] for n in names], allow_unused=True)
    finally:
        model.train(was_training)
    slopes = {name: None if g is None else g[0].cpu().numpy() for name, g in zip(names, grads, strict=True)}
    pictures = {
        node: make_picture(seen[name][0].detach().cpu().numpy(), slopes.get(name))
        for node, name in wanted.items()
        if name in seen
    }
    for name in program.model.inputs:
        pictures[f"input:{name}"] = make_picture(seen[name][0].detach().cpu().numpy(), slopes.get(name))
    return pictures
