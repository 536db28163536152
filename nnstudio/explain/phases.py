"""What the four parts of a step are called."""

from __future__ import annotations

from nnstudio.document.text import Text

PHASES = {"forward": Text("forward"), "loss": Text("loss"), "backward": Text("backward"), "update": Text("update")}
