"""The named ways in which an edit or a file can be refused."""

from __future__ import annotations

from typing import Any

from nnstudio.document.text import Message, message


class StudioError(Exception):
    """A refusal with a sentence for the student; ``message`` is rendered in their language."""

    def __init__(self, key: str, **args: Any) -> None:
        self.message: Message = message(key, **args)
        super().__init__(self.message.render("en"))


class EditError(StudioError):
    """An edit that is illegal on this document, whoever tried it."""


class UnknownNode(EditError):
    """The edit names a node that is not in the document."""


class UnknownPort(EditError):
    """The edit names a port that the node does not have."""


class UnknownKind(EditError):
    """The vocabulary has no node or choice of that name."""


class DuplicateNode(EditError):
    """A node with that id exists already."""


class OnlyOne(EditError):
    """A second node of a kind that may stand only once."""


class PortTaken(EditError):
    """The input port has a wire and takes one only."""


class DuplicateWire(EditError):
    """That very wire exists already."""


class WouldCycle(EditError):
    """The wire would close a circle."""


class UnknownField(EditError):
    """The node has no such setting."""


class BadValue(EditError):
    """The value has a wrong type or lies outside the field's range."""


class ProjectFileError(StudioError):
    """A project file that cannot be read or written, with what to do."""


class ExportError(StudioError):
    """An export that was refused, with the reason."""


class TrainError(StudioError):
    """A training run that could not start or go on."""


class ImportRefused(StudioError):
    """A network that was made elsewhere cannot be brought in."""


class SearchRefused(StudioError):
    """A search over settings that could not begin or go on."""
