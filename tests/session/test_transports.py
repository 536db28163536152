"""A run in a process of its own does what one in a thread does, bit for bit; what becomes of the process takes nothing
with it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from nnstudio.document.edits import SetParam
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.away import Away
from nnstudio.engine.runtime.training import Progress, share_right
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session import hosting
from nnstudio.session.session import Session
from nnstudio.session.settings import PROCESS, THREAD, Settings, save_settings
from tests.helpers import chain, choice, wait

pytestmark = pytest.mark.process


def small(epochs: int = 40, batch: int = 16) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("dropout", "d", {"p": 0.2}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        batch_size=batch,
        epochs=epochs,
    )


def begun(document: Document, transport: str = PROCESS) -> Session:
    """A session with its network worked out, and a process that is ready."""
    save_settings(Settings(transport=transport))
    hosting.warm()
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None and (transport == THREAD or hosting.hosts().ready))
    return session


def over(session: Session) -> None:
    wait(session, lambda: session.training.state in (State.FINISHED, State.FAILED))


def same(first: object, second: object) -> bool:
    assert isinstance(first, dict) and isinstance(second, dict)
    return first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)


def test_both_ways_give_the_same_bits() -> None:
    found = []
    for transport, kind in ((PROCESS, Away), (THREAD, Trainer)):
        session = begun(small(), transport)
        session.run()
        assert type(session.training.trainer) is kind
        over(session)
        run = session.training
        assert run.state is State.FINISHED and run.report is not None and run.snapshot is not None
        assert run.snapshot.epoch == 40 and session.health.vitals
        found.append((dict(run.weights), list(run.records), run.report["metrics"], run.snapshot.pictures))
        session.close()
    assert same(found[0][0], found[1][0]) and found[0][1:3] == found[1][1:3] and len(found[0][1]) == 40
    for name, picture in found[0][3].items():
        np.testing.assert_array_equal(picture.values, found[1][3][name].values)


def told(transport: str) -> list[object]:
    """What a student sees who steps, goes back, tries weights, changes a setting and trains on."""
    session = begun(small(), transport)
    seen: list[object] = []
    session.step("batch")
    wait(session, lambda: session.stepping.shown is not None and session.training.state is State.PAUSED)
    shown = session.stepping.shown
    assert shown is not None
    seen += [shown.loss, shown.update, {n: p.gradient.tolist() for n, p in shown.parameters.items()}]
    for _ in range(3):
        before = session.stepping.shown
        session.step("batch")
        wait(session, lambda before=before: session.stepping.shown is not before)
    wait(session, lambda: session.training.state is State.PAUSED)
    seen.append({name: array.tolist() for name, array in session.present_weights().items()})
    session.stepping.go_to(1)
    wait(session, lambda: session.stepping.reach is not None and session.stepping.reach.updates == 1)
    seen.append({name: array.tolist() for name, array in session.present_weights().items()})
    session.apply(SetParam("optimizer", ("optimizer",), Choice("adam", Params(learning_rate=0.05))))
    wait(session, lambda: bool(session.training.journal))
    seen.append(session.training.journal)
    session.run()
    over(session)
    seen += [list(session.training.records), {n: a.tolist() for n, a in session.training.weights.items()}]
    session.close()
    return seen


def test_stepping_going_back_and_steering_are_the_same() -> None:
    away, here = told(PROCESS), told(THREAD)
    for number, (one, other) in enumerate(zip(away, here, strict=True)):
        assert one == other, number


def kill(session: Session) -> None:
    trainer = session.training.trainer
    assert isinstance(trainer, Away)
    psutil.Process(trainer.process_id).kill()
    wait(session, lambda: session.training.trainer is not trainer and session.training.state is State.PAUSED)


# How often the process is killed.
KILLS = 10 if os.environ.get("NNSTUDIO_FULL") else 3


def test_a_run_whose_process_is_killed_again_and_again_ends_as_if_nothing_had_happened() -> None:
    unbroken = begun(small(epochs=500 * KILLS), THREAD)
    unbroken.run()
    over(unbroken)
    session = begun(small(epochs=500 * KILLS))
    said: list[str] = []
    session.helm.messages.add(lambda found: said.append(getattr(found, "key", "")))
    session.helm.speed.set(2000.0)
    session.run()
    for number in range(KILLS):
        wait(session, lambda: session.training.trainer.handed_over, 30)  # type: ignore[union-attr]
        kill(session)
        assert len(session.training.journal) == number + 1
        assert session.stepping.reach is not None and session.stepping.reach.updates > 0
        session.run()
    session.helm.speed.set(None)
    over(session)
    assert session.training.state is State.FINISHED and said == ["run.stands"] * KILLS
    assert same(dict(session.training.weights), dict(unbroken.training.weights))
    assert list(session.training.records) == list(unbroken.training.records)
    session.close()
    unbroken.close()


def test_a_process_that_is_lost_before_it_handed_a_state_over_costs_that_run_alone() -> None:
    session = begun(small())
    weights = dict(session.training.weights)
    session.step("batch")
    trainer = session.training.trainer
    assert isinstance(trainer, Away)
    psutil.Process(trainer.process_id).kill()
    wait(session, lambda: session.training.state is State.FAILED)
    assert session.training.reason is not None and session.training.reason.key == "run.lost"
    assert dict(session.training.weights) == weights
    session.run()
    assert isinstance(session.training.trainer, Trainer), "no process is ready so soon, and nobody waits for one"
    over(session)
    assert session.training.state is State.FINISHED
    session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows halts no process by a signal")
def test_a_process_that_does_not_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.engine.away.STUCK_SECONDS", 0.5)
    session = begun(small(epochs=100_000))
    session.run()
    wait(session, lambda: session.training.state is State.RUNNING)
    trainer = session.training.trainer
    assert isinstance(trainer, Away)
    os.kill(trainer.process_id, signal.SIGSTOP)
    started = time.monotonic()
    session.reset()
    assert time.monotonic() - started < 1.0 and session.training.state is State.IDLE
    session.run()
    assert isinstance(session.training.trainer, Trainer)
    wait(session, lambda: not trainer.alive, 10)
    wait(session, lambda: session.training.state is State.RUNNING)
    assert session.close()


def test_where_no_process_can_be_started_a_thread_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> subprocess.Popen[bytes]:
        raise OSError("too many processes")

    monkeypatch.setattr(hosting, "launch", refuse)
    session = begun(small(), THREAD)
    save_settings(Settings())
    hosting.warm()
    session.run()
    assert isinstance(session.training.trainer, Trainer)
    over(session)
    assert session.training.state is State.FINISHED
    session.close()


def test_a_process_serves_one_run_after_the_other(tmp_path: Path) -> None:
    session = begun(small(epochs=5))
    found = []
    for _ in range(3):
        session.run()
        trainer = session.training.trainer
        assert isinstance(trainer, Away)
        found.append(trainer.process_id)
        over(session)
        wait(session, lambda trainer=trainer: not trainer.alive)
    assert len(set(found)) == 1
    session.close()


def test_reset_and_run_again_wait_for_no_other_process() -> None:
    session = begun(small(epochs=100_000))
    found = set()
    for _ in range(4):
        session.run()
        trainer = session.training.trainer
        assert isinstance(trainer, Away)
        found.add(trainer.process_id)
        wait(session, lambda: session.training.state is State.RUNNING)
        session.reset()
    assert len(found) == 1
    session.close()


def test_the_way_that_was_come_is_known_while_the_run_waits() -> None:
    session = begun(small(epochs=100_000))
    session.run()
    wait(session, lambda: session.training.trainer.handed_over)  # type: ignore[union-attr]
    session.pause()
    wait(session, lambda: session.training.state is State.PAUSED)
    trainer = session.training.trainer
    assert trainer is not None
    frames = trainer.frames()
    assert frames and frames[-1].updates > 0
    session.close()


def test_a_process_ends_with_its_window() -> None:
    process = hosting.launch()
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.read(8)
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_saved_run_goes_on_in_another_process(tmp_path: Path) -> None:
    unbroken = begun(small(epochs=60), THREAD)
    unbroken.run()
    over(unbroken)
    session = begun(small(epochs=60))
    for _ in range(9):
        before = session.stepping.reach
        session.step("epoch")
        wait(
            session,
            lambda before=before: session.stepping.reach is not before and session.training.state is State.PAUSED,
        )
    session.save(tmp_path / "run.nns")
    session.close()
    again = Session(start=True)
    again.open(tmp_path / "run.nns")
    # It goes to the step that was shown, and comes back.
    wait(again, lambda: again.training.state is State.PAUSED and len(again.training.records) == 9)
    assert isinstance(again.training.trainer, Away)
    again.run()
    over(again)
    assert same(dict(again.training.weights), dict(unbroken.training.weights))
    again.close()
    unbroken.close()


def test_one_core_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.session.cores import own_process

    save_settings(Settings())
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert own_process()
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert not own_process()
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    save_settings(Settings(transport=THREAD))
    assert not own_process()


def test_what_cannot_be_sent_or_read_ends_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that the window cannot read counts as a lost process; the run stands again, or has failed."""
    session = begun(small(epochs=100_000))
    session.run()
    wait(session, lambda: session.training.state is State.RUNNING)
    trainer = session.training.trainer
    assert isinstance(trainer, Away)

    def unreadable(kind: str, values: object) -> None:
        raise AttributeError("another version")

    monkeypatch.setattr(trainer, "_take", unreadable)
    wait(session, lambda: session.training.trainer is not trainer or session.training.state is State.FAILED)
    assert not psutil.pid_exists(trainer.process_id)
    session.close()


def test_a_state_that_is_handed_over_is_no_larger_than_what_it_holds() -> None:
    """Answers are views of an epoch's targets; written one by one each would take the whole epoch along."""
    targets = torch.zeros(100_000, dtype=torch.int64)
    progress = Progress([0.1])
    progress.answers = [(targets[n : n + 10].clone(), targets[n : n + 10]) for n in range(0, 1000, 10)]
    kept = progress.kept()
    assert len(pickle.dumps(kept)) < 200_000
    assert share_right(kept.answers) == share_right(progress.answers) == 1.0


def test_weights_put_in_twice_are_what_a_lost_run_stands_with() -> None:
    session = begun(small())
    session.step("batch")
    wait(session, lambda: session.training.state is State.PAUSED and session.stepping.shown is not None)
    trainer = session.training.trainer
    assert isinstance(trainer, Away)
    for value in (0.25, 0.75):
        trainer.put_weights({"h.bias": np.full(6, value, dtype=np.float32)})
        wait(session, lambda value=value: bool((session.present_weights()["h.bias"] == value).all()))
        until = time.monotonic() + 1.6
        wait(session, lambda until=until: time.monotonic() > until)
    psutil.Process(trainer.process_id).kill()
    wait(session, lambda: session.training.trainer is not trainer and session.training.state is State.PAUSED)
    np.testing.assert_array_equal(session.present_weights()["h.bias"], np.full(6, 0.75, dtype=np.float32))
    session.close()


def test_a_run_that_is_lost_as_soon_as_it_stands_up_is_not_raised_again_and_again() -> None:
    session = begun(small(epochs=100_000))
    session.run()
    wait(session, lambda: session.training.trainer.handed_over)  # type: ignore[union-attr]
    first = session.training.trainer
    assert isinstance(first, Away)
    psutil.Process(first.process_id).kill()
    wait(session, lambda: session.training.trainer is not first)
    second = session.training.trainer
    assert isinstance(second, Away)
    psutil.Process(second.process_id).kill()
    wait(session, lambda: session.training.state is State.FAILED)
    assert session.training.trainer is second and session.stepping.reach is not None
    session.close()
