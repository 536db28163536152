"""The greatest value of every patch of an image."""

from __future__ import annotations

from nnstudio.catalog.convolution import pooling
from nnstudio.document.text import Text

ENTRY = pooling(
    id="max_pool_2d",
    title=Text("Max pool 2d"),
    help=Text("Keeps the greatest value of each patch: smaller, and less careful about the exact place."),
    formula="y = max over each patch",
    backward="∂E/∂x = ∂E/∂y at the winner, else 0",
    function="torch.nn.functional.max_pool2d",
    image=True,
    order=330,
)
