"""The same on a CUDA GPU. Skipped where there is none."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from nnstudio.engine import watcher
from nnstudio.engine.events import Adopted, Ended, Paused, Refused
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.graphs import Graphs
from nnstudio.engine.runtime.training import Progress, Update, update
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.hosting import hosts, make_trainer
from tests.engine.test_steering import network
from tests.helpers import chain, choice, finish, sound

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")]


@pytest.mark.parametrize("name", ["rings", "xor", "karate"])
def test_a_run_matches_the_cpu_within_tolerance(name: str) -> None:
    # Networks without dropout, which a GPU draws otherwise.
    program = replace(sound(load_example(name)), epochs=3)
    assert not program.two_modes
    cpu, gpu = (finish(Trainer(program, device=device))[0] for device in ("cpu", "cuda"))
    assert gpu.report is not None and gpu.report["device"].startswith("cuda")
    for parameter, value in cpu.weights.items():
        np.testing.assert_allclose(gpu.weights[parameter], value, rtol=2e-2, atol=2e-3)


def test_looking_does_not_wait_for_the_gpu_more_often_than_the_frame_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    show = watcher.probe
    monkeypatch.setattr(
        watcher, "probe", lambda *args, **kwargs: (looks.append(time.perf_counter()), show(*args, **kwargs))[1]
    )
    trainer = Trainer(replace(sound(load_example("rings")), epochs=200), device="cuda")
    trainer.start()
    while trainer.alive:
        trainer.take_snapshot()
        time.sleep(0.001)
    # The last look of all is forced.
    apart = np.diff(looks[:-1])
    assert len(apart) and apart.min() >= watcher.SNAPSHOT_SECONDS * 0.9


def test_running_out_of_memory_is_survived_with_half_the_batch_offered() -> None:
    # Four layers of 100,000 numbers for each of 100,000 samples take 160 GB.
    wide = [
        ("linear", "h", {"units": 100_000, "activation": choice("tanh")}),
        ("batch_norm_1d", "n", {}),
        ("dropout", "d", {}),
    ]
    document = chain(
        *wide,
        ("linear", "o", {"units": 2}),
        data=choice("rings", points=100_000),
        loss=choice("cross_entropy"),
        batch_size=100_000,
    )
    ended, _ = finish(Trainer(sound(document), device="cuda"))
    assert (
        ended.how == "failed"
        and ended.reason is not None
        and ended.reason.key == "run.memory"
        and ended.reason.args["half"] == 50_000
    )
    after, _ = finish(Trainer(replace(sound(load_example("xor")), epochs=2), device="cuda"))
    assert after.how == "finished"


def test_settings_are_taken_over_on_the_gpu() -> None:
    trainer = Trainer(sound(network(epochs=50)), device="cuda", paused=True)
    trainer.start()
    while not isinstance(trainer.events.get(timeout=60), Paused):
        continue
    trainer.adopt(sound(network(epochs=50, rate=0.2, frozen=True)))
    seen: list[object] = []
    while not any(isinstance(event, Adopted) for event in seen):
        seen.append(trainer.events.get(timeout=60))
    trainer.resume()
    while not isinstance(seen[-1], Ended):
        seen.append(trainer.events.get(timeout=60))
    assert seen[-1].how == "finished"


@pytest.mark.parametrize("name", ["rings", "iris", "memory", "digits"])
def test_updates_by_graph_are_those_of_single_calls(name: str) -> None:
    program = sound(load_example(name))
    runs = []
    for step in (Graphs(), update):
        experiment = make_experiment(program, device=torch.device("cuda"))
        losses = []
        for event in experiment.train(
            10**6, lambda: program.batch_size, Progress([g["lr"] for g in experiment.optimizer.param_groups]), step=step
        ):
            if isinstance(event, Update):
                losses.append(float(event.loss))
                if len(losses) == 80:
                    break
        runs.append(losses)
        assert not isinstance(step, Graphs) or step.fast, "CUDA recorded no graph"
    np.testing.assert_allclose(runs[0], runs[1], rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("changes", [{"half": "bfloat16"}, {"half": "float16"}, {"parts": 3}, {"compiled": True}])
def test_sparing_learns_as_well(changes: dict[str, object]) -> None:
    program = replace(sound(load_example("iris")), **changes)  # type: ignore[arg-type]
    ended, seen = finish(Trainer(program, device="cuda"), timeout=300)
    assert ended.how == "finished" and ended.report is not None, ended.reason
    assert not [event for event in seen if isinstance(event, Refused)]
    assert ended.report["final"]["val_accuracy"] >= 0.9


def test_samples_that_do_not_fit_are_copied_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    program = replace(sound(load_example("iris")), epochs=3)
    usual, _ = finish(Trainer(program, device="cuda"))
    monkeypatch.setattr("nnstudio.engine.runtime.data.fits", lambda size, device: False)
    streamed, _ = finish(Trainer(program, device="cuda"))
    for name, value in usual.weights.items():
        np.testing.assert_allclose(streamed.weights[name], value, rtol=1e-3, atol=1e-4)


@pytest.mark.process
def test_a_run_in_a_process_of_its_own_keeps_its_state_in_main_memory() -> None:
    """What the window has of a run on the GPU needs none: a GPU belongs to the process that trains."""
    hosts().warm()
    while not hosts().ready:
        time.sleep(0.05)
    trainer = make_trainer(replace(sound(load_example("rings")), epochs=400), device="cuda")
    assert trainer.apart
    ended, _ = finish(trainer)  # type: ignore[arg-type]
    assert ended.how == "finished"
    frames = trainer.past.frames if trainer.past is not None else []
    assert frames and all(t.device.type == "cpu" for frame in frames for t in frame.model.values())
