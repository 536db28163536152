"""Networks of which exporters take attention, GELU or directions apart; as a script it writes them as ONNX files."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.session.zoo import rows


class Own(nn.Module):
    """Attention as a student writes it: four layers and two products; ``fused`` has one layer for all three."""

    def __init__(self, how: str = "plain", scale: float = 0.5) -> None:
        super().__init__()
        self.fused, self.how, self.scale = how != "plain", how, scale
        self.into = nn.Linear(5, 8)
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.qkv, self.o = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.into(x)
        count, steps, width = x.shape
        parts = self.qkv(x).split(8, -1) if self.fused else (self.q(x), self.k(x), self.v(x))
        q, k, v = (part.view(count, steps, 2, 4).transpose(1, 2) for part in parts)
        if self.how == "causal":
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            mixed = torch.softmax(q @ k.transpose(-2, -1) * self.scale, -1) @ v
        return self.o(mixed.transpose(1, 2).reshape(count, steps, width))


class Masked(nn.Module):
    """The module of PyTorch's with a mask of what lies ahead, and a sum around it."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.attend, self.out = (
            nn.Linear(5, 8),
            nn.MultiheadAttention(8, 2, batch_first=True),
            nn.Linear(8, 3),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.into(x)
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        y = self.attend(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)[0]
        return self.out(F.gelu(x + y))


class StepsFirst(nn.Module):
    """An encoder that takes steps first, as PyTorch's did at the beginning."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.into, self.out = nn.Linear(5, 8), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.encoder(self.into(x.transpose(0, 1))).mean(0))


class BothWays(nn.Module):
    """A recurrent layer in both directions, of which every step, both ends or the last place is looked at."""

    def __init__(self, kind: Any, way: str, layers: int = 1) -> None:
        super().__init__()
        self.read, self.out = kind(5, 6, layers, batch_first=True, bidirectional=True), nn.Linear(12, 3)
        self.way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, ends = self.read(x)
        if isinstance(ends, tuple):
            ends = ends[0]
        if self.way == "every":
            return self.out(states)
        if self.way == "ends":
            return self.out(torch.cat([ends[-2], ends[-1]], 1))
        if self.way == "turned":
            return self.out(ends.transpose(0, 1).flatten(1))
        return self.out(states[:, -1])


SAMPLES = rows(4, 9, 5)
ZOO: dict[str, Callable[[], nn.Module]] = {
    "own": Own,
    "fused": lambda: Own("fused"),
    "causal": lambda: Own("causal"),
    "masked": Masked,
    "steps": StepsFirst,
    # Not divided by the root of the width: no layer here does that.
    "unlike": lambda: Own(scale=0.7),
    "lstm-every": lambda: BothWays(nn.LSTM, "every"),
    "lstm-ends": lambda: BothWays(nn.LSTM, "ends", 2),
    "lstm-turned": lambda: BothWays(nn.LSTM, "turned"),
    "gru-place": lambda: BothWays(nn.GRU, "place"),
    "gru-ends": lambda: BothWays(nn.GRU, "ends"),
    "rnn-every": lambda: BothWays(nn.RNN, "every", 2),
}
# The exporters: the one of today, with operators that know attention, and the one of before.
WAYS: dict[str, dict[str, Any]] = {
    "today": {"dynamo": True, "dynamic_shapes": ({0: "batch"},), "external_data": False},
    "attention": {"dynamo": True, "dynamic_shapes": ({0: "batch"},), "external_data": False, "opset_version": 23},
    "before": {"dynamo": False, "dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]},
}
# Recurrent layers are taken apart by today's exporter where they go both ways; operators know attention where it is
# called by its name.
WRITTEN = [
    (name, way)
    for name in ZOO
    for way in WAYS
    if way == "before" or ("-" not in name and (way == "today" or name in ("causal", "masked")))
]


def main(folder: Path) -> None:
    """Write all of them, and the samples."""
    warnings.simplefilter("ignore")
    np.save(folder / "x.npy", SAMPLES.numpy())
    for name, way in WRITTEN:
        torch.manual_seed(5)
        module = ZOO[name]().eval()
        for parameter in module.parameters():
            # As after training: no two alike, and none that an exporter leaves out because it is 0.
            nn.init.normal_(parameter, std=0.4)
        torch.onnx.export(module, (SAMPLES,), str(folder / f"{name}-{way}.onnx"), verbose=False, **WAYS[way])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
