"""Whether things may move of themselves: as the student wants it, and the system."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from functools import cache

from nnstudio.session.settings import load_settings

SPI_GETCLIENTAREAANIMATION = 0x1042
# Where each system keeps the wish for less motion, and the answer that means it.
ASKED = {
    "darwin": (("defaults", "read", "com.apple.universalaccess", "reduceMotion"), "1"),
    "linux": (("gsettings", "get", "org.gnome.desktop.interface", "enable-animations"), "false"),
}
SECONDS = 1.0


@cache
def system_is_calm() -> bool:
    """Whether the system was asked for less motion; asked once."""
    if sys.platform == "win32":
        wanted = ctypes.c_int(1)
        found = ctypes.windll.user32.SystemParametersInfoW(SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(wanted), 0)
        return bool(found) and wanted.value == 0
    command, calm = ASKED.get(sys.platform, ((), ""))
    if not command or shutil.which(command[0]) is None:
        return False
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.stdout.strip() == calm


def moves() -> bool:
    """Whether cards may glide, layers unfold slowly and dots run along weights."""
    return load_settings().motion and not system_is_calm()
