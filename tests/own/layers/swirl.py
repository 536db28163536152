"""Turn pairs of features by a learnt angle, with a module of its own."""

from __future__ import annotations

import math

import torch
from torch import nn

from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Weight
from nnstudio.catalog.own import own
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import zeros
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

FULL = 2 * math.pi


def turned(left, right, angle):
    """Turn points (left, right) by an angle."""
    return left * torch.cos(angle) - right * torch.sin(angle), left * torch.sin(angle) + right * torch.cos(angle)


class Swirl(nn.Module):
    """Turns the first half of the features against the second; ``turns`` is a fixed part of the angle, in full
    turns.
    """

    def __init__(self, width, turns):
        super().__init__()
        self.angle = nn.Parameter(torch.randn(width // 2))
        self.register_buffer("fixed", torch.tensor(turns * FULL))

    def forward(self, x):
        left, right = x.chunk(2, dim=-1)
        return torch.cat(turned(left, right, self.angle + self.fixed), dim=-1)


ENTRY = Layer(
    id="swirl",
    title=Text("Swirl"),
    help=Text("Turns pairs of features by an angle that is learnt."),
    formula="y = R(θ)·x",
    fields=(FloatField(name="turns", title=Text("Turns"), default=0.125, minimum=0.0, maximum=1.0), *OVERRIDES),
    calls=lambda p, shapes: (
        Call(
            "y",
            own(Swirl),
            (Ref("x"),),
            make={"width": shapes["x"][0][-1], "turns": p["turns"]},
            rule=Rule("y = R(θ)·x"),
        ),
    ),
    weights=lambda p: (Weight("y", "angle", zeros),),
    summary=("turns",),
)
