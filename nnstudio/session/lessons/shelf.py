"""The lessons that ship with the program, in the order of the course, and how far the student came in each."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.steps import Plan, Words, plan_of
from nnstudio.document.text import Text
from nnstudio.document.values import Document, Params, Parts
from nnstudio.resources import resource
from nnstudio.session.settings import settings_path

CHAPTERS: Mapping[str, Text] = {
    "0": Text("Begin here"),
    "A": Text("One neuron"),
    "B": Text("Forward pass"),
    "C": Text("Backpropagation"),
    "D": Text("Choices, compared"),
    "E": Text("Whole jobs"),
    "X": Text("Further on"),
}
# What a newcomer begins with.
FIRST = "0"
INDEX = "lessons.json"
_ID = re.compile(r"([A-Za-z]*)(\d*)(.*)")


@dataclass(frozen=True)
class Shelved:
    """A lesson on the shelf."""

    id: str
    title: Words
    chapter: str
    minutes: int
    steps: int
    path: Path
    needs: tuple[str, ...] = ()
    about: Words = Words()
    picture: Params = Params()


@dataclass(frozen=True)
class Standing:
    """How far the student came in a lesson: the step that is open, how many are done, and when that was (seconds)."""

    at: int = 0
    met: int = 0
    of: int = 0
    when: float = 0.0

    @property
    def done(self) -> bool:
        """Whether every step is."""
        return 0 < self.of <= self.met


def order_of(name: str) -> tuple[str, int, str]:
    """Where a lesson stands among others: C2 before C10."""
    found = _ID.fullmatch(name)
    assert found is not None
    return found[1].upper(), int(found[2] or 0), found[3]


def lesson_names() -> list[str]:
    """Return the ids of the shipped lessons, in the order of the course."""
    return sorted((path.stem for path in resource("lessons").glob("*.nns")), key=order_of)


def lesson_path(name: str) -> Path:
    """Return the file of a shipped lesson.

    Raises:
        ProjectFileError: there is none of that name.
    """
    names = lesson_names()
    found = next((known for known in names if known.lower() == name.lower()), None)
    if found is None:
        raise ProjectFileError("lesson.unknown", name=name, names=", ".join(names))
    return resource("lessons", f"{found}.nns")


def load_lesson(name: str) -> Document:
    """Return a shipped lesson's document; raises ProjectFileError."""
    return storage.load(lesson_path(name))[0]


def shelved(path: Path) -> Shelved:
    """Return what the gallery says of a lesson's file.

    Raises:
        ProjectFileError: it cannot be read, or is no lesson.
    """
    plan = plan_of(storage.load(path)[0])
    if plan is None:
        raise ProjectFileError("lesson.none", path=path)
    return Shelved(
        plan.id or path.stem,
        plan.title,
        plan.chapter,
        plan.minutes,
        len(plan.steps),
        path,
        plan.needs,
        plan.about,
        plan.picture,
    )


@cache
def shelf() -> tuple[Shelved, ...]:
    """Return every shipped lesson, in the order of the course."""
    return tuple(shelved(lesson_path(name)) for name in lesson_names())


# -- how far the student came ------------------------------------------------------------------


def _index_path() -> Path:
    return settings_path().with_name(INDEX)


def standings() -> dict[str, Standing]:
    """Return how far the student came in each lesson that was begun; what cannot be read counts as not begun."""
    try:
        plain = json.loads(_index_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    found = {}
    for name, entry in plain.items() if isinstance(plain, dict) else ():
        try:
            found[str(name)] = Standing(int(entry["at"]), int(entry["met"]), int(entry["of"]), float(entry["when"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def following(known: Mapping[str, Standing]) -> Shelved | None:
    """Return the lesson to go on with: the next that is not done behind the one done last, or the first of all."""
    open_ = [lesson for lesson in shelf() if lesson.id not in known or not known[lesson.id].done]
    done = [name for name, standing in known.items() if standing.done]
    last = order_of(max(done, key=lambda name: known[name].when)) if done else None
    behind = (lesson for lesson in open_ if last is not None and order_of(lesson.id) > last)
    return next(behind, open_[0] if open_ else None)


def note(plan: Plan, at: int, met: int) -> None:
    """Remember how far the student came; a folder that cannot be written is no reason to disturb."""
    if not plan.id:
        return
    known = standings()
    known[plan.id] = Standing(at, met, len(plan.steps), time.time())
    try:
        _index_path().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(
            _index_path(), json.dumps({name: asdict(found) for name, found in known.items()}, indent=1).encode("utf-8")
        )
    except (OSError, ProjectFileError):
        return


def kept_path(name: str) -> Path:
    """Where the student's own work on a shipped lesson is kept."""
    return Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "lessons" / f"{name}.nns"


def keep(name: str, document: Document, parts: Parts) -> None:
    """Keep the student's work on a shipped lesson.

    Raises:
        ProjectFileError: it cannot be written.
    """
    path = kept_path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectFileError("file.unwritable", path=path, detail=error.strerror or str(error)) from None
    storage.save(path, document, parts, backup=False)


def begun(name: str) -> tuple[Document, Parts]:
    """Return a lesson as the student left it, or as it ships; its steps are always those that ship.

    Raises:
        ProjectFileError: there is no such lesson.
    """
    fresh = load_lesson(name)
    try:
        document, parts = storage.load(kept_path(name))
    except ProjectFileError:
        return fresh, Parts()
    if parts.progress.get("lesson") != fresh.lesson.get("id"):
        return fresh, Parts()
    return replace(document, lesson=fresh.lesson), parts


def set_aside(name: str) -> Path | None:
    """Put kept work that cannot be read beside, so that new work does not overwrite it; returns where it lies then."""
    path = kept_path(name)
    try:
        storage.load(path)
    except ProjectFileError:
        if not path.exists():
            return None
    else:
        return None
    aside = path.with_name(f"{name}.unread.nns")
    try:
        path.replace(aside)
    except OSError:
        return path
    return aside


def forget(name: str) -> None:
    """Begin a lesson anew: what was kept of it goes."""
    kept_path(name).unlink(missing_ok=True)
    known: dict[str, Any] = {key: asdict(found) for key, found in standings().items() if key != name}
    try:
        write_atomically(_index_path(), json.dumps(known, indent=1).encode("utf-8"))
    except (OSError, ProjectFileError):
        return
