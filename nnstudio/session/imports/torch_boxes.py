"""What the catalogue lacks stays as it is: operations of a module become a layer of the student's own files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from nnstudio.document.errors import ImportRefused
from nnstudio.document.text import Message, message
from nnstudio.session.imports.box_file import Box, kept_layer, made_again
from nnstudio.session.imports.draft import GIVEN, Draft
from nnstudio.session.imports.torch_names import function_called, name_of
from nnstudio.session.imports.torch_reading import Reading
from nnstudio.session.imports.torch_trace import Form

# A tensor that is not learnt stands in the file with its numbers; so many at most.
MOST_NUMBERS = 4096
# What is said of boxes stays said where what takes their result is boxed itself.
KEPT = ("import.boxed", "import.box_training")
# How many operations name a box that no class of the student's names.
NAMED = 3
# "x = None" behind a line frees memory where a graph is run; nobody wants to read it.
FREED = re.compile(r";\s+\w+(?: = \w+)* = None$", re.MULTILINE)


class Boxes(Reading):
    """Puts what is refused into boxes, with all that only leads there; ``whole`` are modules that become one each."""

    def __init__(
        self, draft: Draft, module: nn.Module, graph: fx.Graph, seen: Mapping[str, Any], whole: frozenset[str]
    ) -> None:
        super().__init__(draft, module, graph, seen)
        self.whole = whole
        self.boxes: list[Box] = []
        self._constant = _constants(graph, seen)
        self.refused: dict[str, tuple[Message, ...]] = {}
        # What learns in a box: the same operations on the same weights once more are that layer once more.
        self._holding: dict[str, Box] = {}

    def small_modules(self) -> frozenset[str]:
        """Return the modules without parts of their own in which something was refused: better one box than three."""
        owners = {self._owner(node) for node in self.graph.nodes if node.name in self.refused}
        return frozenset(path for path in owners if path and not any(self.modules[path].children()))

    def _owner(self, node: fx.Node) -> str:
        """The path of the module in which a function is called."""
        stack = node.meta.get("nn_module_stack") or {}
        inner = list(stack.values())[-1][0] if stack and node.op != "call_module" else ""
        return str(inner)

    def _tried(self, node: fx.Node) -> None:
        """Tell a node, or note that it was refused, with nothing left of the attempt."""
        draft = self.draft
        nodes, left, notes = len(draft.nodes), len(draft.left), len(draft.notes)
        if node in self._constant and node.op != "get_attr":
            draft.refuse(self._where(node), name_of(node.target), "import.why.own_tensor")
        elif self._owner(node) in self.whole and node.op != "get_attr":
            draft.refuse(self._where(node), name_of(node.target), "import.why.no_layer")
        elif node.op == "call_module" and self._held_by_box(str(node.target)):
            draft.refuse(self._where(node), str(node.target), "import.why.several")
        else:
            self._node(node)
        if len(draft.left) == left:
            return
        self.refused[node.name] = tuple(draft.left[left:])
        made = {one.id for one in draft.nodes[nodes:]} - {box.node for box in self.boxes}
        draft.nodes[:] = [one for one in draft.nodes if one.id not in made]
        self._made = {path: ids for path, ids in self._made.items() if not made.intersection(ids)}
        del draft.left[left:]
        draft.notes[notes:] = [note for note in draft.notes[notes:] if note.key in KEPT]
        self.values.pop(node.name, None)

    def _node(self, node: fx.Node) -> None:
        raise NotImplementedError

    def _lost(self, node: Any) -> bool:
        refused = isinstance(node, fx.Node) and node.name in self.refused and node.name not in self.values
        if refused and not (isinstance(self.seen[node.name], Form) and self._box(node)):
            # What takes it goes into a box with it.
            self.draft.left.extend(self.refused[node.name])
            return True
        return False

    def _box(self, end: fx.Node) -> bool:
        """Let one card be all operations that lead to a value and nowhere else, as far as they were refused."""
        region = self._region(end)
        inputs = [
            node for node in self.graph.nodes if node not in region and any(user in region for user in node.users)
        ]
        batch = self._shape(end)[:1]
        held = [node for node in region if node.op in ("get_attr", "call_module")]
        names = {str(node.target) for node in held}
        told = {path for path, nodes in self._made.items() if nodes}
        elsewhere = {name for name in names if name in told or name.rpartition(".")[0] in told}
        if elsewhere:
            return self._several(end, elsewhere)
        if not inputs or any(self._shape(node)[:1] != batch for node in inputs):
            return False
        values = tuple(self._value(node) for node in inputs)
        if any(node.name in self.refused and node.name not in self.values for node in inputs):
            return False
        parts = self._parts(held)
        if parts is None:
            return False
        where = next((path for path in self.whole if path == self._owner(end)), self._where(end))
        whole = where in self.whole
        said = type(self.modules[where]).__name__ if whole else self._said(region)
        tokens = tuple(bool(self.draft.tokens) and value == GIVEN for value in values)
        try:
            box = kept_layer(said, self._code(region, inputs, end), parts, tokens)
        except ImportRefused as error:
            self.draft.refuse(where, said, error.message)
            return False
        before = [self._holding.get(name) for name in sorted(names)]
        first = before[0] if before else None
        if any(before) and (first is None or any(one is not first for one in before) or first.entry.id != box.entry.id):
            return self._several(end, {name for name in names if name in self._holding})
        box = replace(box, node=self.draft.keep(box.entry, where, values, box.learnt))
        self.values[end.name] = box.node
        self.boxes.append(box)
        if first is not None:
            if box.learnt:
                self.draft.node(box.node).share(first.node)
            return True
        self._holding.update(dict.fromkeys(names, box))
        moves = {parameter.requires_grad for node in held for parameter in self._learnt(node)}
        if moves == {False}:
            self.draft.node(box.node).freeze()
        elif len(moves) == 2:
            self.draft.notes.append(message("import.partly_frozen", where=where))
        self.draft.notes.append(message("import.boxed", where=where, operations=said, file=box.file))
        owner = type(self.modules[self._owner(end)])
        if "self.training" in _source_of(owner):
            self.draft.notes.append(message("import.box_training", where=where, name=owner.__name__))
        return True

    def _held_by_box(self, path: str) -> bool:
        """Whether a box learns a weight of a module."""
        return any(name == path or name.rpartition(".")[0] == path for name in self._holding)

    def _several(self, end: fx.Node, names: set[str]) -> bool:
        """Say that operations use weights that something else uses as well: not boxed."""
        why = message("import.why.several")
        self.refused[end.name] = tuple(
            message("import.left", where=name, operation=self._said([end]), why=why) for name in sorted(names)
        )
        return False

    def _said(self, region: list[fx.Node]) -> str:
        """What operations do, and with which tensors of their own."""
        found = []
        for node in region:
            if node.op == "call_module":
                found.append(type(self.modules[str(node.target)]).__name__)
            elif node.op != "get_attr" and isinstance(self.seen[node.name], Form):
                found.append(name_of(function_called(node.target)))
        tensors = [str(node.target).rpartition(".")[2] for node in region if node.op == "get_attr"]
        return " ".join([", ".join(dict.fromkeys(found[:NAMED])) or "getitem", *tensors[:NAMED]])

    def _region(self, end: fx.Node) -> list[fx.Node]:
        region = {end}
        for node in reversed(list(self.graph.nodes)):
            if node in region or node.op in ("placeholder", "output") or not any(user in region for user in node.users):
                continue
            several = not isinstance(self.seen[node.name], Form)
            left = node.name in self.refused and node.name not in self.values
            alone = left and all(user in region for user in node.users)
            if node in self._constant or several or alone:
                region.add(node)
        return [node for node in self.graph.nodes if node in region]

    def _learnt(self, node: fx.Node) -> Iterable[nn.Parameter]:
        if node.op == "call_module":
            return tuple(self.modules[str(node.target)].parameters())
        value = self._held(node)
        return (value,) if isinstance(value, nn.Parameter) else ()

    def _held(self, node: fx.Node) -> Any:
        path, _, name = str(node.target).rpartition(".")
        return getattr(self.modules[path], name)

    def _parts(self, held: list[fx.Node]) -> dict[str, tuple[str, dict[str, np.ndarray]]] | None:
        """Of each module and tensor that a box holds: the line that makes it, and what it learns by its name behind
        that; None where one cannot be made.
        """
        found: dict[str, tuple[str, dict[str, np.ndarray]]] = {}
        for node in held:
            name = flat(str(node.target))
            if node.op == "call_module":
                made = made_again(self.modules[str(node.target)])
                if made is None:
                    return None
                found[name] = f"self.{name} = {made[0]}", made[1]
                continue
            value = self._held(node)
            if not isinstance(value, torch.Tensor):
                return None
            array = value.detach().numpy()
            shape = tuple(array.shape)
            if isinstance(value, nn.Parameter):
                found[name] = (f"self.{name} = nn.Parameter(torch.zeros({shape!r}))", {"": array})
            elif array.size <= MOST_NUMBERS:
                numbers = f"torch.tensor({array.ravel().tolist()!r}, dtype={value.dtype}).reshape({shape!r})"
                numbers = numbers.replace("inf", "torch.inf").replace("nan", "torch.nan")
                found[name] = (f'self.register_buffer("{name}", {numbers}, persistent=False)', {})
            else:
                return None
        return found

    def _code(self, region: list[fx.Node], inputs: list[fx.Node], end: fx.Node) -> tuple[str, Mapping[str, Any]]:
        """The operations as Python, with what they call by which name."""
        graph = fx.Graph()
        copies: dict[fx.Node, fx.Node] = {}
        for number, node in enumerate(inputs):
            copies[node] = graph.placeholder("x" if not number else f"x{number + 1}")
        held = sorted((node for node in region if node.op == "get_attr"), key=lambda node: str(node.target))
        for node in (*held, *(node for node in region if node.op != "get_attr")):
            target = flat(str(node.target)) if node.op in ("get_attr", "call_module") else node.target
            # Called by what it does, so that the same operations somewhere else are the same text.
            args: Any = fx.node.map_arg(node.args, copies.__getitem__)
            kwargs: Any = fx.node.map_arg(node.kwargs, copies.__getitem__)
            copies[node] = graph.create_node(node.op, target, args, kwargs, name_of(target).strip("_"))
        graph.output(copies[end])
        code = graph.python_code("self")
        return FREED.sub("", code.src).strip(), code.globals


def _constants(graph: fx.Graph, seen: Mapping[str, Any]) -> set[fx.Node]:
    """The values that are the same for every batch: learnt ones, and what is made of them and of sizes."""
    found: set[fx.Node] = set()
    for node in graph.nodes:
        if node.op not in ("placeholder", "output") and all(
            source in found or _plain(seen[source.name]) for source in node.all_input_nodes
        ):
            found.add(node)
    return found


def _plain(value: Any) -> bool:
    """Whether there is no tensor in a value."""
    if isinstance(value, list | tuple):
        return all(_plain(part) for part in value)
    return not isinstance(value, Form)


def _source_of(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return ""


def flat(path: str) -> str:
    """A path as the name of one attribute."""
    return "part_" + path.replace(".", "_")
