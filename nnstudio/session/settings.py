"""What the program remembers between two starts: language, look, recent projects, shortcuts, how it keeps work safe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.languages import language_ids

RECENT = 8
THEMES = ("", "light", "dark", "contrast")
TEXT_SIZES = (90, 100, 110, 125, 150, 175, 200)
# "" takes a CUDA GPU where there is one.
DEVICE = re.compile(r"|cpu|mps|cuda:\d{1,2}")
# What a project's file carries beside the network: the run as it stands, its weights alone, or nothing of it.
EVERYTHING, WEIGHTS_ONLY, NETWORK_ONLY = CARRIED = ("all", "weights", "network")
MOST_THREADS = 256
MOST_DESKS, LONGEST_DESK = 8, 100_000
# Where a run in the window trains.
PROCESS, THREAD = TRANSPORTS = ("process", "thread")


@dataclass(frozen=True)
class Settings:
    """The student's preferences; "" leaves a choice to the system.

    ``text_size`` is in per cent. ``device`` "cpu" keeps every project off the GPU, "cuda:1" and the
    like names one of several, "mps" Apple's. ``threads`` 0 leaves their number to
    the program; ``transport`` says whether a run has a process of its own. ``unhurried`` lets
    runs begin at a pace that can be watched, ``lead`` lets what is begun turn to its desk. ``desks`` are (name, how the
    student arranged it). ``shortcuts`` are (action, keys) where they differ from the program's own, ``classes``
    folders with the lessons of a class, ``author`` who signs reports.
    """

    language: str = ""
    theme: str = ""
    recent: tuple[str, ...] = ()
    text_size: int = 100
    motion: bool = True
    full: bool = True
    shortcuts: tuple[tuple[str, str], ...] = ()
    recovery: bool = True
    recovery_folder: str = ""
    device: str = ""
    threads: int = 0
    carry: str = EVERYTHING
    transport: str = PROCESS
    unhurried: bool = True
    lead: bool = True
    desks: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()
    author: str = ""

    def with_recent(self, path: Path) -> Settings:
        """Put a project first in the list of recent ones."""
        name = str(path.resolve())
        return replace(self, recent=(name, *(old for old in self.recent if old != name))[:RECENT])


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(keys)) for name, keys in value if isinstance(name, str) and isinstance(keys, str))


def _desks(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, state) for name, state in _pairs(value)[:MOST_DESKS] if len(state) <= LONGEST_DESK)


def _one_of(*allowed: object) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in allowed or isinstance(value, bool):
            raise ValueError(value)
        return value

    return read


def _language(value: Any) -> Any:
    return _one_of("", *language_ids())(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _threads(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_THREADS:
        raise ValueError(value)
    return value


def _device(value: Any) -> str:
    if not isinstance(value, str) or not DEVICE.fullmatch(value):
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 4096 or "\0" in value:
        raise ValueError(value)
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "language": _language,
    "theme": _one_of(*THEMES),
    "text_size": _one_of(*TEXT_SIZES),
    "device": _device,
    "carry": _one_of(*CARRIED),
    "transport": _one_of(*TRANSPORTS),
    "recent": lambda value: tuple(name for name in value if isinstance(name, str))[:RECENT],
    "shortcuts": _pairs,
    "recovery_folder": _text,
    "author": _text,
    "threads": _threads,
    "motion": _flag,
    "full": _flag,
    "recovery": _flag,
    "unhurried": _flag,
    "lead": _flag,
    "desks": _desks,
    "classes": lambda value: tuple(name for name in value if isinstance(name, str))[:MOST_DESKS],
}


def settings_path() -> Path:
    """Return where settings are kept."""
    return Path(platformdirs.user_config_dir("nnstudio", appauthor=False)) / "settings.json"


def load_settings() -> Settings:
    """Read the settings; anything unreadable counts as not set."""
    try:
        plain = json.loads(settings_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    found = {}
    for field in fields(Settings):
        try:
            found[field.name] = _READ[field.name](plain[field.name])
        except (KeyError, ValueError, TypeError):
            continue
    return Settings(**found)


def save_settings(settings: Settings) -> None:
    """Write the settings; a folder that cannot be written is no reason to disturb the student."""
    try:
        settings_path().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(settings_path(), json.dumps(asdict(settings), indent=1).encode("utf-8"))
    except (OSError, ProjectFileError):
        return
