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
from nnstudio.session import checkpoints
from nnstudio.session.session import FINISHED, PAUSED, RUNNING, Session
from tests.helpers import chain, choice, wait


def document(**training: int) -> Document:
    return chain(("linear", "h", {"units": 6, "activation": choice("tanh")}), ("dropout", "d", {"p": 0.2}), ("linear", "o", {"units": 2}), data=choice("rings"),
                 loss=choice("cross_entropy"), optimizer=choice("adam", learning_rate=0.01), **{"epochs": 12, "batch_size": 128, **training})


def test_an_edit_of_the_rate_steers_the_run_and_stands_in_the_journal() -> None:
    session = Session(document(epochs=100_000))
    told: list[object] = []
    session.helm.told.add(told.append)
    wait(session, lambda: session.lowered)
    session.run()
    wait(session, lambda: session.records)
    session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.002))
    wait(session, lambda: told)
    assert "0.01 → 0.002" in told[0].render() and "0.002" in session.journal[-1]  # type: ignore[attr-defined]
    assert session.run_program == session.lowered.program and session.run_program.updaters[0].kwargs["lr"] == 0.002  # type: ignore[union-attr]
    # An edit that changes the network itself leaves the run as it is.
    session.apply(SetParam("h", ("units",), 9))
    wait(session, lambda: session.lowered)
    for _ in range(20):
        session.poll()
        time.sleep(0.005)
    # It is said, once.
    assert [m.key for m in told] == ["run.adopted", "run.waits"] and "6 → 9" in told[1].render()  # type: ignore[attr-defined]
    assert session.run_program != session.lowered.program and session.state == RUNNING  # type: ignore[union-attr]
    session.undo()
    wait(session, lambda: session.lowered)
    session.apply(SetTraining(("epochs",), len(session.records) + 1))
    wait(session, lambda: session.state == FINISHED)
    session.close()


def test_training_until_starts_a_run_and_waits() -> None:
    session = Session(document(epochs=1000))
    wait(session, lambda: session.lowered)
    session.helm.pace(None)
    session.helm.until(Until(epochs=2))
    wait(session, lambda: session.state == PAUSED)
    assert len(session.records) == 2
    session.helm.use_best()
    wait(session, lambda: session.journal and "best" in session.journal[-1])
    session.run()
    wait(session, lambda: len(session.records) > 2)
    session.close()
    with pytest.raises(TrainError):
        session.helm.use_best()


def test_a_run_that_was_left_is_gone_on_with_and_ends_as_if_it_had_never_stopped() -> None:
    whole = Session(document())
    whole.run()
    wait(whole, lambda: whole.state == FINISHED)
    expected, history = dict(whole.weights), [dict(r) for r in whole.records]
    whole.close()
    assert not checkpoints.left_runs()

    first = Session(document())
    first.helm.until(Until(epochs=4))
    wait(first, lambda: first.state == PAUSED)
    first.close()
    (left,) = checkpoints.left_runs()
    assert (left.epoch, left.epochs, left.document()) == (4, 12, document())

    second = Session()
    second.helm.resume(left)
    wait(second, lambda: second.state == PAUSED)
    assert [dict(r) for r in second.records] == history[:4]
    second.run()
    wait(second, lambda: second.state == FINISHED)
    assert [dict(r) for r in second.records] == history and all(np.array_equal(expected[n], second.weights[n]) for n in expected)
    assert not checkpoints.left_runs()
    second.close()


def test_what_is_left_is_cleared_away_and_broken_states_are_said(tmp_path: Path) -> None:
    root = checkpoints.root()
    (root / "broken").mkdir(parents=True)
    (root / "broken" / "run.json").write_text("{")
    (root / "odd").mkdir()
    (root / "odd" / "run.json").write_text('{"project": 3, "path": "", "name": "x", "epoch": 1, "epochs": 2, "when": 0}')
    (root / "odd" / "last.pt").write_bytes(b"x")
    assert not checkpoints.left_runs() and not (root / "odd").exists()
    session = Session(document())
    session.helm.until(Until(epochs=1))
    wait(session, lambda: session.state == PAUSED)
    session.close()
    (left,) = checkpoints.left_runs()
    (left.folder / "last.pt").write_bytes(b"cut off")
    other = Session(document())
    with pytest.raises(TrainError):
        other.helm.resume(left)
    assert other.document == document()
    # A reset forgets the run.
    other.run()
    wait(other, lambda: other.records)
    other.reset()
    other.close()
    checkpoints.drop(left.folder)
    assert not checkpoints.left_runs()


def test_a_run_on_a_file_of_the_students_is_gone_on_with_in_its_project(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rng = np.random.default_rng(0)
    table.write_text("a,b,kind\n" + "\n".join(f"{x:.3f},{y:.3f},{'p' if x > y else 'q'}" for x, y in rng.random((80, 2))))
    made = chain(("linear", "h", {"units": 4, "activation": choice("tanh")}), ("linear", "o", {"units": 2}), data=choice("table_file", path=str(table), targets=("kind",)),
                 loss=choice("cross_entropy"), epochs=40, batch_size=16)
    first = Session(made)
    wait(first, lambda: first.lowered)
    first.run()
    wait(first, lambda: first.state == FINISHED)
    first.runs.pin(1, True)
    first.save(tmp_path / "p.nns")
    first.helm.until(Until(epochs=3))
    wait(first, lambda: first.state == PAUSED)
    first.journal = ("settings were changed",)
    first.close()
    (left,) = checkpoints.left_runs()
    # As after a start: the table is not in memory.
    forget_table(made.by_id["data"].params["dataset"])
    second = Session()
    second.helm.resume(left)
    wait(second, lambda: second.state == PAUSED)
    assert len(second.records) == 3 and second.journal == ("settings were changed",) and second.path == tmp_path / "p.nns"
    assert second.runs.items[1].pinned and second.runs.items[1].epochs == 40
    assert not checkpoints.left_runs(second.helm.folder)
    second.run()
    wait(second, lambda: second.state == FINISHED)
    second.close()


def test_an_edit_and_its_undo_leave_the_run_with_what_the_canvas_shows() -> None:
    session = Session(document(epochs=100_000))
    wait(session, lambda: session.lowered)
    session.helm.pace(2.0)
    session.run()
    wait(session, lambda: session.state == RUNNING)
    session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.5))
    wait(session, lambda: session.lowered)
    session.undo()
    wait(session, lambda: session.lowered and len(session.journal) == 2)
    assert session.run_program == session.lowered.program and session.trainer.program == session.lowered.program  # type: ignore[union-attr]
    assert "0.01 → 0.5" in session.journal[0] and "0.5 → 0.01" in session.journal[1]
    assert session.runs.items[session.runs.live or 0].document == session.document
    session.close()
