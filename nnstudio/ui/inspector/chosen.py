"""What the inspector shows: a node, what several nodes have in common, or the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField, Field, complete
from nnstudio.document.values import COMMENT, Choice, Document, Params

# The family of choices that a beginner does not meet.
STARTS = "initializers"


@dataclass(frozen=True)
class Chosen:
    """``node`` is the one that is shown, ``many`` are several; neither is the network."""

    document: Document = field(default_factory=Document)
    node: str | None = None
    many: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Document, node: str | None, names: Iterable[str]) -> Chosen:
        """Return what is shown when a node and names are selected; names that are gone are none."""
        chosen = tuple(sorted(name for name in names if name in document.by_id))
        # Comments have settings of their own; beside layers they do not matter.
        chosen = tuple(name for name in chosen if document.by_id[name].kind != COMMENT) or chosen
        return cls(
            document,
            chosen[0] if len(chosen) == 1 else node if node in document.by_id else None,
            chosen if len(chosen) > 1 else (),
        )

    def fields(self) -> tuple[Field, ...]:
        """Its settings."""
        if self.many:
            return self._common()
        if self.node is None:
            return TRAINING_FIELDS
        kind = node_kinds().get(self.document.by_id[self.node].kind)
        return kind.fields if kind is not None else ()

    def offered(self, *, rare: bool) -> tuple[Field, ...]:
        """Those that are shown: a first lesson does not ask where weights begin."""
        return (
            self.fields()
            if rare
            else tuple(f for f in self.fields() if not (isinstance(f, ChoiceField) and f.family == STARTS))
        )

    def _common(self) -> tuple[Field, ...]:
        """The settings that all selected nodes have."""
        kinds = [node_kinds().get(self.document.by_id[name].kind) for name in self.many]
        first, *others = [kind.fields if kind is not None else () for kind in kinds]
        return tuple(one for one in first if all(any(_same(one, other) for other in fields) for fields in others))

    def mixed(self) -> set[tuple[str, ...]]:
        """The settings in which the selected nodes differ."""
        if not self.many:
            return set()
        values = [self._values(name) for name in self.many]
        return {
            (one.name,)
            for one in self.fields()
            if any(other.get(one.name) != values[0].get(one.name) for other in values[1:])
        }

    def _values(self, name: str) -> Params:
        node = self.document.by_id[name]
        kind = node_kinds().get(node.kind)
        if kind is None:
            return Params()
        try:
            return complete(kind.fields, node.params, CATALOG)
        except StudioError:
            return complete(kind.fields, Params(), CATALOG)

    def params(self) -> Params:
        """The values of its settings; of several nodes those of the first."""
        if self.many:
            values = self._values(self.many[0])
            return Params({one.name: values[one.name] for one in self.fields()})
        given = self.document.training if self.node is None else self.document.by_id[self.node].params
        try:
            return complete(self.fields(), given, CATALOG)
        except StudioError:
            return complete(self.fields(), Params(), CATALOG)

    def choices(self) -> Any:
        """Which editors there are: it changes with the chosen entries, not with their numbers."""
        if self.node is None and not self.many:
            return "network"
        params = self.params()
        kinds = tuple(
            params[f.name].kind
            for f in self.fields()
            if isinstance(f, ChoiceField) and isinstance(params[f.name], Choice)
        )
        return self.document.by_id[self.node or self.many[0]].kind, kinds


def _same(one: Field, other: Field) -> bool:
    """Whether two settings of different kinds of node are the same to a student."""
    return (
        type(one) is type(other)
        and one.name == other.name
        and one.title == other.title
        and getattr(one, "family", "") == getattr(other, "family", "")
    )
