"""Batch normalization of features or of channels along a line."""

from __future__ import annotations

from nnstudio.catalog.entry import Port
from nnstudio.catalog.norms import batch_norm
from nnstudio.document.text import Text

ENTRY = batch_norm(
    id="batch_norm_1d",
    title=Text("Batch norm"),
    help=Text(
        "Brings every column of the batch to mean 0 and spread 1, then scales by γ and shifts by β. In evaluation it "
        "uses running statistics."
    ),
    module="torch.nn.BatchNorm1d",
    port=Port("x", Text("input"), ranks=(2, 3)),
    order=40,
)
