"""Does things to a session one after the other and waits for what comes of each: a lesson's solution, or a student at a
terminal.

Commands are single lines: what a student does with mouse and keys in the window.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from nnstudio.document.errors import EditError, TrainError
from nnstudio.document.numbers import as_number
from nnstudio.engine.goals import Until
from nnstudio.engine.states import State
from nnstudio.session.abreast import Abreast
from nnstudio.session.lessons.gathering import Taught
from nnstudio.session.lessons.said import CHANGES, changed
from nnstudio.session.lessons.tutor import Tutor
from nnstudio.session.steering import Helm

# Nothing of a lesson takes longer than this.
PATIENCE = 120.0
REST = 0.004
# A run that has paused for so long stands still.
STILL = 0.25


class Played(Taught, Protocol):
    """A session that is played on."""

    tutor: Tutor
    helm: Helm
    abreast: Abreast

    def poll(self) -> None: ...
    def run(self) -> None: ...
    def begin(self, *, paused: bool) -> None: ...
    def step(self, grain: str) -> None: ...
    def pause(self) -> None: ...
    def reset(self) -> None: ...
    def undo(self) -> None: ...
    def save(self, path: Path) -> bool: ...
    def close(self) -> bool: ...


class Player:
    """Plays on one session. What it is told and cannot do raises a StudioError."""

    def __init__(self, session: Played) -> None:
        self.session = session
        self.commands: dict[str, Callable[[list[str]], None]] = {
            **{name: partial(self._change, name) for name in CHANGES},
            "run": self._run,
            "pause": lambda words: self._pause(),
            "step": self._step,
            "look": lambda words: self._look(int(words[0])),
            "change": self._what_if,
            "evaluate": lambda words: session.stepping.use_mode(False),
            "leave": lambda words: session.stepping.close(),
            "go": lambda words: self._stepped(lambda: session.stepping.go_to(int(words[0]))),
            "reset": lambda words: session.reset(),
            "undo": lambda words: session.undo(),
            "see": lambda words: session.tutor.saw(words[0]),
            "export": lambda words: session.tutor.took_home(words[0] if words else "python"),
            "beside": self._beside,
            "answer": self._answer,
            "hint": lambda words: session.tutor.hint(),
            "next": lambda words: self._next(),
            "back": lambda words: session.tutor.back(),
            "bring": lambda words: self._bring_back(),
            "save": lambda words: self._save(Path(" ".join(words))),
        }

    def do(self, line: str) -> None:
        """Do one thing, and wait until it is done.

        Raises:
            StudioError: there is no such command, it cannot be done, or it takes too long.
        """
        name, *words = line.split()
        act = self.commands.get(name)
        if act is None:
            raise EditError("lesson.command", line=line[:80], names=", ".join(self.commands))
        try:
            act(words)
        except (ValueError, IndexError, KeyError) as error:
            raise EditError("lesson.command_failed", line=line[:80], detail=str(error)[:120]) from None
        self.settle()

    def settle(self) -> None:
        """Wait until the network is worked out and the lesson has looked."""
        session = self.session

        def worked_out() -> bool:
            lowered = session.meaning.lowered
            return (
                lowered is not None
                and session.meaning.analysis is not None
                and lowered.document.meaning == session.document.meaning
            )

        self.wait(worked_out)
        session.health.diagnose(force=True)
        session.poll()

    def wait(self, done: Callable[[], object], line: str = "…") -> None:
        """Let the session take in what its threads do until something holds.

        Raises:
            TrainError: it takes too long.
        """
        end = time.monotonic() + PATIENCE
        self.session.poll()
        while not done():
            if time.monotonic() > end:
                raise TrainError("lesson.waited", line=line)
            time.sleep(REST)
            self.session.poll()

    # -- the network --------------------------------------------------------------------------

    def _change(self, name: str, words: list[str]) -> None:
        for edit in CHANGES[name](self.session.document, words):
            self.session.apply(edit)

    def _beside(self, words: list[str]) -> None:
        """``beside NODE.setting VALUE``: a copy of the network, with one setting otherwise, trains along; ``beside``
        alone: the networks that the open step sets beside.
        """
        session, step = self.session, self.session.tutor.step
        wanted: list[tuple[str, tuple[str, ...]]] = []
        if words:
            wanted = [(" ".join(words)[:40], (f"set {' '.join(words)}",))]
        if not words and step is not None:
            session.abreast.clear()
            wanted = [(one.name(), one.changes) for one in step.beside]
        for name, changes in wanted:
            if session.abreast.add(changed(session.document, changes), name) is None:
                raise TrainError("lesson.command_failed", line="beside", detail="")

    # -- training -----------------------------------------------------------------------------

    def _run(self, words: list[str]) -> None:
        """``run [EPOCHS]``: to the end, or so many epochs more."""
        session = self.session
        self.settle()
        if words:
            if session.training.going is None:
                # Told before it begins: a small network is done before it could be told.
                session.begin(paused=True)
                self.wait(lambda: session.training.state is State.PAUSED or session.training.state.over, "run")
            session.helm.until(Until(epochs=int(words[0])))
        else:
            session.run()
        session.abreast.run(None)
        self.wait(self._rested(), "run")

    def _rested(self) -> Callable[[], bool]:
        """Whether nothing trains any more. A run that stands up waits for a moment before it goes on."""
        since: list[float] = []

        def rested() -> bool:
            state = self.session.training.state
            if self.session.abreast.going or not (state.over or state is State.PAUSED):
                since.clear()
                return False
            since.append(time.monotonic())
            return state.over or since[-1] - since[0] > STILL

        return rested

    def _pause(self) -> None:
        self.session.pause()
        self.wait(self._rested(), "pause")

    def _step(self, words: list[str]) -> None:
        """``step [GRAIN] [TIMES]``: one "sample", "batch" or "epoch" further."""
        grain = next((word for word in words if not word.isdigit()), "batch")
        for _ in range(next((int(word) for word in words if word.isdigit()), 1)):
            self._stepped(lambda: self.session.step(grain), grain == "epoch")

    def _look(self, row: int) -> None:
        self._stepped(lambda: self.session.stepping.look(row))

    def _stepped(self, act: Callable[[], object], epoch: bool = False) -> None:
        """Do what shows another step, and wait for it; an ``epoch`` is told of after its step is shown."""
        session = self.session
        self.settle()
        if session.training.state is State.RUNNING:
            self._pause()
        # A run that begins tells of it before it can be asked for a step.
        before, told = session.stepping.trace, len(session.training.records)
        act()
        self.wait(
            lambda: (
                (
                    session.stepping.trace is not None
                    and session.stepping.trace is not before
                    and (not epoch or len(session.training.records) != told)
                )
                or session.training.state.over
            ),
            "step",
        )

    def _what_if(self, words: list[str]) -> None:
        """``change PARAMETER PLACE VALUE``: what if a number were another?"""
        value = as_number(words[2])
        if value is None:
            raise ValueError(words[2])
        self.session.stepping.change(words[0], int(words[1]), value)

    # -- the lesson ---------------------------------------------------------------------------

    def _answer(self, words: list[str]) -> None:
        self.settle()
        tutor = self.session.tutor
        text = " ".join(words)
        tutor.answer(int(text) if tutor.asks == "choice" else text)

    def _next(self) -> None:
        self.settle()
        self.session.tutor.next()

    def _bring_back(self) -> None:
        self.session.tutor.bring_back()

    def _save(self, path: Path) -> None:
        self.session.save(path)
