"""Going back through training: weights, optimizer and random state, bit for bit."""

from __future__ import annotations

import queue
import time
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import family
from nnstudio.compile.program import Program
from nnstudio.document.values import Document
from nnstudio.engine import events as past_events
from nnstudio.engine import past as past_module
from nnstudio.engine.events import Ended, EpochDone, Looked, Paused, Refused, Rewound
from nnstudio.engine.past import Past
from nnstudio.engine.trainer import Trainer
from tests.helpers import chain, choice, finish, sound


def iris(
    optimizer: str = "adam", schedule: str = "cosine", *, patience: int = 0, warmup: int = 0, epochs: int = 4
) -> Document:
    """Dropout, batch norm and shuffling: everything that has a state."""
    return chain(
        ("linear", "h", {"units": 8, "activation": choice("gelu")}),
        ("batch_norm_1d", "n", {}),
        ("dropout", "d", {"p": 0.3}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice(optimizer),
        optimizer_params={"schedule": choice(schedule), "warmup": warmup},
        epochs=epochs,
        batch_size=16,
        patience=patience,
    )


class Run:
    """A waiting run that is stepped by hand."""

    def __init__(self, program: Program, past: Past | None = None) -> None:
        self.trainer = Trainer(program, device="cpu", paused=True, past=past)
        self.trainer.start()
        self.history: list[Any] = []
        self.paused = self.until(Paused)

    def until(self, kind: type, seconds: float = 60.0) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                event = self.trainer.events.get(timeout=0.5)
            except queue.Empty:
                continue
            if isinstance(event, EpochDone):
                self.history.append(dict(event.record))
            elif isinstance(event, Rewound):
                self.history = [dict(line) for line in event.history]
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Ended), event
        raise AssertionError(f"no {kind.__name__}")

    def step(self, grain: str = "batch") -> dict[str, np.ndarray]:
        self.trainer.step(grain)
        self.paused = self.until(Paused)
        return self.weights()

    def go(self, updates: int) -> dict[str, np.ndarray]:
        self.trainer.go_to(updates)
        self.paused = self.until(Paused)
        assert self.paused.updates == updates
        return self.weights()

    def weights(self) -> dict[str, np.ndarray]:
        found = self.trainer.weights()
        assert found is not None
        return dict(found)

    def stop(self) -> None:
        self.trainer.stop()
        assert self.trainer.join(20)


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.fixture
def rare_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few states are kept, so that much has to be trained again."""
    monkeypatch.setattr(past_module, "APART", 7)
    monkeypatch.setattr(past_module, "SECONDS_APART", 1e9)


@pytest.mark.parametrize("schedule", list(family("schedules")))
def test_undone_steps_come_out_the_same_with_every_schedule(schedule: str, rare_frames: None) -> None:
    """Over the ends of epochs, with warm-up, from states before and between."""
    run = Run(sound(iris(schedule=schedule, warmup=1)))
    seen = [run.weights()]
    for _ in range(20):
        seen.append(run.step())
    history = list(run.history)
    assert len(history) == 2
    for back in (19, 12, 8, 7, 3, 0):
        assert same(run.go(back), seen[back]), back
        assert run.history == history[: back // 8]
    for updates in range(1, 21):
        assert same(run.step(), seen[updates]), updates
    assert run.history == history
    # On again without making the steps one by one.
    run.go(2)
    assert same(run.go(20), seen[20])
    run.stop()


@pytest.mark.parametrize("optimizer", list(family("optimizers")))
def test_undone_steps_come_out_the_same_with_every_optimizer(optimizer: str, rare_frames: None) -> None:
    run = Run(sound(iris(optimizer)))
    seen = [run.weights()] + [run.step() for _ in range(11)]
    assert same(run.go(5), seen[5])
    assert [same(run.step(), seen[k]) for k in range(6, 12)] == [True] * 6
    run.stop()


def test_a_run_that_was_gone_back_in_ends_like_one_that_was_not(rare_frames: None) -> None:
    program = sound(iris(patience=2, epochs=8))
    straight, events = finish(Trainer(program, device="cpu"))
    run = Run(program)
    for _ in range(17):
        run.step()
    run.go(4)
    run.trainer.resume()
    end = None
    while end is None:
        event = run.trainer.events.get(timeout=60)
        if isinstance(event, EpochDone):
            run.history.append(dict(event.record))
        end = event if isinstance(event, Ended) else None
    assert same(dict(end.weights), dict(straight.weights))
    assert run.history == [dict(e.record) for e in events if isinstance(e, EpochDone)]
    assert (
        end.report is not None and straight.report is not None and end.report["metrics"] == straight.report["metrics"]
    )
    assert end.report["restored_epoch"] == straight.report["restored_epoch"]


def test_a_finished_run_stands_up_again_where_it_ended() -> None:
    program = sound(iris())
    first = Trainer(program, device="cpu")
    end, events = finish(first)
    assert first.past is not None and first.past.furthest == 32
    run = Run(program, first.past)
    assert run.paused.updates == 32 and same(run.weights(), dict(end.weights))
    assert run.history == [dict(e.record) for e in events if isinstance(e, EpochDone)]
    before = run.go(31)
    assert not same(before, dict(end.weights)) and same(run.go(32), dict(end.weights))
    run.stop()


def test_a_single_sample_begins_a_branch() -> None:
    """What was reached on the old way is no longer ahead; going back over the branch and on again keeps to it."""
    program = sound(
        chain(
            ("linear", "h", {"units": 4, "activation": choice("tanh")}),
            ("linear", "o", {"units": 1}),
            data=choice("xor"),
            loss=choice("bce_logits"),
            batch_size=2,
            epochs=50,
        )
    )
    run = Run(program)
    for _ in range(6):
        run.step()
    run.go(3)
    assert run.paused.furthest == 6
    one = run.step("sample")
    assert run.paused.furthest == 4
    two = run.step("batch")
    assert same(run.go(4), one) and same(run.go(5), two)
    run.go(1)
    assert same(run.go(5), two)
    run.stop()


def test_weights_put_in_by_hand_begin_a_branch_and_can_be_undone() -> None:
    program = sound(iris())
    run = Run(program)
    for _ in range(4):
        run.step()
    plain = run.weights()
    run.trainer.put_weights({"h.weight": plain["h.weight"] + 1.0})
    run.paused = run.until(Paused)
    changed = run.weights()
    assert np.array_equal(changed["h.weight"], plain["h.weight"] + 1.0)
    after = run.step()
    assert same(run.go(4), changed) and same(run.step(), after)
    run.go(3)
    assert same(run.step(), plain)
    run.stop()


def test_the_step_that_was_undone_is_shown() -> None:
    program = sound(iris())
    run = Run(program)
    for _ in range(5):
        run.step()
    last = run.weights()
    run.trainer.go_to(4)
    trace = run.until(Looked).trace
    assert trace.update == 4 and len(trace.rows) == 16
    for path, record in trace.parameters.items():
        np.testing.assert_array_equal(record.new, last[path])
    run.stop()


def test_what_is_no_longer_kept_is_refused_and_the_run_is_as_it_was() -> None:
    run = Run(sound(iris()))
    before = run.step()
    run.trainer.go_to(99)
    refused = run.until(Refused)
    assert "0" in refused.reason.render() and "{" not in refused.reason.render("zh")
    assert same(run.weights(), before)
    run.stop()


def test_memory_is_bounded() -> None:
    past = Past(reach=20, budget=1000)

    def frame(updates: int, size: int) -> Any:
        from nnstudio.engine.runtime.training import Progress

        return past_module.Frame(updates, {}, {}, None, Progress([]), None, (1, 0, 0, updates, 0, 0.0), (), size)

    for updates in range(200):
        if updates % 10 == 0:
            past.add(frame(updates, 400))
        past.made(updates + 1, 16)
        assert past.bytes <= 1000 and past.furthest == updates + 1
    assert past.earliest == 180 and len(past.sizes) == 20
    huge = Past(budget=10)
    huge.add(frame(0, 400))
    assert not huge.frames and not huge.wants(500)


def test_looking_at_any_sample_leaves_the_run_alone() -> None:
    program = sound(iris())
    run = Run(program)
    before = run.step()
    state = torch.get_rng_state()
    for row in (0, 57, 149):
        run.trainer.look(row)
        trace = run.until(Looked).trace
        assert trace.sample == row
    assert same(run.weights(), before) and torch.equal(torch.get_rng_state(), state)
    following = run.step()
    other = Run(program)
    other.step()
    assert same(other.step(), following)
    run.stop()
    other.stop()


# -- what was wrong once ---------------------------------------------------------------------------


@pytest.mark.parametrize("grain", ["batch", "sample"])
def test_the_card_of_every_step_is_the_step_that_is_made(grain: str) -> None:
    """Also the first one, and the first of each epoch of a warm-up: learning rate and new weights."""
    program = sound(iris(warmup=3, epochs=6))
    run = Run(program)
    for number in range(26):
        run.trainer.step(grain)
        trace = run.until(past_events.Stepped).trace
        run.paused = run.until(Paused)
        weights = run.weights()
        for path, record in trace.parameters.items():
            np.testing.assert_array_equal(record.new, weights[path], err_msg=f"{number} {path}")
        assert trace.made
    run.stop()


def test_a_run_that_stopped_early_stands_up_with_its_best_weights() -> None:
    document = chain(
        ("linear", "h", {"units": 4, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=3.0),
        epochs=60,
        patience=2,
        batch_size=16,
    )
    program = sound(document)
    first = Trainer(program, device="cpu")
    end, _ = finish(first)
    assert end.report is not None and end.report["restored_epoch"] is not None and first.past is not None
    run = Run(program, first.past)
    assert same(run.weights(), dict(end.weights))
    run.trainer.step("batch")
    assert "end" in run.until(Refused).reason.render()
    before = run.go(run.paused.updates - 1)
    assert not same(before, dict(end.weights))
    run.trainer.resume()
    again = run.trainer.events.get(timeout=30)
    while not isinstance(again, Ended):
        again = run.trainer.events.get(timeout=30)
    assert (
        same(dict(again.weights), dict(end.weights)) and again.report["restored_epoch"] == end.report["restored_epoch"]
    )


def test_large_states_are_not_copied_for_nothing() -> None:
    past = Past(reach=50, budget=1000)

    def frame(updates: int, size: int) -> Any:
        from nnstudio.engine.runtime.training import Progress

        return past_module.Frame(updates, {}, {}, None, Progress([]), None, (1, 0, 0, updates, 0, 0.0), (), size)

    made = 0
    for updates in range(400):
        if past.wants(updates):
            made += 1
            past.add(frame(updates, 700))
        past.made(updates + 1, 16)
        assert past.furthest - past.earliest <= 50
    assert made <= 9
    grown = Past(budget=1000)
    grown.add(frame(0, 300))
    grown.made(1, 16)
    grown.add(frame(100, 3000))
    assert not grown.frames and not grown.wants(10_000) and grown.furthest == 0


def test_stopping_does_not_wait_for_the_way_back() -> None:
    program = sound(
        chain(
            ("linear", "h", {"units": 600}),
            ("linear", "i", {"units": 600}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            epochs=60,
            batch_size=120,
        )
    )
    run = Run(program)
    for _ in range(30):
        run.trainer.step("batch")
        run.paused = run.until(Paused)
    run.trainer.go_to(29)
    run.trainer.stop()
    assert run.trainer.join(5)
