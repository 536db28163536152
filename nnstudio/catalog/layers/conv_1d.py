"""A one-dimensional convolution with its activation."""

from __future__ import annotations

from nnstudio.catalog.convolution import convolution
from nnstudio.catalog.entry import Rule
from nnstudio.document.text import Text

ENTRY = convolution(
    id="conv_1d",
    title=Text("Conv 1d"),
    help=Text(
        "Slides small kernels along a line. It wants channels first: put a Permute in front of a sequence N × T × D."
    ),
    module="torch.nn.Conv1d",
    rule=Rule(
        "z[k, i] = b[k] + Σ W[k, c, u]·x[c, i·s + u]",
        ("∂E/∂W[k, c, u] = Σ δ[k, i]·x[c, i·s + u]", "∂E/∂b[k] = Σ δ[k, i]", "∂E/∂x = δ spread back through W"),
    ),
    image=False,
    order=290,
)
