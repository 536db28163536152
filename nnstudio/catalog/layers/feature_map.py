"""Hand-made features: products, squares and sines of the inputs beside the inputs themselves."""

from __future__ import annotations

from itertools import combinations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

# The number of products grows with the square of the width.
MAX_WIDTH = 32


def _calls(p: Params, shapes: Shapes) -> Steps:
    width = shapes["x"][0][1]
    if p["products"] and width > MAX_WIDTH:
        raise EditError("feature_map.wide", width=width, high=MAX_WIDTH)
    parts = [Ref("x")]
    calls: list[Call] = []
    if p["products"]:
        # Each pair once: x1·x2, x1·x3, …, x2·x3, …
        for i in range(width):
            calls.append(Call(f"x{i + 1}", "torch.narrow", (Ref("x"), 1, i, 1),
                              rule=Rule(f"column {i + 1} of x", ("∂E/∂x = ∂E/∂y in that column",))))
        for i, j in combinations(range(width), 2):
            name = f"p{i + 1}_{j + 1}"
            calls.append(Call(name, "torch.mul", (Ref(f"x{i + 1}"), Ref(f"x{j + 1}")),
                              rule=Rule("p = u · v", ("∂E/∂u = ∂E/∂p · v", "∂E/∂v = ∂E/∂p · u"))))
            parts.append(Ref(name))
    if p["squares"]:
        calls.append(Call("squares", "torch.square", (Ref("x"),), form="elementwise",
                          rule=Rule("s = x²", ("f′(x): 2x", "∂E/∂x = ∂E/∂s · 2x"))))
        parts.append(Ref("squares"))
    if p["sines"]:
        calls.append(Call("sines", "torch.sin", (Ref("x"),), form="elementwise",
                          rule=Rule("s = sin x", ("f′(x): cos x", "∂E/∂x = ∂E/∂s · cos x"))))
        parts.append(Ref("sines"))
    calls.append(Call("y", "torch.cat", (tuple(parts),), {"dim": 1},
                      rule=Rule("y = [x, features …]", ("∂E/∂xᵢ = its part of ∂E/∂y",))))
    return tuple(calls)


ENTRY = Layer(
    id="feature_map",
    title=Text("Feature map", "特征变换"),
    help=Text("Adds products, squares and sines of the inputs, so that even one neuron can bend its boundary.",
              "加入输入的乘积、平方和正弦，使单个神经元也能得到弯曲的分界线。"),
    formula="y = [x, xᵢxⱼ, x², sin x]",
    fields=(
        BoolField(name="products", title=Text("Products x₁x₂", "乘积 x₁x₂"), default=True,
                  help=Text("The product of every pair of inputs.", "每两个输入的乘积。")),
        BoolField(name="squares", title=Text("Squares", "平方"), default=False,
                  help=Text("The square of every input.", "每个输入的平方。")),
        BoolField(name="sines", title=Text("Sines", "正弦"), default=False,
                  help=Text("The sine of every input.", "每个输入的正弦。")),
    ),
    inputs=(Port("x", Text("input", "输入"), ranks=(2,)),),
    calls=_calls,
    summary=(),
    order=60,
)
