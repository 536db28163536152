"""Find every entry by walking the folders of the catalogue; nothing else lists their names."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from nnstudio.catalog.arithmetic import parse
from nnstudio.catalog.entry import Activation, Dataset, Entry, Initializer, Layer, Loss, Node, Optimizer, Rule, Schedule
from nnstudio.catalog.own import is_own
from nnstudio.catalog.plugins import READERS, brought, brought_also, origin
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceKind, Field, NodeKind, complete
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

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
    target = entry.target if isinstance(entry, Optimizer | Schedule) else None
    if target is not None and (not isinstance(target, str) or not (target.startswith("torch.") or is_own(target))):
        return message("own.forgotten", name=getattr(target, "__name__", str(target)))
    if isinstance(entry, Optimizer):
        params = complete(entry.fields, Params(), CATALOG)
        if not isinstance(entry.rule, Rule):
            return message("own.wrong", name="rule", kind="Rule")
        for _, expression in entry.lines(params):
            try:
                parse(expression)
            except (ValueError, SyntaxError, TypeError):
                return message("own.expression", expression=str(expression))
        entry.kwargs(params)
    return None


def origin_of(family_name: str, kind: str) -> str:
    """Return the name of the file or package that brought an entry; "" for what ships with the program."""
    return origin(family(family_name).get(kind))


READERS["catalog"] = lambda: [family(name) for name in BROUGHT]


@lru_cache(maxsize=1)
def node_kinds() -> MappingProxyType[str, Node]:
    """Return every kind of node: data, layers, loss and optimizer."""
    return MappingProxyType({**family("nodes"), **family("layers")})


def read_layer(path: Path) -> None:
    """Read a layer of the student's own that was written while the program runs."""
    taken = {*family("layers"), *family("nodes")}
    brought_also("layers", path, "ENTRY", Layer, lambda entry: _fault(entry, taken))
    family.cache_clear()
    node_kinds.cache_clear()


class Catalog:
    """The vocabulary that the document asks; a stateless view on the entries."""

    def node_kind(self, kind: str) -> NodeKind | None:
        return node_kinds().get(kind)

    def choice(self, family_name: str, kind: str) -> ChoiceKind | None:
        return family(family_name).get(kind) if family_name in FAMILIES else None

    def training_fields(self) -> tuple[Field, ...]:
        return TRAINING_FIELDS


CATALOG = Catalog()
