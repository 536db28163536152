"""Training on a CUDA GPU: the trainer ÷ the loop everyone writes, CUDA graphs ÷ single calls, mixed precision, fused
operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from benchmarks.common import Ratio, paired
from benchmarks.training import EPOCHS, alone, plain, program
from nnstudio.compile.program import Program
from nnstudio.engine import ways
from nnstudio.engine.runtime.training import update

NAMES = ("rings", "digits 784-256-128-10", "rings, batch 10", "memory (LSTM)", "memory (attention)")
# Ways that are asked for are measured on the largest network only: on small ones they cost.
LARGEST = "digits 784-256-128-10"
# Of the trainer ÷ the loop everyone writes.
BAR = 1.0


@contextmanager
def single_calls() -> Iterator[None]:
    """The trainer without CUDA graphs."""
    graphs = ways.Graphs
    ways.Graphs = lambda: update  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        ways.Graphs = graphs  # type: ignore[misc]


def measure(rounds: int, say: Callable[[str], None], device: str = "cuda") -> list[dict[str, object]] | None:
    """Measure all ratios; None where there is no GPU."""
    if device == "cuda" and not torch.cuda.is_available():
        say("There is no CUDA GPU here: nothing was measured.")
        return None
    say(torch.cuda.get_device_name() if device == "cuda" else device)
    found: list[Ratio] = []

    def add(title: str, first: Callable[[], float], second: Callable[[], float]) -> None:
        found.append(paired(title, first, second, rounds))
        say(found[-1].row())

    for name in NAMES:
        chosen = replace(program(name, device), epochs=max(4, EPOCHS[name] // 10))
        add(
            f"{name}: trainer / plain DataLoader loop",
            lambda chosen=chosen: alone(chosen),
            lambda name=name, chosen=chosen: plain(name, device, chosen.epochs // 2),
        )
        add(
            f"{name}: CUDA graphs / single calls",
            lambda chosen=chosen: alone(chosen),
            lambda chosen=chosen: without_graphs(chosen),
        )
    large = replace(program(LARGEST, device), epochs=max(4, EPOCHS[LARGEST] // 10))
    # What the compiler makes is kept: the runs that are measured find it.
    alone(replace(large, compiled=True, epochs=1))
    for title, change in (
        ("bfloat16", {"half": "bfloat16"}),
        ("float16", {"half": "float16"}),
        ("fused operations", {"compiled": True}),
        ("two parts", {"parts": 2}),
    ):
        add(
            f"{LARGEST}: {title} / single calls",
            lambda change=change: alone(replace(large, **change)),
            lambda: without_graphs(large),
        )
    say("met" if met([ratio.plain() for ratio in found]) else f"missed: the loop everyone writes is above {BAR}")
    return [ratio.plain() for ratio in found]


def without_graphs(chosen: Program) -> float:
    """Samples per second without CUDA graphs."""
    with single_calls():
        return alone(chosen)


def met(found: list[dict[str, Any]]) -> bool:
    """Whether the trainer is as quick as the loop everyone writes, everywhere."""
    return all(float(ratio["median"]) >= BAR for ratio in found if "DataLoader" in str(ratio["name"]))
