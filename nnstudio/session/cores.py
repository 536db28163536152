"""How many cores a large network trains on: what the settings say, else a share that leaves some to the window.

The same share is written into the export: another number of cores gives other last digits.
"""

from __future__ import annotations

import os

from nnstudio.session.settings import load_settings


def share_of_cores() -> float:
    """The share of this computer's cores for a run in the window."""
    from nnstudio.engine.trainer import WINDOW_SHARE

    threads = load_settings().threads
    # Half a core more, so that rounding down gives the number again.
    return (threads + 0.5) / (os.cpu_count() or 1) if threads else WINDOW_SHARE


def wanted_device() -> str | None:
    """ "cpu" where the settings keep every project off the GPU, else None: the project's own choice."""
    return load_settings().device or None
