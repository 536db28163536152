"""ONNX files, strangers' files among them: read as data. Nothing of them is run, and nothing beside them is opened but
the tensors that they name in their own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.document.errors import ImportRefused
from nnstudio.session.imports.draft import GIVEN, Draft
from nnstudio.session.imports.finish import Brought, finish
from nnstudio.session.imports.onnx_attention import Wholes
from nnstudio.session.imports.onnx_operators import Operators
from nnstudio.session.imports.onnx_shapes import shapes_of
from nnstudio.session.imports.onnx_values import Value, attribute

MOST_BYTES, MOST_NUMBERS, MOST_OPERATORS = 1500 * 2**20, 400_000_000, 20_000
OURS = ("", "ai.onnx")
EXTERNAL = 1
# What exporters call a graph that nobody named.
NAMELESS = ("main_graph", "main", "graph", "torch_jit", "torch-jit-export", "model")


def brought_from_onnx(path: Path, title: str = "") -> Brought:
    """Return the project of a network in an ONNX file.

    Raises:
        ImportRefused: it is no ONNX file, names what does not belong to it, or holds what has no counterpart.
    """
    model = _model(path)
    graph = model.graph
    constants = _constants(graph, path.parent)
    shapes = shapes_of(model, constants)
    given = [one for one in graph.input if one.name not in constants]
    if len(given) != 1:
        raise ImportRefused("import.one_input", count=len(given))
    name = given[0].name
    shape = shapes.get(name, ())
    if len(shape) < 2 or min(shape) < 1:
        raise ImportRefused("import.onnx_input", shape=str(tuple(shape)))
    whole = given[0].type.tensor_type.elem_type in (6, 7)
    draft = Draft(tuple(shape[1:]), _tokens(graph, name, constants) if whole else 0)
    values: dict[str, Value] = {name: Value(GIVEN)}
    version = max((one.version for one in model.opset_import if one.domain in OURS), default=1)
    result = graph.output[0].name if graph.output else ""
    nodes = _needed(graph, result, constants)
    uses: dict[str, int] = {}
    for name in (name for node in nodes for name in node.input if name):
        uses[name] = uses.get(name, 0) + 1
    reader = Operators(draft, values, constants, shapes, uses, version)
    reader.put_together(Wholes(nodes, constants, shapes, version))
    for node in nodes:
        reader.read(node)
    if result not in values:
        raise ImportRefused("import.empty")
    if len(graph.output) > 1:
        reader.several(len(graph.output))
    return finish(
        draft, reader.node_of(result), title or (graph.name if graph.name not in NAMELESS else "") or path.stem
    )


def _model(path: Path) -> Any:
    try:
        import onnx
    except ImportError:
        raise ImportRefused("import.onnx_library") from None
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ImportRefused("data.large_file", path=path, size=size // 2**20, high=MOST_BYTES // 2**20)
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefused("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    try:
        model = onnx.ModelProto.FromString(content)
    except Exception:
        # The library's own error, whose module is not told.
        raise ImportRefused("import.onnx_broken", path=path) from None
    graph = model.graph
    if not graph.node or not graph.input:
        raise ImportRefused("import.onnx_broken", path=path)
    if len(graph.node) > MOST_OPERATORS:
        raise ImportRefused("import.many_operators", count=len(graph.node), high=MOST_OPERATORS)
    if model.functions:
        # What is defined in the file itself is put in place of its name.
        from onnx import inliner

        try:
            model = inliner.inline_local_functions(model)
        except Exception as error:
            raise ImportRefused("import.onnx_broken", path=f"{path} ({str(error)[:100]})") from None
        graph = model.graph
    foreign = {node.domain for node in graph.node} - set(OURS)
    if foreign:
        raise ImportRefused("import.onnx_domain", names=", ".join(sorted(foreign)[:5]))
    return model


def _constants(graph: Any, folder: Path) -> dict[str, np.ndarray]:
    """The tensors that the file holds, and those of Constant operators."""
    found: dict[str, np.ndarray] = {}
    total = 0
    tensors = [(tensor.name, tensor) for tensor in graph.initializer]
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            value = attribute(node, "value")
            if value is not None and hasattr(value, "data_type"):
                tensors.append((node.output[0], value))
            else:
                for name in ("value_float", "value_int", "value_floats", "value_ints"):
                    if (plain := attribute(node, name)) is not None:
                        kind = np.float32 if "float" in name else np.int64
                        found[node.output[0]] = np.asarray(plain, dtype=kind)
    for name, tensor in tensors:
        size = 1
        for extent in tensor.dims:
            if extent < 0:
                raise ImportRefused("import.onnx_tensor", name=name, detail=str(list(tensor.dims)))
            size *= int(extent)
        total += size
        if total > MOST_NUMBERS:
            raise ImportRefused("import.many_numbers", high=MOST_NUMBERS)
        found[name] = _array(name, tensor, size, folder)
    return found


def _array(name: str, tensor: Any, size: int, folder: Path) -> np.ndarray:
    from onnx import numpy_helper

    try:
        if tensor.data_location == EXTERNAL:
            return _beside(name, tensor, size, folder)
        if tensor.raw_data and size and len(tensor.raw_data) % size:
            raise ValueError(f"{len(tensor.raw_data)} bytes for {size} numbers")
        array = np.asarray(numpy_helper.to_array(tensor))
    except ImportRefused:
        raise
    except Exception as error:
        # What a broken tensor makes the library raise is told by no type of its own.
        raise ImportRefused("import.onnx_tensor", name=name, detail=str(error)[:120]) from None
    return array


def _beside(name: str, tensor: Any, size: int, folder: Path) -> np.ndarray:
    """A tensor in a file of its own: in the folder of the ONNX file and nowhere else.

    Raises:
        ImportRefused: it lies elsewhere, or is not there.
    """
    from onnx import helper

    told = {entry.key: entry.value for entry in tensor.external_data}
    where = told.get("location", "")
    place = folder / where
    if not where or Path(where).name != where or place.is_symlink():
        raise ImportRefused("import.onnx_elsewhere", name=name, where=where)
    kind = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
    start = int(told.get("offset", 0) or 0)
    wanted = size * kind.itemsize
    try:
        if start < 0 or place.stat().st_size < start + wanted:
            raise ImportRefused("import.onnx_tensor", name=name, detail=f"{where}: {start} + {wanted}")
        with place.open("rb") as file:
            file.seek(start)
            return np.frombuffer(file.read(wanted), dtype=kind).reshape(tuple(tensor.dims))
    except OSError as error:
        raise ImportRefused("data.unreadable_file", path=place, detail=error.strerror or str(error)) from None


def _needed(graph: Any, result: str, constants: Mapping[str, np.ndarray]) -> list[Any]:
    """The operators that the first result comes from; what is left belongs to others, or was worked out."""
    wanted, kept = {result}, []
    for node in reversed(graph.node):
        if not wanted.isdisjoint(node.output) and any(name and name not in constants for name in node.output):
            kept.append(node)
            wanted.update(name for name in node.input if name)
    return kept[::-1]


def _tokens(graph: Any, name: str, constants: Mapping[str, np.ndarray]) -> int:
    """How many tokens there are: as many as the table that they are looked up in has rows."""
    reached = {name}
    for node in graph.node:
        if node.op_type == "Cast" and node.input and node.input[0] in reached:
            reached.update(node.output)
        if node.op_type == "Gather" and len(node.input) > 1 and node.input[1] in reached:
            table = constants.get(node.input[0])
            if table is not None and table.ndim == 2:
                return int(table.shape[0])
    return 2
