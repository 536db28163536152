"""What layers need beside torch's modules. Its text goes into scripts that use it."""

from __future__ import annotations

import math
import sys

import torch
import torch.nn.functional as F
from torch import nn

from nnstudio.catalog.chance import MOVED, MOVES, NOISE
from nnstudio.catalog.entry import PARAMETER
from nnstudio.catalog.own import bring, own


class Parameter(nn.Module):
    """A tensor that is learnt by itself; a call gives the tensor."""

    def __init__(self, shape):  # type: ignore[no-untyped-def]
        super().__init__()
        self.value = nn.Parameter(torch.empty(*shape))

    def forward(self):  # type: ignore[no-untyped-def]
        return self.value


class RandomMoves(nn.Module):
    """Draw how each picture of a batch is moved: (N, 5) with mirrored, pixels right and down, degrees left, scale."""

    def __init__(self, flip, shift, turn, zoom):  # type: ignore[no-untyped-def]
        super().__init__()
        self.flip, self.shift, self.turn, self.zoom = flip, shift, turn, zoom

    def forward(self, x):  # type: ignore[no-untyped-def]
        height, width = x.shape[-2:]
        if self.training:
            drawn = 2.0 * torch.rand((x.shape[0], 5), dtype=x.dtype, device=x.device) - 1.0
        else:
            drawn = torch.zeros((x.shape[0], 5), dtype=x.dtype, device=x.device)
        mirrored = (drawn[:, 0] > 0).to(x.dtype) * float(self.flip)
        right, down = (drawn[:, 1] * self.shift * width).round(), (drawn[:, 2] * self.shift * height).round()
        return torch.stack([mirrored, right, down, drawn[:, 3] * self.turn, 1.0 + drawn[:, 4] * self.zoom], dim=1)


class Moved(nn.Module):
    """Move pictures (N, C, H, W) as (N, 5) numbers say: each place takes the number of where it came from, or the mean
    of the four around that point; the edge goes on beyond it. In evaluation pictures stay as they are.
    """

    def forward(self, x, moves):  # type: ignore[no-untyped-def]
        if not self.training:
            return x
        height, width = x.shape[-2:]
        mirrored, right, down, degrees, scale = moves.unbind(dim=1)
        cos, sin = torch.cos(degrees * (math.pi / 180.0)) / scale, torch.sin(degrees * (math.pi / 180.0)) / scale
        side, right, down = 1.0 - 2.0 * mirrored, 2.0 * right / width, 2.0 * down / height
        across, along = sin * (height / width), sin * (width / height)
        first = torch.stack([side * cos, -side * across, side * (across * down - cos * right)], dim=1)
        second = torch.stack([along, cos, -along * right - cos * down], dim=1)
        grid = F.affine_grid(torch.stack([first, second], dim=1), list(x.shape), align_corners=False)
        # Padding with the border is not there on every device; here it is the same as staying within it.
        edge = torch.tensor([1.0 - 1.0 / width, 1.0 - 1.0 / height], dtype=x.dtype, device=x.device)
        return F.grid_sample(x, torch.minimum(torch.maximum(grid, -edge), edge), align_corners=False)


class GaussianNoise(nn.Module):
    """Add normal noise while training."""

    def __init__(self, spread):  # type: ignore[no-untyped-def]
        super().__init__()
        self.spread = spread

    def forward(self, x):  # type: ignore[no-untyped-def]
        return x + self.spread * torch.randn_like(x) if self.training else x


assert (own(Parameter), own(RandomMoves), own(Moved), own(GaussianNoise)) == (PARAMETER, MOVES, MOVED, NOISE)
bring(sys.modules[Parameter.__module__])
