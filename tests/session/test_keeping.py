"""A project's file carries the run as it stands: opened again it goes on as if it had never been closed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.document import storage
from nnstudio.document.disk import backup_of
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import TrainError
from nnstudio.document.values import Document, Parts
from nnstudio.engine.checkpoint import of_parts, to_parts
from nnstudio.engine.states import State
from nnstudio.session import checkpoints, keeping
from nnstudio.session.examples import load_example
from nnstudio.session.listeners import Listeners
from nnstudio.session.session import Session
from nnstudio.session.settings import NETWORK_ONLY, WEIGHTS_ONLY, load_settings, save_settings
from tests.helpers import chain, choice, wait


def network(optimizer: str = "adam", schedule: str = "cosine", **training: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("relu")}),
        ("dropout", "d", {}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice(optimizer),
        optimizer_params={"schedule": choice(schedule), "warmup": 1},
        **{"epochs": 6, "batch_size": 64, "patience": 5, **training},
    )


def told(listeners: Listeners) -> list[str]:
    found: list[str] = []
    listeners.add(lambda message: found.append(message.render()))
    return found


def stepped(document: Document, *grains: str) -> Session:
    """A session whose run waits after some steps."""
    session = Session(document)
    for grain in grains:
        before = session.stepping.reach.updates if session.stepping.reach is not None else 0
        session.step(grain)
        wait(
            session,
            lambda before=before: (
                session.training.state == State.PAUSED
                and session.stepping.reach is not None
                and session.stepping.reach.updates > before
            ),
        )
    return session


def opened(path: Path, state: str) -> Session:
    session = Session()
    session.open(path)
    wait(session, lambda: session.training.state == state)
    return session


def finish(session: Session) -> tuple[Any, list[Any], Any]:
    session.run()
    wait(session, lambda: session.training.state == State.FINISHED)
    assert session.training.report is not None
    found = dict(session.training.weights), list(session.training.records), session.training.report["final"]
    session.close()
    return found


@pytest.mark.parametrize(
    ("optimizer", "schedule"), [("adam", "cosine"), ("sgd", "step"), ("rmsprop", "plateau"), ("adagrad", "one_cycle")]
)
def test_a_run_that_waits_goes_on_from_the_file_bit_for_bit(tmp_path: Path, optimizer: str, schedule: str) -> None:
    document, path = network(optimizer, schedule), tmp_path / "run.nns"
    session = stepped(document, "epoch", "epoch", "batch", "batch")
    session.save(path)
    assert not session.dirty
    weights, records, final = finish(session)
    again = opened(path, State.PAUSED)
    assert (
        not again.dirty
        and len(again.training.records) == 2
        and len(again.runs.items) == 1
        and again.runs.live in again.runs.items
    )
    there = finish(again)
    assert there[1:] == (records, final)
    assert all(np.array_equal(weights[name], there[0][name]) for name in weights)


def test_the_step_that_was_looked_at_is_shown_again(tmp_path: Path) -> None:
    path = tmp_path / "step.nns"
    session = stepped(network(), "epoch", "batch", "batch", "batch")
    wait(session, lambda: session.stepping.shown is not None)
    assert session.stepping.shown is not None and session.stepping.reach is not None
    update = session.stepping.shown.update
    assert update == session.stepping.reach.updates - 1
    loss, weights, lines = session.stepping.shown.loss, session.present_weights(), len(session.training.records)
    session.save(path)
    session.close()
    again = opened(path, State.PAUSED)
    wait(again, lambda: again.stepping.shown is not None)
    assert (
        again.stepping.shown is not None
        and again.stepping.shown.update == update
        and again.stepping.shown.loss == loss
        and again.stepping.shown.made
    )
    # The step is shown, and the run stands behind it, as it did.
    wait(
        again,
        lambda: (
            again.stepping.reach is not None
            and (again.stepping.reach.updates, again.stepping.reach.furthest) == (update + 1, update + 1)
        ),
    )
    assert not again.dirty and len(again.training.records) == lines
    assert all(np.array_equal(value, again.present_weights()[name]) for name, value in weights.items())
    # Saved again it is the same.
    again.save(path)
    again.close()


def test_the_row_that_was_looked_at_is_shown_again(tmp_path: Path) -> None:
    session = stepped(network(), "epoch")
    session.stepping.look(17)
    wait(session, lambda: session.stepping.shown is not None and session.stepping.shown.sample == 17)
    assert session.stepping.shown is not None
    loss = session.stepping.shown.loss
    session.save(tmp_path / "row.nns")
    session.close()
    again = opened(tmp_path / "row.nns", State.PAUSED)
    wait(
        again,
        lambda: (
            again.stepping.shown is not None
            and again.stepping.shown.sample == 17
            and len(again.stepping.shown.rows) == 1
        ),
    )
    assert again.stepping.shown is not None and again.stepping.shown.loss == loss and not again.dirty
    again.close()


def test_an_opened_run_that_nothing_was_done_to_is_not_kept_a_second_time(tmp_path: Path) -> None:
    unsaved = stepped(network(), "epoch")
    unsaved.close()
    assert len(checkpoints.left_runs()) == 1
    for number in range(4):
        session = stepped(network(), "epoch", "batch")
        session.save(tmp_path / f"{number}.nns")
        session.close()
        again = opened(tmp_path / f"{number}.nns", State.PAUSED)
        wait(again, lambda again=again: again.stepping.shown is not None and not again.helm._moves)  # type: ignore[misc]
        again.close()
    (left,) = checkpoints.left_runs()
    assert left.path is None
    # Gone on with it is one that would be lost.
    again = opened(tmp_path / "0.nns", State.PAUSED)
    again.step("batch")
    wait(again, lambda: again.stepping.reach is not None and again.training.unsaved)
    again.close()
    assert len(checkpoints.left_runs()) == 2


def test_a_left_run_takes_no_other_runs_place_in_the_list(tmp_path: Path) -> None:
    first = Session(network(epochs=3))
    first.run()
    wait(first, lambda: first.training.state == State.FINISHED)
    first.save(tmp_path / "two.nns")
    first.reset()
    first.step("epoch")
    wait(first, lambda: first.training.state == State.PAUSED and len(first.training.records) == 1)
    first.close()
    second = Session()
    (left,) = checkpoints.left_runs()
    second.helm.resume(left)
    wait(second, lambda: second.training.state == State.PAUSED)
    assert (
        next((run.state, len(run.records)) for run in second.runs.items.values()) == ("finished", 3)
        and len(second.runs.items) == 2
    )
    second.close()


def test_an_edit_taken_back_before_the_run_stands_up_loses_nothing(tmp_path: Path) -> None:
    session = stepped(network(), "epoch")
    session.save(tmp_path / "one.nns")
    session.close()
    again = Session(start=False)
    again.open(tmp_path / "one.nns")
    again.apply(SetTraining(("epochs",), 9))
    again.meaning.begin()
    wait(again, lambda: again.meaning.lowered is not None)
    again.undo()
    wait(again, lambda: again.training.state == State.PAUSED)
    assert len(again.training.records) == 1 and not again.dirty
    again.close()


def test_the_backup_of_a_damaged_project_has_weights_and_run_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.nns"
    session = stepped(network(), "epoch", "epoch")
    session.save(path)
    session.save(path)
    session.close()
    path.write_bytes(b"broken")
    again = Session()
    again.open_backup(path)
    assert again.dirty
    wait(again, lambda: again.training.state == State.PAUSED)
    again.save(path)
    _, parts = storage.load(path)
    _, backup = storage.load(backup_of(path))  # type: ignore[arg-type]
    assert (
        parts.weights
        and parts.arrays
        and set(backup.weights) == set(parts.weights)
        and len(again.training.records) == 2
    )
    again.close()


def test_a_run_that_cannot_stand_up_leaves_what_the_file_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = stepped(network(), "epoch")
    session.save(tmp_path / "good.nns")
    weights = session.present_weights()
    session.close()

    def breaks(*_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("nnstudio.engine.travel.thaw", breaks)
    again = opened(tmp_path / "good.nns", "failed")
    assert again.training.reason is not None and all(
        np.array_equal(value, again.training.weights[name]) for name, value in weights.items()
    )
    assert [len(run.records) for run in again.runs.items.values()] == [1] and not again.dirty
    again.close()


def test_going_back_before_saving_and_weights_by_hand_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "back.nns"
    session = stepped(network(), "epoch", "epoch")
    assert session.stepping.reach is not None and session.training.trainer is not None
    session.stepping.go_to(5)
    wait(session, lambda: session.stepping.reach is not None and session.stepping.reach.updates == 5)
    name = next(iter(session.present_weights()))
    session.training.trainer.put_weights({name: np.zeros_like(session.present_weights()[name])})
    session.step("batch")
    wait(
        session,
        lambda: (
            session.stepping.reach is not None
            and session.stepping.reach.updates == 6
            and session.training.state == State.PAUSED
        ),
    )
    session.save(path)
    weights, records, _ = finish(session)
    again = opened(path, State.PAUSED)
    reach = again.stepping.reach
    # What was trained before the hand's weights does not lead here.
    assert reach is not None and reach.earliest >= 5 and reach.furthest == 6
    there = finish(again)
    assert there[1] == records and all(np.array_equal(weights[name], there[0][name]) for name in weights)


def test_a_run_that_was_over_is_over_again_and_can_be_gone_back_in(tmp_path: Path) -> None:
    path = tmp_path / "over.nns"
    session = Session(network())
    session.run()
    wait(session, lambda: session.training.state == State.FINISHED)
    assert session.training.report is not None
    weights, report = dict(session.training.weights), session.training.report
    session.save(path)
    session.close()
    again = opened(path, State.FINISHED)
    assert again.training.report is not None and {
        k: v for k, v in again.training.report.items() if k not in ("samples_per_second", "seconds")
    } == {k: v for k, v in report.items() if k not in ("samples_per_second", "seconds")}
    assert all(np.array_equal(weights[name], again.training.weights[name]) for name in weights) and not again.dirty
    again.stepping.undo_update()
    wait(again, lambda: again.stepping.shown is not None)
    again.close()


def test_what_is_carried_can_be_chosen(tmp_path: Path) -> None:
    session = stepped(network(), "epoch")
    for carry, weights, arrays in ((NETWORK_ONLY, False, False), (WEIGHTS_ONLY, True, False), ("all", True, True)):
        from dataclasses import replace

        save_settings(replace(load_settings(), carry=carry))
        # That the weights stay out was wanted: nothing to be told.
        assert not session.save(tmp_path / "carried.nns")
        _, parts = storage.load(tmp_path / "carried.nns")
        assert (bool(parts.weights), bool(parts.arrays)) == (weights, arrays)
    session.close()


def test_an_edited_network_leaves_the_run_behind(tmp_path: Path) -> None:
    session = stepped(network(), "epoch")
    session.apply(SetParam("h", ("units",), 9))
    session.save(tmp_path / "other.nns")
    _, parts = storage.load(tmp_path / "other.nns")
    assert "state" not in parts.run and not parts.arrays
    session.close()
    # Edited after it was opened, before its network was worked out: the run does not stand up, and nothing breaks.
    session = stepped(network(), "epoch")
    session.save(tmp_path / "one.nns")
    session.close()
    again = Session()
    again.open(tmp_path / "one.nns")
    again.apply(SetTraining(("epochs",), 9))
    wait(
        again,
        lambda: again.meaning.lowered is not None and again.meaning.lowered.document.meaning == again.document.meaning,
    )
    assert again.training.state == "idle"
    again.close()


def test_a_run_too_large_for_the_file_leaves_its_weights_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_BYTES", 100)
    session = stepped(network(), "epoch")
    session.save(tmp_path / "large.nns")
    _, parts = storage.load(tmp_path / "large.nns")
    assert parts.weights and not parts.arrays and "state" not in parts.run
    session.close()


@pytest.mark.parametrize("optimizer", sorted(family("optimizers")))
def test_the_state_of_every_optimizer_goes_through_the_file(optimizer: str) -> None:
    session = stepped(network(optimizer, "constant"), "batch", "batch")
    assert session.training.trainer is not None
    past = session.training.trainer.kept(None)
    assert past is not None
    plain, arrays = to_parts(past)
    _, parts = storage.loads(storage.dumps(session.document, Parts({}, {"state": plain}, {}, {}, arrays)))
    found = of_parts(parts.run["state"], parts.arrays)
    assert repr(found.frames[-1].optimizer) == repr(past.frames[-1].optimizer) and found.sizes == past.sizes
    assert (
        repr(found.frames[-1].progress) == repr(past.frames[-1].progress)
        and found.frames[-1].clock == past.frames[-1].clock
    )
    session.close()


@pytest.mark.parametrize("schedule", sorted(family("schedules")))
@pytest.mark.parametrize("optimizer", ["sgd", "nadam", "adadelta"])
def test_a_run_of_every_schedule_is_believed(optimizer: str, schedule: str) -> None:
    document = network(optimizer, schedule, patience=0)
    session = stepped(document, "epoch", "batch")
    program, trainer = session.meaning.sound(), session.training.trainer
    assert trainer is not None
    past = trainer.kept(None)
    assert past is not None
    plain, arrays = to_parts(past)
    _, parts = storage.loads(storage.dumps(document, Parts({}, {"state": plain}, {}, {}, arrays)))
    kept = keeping.kept_in(document, parts)
    assert kept is not None and kept.past(program).furthest == past.furthest
    session.close()


def lied_about(run: Any, how: int) -> None:
    """Change a packed run where only names, types and shapes tell that it is no state of its optimizer."""

    def of(value: Any, name: str) -> Any:
        return next(pair[1] for pair in value["map"] if pair[0] == name)

    frame = of(run, "frames")[-1]
    optimizer, schedule, progress = of(frame, "optimizer"), of(frame, "schedule"), of(frame, "progress")
    first = of(optimizer, "state")["map"][0]
    group = of(optimizer, "param_groups")[0]
    if how == 0:
        first[0] = "0] = {}\nimport os\nos.system('true')\nmemory['state'][0"
    elif how == 1:
        first[0] = 999
    elif how == 2:
        first[1]["map"][0][0] = "x': 1}\nprint('hello')\n{'y"
    elif how == 3:
        first[1]["map"][1][1] = "no tensor"
    elif how == 4:
        first[1]["map"][1][1], second = first[1]["map"][0][1], first[1]["map"][1][1]
        first[1]["map"][0][1] = second
    elif how == 5:
        group["map"].append(["step", 3])
    elif how == 6:
        next(pair for pair in group["map"] if pair[0] == "lr")[1] = "0.1"
    elif how == 7:
        next(pair for pair in group["map"] if pair[0] == "params")[1] = [0, 1, 2, 9]
    elif how == 8:
        schedule["map"].append(["step", 3])
    elif how == 9:
        next(pair for pair in schedule["map"] if pair[0] == "last_epoch")[1] = "many"
    elif how == 10:
        next(pair for pair in progress["map"] if pair[0] == "rates")[1] = []
    elif how == 11:
        next(pair for pair in progress["map"] if pair[0] == "position")[1] = -5
    elif how == 12:
        next(pair for pair in frame["map"] if pair[0] == "random")[1] = {"tuple": [first[1]["map"][0][1], None]}
    elif how == 13:
        of(frame, "model")["map"][0][0] = "h.weight\nprint(1)"
    elif how == 14:
        next(pair for pair in progress["map"] if pair[0] == "answers")[1] = ["said"]


@pytest.mark.parametrize("how", range(15))
def test_a_run_that_is_not_what_it_claims_is_refused(how: int) -> None:
    session = stepped(network(patience=0), "epoch", "batch")
    program, trainer = session.meaning.sound(), session.training.trainer
    assert trainer is not None
    past = trainer.kept(None)
    session.close()
    assert past is not None
    plain, arrays = to_parts(past)
    honest = json.loads(json.dumps(plain))
    lied_about(honest["run"], how)
    assert honest != json.loads(json.dumps(plain))
    kept = keeping.kept_in(session.document, Parts({}, {"state": honest}, {}, {}, arrays))
    assert kept is not None
    with pytest.raises(TrainError) as caught:
        kept.past(program)
    assert caught.value.message.key == "run.no_checkpoint"


def spoil(plain: Any, how: int) -> Any:
    """A file's run with one thing wrong."""
    text = json.dumps(plain)
    return json.loads(
        [
            text.replace('"t0"', '"t999"'),
            text.replace('"version", 1', '"version", 7'),
            text.replace('"map"', '"mop"', 1),
            text.replace('"sizes", [', '"sizes", [3, '),
            text.replace('"updates"', '"update"', 1),
            '{"run": 3}',
            '{"run": {"map": [[1]]}}',
            '{"run": ' + '{"tuple": [' * 40 + "1" + "]}" * 40 + "}",
            text.replace('["updates", ', '["updates", {"number": "inf"}], ["was", ', 1),
            text.replace('["epoch", {"tensor"', '["epos", {"tensor"'),
            re.sub(r'\["model", .*?\]\]\}\]', '["model", {"map": [["h.weight", 3]]}]', text, count=1),
        ][how]
    )


@pytest.mark.parametrize("how", range(11))
def test_a_run_that_cannot_be_read_is_said_and_the_project_opens(tmp_path: Path, how: int) -> None:
    session = stepped(network(), "epoch")
    session.save(tmp_path / "good.nns")
    session.close()
    document, parts = storage.load(tmp_path / "good.nns")
    spoilt = spoil({"run": parts.run["state"]["run"]}, how)
    storage.save(
        tmp_path / "bad.nns",
        document,
        Parts(parts.weights, {**parts.run, "state": {**parts.run["state"], **spoilt}}, {}, {}, parts.arrays),
    )
    again = Session()
    said = told(again.helm.messages)
    again.open(tmp_path / "bad.nns")
    wait(again, lambda: said)
    assert "cannot be read" in said[0] and again.training.state == "idle" and again.fitting_weights()
    again.close()


def test_a_run_of_another_network_is_refused(tmp_path: Path) -> None:
    session = stepped(network(), "epoch")
    session.save(tmp_path / "good.nns")
    session.close()
    document, parts = storage.load(tmp_path / "good.nns")
    other = SetParam("h", ("units",), 9).apply(document, CATALOG)
    kept = keeping.kept_in(other, parts)
    assert kept is not None
    from nnstudio.compile.lower import lower

    program = lower(other).program
    assert program is not None
    with pytest.raises(TrainError):
        kept.past(program)


def test_who_is_quicker_than_the_compiler_goes_on_as_well(tmp_path: Path) -> None:
    path = tmp_path / "run.nns"
    session = stepped(network(), "epoch", "epoch")
    session.save(path)
    _, records, final = finish(session)
    again = Session()
    again.open(path)
    # At once, before anything was worked out.
    assert finish(again)[1:] == (records, final)
    acts: tuple[Callable[[Session], None], ...] = (lambda s: s.step("batch"), lambda s: s.stepping.look(3))
    for act in acts:
        again = Session()
        again.open(path)
        act(again)
        wait(
            again,
            lambda again=again: (
                again.stepping.shown is not None
                and len(again.training.records) == 2
                and again.training.state == State.PAUSED
            ),
        )  # type: ignore[misc]
        again.close()


def test_saving_while_it_trains_keeps_one_moment(tmp_path: Path) -> None:
    session = Session(network(epochs=100_000, patience=0))
    session.run()
    wait(session, lambda: len(session.training.records) > 3)
    for _ in range(5):
        session.save(tmp_path / "moment.nns")
        _, parts = storage.load(tmp_path / "moment.nns")
        frame = of_parts(parts.run["state"], parts.arrays).frames[-1]
        assert all(np.array_equal(parts.weights[name], tensor.numpy()) for name, tensor in frame.model.items())
    session.close()


def test_what_things_are_called_takes_no_run_out_of_a_file(tmp_path: Path) -> None:
    session = Session(load_example("xor"))
    try:
        wait(session, lambda: session.meaning.lowered is not None)
        session.begin(paused=True)
        session.step("batch")
        wait(session, lambda: session.training.state is State.PAUSED and session.training.snapshot is not None)
        before = session.parts_now()
        layer = next(node.id for node in session.document.nodes if node.kind == "linear")
        session.apply(SetParam(layer, ("names",), ("left", "right")))
        after = session.parts_now()
        assert "state" in before.run and "state" in after.run and after.arrays.keys() == before.arrays.keys()
        # What is called otherwise is worked out all the same.
        wait(session, lambda: session.meaning.lowered is not None)
        assert session.meaning.lowered.program.names.units == {layer: ("left", "right")}  # type: ignore[union-attr]
    finally:
        session.close()
