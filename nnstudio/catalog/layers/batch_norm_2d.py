"""Batch normalization of an image's channels."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import scale_and_shift
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule(
    "x̂ = (x − mean) / √(var + ε) by channel;  y = γ x̂ + β",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y",
     "∂E/∂x = γ/√(var + ε) · (∂E/∂y − mean(∂E/∂y) − x̂ · mean(∂E/∂y ⊙ x̂))"),
)


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"num_features": shapes["x"][0][1], "eps": p["eps"], "momentum": p["momentum"]}
    return (Call("y", "torch.nn.BatchNorm2d", (Ref("x"),), make=make, rule=RULE),)


ENTRY = Layer(
    id="batch_norm_2d",
    title=Text("Batch norm 2d", "二维批归一化"),
    help=Text("Brings every channel, over batch, height and width, to mean 0 and spread 1, then scales by γ and shifts by β.",
              "对每个通道在批、高、宽上化为均值 0、标准差 1，再乘 γ 加 β。"),
    formula="y = γ (x − mean) / √(var + ε) + β",
    fields=(
        FloatField(name="momentum", title=Text("Momentum", "动量"), default=0.1, minimum=0.0, maximum=1.0, advanced=True,
                   help=Text("How fast the running statistics follow.", "滑动统计量的更新速度。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-5, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        *OVERRIDES,
    ),
    tags=frozenset({"batch_norm"}),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=_calls,
    weights=lambda p: scale_and_shift("y"),
    couples_samples=True,
    group="norm",
    order=340,
)
