"""Turn any name a student types into a Python identifier that is safe and unique."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

import torch
import torch.fx

# Names that the script itself uses.
_SCRIPT = """
self torch nn F np x y data model criterion optimizer schedule seed epochs stream forward training train eval main
network check check_value first numbers optimizers memory group lr p TOLERANCE Optimizers Schedules
y_one_hot y_column said_yes is_yes said_class true_class total_loss rows adjacency limits operator
"""

# A layer named like an attribute of the module that holds it would hide that attribute.
_MODULE = {*dir(torch.nn.Module()), *dir(torch.fx.GraphModule({}, torch.fx.Graph()))}

RESERVED = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *_SCRIPT.split(), *_MODULE])


def identifier(name: str, fallback: str, taken: Iterable[str] = ()) -> str:
    """Return an ASCII identifier like ``name``, not a keyword, not a builtin and not in ``taken``.

    Chinese and other letters without an ASCII form are left out; when nothing is left, ``fallback`` serves.
    """
    ascii_text = unicodedata.normalize("NFKC", name).encode("ascii", "ignore").decode("ascii")
    word = re.sub(r"[^0-9a-zA-Z]+", "_", ascii_text).strip("_").lower()[:40]
    if not word or not re.search(r"[a-z]", word):
        word = fallback
    if word[0].isdigit():
        word = f"{fallback}_{word}"
    used = set(taken)
    if word in RESERVED:
        word += "_"
    candidate, number = word, 2
    while candidate in used:
        candidate = f"{word.rstrip('_')}_{number}"
        number += 1
    return candidate
