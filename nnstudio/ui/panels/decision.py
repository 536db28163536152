"""What the network, or a single neuron, says over its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel
from nnstudio.ui.plots.decision import DecisionMap

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Plane


def make(desk: Desk) -> DecisionMap:
    return DecisionMap()


def _plane(
    view: DecisionMap,
    plane: Plane | None,
    titles: Mapping[str, str],
    classes: tuple[str, ...],
    threshold: float | None,
) -> None:
    view.describe(dict(titles), classes, threshold)
    view.show_plane(plane)


PANEL = Panel(
    "decision", Text("Decision map"), make, (Feed("map", _plane), Feed("hovered", DecisionMap.hover)), order=100
)
