"""Lion (Chen et al. 2023): the sign of a moving average."""

from __future__ import annotations

import torch

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.own import own
from nnstudio.catalog.rates import decay, rate
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text


class Lion(torch.optim.Optimizer):
    """w ← w − η·(sign(β1·m + (1 − β1)·g) + λw);  m ← β2·m + (1 − β2)·g."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            first, second = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                memory = state["exp_avg"]
                direction = torch.sign(memory * first + p.grad * (1 - first))
                p.sub_((direction + group["weight_decay"] * p) * group["lr"])
                memory.mul_(second).add_(p.grad * (1 - second))
        return loss


ENTRY = Optimizer(
    id="lion",
    title=Text("Lion"),
    help=Text("Every weight moves by the same amount; only the direction is learnt from the gradient."),
    formula="w ← w − η·(sign(β1·m + (1 − β1)·g) + λw)",
    fields=(
        rate(0.001),
        FloatField(name="beta1", title=Text("β1"), default=0.9, minimum=0.0, maximum=1.0, below=True),
        FloatField(name="beta2", title=Text("β2"), default=0.99, minimum=0.0, maximum=1.0, below=True),
        decay(),
    ),
    target=own(Lion),
    kwargs=lambda p: {"lr": p["learning_rate"], "betas": (p["beta1"], p["beta2"]), "weight_decay": p["weight_decay"]},
    rule=Rule("u = sign(β1·m + (1 − β1)·g);  w ← w − η(u + λw);  m ← β2·m + (1 − β2)·g"),
    lines=lambda p: (("u", "sign(β1*m + (1 - β1)*d)"), ("m", "β2*m + (1 - β2)*d"), ("w", "w - η*(u + λ*w)")),
    memory={"m": "exp_avg"},
)
