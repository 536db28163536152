"""What is wrong with a network, where, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.document.edits import Edit
from nnstudio.document.text import Message


@dataclass(frozen=True)
class Problem:
    """A finding on a node ("" for the whole network); ``mend`` is an edit that repairs it, if there is one.

    ``severity`` is "error" (the network cannot run), "warning" (something unfinished beside the network) or "note".
    """

    node: str
    what: Message
    why: Message
    remedy: Message
    mend: Edit | None = None
    severity: str = "error"
