"""The mean of every patch along a line."""

from __future__ import annotations

from nnstudio.catalog.convolution import pooling
from nnstudio.document.text import Text

ENTRY = pooling(
    id="avg_pool_1d",
    title=Text("Average pool 1d"),
    help=Text("Takes the mean of each patch: smaller and smoother."),
    formula="y = mean over each patch",
    backward="∂E/∂x = ∂E/∂y / size of the patch",
    function="torch.nn.functional.avg_pool1d",
    image=False,
    order=322,
)
