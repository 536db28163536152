"""The shapes of all values in an ONNX graph, and the whole numbers that it works out from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.document.errors import ImportRefused
from nnstudio.session.imports.onnx_values import BATCH, attribute
from nnstudio.session.imports.plain_numbers import ALONE, OF_TWO, plain_result

# Tensors of more numbers say nothing about shapes. What is worked out may tell further shapes, so often at most.
FEW, ROUNDS = 4096, 40
# Operators that count, where their inputs are known: how long an axis is, and what follows from it.
COUNTING = {
    "Shape",
    "Gather",
    "Concat",
    "Unsqueeze",
    "Squeeze",
    "Slice",
    "Cast",
    "Range",
    "ConstantOfShape",
    "Reshape",
    "Identity",
    "ReduceProd",
    "Where",
    "Expand",
    "Trilu",
    "CumSum",
    *ALONE,
    *OF_TWO,
}
Shapes = dict[str, tuple[int, ...]]


def shapes_of(model: Any, constants: dict[str, np.ndarray]) -> Shapes:
    """Return the shapes of all values for a batch of BATCH samples; ``constants`` grow by what is worked out.

    Raises:
        ImportRefused: the sizes of a sample are not told, or the graph is none.
    """
    graph = _graph(model.graph, constants)
    found: Shapes = {}
    for _ in range(ROUNDS):
        found = _inferred(model, graph, constants)
        if not _count(graph, constants, found):
            break
    return found


def _graph(graph: Any, constants: dict[str, np.ndarray]) -> Any:
    """The same graph for BATCH samples, with the form of large tensors alone."""
    import onnx
    from onnx import helper

    small = onnx.GraphProto(name=graph.name or "graph")
    small.node.extend(graph.node)
    for one in graph.input:
        if one.name in constants:
            continue
        kind, extents = one.type.tensor_type.elem_type, [dim.dim_value for dim in one.type.tensor_type.shape.dim]
        if any(extent < 1 for extent in extents[1:]):
            raise ImportRefused("import.onnx_input", shape=" × ".join(_extents(one)))
        small.input.append(helper.make_tensor_value_info(one.name, kind, [BATCH, *extents[1:]]))
    for tensor in graph.initializer:
        if tensor.name in constants and constants[tensor.name].size > FEW:
            small.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
        else:
            small.initializer.add().CopyFrom(tensor)
    for one in graph.output:
        copied = small.output.add()
        copied.CopyFrom(one)
        copied.type.tensor_type.ClearField("shape")
    return small


def _extents(one: Any) -> list[str]:
    return [str(dim.dim_value or dim.dim_param or "?") for dim in one.type.tensor_type.shape.dim]


def _inferred(model: Any, graph: Any, constants: dict[str, np.ndarray]) -> Shapes:
    from onnx import helper, shape_inference

    try:
        whole = helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
        whole = shape_inference.infer_shapes(whole, data_prop=True)
    except Exception as error:
        raise ImportRefused("import.onnx_shapes", detail=str(error)[:200]) from None
    found = {name: tuple(int(n) for n in array.shape) for name, array in constants.items()}
    for one in (*whole.graph.input, *whole.graph.value_info, *whole.graph.output):
        dims = one.type.tensor_type.shape.dim
        if one.type.tensor_type.HasField("shape") and all(dim.HasField("dim_value") for dim in dims):
            found[one.name] = tuple(int(dim.dim_value) for dim in dims)
    return found


def _count(graph: Any, constants: dict[str, np.ndarray], shapes: Shapes) -> bool:
    """Work out what counts; what was worked out is a tensor from then on. Returns whether there was any."""
    from onnx import numpy_helper

    kept = []
    for node in graph.node:
        result = _counted(node, constants, shapes) if node.op_type in COUNTING and len(node.output) == 1 else None
        if result is None:
            kept.append(node)
            continue
        constants[node.output[0]] = result
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(result), node.output[0]))
    changed = len(kept) < len(graph.node)
    if changed:
        del graph.node[:]
        graph.node.extend(kept)
    return changed


def _counted(node: Any, constants: dict[str, np.ndarray], shapes: Shapes) -> np.ndarray | None:
    if node.op_type == "Shape":
        shape = shapes.get(node.input[0]) if node.input else None
        if shape is None:
            return None
        found = shape[attribute(node, "start", 0) : attribute(node, "end", None)]
        return np.asarray(found, dtype=np.int64)
    if any(name and name not in constants for name in node.input):
        return None
    return plain_result(node, [constants[name] for name in node.input if name])
