"""The stage: which network is on the canvas, and edits of it.

Groups are networks inside networks; one of them may be open.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from nnstudio.document.edits import Edit
from nnstudio.document.errors import EditError, StudioError
from nnstudio.document.groups import SEPARATOR, Inside, Path, body_at
from nnstudio.document.values import Document
from nnstudio.session.project import Project
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.desk import HasDocument, Says
from nnstudio.ui.kit.texts import tr, words


class CanvasStage(QObject):
    """What stands on the canvas of one window.

    ``entered`` tells that another group is open, ``opened`` that it is to be seen as a whole; ``refusal`` is the last
    edit's.
    """

    entered, opened = Signal(), Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._path: Path = ()
        self.refusal = ""
        self._scene: GraphScene | None = None
        self._says: Says | None = None

    def stand_on(self, scene: GraphScene, says: Says) -> None:
        """Take the scene that shows it, and what says why an edit was refused."""
        self._scene, self._says = scene, says

    # -- where --------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The document on the canvas: the project, or the network inside the open group."""
        return body_at(self._project.document, self._path)

    @property
    def path(self) -> Path:
        """The open group, by the groups it lies in; () is the project."""
        return self._path

    def wrap(self, edit: Edit) -> Edit:
        """An edit of the document on the canvas, as one of the project."""
        return Inside(self._path, edit) if self._path else edit

    def full_id(self, node: str) -> str:
        """A node on the canvas by its path, as the compiler names it."""
        return SEPARATOR.join((*self._path, node))

    def local_id(self, node: str) -> str | None:
        """The card that stands for a node of the whole project: itself, or the closed group it lies in; None
        elsewhere.
        """
        parts = tuple(node.split(SEPARATOR))
        depth = len(self._path)
        return parts[depth] if parts[:depth] == self._path and len(parts) > depth else None

    def is_here(self, node: str) -> bool:
        """Whether a node of the whole project has a card of its own on the canvas."""
        local = self.local_id(node)
        return local is not None and self.full_id(local) == node

    def follow(self) -> None:
        """Leave groups that are no longer there."""
        while self._path:
            try:
                body_at(self._project.document, self._path)
                return
            except StudioError:
                self._path = self._path[:-1]

    def enter(self, path: Path) -> None:
        """Show the network inside the group at a path, without moving the view."""
        if path != self._path:
            self._path = path
            self.entered.emit()

    def go_to(self, node: str) -> str:
        """Open the group in which a node lies; returns its name there."""
        *path, name = node.split(SEPARATOR)
        self.open(tuple(path))
        return name

    def open(self, path: Path) -> None:
        """Show the network inside the group at a path, all of it."""
        if path != self._path:
            self.enter(path)
            self.opened.emit()

    def names(self) -> list[str]:
        """The way from the project down to what is on the canvas."""
        document = self._project.document
        return [
            document.name or tr("network"),
            *(title_of(body_at(document, self._path[:depth]).by_id[name]) for depth, name in enumerate(self._path)),
        ]

    # -- edits --------------------------------------------------------------------------------

    def propose(self, edit: Edit, gesture: object = None, *, select: Collection[str] | None = None) -> bool:
        """Try an edit of what is on the canvas; a refusal is said over it.

        Returns whether it was legal, and has other nodes selected then.
        """
        assert self._scene is not None
        self._scene.wanted = select
        try:
            return self.propose_whole(self.wrap(edit), gesture)
        finally:
            self._scene.wanted = None

    def propose_whole(self, edit: Edit, gesture: object = None) -> bool:
        """Try an edit of the whole project, whichever group is open. Edits of one gesture are one step of undo."""
        assert self._says is not None
        try:
            self._project.apply(edit, gesture)
        except EditError as error:
            self.refusal = words(error.message)
            self._says.say(self.refusal)
            return False
        if self.refusal:
            # What was wrong is right now.
            self.refusal = ""
            self._says.hush()
        return True


class Whole:
    """A network that is looked at as a whole; no group of it is open."""

    def __init__(self, network: HasDocument) -> None:
        self._network = network

    @property
    def document(self) -> Document:
        """The network."""
        return self._network.document

    def full_id(self, node: str) -> str:
        """A node by its path: it lies in no group."""
        return node

    def local_id(self, node: str) -> str | None:
        """The card that stands for a node: itself, or the group it lies in."""
        return node.split(SEPARATOR, 1)[0]

    def is_here(self, node: str) -> bool:
        """Whether a node has a card of its own."""
        return SEPARATOR not in node
