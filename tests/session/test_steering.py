"""The session's helm: edits that a run takes over, and runs that are gone on with after a restart."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from nnstudio.catalog.tables import again as forget_table
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import TrainError
from nnstudio.document.values import Document
from nnstudio.engine.goals import Until
from nnstudio.engine.states import State
from nnstudio.session import checkpoints
from nnstudio.session.session import Session
from tests.helpers import chain, choice, wait


def document(**training: int) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("dropout", "d", {"p": 0.2}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        **{"epochs": 12, "batch_size": 128, **training},
    )


def test_an_edit_of_the_rate_steers_the_run_and_stands_in_the_journal() -> None:
    session = Session(document(epochs=100_000))
    told: list[object] = []
    session.helm.messages.add(told.append)
    wait(session, lambda: session.meaning.lowered)
    session.run()
    wait(session, lambda: session.training.records)
    session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.002))
    wait(session, lambda: told)
    assert "0.01 → 0.002" in told[0].render() and "0.002" in session.training.journal[-1]  # type: ignore[attr-defined]
    assert (
        session.training.program == session.meaning.lowered.program
        and session.training.program.updaters[0].kwargs["lr"] == 0.002
    )  # type: ignore[union-attr]
    # An edit that changes the network itself leaves the run as it is.
    session.apply(SetParam("h", ("units",), 9))
    wait(session, lambda: session.meaning.lowered)
    for _ in range(20):
        session.poll()
        time.sleep(0.005)
    # It is said, once.
    assert [m.key for m in told] == ["run.adopted", "run.waits"] and "6 → 9" in told[1].render()  # type: ignore[attr-defined]
    assert session.training.program != session.meaning.lowered.program and session.training.state == State.RUNNING  # type: ignore[union-attr]
    session.undo()
    wait(session, lambda: session.meaning.lowered)
    session.apply(SetTraining(("epochs",), len(session.training.records) + 1))
    wait(session, lambda: session.training.state == State.FINISHED)
    session.close()


def test_training_until_starts_a_run_and_waits() -> None:
    session = Session(document(epochs=1000))
    wait(session, lambda: session.meaning.lowered)
    session.helm.speed.set(None)
    session.helm.until(Until(epochs=2))
    wait(session, lambda: session.training.state == State.PAUSED)
    assert len(session.training.records) == 2
    session.helm.use_best()
    wait(session, lambda: session.training.journal and "best" in session.training.journal[-1])
    session.run()
    wait(session, lambda: len(session.training.records) > 2)
    session.close()
    with pytest.raises(TrainError):
        session.helm.use_best()


def test_a_run_that_was_left_is_gone_on_with_and_ends_as_if_it_had_never_stopped() -> None:
    whole = Session(document())
    whole.run()
    wait(whole, lambda: whole.training.state == State.FINISHED)
    expected, history = dict(whole.training.weights), [dict(r) for r in whole.training.records]
    whole.close()
    assert not checkpoints.left_runs()

    first = Session(document())
    first.helm.until(Until(epochs=4))
    wait(first, lambda: first.training.state == State.PAUSED)
    first.close()
    (left,) = checkpoints.left_runs()
    assert (left.epoch, left.epochs, left.document()) == (4, 12, document())

    second = Session()
    second.helm.resume(left)
    wait(second, lambda: second.training.state == State.PAUSED)
    assert [dict(r) for r in second.training.records] == history[:4]
    second.run()
    wait(second, lambda: second.training.state == State.FINISHED)
    assert [dict(r) for r in second.training.records] == history and all(
        np.array_equal(expected[n], second.training.weights[n]) for n in expected
    )
    assert not checkpoints.left_runs()
    second.close()


def test_what_is_left_is_cleared_away_and_broken_states_are_said(tmp_path: Path) -> None:
    root = checkpoints.root()
    (root / "broken").mkdir(parents=True)
    (root / "broken" / "run.json").write_text("{")
    (root / "odd").mkdir()
    (root / "odd" / "run.json").write_text(
        '{"project": 3, "path": "", "name": "x", "epoch": 1, "epochs": 2, "when": 0}'
    )
    (root / "odd" / "last.pt").write_bytes(b"x")
    assert not checkpoints.left_runs() and not (root / "odd").exists()
    session = Session(document())
    session.helm.until(Until(epochs=1))
    wait(session, lambda: session.training.state == State.PAUSED)
    session.close()
    (left,) = checkpoints.left_runs()
    (left.folder / "last.pt").write_bytes(b"cut off")
    other = Session(document())
    with pytest.raises(TrainError):
        other.helm.resume(left)
    assert other.document == document()
    # A reset forgets the run.
    other.run()
    wait(other, lambda: other.training.records)
    other.reset()
    other.close()
    checkpoints.drop(left.folder)
    assert not checkpoints.left_runs()


def test_a_run_on_a_file_of_the_students_is_gone_on_with_in_its_project(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rng = np.random.default_rng(0)
    table.write_text(
        "a,b,kind\n" + "\n".join(f"{x:.3f},{y:.3f},{'p' if x > y else 'q'}" for x, y in rng.random((80, 2)))
    )
    made = chain(
        ("linear", "h", {"units": 4, "activation": choice("tanh")}),
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(table), targets=("kind",)),
        loss=choice("cross_entropy"),
        epochs=40,
        batch_size=16,
    )
    first = Session(made)
    wait(first, lambda: first.meaning.lowered)
    first.run()
    wait(first, lambda: first.training.state == State.FINISHED)
    first.runs.pin(1, True)
    first.save(tmp_path / "p.nns")
    first.helm.until(Until(epochs=3))
    wait(first, lambda: first.training.state == State.PAUSED)
    first.training.journal = ("settings were changed",)
    first.close()
    (left,) = checkpoints.left_runs()
    # As after a start: the table is not in memory.
    forget_table(made.by_id["data"].params["dataset"])
    second = Session()
    second.helm.resume(left)
    wait(second, lambda: second.training.state == State.PAUSED)
    assert (
        len(second.training.records) == 3
        and second.training.journal == ("settings were changed",)
        and second.path == tmp_path / "p.nns"
    )
    assert second.runs.items[1].pinned and second.runs.items[1].epochs == 40
    assert not checkpoints.left_runs(second.helm.folder)
    second.run()
    wait(second, lambda: second.training.state == State.FINISHED)
    second.close()


def test_an_edit_and_its_undo_leave_the_run_with_what_the_canvas_shows() -> None:
    session = Session(document(epochs=100_000))
    wait(session, lambda: session.meaning.lowered)
    session.helm.speed.set(2.0)
    session.run()
    wait(session, lambda: session.training.state == State.RUNNING)
    session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.5))
    wait(session, lambda: session.meaning.lowered)
    session.undo()
    wait(session, lambda: session.meaning.lowered and len(session.training.journal) == 2)
    assert (
        session.training.program == session.meaning.lowered.program
        and session.training.trainer.program == session.meaning.lowered.program
    )  # type: ignore[union-attr]
    assert "0.01 → 0.5" in session.training.journal[0] and "0.5 → 0.01" in session.training.journal[1]
    assert session.runs.items[session.runs.live or 0].document == session.document
    session.close()
