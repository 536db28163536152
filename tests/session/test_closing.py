"""A window closes within a limit, whatever its threads are in the middle of."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.files import LOADING
from nnstudio.engine.states import State
from nnstudio.session import session as sessions
from nnstudio.session.session import Session
from tests.helpers import chain, choice, wait

ROOT = Path(__file__).resolve().parents[2]


class Slow:
    """Data that takes for ever; ``polite`` says how far it is, as readers do."""

    def __init__(self, polite: bool) -> None:
        self.polite, self.begun, self.free = polite, threading.Event(), threading.Event()

    def __call__(self, params: Any) -> Any:
        self.begun.set()
        while not self.free.wait(0.01):
            if self.polite:
                LOADING.advance(0.5)
        raise ValueError("no data")


@pytest.fixture(params=[True, False], ids=["tells how far it is", "says nothing"])
def slow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    found = Slow(request.param)
    entry = family("datasets")["rings"]
    object.__setattr__(entry, "make", found)
    try:
        yield found
    finally:
        found.free.set()
        monkeypatch.undo()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    entry = family("datasets")["rings"]
    make = entry.make
    yield
    object.__setattr__(entry, "make", make)


def document(seed: int) -> Any:
    return chain(
        ("linear", "h", {"units": 2}), data=choice("rings", seed=seed), loss=choice("cross_entropy"), epochs=1000
    )


def test_closing_while_data_is_read(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CLOSE_SECONDS", 0.5)
    session = Session(document(991 + slow.polite))
    assert slow.begun.wait(20)
    begun = time.monotonic()
    ended = session.close()
    # Reading that tells how far it is ends at once, other reading is left behind; far from the minute it was.
    assert ended == slow.polite and time.monotonic() - begun < 10
    slow.free.set()


def test_closing_in_the_middle_of_a_long_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CLOSE_SECONDS", 0.5)
    free, stuck = threading.Event(), threading.Event()

    def forward(*args: Any) -> Any:
        stuck.set()
        free.wait(30)
        raise RuntimeError("let go")

    session = Session(document(5))
    session.run()
    wait(session, lambda: session.training.state == State.RUNNING and len(session.training.records) > 1)
    monkeypatch.setattr("nnstudio.engine.runtime.replay.Stepper.__call__", forward)
    assert stuck.wait(20)
    begun = time.monotonic()
    assert session.close() is False
    assert time.monotonic() - begun < 10
    free.set()


def test_no_wait_in_the_windows_thread_is_without_a_limit() -> None:
    """In ui and session a thread, process or event is waited for with a limit; what waits in a thread of its own is
    named here.
    """
    own_thread = {("compiler.py", "_bell"), ("recovery.py", "_bell"), ("runs.py", "process")}
    bad = []
    for path in sorted(
        [
            *(ROOT / "nnstudio" / "ui").rglob("*.py"),
            *(ROOT / "nnstudio" / "session").rglob("*.py"),
            ROOT / "nnstudio" / "app.py",
        ]
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("join", "wait")
                and not node.args
                and not node.keywords
            ):
                holder = ast.unparse(node.func.value).split(".")[-1]
                if (path.name, holder) not in own_thread and (path.name, holder) not in {("worker.py", "trainer")}:
                    bad.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    # Background.join has a limit of its own.
    assert [line for line in bad if "survey.join" not in line and "_reviewing.join" not in line] == []
