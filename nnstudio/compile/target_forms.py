"""In which form a loss compares with the data's own target, by the loss and the width of what is predicted."""

from __future__ import annotations

import math

from nnstudio.catalog.entry import Loss
from nnstudio.catalog.labels import labels_of
from nnstudio.compile.context import Context
from nnstudio.compile.mends import last_step, widen
from nnstudio.compile.program import Shape
from nnstudio.compile.shapes import BATCH
from nnstudio.compile.sizes import shape_text
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Choice
from nnstudio.document.values import Node as DocumentNode


def _form_of_steps(context: Context, node: DocumentNode, entry: Loss, shape: Shape, source: str) -> str | None:
    """Every step of a sequence has a class of its own: "steps", or None, with a problem."""
    table = context.table
    assert table is not None
    steps, classes = table.y.shape[1], len(table.classes)
    if entry.target != "index":
        context.problem(node.id, "loss.steps_class", loss=entry.title)
    elif len(shape) != 3 or shape[1] != steps:
        context.problem(node.id, "loss.steps", found=shape_text(shape), wanted=shape_text((BATCH, steps, classes)))
    elif shape[-1] != classes:
        mend_width = widen(context, source, classes)
        context.problem(node.id, "loss.width", found=shape_text(shape), wanted=classes, mend=mend_width)
    else:
        return "steps"
    return None


def target_form(context: Context, node: DocumentNode, entry: Loss, shape: Shape, source: str) -> str | None:
    """Return the form of the data's target that a loss compares with, or None, with a problem on its node."""
    table = context.table
    assert table is not None
    classes, width = len(table.classes), shape[-1] if len(shape) == 2 else -1
    if classes and table.y.ndim == 2:
        return _form_of_steps(context, node, entry, shape, source)
    if len(shape) > 2:
        context.problem(
            node.id,
            "loss.places",
            found=shape_text(shape),
            places=math.prod(shape[1:-1]),
            wanted=shape_text((BATCH, shape[-1])),
            mend=last_step(context, source),
        )
        return None
    data = context.of_role("data")[0].id
    if not classes and entry.bounds and context.target_scaling != "none":
        context.problem(
            node.id,
            "loss.scaled",
            loss=entry.title,
            low=entry.bounds[0],
            high=entry.bounds[1],
            mend=SetParam(data, ("target_scaling",), "none"),
        )
        return None
    if entry.target == "index":
        if not classes and context.target_scaling != "none" and labels_of(table.y):
            context.problem(
                node.id, "loss.scaled_classes", loss=entry.title, mend=SetParam(data, ("target_scaling",), "none")
            )
            return None
        if not classes:
            mend = SetParam(node.id, ("loss",), Choice("mse"))
            context.problem(node.id, "loss.needs_classes", loss=entry.title, mend=mend)
            return None
        if width != classes:
            context.problem(
                node.id, "loss.width", found=shape_text(shape), wanted=classes, mend=widen(context, source, classes)
            )
            return None
        return "index"
    if not classes:
        wanted = table.y.shape[1]
        if width != wanted:
            context.problem(
                node.id,
                "loss.width_values",
                found=shape_text(shape),
                wanted=wanted,
                mend=widen(context, source, wanted),
            )
            return None
        if entry.bounds and (table.y.min() < entry.bounds[0] or table.y.max() > entry.bounds[1]):
            context.problem(
                node.id,
                "loss.range",
                loss=entry.title,
                low=entry.bounds[0],
                high=entry.bounds[1],
                least=float(table.y.min()),
                most=float(table.y.max()),
                mend=SetParam(node.id, ("loss",), Choice("mse")),
            )
            return None
        return "values"
    # The shares of a single output are always 1: of two classes both are needed.
    single = classes == 2 and entry.expects != "log_probabilities"
    if width == 1 and single:
        return "column"
    if width == classes:
        return "one_hot"
    wanted = 1 if single else classes
    context.problem(node.id, "loss.width", found=shape_text(shape), wanted=wanted, mend=widen(context, source, wanted))
    return None
