"""Start values that are not drawn but stand in a file: what a network knew before it is trained here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from nnstudio.catalog.sources.files import find, fingerprint
from nnstudio.compile.context import Context
from nnstudio.compile.program import Begun, Shape, Step
from nnstudio.document.edits import SetTraining
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.served import SEPARATOR

# Numbers that batch norm keeps beside its weights, and their shape for so many channels.
RUNNING = (("running_mean", True), ("running_var", True), ("num_batches_tracked", False))
# A tensor of a network: its name, what it may be called in a file, its shape.
Wanted = tuple[str, tuple[str, ...], Shape]
# Names that are told of those that are drawn.
NAMED = 3


def key_of(node: str, name: str) -> str:
    """What a tensor is called in a file of start values that belongs to a project: its node, wherever that stands among
    groups, then its name there.
    """
    return f"{node.rpartition(SEPARATOR)[2]}{SEPARATOR}{name}"


def begun(context: Context, order: Sequence[str]) -> Begun | None:
    """Return which tensors of a network take their start values from a file, None without one; what is said of it goes
    to the context.
    """
    path, mark = context.training["start_file"], context.training["start_mark"]
    if not path:
        return None
    mend = SetTraining(("start_file",), "")
    try:
        where = find(path, mark)
        there = _shapes(where, where.stat().st_mtime_ns)
        if mark and fingerprint(where) != mark:
            context.problem("", "start.changed", severity="warning", name=where.name)
    except (StudioError, OSError) as error:
        detail = error.message if isinstance(error, StudioError) else str(error)
        context.problem("", "start.unreadable", mend=mend, detail=detail)
        return None
    taken: list[tuple[str, str]] = []
    drawn: list[str] = []
    for name, keys, shape in _wanted(context, order):
        key = next((key for key in keys if there.get(key) == shape), "")
        if key:
            taken.append((name, key))
        elif shape or any(key in there for key in keys):
            drawn.append(name)
    if not taken:
        context.problem("", "start.nothing", severity="warning", mend=mend, name=where.name)
        return None
    if drawn:
        some = ", ".join((*drawn[:NAMED], *(("…",) if len(drawn) > NAMED else ())))
        total = len(taken) + len(drawn)
        context.problem("", "start.some", severity="note", count=len(drawn), total=total, name=where.name, names=some)
    return Begun(path, mark, tuple(taken))


def _wanted(context: Context, order: Sequence[str]) -> list[Wanted]:
    """The tensors of a network: name, what they may be called in a file, shape."""
    found: list[Wanted] = [
        (start.parameter, (key_of(start.node, start.stream), start.parameter), start.shape)
        for node in order
        for start in context.starts.get(node, ())
    ]
    for node in order:
        for step in context.steps[node]:
            found += _running(node, step)
    return found


def _running(node: str, step: Step) -> list[Wanted]:
    channels = step.make.get("num_features")
    if not step.module or step.again or channels is None or not step.make.get("track_running_stats", True):
        return []
    return [
        (f"{step.module}.{name}", (key_of(node, name), f"{step.module}.{name}"), (channels,) if each else ())
        for name, each in RUNNING
        if "BatchNorm" in step.target
    ]


@lru_cache(maxsize=8)
def _shapes(path: Path, changed: int) -> Mapping[str, Shape]:
    """The shapes of the tensors in a file; raises TrainError when it holds none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise TrainError("start.no_weights", path=path, detail=str(error)[:120]) from None


def tensors_of(known: Begun) -> dict[str, Any]:
    """Return the tensors that stand in the file, by their names in the network.

    Raises:
        TrainError: the file is gone, or is another by now.
    """
    from safetensors import SafetensorError, safe_open

    path = find(known.path, known.mark)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(key) for name, key in known.taken}
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise TrainError("start.no_weights", path=path, detail=str(error)[:120]) from None
