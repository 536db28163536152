"""A figure of a network for paper: a box for every layer, in columns from what goes in to what comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudio.catalog.registry import family
from nnstudio.compile.program import references
from nnstudio.session.exports import Leaving

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

DATA, LOSS = "(data)", "(loss)"


@dataclass(frozen=True)
class Box:
    """A layer: its name, what stands below it, and where it stands, in columns and rows of boxes."""

    name: str
    lines: tuple[str, ...]
    column: float
    row: float
    # "data", "layer" or "loss".
    role: str = "layer"


@dataclass(frozen=True)
class Figure:
    """Boxes by their nodes, and which lead to which; ``said`` stands below them all."""

    boxes: dict[str, Box]
    wires: tuple[tuple[str, str], ...]
    said: str

    @property
    def columns(self) -> int:
        return 1 + round(max(box.column for box in self.boxes.values()))

    @property
    def rows(self) -> float:
        return 1 + max(box.row for box in self.boxes.values())


def figure_of(leaving: Leaving) -> Figure:
    """Return the figure of a network."""
    from nnstudio.session.about import about

    program, found = leaving.program, about(leaving)
    wires = _wires(program)
    nodes = [DATA, *dict.fromkeys(step.node for step in program.model.steps if step.node), LOSS]
    nodes = [node for node in nodes if node in {end for wire in wires for end in wire}]
    depth = _depths(nodes, wires)
    shapes = _shapes(leaving)
    counts: dict[str, int] = {}
    for start in program.starts:
        counts[start.node] = counts.get(start.node, 0) + math.prod(start.shape)
    kinds = {node: _kind([step.target for step in program.model.steps if step.node == node]) for node in nodes}
    kinds[LOSS] = next((_word(step.target) for step in program.criterion.steps if step.node), "")
    kinds[DATA] = family("datasets")[program.data.dataset.kind].title()
    titles = {DATA: "Data", LOSS: "Loss"}
    boxes = {}
    for column in sorted(set(depth.values())):
        inside = [node for node in nodes if depth[node] == column]
        for row, node in enumerate(inside):
            name = titles.get(node) or program.titles.get(node, node)
            count = f"{counts[node]:,} parameters" if counts.get(node) else ""
            lines = [line for line in (kinds[node], shapes.get(node, ""), count) if line and line != name]
            role = {DATA: "data", LOSS: "loss"}.get(node, "layer")
            boxes[node] = Box(name, tuple(lines), column, row - (len(inside) - 1) / 2, role)
    low = min(box.row for box in boxes.values())
    boxes = {name: Box(b.name, b.lines, b.column, b.row - low, b.role) for name, b in boxes.items()}
    said = f"{found['parameters']:,} parameters, seed {found['seed']}, {found['made_with']}, PyTorch {found['torch']}"
    return Figure(boxes, wires, said)


def _kind(targets: list[str]) -> str:
    """What a layer is, in a word, where it has one module: Linear; "" of blocks and plain functions."""
    modules = [_word(target) for target in targets if target.startswith("torch.nn.") and _word(target)[:1].isupper()]
    return modules[0] if len(modules) == 1 else ""


def _word(target: str) -> str:
    return target.rpartition(".")[2].replace("_", " ")


def _wires(program: Program) -> tuple[tuple[str, str], ...]:
    """Which nodes lead to which, each pair once, in order."""
    owner = dict.fromkeys(program.model.inputs, DATA)
    wires: dict[tuple[str, str], None] = {}
    for step in program.model.steps:
        sources = {owner[name] for name in references((*step.args, *step.kwargs.values())) if name in owner}
        # What belongs to no node, such as the parts of several inputs, is the data's.
        here = step.node or next(iter(sources), DATA)
        for source in sources:
            if source != here:
                wires[source, here] = None
        owner[step.name] = here
    for name in program.model.outputs:
        wires[owner.get(name, DATA), LOSS] = None
    return tuple(wires)


def _depths(nodes: list[str], wires: tuple[tuple[str, str], ...]) -> dict[str, int]:
    """How many layers lie in front of each node, along the longest way."""
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, goal in wires:
            depth[goal] = max(depth[goal], depth[source] + 1)
        if all(depth[goal] > depth[source] for source, goal in wires):
            break
    return depth


def _shapes(leaving: Leaving) -> dict[str, str]:
    """What every node gives, in words: N × 16."""
    import torch
    from torch import fx

    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.recorder import Recorder
    from nnstudio.engine.whole import raw_samples, whole
    from nnstudio.session.export import start_weights

    program = leaving.program
    known = leaving.known or fitted(program)
    asked = whole(program, leaving.weights or start_weights(program), known)
    x = raw_samples(program, known)[:2]
    network = asked.network
    assert isinstance(network, fx.GraphModule)
    recorder = Recorder(network, retain=False)
    with torch.no_grad():
        if program.data.graph:
            given = {"x": asked.nodes, "adjacency": asked.adjacency, "rows": x}
            recorder.run(*(given[name] for name in program.model.inputs))
        else:
            recorder.run(asked.prepared(x))
    shapes = {DATA: _words(tuple(known.shape))}
    for step in program.model.steps:
        value = recorder.seen.get(step.name)
        if step.node and value is not None and value.ndim:
            shapes[step.node] = _words(tuple(value.shape[1:]))
    return shapes


def _words(shape: tuple[int, ...]) -> str:
    return " × ".join(["N", *map(str, shape)])
