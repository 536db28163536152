"""The mean of every patch of an image."""

from __future__ import annotations

from nnstudio.catalog.convolution import pooling
from nnstudio.document.text import Text

ENTRY = pooling(
    id="avg_pool_2d",
    title=Text("Average pool 2d"),
    help=Text("Takes the mean of each patch: smaller and smoother."),
    formula="y = mean over each patch",
    backward="∂E/∂x = ∂E/∂y / size of the patch",
    function="torch.nn.functional.avg_pool2d",
    image=True,
    order=332,
)
