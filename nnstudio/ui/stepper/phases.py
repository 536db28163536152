"""What the four parts of a step are called."""

from __future__ import annotations

from nnstudio.document.text import Text

PHASES = {"forward": Text("forward", "前向"), "loss": Text("loss", "损失"), "backward": Text("backward", "反向"),
          "update": Text("update", "更新")}
