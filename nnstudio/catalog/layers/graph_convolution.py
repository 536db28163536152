"""The graph convolution of Kipf and Welling 2017, on a dense adjacency matrix."""

from __future__ import annotations

from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

FIXED = ("no gradient",)
SCALE = Rule("each row times 1/√degree", ("∂E/∂x = ∂E/∂y / √degree",))


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"in_features": shapes["x"][0][1], "out_features": p["units"]}
    return (
        # D^(−½) (A + I) D^(−½) x, the self-loop added as the node's own row.
        Call("neighbours", "torch.sum", (Ref("adjacency"),), {"dim": 1}, rule=Rule("number of neighbours", FIXED)),
        Call("degree", "torch.add", (Ref("neighbours"), 1.0), rule=Rule("degree = neighbours + itself", FIXED)),
        Call("root", "torch.rsqrt", (Ref("degree"),), rule=Rule("1/√degree", FIXED)),
        Call("scale", "torch.unsqueeze", (Ref("root"), 1), rule=Rule("as a column", FIXED)),
        Call("sent", "torch.mul", (Ref("x"), Ref("scale")), form="times", rule=SCALE),
        Call(
            "heard",
            "torch.matmul",
            (Ref("adjacency"), Ref("sent")),
            form="product",
            rule=Rule("sum over the neighbours: A x", ("∂E/∂x = Aᵀ ∂E/∂y",)),
        ),
        Call(
            "all",
            "torch.add",
            (Ref("heard"), Ref("sent")),
            form="sum",
            rule=Rule("and the node itself", ("∂E/∂x = ∂E/∂y for both",)),
        ),
        Call("message", "torch.mul", (Ref("all"), Ref("scale")), form="times", rule=SCALE),
        Call(
            "z",
            "torch.nn.Linear",
            (Ref("message"),),
            make=make,
            form="weighted_sum",
            rule=Rule("z = W m + b", ("∂E/∂W = Σ δ mᵀ", "∂E/∂b = Σ δ", "∂E/∂m = Wᵀ δ")),
        ),
        Apply("a", "activation", "z"),
    )


ENTRY = Layer(
    id="graph_convolution",
    title=Text("Graph convolution (GCN)"),
    help=Text(
        "Every node of a graph takes a mean of its neighbours and itself, then a linear layer. Wire the Edges node to "
        "its second port."
    ),
    formula="a = f(D^(−½)(A + I)D^(−½) X W + b)",
    fields=(
        IntField(
            name="units",
            title=Text("Units"),
            default=8,
            minimum=1,
            maximum=100_000,
            width=True,
            help=Text("How many numbers each node has afterwards."),
        ),
        activation_field(),
        initializer_field("weight_initializer", Text("Weights")),
        initializer_field("bias_initializer", Text("Bias start"), vector=True),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("nodes"), ranks=(2,)), Port("adjacency", Text("edges"), per="shared")),
    calls=_calls,
    weights=lambda p: linear_weights("z", bias=True),
    summary=("units", "activation"),
    group="graph",
    order=600,
)
