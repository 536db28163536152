"""A pytest plug-in that notes which tests touch which lines, and how long each takes: ``-p benchmarks.touching``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

# Where the notes are written, and the folder whose lines are noted.
NOTES, WATCHED = "NNSTUDIO_TOUCHING", Path("nnstudio").resolve()

_watch = coverage.Coverage(data_file=None, config_file=False, include=[f"{WATCHED}/*"], concurrency="thread")
_seconds: dict[str, float] = {}
_unfit: set[str] = set()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to watch."""
    _watch.start()
    _watch.switch_context("import")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: Any) -> Iterator[None]:
    """Note what is touched from here on under the test's name."""
    _watch.switch_context(item.nodeid)
    done = yield
    _watch.switch_context("between")
    return done  # type: ignore[return-value]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long a test takes, with what it sets up; one that does not pass as things are tells nothing."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    if not report.passed:
        _unfit.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the notes."""
    _watch.stop()
    data = _watch.get_data()
    lines = {
        str(Path(name).relative_to(WATCHED)): {
            str(line): tests for line, tests in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
    }
    passed = {test: seconds for test, seconds in _seconds.items() if test not in _unfit}
    Path(os.environ[NOTES]).write_text(json.dumps({"lines": lines, "seconds": passed}), encoding="utf-8")
