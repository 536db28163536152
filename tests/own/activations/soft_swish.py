"""Swish with a learnt β (Ramachandran et al. 2017)."""

from __future__ import annotations

import torch
from torch import nn

from nnstudio.catalog.entry import Activation, Call, Ref, Rule, Weight
from nnstudio.catalog.own import own
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text


class SoftSwish(nn.Module):
    """z·σ(βz) with a learnt β."""

    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(1))

    def forward(self, z):
        return z * torch.sigmoid(self.beta * z)


ENTRY = Activation(
    id="soft_swish",
    title=Text("Swish with β"),
    help=Text("Swish whose bend is learnt with the weights."),
    formula="a = z·σ(βz) (β learnt)",
    derivative="σ(βz) + βz·σ(βz)·(1 − σ(βz))",
    fields=(FloatField(name="beta", title=Text("Start β"), default=1.0, minimum=0.0, maximum=10.0),),
    calls=lambda p: (Call("a", own(SoftSwish), (Ref("z"),), make={}, rule=Rule("a = z·σ(βz)")),),
    weights=lambda p: (
        Weight("a", "beta", lambda shapes: Call("w", "torch.nn.init.constant_", (Ref("tensor"),), {"val": p["beta"]})),
    ),
)
