"""Networks that were built in Python, as students and papers build them; as a script it writes them as ONNX files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """A sum around two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.relu(x + self.second(F.gelu(self.first(x)))))


class LeNet(nn.Module):
    """LeCun's network with functions where others have modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.fc3(F.dropout(F.relu(self.fc2(F.relu(self.fc1(x)))), 0.3, self.training)), dim=1)


class Block(nn.Module):
    """The basic block of He et al. 2015."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
        self.relu = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
        self.downsample = (
            nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
            if stride > 1 or before != after
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        aside = x if self.downsample is None else self.downsample(x)
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += aside
        return self.relu(y)


class ResNet18(nn.Module):
    """Eighteen layers in four stages, here a quarter as wide."""

    def __init__(self, wide: int = 16) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, wide, 7, 2, 3, bias=False), nn.BatchNorm2d(wide)
        self.relu, self.maxpool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        for number in range(4):
            before, after = wide * 2 ** max(0, number - 1), wide * 2**number
            stage = nn.Sequential(Block(before, after, 1 + (number > 0)), Block(after, after, 1))
            setattr(self, f"layer{number + 1}", stage)
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(wide * 8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Branches(nn.Module):
    """Kernels that are wider than high, pools whose last patch lies outside in part, and their results side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.high = nn.Conv2d(3, 4, (1, 5), padding=(0, 2)), nn.Conv2d(3, 4, (5, 1), padding=(2, 0))
        self.strided = nn.Conv2d(8, 6, (3, 2), stride=(2, 1))
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.last = nn.AdaptiveMaxPool2d(2)
        self.fc = nn.Linear(24, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cat([self.wide(x), self.high(x)], 1)
        return self.fc(self.last(self.pool(F.hardtanh(self.strided(x)))).flatten(1))


class Squeeze(nn.Module):
    """A weight for every channel (Hu et al. 2017), kernels for each channel, and a learnt scale as in ConvNeXt."""

    def __init__(self) -> None:
        super().__init__()
        self.expand, self.bn = nn.Conv2d(3, 12, 1), nn.BatchNorm2d(12)
        self.depth = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.down, self.up = nn.Conv2d(12, 3, 1), nn.Conv2d(3, 12, 1)
        self.scale = nn.Parameter(torch.rand(12, 1, 1))
        self.fc = nn.Linear(12, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.depth(F.relu6(self.bn(self.expand(x))))
        gate = F.hardsigmoid(self.up(F.silu(self.down(x.mean((2, 3), keepdim=True)))))
        x = F.hardswish(x * gate) * self.scale
        return self.fc(x.mean([2, 3]))


class Shuffled(nn.Module):
    """Half of the channels go on as they are; then the two halves are dealt out in turn (Ma et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.side = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(4, 4, 3, 1, 1)
        self.shuffle, self.fc = nn.ChannelShuffle(2), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = self.first(x).chunk(2, dim=1)
        x = self.shuffle(torch.cat((a, F.leaky_relu(self.side(b), 0.1)), dim=1))
        return self.fc(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1))


class Reads(nn.Module):
    """A recurrent layer of which the last state is taken, in one of the ways in which people write that."""

    def __init__(self, kind: Any, way: str) -> None:
        super().__init__()
        self.reads, self.out, self.way = kind(5, 7, 2, batch_first=True), nn.Linear(7, 3), way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, last = self.reads(x)
        if self.way == "place":
            return self.out(states[:, -1])
        if self.way == "state":
            return self.out(last[-1])
        if self.way == "cell":
            return self.out(last[0][-1])
        return self.out(states)


class Encoder(nn.Module):
    """A transformer's encoder on tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, 0.1, batch_first=True, activation="gelu")
        self.encoder, self.out = nn.TransformerEncoder(layer, 2), nn.Linear(16, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.encoder(self.words(x)).mean(1))


class Attends(nn.Module):
    """Self-attention of the module alone, norms and a class for every step."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.norm = nn.MultiheadAttention(8, 2, batch_first=True), nn.LayerNorm(8)
        self.out = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen, _ = self.attention(x, x, x)
        return self.out(self.norm(x + seen))


def _autoencoder() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1),
        nn.ELU(),
        nn.GroupNorm(2, 4),
        nn.ConvTranspose2d(4, 4, 2, 2),
        nn.Upsample(scale_factor=2, mode="nearest"),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 1, 3, padding="same"),
        nn.Sigmoid(),
    )


def _plain() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 3))


def images(channels: int, side: int) -> torch.Tensor:
    """Four pictures of random numbers."""
    return torch.from_numpy(np.random.default_rng(0).standard_normal((4, channels, side, side)).astype("float32"))


def rows(*shape: int) -> torch.Tensor:
    """Random numbers."""
    return torch.from_numpy(np.random.default_rng(1).standard_normal(shape).astype("float32"))


TOKENS = torch.from_numpy(np.random.default_rng(2).integers(0, 20, (4, 7)))
ZOO: dict[str, tuple[Callable[[], nn.Module], torch.Tensor]] = {
    "plain": (_plain, rows(5, 4)),
    "residual": (Residual, rows(5, 6)),
    "lenet": (LeNet, images(1, 28)),
    "resnet18": (ResNet18, images(3, 64)),
    "branches": (Branches, images(3, 21)),
    "squeeze": (Squeeze, images(3, 12)),
    "shuffled": (Shuffled, images(3, 16)),
    "lstm-place": (lambda: Reads(nn.LSTM, "place"), rows(4, 9, 5)),
    "lstm-cell": (lambda: Reads(nn.LSTM, "cell"), rows(4, 9, 5)),
    "gru-state": (lambda: Reads(nn.GRU, "state"), rows(4, 9, 5)),
    "rnn-every": (lambda: Reads(nn.RNN, "every"), rows(4, 9, 5)),
    "encoder": (Encoder, TOKENS),
    "attends": (Attends, rows(4, 6, 8)),
    "autoencoder": (_autoencoder, images(1, 8)),
}
# Left out is what PyTorch's exporter cannot write, or writes as operators that mean the same: a loop is unrolled,
# several ways of attention are in onnx_zoo.
WRITTEN = ("plain", "residual", "lenet", "resnet18", "squeeze", "shuffled", "lstm-place", "lstm-cell",
           "encoder", "attends", "gru-state", "autoencoder")  # fmt: skip


def made(name: str) -> tuple[nn.Module, torch.Tensor]:
    """Return a network with weights from a seed, in use, and samples for it."""
    torch.manual_seed(5)
    make, samples = ZOO[name]
    module = make()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            # As after training: statistics that are not 0 and 1.
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 2.0)
    return module.eval(), samples


def main(folder: Path) -> None:
    """Write all of them as ONNX files, with samples and answers beside."""
    for name in WRITTEN:
        module, samples = made(name)
        path = folder / f"{name}.onnx"
        shape: Any = ({0: "batch"},)
        torch.onnx.export(
            module, (samples,), str(path), dynamo=True, dynamic_shapes=shape, external_data=False, verbose=False
        )
        with torch.no_grad():
            np.savez(folder / f"{name}.npz", x=samples.numpy(), y=module(samples).numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
