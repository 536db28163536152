"""A run is steered while it goes on, kept on disk, and goes on from there bit for bit."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.document.errors import TrainError
from nnstudio.document.values import Document
from nnstudio.engine import keeper as keeper_module
from nnstudio.engine.adopt import can_adopt
from nnstudio.engine.checkpoint import load_past
from nnstudio.engine.events import Adopted, Ended, Paused, Reached, Refused
from nnstudio.engine.goals import Until
from nnstudio.engine.trainer import Trainer
from tests.engine.test_past import Run, iris
from tests.helpers import chain, choice, finish, sound


def network(
    rate: float = 0.05,
    p: float = 0.3,
    momentum: float = 0.5,
    frozen: bool = False,
    schedule: str = "constant",
    **training: Any,
) -> Document:
    return chain(
        ("linear", "h", {"units": 8, "activation": choice("tanh"), "frozen": frozen}),
        ("dropout", "d", {"p": p}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=rate, momentum=momentum),
        optimizer_params={"schedule": choice(schedule)},
        **{"epochs": 6, "batch_size": 16, **training},
    )


def test_what_can_be_taken_over_and_what_cannot() -> None:
    base = sound(network())
    for other in (network(rate=0.1), network(p=0.1), network(momentum=0.9), network(frozen=True), network(epochs=50)):
        assert can_adopt(base, sound(other))
    wider = chain(
        ("linear", "h", {"units": 9}), ("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy")
    )
    for other in (wider, network(batch_size=8), network(schedule="step"), iris()):
        assert not can_adopt(base, sound(other))


def test_a_rate_and_a_momentum_are_taken_over_between_two_batches() -> None:
    run = Run(sound(network()))
    for _ in range(3):
        run.step()
    before = run.weights()
    memory = {
        name: run.trainer._experiment.optimizer.state[p]["momentum_buffer"].clone()  # type: ignore[union-attr]
        for name, p in run.trainer._experiment.model.named_parameters()
    }  # type: ignore[union-attr]
    run.trainer.adopt(sound(network(rate=0.2, momentum=0.9)))
    assert run.until(Adopted).updates == 3
    run.paused = run.until(Paused)
    # Nothing before the change can be gone back to; the memory is kept.
    assert run.paused.earliest == 3
    from nnstudio.engine.events import Stepped

    run.trainer.step("batch")
    trace = run.until(Stepped).trace
    run.until(Paused)
    after = run.weights()
    for name, record in trace.parameters.items():
        velocity = 0.9 * memory[name].numpy() + record.gradient
        np.testing.assert_allclose(after[name], before[name] - 0.2 * velocity, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(record.new, after[name])
    run.trainer.stop()
    run.trainer.join()


def test_dropout_and_frozen_layers_are_taken_over_in_both_ways() -> None:
    run = Run(sound(network()))
    run.step()
    before = run.weights()
    run.trainer.adopt(sound(network(frozen=True, p=0.0)))
    run.until(Adopted)
    run.until(Paused)
    after = run.step("epoch")
    assert np.array_equal(before["h.weight"], after["h.weight"]) and not np.array_equal(
        before["o.weight"], after["o.weight"]
    )
    assert run.trainer._experiment.model.get_submodule("d").p == 0.0  # type: ignore[union-attr]
    run.trainer.adopt(sound(network(p=0.9)))
    run.until(Adopted)
    run.until(Paused)
    thawed = run.step()
    assert not np.array_equal(thawed["h.weight"], after["h.weight"])
    run.trainer.adopt(sound(network(batch_size=8)))
    assert "next run" in run.until(Refused).reason.render()
    run.trainer.stop()
    run.trainer.join()


@pytest.mark.parametrize("schedule", ["cosine", "step", "exponential", "plateau", "one_cycle"])
def test_a_schedule_keeps_its_place(schedule: str) -> None:
    run = Run(sound(network(schedule=schedule, epochs=8)))
    for _ in range(3):
        run.step("epoch")
    before = [group["lr"] for group in run.trainer._experiment.optimizer.param_groups]  # type: ignore[union-attr]
    run.trainer.adopt(sound(network(schedule=schedule, epochs=8, rate=0.1)))
    run.until(Adopted)
    run.until(Paused)
    after = [group["lr"] for group in run.trainer._experiment.optimizer.param_groups]  # type: ignore[union-attr]
    assert after == pytest.approx([2 * rate for rate in before])
    run.step("epoch")
    run.trainer.resume()
    end = run.trainer
    while end.alive:
        time.sleep(0.01)
    assert len(end.history) == 8


def test_more_epochs_are_added_to_a_run_that_waits() -> None:
    run = Run(sound(network(epochs=2)))
    run.step("epoch")
    run.trainer.adopt(sound(network(epochs=4)))
    run.until(Adopted)
    run.until(Paused)
    run.trainer.resume()
    ended, _ = finish(run.trainer)
    assert ended.how == "finished" and len(run.trainer.history) == 4


@pytest.mark.parametrize(
    ("goal", "key"),
    [
        (Until(epochs=3), "until.epochs"),
        (Until(loss=10.0), "until.loss"),
        (Until(accuracy=0.01), "until.accuracy"),
        (Until(minutes=1e-7), "until.minutes"),
        (Until(patience=1), "until.patience"),
    ],
)
def test_training_until(goal: Until, key: str) -> None:
    document = network(rate=3.0 if key == "until.patience" else 0.05, epochs=200)
    trainer = Trainer(sound(document), device="cpu", paused=True)
    trainer.start()
    trainer.until(goal)
    trainer.resume()
    end, reached, paused = time.monotonic() + 30, None, None
    while paused is None or reached is None:
        assert time.monotonic() < end
        event = trainer.events.get(timeout=30)
        reached = event if isinstance(event, Reached) else reached
        paused = event if isinstance(event, Paused) and reached else paused
    assert reached.reason.key == key and reached.reason.render("zh")
    if key == "until.epochs":
        assert len(trainer.history) == 3
    trainer.stop()
    trainer.join()


def test_a_speed_limit_holds_and_does_not_delay_a_pause() -> None:
    trainer = Trainer(sound(network(epochs=1000)), device="cpu")
    trainer.pace(20.0)
    trainer.start()
    time.sleep(1.2)
    started = time.monotonic()
    trainer.pause()
    while True:
        event = trainer.events.get(timeout=10)
        if isinstance(event, Paused):
            break
    # Counted, not timed: in a second at most so many, whatever the machine does.
    assert 0 < event.updates <= 26 + 20 * (time.monotonic() - started)
    trainer.stop()
    trainer.join()


def test_the_best_weights_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "COPY_SECONDS", 0.0)
    run = Run(sound(network(rate=0.5, epochs=30)))
    states, losses = [], []
    for _ in range(8):
        states.append(run.step("epoch"))
        losses.append(run.history[-1]["val_loss"])
    run.trainer.use_best()
    run.until(Paused)
    best = states[int(np.argmin(losses))]
    assert all(np.array_equal(best[name], value) for name, value in run.weights().items())
    run.trainer.stop()
    run.trainer.join()
    early = Run(sound(network()))
    early.trainer.use_best()
    assert "no best weights" in early.until(Refused).reason.render()
    early.trainer.stop()
    early.trainer.join()


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [("adam", "cosine"), ("sgd", "step"), ("rmsprop", "plateau"), ("adamw", "one_cycle"), ("adagrad", "exponential")],
)
def test_a_run_goes_on_from_disk_bit_for_bit(tmp_path: Path, optimizer: str, schedule: str) -> None:
    program = replace(sound(iris(optimizer, schedule, epochs=6, patience=5, warmup=1)), device="cpu")
    whole, _ = finish(Trainer(program))
    run = Run(program)
    run.trainer._keeper.folder = tmp_path / "run"
    for grain in ("epoch", "epoch", "batch", "batch", "batch"):
        run.step(grain)
    run.trainer.stop(keep=True)
    run.trainer.join()
    past = load_past(tmp_path / "run" / "last.pt")
    again = Trainer(program, past=past)
    ended, _ = finish(again)
    assert ended.how == "finished" and ended.report["history"] == whole.report["history"]  # type: ignore[index]
    assert all(np.array_equal(ended.weights[n], whole.weights[n]) for n in whole.weights)


def test_a_state_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    for content in (b"", b"nonsense", b"PK\x03\x04broken"):
        (tmp_path / "last.pt").write_bytes(content)
        with pytest.raises(TrainError) as error:
            load_past(tmp_path / "last.pt")
        assert "cannot be read" in error.value.message.render()
    torch.save({"version": 99}, tmp_path / "last.pt")
    with pytest.raises(TrainError):
        load_past(tmp_path / "last.pt")

    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "hacked",))

    torch.save({"version": 1, "updates": Evil()}, tmp_path / "last.pt")
    with pytest.raises(TrainError):
        load_past(tmp_path / "last.pt")
    assert not (tmp_path / "hacked").exists()
    # A folder that cannot be made: said once, and the run goes on.
    (tmp_path / "file").write_text("in the way")
    import unittest.mock

    with unittest.mock.patch.object(keeper_module, "WRITE_SECONDS", 0.0):
        trainer = Trainer(sound(network()), device="cpu", folder=tmp_path / "file" / "run")
        ended, events = finish(trainer)
    assert isinstance(ended, Ended) and ended.how == "finished" and sum(isinstance(e, Refused) for e in events) == 1


def test_epochs_of_a_planned_schedule_are_not_live_and_a_rate_comes_back_from_zero() -> None:
    assert not can_adopt(sound(network(schedule="cosine")), sound(network(schedule="cosine", epochs=20)))
    assert can_adopt(sound(network(schedule="step")), sound(network(schedule="step", epochs=20)))
    run = Run(sound(network()))
    for rate in (0.0, 0.05):
        run.trainer.adopt(sound(network(rate=rate)))
        run.until(Adopted)
        run.until(Paused)
        assert run.trainer._experiment.optimizer.param_groups[0]["lr"] == rate  # type: ignore[union-attr]
    run.trainer.stop()
    run.trainer.join()


def test_the_best_state_is_the_best_also_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "COPY_SECONDS", 0.0)
    monkeypatch.setattr(keeper_module, "WRITE_SECONDS", 0.0)
    program = sound(network(epochs=40))
    run = Run(program)
    run.trainer._keeper.folder = tmp_path / "run"
    states, losses = [], []
    for _ in range(4):
        states.append(run.step("epoch"))
        losses.append(run.history[-1]["val_loss"])
    run.trainer.stop(keep=True)
    run.trainer.join()
    again = Run(program, load_past(tmp_path / "run" / "last.pt"))
    again.trainer._keeper.folder = tmp_path / "run"
    again.trainer._keeper.recall()
    again.trainer.use_best()
    again.until(Paused)
    best = states[int(np.argmin(losses))]
    assert all(np.array_equal(best[name], value) for name, value in again.weights().items())
    again.trainer.stop()
    again.trainer.join()
