"""Works a loss landscape out in the background, newest wish first; may be stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nnstudio.document.text import Message, message
from nnstudio.session.background import Background

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.landscape import Landscape


class Survey(Background):
    """One landscape in its own thread. ``kind`` is "path", "random" or "weights"."""

    def __init__(
        self,
        program: Program,
        state: Mapping[str, np.ndarray],
        earlier: Sequence[Mapping[str, np.ndarray]],
        kind: str,
        weights: tuple[tuple[str, int], tuple[str, int]] | None = None,
        reach: float = 1.0,
        seed: int = 0,
    ) -> None:
        self._args = program, state, tuple(earlier), kind, weights, reach, seed
        self.share = 0.0
        self.update = 0
        self.result: Landscape | None = None
        self.reason: Message | None = None
        super().__init__("landscape")

    def _progress(self, share: float) -> None:
        self.share = share

    def work(self) -> None:
        """Compute the landscape."""
        from nnstudio.engine import landscape as engine
        from nnstudio.engine.runtime.device import prepare_thread

        program, state, earlier, kind, weights, reach, seed = self._args
        prepare_thread(1)
        try:
            if kind == "weights":
                assert weights is not None
                plane = engine.weights_plane(program, *weights)
            elif kind == "path":
                found = engine.path_plane(program, state, earlier)
                if found is None:
                    self.reason = message("landscape.no_path")
                    return
                plane = found
            else:
                plane = engine.random_plane(program, state, seed)
            self.result = engine.landscape(
                program, state, plane, earlier, reach=reach, cancel=self._cancel, progress=self._progress
            )
        except engine.Cancelled:
            pass
        except (KeyError, IndexError):
            self.reason = message("landscape.no_weight")
        except (RuntimeError, MemoryError, ValueError) as error:
            self.reason = message("run.trace_failed", detail=f"{type(error).__name__}: {error}".split("\n")[0][:160])
