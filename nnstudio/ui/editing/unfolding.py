"""Layers unfolded and folded by hand, their width, and which neurons of a wide one are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractAnimation, QTimer, QVariantAnimation
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from shiboken6 import isValid

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.edits import SetParam
from nnstudio.document.fields import IntField
from nnstudio.document.values import COMMENT
from nnstudio.session.project import Project
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.column import MOST
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Says, Stage
from nnstudio.ui.kit.motion import moves
from nnstudio.ui.kit.texts import tr

WAYS = ("first", "even", "gradient")
MOST_KEPT = 500
# From this zoom on what is in sight unfolds, and below that one it folds again; once the canvas rests.
NEAR, FAR, REST_MS = 1.4, 0.8, 180
FADE_MS = 200


class Unfolding:
    """On the canvas of one window; what was wished is kept with the project's view."""

    def __init__(self, project: Project, stage: Stage, canvas: CanvasView, says: Says) -> None:
        self._project, self._stage, self._canvas, self._scene, self._says = project, stage, canvas, canvas.graph, says
        self._resting = QTimer(canvas)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST_MS)
        self._resting.timeout.connect(self._come_near)
        canvas.moved.connect(self._moved)

    def _moved(self) -> None:
        if not self._scene.small:
            self._resting.start()

    def _come_near(self) -> None:
        """In a large network what is looked at from near unfolds; far away all are cards again."""
        scene, zoom = self._scene, self._canvas.zoom
        if NEAR > zoom >= FAR:
            return
        seen = self._canvas.seen()
        inside = {n for n, card in scene.cards.items() if seen.contains(card.sceneBoundingRect().center())}
        near = scene.near | inside if zoom >= NEAR else frozenset()
        changed = near ^ scene.near
        scene.near = frozenset(near)
        if changed:
            scene.redraw(changed)

    # -- fold and unfold ----------------------------------------------------------------------

    def toggle(self, name: str, *, groups: bool = False) -> None:
        """Unfold a card, or fold it; one that has no numbers yet says so. A double click opens ``groups`` instead."""
        node, card = self._stage.document.by_id.get(name), self._scene.cards.get(name)
        if node is None or card is None or (node.body is not None and not groups) or node.kind == COMMENT:
            return
        kind = node_kinds().get(node.kind)
        if kind is None or kind.role in ("loss", "optimizer"):
            return
        self._scene.wished[name] = not card.unfolded
        if not card.unfolded and not card.strength:
            self._says.say(tr("{name} unfolds as soon as it has numbers to show.", name=title_of(node)))
        self._scene.redraw([name])
        self._canvas.ease()
        if card.unfolded and moves():
            self._fade_in(card)

    def _fade_in(self, card: Card) -> None:
        """Let neurons appear, not jump out."""
        fade = QVariantAnimation(self._canvas)
        fade.setDuration(FADE_MS)
        fade.setStartValue(0.0)
        fade.setEndValue(1.0)
        fade.valueChanged.connect(lambda share: card.column.setOpacity(share) if isValid(card.column) else None)
        fade.start(QAbstractAnimation.DeletionPolicy.DeleteWhenStopped)

    def toggle_selected(self) -> None:
        """Unfold or fold what is selected."""
        if not self._scene.selected:
            self._says.say(tr("Select a node first."))
        for name in sorted(self._scene.selected):
            self.toggle(name, groups=True)

    def all(self) -> None:
        """Unfold every card, or fold them when all are."""
        opened = [card.unfolded for card in self._scene.cards.values() if card.strength]
        wanted = not (opened and all(opened))
        self._scene.wished.update(dict.fromkeys(self._scene.cards, wanted))
        self._scene.redraw(list(self._scene.cards))

    # -- width --------------------------------------------------------------------------------

    def widen(self, by: int) -> None:
        """Give the selected layer a neuron more, or one less."""
        chosen = [self._stage.document.by_id[name] for name in self._scene.selected]
        kind = node_kinds().get(chosen[0].kind) if len(chosen) == 1 else None
        fields = kind.fields if kind is not None else ()
        field = next((f for f in fields if isinstance(f, IntField) and f.width), None)
        if field is None:
            self._says.say(tr("Select one layer that has a width first."))
            return
        now = chosen[0].params.get(field.name, field.default)
        self._stage.propose(SetParam(chosen[0].id, (field.name,), int(now) + by), ("width", chosen[0].id))

    # -- which neurons ------------------------------------------------------------------------

    def fill(self, menu: QMenu) -> None:
        """Offer which neurons of the selected layer are shown, where there are more than are."""
        menu.clear()
        name = next(iter(self._scene.selected), "") if len(self._scene.selected) == 1 else ""
        card = self._scene.cards.get(name)
        units = card.column.units if card is not None else None
        menu.setEnabled(units is not None and units.picture.total > MOST)
        if not menu.isEnabled():
            return
        titles = {
            "first": tr("The first"),
            "even": tr("Evenly spread"),
            "gradient": tr("By |gradient|, as it is now"),
        }
        for way in WAYS:
            action = QAction(titles[way], menu)
            action.setCheckable(True)
            action.setChecked(self._scene.ways.get(name, "first") == way)
            action.triggered.connect(lambda checked=False, way=way: self.show_by(name, way))
            menu.addAction(action)

    def show_by(self, name: str, way: str) -> None:
        """Show the neurons of a wide layer that are "first", "even" or "gradient": those with the largest now."""
        self._scene.ways[name] = way
        self._scene.choose_again(name)
        self._scene.redraw([name])

    def pin(self, name: str, unit: int) -> None:
        """Keep a neuron among those shown, or no longer."""
        pinned = self._scene.pinned.get(name, ())
        self._scene.pinned[name] = tuple(u for u in pinned if u != unit) if unit in pinned else (*pinned, unit)[-MOST:]
        self._scene.choose_again(name)
        self._scene.redraw([name])

    # -- kept ---------------------------------------------------------------------------------

    def look(self) -> dict[str, Any]:
        """What was wished, as the project's file keeps it."""
        scene = self._scene
        found = {
            "wished": dict(scene.wished),
            "ways": dict(scene.ways),
            "pinned": {name: list(units) for name, units in scene.pinned.items() if units},
        }
        return {"unfolded": found} if any(found.values()) else {}

    def restore(self) -> None:
        """Take what a project's file kept; what is no wish is passed over."""
        kept = self._project.view.get("unfolded")
        kept = kept if isinstance(kept, Mapping) else {}

        def of(key: str) -> list[tuple[str, Any]]:
            found = kept.get(key)
            pairs = list(found.items())[:MOST_KEPT] if isinstance(found, Mapping) else []
            return [(name, value) for name, value in pairs if isinstance(name, str)]

        self._scene.wished = {name: value for name, value in of("wished") if isinstance(value, bool)}
        self._scene.ways = {name: value for name, value in of("ways") if value in WAYS}
        self._scene.near = frozenset()
        self._scene.choose_again()
        self._scene.pinned = {
            name: tuple(unit for unit in units[:MOST] if type(unit) is int and unit >= 0)
            for name, units in of("pinned")
            if isinstance(units, list | tuple)
        }
