"""What every test shares: settings of its own, no stray thread, no stray log, garbage collected in the main thread."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections.abc import Iterator

import pytest
from tqdm import tqdm

# tqdm keeps a thread of its own to watch its bars; torch starts one while it imports.
tqdm.monitor_interval = 0

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Whoever runs the tests may have layers of their own: those are looked for while tests are collected.
os.environ.setdefault("NNSTUDIO_OWN", os.path.join(os.path.dirname(__file__), "no own files"))


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *args, **kwargs: str(folder))
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *args, **kwargs: str(folder / "data"))


@pytest.fixture(autouse=True)
def no_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards stand where they belong at once; the glide has a test of its own."""
    monkeypatch.setattr("nnstudio.ui.editing.arranging.GLIDE_MS", 0)


@pytest.fixture(autouse=True)
def at_full_speed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Runs go as fast as they can but where a test is about watching them."""
    if request.node.get_closest_marker("unhurried") is None:
        monkeypatch.setattr("nnstudio.session.pacing.first_pace", lambda: None)


@pytest.fixture(autouse=True)
def drawn_when_it_trains(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A network is drawn when it trains but where a test is about what is drawn before."""
    if request.node.get_closest_marker("drawn") is None:
        monkeypatch.setattr("nnstudio.session.compiler.draws", lambda: False)


@pytest.fixture(autouse=True)
def desks_that_stay(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A window stays on the desk where all is built but where a test is about the others."""
    if request.node.get_closest_marker("led") is None:
        monkeypatch.setattr("nnstudio.ui.shell.desks.leads", lambda: False)


@pytest.fixture(autouse=True)
def only_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is offered a network for new data says no; the offer has a test of its own."""
    monkeypatch.setattr("nnstudio.ui.project.suggest_dialog.SuggestDialog.exec", lambda self: 0)


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(5)
    left = [thread.name for thread in left if thread.is_alive() and not thread.name.startswith("pytest")]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def no_windows_left() -> Iterator[None]:
    """A window that nobody deletes goes whenever garbage is collected, in the middle of another test."""
    yield
    if "nnstudio.ui.shell.main_window" not in sys.modules:
        return
    from PySide6.QtWidgets import QApplication

    from nnstudio.ui.shell.main_window import MainWindow
    from tests.e2e.loops import let_go

    if QApplication.instance() is None:
        return
    let_go()
    left = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
    for window in left:
        window.deleteLater()
    let_go()
    assert not left, "windows left behind"


@pytest.fixture(autouse=True)
def no_stray_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    loud = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert not loud, f"unexpected logs: {loud}"


@pytest.fixture(autouse=True)
def where_runs_train(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs train in this process but where a test is about the other way; its processes end with it."""
    if request.node.get_closest_marker("process") is None:
        monkeypatch.setattr("nnstudio.session.hosting.own_process", lambda: False)
        yield
        return
    import psutil

    from nnstudio.session import hosting

    hosting.hosts.cache_clear()
    before = set(psutil.Process().children())
    yield
    hosting.hosts().close()
    hosting.hosts.cache_clear()
    _, alive = psutil.wait_procs(set(psutil.Process().children()) - before, timeout=10)
    assert not alive, "processes left behind"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    # Once a test has shown a window nothing is collected by itself any more.
    gc.collect(2 if gc.get_count()[2] > 20 else 1)
