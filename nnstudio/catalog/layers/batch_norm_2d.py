"""Batch normalization of an image's channels."""

from __future__ import annotations

from nnstudio.catalog.entry import Port
from nnstudio.catalog.norms import batch_norm
from nnstudio.document.text import Text

ENTRY = batch_norm(
    id="batch_norm_2d",
    title=Text("Batch norm 2d"),
    help=Text(
        "Brings every channel, over batch, height and width, to mean 0 and spread 1, then scales by γ and shifts by β."
    ),
    module="torch.nn.BatchNorm2d",
    port=Port("x", Text("image"), ranks=(4,)),
    order=340,
)
