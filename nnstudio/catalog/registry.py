"""Find every entry by walking the folders of the catalogue; nothing else lists their names."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from nnstudio.catalog.entry import Activation, Dataset, Entry, Initializer, Layer, Loss, Node, Optimizer, Schedule
from nnstudio.catalog.plugins import brought
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceKind, Field, NodeKind
from nnstudio.document.text import Message, Text, message

FAMILIES = ("nodes", "layers", "activations", "initializers", "losses", "optimizers", "schedules", "datasets")
E = TypeVar("E", bound=Entry)


# What own files and packages may bring; the kinds of node that are no layers are the program's own.
BROUGHT: dict[str, type[Entry]] = {
    "layers": Layer,
    "activations": Activation,
    "initializers": Initializer,
    "losses": Loss,
    "optimizers": Optimizer,
    "schedules": Schedule,
    "datasets": Dataset,
}


@cache
def family(name: str) -> MappingProxyType[str, Any]:
    """Return the entries of a family by id, in teaching order: those that ship with the program, then those that were
    brought.
    """
    package = importlib.import_module(f"nnstudio.catalog.{name}")
    found: list[Entry] = []
    for info in pkgutil.iter_modules(package.__path__):
        found.append(importlib.import_module(f"{package.__name__}.{info.name}").ENTRY)
    found.sort(key=lambda entry: (entry.order, entry.id))
    if len({entry.id for entry in found}) != len(found):
        raise ValueError(f"two entries of {name} share an id")
    entries = {entry.id: entry for entry in found}
    if name in BROUGHT:
        taken = {*entries, *(family("nodes") if name == "layers" else ())}

        def fault(entry: Entry) -> Message | None:
            refusal = _fault(entry, taken)
            taken.add(entry.id)
            return refusal

        entries |= {entry.id: entry for entry in brought(name, "ENTRY", BROUGHT[name], fault)}
    return MappingProxyType(entries)


def _fault(entry: Entry, taken: set[str]) -> Message | None:
    """What is wrong with an entry that was brought."""
    if not isinstance(entry.id, str) or not entry.id.isidentifier() or entry.id != entry.id.lower():
        return message("own.id", id=str(entry.id))
    if entry.id in taken:
        return message("own.taken", id=entry.id)
    words = (
        entry.title,
        entry.help,
        *(field.title for field in entry.fields),
        *(field.help for field in entry.fields if field.help is not None),
    )
    if not all(isinstance(text, Text) for text in words):
        return message("own.words")
    for field in entry.fields:
        try:
            field.check(field.default, CATALOG)
        except StudioError as error:
            return message("own.default", field=field.name, detail=error.message)
    return None


@lru_cache(maxsize=1)
def node_kinds() -> MappingProxyType[str, Node]:
    """Return every kind of node: data, layers, loss and optimizer."""
    return MappingProxyType({**family("nodes"), **family("layers")})


class Catalog:
    """The vocabulary that the document asks; a stateless view on the entries."""

    def node_kind(self, kind: str) -> NodeKind | None:
        return node_kinds().get(kind)

    def choice(self, family_name: str, kind: str) -> ChoiceKind | None:
        return family(family_name).get(kind) if family_name in FAMILIES else None

    def training_fields(self) -> tuple[Field, ...]:
        return TRAINING_FIELDS


CATALOG = Catalog()
