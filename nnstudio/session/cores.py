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


def wanted_device(own: str) -> str | None:
    """The device that the settings name, where a project's ``own`` choice leaves it to them; None: the project's.

    The settings may keep every project off the GPU, or name one of several for those that ask for any.
    """
    named = load_settings().device
    return (named or None) if named == "cpu" or own in ("auto", "cuda") else None


def gpus() -> tuple[int, bool]:
    """How many CUDA GPUs there are, and whether there is one of Apple's."""
    from nnstudio.engine.device import has_apple_gpu, several

    return several(), has_apple_gpu()
