"""Groups in the window: which one is open, the way back out, making and dissolving them, blocks of one's own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QInputDialog, QLabel, QToolButton, QWidget

from nnstudio.catalog.features import names_of
from nnstudio.catalog.registry import node_kinds
from nnstudio.document.edits import Edit
from nnstudio.document.errors import StudioError
from nnstudio.document.groups import SEPARATOR, Inside, MakeGroup, Path, Ungroup, body_at
from nnstudio.document.values import Document
from nnstudio.session.blocks import save_block
from nnstudio.ui.canvas.card import title_of
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow


# More columns than this make a list of features that no one reads.
MAX_CHOSEN = 12


class Crumbs(QFrame):
    """The way from the project to the open group; a click goes back."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._crumbs: list[QWidget] = []
        self.hide()

    def show_path(self, names: list[str]) -> None:
        """Show the names from the project down; one name alone needs no crumbs."""
        emptied(self._row, self._crumbs)
        self._crumbs = []
        for depth, name in enumerate(names):
            if depth:
                self._crumbs.append(QLabel("›"))
            button = QToolButton()
            button.setText(name)
            button.setEnabled(depth < len(names) - 1)
            button.clicked.connect(partial(self.picked.emit, depth))
            self._crumbs.append(button)
        for place, crumb in enumerate(self._crumbs):
            self._row.insertWidget(place, crumb)
        self.setVisible(len(names) > 1)


class Grouping:
    """What the window shows of nested documents."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.path: Path = ()

    def features(self, node: str | None) -> tuple[str, ...]:
        """The features that can be made of what flows into a layer of the canvas."""
        lowered = self._window.session.meaning.lowered
        wire = next(iter(self.document.wires_into.get(node or "", ())), None)
        full = self.full_id(wire.source) if wire is not None else None
        shape = lowered.shapes.get(full or "", {}).get(wire.source_port if wire is not None else "", ()) if lowered is not None else ()
        return names_of(min(shape[1], MAX_CHOSEN)) if len(shape) == 2 else ()

    def layers(self) -> dict[str, str]:
        """The layers with weights and the groups on the canvas: their titles by id."""
        kinds = node_kinds()
        return {node.id: title_of(node) for node in self.document.nodes
                if node.body is not None or any(field.name == "frozen" for field in getattr(kinds.get(node.kind), "fields", ()))}

    @property
    def document(self) -> Document:
        """The document on the canvas: the project, or the network inside the open group."""
        return body_at(self._window.session.document, self.path)

    def wrap(self, edit: Edit) -> Edit:
        """An edit of the document on the canvas, as one of the project."""
        return Inside(self.path, edit) if self.path else edit

    def full_id(self, node: str) -> str:
        """A node on the canvas by its path, as the compiler names it."""
        return SEPARATOR.join((*self.path, node))

    def local_id(self, node: str) -> str | None:
        """The card that stands for a node of the whole project: itself, or the closed group it lies in; None elsewhere."""
        parts = tuple(node.split(SEPARATOR))
        depth = len(self.path)
        return parts[depth] if parts[:depth] == self.path and len(parts) > depth else None

    def follow(self) -> None:
        """Leave groups that are no longer there."""
        while self.path:
            try:
                body_at(self._window.session.document, self.path)
                return
            except StudioError:
                self.path = self.path[:-1]

    def open(self, node: str) -> bool:
        """Open a group on the canvas; returns whether the node is one."""
        found = self.document.by_id.get(node)
        if found is None or found.body is None:
            return False
        self._go((*self.path, node))
        return True

    def leave_to(self, depth: int) -> None:
        """Go back out to so many groups deep."""
        if depth < len(self.path):
            inner = self.path[depth]
            self._go(self.path[:depth])
            self._window.scene.select({inner})

    def up(self) -> None:
        """One group out."""
        if self.path:
            self.leave_to(len(self.path) - 1)

    def go_to(self, node: str) -> str:
        """Open the group in which a node lies; returns its name there."""
        *path, name = node.split(SEPARATOR)
        if tuple(path) != self.path:
            self._go(tuple(path))
        return name

    def _go(self, path: Path) -> None:
        self.enter(path)
        self._window.canvas.fit()

    def enter(self, path: Path) -> None:
        """Show the network inside the group at a path, without moving the view."""
        if path != self.path:
            self.path = path
            self._window.show_document()

    def names(self) -> list[str]:
        """The way from the project down to what is on the canvas."""
        session = self._window.session
        found = [session.document.name or tr("network")]
        for depth, name in enumerate(self.path):
            found.append(title_of(body_at(session.document, self.path[:depth]).by_id[name]))
        return found

    # -- actions --------------------------------------------------------------------------------

    def group(self) -> None:
        """Put the selected nodes into a group."""
        chosen = tuple(sorted(self._window.scene.selected))
        if not chosen:
            self._window.toast(tr("Select the layers that belong together first."))
            return
        before = set(self.document.by_id)
        if self._window.propose(MakeGroup(chosen)):
            self._window.scene.select(set(self.document.by_id) - before)

    def ungroup(self) -> None:
        """Dissolve the selected group."""
        for node in sorted(self._window.scene.selected):
            found = self.document.by_id.get(node)
            if found is not None and found.body is not None:
                self._window.propose(Ungroup(node))
                return
        self._window.toast(tr("Select a group first."))

    def save_block(self) -> None:
        """Keep the selected group as a block for other projects."""
        node = next((self.document.by_id[n] for n in self._window.scene.selected if self.document.by_id[n].body is not None), None)
        if node is None or node.body is None:
            self._window.toast(tr("Select a group first."))
            return
        name, okay = QInputDialog.getText(self._window, tr("Save as block"), tr("Name of the block"), text=title_of(node))
        if not okay:
            return
        try:
            path = save_block(name, node.body)
        except StudioError as error:
            self._window.files.refuse(error.message)
            return
        self._window.palette_.fill()
        self._window.toast(tr("Saved the block {name}. It is in the palette now.", name=path.stem))


