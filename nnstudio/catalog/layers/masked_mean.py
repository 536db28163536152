"""The mean over the steps of a sequence that are no filling."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.text import Text

FIXED = ("no gradient",)

ENTRY = Layer(
    id="masked_mean",
    title=Text("Masked mean"),
    help=Text(
        "The mean over the steps of a sequence whose token is not 0: what fills up short texts does not count. The "
        "second wire brings the tokens from the data."
    ),
    formula="y = Σₜ mₜ xₜ / Σₜ mₜ, mₜ = 1 where the token is not 0",
    inputs=(Port("x", Text("sequence"), ranks=(3,)), Port("tokens", Text("tokens"), ranks=(2,), tokens=True)),
    calls=lambda p, shapes: (
        Call("there", "torch.ne", (Ref("tokens"), 0), rule=Rule("1 where the token is not 0", FIXED)),
        Call("wide", "torch.unsqueeze", (Ref("there"), -1), rule=Rule("the same for every feature", FIXED)),
        Call("mask", "torch.Tensor.type_as", (Ref("wide"), Ref("x")), rule=Rule("m, as numbers", FIXED)),
        Call(
            "kept",
            "torch.mul",
            (Ref("x"), Ref("mask")),
            rule=Rule("m ⊙ x", ("∂E/∂x = m ⊙ ∂E/∂kept",)),
        ),
        Call("sum", "torch.sum", (Ref("kept"),), {"dim": 1}, rule=Rule("Σₜ mₜ xₜ", ("∂E/∂kept = ∂E/∂sum",))),
        Call("count", "torch.sum", (Ref("mask"),), {"dim": 1}, rule=Rule("Σₜ mₜ", FIXED)),
        Call("least", "torch.clamp", (Ref("count"),), {"min": 1.0}, rule=Rule("at least 1", FIXED)),
        Call(
            "y",
            "torch.div",
            (Ref("sum"), Ref("least")),
            rule=Rule("y = sum / count", ("f′: 1/count", "∂E/∂sum = ∂E/∂y / count")),
        ),
    ),
    axes=lambda p, given: "",
    group="sequence",
    order=545,
)
