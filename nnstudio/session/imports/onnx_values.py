"""Values of an ONNX graph while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# So many samples a batch has while shapes are worked out; a prime that no layer is likely to have.
BATCH = 7
# How the axes of a value stand: samples first, as here; or as recurrent operators give them, with T steps of N samples,
# D directions: "TN" (T, N, …), "TDN" (T, D, N, …), "TND" (T, N, D, …), "DN" (D, N, …) the states after the last step,
# "ND" (N, D, …), "0" and "1" those of one of two directions.
FIRST, STEPS, BOTH, TURNED, LAST, LAST_TURNED, ONWARDS, BACKWARDS = "N", "TN", "TDN", "TND", "DN", "ND", "0", "1"


@dataclass(frozen=True)
class Value:
    """A value: the node of the draft that gives it, and how its axes stand."""

    node: str
    form: str = FIRST


def attribute(node: Any, name: str, usual: Any = None) -> Any:
    """Return an attribute of an operator as a plain value; a tensor stays one."""
    for one in node.attribute:
        if one.name == name:
            # FLOAT, INT, STRING, TENSOR, FLOATS, INTS in the numbering of ONNX.
            kinds = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints"}
            if one.type not in kinds:
                return usual
            value = getattr(one, kinds[one.type])
            if one.type == 3:
                return value.decode("utf-8", "replace")
            return list(value) if one.type in (6, 7) else value
    return usual
