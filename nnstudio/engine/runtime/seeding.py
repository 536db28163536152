"""Random streams with names."""

from __future__ import annotations

import hashlib
from typing import Any

import torch


def stream(seed: int, *path: Any) -> torch.Generator:
    """Return a random generator of its own for a named purpose, such as one layer's weights.

    The same seed and path give the same numbers, whatever else the program draws.
    """
    digest = hashlib.sha256("/".join(str(part) for part in (seed, *path)).encode("utf-8")).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)
