"""A fully connected layer with its activation."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shape, Shapes, Steps, Stream, Weight
from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.document.fields import BoolField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("z = W x + b", ("∂E/∂W = δ xᵀ", "∂E/∂b = δ", "∂E/∂x = Wᵀ δ"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"in_features": shapes["x"][0][-1], "out_features": p["units"], "bias": p["bias"]}
    return (
        Call("z", "torch.nn.Linear", (Ref("x"),), make=make, form="weighted_sum", rule=RULE),
        Apply("a", "activation", "z"),
    )


def _weights(p: Params) -> tuple[Weight, ...]:
    # torch.nn.Linear.reset_parameters: both from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
    def weight(shapes: Mapping[str, Shape]) -> Call:
        return Call("w", "torch.nn.init.kaiming_uniform_", (Ref("tensor"),), {"a": 5**0.5, "generator": Stream()})

    def bias(shapes: Mapping[str, Shape]) -> Call:
        limit = shapes["weight"][1] ** -0.5
        return Call("w", "torch.nn.init.uniform_", (Ref("tensor"),), {"a": -limit, "b": limit, "generator": Stream()})

    own = (Weight("z", "weight", weight, "weight_initializer"),)
    return (*own, Weight("z", "bias", bias, "bias_initializer")) if p["bias"] else own


ENTRY = Layer(
    id="linear",
    title=Text("Linear", "全连接"),
    help=Text("Every output is a weighted sum of all inputs plus a bias, then the activation.",
              "每个输出是所有输入的加权和加偏置，再经过激活函数。"),
    formula="a = f(W x + b)",
    fields=(
        IntField(name="units", title=Text("Units", "神经元数"), default=8, minimum=1, maximum=1_000_000, width=True,
                 help=Text("How many neurons the layer has.", "该层的神经元个数。")),
        activation_field(),
        BoolField(name="bias", title=Text("Bias", "偏置"), default=True,
                  help=Text("Add a trainable constant to each neuron.", "为每个神经元加上可训练的常数。")),
        initializer_field("weight_initializer", Text("Weights", "权重")),
        initializer_field("bias_initializer", Text("Bias start", "偏置初值"), vector=True),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("input", "输入"), features=True),),
    calls=_calls,
    weights=_weights,
    summary=("units", "activation", "weight_initializer"),
    order=10,
)
