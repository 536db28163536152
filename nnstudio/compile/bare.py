"""A tensor that is learnt by itself, for layers that need one beside torch's modules."""

from __future__ import annotations

import sys

import torch
from torch import nn

from nnstudio.catalog.entry import PARAMETER
from nnstudio.catalog.own import bring, own


class Parameter(nn.Module):
    """A tensor that is learnt by itself; a call gives the tensor."""

    def __init__(self, shape):  # type: ignore[no-untyped-def]
        super().__init__()
        self.value = nn.Parameter(torch.empty(*shape))

    def forward(self):  # type: ignore[no-untyped-def]
        return self.value


assert own(Parameter) == PARAMETER
bring(sys.modules[Parameter.__module__])
