"""Texts a student reads: English, or a key with arguments, said in a language late."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnstudio.document.languages import in_language, language_ids, rule_in_language

# What a key of the table of messages looks like; whatever else names a message is its English.
_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")


@dataclass(frozen=True)
class Text:
    """One text in English; ``about`` tells it from a text that is written alike and means something else."""

    en: str
    about: str = ""

    def __call__(self, language: str = "en") -> str:
        return in_language(self.en, language, self.about)


@dataclass(frozen=True)
class RuleText:
    """A formula that may hold words."""

    rule: str

    def __call__(self, language: str = "en") -> str:
        return rule_in_language(self.rule, language)


@dataclass(frozen=True)
class Quoted:
    """A sentence as it was said once, in every language of that day: what a file keeps of a message."""

    said: Mapping[str, str]

    def __call__(self, language: str = "en") -> str:
        return self.said.get(language) or self.said.get("en") or next(iter(self.said.values()), "")


@dataclass(frozen=True)
class Message:
    """A sentence named by its key, or by its English; arguments may be messages or texts themselves."""

    key: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: str = "en") -> str:
        """Return the sentence in a language.

        Raises:
            KeyError: the key is not in the table of messages.
        """
        from nnstudio.document.messages import MESSAGES

        english = MESSAGES[self.key] if _KEY.fullmatch(self.key) else self.key
        given = {k: render(v, language) for k, v in self.args.items()}
        return numbered(in_language(english, language), given).format(**given)


# What a reader is told: said already, or still to be said in a language.
Said = str | Text | RuleText | Quoted | Message


# English nouns that are counted in texts; what is counted stands before them, "{count} nodes".
_COUNTED = re.compile(
    r"\{(\w+)\} "
    r"(nodes|layers|wires|parameters|numbers|rows|epochs|updates|samples|units|columns|classes|texts|runs|minutes|"
    r"categories|cells|outputs|inputs|places|steps|lines|results|copies|projects|heads|pictures|sentences|days|seconds|paths|lessons|files)\b"
)
_SINGULAR = {"classes": "class", "categories": "category", "copies": "copy"}


def numbered(text: str, args: Mapping[str, Any]) -> str:
    """Return a template with its nouns in the singular where there is one of them; Chinese has no other form."""
    return _COUNTED.sub(
        lambda found: (
            f"{{{found[1]}}} {_SINGULAR.get(found[2], found[2][:-1])}" if str(args.get(found[1])) == "1" else found[0]
        ),
        text,
    )


def message(key: str, **args: Any) -> Message:
    """Make a message; a shorthand for call sites."""
    return Message(key, args)


def phrase(english: str, **args: Any) -> Message:
    """Make a message that is named by its English."""
    return Message(english, args)


def render(value: Any, language: str = "en") -> str:
    """Turn a message, a text or a plain value into words."""
    if isinstance(value, Message):
        return value.render(language)
    if isinstance(value, Text | RuleText | Quoted):
        return value(language)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def quoted(value: Any) -> Quoted:
    """Say a message in every language, to be kept in a file."""
    return Quoted({language: render(value, language) for language in language_ids()})


def concat(*values: Any) -> Message:
    """Put texts together as they are."""
    return joined(values, "")


def joined(values: Iterable[Any], between: str = " · ") -> Message:
    """Put texts one behind the other."""
    named = {f"part{number}": value for number, value in enumerate(values)}
    return Message(between.join(f"{{{name}}}" for name in named), named)


def in_every_language(*values: Any) -> str:
    """Say texts in all languages, one behind the other, for a search that understands each of them."""
    return " ".join(dict.fromkeys(render(value, language) for value in values for language in language_ids()))
