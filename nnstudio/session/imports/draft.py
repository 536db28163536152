"""A network from elsewhere on its way to a document: operations in PyTorch's terms, read by the catalogue.

Every reader (a module, a file of another program) tells its network as operations on values; here they become nodes.
What the catalogue has nothing for is noted, like a compiler does, and keeps the network from being drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.entry import Activation, Layer
from nnstudio.catalog.known import Known, Unfit
from nnstudio.catalog.registry import family
from nnstudio.catalog.training import SHARES
from nnstudio.document.messages import MESSAGES
from nnstudio.document.text import Message, message
from nnstudio.document.values import Choice, Params

if TYPE_CHECKING:
    import numpy as np

# A value: the node that gives it, or GIVEN.
GIVEN = ""
MOST_NODES = 2000
NAME_LENGTH = 60
# What stands around the layers is called so.
AROUND = ("data", "loss", "optimizer")
FROZEN = "frozen"


@dataclass(frozen=True)
class Operation:
    """One operation: ``target`` and ``arguments`` in PyTorch's terms, ``inputs`` the values that go in, ``where`` what
    it is called in the network that it is of (names apart by points are parts in parts).
    """

    target: str
    where: str
    inputs: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass
class Drawn:
    """A node to be: its layer with settings, from which nodes its wires come, and its weights by their names there."""

    id: str
    entry: Layer
    params: dict[str, Any]
    inputs: tuple[str, ...]
    tensors: Mapping[str, np.ndarray]
    where: str

    def give(self, name: str, value: Any, **tensors: np.ndarray) -> None:
        """Change a setting, and add tensors that go with it."""
        self.params[name] = value
        self.tensors = {**self.tensors, **tensors}

    def freeze(self) -> None:
        """Keep the weights as they are, where the layer can be told so."""
        if self.tensors and any(one.name == FROZEN for one in self.entry.fields):
            self.params[FROZEN] = True

    def share(self, other: str) -> None:
        """Use the weights of another node instead of any of its own."""
        self.params.pop(FROZEN, None)
        self.params[SHARES] = (other,)
        self.tensors = {}

    def part(self, other: Drawn) -> None:
        """Have weights of its own that begin as those of another node, less its bias."""
        self.params.pop(SHARES, None)
        self.tensors = {name: tensor for name, tensor in other.tensors.items() if name != "bias"}

    def lead(self, instead: Mapping[str, str]) -> None:
        """Let other values come in."""
        self.inputs = tuple(instead.get(value, value) for value in self.inputs)


@dataclass
class Draft:
    """What was read so far. ``given`` is the shape of a sample without the batch, ``tokens`` above 0 where it holds
    whole numbers below that; ``left`` is what was not brought in, and why.
    """

    given: tuple[int, ...]
    tokens: int = 0
    nodes: list[Drawn] = field(default_factory=list)
    left: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    _names: set[str] = field(default_factory=lambda: set(AROUND))

    def add(self, operation: Operation) -> str:
        """Add an operation; returns the value it gives. What cannot be a node is noted, and stands for its input."""
        if len(self.nodes) >= MOST_NODES:
            if not any(note.key == "import.many" for note in self.left):
                self.left.append(message("import.many", high=MOST_NODES))
            return operation.inputs[0] if operation.inputs else GIVEN
        try:
            entry, params, tensors = _entry_of(operation)
        except Unfit as error:
            self.refuse(operation.where, operation.target.removeprefix("torch.nn."), str(error))
            return operation.inputs[0] if operation.inputs else GIVEN
        drawn = Drawn(self._id(operation.where, entry), entry, params, operation.inputs, tensors, operation.where)
        self.nodes.append(drawn)
        return drawn.id

    def keep(self, entry: Layer, where: str, inputs: tuple[str, ...], tensors: Mapping[str, np.ndarray]) -> str:
        """Add a layer that is of the student's own files; returns the value it gives."""
        drawn = Drawn(self._id(where, entry), entry, {}, inputs, tensors, where)
        self.nodes.append(drawn)
        return drawn.id

    def refuse(self, where: str, operation: str, why: str | Message) -> None:
        """Note what is not brought in; ``why`` is a sentence by its key, or arguments as they are."""
        said = message(why) if isinstance(why, str) and why in MESSAGES else why
        self.left.append(message("import.left", where=where or "?", operation=operation, why=said))

    def node(self, value: str) -> Drawn:
        """The node that gives a value."""
        return next(node for node in self.nodes if node.id == value)

    def _id(self, where: str, entry: Layer) -> str:
        plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in where)
        wanted = plain.strip("_")[:NAME_LENGTH] or entry.id
        if wanted[0].isdigit():
            # In a Sequential parts are called by their numbers.
            wanted = f"{entry.id}_{wanted}"
        name, number = wanted, 2
        while name in self._names:
            name, number = f"{wanted}_{number}", number + 1
        self._names.add(name)
        return name


def _known(target: str) -> tuple[Layer | Activation, Known] | None:
    """The entry that has a name in PyTorch."""
    for name in ("layers", "activations"):
        for entry in family(name).values():
            for known in entry.known_as:
                if known.target == target:
                    return entry, known
    return None


def _entry_of(operation: Operation) -> tuple[Layer, dict[str, Any], Mapping[str, np.ndarray]]:
    found = _known(operation.target)
    if found is None:
        raise Unfit("import.why.no_layer")
    entry, known = found
    settings = known.fit(operation.arguments)
    if isinstance(entry, Activation):
        alone = next(layer for layer in family("layers").values() if "function_alone" in layer.tags)
        spec = next(one for one in alone.fields if getattr(one, "family", "") == entry.family)
        return alone, {spec.name: Choice(entry.id, Params(settings))}, operation.tensors
    return entry, settings, known.tensors(operation.tensors)


def choice_of(target: str, arguments: Mapping[str, Any]) -> Choice:
    """Return the choice of a function that is set in a layer.

    Raises:
        Unfit: there is none.
    """
    found = _known(target)
    if found is None or not isinstance(found[0], Activation):
        raise Unfit(target.rpartition(".")[2])
    return Choice(found[0].id, Params(found[1].fit(arguments)))


def _does_nothing(choice: Choice) -> bool:
    return not family("activations")[choice.kind].calls(choice.params)


def fold_functions(draft: Draft, ends: Sequence[str]) -> dict[str, str]:
    """Set functions that stand alone behind a layer in that layer, where nothing else takes its result; returns what
    the values at ``ends`` are then.
    """
    uses: dict[str, int] = {}
    for node in draft.nodes:
        for value in node.inputs:
            uses[value] = uses.get(value, 0) + 1
    for value in ends:
        uses[value] = uses.get(value, 0) + 1
    by_id = {node.id: node for node in draft.nodes}
    instead: dict[str, str] = {}
    kept: list[Drawn] = []
    for node in draft.nodes:
        node.lead(instead)
        before = by_id.get(node.inputs[0]) if node.inputs else None
        if (
            "function_alone" in node.entry.tags
            and before is not None
            and not node.tensors
            and uses.get(before.id, 0) == 1
            and "function_alone" not in before.entry.tags
        ):
            spec = next(one for one in node.entry.fields if getattr(one, "family", "") == "activations")
            free = next((one for one in before.entry.fields if getattr(one, "family", "") == "activations"), None)
            if free is not None and _does_nothing(before.params.get(free.name, free.default)):
                before.params[free.name] = node.params[spec.name]
                instead[node.id] = before.id
                uses[before.id] = uses.get(node.id, 0)
                continue
        kept.append(node)
    draft.nodes[:] = kept
    return {value: instead.get(value, value) for value in ends}
