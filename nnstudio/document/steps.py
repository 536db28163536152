"""The steps of a lesson as a project carries them: what is said and asked, what is checked, and what stands beside it.

Everything here may come from a stranger's file. It is read leniently: what is not as it should be is left out, and
nothing of it is ever run or taken for markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nnstudio.document.languages import ENGLISH
from nnstudio.document.values import Choice, Document, Params

STEPS = "steps"
MOST_STEPS, MOST_CHOICES, MOST_FIGURES, MOST_BESIDE = 60, 12, 40, 3
# How far a figure may be from what is expected, where a lesson does not say it.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Words:
    """A text in one language or in several."""

    said: Params = Params()

    def __call__(self, language: str = ENGLISH.id) -> str:
        """Return it in a language; else in English, else in the first one it has."""
        found = self.said.get(language) or self.said.get(ENGLISH.id) or next(iter(self.said.values()), "")
        return str(found)

    def __bool__(self) -> bool:
        return bool(self.said)


@dataclass(frozen=True)
class Figure:
    """A figure that a lesson expects, and where the student's own is read (``engine.figures``)."""

    at: str
    expected: float
    tolerance: float = TOLERANCE
    label: Words = Words()

    def agrees(self, found: float) -> bool:
        """Whether a number is the one that is expected."""
        return abs(found - self.expected) <= self.tolerance


@dataclass(frozen=True)
class Beside:
    """A network that a step sets beside the student's own: what it is called, and what is otherwise in it, as commands
    (``session.lessons.said``).
    """

    name: Words
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step: ``say`` tells, ``ask`` asks; ``check`` says when it is done (None: when it was read).

    ``point`` names what is lit, ``open`` what is brought forward, ``beside`` what is compared with. ``hint`` is given
    on asking, ``because`` is shown when it is done. ``solve`` are commands (``session.lessons.player``) that do it.
    """

    say: Words = Words()
    ask: Words = Words()
    point: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    check: Choice | None = None
    figures: tuple[Figure, ...] = ()
    hint: Words = Words()
    because: Words = Words()
    solve: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def title(self) -> Words:
        """What it is called among the steps: the question, else what is told."""
        return self.ask or self.say


@dataclass(frozen=True)
class Plan:
    """A lesson: where it stands in the course, and its steps. ``picture`` are numbers that came out of it."""

    id: str
    title: Words
    steps: tuple[Step, ...]
    chapter: str = ""
    minutes: int = 0
    needs: tuple[str, ...] = ()
    about: Words = Words()
    picture: Params = Params()


def words(value: Any) -> Words:
    """Read a text: a plain one, or one for each language."""
    if isinstance(value, str):
        return Words(Params({ENGLISH.id: value})) if value else Words()
    if isinstance(value, Mapping):
        return Words(Params({key: text for key, text in value.items() if isinstance(text, str) and text}))
    return Words()


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, tuple) else ()


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def _figures(value: Any) -> Iterator[Figure]:
    for found in value[:MOST_FIGURES] if isinstance(value, tuple) else ():
        if isinstance(found, Mapping) and isinstance(found.get("at"), str):
            expected = _number(found.get("expected"), float("nan"))
            if expected == expected:
                yield Figure(
                    found["at"], expected, abs(_number(found.get("tol"), TOLERANCE)), words(found.get("label"))
                )


def _beside(value: Any) -> Iterator[Beside]:
    for found in value[:MOST_BESIDE] if isinstance(value, tuple) else ():
        if isinstance(found, Mapping):
            yield Beside(words(found.get("name")), _names(found.get("changes", ())))


def check_of(value: Any) -> Choice | None:
    """Read a check: its kind, and all that stands beside it."""
    if isinstance(value, Choice):
        return value
    if isinstance(value, Params) and isinstance(value.get("kind"), str):
        return Choice(value["kind"], value.without("kind"))
    return None


def _step(value: Params) -> Step:
    return Step(
        words(value.get("say")),
        words(value.get("ask")),
        _names(value.get("point", ())),
        _names(value.get("open", ())),
        check_of(value.get("check")),
        tuple(_figures(value.get("figures"))),
        words(value.get("hint")),
        words(value.get("because")),
        _names(value.get("solve", ())),
        tuple(_beside(value.get("beside"))),
    )


@lru_cache(maxsize=8)
def _plan(lesson: Params) -> Plan | None:
    steps = lesson.get(STEPS, ())
    if not isinstance(steps, tuple):
        return None
    found = tuple(_step(step) for step in steps[:MOST_STEPS] if isinstance(step, Params))
    if not found:
        return None
    minutes, name, chapter = lesson.get("minutes"), lesson.get("id"), lesson.get("chapter")
    return Plan(
        name if isinstance(name, str) else "",
        words(lesson.get("title")),
        found,
        chapter if isinstance(chapter, str) else "",
        minutes if isinstance(minutes, int) and not isinstance(minutes, bool) else 0,
        _names(lesson.get("needs", ())),
        words(lesson.get("about")),
        picture if isinstance(picture := lesson.get("picture"), Params) else Params(),
    )


def plan_of(document: Document) -> Plan | None:
    """Return the lesson that a project is, None where it has no steps."""
    return _plan(document.lesson)
