"""Searches on Optuna: what may be varied, trials that are lost, folders that are gone on with."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest

from nnstudio import cli
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError, SearchRefused
from nnstudio.document.values import Document
from nnstudio.engine.trainer import Trainer
from nnstudio.session.searching.space import made_with, read_space
from nnstudio.session.searching.study import ATTEMPTS, LIVING, Plan, Search
from nnstudio.session.searching.working import work
from tests.helpers import chain, choice, finish, sound

ROOT = Path(__file__).resolve().parents[2]
SPACE = """
[[vary]]
node = "h"
setting = "units"
low = 2
high = 16
log = true

[[vary]]
node = "h"
setting = "activation"
values = ["tanh", "relu"]

[[vary]]
node = "optimizer"
setting = "optimizer.learning_rate"
low = 0.001
high = 0.3
log = true
"""


def network(epochs: int = 3) -> Document:
    return chain(
        ("linear", "h", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=epochs,
    )


def plan(trials: int, space: str = SPACE, **more: Any) -> Plan:
    given: dict[str, Any] = {"metric": "val_loss", "sampler": "tpe", "pruner": "none", "seed": 0, **more}
    return Plan(space, trials=trials, **given)


def begun(folder: Path, trials: int, space: str = SPACE, document: Document | None = None, **more: Any) -> Search:
    search = Search(folder)
    search.begin(document or network(), plan(trials, space, **more))
    return search


def vary(**table: Any) -> str:
    return "[[vary]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())


@pytest.mark.parametrize(
    ("space", "key"),
    [
        ("[[vary]\n", "search.toml"),
        ("", "search.tables"),
        ("x = 1\n" + SPACE, "search.tables"),
        (vary(node="h", low=1, high=2), "search.table"),
        (vary(node="h", setting="units", lo=1, high=2), "search.table"),
        (vary(node="nobody", setting="units", low=1, high=2), "search.unknown"),
        (vary(node="h", setting="colour", low=1, high=2), "search.unknown"),
        (vary(node="data", setting="count", low=1, high=2), "search.unknown"),
        (vary(node="h", setting="units", low=9, high=2), "search.ends"),
        (vary(node="h", setting="units", low=1.5, high=2), "search.ends"),
        (vary(node="h", setting="units"), "search.ends"),
        (vary(node="h", setting="count", low=0, high=2), "search.ends"),
        (vary(node="h", setting="units", low=0, high=2), "search.value"),
        (vary(node="optimizer", setting="optimizer.learning_rate", low=0.0, high=2.0, log=True), "search.log"),
        (vary(node="h", setting="activation", values=["tanh", "soft"]), "search.value"),
        (vary(node="h", setting="activation"), "search.values"),
        (vary(node="h", setting="layer", values=["no_layer"]), "search.values"),
        (vary(setting="batch_size", values=[]), "search.values"),
        (vary(setting="epochs", low=1, high=2) * 2, "search.twice"),
    ],
)
def test_a_space_that_is_none_is_refused_in_a_sentence(space: str, key: str) -> None:
    with pytest.raises(SearchRefused) as caught:
        read_space(network(), space)
    assert caught.value.message.key == key
    assert caught.value.message.render("zh") != caught.value.message.render("en")


def test_how_many_of_a_layer_and_which() -> None:
    space = read_space(
        network(),
        vary(node="h", setting="count", low=1, high=4)
        + vary(node="h", setting="units", low=2, high=9)
        + vary(setting="batch_size", values=[8, 32]),
    )
    made = made_with(network(), space, {"h count": 3, "h units": 7, "batch_size": 8})
    program = sound(made)
    copies = [node for node in made.nodes if node.kind == "linear" and node.id != "o"]
    assert [node.params["units"] for node in copies] == [7, 7, 7] and made.training["batch_size"] == 8
    assert program.parameters == (4 * 7 + 7) + 2 * (7 * 7 + 7) + (7 * 3 + 3)
    assert made_with(network(), space, {"h count": 1, "h units": 5, "batch_size": 32}).wires == network().wires
    cells = chain(
        ("reshape", "steps", {"shape": (4.0, 1.0)}),
        ("lstm", "cell", {"units": 6}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    which = read_space(cells, vary(node="cell", setting="layer", values=["lstm", "gru", "rnn"]))
    for kind in ("lstm", "gru", "rnn"):
        other = made_with(cells, which, {"cell layer": kind})
        assert other.by_id["cell"].kind == kind and other.by_id["cell"].params["units"] == 6 and sound(other)


def test_every_trial_is_kept_and_the_best_trains_to_the_same_figure(tmp_path: Path) -> None:
    search = begun(tmp_path, 6)
    work(tmp_path, 0)
    study = search.study()
    assert search.counts(study) == {"complete": 6, "pruned": 0, "refused": 0, "running": 0, "lost": 0}
    for trial in study.trials:
        document, parts = storage.load(search.trial_folder(trial.number) / "net.nns")
        assert document.by_id["h"].params["units"] == trial.params["h units"]
        program = sound(document)
        assert {name: value.shape for name, value in parts.weights.items()} == {
            start.parameter: start.shape for start in program.starts
        }
        assert len(parts.run["history"]) == 3
    best = study.best_trial
    document, _ = storage.load(search.trial_folder(best.number) / "net.nns")
    end, _ = finish(Trainer(sound(document), device="cpu", threads=1, snapshots=False))
    assert end.report is not None and end.report["final"]["val_loss"] == best.value
    # Nothing more is done where all is done; more are done where more are wanted.
    work(tmp_path, 1)
    assert len(study.trials) == 6
    begun(tmp_path, 8)
    work(tmp_path, 1)
    assert search.counts(study)["complete"] == 8


def test_poor_runs_are_cut_short(tmp_path: Path) -> None:
    space = vary(node="optimizer", setting="optimizer.learning_rate", low=1e-6, high=0.1, log=True)
    search = begun(tmp_path, 14, space, network(80), pruner="median", sampler="random")
    work(tmp_path, 0)
    counts = search.counts(search.study())
    assert counts["complete"] + counts["pruned"] == 14 and counts["pruned"] > 0
    rows = search.rows(search.study())
    assert all(row["epochs"] < 80 for row in rows if row["state"] == "pruned")
    assert all(row["epochs"] == 80 for row in rows if row["state"] == "complete")


def test_who_was_at_the_end_before_the_pruner_spoke_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer does not wait for the pruner; its word behind the last epoch takes no measure away."""
    monkeypatch.setattr(optuna.trial.Trial, "should_prune", lambda trial: True)
    search = begun(tmp_path, 2, document=network(1), pruner="median")
    work(tmp_path, 0)
    rows = search.rows(search.study())
    assert [(row["state"], row["epochs"]) for row in rows] == [("complete", 1)] * 2
    assert all(row["value"] is not None for row in rows)


def test_a_run_that_diverges_is_a_poor_one(tmp_path: Path) -> None:
    """Not one that could not be: who proposes shall learn of it."""
    space = vary(node="optimizer", setting="optimizer.learning_rate", values=[0.01, 1e6])
    document = chain(
        ("linear", "h", {"units": 5}),
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("sgd", learning_rate=0.1),
        epochs=3,
    )
    search = begun(tmp_path, 6, space, document, sampler="random")
    work(tmp_path, 0)
    rows = search.rows(search.study())
    assert {row["state"] for row in rows} == {"complete", "pruned"}
    assert all("loss became" in row["why"] for row in rows if row["state"] == "pruned")


def test_who_proposes_may_lean_on_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.session.searching.study.find_spec", lambda name: None)
    with pytest.raises(SearchRefused) as caught:
        begun(tmp_path / "out", 2, sampler="cmaes")
    assert caught.value.message.key == "search.sampler" and not (tmp_path / "out").exists()


def test_a_full_disk_is_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = begun(tmp_path, 2)

    def full(*args: Any) -> None:
        raise ProjectFileError("file.unwritable", path="x", detail="No space left on device")

    monkeypatch.setattr("nnstudio.session.run_folder.write_run", full)
    with pytest.raises(ProjectFileError):
        work(tmp_path, 0)
    monkeypatch.undo()
    work(tmp_path, 1)
    assert search.counts(search.study())["complete"] == 2 and search.counts(search.study())["refused"] == 0


def test_settings_that_do_not_go_together_count_and_are_said(tmp_path: Path) -> None:
    search = begun(tmp_path, 5, vary(node="o", setting="layer", values=["linear", "conv_2d"]), sampler="random")
    work(tmp_path, 0)
    counts = search.counts(search.study())
    assert counts["refused"] > 0 and counts["complete"] > 0 and counts["refused"] + counts["complete"] == 5
    assert all(row["why"] for row in search.rows(search.study()) if row["state"] == "refused")


def test_what_a_lost_worker_had_begun_is_begun_once_more(tmp_path: Path) -> None:
    search = begun(tmp_path, 3)
    study = search.study()
    lost = study.ask()
    lost.set_user_attr("owner", "somebody who is gone")
    given = lost.suggest_int("h units", 2, 16, log=True)
    work(tmp_path, 0)
    trials = study.trials
    assert trials[0].state == optuna.trial.TrialState.FAIL and search.counts(study)["lost"] == 1
    assert search.counts(study)["complete"] == 3
    assert any(t.params.get("h units") == given and t.user_attrs.get("attempt") == 2 for t in trials[1:])


def test_what_takes_worker_after_worker_along_is_refused(tmp_path: Path) -> None:
    search = begun(tmp_path, 1)
    study = search.study()
    study.enqueue_trial({"h units": 4}, user_attrs={"attempt": ATTEMPTS})
    last = study.ask()
    last.suggest_int("h units", 2, 16, log=True)
    last.set_user_attr("owner", "gone")
    assert last.user_attrs.get("attempt") == ATTEMPTS
    assert search.ask(study, search.plan()) == (None, True) and search.counts(study)["refused"] == 1


def test_a_living_worker_keeps_its_trial(tmp_path: Path) -> None:
    search, other = begun(tmp_path, 1), Search(tmp_path)
    study = search.study()
    with search.at_work():
        trial, over = search.ask(study, search.plan())
        assert trial is not None and not over
        # The last one is being worked at: there is nothing to do, and it is not over.
        assert other.ask(other.study(1), other.plan()) == (None, False)
        study.tell(trial, 0.5)
        assert other.ask(other.study(1), other.plan()) == (None, True)
    assert not [path for path in (tmp_path / LIVING).iterdir() if path.name != ".now"]


def test_another_search_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    begun(tmp_path, 2)
    before = (tmp_path / "search.json").read_text(encoding="utf-8")
    for other in (plan(2, vary(setting="epochs", low=1, high=3)), plan(2, metric="val_accuracy")):
        with pytest.raises(SearchRefused) as caught:
            Search(tmp_path).begin(network(), other)
        assert caught.value.message.key == "search.other"
    with pytest.raises(SearchRefused):
        Search(tmp_path).begin(network(9), plan(2))
    assert (tmp_path / "search.json").read_text(encoding="utf-8") == before
    with pytest.raises(SearchRefused) as caught:
        Search(tmp_path / "nowhere").plan()
    assert caught.value.message.key == "search.none"


def test_without_the_library_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    storage.save(tmp_path / "net.nns", network())
    (tmp_path / "s.toml").write_text(SPACE, encoding="utf-8")
    words = ["search", str(tmp_path / "net.nns"), "--space", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out")]
    assert cli.main(words) == 1
    assert "nnstudio[search]" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.timeout(300)
def test_workers_that_are_killed_and_a_search_that_is_stopped_lose_and_double_nothing(tmp_path: Path) -> None:
    storage.save(tmp_path / "net.nns", network(30))
    (tmp_path / "s.toml").write_text(SPACE, encoding="utf-8")
    out = tmp_path / "out"
    line = [sys.executable, "-m", "nnstudio", "search", str(tmp_path / "net.nns"), "--space", str(tmp_path / "s.toml")]
    line += ["--out", str(out), "--trials", "40", "--workers", "2", "--json"]
    given = {"cwd": ROOT, "env": {**os.environ, "OMP_NUM_THREADS": "1"}}
    first = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given)  # type: ignore[call-overload]

    def done() -> int:
        if not (out / "journal.log").is_file():
            return 0
        counts = Search(out).counts(Search(out).study())
        return counts["complete"] + counts["pruned"]

    end = time.monotonic() + 120
    while done() < 3 and time.monotonic() < end and first.poll() is None:
        time.sleep(0.1)
    workers = [p for p in psutil.Process(first.pid).children() if "search-worker" in " ".join(p.cmdline())]
    assert len(workers) == 2, first.communicate(timeout=5)
    workers[0].send_signal(signal.SIGKILL)
    before = done()
    while done() < min(before + 3, 36) and time.monotonic() < end and first.poll() is None:
        time.sleep(0.1)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    there = done()
    again = subprocess.run(line, capture_output=True, text=True, timeout=200, **given)  # type: ignore[call-overload]
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    counts = found["counts"]
    assert there <= 40 and counts["complete"] + counts["pruned"] == 40 and counts["running"] == 0
    numbers = [row["trial"] for row in found["trials"]]
    assert numbers == list(range(len(numbers))) and len(numbers) == 40 + counts["lost"]
    with (out / "trials.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(numbers)
    # The best opens like any other project, and trains to the very figure.
    document, parts = storage.load(out / "best.nns")
    assert parts.weights and lower(document).program is not None
    trained, _ = finish(Trainer(sound(document), device="cpu", threads=1, snapshots=False))
    assert trained.report is not None and trained.report["final"]["val_loss"] == found["best"]["value"]


def test_data_that_the_project_carries_goes_along(tmp_path: Path) -> None:
    """On another machine the file does not lie where it lay."""
    from nnstudio.catalog.sources.copies import copies_of
    from nnstudio.catalog.sources.files import SEARCH, fingerprint

    table = tmp_path / "here" / "rows.csv"
    table.parent.mkdir()
    rows = [f"{a / 9},{b / 9},{'u' if a > b else 'v'}" for a in range(10) for b in range(10)]
    table.write_text("a,b,y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    document = chain(
        ("linear", "h", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(table), keep_copy=True, fingerprint=fingerprint(table)),
        loss=choice("cross_entropy"),
        epochs=2,
    )
    data = copies_of(document)
    search = Search(tmp_path / "out")
    search.begin(document, plan(2, vary(node="h", setting="units", low=2, high=9)), data)
    table.unlink()
    SEARCH.clear()
    work(tmp_path / "out", 0)
    assert search.counts(search.study())["complete"] == 2
