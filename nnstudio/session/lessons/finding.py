"""Finds lessons, ideas and entries of the catalogue by what they are called, in every language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from nnstudio.catalog.registry import FAMILIES, family
from nnstudio.document.languages import in_language, language_ids
from nnstudio.document.text import in_every_language
from nnstudio.explain.ideas import ideas, names_of
from nnstudio.session.lessons.shelf import Shelved

LESSON, IDEA = "lesson", "idea"
# How well something is called what was typed; with less than this it only speaks of it.
EXACT, BEGINS, TITLED, NAMED, SPOKEN = 5, 4, 3, 2, 1


@dataclass(frozen=True)
class Found:
    """A thing that was found: ``kind`` is "lesson", "idea" or a family of the catalogue, ``id`` its own in there."""

    kind: str
    id: str
    score: int


@dataclass(frozen=True)
class _Known:
    kind: str
    id: str
    names: tuple[str, ...]
    text: str


@cache
def _articles() -> tuple[_Known, ...]:
    """Every idea and every entry of the catalogue."""
    languages = language_ids()
    found = [
        _Known(
            IDEA,
            name,
            tuple(said.casefold() for said in names_of(name, languages)),
            " ".join(ideas(language)[name].text for language in languages).casefold(),
        )
        for name in ideas(languages[0])
    ]
    for of in FAMILIES:
        found += [
            _Known(
                of,
                entry.id,
                tuple(in_language(entry.title.en, language).casefold() for language in languages),
                in_every_language(entry.help).casefold(),
            )
            for entry in family(of).values()
        ]
    return tuple(found)


def _lesson(lesson: Shelved) -> _Known:
    names = tuple(text.casefold() for text in (*lesson.title.said.values(), lesson.id))
    return _Known(LESSON, lesson.id, names, " ".join(lesson.about.said.values()).casefold())


def score_of(names: Sequence[str], text: str, typed: str) -> int:
    """Return how well something is called what was typed (in small letters); 0 where it does not even speak of it."""
    every = typed.split()
    if typed in names:
        return EXACT
    if any(name.startswith(typed) for name in names):
        return BEGINS
    if any(all(word in name for word in every) for name in names[:2]):
        return TITLED
    if any(all(word in name for word in every) for name in names):
        return NAMED
    return SPOKEN if all(word in text for word in every) else 0


def find(typed: str, lessons: Iterable[Shelved], most: int = 40) -> list[Found]:
    """Return what is called what was typed, the best first; lessons before ideas, ideas before the catalogue."""
    wanted = " ".join(typed.casefold().split())
    if not wanted:
        return []
    found = []
    for known in (*map(_lesson, lessons), *_articles()):
        score = score_of(known.names, known.text, wanted)
        if score:
            found.append(Found(known.kind, known.id, score))
    order = {LESSON: 0, IDEA: 1}
    # The article of an idea says what it is; a lesson whose title only begins like it comes after.
    found.sort(key=lambda one: (-one.score, order.get(one.kind, 2)))
    return found[:most]
