"""A two-dimensional convolution with its activation."""

from __future__ import annotations

from nnstudio.catalog.convolution import convolution
from nnstudio.catalog.entry import Rule
from nnstudio.document.text import Text

ENTRY = convolution(
    id="conv_2d",
    title=Text("Conv 2d"),
    help=Text(
        "Slides small kernels over an image; the same weights look at every place. It computes a cross-correlation: "
        "the kernel is not flipped."
    ),
    module="torch.nn.Conv2d",
    rule=Rule(
        "z[k, i, j] = b[k] + Σ W[k, c, u, v]·x[c, i·s + u, j·s + v]",
        (
            "∂E/∂W[k, c, u, v] = Σ δ[k, i, j]·x[c, i·s + u, j·s + v]",
            "∂E/∂b[k] = Σ δ[k, i, j]",
            "∂E/∂x = δ spread back through W",
        ),
    ),
    image=True,
    order=300,
)
