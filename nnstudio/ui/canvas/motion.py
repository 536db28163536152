"""Light along the weights of a run that can be watched: forward what is computed, back the gradients."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.kit.motion import moves

FRAME_MS = 33
# One way, in seconds; faster runs have no dots of their own for every update: they are what was measured last.
WAY = 0.8


class Motion(QTimer):
    """Moves the dots of one canvas. What they carry is taken anew at the beginning of each way."""

    def __init__(self, scene: GraphScene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self._began = 0.0
        self._backward = False
        self._ways = 0
        self.setInterval(FRAME_MS)
        self.timeout.connect(self._on)

    def go(self, ways: int = 0) -> None:
        """Run forward and back until told to rest, or so many ways."""
        if not moves():
            self.rest()
            return
        self._ways = ways
        if not self.isActive():
            self._begin(backward=False)
            self.start()

    def rest(self) -> None:
        """Stand still, without dots."""
        if self.isActive():
            self.stop()
            self._scene.pulse(None)

    def _begin(self, backward: bool) -> None:
        self._backward, self._began = backward, time.monotonic()
        self._scene.pulse(0.0, backward)

    def _on(self) -> None:
        share = (time.monotonic() - self._began) / WAY
        if share < 1.0:
            self._scene.pulse(max(share, 1e-6), self._backward)
            return
        if self._ways:
            self._ways -= 1
            if not self._ways:
                self.rest()
                return
        self._begin(not self._backward)
