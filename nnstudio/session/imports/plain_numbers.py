"""What operators of ONNX make of whole numbers that are known: how long an axis is, and what follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.session.imports.onnx_values import attribute

# More numbers than this are no shape.
MOST = 100_000
# Formats in the numbering of ONNX.
KINDS = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}
ALONE = {
    "Sqrt": np.sqrt, "Not": np.logical_not, "Neg": np.negative, "Reciprocal": np.reciprocal, "Sin": np.sin,
    "Cos": np.cos, "Exp": np.exp,
}  # fmt: skip
OF_TWO = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Mod": np.mod, "Pow": np.power,
    "Equal": np.equal, "Less": np.less, "LessOrEqual": np.less_equal, "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal, "And": np.logical_and, "Or": np.logical_or,
}  # fmt: skip


def plain_result(node: Any, given: list[np.ndarray]) -> np.ndarray | None:
    """Return what an operator gives for known numbers; None where it is not one that counts."""
    if sum(array.size for array in given) > MOST:
        return None
    try:
        found = _result(node, given)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError, MemoryError):
        return None
    return np.asarray(found) if found is not None and np.asarray(found).size <= MOST else None


def _result(node: Any, given: list[np.ndarray]) -> Any:
    kind = node.op_type
    if kind == "Identity":
        return given[0]
    if kind == "Cast":
        return given[0].astype(KINDS.get(attribute(node, "to", 0), given[0].dtype))
    if kind == "Gather":
        return np.take(given[0], given[1].astype(np.int64), axis=attribute(node, "axis", 0))
    if kind == "Concat":
        return np.concatenate([np.atleast_1d(array) for array in given], axis=attribute(node, "axis", 0))
    if kind in ("Unsqueeze", "Squeeze"):
        axes = given[1].reshape(-1).tolist() if len(given) > 1 else attribute(node, "axes", [0])
        if kind == "Unsqueeze":
            return np.expand_dims(given[0], tuple(int(axis) for axis in axes))
        return np.squeeze(given[0], tuple(int(axis) for axis in axes) if axes else None)
    if kind == "Slice":
        return _slice(given)
    if kind == "Reshape":
        return given[0].reshape([int(n) for n in given[1].reshape(-1)])
    if kind == "CumSum" and not attribute(node, "exclusive", 0) and not attribute(node, "reverse", 0):
        return np.cumsum(given[0], axis=int(given[1].reshape(-1)[0]), dtype=given[0].dtype)
    if kind == "ReduceProd":
        return np.prod(given[0], keepdims=bool(attribute(node, "keepdims", 1)))
    if kind == "Range":
        return np.arange(int(given[0]), int(given[1]), int(given[2])) if int(given[1]) <= MOST else None
    if kind == "Expand":
        return np.broadcast_to(given[0], np.broadcast_shapes(given[0].shape, tuple(int(n) for n in given[1])))
    if kind == "ConstantOfShape":
        value = attribute(node, "value")
        return np.full([int(n) for n in given[0].reshape(-1)], numbers_of(value) if value is not None else 0.0)
    if kind == "Trilu":
        cut = np.triu if attribute(node, "upper", 1) else np.tril
        return cut(given[0], int(given[1].reshape(-1)[0]) if len(given) > 1 else 0)
    if kind in ALONE:
        return ALONE[kind](given[0])
    if kind == "Where":
        return np.where(given[0], given[1], given[2])
    if kind == "Div" and all(array.dtype.kind in "iu" for array in given):
        return given[0] // given[1]
    return OF_TWO[kind](given[0], given[1]) if kind in OF_TWO else None


def numbers_of(tensor: Any) -> Any:
    """The only number of a tensor in a file."""
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor).reshape(-1)[0]


def _slice(given: list[np.ndarray]) -> np.ndarray:
    starts, ends = given[1].reshape(-1), given[2].reshape(-1)
    axes = given[3].reshape(-1) if len(given) > 3 else np.arange(len(starts))
    steps = given[4].reshape(-1) if len(given) > 4 else np.ones(len(starts), dtype=np.int64)
    cut = [slice(None)] * given[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        cut[int(axis)] = slice(int(start), int(end), int(step))
    return given[0][tuple(cut)]
