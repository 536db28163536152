"""Undo and redo by keeping earlier documents."""

from __future__ import annotations

from nnstudio.document.edits import Edit
from nnstudio.document.fields import Vocabulary
from nnstudio.document.text import Message
from nnstudio.document.values import Document


class History:
    """The documents of one sitting; memory is shared between them because they are immutable."""

    def __init__(self, document: Document, limit: int = 1000) -> None:
        self._past: list[tuple[Document, Message]] = []
        self._future: list[tuple[Document, Message]] = []
        self._limit = limit
        self.document = document

    def apply(self, edit: Edit, vocabulary: Vocabulary) -> bool:
        """Apply an edit; returns False when it changed nothing. Raises EditError when illegal."""
        after = edit.apply(self.document, vocabulary)
        if after == self.document:
            return False
        self._past.append((self.document, edit.label))
        del self._past[: -self._limit]
        self._future.clear()
        self.document = after
        return True

    def undo(self) -> bool:
        """Go back one edit; returns False at the start."""
        if not self._past:
            return False
        document, label = self._past.pop()
        self._future.append((self.document, label))
        self.document = document
        return True

    def redo(self) -> bool:
        """Go forward one edit; returns False at the end."""
        if not self._future:
            return False
        document, label = self._future.pop()
        self._past.append((self.document, label))
        self.document = document
        return True

    @property
    def undo_label(self) -> Message | None:
        """What undo would take back."""
        return self._past[-1][1] if self._past else None

    @property
    def redo_label(self) -> Message | None:
        """What redo would bring back."""
        return self._future[-1][1] if self._future else None
