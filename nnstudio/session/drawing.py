"""A figure as PDF or PNG: the window's library draws it in a process of its own, since nothing here may load it."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable

from nnstudio.document.errors import ExportError
from nnstudio.session import worker

# No command for people, so it stands in no help.
NAME = "figure"
# What the process says where it cannot draw: the library is not there.
WITHOUT = 3
LOOK_SECONDS, LONGEST_SECONDS = 0.1, 120.0


def drawn(svg: str, ending: str, cancelled: Callable[[], bool]) -> bytes:
    """Return a figure as the bytes of a file with this ending, "pdf" or "png".

    Raises:
        ExportError: it cannot be drawn, or is no longer wanted.
    """
    try:
        process = worker.start(NAME, QT_QPA_PLATFORM="offscreen")
    except OSError as error:
        raise ExportError("export.failed", detail=error.strerror or str(error)) from None
    found: list[bytes] = []

    def talk() -> None:
        with contextlib.suppress(OSError, ValueError):
            found.append(process.communicate(f"{ending}\n{svg}".encode())[0])

    talking = threading.Thread(target=talk, name="figure", daemon=True)
    talking.start()
    waited = 0.0
    while talking.is_alive():
        talking.join(LOOK_SECONDS)
        waited += LOOK_SECONDS
        if cancelled() or waited > LONGEST_SECONDS:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
            talking.join(1.0)
            if cancelled():
                raise ExportError("export.cancelled")
            raise ExportError("export.failed", detail=f"{LONGEST_SECONDS:.0f} s")
    if process.returncode == WITHOUT:
        raise ExportError("export.no_qt")
    if process.returncode or not found or not found[0]:
        raise ExportError("export.failed", detail=f"exit code {process.returncode}")
    return found[0]
