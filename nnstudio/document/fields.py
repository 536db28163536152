"""Typed settings: a field says once what its values are; form, file, check and help read it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from nnstudio.document.errors import BadValue, UnknownField, UnknownKind
from nnstudio.document.steps import MOST_CHOICES
from nnstudio.document.text import Text
from nnstudio.document.values import Choice, Params


class ChoiceKind(Protocol):
    """What the document needs to know of an entry that can be chosen in a field."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def tags(self) -> frozenset[str]: ...


class Port(Protocol):
    """What the document needs to know of a port."""

    @property
    def name(self) -> str: ...
    @property
    def many(self) -> bool: ...


class NodeKind(ChoiceKind, Protocol):
    """What the document needs to know of a kind of node."""

    @property
    def inputs(self) -> tuple[Port, ...]: ...
    @property
    def outputs(self) -> tuple[Port, ...]: ...
    @property
    def single(self) -> bool: ...


class Vocabulary(Protocol):
    """What can be placed and chosen; the catalogue fulfils it."""

    def node_kind(self, kind: str) -> NodeKind | None:
        """Return the kind of node, or None when this program does not know it."""

    def choice(self, family: str, kind: str) -> ChoiceKind | None:
        """Return the entry of a family, or None when it does not exist."""

    def training_fields(self) -> tuple[Field, ...]:
        """Return the settings of a training run."""


# A name of one's own stands on a neuron.
LABEL = 16


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named setting with a default; ``optional`` also admits None ("as the network").

    ``hidden`` ones are in no form; ``editor`` asks for an editor of its own ("paint"); ``unit`` stands behind a number,
    ``empty`` where an optional one has no value.
    """

    name: str
    title: Text
    default: Any = None
    help: Text | None = None
    advanced: bool = False
    optional: bool = False
    hidden: bool = False
    editor: str = ""
    unit: Text | None = None
    empty: Text | None = None

    def check(self, value: Any, vocabulary: Vocabulary) -> Any:
        """Return the value in canonical form.

        Raises:
            BadValue: wrong type or out of range.
        """
        if value is None and self.optional:
            return None
        return self._check(value, vocabulary)

    def _check(self, value: Any, vocabulary: Vocabulary) -> Any:
        raise BadValue("value.type", field=self.title, value=value)


@dataclass(frozen=True, kw_only=True)
class IntField(Field):
    """A whole number within inclusive limits; ``width`` marks the size of a layer's output."""

    minimum: int = 0
    maximum: int = 2**31
    width: bool = False

    def _check(self, value: Any, vocabulary: Vocabulary) -> int:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value != value
            or int_or_none(value) is None
        ):
            raise BadValue("value.whole", field=self.title, value=value)
        number = int(value)
        if not self.minimum <= number <= self.maximum:
            raise BadValue("value.range", field=self.title, value=number, low=self.minimum, high=self.maximum)
        return number


def int_or_none(value: float) -> int | None:
    """Return the whole number that ``value`` is, or None."""
    if isinstance(value, float) and (not math.isfinite(value) or not value.is_integer()):
        return None
    return int(value)


@dataclass(frozen=True, kw_only=True)
class FloatField(Field):
    """A finite number within limits; ``above`` and ``below`` exclude the limit itself."""

    minimum: float = -1e12
    maximum: float = 1e12
    above: bool = False
    below: bool = False

    def _check(self, value: Any, vocabulary: Vocabulary) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadValue("value.number", field=self.title, value=value)
        number = float(value)
        low = number > self.minimum if self.above else number >= self.minimum
        high = number < self.maximum if self.below else number <= self.maximum
        if not (low and high):
            raise BadValue("value.range", field=self.title, value=number, low=self.minimum, high=self.maximum)
        return number


@dataclass(frozen=True, kw_only=True)
class BoolField(Field):
    """A switch."""

    def _check(self, value: Any, vocabulary: Vocabulary) -> bool:
        if not isinstance(value, bool):
            raise BadValue("value.switch", field=self.title, value=value)
        return value


@dataclass(frozen=True, kw_only=True)
class OptionField(Field):
    """One of a few fixed words."""

    options: tuple[tuple[str, Text], ...] = ()

    def _check(self, value: Any, vocabulary: Vocabulary) -> str:
        if value not in [name for name, _ in self.options]:
            raise BadValue(
                "value.option", field=self.title, value=value, options=", ".join(name for name, _ in self.options)
            )
        return str(value)


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """A short text; ``kind`` is "text", "lines" for several of them, or "file" or "folder" for a path that a dialog can
    choose among ``patterns``.
    """

    maximum: int = 4096
    kind: str = "text"
    patterns: str = ""

    def _check(self, value: Any, vocabulary: Vocabulary) -> str:
        if not isinstance(value, str) or len(value) > self.maximum or "\0" in value:
            raise BadValue("value.text", field=self.title, high=self.maximum)
        return value


@dataclass(frozen=True, kw_only=True)
class WordsField(Field):
    """Texts of a lesson, each in one language or in several, or answers that have such a text; at most ``maximum``."""

    maximum: int = MOST_CHOICES

    def _check(self, value: Any, vocabulary: Vocabulary) -> tuple[Any, ...]:
        if (
            not isinstance(value, list | tuple)
            or len(value) > self.maximum
            or not all(isinstance(text, str | Params) for text in value)
        ):
            raise BadValue("value.names", field=self.title, high=self.maximum)
        return tuple(value)


@dataclass(frozen=True, kw_only=True)
class NamesField(Field):
    """A list of names; ``kind`` "columns" says that they are columns of the chosen file, "labels" that they are the
    student's own, each at most LABEL letters long.
    """

    maximum: int = 4096
    kind: str = "names"

    def _check(self, value: Any, vocabulary: Vocabulary) -> tuple[str, ...]:
        if (
            not isinstance(value, list | tuple)
            or len(value) > self.maximum
            or not all(isinstance(v, str) and len(v) <= (LABEL if self.kind == "labels" else 4096) for v in value)
        ):
            if isinstance(value, list | tuple) and len(value) <= self.maximum and self.kind == "labels":
                raise BadValue("value.label", field=self.title, high=LABEL)
            raise BadValue("value.names", field=self.title, high=self.maximum)
        return tuple(value)


# What may be said of one column of a table, and of which kind each is.
COLUMN_KEYS = ("kind", "treat", "fill", "scale", "levels")
MOST_LEVELS = 1000


@dataclass(frozen=True, kw_only=True)
class ColumnsField(Field):
    """What is said of some columns of a table by name: an entry is ``Params`` with "name" and some of COLUMN_KEYS, all
    texts but "levels", texts in their order. Columns of which nothing is said have no entry.
    """

    maximum: int = 4096

    def _check(self, value: Any, vocabulary: Vocabulary) -> tuple[Params, ...]:
        if not isinstance(value, list | tuple) or len(value) > self.maximum:
            raise BadValue("value.names", field=self.title, high=self.maximum)
        found: dict[str, Params] = {}
        for entry in value:
            plain = dict(entry) if isinstance(entry, Params | dict) else {}
            name, levels = plain.pop("name", None), plain.pop("levels", ())
            texts = (name, *plain.values(), *(levels if isinstance(levels, list | tuple) else (None,)))
            if (
                not set(plain) <= set(COLUMN_KEYS)
                or len(texts) > MOST_LEVELS
                or not all(isinstance(text, str) and len(text) <= 4096 for text in texts)
            ):
                raise BadValue("value.names", field=self.title, high=self.maximum)
            said = {key: text for key, text in plain.items() if text}
            if levels:
                said["levels"] = tuple(levels)
            if said:
                found[name] = Params({"name": name, **said})
        return tuple(found.values())


@dataclass(frozen=True, kw_only=True)
class TableField(Field):
    """A small table of numbers: rows of equal length, or one row for a vector."""

    maximum: int = 4096

    def _check(self, value: Any, vocabulary: Vocabulary) -> tuple[Any, ...]:
        rows = value if isinstance(value, list | tuple) else None
        if rows is None or not rows:
            raise BadValue("value.table", field=self.title)
        nested = [row if isinstance(row, list | tuple) else (row,) for row in rows]
        numbers = [number for row in nested for number in row]
        if len(numbers) > self.maximum:
            raise BadValue("value.table_size", field=self.title, count=len(numbers), high=self.maximum)
        if (
            not nested[0]
            or len({len(row) for row in nested}) != 1
            or len({isinstance(row, list | tuple) for row in rows}) != 1
        ):
            raise BadValue("value.table", field=self.title)
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise BadValue("value.number", field=self.title, value=number)
        if isinstance(rows[0], list | tuple):
            return tuple(tuple(float(number) for number in row) for row in rows)
        return tuple(float(number) for number in rows)


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """An entry of a family of the catalogue, with the entry's own settings; ``exclude`` names tags not offered."""

    family: str = ""
    exclude: frozenset[str] = frozenset()

    def _check(self, value: Any, vocabulary: Vocabulary) -> Choice:
        if isinstance(value, str):
            value = Choice(value)
        if not isinstance(value, Choice):
            raise BadValue("value.choice", field=self.title, value=value)
        entry = vocabulary.choice(self.family, value.kind)
        if entry is None:
            raise UnknownKind("choice.unknown", field=self.title, kind=value.kind)
        if entry.tags & self.exclude:
            raise BadValue("choice.unfit", field=self.title, choice=entry.title)
        return Choice(value.kind, complete(entry.fields, value.params, vocabulary))


def complete(fields: tuple[Field, ...], given: Params, vocabulary: Vocabulary) -> Params:
    """Return the values of all fields: what is given, checked, and defaults for the rest.

    Raises:
        UnknownField: a value was given for a field that does not exist.
        BadValue: a given value is refused by its field.
    """
    names = {field.name for field in fields}
    for key in given:
        if key not in names:
            raise UnknownField("field.unknown", field=key)
    values = {}
    for field in fields:
        values[field.name] = field.check(given.get(field.name, field.default), vocabulary)
    return Params(values)
