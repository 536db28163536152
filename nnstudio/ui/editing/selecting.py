"""What is selected: going to a node, naming it, telling a screen reader; undo and redo."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleEvent

from nnstudio.session.project import Project
from nnstudio.ui.canvas.spoken import spoken
from nnstudio.ui.canvas.stage import CanvasStage
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Says, Side
from nnstudio.ui.kit.texts import tr


class Selecting:
    """Selects nodes on the canvas of one window."""

    def __init__(self, project: Project, stage: CanvasStage, canvas: CanvasView, side: Side, says: Says) -> None:
        self._project, self._stage, self._canvas, self._scene, self._side, self._says = (
            project,
            stage,
            canvas,
            canvas.graph,
            side,
            says,
        )
        # Shapes and problems by card, as they are spoken of.
        self.known: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def undo(self) -> None:
        """Take the last edit back."""
        self._canvas.cancel_gesture()
        self._project.undo()

    def redo(self) -> None:
        """Make it again."""
        self._canvas.cancel_gesture()
        self._project.redo()

    def rename(self) -> None:
        """Go to the name of the selected node."""
        if len(self._scene.selected) == 1:
            self._side.rename()
        else:
            self._says.say(tr("Select a node first."))

    def pick(self, node: str, *, within: bool) -> None:
        """Show a node and its settings; ``within`` the whole project, or else on the canvas."""
        node = self._stage.go_to(node) if within else node
        if node in self._scene.cards:
            self._scene.select({node})
            self._canvas.centerOn(self._scene.cards[node])
            self._side.show_settings()

    def go_to(self, full: str) -> None:
        """Show a node of the project by its path, groups opened on the way."""
        node = self._stage.go_to(full)
        if node in self._scene.cards:
            self._scene.select({node})
            self._canvas.come_closer()
            self._canvas.centerOn(self._scene.cards[node])
            self._canvas.setFocus()

    def know(self, shapes: dict[str, str], problems: dict[str, str]) -> None:
        """Take what is known of the cards."""
        self.known = shapes, problems
        self.speak()

    def speak(self) -> None:
        """Tell a screen reader what is selected."""
        said = spoken(self._stage.document, self._scene.selected, *self.known)
        if said != self._canvas.accessibleDescription():
            self._canvas.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self._canvas, QAccessible.Event.DescriptionChanged))
