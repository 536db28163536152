"""The sine positions of Vaswani et al. 2017."""

from __future__ import annotations

import math

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.text import Text
from nnstudio.document.values import Params

FIXED = ("no gradient",)


def _calls(p: Params, shapes: Shapes) -> Steps:
    width = shapes["x"][0][2]
    # PE[t, 2i] = sin(t / 10000^(2i/d)), PE[t, 2i + 1] = cos of the same; cos a = sin(a + π/2).
    rates = tuple(10000.0 ** (-(i - i % 2) / width) for i in range(width))
    phases = tuple(math.pi / 2 * (i % 2) for i in range(width))
    return (
        Call("ones", "torch.ones_like", (Ref("x"),), rule=Rule("1 everywhere", FIXED)),
        Call("count", "torch.cumsum", (Ref("ones"),), {"dim": 1}, rule=Rule("1, 2, 3, … along time", FIXED)),
        Call("place", "torch.sub", (Ref("count"), 1.0), rule=Rule("t = 0, 1, 2, …", FIXED)),
        Call("rates", "torch.Tensor.new_tensor", (Ref("x"), rates), rule=Rule("ωᵢ = 10000^(−2i/d)", FIXED)),
        Call("phases", "torch.Tensor.new_tensor", (Ref("x"), phases), rule=Rule("0 for sine, π/2 for cosine", FIXED)),
        Call("turn", "torch.mul", (Ref("place"), Ref("rates")), rule=Rule("ωᵢ t", FIXED)),
        Call("angle", "torch.add", (Ref("turn"), Ref("phases")), rule=Rule("φ = ωᵢ t + phase", FIXED)),
        Call("position", "torch.sin", (Ref("angle"),), rule=Rule("PE = sin φ", FIXED)),
        Call("y", "torch.add", (Ref("x"), Ref("position")), form="sum", rule=Rule("y = x + PE", ("∂E/∂x = ∂E/∂y",))),
    )


ENTRY = Layer(
    id="positional_encoding",
    title=Text("Positional encoding"),
    help=Text("Adds sines and cosines of the place in the sequence, because attention itself does not know the order."),
    formula="y = x + [sin ωᵢt, cos ωᵢt]",
    inputs=(Port("x", Text("sequence"), ranks=(3,)),),
    calls=_calls,
    axes=lambda p, given: "TD",
    known_as=known("sine_positions"),
    group="sequence",
    order=535,
)
