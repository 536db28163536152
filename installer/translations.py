"""Keep the languages in order: ``python installer/translations.py [--check] [LANGUAGE …]``.

Collects every text of the program and writes each language's tables anew, one file for each room: what is said in that
language, what is not yet (as comments to be filled in), and nothing that the program no longer says. With ``--check``
nothing is written: whatever is missing, left over or has other {places} is listed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nnstudio.catalog.entry import Call  # noqa: E402
from nnstudio.catalog.registry import CATALOG, family  # noqa: E402
from nnstudio.document import languages  # noqa: E402
from nnstudio.document.fields import complete  # noqa: E402
from nnstudio.document.messages import MESSAGES  # noqa: E402
from nnstudio.document.text import _KEY  # noqa: E402
from nnstudio.document.values import Params  # noqa: E402

Key = tuple[str, str]
PACKAGE = ROOT / "nnstudio"
SAYING = ("Text", "tr", "Message", "message", "phrase")
RULES = "rules"
# What a formula is made of in every language.
SIGNS = re.compile(
    r"tanh|max|min|log|softmax|mean|var|sin|cos|exp|sign|mask(ed)?|slope|low|high|features|e_?ij|a_to|a_from|below|above|step|W_[ih]h|b_[ih]h"
)
ROOMS_OF_ROOMS = ("catalog", "ui")


def room_of(path: Path) -> str:
    """Return the room that a file's texts belong to: its folder, by one level more in the large ones."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:2]) if parts[0] in ROOMS_OF_ROOMS and len(parts) > 2 else parts[0]


def said_in(path: Path) -> Iterator[Key]:
    """Yield every text (heading, English) that a file says."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            not isinstance(node, ast.Call)
            or getattr(node.func, "id", getattr(node.func, "attr", "")) not in SAYING
            or not node.args
        ):
            continue
        text = node.args[0]
        about = next(
            (
                word.value.value
                for word in node.keywords
                if word.arg == "about" and isinstance(word.value, ast.Constant)
            ),
            "",
        )
        if (
            isinstance(text, ast.Constant)
            and isinstance(text.value, str)
            and not _KEY.fullmatch(text.value)
            and text.value
        ):
            yield str(about), text.value


def rules() -> Iterator[str]:
    """Yield every formula of the catalogue."""

    def of(calls: Iterable[object]) -> Iterator[str]:
        for call in calls:
            if isinstance(call, Call) and call.rule is not None:
                yield from (call.rule.forward, *call.rule.backward)

    for entry in family("layers").values():
        params = complete(entry.fields, Params(), CATALOG)
        rank = {port.name: min(port.ranks or (2,)) for port in entry.inputs}
        shapes = {
            port.name: ((2, *(8,) * (rank[port.name] - 1)),) * (2 if port.many else 1) for port in entry.inputs
        } | {"x.tokens": ((5,),)}
        shapes |= {
            "permute": {"x": ((2, 8, 8),)},
            "reshape": {"x": ((2, 64),)},
            "formula_of_two": {"x": ((2, 2),)},
        }.get(entry.id, {})
        yield from of(entry.calls(params, shapes))
        if entry.explain is not None:
            yield from of(entry.explain(params, shapes))
    for name in ("activations", "losses"):
        for entry in family(name).values():
            yield from of(entry.calls(complete(entry.fields, Params(), CATALOG)))


def holds_words(rule: str) -> bool:
    """Whether a formula holds words that every language has its own for."""
    return bool(re.search(r"[A-Za-z]{3,}", SIGNS.sub(" ", rule)))


def used() -> dict[Key, str]:
    """Return every text with the room that says it first."""
    found: dict[Key, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for key in said_in(path):
            found.setdefault(key, room_of(path))
    for text in MESSAGES.values():
        found.setdefault(("", text), "document")
    for rule in rules():
        if holds_words(rule):
            found.setdefault(("", rule), RULES)
    return found


def faults(language: str) -> list[str]:
    """Return what a language lacks, has too much of, or says with other places."""
    table, wanted = languages.table(language), used()
    found = []
    for about, english in wanted:
        own = table.get((about, english))
        if own is None:
            if wanted[about, english] != RULES or languages.rule_in_language(english, language) == english:
                found.append(f"{language}: not said: {english}" + (f" [{about}]" if about else ""))
        elif set(re.findall(r"{(\w+)}", english)) != set(re.findall(r"{(\w+)}", own)):
            found.append(f"{language}: other places: {english}")
    found += [
        f"{language}: no longer said: {english}"
        for about, english in table
        if about != languages.PIECES and (about, english) not in wanted
    ]
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def write(language: str) -> None:
    """Write a language's tables anew."""
    folder, table, wanted = languages.folder() / language, languages.table(language), used()
    rooms: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (about, english), room in sorted(wanted.items(), key=lambda item: item[1]):
        own = table.get((about, english))
        if own is None and room == RULES and languages.rule_in_language(english, language) != english:
            continue
        rooms[room][about].append(
            f"{_quoted(english)} = {_quoted(own)}" if own is not None else f"# {_quoted(english)} = "
        )
    rooms[RULES][languages.PIECES] += [
        f"{_quoted(english)} = {_quoted(own)}" for (about, english), own in table.items() if about == languages.PIECES
    ]
    for old in folder.glob("*.toml"):
        if old.name != languages.ABOUT_ITSELF and old.stem not in rooms:
            old.unlink()
    for room, headings in rooms.items():
        parts = [
            "\n".join(([f"[{about}]"] if about else []) + lines) for about, lines in sorted(headings.items()) if lines
        ]
        if parts:
            (folder / f"{room}.toml").write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    """Write or check the languages that are named; all when none is."""
    parser = argparse.ArgumentParser(description="Keep the languages in order.")
    parser.add_argument("--check", action="store_true", help="list what is missing or wrong, and write nothing")
    parser.add_argument("languages", nargs="*", help="which ones; all when none is named")
    given = parser.parse_args()
    names = given.languages or [language.id for language in languages.languages()[1:]]
    for name in names:
        if not given.check:
            write(name)
            languages.table.cache_clear()
    found = [fault for name in names for fault in faults(name)]
    print("\n".join(found) or "All said.")
    return int(bool(found) and (given.check or bool(given.languages)))


if __name__ == "__main__":
    sys.exit(main())
