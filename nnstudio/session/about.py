"""What everything that goes home says of itself: seed, data, versions."""

from __future__ import annotations

import math
import platform
from typing import TYPE_CHECKING, Any

import nnstudio

if TYPE_CHECKING:
    from nnstudio.session.exports import Leaving


def about(leaving: Leaving) -> dict[str, Any]:
    """Return what is to be said of a network that goes home, as plain values."""
    import torch

    program, known = leaving.program, leaving.known
    params = program.data.dataset.params
    found: dict[str, Any] = {
        "title": program.title or "network",
        "made_with": f"NN Studio {nnstudio.__version__}",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "seed": program.seed,
        "trained": leaving.weights is not None,
        "parameters": sum(math.prod(start.shape) for start in program.starts),
        "data": program.data.dataset.kind,
    }
    if params.get("path"):
        found["file"] = str(params["path"]).replace("\\", "/").rpartition("/")[2]
    if params.get("fingerprint"):
        found["fingerprint"] = params["fingerprint"]
    if known is not None:
        found |= {"rows": known.rows, "data_mark": known.mark}
    if program.data.classes:
        found["classes"] = list(program.data.classes)
    else:
        found["targets"] = list(program.data.target_columns)
    return found


def lines_of(leaving: Leaving) -> list[str]:
    """The same in lines of text."""
    found = about(leaving)
    words = {"made_with": "made with", "data_mark": "mark of the data"}
    return [
        f"{words.get(name, name)}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in found.items()
    ]
