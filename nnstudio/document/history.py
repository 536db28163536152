"""Undo and redo by keeping earlier documents."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.document.edits import Edit
from nnstudio.document.fields import Vocabulary
from nnstudio.document.labels import label_of
from nnstudio.document.text import Message
from nnstudio.document.values import Document


class History:
    """The documents of one sitting; memory is shared between them because they are immutable."""

    def __init__(self, document: Document, limit: int = 1000) -> None:
        self._past: list[tuple[Document, Message]] = []
        self._future: list[tuple[Document, Message]] = []
        self._limit = limit
        self._dropped = 0
        self._gesture: object = None
        self.document = document

    def apply(
        self,
        edit: Edit,
        vocabulary: Vocabulary,
        gesture: object = None,
        guard: Callable[[Document, Document], None] | None = None,
    ) -> bool:
        """Apply an edit; returns False when it changed nothing. Raises EditError when illegal, or whatever ``guard``
        raises.

        Edits of one ``gesture`` in a row, such as the values a slider runs through, are one step of undo.
        """
        after = edit.apply(self.document, vocabulary)
        if after == self.document:
            return False
        if guard is not None:
            guard(self.document, after)
        label = label_of(edit, self.document, vocabulary)
        if gesture is not None and gesture == self._gesture and self._past:
            self._past[-1] = self._past[-1][0], label
        else:
            self._past.append((self.document, label))
        self._gesture = gesture
        self._dropped += max(0, len(self._past) - self._limit)
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
        self.document, self._gesture = document, None
        return True

    def redo(self) -> bool:
        """Go forward one edit; returns False at the end."""
        if not self._future:
            return False
        document, label = self._future.pop()
        self._past.append((self.document, label))
        self.document, self._gesture = document, None
        return True

    def go_to(self, place: int) -> bool:
        """Stand after so many of :attr:`steps`; returns whether that is somewhere else."""
        place = min(max(place, 0), len(self._past) + len(self._future))
        before = self.document
        while len(self._past) > place:
            self.undo()
        while len(self._past) < place:
            self.redo()
        return self.document is not before

    @property
    def steps(self) -> tuple[Message, ...]:
        """The names of all steps, those that were taken back included, oldest first."""
        return (*(label for _, label in self._past), *(label for _, label in reversed(self._future)))

    @property
    def place(self) -> int:
        """How many of the steps are made."""
        return len(self._past)

    @property
    def made(self) -> int:
        """How many steps were made since the beginning, those counted that are too old to be gone back to."""
        return self._dropped + len(self._past)

    @property
    def undo_label(self) -> Message | None:
        """What undo would take back."""
        return self._past[-1][1] if self._past else None

    @property
    def redo_label(self) -> Message | None:
        """What redo would bring back."""
        return self._future[-1][1] if self._future else None
