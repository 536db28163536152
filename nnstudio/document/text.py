"""Texts a student reads: a pair of languages, or a key with arguments that is rendered late."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Text:
    """One text in English and Simplified Chinese."""

    en: str
    zh: str

    def __call__(self, language: str = "en") -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Message:
    """A sentence named by its key; arguments may be messages or texts themselves."""

    key: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: str = "en") -> str:
        """Return the sentence in ``language`` ("en" or "zh").

        Raises:
            KeyError: the key is not in the table of messages.
        """
        from nnstudio.document.messages import MESSAGES

        given = {k: render(v, language) for k, v in self.args.items()}
        return numbered(MESSAGES[self.key](language), given).format(**given)


# English nouns that are counted in texts; what is counted stands before them, "{count} nodes".
_COUNTED = re.compile(r"\{(\w+)\} (nodes|layers|wires|parameters|numbers|rows|epochs|updates|samples|units|columns|classes|texts|runs|minutes|"
                      r"categories|cells|outputs|inputs|places|steps|lines|results|copies|projects|heads|pictures|sentences|days|seconds)\b")
_SINGULAR = {"classes": "class", "categories": "category", "copies": "copy"}


def numbered(text: str, args: Mapping[str, Any]) -> str:
    """Return a template with its nouns in the singular where there is one of them; Chinese has no other form."""
    return _COUNTED.sub(lambda found: f"{{{found[1]}}} {_SINGULAR.get(found[2], found[2][:-1])}" if str(args.get(found[1])) == "1" else found[0], text)


def message(key: str, **args: Any) -> Message:
    """Make a message; a shorthand for call sites."""
    return Message(key, args)


def render(value: Any, language: str = "en") -> str:
    """Turn a message, a text or a plain value into words."""
    if isinstance(value, Message):
        return value.render(language)
    if isinstance(value, Text):
        return value(language)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
