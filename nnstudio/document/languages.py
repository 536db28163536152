"""The languages of the program: English is the key, every other language is a folder of tables.

A language's folder (``resources/languages/zh``) holds ``language.toml``, which says what it is called, and any number
of tables, one for each room of the program: ``"English" = "its own words"``. A word that means two things stands under
a heading as well (``[layer]``). What a language lacks is said in English. No file of the program names a language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from nnstudio.resources import resource

ABOUT_ITSELF = "language.toml"
# Single words of formulas, put in where a rule as a whole has no entry.
PIECES = "pieces"


@dataclass(frozen=True)
class Language:
    """A language that the program speaks: its id, its name in itself, a short sign for a button, and Qt's names for
    it.
    """

    id: str
    name: str
    short: str
    qt: str


ENGLISH = Language("en", "English", "EN", "en")


def folder() -> Path:
    """Where the languages stand."""
    return resource("languages")


@cache
def languages() -> tuple[Language, ...]:
    """Return every language, English first; the others are the folders that hold a ``language.toml``."""
    found = [ENGLISH]
    for file in sorted(folder().glob(f"*/{ABOUT_ITSELF}")):
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        name = file.parent.name
        found.append(Language(name, str(said["name"]), str(said.get("short", name.upper())), str(said.get("qt", name))))
    return tuple(found)


def language_ids() -> tuple[str, ...]:
    """Return the ids of all languages."""
    return tuple(language.id for language in languages())


@cache
def table(language: str) -> Mapping[tuple[str, str], str]:
    """Return a language's words by (heading, English); the heading is "" for most."""
    found: dict[tuple[str, str], str] = {}
    if language in language_ids():
        for file in sorted((folder() / language).glob("*.toml")):
            if file.name != ABOUT_ITSELF:
                for key, value in tomllib.loads(file.read_text(encoding="utf-8")).items():
                    found |= (
                        {(key, english): own for english, own in value.items()}
                        if isinstance(value, dict)
                        else {("", key): value}
                    )
    return MappingProxyType(found)


def in_language(english: str, language: str, about: str = "") -> str:
    """Return a text in a language; in English where the language lacks it."""
    if language == ENGLISH.id:
        return english
    words = table(language)
    return words.get((about, english)) or words.get(("", english)) or english


def rule_in_language(rule: str, language: str) -> str:
    """Return a formula that may hold words: as a whole where the language has it, else word by word."""
    found = in_language(rule, language)
    if found == rule and language != ENGLISH.id:
        for (about, english), own in table(language).items():
            if about == PIECES:
                found = found.replace(english, own)
    return found
