"""The door for a student's own files and for installed packages: everything that is found by walking a folder is found
there too.

A file of one's own lies in a folder of the room it is for (``layers/swirl.py``) and says what a shipped one says. A
package names it as an entry point of the group ``nnstudio.catalog`` with the room in front: ``layers.swirl =
package.swirl``. Whatever cannot be used is named and left out. Nothing is ever loaded because a project says so.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import platformdirs

from nnstudio.catalog import own
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    from importlib import metadata

GROUP = "nnstudio.catalog"
# Where own files lie, if not in the user's data folder.
VARIABLE = "NNSTUDIO_OWN"
T = TypeVar("T")
# How code that was brought may fail: exit() in it must not end the program, or a thread of it.
FAILURES = (Exception, SystemExit)


@dataclass(frozen=True)
class Broken:
    """A file that could not be used, and why."""

    file: str
    why: Message


@dataclass(frozen=True)
class _Source:
    """Where something may be: how it is called, the module's name, and how it is read."""

    name: str
    module: str
    load: Callable[[], Any]


_lock = threading.RLock()
_found: dict[str, tuple[Any, ...]] = {}
_broken: dict[str, Broken] = {}
_origins: dict[int, tuple[Any, str]] = {}


def own_folder() -> Path:
    """Return the folder of the student's own files; it need not be there."""
    given = os.environ.get(VARIABLE)
    folder = Path(given) if given else Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "own"
    return folder.resolve()


# Rooms that are looked through without a window, and how; each adds itself when it is imported.
READERS: dict[str, Callable[[], object]] = {}


def broken() -> tuple[Broken, ...]:
    """Return what could not be used, of every room that is read without a window, and of panels once there is one."""
    for reader in list(READERS.values()):
        reader()
    return broken_so_far()


def broken_so_far() -> tuple[Broken, ...]:
    """Return what could not be used of the rooms that were read up to now."""
    return tuple(_broken.values())


def anything_brought() -> bool:
    """Whether anything is in use that did not ship with the program."""
    return bool(_origins)


def origin(thing: Any) -> str:
    """Return the name of the file or package that something was brought by; "" for what ships with the program."""
    kept = _origins.get(id(thing))
    return kept[1] if kept is not None else ""


def brought(
    room: str, attribute: str, kind: type[T], fault: Callable[[T], Message | None] = lambda thing: None
) -> tuple[T, ...]:
    """Return what own files and packages bring for a room, in the order of their names; read once.

    A file holds one thing of a ``kind`` under the name ``attribute``; ``fault`` may say what is wrong with it.
    """
    with _lock:
        if room not in _found:
            _found[room] = ()
            _found[room] = tuple(
                thing for source in (*_files(room), *_packages(room)) for thing in _load(source, attribute, kind, fault)
            )
        return _found[room]


def brought_also(room: str, path: Path, attribute: str, kind: type[T], fault: Callable[[T], Message | None]) -> None:
    """Add what one file of a room brings, which was not there when the room was read."""
    with _lock:
        _found[room] = (*_found.get(room, ()), *_load(_source_at(room, path), attribute, kind, fault))


def _load(source: _Source, attribute: str, kind: type[T], fault: Callable[[T], Message | None]) -> Iterable[T]:
    try:
        before = _default_dtype()
        # What a file prints while it is read must not stand among what programs read.
        with contextlib.redirect_stdout(sys.stderr):
            loaded = source.load()
        if _default_dtype() not in (before, before or "torch.float32"):
            sys.modules["torch"].set_default_dtype(
                getattr(sys.modules["torch"], (before or "torch.float32").removeprefix("torch."))
            )
            raise StudioError("own.dtype_changed")
        if isinstance(loaded, ModuleType):
            own.bring(loaded)
            loaded = getattr(loaded, attribute, None)
            if loaded is None:
                raise StudioError("own.missing", name=attribute)
        if not isinstance(loaded, kind):
            raise StudioError("own.wrong", name=attribute, kind=kind.__name__)
        refusal = fault(loaded)
    except StudioError as error:
        refusal = error.message
    except BaseException as error:
        line, detail = _line_of(error, source.module), _in_short(error)
        refusal = (
            message("own.fails", line=line, detail=detail) if line else message("own.fails_somewhere", detail=detail)
        )
    if refusal is not None:
        if source.module.startswith(own.PREFIX):
            own.forget(source.module)
        _broken[source.name] = Broken(source.name, refusal)
        return
    _origins[id(loaded)] = (loaded, source.name)
    yield loaded


def _default_dtype() -> str | None:
    """The type that torch gives to new tensors; None before it is imported."""
    torch = sys.modules.get("torch")
    return str(torch.get_default_dtype()) if torch is not None and hasattr(torch, "get_default_dtype") else None


def _line_of(error: BaseException, module: str) -> int:
    """The line of a module in which it failed; 0 where that is not known."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    file = getattr(sys.modules.get(module), "__file__", None)
    return next(
        (frame.lineno or 0 for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.filename == file),
        0,
    )


def where_it_failed(error: BaseException) -> tuple[str, int] | None:
    """Return the own file, and its line, in which an error came up; None where no own file had a part in it."""
    folder = own_folder()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if own.is_brought(frame.filename) or Path(frame.filename).is_relative_to(folder):
            return Path(frame.filename).name, frame.lineno or 0
    return None


def own_file_of(thing: Any) -> str:
    """Return the name of the own file that a function or class comes from; "" for what ships with the program."""
    file = getattr(sys.modules.get(getattr(thing, "__module__", "")), "__file__", None) or ""
    return Path(file).name if own.is_brought(file) else ""


def own_failure(error: BaseException, file: str, line: int) -> Message:
    """Return the sentence for an own file that failed while it was used."""
    if not line:
        return message("own.failed_somewhere", file=file, detail=_in_short(error))
    return message("own.failed", file=file, line=line, detail=_in_short(error))


def blamed(error: BaseException, by: str = "") -> Message:
    """Return the sentence for the own file in which an error came up, or the one that is to be blamed for it (``by``).

    An error in which no own file had a part is the program's, and raised again.
    """
    where = where_it_failed(error)
    if where is None and not by:
        raise error
    return own_failure(error, *(where or (by, 0)))


def _in_short(error: BaseException) -> str:
    """What Python says of an error, on one line."""
    try:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        said = ""
    return f"{type(error).__name__}: {said}".strip().split("\n")[0][:300].rstrip(".: ")


def _files(room: str) -> Iterable[_Source]:
    folder = own_folder() / room
    try:
        found = sorted(
            path for path in folder.iterdir() if path.suffix == ".py" and not path.name.startswith(("_", "."))
        )
    except OSError:
        return
    for path in found:
        yield _source_at(room, path)


def _source_at(room: str, path: Path) -> _Source:
    module = f"{own.PREFIX}.{room}.{path.stem}"
    return _Source(f"{room}/{path.name}", module, lambda: _read(path, module))


def _read(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # The folder may be on a stick or a server: nothing is written beside the files.
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


def _packages(room: str) -> Iterable[_Source]:
    for point in _points():
        if point.name.partition(".")[0] == room:
            where = point.dist.name if point.dist is not None else point.module
            yield _Source(f"{where}: {point.value}", point.module, point.load)


def _points() -> tuple[metadata.EntryPoint, ...]:
    if not _any_package_brings():
        return ()
    from importlib import metadata

    return tuple(sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name))


@cache
def _any_package_brings() -> bool:
    """Whether any installed package names the group at all: asking Python's own way takes a twentieth of a start."""
    sign = f"[{GROUP}]"
    for folder in sys.path:
        for points in Path(folder or ".").glob("*.*-info/entry_points.txt"):
            try:
                if sign in points.read_text(encoding="utf-8", errors="replace"):
                    return True
            except OSError:
                continue
    return False


def forget() -> None:
    """Forget all that was brought, so that it is read anew."""
    with _lock:
        for name in [name for name in sys.modules if name.startswith(own.PREFIX + ".")]:
            own.forget(name)
            del sys.modules[name]
        _found.clear()
        _broken.clear()
        _origins.clear()
