"""The gate of every export: the text must compute what the application computes, bit for bit on the CPU."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from nnstudio.compile.files import SCRIPT
from nnstudio.document.errors import ExportError


@contextmanager
def kept_random() -> Iterator[None]:
    """Hold the default generators, of the CPU and of every GPU in use, and put them back afterwards."""
    gpus = list(range(torch.cuda.device_count())) if torch.cuda.is_available() and torch.cuda.is_initialized() else []
    with DEFAULT_RANDOM, torch.random.fork_rng(devices=gpus):
        yield


Tensors = tuple[torch.Tensor, ...]
UPDATES = 3

# Whoever draws from torch's default generator, or sets its state, holds this. A training run takes it for each
# update, so a check or a trace beside it leaves the run's dropout as it was.
DEFAULT_RANDOM = threading.Lock()


@dataclass(frozen=True)
class Side:
    """One of the two things compared: a way to make the model, and the functions that train it."""

    make_model: Callable[[], Any]
    criterion: Any
    make_optimizer: Callable[[Any], Any]
    forward: Callable[..., Any]
    update: Callable[..., Any]
    limits: Any


def load_script(text: str, folder: str = "") -> dict[str, Any]:
    """Execute an exported script, as if it lay in a folder, in a fresh namespace; its main part does not run.

    Raises:
        ExportError: the text is not valid Python or fails on import.
    """
    import sys
    import types

    # Dataclasses look their module up by name, so the namespace has to be a real module for a moment.
    module = types.ModuleType("nnstudio_exported_script")
    module.__dict__["__file__"] = os.path.join(folder, SCRIPT)
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, SCRIPT, "exec"), module.__dict__)
    except Exception as error:
        raise ExportError("export.script", detail=f"{type(error).__name__}: {error}") from error
    finally:
        del sys.modules[module.__name__]
    return module.__dict__


def expect(holds: bool, what: str) -> None:
    """Refuse the export when something differs; raises ExportError."""
    if not holds:
        raise ExportError("export.differs", what=what)


def same(ours: torch.Tensor | None, theirs: torch.Tensor | None, what: str) -> None:
    """Compare two tensors bit for bit; NaN equals NaN. Raises ExportError."""
    if ours is None and theirs is None:
        return
    if ours is None or theirs is None or ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        raise ExportError("export.differs", what=what)
    if not bool(((ours == theirs) | (torch.isnan(ours) & torch.isnan(theirs))).all()):
        raise ExportError("export.differs", what=what)


def _state(ours: Any, theirs: Any, when: str) -> None:
    first, second = ours.state_dict(), theirs.state_dict()
    if list(first) != list(second):
        raise ExportError("export.differs", what=f"names of weights {when}")
    for name, value in first.items():
        same(value, second[name], f"{name} {when}")


def check(
    ours: Side, theirs: Side, batches: Sequence[tuple[Tensors, Tensors]], weights: dict[str, torch.Tensor] | None = None
) -> None:
    """Compare start weights, outputs, gradients and three updates; batches are (inputs, targets).

    With ``weights`` the outputs with those weights are compared as well. The calling thread's random state is
    left as it was.

    Raises:
        ExportError: something differs; the message names it.
    """
    with kept_random():
        _compare(ours, theirs, batches, weights)


def _compare(
    ours: Side, theirs: Side, batches: Sequence[tuple[Tensors, Tensors]], weights: dict[str, torch.Tensor] | None
) -> None:
    mine, other = ours.make_model(), theirs.make_model()
    _state(mine, other, "at the start")
    first = batches[0]
    losses = []
    for side, model in ((ours, mine), (theirs, other)):
        torch.manual_seed(0)
        model.train()
        loss = side.forward(model, side.criterion, *first)[0]
        loss.backward()
        losses.append(loss)
    same(losses[0], losses[1], "loss")
    for (name, parameter), twin in zip(mine.named_parameters(), other.parameters(), strict=True):
        same(parameter.grad, twin.grad, f"gradient of {name}")
    for side, model in ((ours, mine), (theirs, other)):
        torch.manual_seed(0)
        optimizer = side.make_optimizer(model)
        for number in range(UPDATES):
            side.update(model, side.criterion, optimizer, *batches[number % len(batches)], side.limits, False)
    _state(mine, other, f"after {UPDATES} updates")
    for model in (mine, other):
        if weights is not None:
            model.load_state_dict(weights)
        model.eval()
    with torch.no_grad():
        results = [model(*first[0]) for model in (mine, other)]
    outputs = [r if isinstance(r, tuple) else (r,) for r in results]
    for one, two in zip(*outputs, strict=True):
        same(one, two, "outputs")
