"""A project that is open: its document with undo, its file, and the recovery of what is not saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.sources.copies import look_beside
from nnstudio.document import storage
from nnstudio.document.disk import backup_of
from nnstudio.document.edits import Edit
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.history import History
from nnstudio.document.lesson import SetLesson, guard
from nnstudio.document.values import Document, Parts
from nnstudio.session import recovery
from nnstudio.session.held import Claim
from nnstudio.session.listeners import Listeners
from nnstudio.session.ondisk import OnDisk, stamp_of
from nnstudio.session.recovery import Lost, Recovery


class Project:
    """What is edited and kept. A session adds what it means and how it trains."""

    def __init__(self, document: Document | None = None) -> None:
        self.history = History(document or Document())
        self.path: Path | None = None
        self.parts = Parts()
        # What the window keeps with a project: where one looks, bookmarks. No edit, and no reason to save.
        self.view: dict[str, Any] = {}
        self.look_now: Callable[[], Mapping[str, Any]] = dict
        self.recovery = Recovery()
        self.disk = OnDisk()
        self.claim = Claim()
        # The project is open in another window as well; the student is told once.
        self.shared = False
        # The lesson that is kept by itself, by its id; "" for every other project.
        self.kept_as = ""
        # What the project's file holds; None when that cannot be read.
        self._saved: Document | None = self.history.document
        self.documents_changed = Listeners()

    def _work_out(self) -> None:
        """The document means something else now."""

    def _put(self, saved: Document, parts: Parts) -> None:
        """Another project takes the place of this one; the parts belong to what is ``saved``."""

    @property
    def document(self) -> Document:
        """The present document."""
        return self.history.document

    @property
    def edited(self) -> bool:
        """Whether the document is not the one in the file."""
        return self.document != self._saved or self.view.get("bookmarks") != self.parts.view.get("bookmarks")

    # -- edits --------------------------------------------------------------------------------

    def apply(self, edit: Edit, gesture: object = None) -> bool:
        """Apply an edit; returns whether anything changed. Edits of one ``gesture`` are one step of undo.

        Raises:
            EditError: the edit is illegal; nothing was changed.
        """
        before = self.document
        changed = self.history.apply(edit, CATALOG, gesture, guard=None if isinstance(edit, SetLesson) else guard)
        if changed:
            self._document_changed(before)
        return changed

    def undo(self) -> None:
        """Take the last edit back."""
        before = self.document
        if self.history.undo():
            self._document_changed(before)

    def redo(self) -> None:
        """Make the edit again that was taken back."""
        before = self.document
        if self.history.redo():
            self._document_changed(before)

    def go_to(self, place: int) -> None:
        """Stand after so many of the history's steps."""
        before = self.document
        if self.history.go_to(place):
            self._document_changed(before)

    def _document_changed(self, before: Document) -> None:
        if (before.meaning, before.labels) != (self.document.meaning, self.document.labels):
            self._work_out()
        if self.edited:
            self.recovery.edited(self.document, self.path)
        else:
            self.recovery.clear()
        self.documents_changed.tell(before, self.document)

    # -- files --------------------------------------------------------------------------------

    def _replace(self, document: Document, path: Path | None, parts: Parts, saved: Document | None = None) -> None:
        before, saved = self.document, document if saved is None else saved
        self.recovery.clear()
        self.disk.forget()
        self.claim.leave()
        self.shared, self.kept_as = False, ""
        self._put(saved, parts)
        self.history = History(document)
        self._saved, self.path, self.parts, self.view = saved, path, parts, dict(parts.view)
        self._work_out()
        self.documents_changed.tell(before, document)

    def new(self, document: Document | None = None) -> None:
        """Start another project that has no file yet."""
        self._replace(document or Document(), None, Parts())

    def begin_with(self, document: Document, parts: Parts, kept_as: str = "", *, unsaved: bool = False) -> None:
        """Start a project that has no file of the student's own: a lesson, with what was done of it, which is
        ``kept_as`` that by itself, or a network from elsewhere, which is ``unsaved``.
        """
        self._replace(document, None, parts)
        self.kept_as = kept_as
        if unsaved:
            self._saved = None
            look_beside(Path("."), parts.data)
        self.documents_changed.tell(document, document)

    def open(self, path: Path) -> None:
        """Open a project file; raises ProjectFileError and leaves the present project as it is."""
        stamp = stamp_of(path)
        document, parts = storage.load(path)
        look_beside(path, parts.data)
        self._replace(document, path, parts)
        self.disk.know(path, stamp)
        self.shared = not self.claim.take(path)

    def open_backup(self, path: Path) -> None:
        """Open the backup of a project file that cannot be read; saving puts it in the place of that file.

        Raises ProjectFileError.
        """
        backup, stamp = backup_of(path), stamp_of(path)
        if backup is None:
            raise ProjectFileError("file.missing", path=path)
        document, parts = storage.load(backup)
        look_beside(path, parts.data)
        self._replace(document, path, parts)
        # What the file holds is not this: it is unsaved, and kept for recovery.
        self._saved = None
        self.documents_changed.tell(document, document)
        self.disk.know(path, stamp)
        self.recovery.edited(document, path)

    def write(self, path: Path, parts: Parts) -> None:
        """Write document and parts to a file, which is the project's from now on; raises ProjectFileError."""
        # A file that could not be read must not take the place of its backup.
        storage.save(path, self.document, parts, backup=self._saved is not None)
        self.path, self.parts, self._saved = path, parts, self.document
        self.disk.know(path, stamp_of(path))
        self.shared = not self.claim.take(path)
        self.recovery.clear()

    def recover(self, lost: Lost) -> None:
        """Open work that was not saved when the program ended; it stays unsaved, and kept, until it is saved.

        Raises:
            ProjectFileError: it cannot be read any more.
        """
        document = recovery.read(lost)
        path = lost.path if lost.path is not None and lost.path.exists() else None
        stamp = stamp_of(path) if path is not None else None
        saved, parts = recovery.saved_project(path)
        if path is not None:
            look_beside(path, parts.data)
        self._replace(document, path, parts, saved)
        if path is not None:
            self.disk.know(path, stamp)
        self.recovery.take_over(document, path, lost)
        self.documents_changed.tell(document, document)
