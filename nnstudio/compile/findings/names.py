"""Checks of what the student calls things."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem


def too_many_names(view: View) -> Iterator[Problem]:
    """More names than a layer has neurons: the last ones are shown nowhere."""
    for node in view.layers:
        names = view.params(node).get("names") or ()
        shape = next(iter(view.lowered.shapes.get(node.id, {}).values()), ())
        # Channels of an image, features of a sequence and of a row.
        units = shape[1] if len(shape) == 4 else shape[-1] if len(shape) > 1 else 0
        if units and len(names) > units:
            fewer = mends(view.set(node, ("names",), tuple(names[:units])))
            yield finding("names.many", node.id, fewer, "note", count=len(names), units=units)


ORDER = 90
FINDINGS = (too_many_names,)
