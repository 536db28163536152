"""How many cores a run takes: measured, kept with the run, written into the script."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from nnstudio.document.values import Document
from nnstudio.engine.checkpoint import load_past, of_parts, save_frame, to_parts
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.past import Past
from nnstudio.engine.runtime import device
from nnstudio.engine.runtime.device import GAIN, QUICK_UPDATE, most_cores, quicker_threads
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import export_python
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, save_settings
from tests.commands import run_script
from tests.helpers import chain, choice, finish, sound


class Machine:
    """A clock that goes on by how long an update takes on so many cores."""

    def __init__(self, seconds: Callable[[int, int], float], patch: pytest.MonkeyPatch) -> None:
        self.now, self.threads, self.made, self.seconds = 0.0, 4, 0, seconds
        self.taken: list[int] = []
        patch.setattr(device, "time", SimpleNamespace(perf_counter=lambda: self.now))
        patch.setattr(torch, "get_num_threads", lambda: self.threads)
        patch.setattr(torch, "set_num_threads", self._set)

    def _set(self, threads: int) -> None:
        self.threads = threads
        self.taken.append(threads)

    def update(self) -> None:
        self.made += 1
        self.now += self.seconds(self.threads, self.made)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (QUICK_UPDATE / 2, QUICK_UPDATE / 100, 1),
        (0.010, 0.012, 1),
        (0.010, 0.010 / GAIN + 1e-4, 1),
        (0.010, 0.010 / GAIN - 1e-4, 2),
        # Threads that wait for each other beside another program.
        (0.010, 0.2, 1),
        (3.0, 1.6, 2),
        (3.0, 2.9, 1),
    ],
)
def test_the_quicker_way_is_taken(one: float, two: float, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda threads, _: one if threads == 1 else two, monkeypatch)
    assert quicker_threads(machine.update, 2) == expected
    assert machine.threads == 4, "measuring leaves the number of cores as it was"
    assert machine.now < 5 or machine.made == 2, "where an update takes seconds, one of each has to do"


def test_one_core_needs_no_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(lambda *_: 1.0, monkeypatch)
    assert quicker_threads(machine.update, 1) == quicker_threads(machine.update, 0) == 1
    assert not machine.made


def test_as_many_cores_as_may_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A launcher's word counts, also where a list is given for nested threads; else what the system gives."""
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    for said, expected in (("1", 1), ("3", 3), (" 2, 1", 2), ("", given), ("0", given), ("many", given)):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert most_cores() == expected
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert most_cores() == given


def test_a_slow_moment_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cores are quicker, but for one turn in which something else ran."""
    machine = Machine(
        lambda threads, made: (0.010 if threads == 1 else 0.006) * (40 if 8 <= made <= 9 else 1), monkeypatch
    )
    assert quicker_threads(machine.update, 2) == 2


def test_measuring_changes_neither_weights_nor_random_numbers() -> None:
    program = sound(load_example("iris"))
    experiment = make_experiment(program)
    before = {name: tensor.clone() for name, tensor in experiment.model.state_dict().items()}
    random = torch.get_rng_state()
    patch = pytest.MonkeyPatch()
    with patch.context() as inside:
        inside.setattr(device, "QUICK_UPDATE", 0.0)
        inside.setattr(device, "TURNS", 1)
        assert quicker_threads(experiment.trial(), 2) in (1, 2)
    assert torch.equal(random, torch.get_rng_state())
    after = experiment.model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert not experiment.optimizer.state and all(p.grad is None for p in experiment.model.parameters())


def small() -> Document:
    return chain(
        ("linear", "h", {"units": 5, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        batch_size=50,
        epochs=3,
    )


def test_a_run_measures_once_and_keeps_to_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[int] = []

    def measured(make_update: Callable[[], object], most: int) -> int:
        make_update()
        asked.append(most)
        return 2

    monkeypatch.setattr("nnstudio.engine.cores.quicker_threads", measured)
    monkeypatch.setattr("nnstudio.engine.cores.most_cores", lambda: 4)
    program = sound(small())
    trainer = Trainer(program, device="cpu")
    end, told = finish(trainer)
    assert end.report is not None and end.report["threads"] == 2 and asked == [2]
    assert told[0].threads == 2 and told[0].device == "CPU × 2"
    assert trainer.past is not None
    frame = trainer.past.frames[-1]
    save_frame(tmp_path / "state", frame)
    arrays_and_all = to_parts(Past.of([frame], [], []))
    for past in (load_past(tmp_path / "state"), of_parts(*arrays_and_all)):
        assert past.frames[-1].threads == 2
        _, told = finish(Trainer(program, device="cpu", past=past, share=1.0))
        assert told[0].threads == 2 and asked == [2], "what a run did before it does again"
    assert finish(Trainer(program, device="cpu", snapshots=False))[1][0].threads == 2 and asked == [2, 4]
    assert finish(Trainer(program, device="cpu", threads=3))[1][0].threads == 3 and asked == [2, 4]


@pytest.mark.parametrize("odd", [-1, 257, 10**9])
def test_a_number_of_cores_in_a_file_that_cannot_be_is_measured_anew(odd: int) -> None:
    program = sound(small())
    trainer = Trainer(program, device="cpu", threads=1)
    finish(trainer)
    assert trainer.past is not None
    plain, arrays = to_parts(Past.of([trainer.past.frames[-1]], [], []))
    text = json.dumps(plain)
    assert '"threads", 1]' in text
    assert of_parts(json.loads(text.replace('"threads", 1]', f'"threads", {odd}]')), arrays).frames[-1].threads == 0
    older = json.loads(text.replace('["threads", 1]', '["size", 1]'))
    assert of_parts(older, arrays).frames[-1].threads == 0


def test_what_cannot_be_copied_trains_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> object:
        raise RuntimeError("not enough memory")

    monkeypatch.setattr("nnstudio.engine.experiment.trial", fail)
    end, told = finish(Trainer(sound(small()), device="cpu", snapshots=False))
    assert end.how == "finished" and told[0].threads == 1


MEASURED = "QUICK_UPDATE, SLOW_UPDATE, GAIN = 0.0005, 0.2, 1.1"


@pytest.mark.parametrize(
    ("threads", "measured", "taken"),
    [
        # Every update counts as quick, then every further core as a gain: what a machine is busy with decides nothing.
        (None, "QUICK_UPDATE, SLOW_UPDATE, GAIN = 1e9, 1e9, 1.1", 1),
        (None, "QUICK_UPDATE, SLOW_UPDATE, GAIN = 0.0, 0.0, 0.0", 3),
        (2, MEASURED, 2),
    ],
)
def test_the_script_takes_as_many_as_the_run(
    threads: int | None, measured: str, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    program = sound(small())
    export_python(program, tmp_path, threads=threads)
    script = tmp_path / "train.py"
    text = script.read_text(encoding="utf-8")
    assert f"THREADS = {threads}  #" in text and MEASURED in text
    script.write_text(text.replace(MEASURED, measured), encoding="utf-8")
    for given, expected in ((["--threads", "1"], 1), ([], taken)):
        done = run_script(
            [sys.executable, str(tmp_path / "train.py"), "--json", *given], capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout)["threads"] == expected


def test_the_window_exports_what_the_run_took(tmp_path: Path) -> None:
    save_settings(Settings(threads=2))
    session = Session(small())
    session.run()
    while session.training.live or not session.training.weights:
        session.poll()
    save_settings(Settings())
    files, trained = session.exporter(tmp_path)()
    assert trained and "THREADS = 2  #" in files[0].read_text(encoding="utf-8")
    session.close()


def test_two_cores_and_one_learn_the_same() -> None:
    program = sound(small())
    ends = [finish(Trainer(program, device="cpu", threads=threads, snapshots=False))[0] for threads in (1, 2)]
    for name, array in ends[0].weights.items():
        np.testing.assert_allclose(array, ends[1].weights[name], atol=1e-4)
