"""Code that is not torch's: classes and functions that an entry brings, and what of their file a script needs."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import keyword
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnstudio.catalog.arithmetic import PARSING
from nnstudio.document.errors import StudioError

# Modules that were made from files of a student's own folder are called so.
PREFIX = "nnstudio_own"
# What an exported script may not lean on: it runs where neither the program nor the folder is.
HERE = ("nnstudio", PREFIX)
_THINGS: dict[str, Any] = {}
# Modules whose text goes into a script, taken apart when they were read; everything else is imported there.
_BROUGHT: dict[str, tuple[Piece, ...]] = {}
_FILES: dict[str, str] = {}


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


def know_again(targets: Iterable[str]) -> None:
    """Know what the files that were read bring under these names, as if their entries had named it: for a network that
    another process has lowered.
    """
    for target in targets:
        module, _, name = target.rpartition(".")
        thing = getattr(sys.modules.get(module), name, None)
        if callable(thing) and module.partition(".")[0] not in ("torch", "nnstudio"):
            own(thing)


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


def bring(module: types.ModuleType) -> None:
    """Let the text of a module go into scripts that use something of it; read now, for a file may change."""
    file = getattr(module, "__file__", None)
    if file is None:
        return
    import tokenize

    with tokenize.open(file) as opened:
        text = opened.read()
    _BROUGHT[module.__name__] = pieces(text, module.__package__ or module.__name__.rpartition(".")[0])
    _FILES[str(Path(file).resolve())] = module.__name__
    _FILES[file] = module.__name__


def is_brought(file: str) -> bool:
    """Whether a file is one whose code was brought."""
    return file in _FILES


def brought_names() -> frozenset[str]:
    """Return the names of all classes and functions in brought files: nothing else in a script is called like them."""
    return frozenset(name for found in _BROUGHT.values() for piece in found if piece.defines for name in piece.gives)


@dataclass(frozen=True)
class Piece:
    """A statement at the top of a file: its text, the names it gives, those it mentions, those whose value it changes.

    ``imports`` are its lines where it imports, with the names they give; ``defines`` is true of a class or function.
    ``needs`` are the modules that it imports somewhere inside.
    """

    text: str
    gives: frozenset[str]
    uses: frozenset[str]
    changes: frozenset[str] = frozenset()
    imports: tuple[tuple[str, str], ...] = ()
    defines: bool = False
    needs: frozenset[str] = frozenset()


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
    reserved: Mapping[str, str]
    imports: dict[str, None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    given: dict[str, tuple[str, str]] = field(default_factory=dict)
    clashes: list[tuple[str, str, str]] = field(default_factory=list)
    loose: dict[str, None] = field(default_factory=dict)

    def give(self, name: str, file: str, origin: str) -> None:
        """Note that a name stands for something; ``origin`` says for what."""
        other, known = self.given.setdefault(name, (file, origin))
        if known != origin:
            self.clashes.append((name, other, file))
        if self.reserved.get(name, origin) != origin or (name not in self.reserved and hasattr(builtins, name)):
            self.clashes.append((name, file, ""))

    def take(self, piece: Piece, file: str) -> None:
        for line, name in piece.imports:
            self.imports[line] = None
            if name:
                self.give(name, file, origin_of(line))
        if not piece.imports:
            for name in sorted(piece.gives):
                self.give(name, file, file)
        if any(module.partition(".")[0] in HERE for module in piece.needs):
            self.loose[file] = None


def origin_of(line: str) -> str:
    """Return what an import of one name stands for, however it is written: ``torch.nn`` for both ways to import nn."""
    words = line.split()
    if words[0] == "import":
        return words[1] if " as " in line else words[1].partition(".")[0]
    return f"{words[1]}.{words[3]}"


def code_of(targets: tuple[str, ...], reserved: Mapping[str, str]) -> OwnCode:
    """Return what of own files a script needs for some targets; ``reserved`` are names that it uses itself, and for
    what.

    Of a file that is brought along only what the target leans on is taken: imports, helpers, constants, what changes
    these, in the file's order.
    """
    script = _Script(reserved)
    wanted: dict[str, set[str]] = {}
    for target in dict.fromkeys(targets):
        if is_own(target):
            module, _, name = target.rpartition(".")
            wanted.setdefault(module, set()).add(name)
    for module, names in wanted.items():
        file = file_of(f"{module}.x")
        if module not in _BROUGHT:
            for name in sorted(names):
                line = f"from {module} import {name}"
                script.take(
                    Piece(line, frozenset({name}), frozenset(), imports=((line, name),), needs=frozenset({module})),
                    file,
                )
            continue
        needed = list(_needed(_BROUGHT[module], names))
        for piece in needed:
            script.take(piece, file)
        text = [piece.text for piece in needed if not piece.imports]
        script.parts.append(f"# --- from {file} ---\n\n" + "\n\n\n".join(text))
    return OwnCode(tuple(script.imports), "\n\n\n".join(script.parts), tuple(script.clashes), tuple(script.loose))


def _needed(pieces: tuple[Piece, ...], names: set[str]) -> Iterator[Piece]:
    """Yield, in order, the pieces that give some names, those that they lean on, and those that change any of these."""
    wanted, kept = set(names), set[int]()
    while True:
        more = [n for n, piece in enumerate(pieces) if n not in kept and (piece.gives | piece.changes) & wanted]
        if not more:
            break
        kept.update(more)
        for number in more:
            wanted |= pieces[number].uses
    for number, piece in enumerate(pieces):
        # What a star brings cannot be seen; of this program it is what the entry is made of.
        star = any(not name for _, name in piece.imports) and not any(m.partition(".")[0] in HERE for m in piece.needs)
        if number in kept or star:
            yield piece


def pieces(text: str, package: str = "") -> tuple[Piece, ...]:
    """Take a file apart into the statements at its top.

    Raises:
        SyntaxError: it is not Python.
    """
    with PARSING:
        tree = ast.parse(text)
    lines = text.split("\n")
    found: list[Piece] = []
    last = 0
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        begin = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        end = node.end_lineno or node.lineno
        alone = begin > last and (after is None or after.lineno > end)
        whole = "\n".join(lines[begin - 1 : end]) if alone else ast.unparse(node)
        last = end
        found.append(_piece(node, whole, package))
    return tuple(found)


def _piece(node: ast.stmt, text: str, package: str) -> Piece:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _import(node, package)
    if isinstance(node, ast.If) and any(
        name.id == "__name__" for name in ast.walk(node.test) if isinstance(name, ast.Name)
    ):
        return Piece(text, frozenset(), frozenset())
    uses = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    needs: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            needs |= {alias.name for alias in inner.names}
        elif isinstance(inner, ast.ImportFrom):
            needs.add(_absolute(inner, package))
    gives, changes = _bound(node), set[str]()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        # A function that is registered with another one changes that one.
        changes = {root for part in node.decorator_list if (root := _root(part)) is not None}
    elif isinstance(node, ast.Expr) and (root := _root(node.value)) is not None:
        # T.append(…), torch.set_…(…): a value changes, or the library itself.
        changes = {root}
    for part in ast.walk(node):
        targets = (
            part.targets
            if isinstance(part, ast.Assign)
            else [part.target]
            if isinstance(part, ast.AugAssign | ast.AnnAssign)
            else []
        )
        changes |= {
            root for target in targets if not isinstance(target, ast.Name) and (root := _root(target)) is not None
        }
    defines = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return Piece(text, frozenset(gives), frozenset(uses), frozenset(changes), defines=defines, needs=frozenset(needs))


def _root(node: ast.expr) -> str | None:
    """The name that an expression begins with: f of f.register(int), T of T[0]."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _bound(node: ast.AST) -> set[str]:
    """The names that a statement gives to its file; what functions and classes inside it bind is theirs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return set()
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    found: set[str] = set()
    for child in ast.iter_child_nodes(node):
        found |= _bound(child)
    return found


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that names are imported from, without dots in front."""
    if not node.level:
        return node.module or ""
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


def _import(node: ast.Import | ast.ImportFrom, package: str) -> Piece:
    """An import, each on a line of its own and none relative."""
    lines: list[tuple[str, str]] = []
    source = _absolute(node, package) if isinstance(node, ast.ImportFrom) else ""
    if source == "__future__":
        # What is said of the language itself stands at the top of every script.
        return Piece("", frozenset(), frozenset())
    for alias in node.names:
        renamed = f" as {alias.asname}" if alias.asname else ""
        line = f"from {source} import {alias.name}{renamed}" if source else f"import {alias.name}{renamed}"
        lines.append(
            (
                line,
                "" if alias.name == "*" else alias.asname or (alias.name if source else alias.name.partition(".")[0]),
            )
        )
    names = frozenset(name for _, name in lines if name)
    needs = frozenset({source} if source else {alias.name for alias in node.names})
    return Piece("\n".join(line for line, _ in lines), names, frozenset(), imports=tuple(lines), needs=needs)


def forget(module: str) -> None:
    """Forget what a module brought: its file is read anew, or gone."""
    for target in [target for target in _THINGS if target.rpartition(".")[0] == module]:
        del _THINGS[target]
    _BROUGHT.pop(module, None)
    for file in [file for file, name in _FILES.items() if name == module]:
        del _FILES[file]
