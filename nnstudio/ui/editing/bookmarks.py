"""Bookmarks: views of the canvas that can be come back to; they and the last view go with the project's file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from nnstudio.document.errors import StudioError
from nnstudio.document.groups import body_at
from nnstudio.session.project import Project
from nnstudio.ui.canvas.looking import MAX_ZOOM, MIN_ZOOM
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Says, Stage, Titled
from nnstudio.ui.kit.texts import tr

FARTHEST = 1e7
MOST = 50


def look_of(value: Any) -> tuple[float, float, float, tuple[str, ...]] | None:
    """A view out of a file: x, y, zoom and the open group; None when it is none."""
    if not isinstance(value, Mapping):
        return None
    numbers = [value.get(key) for key in ("x", "y", "zoom")]
    if not all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) and abs(n) <= FARTHEST
        for n in numbers
    ):
        return None
    group = value.get("group", [])
    if not isinstance(group, list | tuple) or not all(isinstance(name, str) for name in group):
        return None
    x, y, zoom = (float(n) for n in numbers)  # type: ignore[arg-type]
    return x, y, min(max(zoom, MIN_ZOOM), MAX_ZOOM), tuple(group)


class Bookmarks:
    """The named views of one window's project."""

    def __init__(
        self, project: Project, stage: Stage, canvas: CanvasView, says: Says, asks: Asks, titled: Titled
    ) -> None:
        self._project, self._stage, self._canvas, self._says, self._asks, self._titled = (
            project,
            stage,
            canvas,
            says,
            asks,
            titled,
        )

    @property
    def _kept(self) -> list[dict[str, Any]]:
        found = self._project.view.get("bookmarks", [])
        return (
            [b for b in found if look_of(b) is not None and isinstance(b.get("name"), str)]
            if isinstance(found, list)
            else []
        )

    def look(self) -> dict[str, Any]:
        """The present view, as a file keeps it."""
        x, y, zoom = self._canvas.where()
        return {"x": round(x, 1), "y": round(y, 1), "zoom": round(zoom, 4), "group": list(self._stage.path)}

    def restore(self) -> bool:
        """Look where the file was looked at when it was saved; returns whether that is known."""
        return self.go(self._project.view.get("look"))

    def go(self, value: Any) -> bool:
        """Look where a view says; returns whether it is one of this project."""
        found = look_of(value)
        if found is None:
            return False
        x, y, zoom, group = found
        try:
            body_at(self._project.document, group)
        except StudioError:
            return False
        self._stage.enter(group)
        self._canvas.go_where(x, y, zoom)
        return True

    def add(self) -> None:
        """Ask for a name and keep the present view."""
        name = self._asks.text(tr("Bookmark"), tr("Name of this view"), tr("View {number}", number=len(self._kept) + 1))
        if name is not None and name.strip():
            self.keep(name.strip()[:100])

    def keep(self, name: str) -> None:
        """Keep the present view under a name; an older one of that name gives way."""
        kept = [b for b in self._kept if b["name"] != name][-MOST + 1 :]
        self._project.view["bookmarks"] = [*kept, {"name": name, **self.look()}]
        self._titled.show_title()
        self._says.say(tr("Bookmarked as {name}. It is saved with the project.", name=name))

    def fill(self, menu: QMenu, add: QAction) -> None:
        """Fill a menu, in which the action that adds a bookmark stands first."""
        menu.clear()
        menu.addAction(add)
        if self._kept:
            menu.addSeparator()
        for bookmark in self._kept:
            menu.addAction(bookmark["name"], partial(self.go, bookmark))
        if self._kept:
            menu.addSeparator()
            gone = menu.addMenu(tr("Remove"))
            for bookmark in self._kept:
                gone.addAction(bookmark["name"], partial(self._remove, bookmark["name"]))

    def _remove(self, name: str) -> None:
        self._project.view["bookmarks"] = [b for b in self._kept if b["name"] != name]
        self._titled.show_title()
