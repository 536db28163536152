"""The same on a CUDA GPU. Skipped where there is none."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from nnstudio.engine import watcher
from nnstudio.engine.events import Adopted, Ended, Paused
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
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
