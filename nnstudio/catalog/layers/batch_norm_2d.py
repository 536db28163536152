"""Batch normalization of an image's channels."""

from __future__ import annotations

from nnstudio.catalog.entry import Port
from nnstudio.catalog.norms import batch_norm
from nnstudio.document.text import Text

ENTRY = batch_norm(
    id="batch_norm_2d",
    title=Text("Batch norm 2d", "二维批归一化"),
    help=Text("Brings every channel, over batch, height and width, to mean 0 and spread 1, then scales by γ and shifts by β.",
              "对每个通道在批、高、宽上化为均值 0、标准差 1，再乘 γ 加 β。"),
    module="torch.nn.BatchNorm2d",
    port=Port("x", Text("image", "图像"), ranks=(4,)),
    order=340,
)
