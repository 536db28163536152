"""The file of a layer that holds operations as they stood in the student's module."""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import nn

from nnstudio.catalog import plugins
from nnstudio.catalog.entry import Layer
from nnstudio.catalog.registry import family, read_layer
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ImportRefused, ProjectFileError
from nnstudio.session.imports.torch_names import arguments_of

Parts = Mapping[str, tuple[str, Mapping[str, np.ndarray]]]
HEAD = '''"""{said}: as it stood in a module that was brought in.

The catalogue has no layer that does this.
"""

from __future__ import annotations

{imports}

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Weight
from nnstudio.catalog.own import own
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import constant, fan_in, uniform
from nnstudio.document.text import Text


class {name}(nn.Module):
    """{said}."""

    def __init__(self):
        super().__init__()
{parts}

{forward}


ENTRY = Layer(
    id="{id}",
    title=Text("{said}"),
    help=Text("Computes what the module that was brought in computed there. Its file holds the operations."),
    formula="y = f({arguments})",
    fields=({overrides}),
    inputs=({ports}),
    calls=lambda p, shapes: (Call("y", own({name}), ({refs}), make={{}}),),
    weights=lambda p: ({weights}),
    order=900,
)
'''


@dataclass(frozen=True)
class Box:
    """A layer that keeps operations: its entry, its file (``fresh`` where that was not there), what it learns by name,
    the card that it became.
    """

    entry: Layer
    path: Path
    fresh: bool
    learnt: dict[str, np.ndarray]
    node: str = ""

    @property
    def file(self) -> str:
        """What the file is called in the folder of own files."""
        return f"layers/{self.path.name}"


def made_again(module: nn.Module) -> tuple[str, dict[str, np.ndarray]] | None:
    """Return the call that makes a module of PyTorch's once more, and its weights; None where it is not known what it
    was made with.
    """
    kind = type(module)
    if not kind.__module__.startswith("torch.nn.") or getattr(nn, kind.__name__, None) is not kind:
        return None
    kept = {**arguments_of(module), **_blocks(module)}
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if name in ("self", "device", "dtype") or parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            continue
        if name in kept:
            given[name] = kept[name]
        elif parameter.default is parameter.empty:
            return None
    text = ", ".join(f"{name}={value!r}" for name, value in given.items())
    try:
        again = (
            kind(**given, device="meta") if "device" in inspect.signature(kind.__init__).parameters else kind(**given)
        )
        ast.parse(f"f({text})")
    except (TypeError, ValueError, SyntaxError):
        return None
    shapes = [{name: tensor.shape for name, tensor in one.state_dict().items()} for one in (module, again)]
    if shapes[0] != shapes[1] or [name for name, _ in module.named_buffers()]:
        return None
    learnt = {f".{name}": tensor.detach().numpy() for name, tensor in module.named_parameters()}
    return f"nn.{kind.__name__}({text})", learnt


def _blocks(module: nn.Module) -> dict[str, Any]:
    """What blocks of a transformer were made with stands in their parts."""
    if not isinstance(module, nn.TransformerDecoderLayer | nn.TransformerEncoderLayer):
        return {}
    called = getattr(module.activation, "__name__", type(module.activation).__name__).lower()
    kept: dict[str, Any] = {}
    kept.update(
        d_model=module.linear1.in_features,
        nhead=module.self_attn.num_heads,
        dim_feedforward=module.linear1.out_features,
        dropout=module.dropout.p,
        activation=called,
        layer_norm_eps=module.norm1.eps,
        batch_first=module.self_attn.batch_first,
        norm_first=module.norm_first,
        bias=module.linear1.bias is not None,
    )
    return kept


def kept_layer(said: str, code: tuple[str, Mapping[str, Any]], parts: Parts, tokens: tuple[bool, ...]) -> Box:
    """Write the file of a layer and read it; ``tokens`` says of each input whether it takes whole numbers that name
    things.

    Raises:
        ImportRefused: it leans on what a file cannot have, or cannot be written or read.
    """
    forward, given = code
    imports = ["import torch", "from torch import nn", *_imports(forward, given)]
    learnt = {f"{name}{inner}": array for name, (_, tensors) in parts.items() for inner, array in tensors.items()}
    names = ["x" if not number else f"x{number + 1}" for number in range(len(tokens))]
    ports = "".join(
        f'Port("{name}", Text("input{"" if not number else f" {number + 1}"}"), tokens={tokens[number]}), '
        for number, name in enumerate(names)
    )
    body = "\n".join("    " + line if line else "" for line in forward.splitlines())
    told = {
        "said": said.replace('"', "'").replace("\\", "/"),
        "imports": "\n".join(dict.fromkeys(imports)),
        "parts": "\n".join(f"        {line}" for line, _ in parts.values()),
        "forward": body,
        "arguments": ", ".join(names),
        "overrides": "*OVERRIDES," if learnt else "",
        "ports": ports.strip(),
        "refs": "".join(f'Ref("{name}"), ' for name in names).strip(),
        "weights": "".join(f'Weight("y", "{name}", {_start(name, array)}), ' for name, array in learnt.items()).strip(),
    }
    mark = hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:8]
    text = HEAD.format(**told, name=f"Kept{mark}", id=f"kept_{mark}")
    path = plugins.own_folder() / "layers" / f"kept_{mark}.py"
    fresh = not path.is_file()
    return Box(_read(path, text), path, fresh, learnt)


def _start(name: str, array: np.ndarray) -> str:
    """How a tensor begins where the weights that were brought are not taken."""
    if array.ndim >= 2:
        return f'lambda shapes: uniform(max(1, fan_in(shapes["{name}"])) ** -0.5)'
    return "constant(0.0)" if "bias" in name else "constant(1.0)"


def _imports(text: str, given: Mapping[str, Any]) -> list[str]:
    """The lines that give a function the names it uses."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    lines = []
    for name in sorted(used & given.keys()):
        thing = given[name]
        module, called = getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "")
        if name == "torch" or module == "builtins":
            continue
        if name in ("inf", "nan"):
            lines.append(f"from math import {name}")
        elif isinstance(thing, ModuleType) and thing.__name__.startswith("torch"):
            lines.append(f"import {thing.__name__} as {name}")
        elif called.isidentifier() and f"{module}.".startswith(("torch.", "math.", "operator.", "_operator.")):
            lines.append(f"from {module} import {called} as {name}")
        else:
            raise ImportRefused("import.box_code", name=name)
    return lines


def _read(path: Path, text: str) -> Layer:
    name = path.stem
    try:
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())
    except (OSError, ProjectFileError) as error:
        raise ImportRefused("import.box_written", path=str(path), detail=str(error)) from None
    if name not in family("layers"):
        read_layer(path)
    entry = family("layers").get(name)
    if not isinstance(entry, Layer):
        why = next((one.why for one in plugins.broken_so_far() if one.file == f"layers/{name}.py"), "")
        path.unlink(missing_ok=True)
        raise ImportRefused("import.box_code", name=why or name)
    return entry
