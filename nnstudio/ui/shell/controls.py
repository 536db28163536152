"""What a lesson may leave out of the window: panels, the palette, some actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from nnstudio.ui.kit.texts import tr
from nnstudio.ui.shell.panels import PanelHost

PANEL, ACTION, PALETTE = "dock:", "action:", "palette"


class WindowControls:
    """Names them, and shows or hides each."""

    def __init__(self, panels: PanelHost, palette: QWidget) -> None:
        self._panels, self._palette = panels, palette
        self._actions: Callable[[], Mapping[str, QAction]] = dict

    def know(self, actions: Callable[[], Mapping[str, QAction]]) -> None:
        """Take the actions that may be left out, by name."""
        self._actions = actions

    def listed(self) -> list[tuple[str, str]]:
        """Return (name, title) of each."""
        found = [(PANEL + panel.id, self._panels.title(panel.id)) for panel in self._panels.panels]
        return [
            *found,
            (PALETTE, tr("Palette")),
            *(
                (ACTION + name, action.text().replace("&", "").replace(" …", ""))
                for name, action in self._actions().items()
            ),
        ]

    def set_shown(self, name: str, shown: bool) -> None:
        """Show one, or leave it out; names that are none are passed over."""
        if name == PALETTE:
            self._palette.setVisible(shown)
        elif name.startswith(PANEL) and name.removeprefix(PANEL) in self._panels.dock_of:
            self._panels.set_shown(name.removeprefix(PANEL), shown)
        elif name.startswith(ACTION) and (action := self._actions().get(name.removeprefix(ACTION))) is not None:
            action.setVisible(shown)
