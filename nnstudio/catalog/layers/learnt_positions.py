"""A learnt row of numbers for every place of a sequence, as in BERT, GPT-2 and vision transformers."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.catalog.entry import PARAMETER, Call, Layer, Port, Ref, Rule, Shape, Shapes, Steps, Stream, Weight
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES, initializer_field
from nnstudio.document.text import Text
from nnstudio.document.values import Params

VALUE = Rule("P: a learnt row for every place", ("∂E/∂P[t] = Σ ∂E/∂y[t] over the samples",))
RULE = Rule("y[t] = x[t] + P[t]", ("∂E/∂x = ∂E/∂y", "∂E/∂P[t] = Σ ∂E/∂y[t] over the samples"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    return (
        Call("place", PARAMETER, make={"shape": list(shapes["x"][0][1:])}, rule=VALUE),
        Call("y", "torch.add", (Ref("x"), Ref("place")), form="sum", rule=RULE),
    )


def _default(shapes: Mapping[str, Shape]) -> Call:
    # As GPT-2 and BERT begin: N(0, 0.02²).
    return Call("w", "torch.nn.init.normal_", (Ref("tensor"),), {"std": 0.02, "generator": Stream()})


ENTRY = Layer(
    id="learnt_positions",
    title=Text("Learnt positions"),
    help=Text(
        "Adds a learnt row of numbers for every place of the sequence, because attention itself does not know the "
        "order. Sequences are as long as in the data, no longer."
    ),
    formula="y[t] = x[t] + P[t]",
    fields=(initializer_field("weight_initializer", Text("Positions")), *OVERRIDES),
    inputs=(Port("x", Text("sequence"), ranks=(3,)),),
    calls=_calls,
    weights=lambda p: (Weight("place", "value", _default, "weight_initializer"),),
    axes=lambda p, given: "TD",
    known_as=known("row_for_each_place"),
    group="sequence",
    order=536,
)
