"""Layers of a single neuron between others."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.compile.findings.view import View, said
from nnstudio.compile.problems import Problem


def thin(view: View) -> Iterator[Problem]:
    """A layer of one number: all that goes on has to pass through it."""
    for node in view.layers:
        if view.width(node) == 1 and view.after(node) and view.kind(view.after(node)[0]).role == "layer":
            yield said(
                node.id,
                "{node} passes on a single number.",
                "All that the layers behind it learn has to go through it.",
                "Give it more units.",
                severity="note",
                node=node.name or node.id,
            )


FINDINGS = (thin,)
