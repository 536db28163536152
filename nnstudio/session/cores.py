"""What the settings say of the processor and the GPU."""

from __future__ import annotations

import os

from nnstudio.session.settings import PROCESS, load_settings


def wanted_threads() -> int | None:
    """How many cores a run in the window takes; None where that is to be measured."""
    return load_settings().threads or None


def own_process() -> bool:
    """Whether runs in the window have a process of their own; on a single core that would only cost memory."""
    return load_settings().transport == PROCESS and (os.cpu_count() or 1) > 1


def wanted_device() -> str | None:
    """ "cpu" where the settings keep every project off the GPU, else None: the project's own choice."""
    return load_settings().device or None
