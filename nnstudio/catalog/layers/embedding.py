"""A learnt row of numbers for every token."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shape, Shapes, Steps, Stream, Weight
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES, initializer_field
from nnstudio.document.errors import EditError
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("y = row of W with the token's number", ("∂E/∂W[token] = Σ ∂E/∂y where it occurs; 0 for all other rows",))


def _calls(p: Params, shapes: Shapes) -> Steps:
    there = shapes["x.tokens"][0][0]
    count = there if p["tokens"] is None else p["tokens"]
    if count < there:
        raise EditError("embedding.tokens", count=count, there=there)
    return (
        Call(
            "y",
            "torch.nn.Embedding",
            (Ref("x"),),
            make={"num_embeddings": count, "embedding_dim": p["width"]},
            form="lookup",
            rule=RULE,
        ),
    )


def _default(shapes: Mapping[str, Shape]) -> Call:
    # torch.nn.Embedding.reset_parameters: N(0, 1).
    return Call("w", "torch.nn.init.normal_", (Ref("tensor"),), {"generator": Stream()})


ENTRY = Layer(
    id="embedding",
    title=Text("Embedding"),
    help=Text("Looks up a learnt row of numbers for every token. The first layer for words, letters and other names."),
    formula="y = W[token]",
    fields=(
        IntField(
            name="width",
            title=Text("Width"),
            default=8,
            minimum=1,
            maximum=100_000,
            width=True,
            help=Text("How many numbers stand for a token."),
        ),
        IntField(
            name="tokens",
            title=Text("Tokens"),
            default=None,
            optional=True,
            empty=Text("as the data"),
            minimum=1,
            maximum=10_000_000,
            advanced=True,
            help=Text("How many different tokens there are; empty takes the data's."),
        ),
        initializer_field("weight_initializer", Text("Weights")),
        *OVERRIDES,
    ),
    tags=frozenset({"tokens"}),
    inputs=(Port("x", Text("tokens"), ranks=(2,), tokens=True),),
    calls=_calls,
    weights=lambda p: (Weight("y", "weight", _default, "weight_initializer"),),
    axes=lambda p, given: "TD",
    summary=("width",),
    known_as=known(
        "torch.nn.Embedding",
        {"max_norm": (None,), "scale_grad_by_freq": (False,), "padding_idx": (None,)},
        width="embedding_dim",
        tokens="num_embeddings",
    ),
    group="sequence",
    order=500,
)
