"""The product of two matrices that are both computed."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("Y = A B", ("∂E/∂A = ∂E/∂Y Bᵀ", "∂E/∂B = Aᵀ ∂E/∂Y"))
TURN = Rule("Bᵀ: rows become columns", ("∂E/∂B = (∂E/∂Bᵀ)ᵀ",))


def _calls(p: Params, shapes: Shapes) -> Steps:
    first, second = shapes["x"][0], shapes["b"][0]
    inner = second[-1] if p["turned"] else second[-2]
    if len(first) != len(second) or first[-1] != inner:
        raise EditError("product.inner", columns=first[-1], rows=inner)
    turn = (Call("turned", "torch.transpose", (Ref("b"), -2, -1), rule=TURN),) if p["turned"] else ()
    factor = Ref("turned" if p["turned"] else "b")
    return (*turn, Call("y", "torch.matmul", (Ref("x"), factor), form="product", rule=RULE))


ENTRY = Layer(
    id="matrix_product",
    title=Text("Matrix product"),
    help=Text(
        "Multiplies two matrices of each sample that the network computed: the last two axes are rows and columns. "
        "Attention is made of such products."
    ),
    formula="Y = A B, or A Bᵀ",
    fields=(
        BoolField(
            name="turned",
            title=Text("Turn the second"),
            default=True,
            help=Text("Rows of the second become columns: every row of the first meets every row of the second."),
        ),
    ),
    inputs=(Port("x", Text("first"), ranks=(3, 4)), Port("b", Text("second"), ranks=(3, 4))),
    calls=_calls,
    known_as=known("torch.matmul", turned=lambda arguments: False),
    axes=lambda p, given: "",
    group="join",
    order=208,
)
