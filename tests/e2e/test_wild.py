"""A wild hand on the whole program, in a process of its own: it must neither crash, nor raise, nor hang."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
# With --full 100,000 actions in all.
SEEDS, COUNT = (range(1, 35), 3000) if FULL else (range(1, 3), 250)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_actions_do_no_harm(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.wild", str(seed), str(COUNT)],
        capture_output=True,
        text=True,
        timeout=3500,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
