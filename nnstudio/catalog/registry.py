"""Find every entry by walking the folders of the catalogue; nothing else lists their names."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from nnstudio.catalog.entry import Entry, Node
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.fields import ChoiceKind, Field, NodeKind

FAMILIES = ("nodes", "layers", "activations", "initializers", "losses", "optimizers", "schedules", "datasets")
E = TypeVar("E", bound=Entry)


@cache
def family(name: str) -> MappingProxyType[str, Any]:
    """Return the entries of a family by id, in teaching order."""
    package = importlib.import_module(f"nnstudio.catalog.{name}")
    found: list[Entry] = []
    for info in pkgutil.iter_modules(package.__path__):
        found.append(importlib.import_module(f"{package.__name__}.{info.name}").ENTRY)
    found.sort(key=lambda entry: (entry.order, entry.id))
    if len({entry.id for entry in found}) != len(found):
        raise ValueError(f"two entries of {name} share an id")
    return MappingProxyType({entry.id: entry for entry in found})


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
