"""Groups in the window: which one is open, the way back out, making and dissolving them, blocks of one's own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from nnstudio.catalog.features import names_of
from nnstudio.catalog.registry import node_kinds
from nnstudio.document.errors import StudioError
from nnstudio.document.groups import MakeGroup, Ungroup
from nnstudio.session.blocks import save_block
from nnstudio.session.listeners import Listeners
from nnstudio.session.meaning import Meaning
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.canvas.stage import CanvasStage
from nnstudio.ui.desk import Asks, Says
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.texts import tr

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
    """Opens groups, makes them and dissolves them."""

    def __init__(self, stage: CanvasStage, scene: GraphScene, says: Says, asks: Asks, meaning: Meaning) -> None:
        self._stage, self._scene, self._says, self._asks, self._meaning = stage, scene, says, asks, meaning
        # Told when there is a new block of one's own.
        self.block_saved = Listeners()

    def features(self, node: str | None) -> tuple[str, ...]:
        """The features that can be made of what flows into a layer of the canvas."""
        lowered = self._meaning.lowered
        wire = next(iter(self._stage.document.wires_into.get(node or "", ())), None)
        full = self._stage.full_id(wire.source) if wire is not None else None
        shape = (
            lowered.shapes.get(full or "", {}).get(wire.source_port if wire is not None else "", ())
            if lowered is not None
            else ()
        )
        return names_of(min(shape[1], MAX_CHOSEN)) if len(shape) == 2 else ()

    def layers(self) -> dict[str, str]:
        """The layers with weights and the groups on the canvas: their titles by id."""
        kinds = node_kinds()
        return {
            node.id: title_of(node)
            for node in self._stage.document.nodes
            if node.body is not None
            or any(field.name == "frozen" for field in getattr(kinds.get(node.kind), "fields", ()))
        }

    def open(self, node: str) -> bool:
        """Open a group on the canvas; returns whether the node is one."""
        found = self._stage.document.by_id.get(node)
        if found is None or found.body is None:
            return False
        self._stage.open((*self._stage.path, node))
        return True

    def leave_to(self, depth: int) -> None:
        """Go back out to so many groups deep."""
        if depth < len(self._stage.path):
            inner = self._stage.path[depth]
            self._stage.open(self._stage.path[:depth])
            self._scene.select({inner})

    def up(self) -> None:
        """One group out."""
        if self._stage.path:
            self.leave_to(len(self._stage.path) - 1)

    def group(self) -> None:
        """Put the selected nodes into a group."""
        chosen = tuple(sorted(self._scene.selected))
        if not chosen:
            self._says.say(tr("Select the layers that belong together first."))
            return
        before = set(self._stage.document.by_id)
        if self._stage.propose(MakeGroup(chosen)):
            self._scene.select(set(self._stage.document.by_id) - before)

    def ungroup(self) -> None:
        """Dissolve the selected group."""
        for node in sorted(self._scene.selected):
            found = self._stage.document.by_id.get(node)
            if found is not None and found.body is not None:
                self._stage.propose(Ungroup(node))
                return
        self._says.say(tr("Select a group first."))

    def save_block(self) -> None:
        """Keep the selected group as a block for other projects."""
        node = next(
            (
                self._stage.document.by_id[n]
                for n in self._scene.selected
                if self._stage.document.by_id[n].body is not None
            ),
            None,
        )
        if node is None or node.body is None:
            self._says.say(tr("Select a group first."))
            return
        name = self._asks.text(tr("Save as block"), tr("Name of the block"), title_of(node))
        if name is None:
            return
        try:
            path = save_block(name, node.body)
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        self.block_saved.tell()
        self._says.say(tr("Saved the block {name}. It is in the palette now.", name=path.stem))
