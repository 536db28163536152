"""What is wrong with a network, where, why, and what to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from nnstudio.document.edits import Edit
from nnstudio.document.groups import SEPARATOR, Inside
from nnstudio.document.text import Message

# Where edits and the wires in them are defined.
EDITS = ("nnstudio.document.edits", "nnstudio.document.values")


def local_edit(edit: Edit, node: str) -> Edit | None:
    """Turn an edit made for the flat form into one inside the group that a node lies in; None where it cannot be."""
    *path, _ = node.split(SEPARATOR)
    prefix = SEPARATOR.join((*path, ""))

    def local(value: Any) -> Any:
        if isinstance(value, str):
            return value.removeprefix(prefix)
        if isinstance(value, tuple):
            return tuple(local(item) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith(EDITS):
            return dataclasses.replace(
                value, **{f.name: local(getattr(value, f.name)) for f in dataclasses.fields(value)}
            )
        return value

    changed = local(edit)
    return None if SEPARATOR in repr(changed) else Inside(tuple(path), changed)


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
