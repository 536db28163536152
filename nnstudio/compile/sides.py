"""What data gives beside its samples: further inputs of a table that holds several, and the edges of a graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnstudio.catalog.entry import Side, Table
from nnstudio.compile.context import Context
from nnstudio.compile.program import Step, Value
from nnstudio.compile.shapes import BATCH
from nnstudio.document.edits import AddNode, fresh_id
from nnstudio.document.values import Node as DocumentNode
from nnstudio.document.values import Params

APART = 150.0


def numbers_of(table: Table) -> int:
    """How many features stand in the row of numbers."""
    return table.sides[0].start if table.sides else int(table.x.shape[1])


def further(table: Table) -> tuple[Side, ...]:
    """The inputs that Input nodes bring: all but the first where there are no numbers, which the Data node gives."""
    return table.sides if not table.sides or numbers_of(table) else table.sides[1:]


def lower_numbers(context: Context, node: DocumentNode, table: Table) -> None:
    """What the Data node gives of a table with several inputs."""
    kinds = {kind.role: kind for kind in context.kinds.values()}
    count = numbers_of(table)
    context.steps[node.id] = []
    if count:
        name = context.new_name(f"{node.id}_numbers", "numbers")
        # No layer owns the step: what a card shows of the data are its samples.
        context.steps[node.id].append(Step(name, "", "torch.narrow", (Value("x"), 1, 0, count), {}))
        context.values[node.id, "x"] = name
        context.shapes[node.id]["x"] = (BATCH, count)
    else:
        _give(context, node, table.sides[0], "")
    taken = claimed(context, table)
    kind, after = kinds["input"].id, context.document
    for place, side in enumerate(one for one in further(table) if one.name not in taken.values()):
        free = (node.position[0], node.position[1] + APART * (place + 1))
        mend = AddNode(kind, fresh_id(after, kind), free, Params({"column": side.name}))
        # All of them may be added, one after the other.
        after = replace(after, nodes=(*after.nodes, DocumentNode(mend.id, kind)))
        context.problem(node.id, "input.unused", severity="warning", column=side.name, mend=mend)


def claimed(context: Context, table: Table) -> dict[str, str]:
    """Which input each Input node brings, by its id; none where none is left."""
    nodes = context.of_role("input")
    free = [side.name for side in further(table)]
    found: dict[str, str] = {}
    for named in (True, False):
        for node in nodes:
            column = str(node.params.get("column") or "")
            if bool(column) == named:
                column = column or next((name for name in free if name not in found.values()), "")
                found[node.id] = column
    return found


def lower_input(context: Context, node: DocumentNode, table: Table) -> None:
    """What an Input node gives."""
    column = claimed(context, table).get(node.id, "")
    side = next((side for side in table.sides if side.name == column), None)
    if side is None:
        there = ", ".join(side.name for side in further(table))
        key = "input.none" if not table.sides else "input.unknown" if column else "input.left"
        context.problem(node.id, key, column=column, there=there)
        return
    _give(context, node, side, node.id)


def lower_edges(context: Context, node: DocumentNode, table: Table) -> None:
    """The adjacency matrix of the data's graph: the one value that is shared by all samples."""
    if table.adjacency is None:
        context.problem(node.id, "edges.none")
        return
    context.shapes[node.id] = {"adjacency": (BATCH, BATCH)}
    context.axes[node.id] = "N"
    context.values[node.id, "adjacency"] = "adjacency"


def _give(context: Context, node: DocumentNode, side: Side, owner: str) -> None:
    """Write the steps by which an input is taken out of a sample, in its own form."""
    base = context.new_name(node.name or node.id if owner else f"{node.id}_{side.name}", "input")
    steps: list[tuple[str, tuple[Any, ...]]] = [("torch.narrow", (1, side.start, side.size))]
    if len(side.shape) > 1:
        steps.append(("torch.reshape", ((-1, *side.shape),)))
    if side.tokens:
        steps.append(("torch.Tensor.long", ()))
    given, found = "x", []
    for number, (target, args) in enumerate(steps):
        name = base if number == len(steps) - 1 else context.new_name(f"{base}_part", "part")
        found.append(Step(name, owner, target, (Value(given), *args), {}))
        given = name
    context.steps[node.id] = [*context.steps.get(node.id, []), *found]
    context.values[node.id, "x"] = base
    context.shapes.setdefault(node.id, {})["x"] = (BATCH, *side.shape)
    context.axes[node.id] = side.axes
    context.tokens[base] = side.tokens
