"""Start values that many layers share, as torch's own modules draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nnstudio.catalog.entry import Call, Ref, Shape, Stream, Weight


def fan_in(shape: Shape) -> int:
    """How many inputs one output of a weight of this shape has (torch.nn.init._calculate_fan_in_and_fan_out)."""
    return math.prod(shape[1:])


def linear_weights(
    module: str,
    *,
    bias: bool,
    weight_field: str | None = "weight_initializer",
    bias_field: str | None = "bias_initializer",
) -> tuple[Weight, ...]:
    """The weight and the bias of a Linear or a convolution: both from U(−1/√fan_in, 1/√fan_in) unless chosen."""

    def weight(shapes: Mapping[str, Shape]) -> Call:
        return Call("w", "torch.nn.init.kaiming_uniform_", (Ref("tensor"),), {"a": 5**0.5, "generator": Stream()})

    def offset(shapes: Mapping[str, Shape]) -> Call:
        return uniform(fan_in(shapes["weight"]) ** -0.5)

    own = (Weight(module, "weight", weight, weight_field),)
    return (*own, Weight(module, "bias", offset, bias_field)) if bias else own


def uniform(limit: float) -> Call:
    """Draw from U(−limit, limit)."""
    return Call("w", "torch.nn.init.uniform_", (Ref("tensor"),), {"a": -limit, "b": limit, "generator": Stream()})


def constant(value: float) -> Callable[[Mapping[str, Shape]], Call]:
    """Fill with a number."""
    return lambda shapes: Call("w", "torch.nn.init.constant_", (Ref("tensor"),), {"val": value})


def ones(shapes: Mapping[str, Shape]) -> Call:
    """Fill with one."""
    return Call("w", "torch.nn.init.ones_", (Ref("tensor"),))


def zeros(shapes: Mapping[str, Shape]) -> Call:
    """Fill with zero."""
    return Call("w", "torch.nn.init.zeros_", (Ref("tensor"),))


def scale_and_shift(module: str) -> tuple[Weight, ...]:
    """γ = 1 and β = 0 of a norm."""
    return (Weight(module, "weight", ones), Weight(module, "bias", zeros))
