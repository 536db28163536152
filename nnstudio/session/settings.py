"""What the program remembers between two starts: language, theme, recent projects."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import platformdirs

from nnstudio.document.errors import ProjectFileError
from nnstudio.document.storage import write_atomically

RECENT = 8


@dataclass(frozen=True)
class Settings:
    """The student's preferences; "" leaves a choice to the system."""

    language: str = ""
    theme: str = ""
    recent: tuple[str, ...] = ()

    def with_recent(self, path: Path) -> Settings:
        """Put a project first in the list of recent ones."""
        name = str(path.resolve())
        return replace(self, recent=(name, *(old for old in self.recent if old != name))[:RECENT])


def settings_path() -> Path:
    """Return where settings are kept."""
    return Path(platformdirs.user_config_dir("nnstudio", appauthor=False)) / "settings.json"


def load_settings() -> Settings:
    """Read the settings; anything unreadable counts as not set."""
    try:
        plain = json.loads(settings_path().read_text(encoding="utf-8"))
        recent = tuple(name for name in plain.get("recent", ()) if isinstance(name, str))
        language, theme = plain.get("language", ""), plain.get("theme", "")
    except (OSError, ValueError, AttributeError, TypeError):
        return Settings()
    return Settings(
        language if language in ("", "en", "zh") else "", theme if theme in ("", "light", "dark") else "", recent[:RECENT]
    )


def save_settings(settings: Settings) -> None:
    """Write the settings; a folder that cannot be written is no reason to disturb the student."""
    try:
        settings_path().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(settings_path(), json.dumps(asdict(settings), indent=1).encode("utf-8"))
    except (OSError, ProjectFileError):
        return
