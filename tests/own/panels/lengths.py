"""How long the weights of each layer are."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel

from nnstudio.document.text import Text
from nnstudio.engine.snapshot import Snapshot
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel


def make(desk: Desk) -> QLabel:
    return QLabel()


def show(view: QLabel, snapshot: Snapshot) -> None:
    view.setText("\n".join(f"{node}: {np.linalg.norm(matrix):.3g}" for node, matrix in snapshot.weights.items()))


PANEL = Panel("lengths", Text("Lengths"), make, feeds=(Feed("snapshot", show, every=0.2),))
