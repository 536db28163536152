"""The network in numpy alone, written beside the window: what the export of the same name writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message, message
from nnstudio.session.background import Background

if TYPE_CHECKING:
    from nnstudio.compile.program import Program


class Writing(Background):
    """One text: ``text``, or ``reason`` why there is none."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.text = ""
        self.reason: Message | None = None
        super().__init__("numpy")

    def work(self) -> None:
        """Write it."""
        from nnstudio.engine.runtime.device import prepare_thread
        from nnstudio.session.exports.scratch import Cancelled, checked

        prepare_thread(1)
        try:
            self.text = checked(self._program, None, self.cancelled)[0]
        except Cancelled:
            pass
        except StudioError as error:
            self.reason = error.message
        except Exception as error:  # the panel says it; nothing else hangs on it
            self.reason = message("export.script", detail=f"{type(error).__name__}: {error}".split("\n")[0][:160])
