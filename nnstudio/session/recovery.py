"""Recovery: what is not saved is kept outside the student's own file, and offered after a crash or a power cut.

A snapshot is written RESTS seconds after the last edit, at latest MOST_SECONDS after the first unsaved one and after
MOST_EDITS edits; the document is immutable, so the writing happens in a thread of its own. Saving and a clean end take
it away.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError, StudioError
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document, Parts
from nnstudio.session.held import LOCK, hold, is_held
from nnstudio.session.settings import load_settings

if TYPE_CHECKING:
    from filelock import FileLock

# The promise is 30 seconds and 20 edits; a snapshot takes a moment to write.
RESTS, MOST_SECONDS, MOST_EDITS = 2.0, 25.0, 8
PROJECT, ABOUT, PICTURE = "project.nns", "about.json", "picture.png"
# What lies outside was written by a clock that was wrong: its time is not told.
EARLIEST = 1_577_836_800.0
KEEP_SECONDS, CLOSE_SECONDS = 2.0, 10.0


@dataclass(frozen=True)
class Lost:
    """Work that was not saved when the program ended: where it is kept, whose file it was, when (0 where no clock
    told), and what it looked like.
    """

    folder: Path
    name: str
    path: Path | None
    when: float
    nodes: int
    picture: bytes


def root() -> Path:
    """Where snapshots are kept: the folder of the settings, or the program's own."""
    chosen = load_settings().recovery_folder
    return (
        Path(chosen) / "nnstudio-recovery"
        if chosen
        else Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "recovery"
    )


class Recovery:
    """Keeps the unsaved work of one session. :meth:`edited`, :meth:`tick` and :meth:`clear` are called in the window's
    thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.picture: Callable[[], bytes] = bytes
        # Why the last snapshot could not be written, and what of it the student was told.
        self.problem: Message | None = None
        self.announced: Message | None = None
        self._clock = clock
        self._folder: Path | None = None
        self._document: Document | None = None
        self._path: Path | None = None
        self._first: float | None = None
        self._last = 0.0
        self._edits = 0
        self._writer: _Writer | None = None

    def edited(self, document: Document, path: Path | None) -> None:
        """Something was changed that is not saved."""
        self._document, self._path = document, path
        self._last = self._clock()
        self._edits += 1
        if self._first is None:
            self._first = self._last

    def tick(self) -> None:
        """Write a snapshot when one is due."""
        failure = self._writer.take_failure() if self._writer is not None else None
        if failure is not None:
            if self.problem is None:
                self.problem = message("recovery.failed", detail=failure)
            # Tried again after a while: a disk may be free again.
            if self._document is not None and self._first is None:
                self._first = self._last = self._clock()
        if self._first is None or self._document is None:
            return
        now = self._clock()
        if self._edits >= MOST_EDITS or now - self._last >= RESTS or now - self._first >= MOST_SECONDS:
            # In the middle of a flow of edits a picture would hold it up.
            self.write(picture=now - self._last >= RESTS)

    def _drawn(self) -> bytes:
        """The picture; that there is none is no reason not to keep the work."""
        try:
            return self.picture()
        except Exception:
            return b""

    def write(self, *, picture: bool = True, after: Path | None = None) -> None:
        """Hand the newest document over to be written.

        An older snapshot, ``after``, goes only when this one is there.
        """
        document, self._first, self._edits = self._document, None, 0
        if document is None or not load_settings().recovery:
            return
        if self._folder is None:
            import uuid

            self._folder = root() / uuid.uuid4().hex[:16]
        if self._writer is None:
            self._writer = _Writer()
        about = {
            "name": document.name or (self._path.stem if self._path is not None else ""),
            "path": str(self._path) if self._path is not None else "",
            "when": time.time(),
            "order": _next_order(),
            "nodes": len(document.nodes),
            **_process(),
        }
        self._writer.submit(_Work(self._folder, document, about, self._drawn() if picture else b"", after))

    def move(self) -> None:
        """The settings name another folder, or none: what is not saved goes along."""
        old, self._folder = self._folder, None
        if not load_settings().recovery:
            self._folder = old
            self.forget()
        elif self._document is not None:
            self.write(after=old)

    def keep_now(self) -> bool:
        """Something went wrong: keep what is not saved at once; returns whether it is kept, or there is nothing to
        keep.
        """
        if self._document is None:
            return True
        self.write()
        if self._writer is None:
            return False
        # A disk that does not answer must not hold the window up for long.
        return self._writer.settle(KEEP_SECONDS) and not self._writer.has_failed

    def take_over(self, document: Document, path: Path | None, lost: Lost) -> None:
        """Keep work that was recovered; its old snapshot goes when the new one is written."""
        self.edited(document, path)
        self.write(after=lost.folder)

    def clear(self) -> None:
        """Everything is saved, or is not wanted any more."""
        self._document, self._first, self._edits = None, None, 0
        self.problem = self.announced = None
        self.forget()

    def forget(self) -> None:
        """Take the snapshot away."""
        if self._folder is not None:
            gone = _Work(self._folder, None, {}, b"")
            if self._writer is not None:
                self._writer.submit(gone)
            else:
                _write(gone)
            self._folder = None

    def close(self) -> None:
        """The program ends as it should: nothing is left behind."""
        self.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


@dataclass(frozen=True)
class _Work:
    """A snapshot to be written; without a document the folder is taken away."""

    folder: Path
    document: Document | None
    about: dict[str, Any]
    picture: bytes
    after: Path | None = None


class _Writer:
    """A thread that writes the newest snapshot; a disk that is slow holds nobody up."""

    def __init__(self) -> None:
        self._failed: str | None = None
        self._bell = threading.Condition()
        self._held: dict[Path, FileLock | None] = {}
        self._work: list[_Work] = []
        self._closing = self._busy = False
        self._thread = threading.Thread(target=self._main, name="recovery", daemon=True)
        self._thread.start()

    def submit(self, work: _Work) -> None:
        with self._bell:
            # What waits for the same folder is older.
            after = next(
                (
                    waiting.after
                    for waiting in self._work
                    if waiting.folder == work.folder and waiting.after is not None
                ),
                work.after,
            )
            self._work = [waiting for waiting in self._work if waiting.folder != work.folder] + [
                replace(work, after=after)
            ]
            self._busy = True
            self._bell.notify_all()

    @property
    def has_failed(self) -> bool:
        """Whether something could not be written, and that was not yet told."""
        return self._failed is not None

    def take_failure(self) -> str | None:
        """Return why something could not be written, once."""
        failure, self._failed = self._failed, None
        return failure

    def settle(self, seconds: float) -> bool:
        """Wait until everything is written; returns whether it is."""
        with self._bell:
            return self._bell.wait_for(lambda: not self._busy, seconds)

    def close(self) -> None:
        with self._bell:
            self._closing = True
            self._bell.notify_all()
        # A folder on a network that hangs must not keep the program from ending.
        self._thread.join(CLOSE_SECONDS)
        for folder in list(self._held):
            self._release(folder)

    def _release(self, folder: Path) -> None:
        lock = self._held.pop(folder, None)
        if lock is not None:
            lock.release()

    def _main(self) -> None:
        while True:
            with self._bell:
                while not self._work and not self._closing:
                    self._busy = False
                    self._bell.notify_all()
                    self._bell.wait()
                if not self._work:
                    return
                work = self._work.pop(0)
            try:
                if work.document is None:
                    self._release(work.folder)
                elif work.folder not in self._held:
                    self._held[work.folder] = hold(work.folder / LOCK)
                if work.after is not None and work.after != work.folder:
                    # It is removed behind this; some systems keep a folder in which a file is held.
                    self._release(work.after)
                _write(work)
            except (OSError, StudioError) as error:
                self._failed = str(getattr(error, "strerror", None) or _detail(error))


def _detail(error: Exception) -> str:
    found = getattr(error, "message", None)
    return str(found.args.get("detail", error)) if isinstance(found, Message) else str(error)


def _write(work: _Work) -> None:
    if work.document is None:
        for folder in (work.folder, work.after):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
        return
    work.folder.mkdir(parents=True, exist_ok=True)
    # The one that says what it is comes last: a folder without it is not offered.
    write_atomically(work.folder / PROJECT, storage.dumps(work.document, Parts()))
    if work.picture:
        write_atomically(work.folder / PICTURE, work.picture)
    write_atomically(work.folder / ABOUT, json.dumps(work.about).encode())
    if work.after is not None and work.after != work.folder:
        shutil.rmtree(work.after, ignore_errors=True)


def _process() -> dict[str, Any]:
    """Who writes: number and start of the process, for a number is given away again."""
    import psutil

    own = psutil.Process()
    return {"process": own.pid, "began": own.create_time()}


def _next_order() -> int:
    """The number of a new snapshot, above all there are: clocks are set back and ahead, numbers are not."""
    found = 0
    try:
        for folder in root().iterdir():
            try:
                found = max(found, _order(json.loads((folder / ABOUT).read_text(encoding="utf-8"))))
            except (OSError, ValueError, RecursionError):
                continue
    except OSError:
        return 1
    return found + 1


def _order(about: Any) -> int:
    value = about.get("order") if isinstance(about, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53 else 0


def _alive(folder: Path, about: dict[str, Any]) -> bool:
    """Whether a window that runs keeps this. The process is asked only where no lock can be had."""
    held = is_held(folder / LOCK)
    if held is not None:
        return held
    import psutil

    try:
        process = int(about["process"])
        return bool(abs(psutil.Process(process).create_time() - float(about["began"])) < 2)
    except psutil.AccessDenied:
        return True
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def lost_work() -> list[Lost]:
    """The work that earlier starts left unsaved, newest first. What other running windows keep is not touched; what no
    one can read is skipped.

    Nothing is ever thrown away for its age: a clock that is set wrong would take the work with it.
    """
    found: list[tuple[int, Lost]] = []
    try:
        folders = sorted(root().iterdir())
    except OSError:
        return []
    for folder in folders:
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            if not isinstance(about, dict) or _alive(folder, about):
                continue
            when = float(about["when"])
            # Compared so that what is no number is none as well.
            when = when if EARLIEST <= when <= time.time() + 86400 else 0.0
            picture = (folder / PICTURE).read_bytes() if (folder / PICTURE).is_file() else b""
            lost = Lost(
                folder,
                str(about["name"])[:100],
                Path(str(about["path"])) if about["path"] else None,
                when,
                int(about["nodes"]),
                picture,
            )
            found.append((_order(about), lost))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
    return [lost for _, lost in sorted(found, key=lambda pair: (-pair[0], -pair[1].when))]


def read(lost: Lost) -> Document:
    """Return the work.

    Raises:
        ProjectFileError: it cannot be read.
    """
    return storage.load(lost.folder / PROJECT)[0]


def drop(folder: Path) -> None:
    """Forget some work for good."""
    if folder.parent == root():
        shutil.rmtree(folder, ignore_errors=True)


def saved_project(path: Path | None) -> tuple[Document, Parts]:
    """What a project's file holds now; an empty project when there is none that can be read."""
    if path is None:
        return Document(), Parts()
    try:
        return storage.load(path)
    except ProjectFileError:
        return Document(), Parts()
