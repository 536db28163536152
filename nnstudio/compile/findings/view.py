"""What a check may ask of a lowered network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnstudio.catalog.entry import Entry, Layer, Loss, Node, Table
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.tables import dataset_of, table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.compile.lower import Lowered
from nnstudio.compile.problems import Problem, local_edit
from nnstudio.compile.target_scaling import AUTO, NONE
from nnstudio.document.edits import Edit, SetParam, Together
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField, complete
from nnstudio.document.groups import SEPARATOR
from nnstudio.document.text import message
from nnstudio.document.values import Choice, Params
from nnstudio.document.values import Node as DocumentNode


def finding(key: str, node: str, mend: Edit | None = None, severity: str = "warning", **args: Any) -> Problem:
    """Make a problem from its key: what, why and remedy are in the table of messages."""
    what, why, remedy = (message(f"{key}.{part}", **args) for part in ("what", "why", "remedy"))
    return Problem(node, what, why, remedy, mend, severity)


def said(
    node: str, what: str, why: str, remedy: str, /, mend: Edit | None = None, severity: str = "warning", **args: Any
) -> Problem:
    """Make a problem from its three sentences in English, with arguments by name."""
    return Problem(node, message(what, **args), message(why, **args), message(remedy, **args), mend, severity)


def mends(*edits: Edit) -> Edit | None:
    """Several edits as one mend; inside a group they are made there. None when they lie in different groups."""
    if not edits:
        return None
    return Together(edits, message("edit.mend"))


@dataclass
class View:
    """A lowered network with its settings completed."""

    lowered: Lowered
    _params: dict[str, Params] = field(default_factory=dict)

    @cached_property
    def layers(self) -> list[DocumentNode]:
        """The layers that a loss depends on, in document order."""
        return [n for n in self.lowered.flat.nodes if isinstance(self.kind(n), Layer) and n.id in self.used]

    @cached_property
    def losses(self) -> list[DocumentNode]:
        """The loss nodes."""
        return self.of_role("loss")

    @cached_property
    def used(self) -> set[str]:
        """Every node that leads to a loss."""
        seen: set[str] = set()
        stack = [node.id for node in self.losses]
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack.extend(wire.source for wire in self.lowered.flat.wires_into[here])
        return seen

    @cached_property
    def training(self) -> Params:
        """The settings of the run."""
        try:
            return complete(TRAINING_FIELDS, self.lowered.document.training, CATALOG)
        except StudioError:
            return complete(TRAINING_FIELDS, Params(), CATALOG)

    @cached_property
    def data(self) -> DocumentNode | None:
        """The Data node."""
        return next(iter(self.of_role("data")), None)

    @cached_property
    def labels(self) -> str:
        """How targets that are numbers tell classes, where the loss takes them for such."""
        return self.lowered.program.data.labels if self.lowered.program is not None else ""

    @cached_property
    def target_scaling(self) -> str:
        """How targets that are numbers are scaled."""
        if self.lowered.program is not None:
            return self.lowered.program.data.target_scaling
        found = str(self.params(self.data).get("target_scaling", NONE)) if self.data is not None else NONE
        return NONE if found == AUTO else found

    @cached_property
    def table(self) -> Table | None:
        """The samples as a run takes them, if they can be read."""
        return labelled(self.read, self.labels) if self.read is not None else None

    @cached_property
    def read(self) -> Table | None:
        """The samples as they were read, if they can be."""
        if self.data is None:
            return None
        try:
            return table_of(dataset_of(self.params(self.data)))
        except (StudioError, OSError, ValueError, MemoryError, KeyError):
            return None

    def of_role(self, role: str) -> list[DocumentNode]:
        """Nodes whose kind plays a role."""
        return [n for n in self.lowered.flat.nodes if (kind := self.kind(n)) is not None and kind.role == role]

    def kind(self, node: DocumentNode) -> Node | None:
        """The entry of a node's kind."""
        return node_kinds().get(node.kind)

    def params(self, node: DocumentNode) -> Params:
        """A node's settings, completed; {} where they cannot be used (that is said already)."""
        if node.id not in self._params:
            kind = self.kind(node)
            try:
                self._params[node.id] = complete(kind.fields, node.params, CATALOG) if kind is not None else Params()
            except StudioError:
                self._params[node.id] = Params()
        return self._params[node.id]

    def chosen(self, node: DocumentNode, family_name: str) -> Iterator[tuple[str, Entry, Params]]:
        """Yield (field, entry, its settings) of a node's choices from a family."""
        kind = self.kind(node)
        for spec in kind.fields if kind is not None else ():
            if isinstance(spec, ChoiceField) and spec.family == family_name:
                choice = self.params(node).get(spec.name)
                if isinstance(choice, Choice):
                    yield spec.name, family(family_name)[choice.kind], choice.params

    def activation(self, node: DocumentNode) -> tuple[str, Entry] | None:
        """The field and the entry of a node's activation."""
        return next(((name, entry) for name, entry, _ in self.chosen(node, "activations")), None)

    def loss(self, node: DocumentNode) -> tuple[str, Loss] | None:
        """The field and the entry of a Loss node."""
        return next(((name, entry) for name, entry, _ in self.chosen(node, "losses") if isinstance(entry, Loss)), None)

    def takes_target(self, node: DocumentNode) -> bool:
        """Whether a Loss node compares with the data's own target."""
        wire = next((wire for wire in self.lowered.flat.wires_into[node.id] if wire.target_port == "target"), None)
        return wire is None or (wire.source_port == "y" and self.data is not None and wire.source == self.data.id)

    def before(self, node: DocumentNode, port: str = "") -> DocumentNode | None:
        """The node wired to an input (the first one)."""
        flat = self.lowered.flat
        wire = next((w for w in flat.wires_into[node.id] if not port or w.target_port == port), None)
        return flat.by_id[wire.source] if wire is not None else None

    def after(self, node: DocumentNode) -> list[DocumentNode]:
        """The nodes that read a node's output."""
        flat = self.lowered.flat
        return [flat.by_id[wire.target] for wire in flat.wires_from[node.id]]

    def tagged(self, family_name: str, tag: str) -> Entry | None:
        """The plainest entry of a family with a tag."""
        entries = node_kinds() if family_name == "nodes" else family(family_name)
        return next((entry for entry in entries.values() if tag in entry.tags), None)

    def plain_activation(self) -> str:
        """The id of the activation that does nothing."""
        return str(
            next(entry.id for entry in family("activations").values() if not entry.fields and not entry.calls(Params()))
        )

    def set(self, node: DocumentNode, path: tuple[str, ...], value: Any) -> Edit:
        """An edit that sets a field of a node, in its group if it lies in one."""
        edit = SetParam(node.id, path, value)
        return (local_edit(edit, node.id) or edit) if SEPARATOR in node.id else edit

    def within(self, node: DocumentNode, edit: Edit) -> Edit:
        """An edit in the group that a node lies in."""
        return (local_edit(edit, node.id) or edit) if SEPARATOR in node.id else edit

    def width(self, node: DocumentNode) -> int:
        """The size of the last axis of a node's output; 0 where it is not known."""
        shapes = self.lowered.shapes.get(node.id, {})
        shape = next(iter(shapes.values()), ())
        return shape[-1] if len(shape) > 1 else 0
