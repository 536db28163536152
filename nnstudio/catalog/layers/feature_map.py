"""Hand-made features: products, squares and sines of the inputs, all of a kind or chosen one by one."""

from __future__ import annotations

import re
from itertools import combinations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.features import names_of
from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField, NamesField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

# The number of products grows with the square of the width.
MAX_WIDTH = 32
# x1, x1², x1·x2, sin x1
_FEATURE = re.compile(r"(sin )?x(\d{1,4})(²|·x(\d{1,4}))?")


def _chosen(names: tuple[str, ...], width: int) -> Steps:
    """The calls of features chosen one by one, in the order of ``names_of``."""
    columns: dict[int, str] = {}
    calls: list[Call] = []
    parts: list[Ref] = []

    def column(number: int) -> Ref:
        if not 1 <= number <= width:
            raise EditError("feature_map.column", name=f"x{number}", width=width)
        if number not in columns:
            columns[number] = f"x{number}"
            calls.append(
                Call(
                    f"x{number}",
                    "torch.narrow",
                    (Ref("x"), 1, number - 1, 1),
                    rule=Rule(f"column {number} of x", ("∂E/∂x = ∂E/∂y in that column",)),
                )
            )
        return Ref(columns[number])

    order = {name: place for place, name in enumerate(names_of(min(width, MAX_WIDTH)))}
    for name in sorted(dict.fromkeys(names), key=lambda n: order.get(n, len(order))):
        found = _FEATURE.fullmatch(name)
        if found is None or (found[1] and found[3]):
            raise EditError("feature_map.name", name=name)
        one = column(int(found[2]))
        if found[1]:
            calls.append(
                Call(
                    f"sin{found[2]}",
                    "torch.sin",
                    (one,),
                    form="elementwise",
                    rule=Rule("s = sin x", ("f′(x): cos x", "∂E/∂x = ∂E/∂s · cos x")),
                )
            )
        elif found[3] == "²":
            calls.append(
                Call(
                    f"square{found[2]}",
                    "torch.square",
                    (one,),
                    form="elementwise",
                    rule=Rule("s = x²", ("f′(x): 2x", "∂E/∂x = ∂E/∂s · 2x")),
                )
            )
        elif found[3]:
            calls.append(
                Call(
                    f"p{found[2]}_{found[4]}",
                    "torch.mul",
                    (one, column(int(found[4]))),
                    rule=Rule("p = u · v", ("∂E/∂u = ∂E/∂p · v", "∂E/∂v = ∂E/∂p · u")),
                )
            )
        parts.append(Ref(calls[-1].out) if found[1] or found[3] else one)
    calls.append(
        Call(
            "y",
            "torch.cat",
            (tuple(parts),),
            {"dim": 1},
            rule=Rule("y = [features …]", ("∂E/∂xᵢ = its part of ∂E/∂y",)),
        )
    )
    return tuple(calls)


def _calls(p: Params, shapes: Shapes) -> Steps:
    width = shapes["x"][0][1]
    if p["chosen"]:
        return _chosen(p["chosen"], width)
    if p["products"] and width > MAX_WIDTH:
        raise EditError("feature_map.wide", width=width, high=MAX_WIDTH)
    parts = [Ref("x")]
    calls: list[Call] = []
    if p["products"]:
        # Each pair once: x1·x2, x1·x3, …, x2·x3, …
        for i in range(width):
            calls.append(
                Call(
                    f"x{i + 1}",
                    "torch.narrow",
                    (Ref("x"), 1, i, 1),
                    rule=Rule(f"column {i + 1} of x", ("∂E/∂x = ∂E/∂y in that column",)),
                )
            )
        for i, j in combinations(range(width), 2):
            name = f"p{i + 1}_{j + 1}"
            calls.append(
                Call(
                    name,
                    "torch.mul",
                    (Ref(f"x{i + 1}"), Ref(f"x{j + 1}")),
                    rule=Rule("p = u · v", ("∂E/∂u = ∂E/∂p · v", "∂E/∂v = ∂E/∂p · u")),
                )
            )
            parts.append(Ref(name))
    if p["squares"]:
        calls.append(
            Call(
                "squares",
                "torch.square",
                (Ref("x"),),
                form="elementwise",
                rule=Rule("s = x²", ("f′(x): 2x", "∂E/∂x = ∂E/∂s · 2x")),
            )
        )
        parts.append(Ref("squares"))
    if p["sines"]:
        calls.append(
            Call(
                "sines",
                "torch.sin",
                (Ref("x"),),
                form="elementwise",
                rule=Rule("s = sin x", ("f′(x): cos x", "∂E/∂x = ∂E/∂s · cos x")),
            )
        )
        parts.append(Ref("sines"))
    calls.append(
        Call(
            "y",
            "torch.cat",
            (tuple(parts),),
            {"dim": 1},
            rule=Rule("y = [x, features …]", ("∂E/∂xᵢ = its part of ∂E/∂y",)),
        )
    )
    return tuple(calls)


ENTRY = Layer(
    id="feature_map",
    title=Text("Feature map"),
    help=Text(
        "Adds products, squares and sines of the inputs, so that even one neuron can bend its boundary; or takes "
        "features chosen one by one."
    ),
    formula="y = [x, xᵢxⱼ, x², sin x]",
    fields=(
        BoolField(
            name="products",
            title=Text("Products x₁x₂"),
            default=True,
            help=Text("The product of every pair of inputs."),
        ),
        BoolField(name="squares", title=Text("Squares"), default=False, help=Text("The square of every input.")),
        BoolField(name="sines", title=Text("Sines"), default=False, help=Text("The sine of every input.")),
        NamesField(
            name="chosen",
            title=Text("One by one"),
            default=(),
            kind="features",
            help=Text(
                "Tick single features, x1 and x2 among them; none ticked: the inputs and what is switched on above."
            ),
        ),
    ),
    inputs=(Port("x", Text("input"), ranks=(2,)),),
    calls=_calls,
    summary=(),
    order=60,
)
