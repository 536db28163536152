"""The graph attention of Velickovic et al. 2018, on a dense adjacency matrix."""

from __future__ import annotations

from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

FIXED = ("no gradient",)
FOLD = Rule("the same numbers, axes put otherwise", ("∂E/∂x = ∂E/∂y, axes put back",))
SCORE = Rule("s = a · h, for each head", ("∂E/∂a = Σ ∂E/∂s h", "∂E/∂h = a ∂E/∂s"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    heads, size = p["heads"], p["units"]
    wide = heads * size
    # One vector per head: a convolution of width 1 whose groups are the heads.
    make = {"in_channels": wide, "out_channels": heads, "kernel_size": 1, "groups": heads, "bias": False}
    return (
        Call(
            "h",
            "torch.nn.Linear",
            (Ref("x"),),
            make={"in_features": shapes["x"][0][1], "out_features": wide, "bias": False},
            form="weighted_sum",
            rule=Rule("h = W x", ("∂E/∂W = Σ δ xᵀ", "∂E/∂x = Wᵀ δ")),
        ),
        Call("column", "torch.unsqueeze", (Ref("h"), 2), rule=FOLD),
        Call("from_", "torch.nn.Conv1d", (Ref("column"),), make=make, rule=SCORE),
        Call("to_", "torch.nn.Conv1d", (Ref("column"),), make=make, rule=SCORE),
        Call("listener", "torch.transpose", (Ref("to_"), 1, 2), rule=FOLD),
        Call("speaker", "torch.permute", (Ref("from_"), (2, 0, 1)), rule=FOLD),
        Call(
            "pair",
            "torch.add",
            (Ref("listener"), Ref("speaker")),
            rule=Rule("eᵢⱼ = a_to·hᵢ + a_from·hⱼ", ("∂E/∂ each = sum of ∂E/∂e over the other",)),
        ),
        Call(
            "scores",
            "torch.nn.functional.leaky_relu",
            (Ref("pair"),),
            {"negative_slope": p["slope"]},
            form="elementwise",
            rule=Rule("leaky ReLU", ("f′(e): 1 where e > 0, else slope", "∂E/∂e = ∂E/∂s ⊙ f′(e)")),
        ),
        Call("count", "torch.sum", (Ref("adjacency"),), {"dim": 1}, rule=Rule("number of neighbours", FIXED)),
        Call("one", "torch.ones_like", (Ref("count"),), rule=Rule("1 everywhere", FIXED)),
        Call("self_loop", "torch.diag", (Ref("one"),), rule=Rule("every node hears itself", FIXED)),
        Call("links", "torch.add", (Ref("adjacency"), Ref("self_loop")), rule=Rule("A + I", FIXED)),
        Call("apart", "torch.eq", (Ref("links"), 0.0), rule=Rule("pairs without an edge", FIXED)),
        Call("mask", "torch.unsqueeze", (Ref("apart"), 2), rule=Rule("for every head", FIXED)),
        Call(
            "masked",
            "torch.Tensor.masked_fill",
            (Ref("scores"), Ref("mask"), -1e9),
            rule=Rule("−10⁹ where there is no edge", ("∂E/∂s = ∂E/∂masked, 0 without an edge",)),
        ),
        Call(
            "weights",
            "torch.softmax",
            (Ref("masked"),),
            {"dim": 1},
            form="shares",
            rule=Rule("αᵢⱼ = softmax over the neighbours j", ("∂E/∂sⱼ = αⱼ(∂E/∂αⱼ − Σₖ αₖ ∂E/∂αₖ)",)),
        ),
        Call("values", "torch.unflatten", (Ref("h"), 1, (heads, size)), rule=FOLD),
        Call(
            "mixed",
            "torch.einsum",
            ("ijh,jhf->ihf", Ref("weights"), Ref("values")),
            rule=Rule("yᵢ = Σⱼ αᵢⱼ hⱼ, head by head", ("∂E/∂αᵢⱼ = ∂E/∂yᵢ · hⱼ", "∂E/∂hⱼ = Σᵢ αᵢⱼ ∂E/∂yᵢ")),
        ),
        Call("z", "torch.flatten", (Ref("mixed"),), {"start_dim": 1}, rule=FOLD),
        Apply("a", "activation", "z"),
    )


ENTRY = Layer(
    id="graph_attention",
    title=Text("Graph attention (GAT)"),
    help=Text(
        "Every node of a graph takes a mean of its neighbours, weighted by attention that is learnt. Wire the Edges "
        "node to its second port."
    ),
    formula="a = f(Σⱼ αᵢⱼ W xⱼ)",
    fields=(
        IntField(
            name="units",
            title=Text("Units per head"),
            default=8,
            minimum=1,
            maximum=100_000,
            width=True,
            help=Text("How many numbers each head gives each node."),
        ),
        IntField(
            name="heads",
            title=Text("Heads"),
            default=1,
            minimum=1,
            maximum=256,
            help=Text("Attention is done side by side this many times; results are put beside each other."),
        ),
        activation_field(),
        FloatField(
            name="slope",
            title=Text("Slope of the scores"),
            default=0.2,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
            help=Text("The leaky ReLU on the scores."),
        ),
        initializer_field("weight_initializer", Text("Weights")),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("nodes"), ranks=(2,)), Port("adjacency", Text("edges"), per="shared")),
    calls=_calls,
    weights=lambda p: tuple(w for name in ("h", "from_", "to_") for w in linear_weights(name, bias=False)),
    summary=("units", "heads", "activation"),
    group="graph",
    order=610,
)
