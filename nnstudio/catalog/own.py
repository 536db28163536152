"""Code that is not torch's: classes and functions that an entry brings, and what of their file an exported script
needs.
"""

from __future__ import annotations

import io
import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import StudioError

if TYPE_CHECKING:
    import tokenize

# Modules that were made from files of a student's own folder are called so.
PREFIX = "nnstudio_own"
_THINGS: dict[str, Any] = {}
# Modules whose text goes into a script; everything else is imported there.
_BROUGHT: set[str] = set()
_WORD = re.compile(r"[^\W\d]\w*")


def own(thing: Any) -> str:
    """Return the name under which a call, an optimizer or a schedule uses a class or function of its own file.

    Raises:
        StudioError: it does not stand at the top of a file, so that a script could not have it.
    """
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if not callable(thing) or not module or not name.isidentifier() or keyword.iskeyword(name):
        raise StudioError("own.nested", name=name or repr(thing))
    _THINGS[f"{module}.{name}"] = thing
    return f"{module}.{name}"


def thing_named(target: str) -> Any:
    """Return what :func:`own` was given; None for a name that it never gave."""
    return _THINGS.get(target)


def is_own(target: str) -> bool:
    """Whether a call's target is code that an entry brings."""
    return target in _THINGS


def script_name(target: str) -> str:
    """Return the name that a script uses for a target of its own."""
    return target.rpartition(".")[2] if is_own(target) else target


def file_of(target: str) -> str:
    """Return the name of the file that brings a target."""
    module = sys.modules.get(target.rpartition(".")[0])
    return Path(getattr(module, "__file__", None) or target).name


def bring(module: str) -> None:
    """Let the text of a module go into scripts that use something of it."""
    _BROUGHT.add(module)


@dataclass(frozen=True)
class Piece:
    """A statement at the top of a file: its text, the names it gives, the names it mentions."""

    text: str
    gives: frozenset[str]
    uses: frozenset[str]
    imports: bool = False


@dataclass(frozen=True)
class OwnCode:
    """What a script needs of own files: lines of imports, the text, and names that two of them give (name, file, file
    or "").
    """

    imports: tuple[str, ...] = ()
    text: str = ""
    clashes: tuple[tuple[str, str, str], ...] = ()
    loose: tuple[str, ...] = ()


@dataclass
class _Script:
    imports: dict[str, None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    clashes: list[tuple[str, str, str]] = field(default_factory=list)
    loose: dict[str, None] = field(default_factory=dict)

    def give(self, name: str, file: str, reserved: frozenset[str]) -> None:
        other = self.given.setdefault(name, file)
        if other != file:
            self.clashes.append((name, other, file))
        if name in reserved:
            self.clashes.append((name, file, ""))


def code_of(targets: tuple[str, ...], reserved: frozenset[str] = frozenset()) -> OwnCode:
    """Return what of own files a script needs for some targets; ``reserved`` are the names that it uses itself.

    Of a file that is brought along only what the target leans on is taken: imports, helpers, constants, in the file's
    order.
    """
    script = _Script()
    wanted: dict[str, set[str]] = {}
    for target in dict.fromkeys(targets):
        if is_own(target):
            module, _, name = target.rpartition(".")
            wanted.setdefault(module, set()).add(name)
    for module, names in wanted.items():
        file = file_of(f"{module}.x")
        if module not in _BROUGHT:
            for name in sorted(names):
                script.give(name, file, reserved)
                script.imports[f"from {module} import {name}"] = None
            continue
        text = []
        for piece in _needed(_pieces_of(module), names):
            if piece.imports:
                script.imports.update(dict.fromkeys(piece.text.split("\n")))
                if any(line.split()[1].partition(".")[0] == "nnstudio" for line in piece.text.split("\n")):
                    script.loose[file] = None
                continue
            for name in sorted(piece.gives):
                script.give(name, file, reserved)
            text.append(piece.text)
        script.parts.append(f"# --- from {file} ---\n\n" + "\n\n\n".join(text))
    return OwnCode(tuple(script.imports), "\n\n\n".join(script.parts), tuple(script.clashes), tuple(script.loose))


def _needed(pieces: tuple[Piece, ...], names: set[str]) -> Iterator[Piece]:
    """Yield, in order, the pieces that give some names, and those that they lean on."""
    wanted, kept = set(names), set[int]()
    while True:
        more = [number for number, piece in enumerate(pieces) if number not in kept and piece.gives & wanted]
        if not more:
            break
        kept.update(more)
        for number in more:
            wanted |= pieces[number].uses
    for number in sorted(kept):
        yield pieces[number]


@cache
def _pieces_of(module: str) -> tuple[Piece, ...]:
    import tokenize

    file = getattr(sys.modules[module], "__file__", None)
    assert file is not None
    with tokenize.open(file) as opened:
        return pieces(opened.read(), module)


def pieces(text: str, module: str = "") -> tuple[Piece, ...]:
    """Take a file apart into the statements at its top.

    By tokens, not by :mod:`ast`: in Python 3.11 two threads that parse at once can fail each other, and scripts are
    written in the compiler's thread. A word too many that a piece seems to use (the name of an attribute) does no harm.
    """
    import tokenize

    lines = text.split("\n")
    found: list[Piece] = []
    begin, depth, words = None, 0, list[tokenize.TokenInfo]()
    fresh, decorated = True, False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER):
            continue
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
            continue
        if fresh and depth == 0 and not decorated and token.string not in ("else", "elif", "except", "finally"):
            if begin is not None:
                found.append(_piece(lines, begin, words, module))
            begin, words = token.start[0] - 1, []
        if fresh and depth == 0:
            # A decorator and what it stands on are one statement.
            decorated = token.string == "@"
        fresh = token.type == tokenize.NEWLINE
        words.append(token)
    if begin is not None:
        found.append(_piece(lines, begin, words, module))
    return tuple(found)


def _piece(lines: list[str], begin: int, words: list[tokenize.TokenInfo], module: str) -> Piece:
    import tokenize

    last = max(word.end[0] for word in words if word.type != tokenize.NEWLINE)
    text = "\n".join(lines[begin:last]).rstrip()
    names = [word for word in words if word.type == tokenize.NAME and not keyword.iskeyword(word.string)]
    first = words[0].string
    if first in ("import", "from"):
        return _import(text, words, module)
    uses = {
        word.string
        for word, before in zip(words, [None, *words], strict=False)
        if word.type == tokenize.NAME
        and not keyword.iskeyword(word.string)
        and (before is None or before.string != ".")
    }
    for word in words:
        # Before Python 3.12 an f-string is one token.
        if word.type == tokenize.STRING and "f" in word.string[: word.string.index(word.string[-1])].lower():
            uses |= set(_WORD.findall(word.string))
    definition = next(
        (number for number, word in enumerate(words) if word.string in ("def", "class") and word.start[1] <= 6), None
    )
    if first in ("def", "class", "async", "@") and definition is not None:
        return Piece(text, frozenset({words[definition + 1].string}), frozenset(uses))
    if first in ("if", "try", "with", "for", "while"):
        if "__name__" in uses:
            return Piece(text, frozenset(), frozenset())
        return Piece(text, frozenset(uses), frozenset(uses))
    equals = next((word for word in words if word.string in ("=", ":")), None)
    gives = {word.string for word in names if equals is not None and word.start < equals.start}
    return Piece(text, frozenset(gives), frozenset(uses))


def _import(text: str, words: list[tokenize.TokenInfo], module: str) -> Piece:
    """An import, each on a line of its own and none relative."""
    import tokenize

    flat = " ".join(word.string for word in words if word.type != tokenize.NEWLINE and word.string not in ("(", ")"))
    flat = re.sub(r"\s*\.\s*", ".", flat)
    source, _, names = flat.partition("import ") if flat.startswith("from") else ("", "", flat.removeprefix("import "))
    source = source.removeprefix("from").strip()
    if source.startswith("."):
        up = len(source) - len(source.lstrip("."))
        source = ".".join([*module.split(".")[:-up], *filter(None, [source.lstrip(".")])])
    lines, gives = [], set[str]()
    for part in filter(None, (part.strip() for part in names.split(","))):
        gives.add(part.split(" as ")[-1].strip() if source or " as " in part else part.partition(".")[0])
        lines.append(f"from {source} import {part}" if source else f"import {part}")
    # What is said of the language itself stands at the top of every script.
    return Piece(
        "\n".join(lines), frozenset(gives) if source != "__future__" else frozenset(), frozenset(), imports=True
    )


def forget(module: str) -> None:
    """Forget what a module brought: its file is read anew, or gone."""
    for target in [target for target in _THINGS if target.rpartition(".")[0] == module]:
        del _THINGS[target]
    _BROUGHT.discard(module)
    _pieces_of.cache_clear()
