"""Cross-entropy between class scores and class numbers, softmax inside."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="cross_entropy",
    title=Text("Cross-entropy", "交叉熵"),
    help=Text("For classes: one output per class, no softmax in front, because it is inside. Its slope is softmax(z) − t.",
              "用于分类：每类一个输出，前面不加 softmax（内部已包含）。其导数为 softmax(z) − t。"),
    formula="E = −1/N Σ log softmax(z)[t]",
    target="index",
    calls=lambda p: (
        Call("e", "torch.nn.functional.cross_entropy", (Ref("prediction"), Ref("target")),
             rule=Rule("E = −1/N Σₙ log softmax(zₙ)[tₙ]", ("∂E/∂z = (softmax(z) − t) / N",))),
    ),
    order=10,
)
