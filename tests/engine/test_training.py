"""The training functions and the trainer's thread."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nnstudio.catalog.parting import split_rows
from nnstudio.compile.program import Program
from nnstudio.engine import trainer as events
from nnstudio.engine.experiment import limits_of, load_parts, make_experiment
from nnstudio.engine.runtime.scaling import fit_scaler
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.runtime.training import train
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from tests.helpers import chain, choice, finish, sound


def example(name: str, **changes: object) -> Program:
    return replace(sound(load_example(name)), **changes)  # type: ignore[arg-type]


# -- data ------------------------------------------------------------------------------------------


def test_split_is_stratified_disjoint_and_complete() -> None:
    labels = np.array([0] * 50 + [1] * 30 + [2] * 20)
    train_rows, held = split_rows(100, 0.2, 7, labels)
    assert sorted([*train_rows, *held]) == list(range(100))
    assert np.bincount(labels[held]).tolist() == [10, 6, 4]
    assert not np.array_equal(held, split_rows(100, 0.2, 8, labels)[1])
    assert np.array_equal(held, split_rows(100, 0.2, 7, labels)[1])


def test_scaling_is_fitted_on_the_training_part_alone() -> None:
    data, validation = load_parts(example("iris"), torch.device("cpu"))
    x = data.inputs[0]
    torch.testing.assert_close(x.mean(0), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(x.std(0, unbiased=False), torch.ones(4), atol=1e-6, rtol=0)
    assert abs(float(validation.inputs[0].mean())) > 1e-4


def test_a_constant_column_is_not_divided_by_zero() -> None:
    scaler = fit_scaler(np.array([[1.0, 5.0], [3.0, 5.0]]), np.arange(2), "standard", 1, "")
    assert scaler.shift.tolist() == [[2.0, 5.0]] and scaler.spread.tolist() == [[1.0, 1.0]]


def test_streams_are_their_own() -> None:
    first, again, other = (
        torch.rand(4, generator=stream(*path)) for path in ((0, "a", "w"), (0, "a", "w"), (0, "a", "b"))
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


# -- the loop --------------------------------------------------------------------------------------


def test_the_loop_is_the_textbook_loop() -> None:
    """Against a plain loop written here: the same losses and weights to the last bit."""
    program = example("iris", epochs=2)
    ours, plain = make_experiment(program), make_experiment(program)
    losses = [event.loss.item() for event in run_loop(ours, program) if hasattr(event, "first")]
    torch.manual_seed(program.seed)
    wanted = []
    for epoch in (1, 2):
        plain.model.train()
        order = torch.randperm(len(plain.data), generator=stream(program.seed, "shuffle", epoch))
        for rows in order.split(program.batch_size):
            plain.optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                plain.model(plain.data.inputs[0][rows]), plain.data.targets[0][rows]
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(plain.model.parameters(), 1.0, foreach=False)
            plain.optimizer.step()
            wanted.append(loss.item())
        plain.schedule.step()
    assert losses == wanted
    for one, two in zip(ours.model.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(one, two)


def run_loop(experiment: object, program: Program) -> list[object]:
    e = experiment
    return list(
        train(
            e.model,
            e.criterion,
            e.optimizer,
            e.schedule,
            e.data,
            e.validation,
            epochs=program.epochs,  # type: ignore[attr-defined]
            batch_size=program.batch_size,
            seed=program.seed,
            shuffle=program.shuffle,
            limits=limits_of(program),
            couples_samples=program.couples_samples,
        )
    )


def test_batches_are_counted_as_in_the_lesson() -> None:
    """D10: 1,000 samples at batch 100 are 10 iterations an epoch."""
    document = chain(
        ("linear", "out", {"units": 2}),
        data=choice("rings", points=1000),
        loss=choice("cross_entropy"),
        data_params={"validation": 0.0},
        epochs=3,
        batch_size=100,
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.report is not None and end.report["updates"] == 30


def test_the_last_single_sample_is_left_out_where_samples_are_coupled() -> None:
    rows = tuple((float(i), float(i % 3)) for i in range(5))
    document = chain(
        ("linear", "a", {"units": 2}),
        ("batch_norm_1d", "n", {}),
        ("linear", "out", {"units": 1}),
        data=choice("typed", x=rows, y=tuple((r[0],) for r in rows)),
        loss=choice("mse"),
        epochs=2,
        batch_size=4,
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.how == "finished" and end.report is not None and end.report["updates"] == 2


@pytest.mark.parametrize("name", ["xor", "rings", "iris"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_examples_reach_their_marks(name: str, seed: int) -> None:
    end, _ = finish(Trainer(example(name), seed=seed, device="cpu"))
    assert end.report is not None
    final = end.report["final"]
    if name == "xor":
        assert final["train_accuracy"] == 1.0 and final["val_accuracy"] is None and final["val_loss"] is None
    else:
        assert final["val_accuracy"] >= {"rings": 0.95, "iris": 0.93}[name]


def test_the_same_seed_gives_the_same_run_and_another_another() -> None:
    runs = [finish(Trainer(example("iris", epochs=3), seed=seed, device="cpu"))[0] for seed in (5, 5, 6)]
    assert runs[0].report["history"] == runs[1].report["history"] != runs[2].report["history"]
    for name in runs[0].weights:
        np.testing.assert_array_equal(runs[0].weights[name], runs[1].weights[name])


# -- the thread ------------------------------------------------------------------------------------


def wait_for(trainer: Trainer, kind: type, timeout: float = 30.0) -> object:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        event = trainer.events.get(timeout=timeout)
        if isinstance(event, kind):
            return event
        assert not isinstance(event, events.Ended), event.reason and event.reason.render()
    raise AssertionError(f"no {kind.__name__}")


def test_pausing_and_looking_changes_no_number() -> None:
    program = example("iris", epochs=6)
    calm, _ = finish(Trainer(program, device="cpu", snapshots=False))
    trainer = Trainer(program, device="cpu", paused=True)
    trainer.start()
    wait_for(trainer, events.Paused)
    for grain in ("batch", "sample", "epoch", "batch"):
        trainer.take_snapshot()
        trainer.look_at(3)
        trainer.step(grain)
        wait_for(trainer, events.Paused)
        assert trainer.weights() is not None
    trainer.resume()
    end, _ = finish(trainer)
    assert end.report["history"] == calm.report["history"]


def test_a_step_records_what_the_run_then_does() -> None:
    for name in ("xor", "iris"):
        trainer = Trainer(example(name), device="cpu", paused=True)
        trainer.start()
        wait_for(trainer, events.Paused)
        for _ in range(3):
            trainer.step("batch")
            trace = wait_for(trainer, events.Stepped).trace
            wait_for(trainer, events.Paused)
            after = trainer.weights()
            assert after is not None
            for path, record in trace.parameters.items():
                np.testing.assert_array_equal(after[path], record.new)
        trainer.stop()
        finish(trainer)


def test_a_single_sample_is_one_update_of_one_sample() -> None:
    trainer = Trainer(example("rings"), device="cpu", paused=True)
    trainer.start()
    wait_for(trainer, events.Paused)
    trainer.step("sample")
    trace = wait_for(trainer, events.Stepped).trace
    wait_for(trainer, events.Paused)
    assert len(trace.rows) == 1
    snapshot = trainer.take_snapshot()
    assert snapshot is not None and snapshot.updates == 1
    trainer.stop()
    end, _ = finish(trainer)
    assert end.how == "stopped"
    for path, record in trace.parameters.items():
        np.testing.assert_array_equal(end.weights[path], record.new)


def test_stop_takes_effect_within_a_batch() -> None:
    trainer = Trainer(example("rings", epochs=100_000), device="cpu")
    trainer.start()
    wait_for(trainer, events.EpochDone)
    trainer.stop()
    end, _ = finish(trainer, 10)
    assert end.how == "stopped" and end.weights


def test_divergence_is_named_and_good_weights_are_kept() -> None:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("relu")}),
        ("linear", "out", {"units": 2}),
        data=choice("typed"),
        loss=choice("half_squared"),
        optimizer=choice("sgd", learning_rate=1000.0),
        epochs=500,
        batch_size=1,
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.how == "failed" and end.reason is not None
    assert end.reason.key == "run.diverged" and "smaller learning rate" in end.reason.render()
    assert end.weights and all(np.isfinite(value).all() for value in end.weights.values())


def test_divergence_with_a_validation_part_can_still_be_saved(tmp_path: Path) -> None:
    from nnstudio.engine.states import State
    from nnstudio.session.session import Session

    document = chain(
        ("linear", "out", {"units": 2}),
        data=choice("rings"),
        loss=choice("half_squared"),
        optimizer=choice("sgd", learning_rate=1e6),
        epochs=200,
        batch_size=128,
    )
    session = Session(document)
    try:
        session.run()
        end = time.monotonic() + 60
        while session.training.state != State.FAILED and time.monotonic() < end:
            session.poll()
            time.sleep(0.005)
        assert session.training.state == State.FAILED
        session.save(tmp_path / "d.nns")
        assert session.meaning.lowered is not None and not session.dirty
    finally:
        session.close()


def test_a_run_whose_very_last_update_spoils_the_weights_is_no_success() -> None:
    document = chain(
        ("linear", "out", {"units": 2}),
        data=choice("typed", x=((1e30, 1e30),)),
        loss=choice("half_squared"),
        data_params={"scaling": "none"},
        optimizer=choice("sgd", learning_rate=1e6),
        epochs=1,
        batch_size=1,
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.how == "failed" and end.reason is not None and end.reason.key == "run.diverged"
    assert all(np.isfinite(value).all() for value in end.weights.values())


def test_the_step_after_a_dropped_single_sample_is_the_next_epochs_own() -> None:
    rows = tuple((float(i), float(i % 3)) for i in range(5))
    document = chain(
        ("linear", "a", {"units": 2}),
        ("batch_norm_1d", "n", {}),
        ("linear", "out", {"units": 1}),
        data=choice("typed", x=rows, y=tuple((r[0],) for r in rows)),
        loss=choice("mse"),
        epochs=5,
        batch_size=4,
        optimizer_params={"schedule": choice("step", every=1, factor=0.1)},
    )
    trainer = Trainer(sound(document), device="cpu", paused=True)
    trainer.start()
    wait_for(trainer, events.Paused)
    for epoch in range(1, 5):
        trainer.step("batch")
        trace = wait_for(trainer, events.Stepped).trace
        wait_for(trainer, events.Paused)
        after = trainer.weights()
        assert after is not None
        for path, record in trace.parameters.items():
            np.testing.assert_array_equal(after[path], record.new)
            assert record.learning_rate == pytest.approx(0.1 * 0.1 ** (epoch - 1))
    trainer.stop()
    finish(trainer)


def test_iris_over_ten_splits() -> None:
    """The shipped split is one of ten; the mean says what the recipe is worth."""
    program = example("iris")
    reached = [
        finish(Trainer(replace(program, data=replace(program.data, split_seed=seed)), device="cpu", snapshots=False))[
            0
        ].report["final"]["val_accuracy"]
        for seed in range(10)
    ]
    assert np.mean(reached) >= 0.93, reached


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried"),
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
    ],
)
def test_out_of_memory_offers_half_the_batch(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("nnstudio.engine.experiment.train", fail)
    end, _ = finish(Trainer(example("rings"), device="cpu"))
    assert end.how == "failed" and end.reason is not None and end.reason.key == "run.memory"
    assert "64" in end.reason.render()


def test_an_unforeseen_error_ends_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("nnstudio.engine.experiment.train", fail)
    end, _ = finish(Trainer(example("xor"), device="cpu"))
    assert end.how == "failed" and end.reason is not None and "odd" in end.reason.render()


def test_batch_norm_on_one_sample_is_refused() -> None:
    document = chain(
        ("linear", "a", {"units": 2}),
        ("batch_norm_1d", "n", {}),
        ("linear", "out", {"units": 2}),
        data=choice("typed"),
        loss=choice("mse"),
    )
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.how == "failed" and end.reason is not None and end.reason.key == "run.single_row"


def test_nothing_left_to_learn_from_is_refused() -> None:
    document = chain(
        ("linear", "out", {"units": 2}),
        data=choice("rings", points=10),
        loss=choice("cross_entropy"),
        data_params={"validation": 0.9},
    )
    program = sound(document)
    tiny = replace(program, data=replace(program.data, validation=1.0))
    end, _ = finish(Trainer(tiny, device="cpu"))
    assert end.reason is not None and end.reason.key == "run.no_rows"


def test_the_trainer_uses_one_thread_and_flushes_denormals() -> None:
    seen = {}
    program = example("xor", epochs=1)
    trainer = Trainer(program, device="cpu", threads=1)
    inner = trainer._run

    def look() -> object:
        end = inner()
        seen["threads"] = torch.get_num_threads()
        seen["tiny"] = float(torch.tensor(1e-40) * 1.0)
        return end

    trainer._run = look  # type: ignore[method-assign]
    finish(trainer)
    assert seen == {"threads": 1, "tiny": 0.0}
