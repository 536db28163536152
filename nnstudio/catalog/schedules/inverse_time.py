"""The rate falls as one over the time."""

from __future__ import annotations

from nnstudio.catalog.entry import Hyperbola, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="inverse_time",
    title=Text("a / (b + t)", "a / (b + t)"),
    help=Text("The classical rate of stochastic approximation: falls fast, then ever more slowly. a is b times the learning rate, so it starts there.", "随机逼近的经典学习率：先快后慢地下降。a 等于 b 乘学习率，因此从学习率开始。"),
    formula="ηₜ = a / (b + t), a = η·b",
    fields=(
        FloatField(name="b", title=Text("b", "b"), default=10.0, minimum=0.0, maximum=1e6, above=True,
                   help=Text("Epochs after which half of the rate is left.", "学习率减半所需的轮数。")),
    ),
    target="torch.optim.lr_scheduler.LambdaLR",
    kwargs=lambda p: {"lr_lambda": Hyperbola(p["b"], p["b"])},
    order=38,
)
