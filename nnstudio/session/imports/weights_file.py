"""Weights that were trained elsewhere, into a network that is drawn: read as tensors alone, matched by their names."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.compile.beginning import key_of
from nnstudio.document.errors import ImportRefused
from nnstudio.document.text import Message, message
from nnstudio.session.imports.finish import kept_weights
from nnstudio.session.imports.matches import ALIKE, BY_NAME, BY_ORDER, Match
from nnstudio.session.imports.networks import SAFE

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program

MOST_BYTES, MOST_TENSORS = 2**31, 20_000
# Under which names programs keep the state of a network in a larger dictionary.
STATES = ("state_dict", "model_state_dict", "model", "net", "module")


def read_state(path: Path) -> dict[str, np.ndarray]:
    """Return the tensors in a file by their names. Nothing in it is run.

    Raises:
        ImportRefused: it holds anything but tensors, or cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ImportRefused("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    if size > MOST_BYTES:
        raise ImportRefused("data.large_file", path=path, size=size // 2**20, high=MOST_BYTES // 2**20)
    found = _safe(path) if path.suffix.lower() in SAFE else _pickled(path)
    if not found:
        raise ImportRefused("import.no_tensors", path=path)
    return found


def _safe(path: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return _plain(load_file(path))
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise ImportRefused("start.no_weights", path=path, detail=str(error)[:120]) from None


def _pickled(path: Path) -> dict[str, np.ndarray]:
    import torch

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
                    raise ImportRefused("import.many_numbers", high=MOST_BYTES // 4)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except ImportRefused:
        raise
    except MemoryError:
        raise ImportRefused("import.memory", path=path) from None
    except Exception as error:
        # What is no tensor is refused by torch in errors of many kinds; none of it was run.
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ImportRefused("import.not_tensors", path=path, detail=lines[0][:160]) from None
    for _ in STATES:
        names = [name for name in STATES if isinstance(found, dict) and isinstance(found.get(name), dict)]
        if not names:
            break
        found = found[names[0]]
    if not isinstance(found, dict):
        raise ImportRefused("import.not_tensors", path=path, detail=type(found).__name__)
    return _plain({str(name): value for name, value in found.items() if isinstance(value, torch.Tensor)})


def _plain(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Tensors as arrays; formats that numpy lacks become float32."""
    import torch

    found: dict[str, np.ndarray] = {}
    for name, tensor in list(tensors.items())[:MOST_TENSORS]:
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex():
            continue
        plain = tensor.detach()
        if plain.is_floating_point() and plain.dtype not in (torch.float32, torch.float64):
            plain = plain.to(torch.float32)
        found[name] = plain.contiguous().numpy()
    return found


def matched(program: Program, state: Mapping[str, np.ndarray]) -> tuple[Match, ...]:
    """Return for every tensor of a network which of the file it is: of the same name, of a name that differs by what
    stands in front or between, else the next of its form in order.
    """
    wanted = shapes_of(program)
    free = dict(state)
    found: dict[str, Match] = {}

    def take(name: str, key: str, how: str) -> None:
        found[name] = Match(name, wanted[name], key, how)
        del free[key]

    for name, shape in wanted.items():
        if name in free and free[name].shape == shape:
            take(name, name, BY_NAME)
    plain = {_plainly(key): key for key in free}
    for name, shape in wanted.items():
        key = plain.get(_plainly(name), "")
        if name not in found and key in free and free[key].shape == shape:
            take(name, key, ALIKE)
    for name, shape in wanted.items():
        if name in found:
            continue
        kind = name.rpartition(".")[2]
        key = next((k for k, v in free.items() if v.shape == shape and k.rpartition(".")[2] == kind), "")
        if key:
            take(name, key, BY_ORDER)
    return tuple(found.get(name, Match(name, shape)) for name, shape in wanted.items())


def _plainly(name: str) -> str:
    """A name without what training programs put in front, and without the signs between."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^(?:module\.|model\.|_orig_mod\.|net\.)+", "", name.lower()))


def shapes_of(program: Program) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all tensors that a network holds, by their names."""
    from nnstudio.compile.build import build

    model, _ = build(program, "meta")
    return {name: tuple(int(n) for n in tensor.shape) for name, tensor in model.state_dict().items()}


def start_file(program: Program, state: Mapping[str, np.ndarray], matches: Sequence[Match]) -> Path:
    """Write what was matched as a file that training begins with; returns where it lies.

    Raises:
        ImportRefused: nothing was matched, or there is no room for it.
    """
    keys = {start.parameter: key_of(start.node, start.stream) for start in program.starts}
    nodes = {step.module: step.node for step in program.model.steps if step.module}
    tensors: dict[str, np.ndarray] = {}
    for match in matches:
        if match.found:
            module, _, name = match.name.rpartition(".")
            tensors[keys.get(match.name) or key_of(nodes.get(module, module), name)] = state[match.found]
    if not tensors:
        raise ImportRefused("import.no_match")
    return kept_weights(tensors)[0]


def said_of(matches: Sequence[Match], file: Path) -> Message:
    """Say how many tensors were found, and by what."""
    by = {how: sum(match.how == how for match in matches) for how in (BY_NAME, ALIKE, BY_ORDER)}
    return message(
        "import.matched",
        found=sum(by.values()),
        total=len(matches),
        name=file.name,
        by_name=by[BY_NAME],
        alike=by[ALIKE],
        by_order=by[BY_ORDER],
    )
