"""Runs that are kept and compared, and sweeps in processes of their own."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import EditError
from nnstudio.document.values import Document
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.states import State
from nnstudio.session import runs as runs_module
from nnstudio.session import worker
from nnstudio.session.examples import load_example
from nnstudio.session.health import MOST_FINDINGS
from nnstudio.session.run_records import RunRecord, by_settings
from nnstudio.session.runs import MOST_SHOWN, Runs
from nnstudio.session.session import Session
from nnstudio.session.variants import MOST_RUNS, axes_of, differences, edits_for, read_values, variants
from tests.helpers import chain, choice, sound


def small(**training: int) -> Document:
    return chain(
        ("linear", "h", {"units": 4, "activation": choice("tanh")}),
        ("linear", "g", {"units": 3, "activation": choice("tanh")}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam"),
        **{"epochs": 3, "batch_size": 128, **training},
    )


def wait(poll: Callable[[], object], done: Callable[[], object], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        poll()
        time.sleep(0.01)


@pytest.fixture
def session() -> Iterator[Session]:
    opened = Session(small())
    yield opened
    opened.close()


def train(session: Session) -> None:
    session.run()
    wait(session.poll, lambda: session.training.state == State.FINISHED)


def axis(document: Document, node: str, *path: str):  # type: ignore[no-untyped-def]
    return next(a for a in axes_of(document) if (a.node, a.path) == (node, path))


# -- what differs ------------------------------------------------------------------------------


def test_differences_are_told_by_title_and_the_seed_comes_last() -> None:
    base = small()
    other = SetTraining(("seed",), 3).apply(base, _catalog())
    other = SetParam("h", ("units",), 9).apply(other, _catalog())
    other = SetParam("g", ("activation",), choice("relu")).apply(other, _catalog())
    found = differences(base, other)
    assert [(str(t[0]) if isinstance(t[0], str) else t[0].en, t[-1].en) for t, _, _ in found] == [
        ("h", "Units"),
        ("g", "Activation"),
        ("Seed", "Seed"),
    ]  # type: ignore[union-attr]
    assert found[0][1:] == (4, 9) and found[1][2].en == "ReLU"
    assert not differences(base, base)


def _catalog():  # type: ignore[no-untyped-def]
    from nnstudio.catalog.registry import CATALOG

    return CATALOG


def test_axes_cover_run_optimizer_every_layer_and_single_nodes() -> None:
    document = small()
    assert {
        ("", ("epochs",)),
        ("optimizer", ("optimizer",)),
        ("optimizer", ("optimizer", "learning_rate")),
        ("*", ("activation",)),
        ("h", ("units",)),
        ("h", ("weight_initializer",)),
    } <= {(a.node, a.path) for a in axes_of(document)}
    # The last layer has no activation, and is given none.
    edits = edits_for(document, axis(document, "*", "activation"), "relu")
    assert sorted(edit.node for edit in edits) == ["g", "h"]  # type: ignore[attr-defined]


def test_variants_are_every_combination_with_every_seed() -> None:
    document = small(seed=5)
    made = variants(
        document,
        [
            (axis(document, "optimizer", "optimizer", "learning_rate"), [0.1, 0.01]),
            (axis(document, "h", "units"), [2, 3, 4]),
        ],
        2,
    )
    assert len(made) == 12 and len({d.meaning for d in made}) == 12
    assert {d.training["seed"] for d in made} == {5, 6} and {d.by_id["h"].params["units"] for d in made} == {2, 3, 4}
    with pytest.raises(EditError) as error:
        variants(document, [(axis(document, "h", "units"), list(range(1, 300)))], 2)
    assert str(MOST_RUNS) in error.value.message.render()
    with pytest.raises(EditError):
        variants(document, [(axis(document, "h", "units"), [-4])], 1)


@pytest.mark.parametrize(
    ("text", "values"),
    [("0.1 0.01", [0.1, 0.01]), ("0,1; 0,01", [0.1, 0.01]), ("1e-3, 0.5", [1e-3, 0.5]), (" 7 ", [7.0])],
)
def test_values_are_read_with_comma_point_and_semicolon(text: str, values: list[float]) -> None:
    assert read_values(axis(small(), "optimizer", "optimizer", "learning_rate"), text) == values


@pytest.mark.parametrize("text", ["", "a", "0.1; b", "; ;", "1 … x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        read_values(axis(small(), "h", "units"), text)
    assert read_values(axis(small(), "h", "units"), "2 … 5") == [2, 3, 4, 5]


# -- the window's runs -------------------------------------------------------------------------


def test_a_new_run_leaves_the_one_before_as_it_was(session: Session) -> None:
    train(session)
    first = session.runs.items[session.runs.live or 0]
    assert (
        first.state == "finished"
        and len(first.records) == 3
        and first.final("val_loss") == session.training.report["final"]["val_loss"]
    )  # type: ignore[index]
    session.apply(SetParam("h", ("units",), 9))
    train(session)
    assert len(session.runs.items) == 2 and session.runs.live != first.id and session.runs.items[first.id].shown
    # A run that was reset before its first epoch was over is none.
    session.step("batch")
    wait(session.poll, lambda: session.stepping.shown is not None)
    session.reset()
    assert len(session.runs.items) == 2 and session.runs.live is None
    session.runs.rename(first.id, "  with four  ")
    session.runs.rename(first.id, "  ")
    assert session.runs.items[first.id].name == "with four"
    session.runs.delete([first.id])
    assert len(session.runs.items) == 1


def test_runs_come_back_from_the_project_file(session: Session, tmp_path: Path) -> None:
    train(session)
    train(session)
    session.runs.pin(1, True)
    path = tmp_path / "runs.nns"
    session.save(path)
    other = Session(start=False)
    other.open(path)
    assert [run.name for run in other.runs.items.values()] == ["#1", "#2"] and other.runs.items[1].pinned
    assert [dict(r) for r in other.runs.items[2].records] == session.training.records and other.runs.items[
        2
    ].document.meaning == session.document.meaning
    assert other.runs.items[2].final("train_loss") == session.training.records[-1]["train_loss"] or not math.isnan(
        other.runs.items[2].final("train_loss")
    )
    # A file whose runs are nonsense opens without them.
    document, _ = storage.load(path)
    for nonsense in (7, [1, {"name": 3}], [{"project": {}, "records": 5}], {"a": 1}):
        storage.save(path, document, storage.Parts({}, {"runs": nonsense}, {}, {}))
        other.open(path)
        assert not other.runs.items
    other.close()


def test_only_so_many_are_drawn_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_module, "KEPT", 14)
    runs = Runs(workers=0)
    for place in range(20):
        runs.begin(small())
        runs.grow([{"epoch": 1, "train_loss": 1.0}])
        runs.end(State.FINISHED)
        if place == 0:
            runs.pin(1, True)
    assert len(runs.items) <= 15 and 1 in runs.items
    for number in runs.items:
        runs.show(number, True)
    assert sum(run.shown for run in runs.items.values()) == MOST_SHOWN


# -- in the background -------------------------------------------------------------------------


def test_a_sweep_gives_what_the_same_run_gives_here(session: Session) -> None:
    train(session)
    documents = variants(small(), [(axis(small(), "h", "units"), [4, 6])], 2)
    numbers = session.runs.queue(documents, "sweep")
    wait(session.poll, lambda: all(session.runs.items[n].over for n in numbers))
    runs = [session.runs.items[n] for n in numbers]
    assert [run.state for run in runs] == ["finished"] * 4 and all(len(run.records) == 3 for run in runs)
    # The first is the very network of the window: the same numbers, to the last bit.
    assert [dict(r) for r in runs[0].records] == session.training.records
    together = [sorted(run.id for run in group) for group in by_settings(session.runs.items.values())]
    assert sorted([1, *numbers[:2]]) in together and sorted(numbers[2:]) in together


def test_a_sweep_can_be_stopped_and_says_what_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = session.runs
    long = runs.queue([small(epochs=1_000_000), small(epochs=1_000_000), small(epochs=1_000_000)], "long")
    wait(session.poll, lambda: runs.items[long[0]].records)
    assert runs.busy[0] == min(3, runs.workers)
    runs.cancel()
    wait(session.poll, lambda: runs.busy == (0, 0))
    assert all(runs.items[n].state == State.STOPPED for n in long)
    # A network with a problem, a run that blows up, a process that dies, and a system that starts none.
    broken = Document("empty")
    wild = chain(
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("sgd", learning_rate=1e6),
        epochs=5,
    )
    bad = runs.queue([broken, wild], "bad")
    wait(session.poll, lambda: all(runs.items[n].over for n in bad))
    assert [runs.items[n].state for n in bad] == [State.FAILED, State.FAILED] and all(
        runs.items[n].reason is not None for n in bad
    )
    (dying,) = runs.queue([small(epochs=1_000_000)], "dies")
    wait(session.poll, lambda: runs.items[dying].records)
    runs._processes[dying].kill()
    wait(session.poll, lambda: runs.items[dying].over)
    assert runs.items[dying].state == State.FAILED and "ended early" in runs.items[dying].reason.render()  # type: ignore[union-attr]

    def refuse() -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(worker, "launch", refuse)
    (none,) = runs.queue([small()], "none")
    assert runs.items[none].state == State.FAILED and "no more processes" in runs.items[none].reason.render()  # type: ignore[union-attr]


def test_deleting_and_another_project_stop_what_goes_on(session: Session) -> None:
    (number,) = session.runs.queue([small(epochs=1_000_000)], "x")
    wait(session.poll, lambda: session.runs.items[number].records)
    process = session.runs._processes[number]
    session.runs.delete([number])
    wait(session.poll, lambda: process.poll() is not None)
    (number,) = session.runs.queue([small(epochs=1_000_000)], "x")
    wait(session.poll, lambda: number in session.runs._processes)
    process = session.runs._processes[number]
    session.new(load_example("xor"))
    assert process.poll() is not None and not session.runs.items


# -- health ------------------------------------------------------------------------------------


def test_findings_are_few_and_can_be_silenced() -> None:
    document = chain(
        (
            "linear",
            "h",
            {"units": 8, "activation": choice("relu"), "bias_initializer": choice("constant", value=-100.0)},
        ),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        epochs=400,
    )
    session = Session(document)
    session.run()
    wait(session.poll, lambda: session.health.findings)
    wait(session.poll, lambda: session.training.state == State.FINISHED)
    found = session.health.findings
    assert 0 < len(found) <= MOST_FINDINGS and session.health.vitals
    session.health.silence(found[0])
    assert found[0].what.key not in {p.what.key for p in session.health.findings}
    session.reset()
    assert not session.health.findings and not session.health.vitals
    session.close()


def test_many_background_runs_do_not_push_the_windows_own_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "KEPT", 5)
    train(session)
    assert not session.runs.unsaved
    monkeypatch.setattr(session.runs, "workers", 0)
    session.runs.queue([small(seed=i) for i in range(12)], "many")
    assert session.runs.live in session.runs.items
    session.reset()
    assert session.runs.items[1].state == "finished"
    session.new(small())


def test_runs_with_nonsense_for_numbers_are_left_out() -> None:
    runs, good = Runs(workers=0), Runs(workers=0)
    good.begin(small())
    good.grow([{"epoch": 7, "train_loss": 1.0}])
    good.end(State.FINISHED, report={"final": {"train_loss": 0.5}, "seconds": 1.0})
    (plain,) = good.to_plain()
    for wrong in (
        {"report": {"final": [1]}},
        {"report": {"seconds": "x"}},
        {"records": [{"epoch": "x"}]},
        {"records": [{"epoch": 1, "train_loss": "x"}]},
    ):
        runs.from_plain([{**plain, **wrong}])
        assert not runs.items
    runs.from_plain([plain])
    assert runs.items[1].epochs == 7 and runs.items[1].final("train_loss") == 0.5


def test_a_background_run_finds_data_that_has_moved_beside_the_project(session: Session, tmp_path: Path) -> None:
    from nnstudio.catalog.sources import files

    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "t.csv").write_text("a,b\n" + "\n".join(f"{i},{2 * i + 0.5}" for i in range(20)))
    moved = chain(
        ("linear", "o", {"units": 1}),
        data=choice("table_file", path=str(tmp_path / "gone" / "t.csv"), targets=("b",)),
        loss=choice("mse"),
        epochs=2,
    )
    files.SEARCH[:] = [tmp_path / "here"]
    try:
        (number,) = session.runs.queue([moved], "moved")
        wait(session.poll, lambda: session.runs.items[number].over)
        assert session.runs.items[number].state == "finished", session.runs.items[number].reason
        assert session.dirty and session.runs.unsaved
    finally:
        files.SEARCH[:] = []


def test_results_of_a_sweep_are_asked_for_before_they_are_left() -> None:
    """A run of an example as it came is made again by a click; a sweep is not."""
    session = Session(load_example("xor"), start=False)
    try:
        assert not session.worth_asking
        session.runs.unsaved = True
        assert session.worth_asking
        session.runs.unsaved = False
        session.runs._waiting.append(7)
        assert session.worth_asking
        session.runs._waiting.clear()
    finally:
        session.close()


def test_folds_are_runs_that_make_one_line() -> None:
    document = chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"), epochs=2)
    made = variants(document, [], 2, 5)
    assert len(made) == 10
    held = [tuple(load_parts(sound(one), torch.device("cpu"))[1].rows) for one in made]
    assert sorted(row for rows in held[:5] for row in rows) == list(range(150)) and held[:5] == held[5:]
    records = [RunRecord(place, "", one) for place, one in enumerate([*made, document])]
    assert sorted(len(group) for group in by_settings(records)) == [1, 10]
