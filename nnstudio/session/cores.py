"""What the settings say of the processor and the GPU."""

from __future__ import annotations

from nnstudio.session.settings import load_settings


def wanted_threads() -> int | None:
    """How many cores a run in the window takes; None where that is to be measured."""
    return load_settings().threads or None


def wanted_device() -> str | None:
    """ "cpu" where the settings keep every project off the GPU, else None: the project's own choice."""
    return load_settings().device or None
