"""What the words of a first course mean: an article for each idea, in every language, found by many names.

An idea is a table in a file of ``resources/ideas``: its title, other names that it is searched by (``also``), its
text (paragraphs apart by an empty line), a ``formula``, what to ``see`` ("idea", "family/entry", "example:name" or
"panel:name") and what is drawn (``draw``, see ``ui.kit.idea_pictures``). Another language says title, names and text in
its own folder, ``resources/languages/…/ideas``; what it lacks is said in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
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


@cache
def _tables(language: str) -> Mapping[str, Mapping[str, Any]]:
    """What a language says of every idea, in the order of the files."""
    room = resource("ideas") if language == ENGLISH.id else folder() / language / "ideas"
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(room.glob("*.toml")):
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
