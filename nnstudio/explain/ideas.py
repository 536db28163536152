"""What the words of a first course mean: an article for each idea, in every language, found by many names.

An idea is a table in a file of ``resources/ideas``: its title, other names that it is searched by (``also``), its
text (paragraphs apart by an empty line), a ``formula``, what to ``see`` ("idea", "family/entry", "lesson:C1",
"example:name" or "panel:name") and what is drawn (``draw``, see ``ui.kit.idea_pictures``). Another language says
title, names and text in its own folder, ``resources/languages/…/ideas``; what it lacks is said in English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nnstudio.document.languages import ENGLISH, folder
from nnstudio.resources import resource


@dataclass(frozen=True)
class Idea:
    """One of them, in one language."""

    id: str
    title: str
    text: str
    also: tuple[str, ...] = ()
    formula: str = ""
    see: tuple[str, ...] = ()
    draw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paragraphs(self) -> list[str]:
        """The text, paragraph by paragraph."""
        return [" ".join(part.split()) for part in self.text.strip().split("\n\n")]


def _room(language: str) -> Path:
    """Where a language says its ideas."""
    return resource("ideas") if language == ENGLISH.id else folder() / language / "ideas"


@cache
def _tables(language: str) -> Mapping[str, Mapping[str, Any]]:
    """What a language says of every idea, in the order of the files."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(_room(language).glob("*.toml")):
        found.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


@cache
def ideas(language: str) -> Mapping[str, Idea]:
    """Return every idea by its id, in a language."""
    own = _tables(language)
    return {
        name: Idea(
            name,
            (said := {**plain, **own.get(name, {})})["title"],
            said["text"],
            tuple(said.get("also", ())),
            plain.get("formula", ""),
            tuple(plain.get("see", ())),
            plain.get("draw", {}),
        )
        for name, plain in _tables(ENGLISH.id).items()
    }


def names_of(name: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Everything that an idea is called in some languages: its titles first."""
    said = [ideas(language)[name] for language in languages]
    return tuple(dict.fromkeys([idea.title for idea in said] + [other for idea in said for other in idea.also]))


@dataclass(frozen=True)
class Mention:
    """A place in a text where an idea is named."""

    start: int
    end: int
    id: str


_SIGN = re.compile(r"\s+[α-ωΔβ₁₂]+$")
# Shorter names, and those that are everyday words, are no sign that the idea is meant.
LEAST, LEAST_HAN = 4, 2
EVERYDAY = "everyday.txt"


@cache
def _everyday(language: str) -> frozenset[str]:
    """Names of ideas that are everyday words in a language: they stand in a file of their own, one on a line."""
    file = _room(language) / EVERYDAY
    return frozenset(file.read_text(encoding="utf-8").split("\n")) if file.is_file() else frozenset()


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """What finds the names of ideas in a language, and which idea each is."""
    names: dict[str, str] = {}
    for name, idea in ideas(language).items():
        for said in (idea.title, *idea.also):
            low = said.casefold()
            long = len(low) >= (LEAST if low.isascii() else LEAST_HAN)
            if long and low not in _everyday(language):
                names.setdefault(low, name)
    longest = sorted(names, key=len, reverse=True)
    parts = [rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name) for name in longest]
    return re.compile("|".join(parts) or "(?!)", re.IGNORECASE), names


def mentions(text: str, language: str) -> list[Mention]:
    """Return where ideas are named in a text, each idea once, in order."""
    pattern, names = _pattern(language)
    found, seen = [], set()
    for match in pattern.finditer(text):
        name = names[match.group().casefold()]
        if name not in seen:
            seen.add(name)
            found.append(Mention(match.start(), match.end(), name))
    return found


@lru_cache(maxsize=2048)
def named(text: str, language: str) -> tuple[str, ...]:
    """Return the ideas that a short text is about: one that is called just so, everyday word or not, or those that it
    names.
    """
    # Without the sign that stands behind a name (Weight decay λ), and a plural as well as one.
    low = _SIGN.sub("", text.strip().rstrip(":…•≠ ")).casefold()
    forms = {low, low.removesuffix("s")}
    exact = tuple(name for name in ideas(language) if forms & {said.casefold() for said in names_of(name, (language,))})
    return exact or tuple(mention.id for mention in mentions(text, language))
