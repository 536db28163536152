"""Scaled dot-product attention (Vaswani et al. 2017), spelled out so that scores and weights can be seen."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.catalog.entry import Call, Ref, Rule, Weight
from nnstudio.catalog.known import Tensors
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.errors import EditError

LINEAR = Rule("z = W x + b", ("∂E/∂W = Σ δ xᵀ", "∂E/∂b = Σ δ", "∂E/∂x = Wᵀ δ"))
FOLD = Rule("the same numbers, axes put otherwise", ("∂E/∂x = ∂E/∂y, axes put back",))
PARTS = ("query", "key", "value")


def attention_calls(prefix: str, x: str, width: int, heads: int, causal: bool) -> tuple[Call, ...]:
    """The calls from value ``x`` (N, T, width) to ``{prefix}out`` of the same shape.

    ``{prefix}weights`` (N, heads, T, T) are the attention weights: each row sums to 1.
    """
    if width % heads:
        raise EditError("attention.heads", width=width, heads=heads)
    size = width // heads
    calls: list[Call] = []
    for name in PARTS:
        calls += [
            Call(
                f"{prefix}{name}",
                "torch.nn.Linear",
                (Ref(x),),
                make={"in_features": width, "out_features": width},
                form="weighted_sum",
                rule=LINEAR,
            ),
            Call(f"{prefix}{name}_split", "torch.unflatten", (Ref(f"{prefix}{name}"), -1, (heads, size)), rule=FOLD),
            Call(f"{prefix}{name}_heads", "torch.transpose", (Ref(f"{prefix}{name}_split"), 1, 2), rule=FOLD),
        ]
    calls += [
        Call(f"{prefix}key_t", "torch.transpose", (Ref(f"{prefix}key_heads"), 2, 3), rule=FOLD),
        Call(
            f"{prefix}products",
            "torch.matmul",
            (Ref(f"{prefix}query_heads"), Ref(f"{prefix}key_t")),
            form="product",
            rule=Rule("P = Q Kᵀ", ("∂E/∂Q = ∂E/∂P K", "∂E/∂K = (∂E/∂P)ᵀ Q")),
        ),
        Call(
            f"{prefix}scores",
            "torch.mul",
            (Ref(f"{prefix}products"), size**-0.5),
            form="elementwise",
            rule=Rule("S = P / √d", ("f′: 1/√d", "∂E/∂P = ∂E/∂S / √d")),
        ),
    ]
    scores = f"{prefix}scores"
    if causal:
        calls += [
            Call(f"{prefix}ones", "torch.ones_like", (Ref(scores),), rule=Rule("1 everywhere", ("no gradient",))),
            Call(
                f"{prefix}past",
                "torch.tril",
                (Ref(f"{prefix}ones"),),
                rule=Rule("1 up to the present", ("no gradient",)),
            ),
            Call(
                f"{prefix}future",
                "torch.eq",
                (Ref(f"{prefix}past"), 0.0),
                rule=Rule("what lies ahead", ("no gradient",)),
            ),
            Call(
                f"{prefix}masked",
                "torch.Tensor.masked_fill",
                (Ref(scores), Ref(f"{prefix}future"), -1e9),
                rule=Rule("S, −10⁹ for what lies ahead", ("∂E/∂S = ∂E/∂masked, 0 ahead",)),
            ),
        ]
        scores = f"{prefix}masked"
    calls += [
        Call(
            f"{prefix}weights",
            "torch.softmax",
            (Ref(scores),),
            {"dim": -1},
            form="shares",
            rule=Rule("A = softmax(S), row by row", ("∂E/∂Sᵢ = Aᵢ(∂E/∂Aᵢ − Σⱼ Aⱼ ∂E/∂Aⱼ)",)),
        ),
        Call(
            f"{prefix}mixed",
            "torch.matmul",
            (Ref(f"{prefix}weights"), Ref(f"{prefix}value_heads")),
            form="product",
            rule=Rule("Y = A V", ("∂E/∂A = ∂E/∂Y Vᵀ", "∂E/∂V = Aᵀ ∂E/∂Y")),
        ),
        Call(f"{prefix}joined", "torch.transpose", (Ref(f"{prefix}mixed"), 1, 2), rule=FOLD),
        Call(f"{prefix}flat", "torch.flatten", (Ref(f"{prefix}joined"),), {"start_dim": 2}, rule=FOLD),
        Call(
            f"{prefix}out",
            "torch.nn.Linear",
            (Ref(f"{prefix}flat"),),
            make={"in_features": width, "out_features": width},
            form="weighted_sum",
            rule=LINEAR,
        ),
    ]
    return tuple(calls)


def projections(prefix: str) -> Callable[[Tensors], Tensors]:
    """Return what takes the weights of torch.nn.MultiheadAttention apart, whose three projections are one matrix."""

    def take_apart(given: Tensors) -> Tensors:
        found = {f"{prefix}out.{kind}": given[f"out_proj.{kind}"] for kind in ("weight", "bias")}
        for kind in ("weight", "bias"):
            whole = given[f"in_proj_{kind}"]
            size = len(whole) // len(PARTS)
            found |= {f"{prefix}{name}.{kind}": whole[n * size : (n + 1) * size] for n, name in enumerate(PARTS)}
        return found

    return take_apart


def attention_weights(prefix: str) -> tuple[Weight, ...]:
    """The weights of the four projections."""
    return tuple(w for name in (*PARTS, "out") for w in linear_weights(f"{prefix}{name}", bias=True))
