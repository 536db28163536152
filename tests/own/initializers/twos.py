"""Everything begins at two."""

from __future__ import annotations

import torch

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.catalog.own import own
from nnstudio.document.text import Text


def twos_(tensor):
    """Fill with 2."""
    with torch.no_grad():
        return tensor.fill_(2.0)


ENTRY = Initializer(
    id="twos",
    title=Text("Twos"),
    help=Text("Every weight begins at 2."),
    formula="w = 2",
    call=lambda p: Call("w", own(twos_), (Ref("tensor"),)),
    tags=frozenset({"even"}),
)
