"""Metrics, limits on gradients, warm-up, early stopping, scaling: against formulas written out here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.parting import Split, split_rows
from nnstudio.compile.program import Program
from nnstudio.engine.experiment import limits_of, load_parts, make_experiment
from nnstudio.engine.previews import data_preview, schedule_curve
from nnstudio.engine.record import record
from nnstudio.engine.runtime.metrics import Spread, by_class, evaluate, measures_record, r_squared
from nnstudio.engine.runtime.scaling import fit_scaler
from nnstudio.engine.runtime.training import Epoch, Limits, Restored, train
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.helpers import chain, choice, finish, sound


def iris(**more: Any) -> Program:
    return sound(
        chain(
            ("linear", "h", {"units": 8, "activation": choice("relu")}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            **{"epochs": 3, **more},
        )
    )


def test_metrics_of_classes_by_hand() -> None:
    e = make_experiment(iris())
    found = evaluate(e.model, e.criterion, replace(e.validation, evaluation=7))
    assert found is not None and found.confusion is not None
    with torch.no_grad():
        said = e.model.eval()(*e.validation.batch(slice(0, 30))[0]).argmax(1).numpy()
    truth = e.validation.targets[0].numpy()
    square = np.zeros((3, 3), dtype=int)
    for t, s in zip(truth, said, strict=True):
        square[t, s] += 1
    assert [list(row) for row in found.confusion] == square.tolist()
    assert found.accuracy == pytest.approx((truth == said).mean())
    for k, entry in enumerate(by_class(found.confusion)):
        precision = square[k, k] / square[:, k].sum() if square[:, k].sum() else 0.0
        recall = square[k, k] / square[k].sum()
        both = precision + recall
        assert entry == pytest.approx(
            {
                "precision": precision,
                "recall": recall,
                "f1": 2 * precision * recall / both if both else 0.0,
                "support": square[k].sum(),
            }
        )


def test_metrics_of_values_by_hand() -> None:
    program = sound(
        chain(
            ("linear", "o", {"units": 1}),
            data=choice("diabetes"),
            data_params={"target_scaling": "none"},
            loss=choice("mse"),
            epochs=2,
        )
    )
    e = make_experiment(program)
    found = evaluate(e.model, e.criterion, replace(e.validation, evaluation=10))
    with torch.no_grad():
        said = e.model.eval()(*e.validation.batch(slice(0, 500))[0]).double().numpy()
    truth = e.validation.targets[0].double().numpy()
    assert found is not None
    assert found.mae == pytest.approx(np.abs(said - truth).mean(), rel=1e-9)
    assert found.rmse == pytest.approx(((said - truth) ** 2).mean() ** 0.5, rel=1e-9)
    assert found.r2 == pytest.approx(1 - ((said - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum(), rel=1e-9)
    record_ = measures_record(found)
    assert record_ is not None and set(record_) == {"loss", "mae", "rmse", "r2"}
    end, events = finish(Trainer(program, device="cpu"))
    assert end.report["metrics"]["validation"]["r2"] is not None and events[-1].record["val_mae"] is not None


def test_one_output_for_two_classes_is_measured_at_its_threshold() -> None:
    program = sound(chain(("linear", "o", {"units": 1}), data=choice("moons"), loss=choice("bce_logits"), epochs=1))
    e = make_experiment(program)
    found = evaluate(e.model, e.criterion, e.data)
    with torch.no_grad():
        said = (e.model.eval()(*e.data.batch(slice(0, 400))[0]) >= 0).long().reshape(-1)
    truth = (e.data.targets[0] > 0.5).long().reshape(-1)
    assert found is not None and found.accuracy == pytest.approx(float((said == truth).double().mean()))


def test_limits_cut_shorten_and_pull() -> None:
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.0]))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    parameter.grad = torch.tensor([3.0, -4.0, 12.0])
    limits = Limits(clip_norm=2.0, clip_value=4.0, l1=0.5)
    limits.clip(optimizer)
    cut = np.array([3.0, -4.0, 4.0])
    cut = cut * min(1.0, 2.0 / (np.linalg.norm(cut) + 1e-6))
    np.testing.assert_allclose(parameter.grad.numpy(), cut, rtol=1e-6)
    limits.pull(optimizer)
    np.testing.assert_allclose(parameter.grad.numpy(), cut + 0.5 * np.sign([1.0, -2.0, 0.0]), rtol=1e-6)


def test_a_trace_shows_the_gradients_that_were_used() -> None:
    program = iris(optimizer_params={"clip_value": 0.01, "clip_norm": 0.02, "l1": 0.1})
    e = make_experiment(program)
    trace = record(program, e.model.state_dict(), *e.data.batch(slice(0, 16)), e.data.rows[:16], seed=0)
    for path, seen in trace.parameters.items():
        assert seen.gradient is not None and seen.used is not None
        wanted = np.clip(seen.gradient, -0.01, 0.01) * trace.clip_factor + 0.1 * np.sign(seen.old)
        np.testing.assert_allclose(seen.used, wanted, atol=1e-7, err_msg=path)
    assert 0 < trace.clip_factor < 1
    check_source(program, source_of(program).text)


def run(program: Program) -> list[Any]:
    e = make_experiment(program)
    return [
        event
        for event in train(
            e.model,
            e.criterion,
            e.optimizer,
            e.schedule,
            e.data,
            e.validation,
            epochs=program.epochs,
            batch_size=program.batch_size,
            seed=0,
            shuffle=program.shuffle,
            limits=limits_of(program),
            couples_samples=False,
            warmup=program.warmup,
            patience=program.patience,
        )
        if isinstance(event, Epoch | Restored)
    ] + [e]


def test_warm_up_rises_in_equal_steps_and_the_schedule_begins_behind_it() -> None:
    program = iris(
        optimizer=choice("sgd", learning_rate=0.5),
        optimizer_params={"warmup": 4, "schedule": choice("exponential", factor=0.5)},
        epochs=8,
    )
    rates = [event.learning_rate for event in run(program)[:-1]]
    np.testing.assert_allclose(rates, [0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.125, 0.0625])
    check_source(program, source_of(program).text)
    curve = schedule_curve(choice("sgd", learning_rate=0.5), choice("exponential", factor=0.5), 8, 4)
    assert curve is not None
    np.testing.assert_allclose(curve.lines[0][1], rates)


@pytest.mark.parametrize(
    ("kind", "params", "wanted"),
    [
        ("step", {"every": 2, "factor": 0.8}, lambda t: 0.8 ** (t // 2)),
        ("multi_step", {"milestones": (2.0, 3.0), "factor": 0.8}, lambda t: 0.8 ** sum(m <= t for m in (2, 3))),
        ("exponential", {"factor": 0.8}, lambda t: 0.8**t),
        ("cosine", {"end": 0.0}, lambda t: 0.5 * (1 + np.cos(np.pi * t / 6))),
        ("linear", {"end": 0.0}, lambda t: 1 - t / 6),
        ("polynomial", {"power": 2.0}, lambda t: (1 - t / 6) ** 2),
        ("inverse_time", {"b": 4.0}, lambda t: 4 / (4 + t)),
        ("constant", {}, lambda t: 1.0),
    ],
)
def test_schedules_follow_their_formula(kind: str, params: dict[str, Any], wanted: Any) -> None:
    program = iris(
        optimizer=choice("sgd", learning_rate=0.1), optimizer_params={"schedule": choice(kind, **params)}, epochs=6
    )
    rates = [event.learning_rate for event in run(program)[:-1]]
    np.testing.assert_allclose(rates, [0.1 * wanted(t) for t in range(6)], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(("kind", "first"), [("one_cycle", 1 / 25), ("cyclical", 0.1)])
def test_cycles_keep_the_rates_of_single_layers(kind: str, first: float) -> None:
    document = chain(
        ("linear", "h", {"units": 8, "learning_rate": 0.02}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=0.1),
        optimizer_params={"schedule": choice(kind)},
        epochs=6,
    )
    program = sound(document)
    e = make_experiment(program)
    assert sorted(group["lr"] for group in e.optimizer.param_groups) == pytest.approx([0.02 * first, 0.1 * first])
    check_source(program, source_of(program).text)


def test_a_plateau_lowers_the_rate_by_validation_loss() -> None:
    program = iris(
        optimizer=choice("sgd", learning_rate=3.0),
        optimizer_params={"schedule": choice("plateau", patience=0, factor=0.5)},
        epochs=12,
    )
    events = run(program)[:-1]
    best, rate = float("inf"), 3.0
    for event in events:
        assert event.learning_rate == pytest.approx(rate)
        # torch's threshold: better by a ten-thousandth counts as progress.
        if event.val_loss < best * (1 - 1e-4):
            best = event.val_loss
        else:
            rate *= 0.5
    assert rate < 3.0


def test_early_stopping_brings_the_best_weights_back() -> None:
    program = iris(optimizer=choice("sgd", learning_rate=3.0), patience=4, epochs=60)
    *events, e = run(program)
    end = events[-1]
    assert isinstance(end, Restored) and end.early
    losses = [event.val_loss for event in events[:-1]]
    assert end.epoch == int(np.argmin(losses)) + 1 and len(losses) == end.epoch + 4
    found = evaluate(e.model, e.criterion, e.validation)
    assert found is not None and found.loss == pytest.approx(min(losses), rel=1e-6)
    report = finish(Trainer(program, device="cpu"))[0].report
    assert report["restored_epoch"] == end.epoch
    check_source(program, source_of(program).text)


def test_min_max_and_standard_are_fitted_on_the_training_rows_alone() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(5.0, 3.0, (50, 3))
    x[40:] *= 100
    rows = np.arange(40)
    low = fit_scaler(x, rows, "minmax", 1, "").apply(x)
    np.testing.assert_allclose([low[:40].min(axis=0), low[:40].max(axis=0)], [[0.0] * 3, [1.0] * 3], atol=1e-12)
    standard = fit_scaler(x, rows, "standard", 1, "").apply(x)
    np.testing.assert_allclose(
        [standard[:40].mean(axis=0), standard[:40].std(axis=0)], [[0.0] * 3, [1.0] * 3], atol=1e-12
    )
    images = draw.integers(0, 255, (30, 2, 4, 4)).astype(np.uint8)
    scaled = fit_scaler(images, np.arange(30), "standard", 1, "").apply(images)
    np.testing.assert_allclose(scaled.mean(axis=(0, 2, 3)), [0, 0], atol=1e-12)
    alike = fit_scaler(images, np.arange(30), "minmax", None, "").apply(images)
    assert alike.min() == 0 and alike.max() == 1


def test_splits_random_and_in_order() -> None:
    train_rows, held = split_rows(10, 0.3, 0, ordered=True)
    assert train_rows.tolist() == list(range(7)) and held.tolist() == [7, 8, 9]
    program = sound(
        chain(
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            data_params={"split": "ordered"},
        )
    )
    _, validation = load_parts(program, torch.device("cpu"))
    assert validation.rows == tuple(range(120, 150))
    preview = data_preview(program.data.dataset, Split("random", 0.2, seed=3), "none")
    assert preview.training == 120 and preview.part.sum() == 30


def test_tokens_images_and_graphs_are_traced() -> None:
    """Every gradient of one step against autograd on the real model, on data of every form."""
    from nnstudio.session.examples import load_example

    for name in ("digits", "memory", "karate"):
        program = sound(load_example(name))
        e = make_experiment(program)
        rows = [0, 3, 5]
        inputs, targets = e.data.batch(rows)
        trace = record(program, e.model.state_dict(), inputs, targets, tuple(e.data.rows[r] for r in rows), seed=0)
        torch.manual_seed(0)
        outputs = e.model.train()(*inputs)
        loss = e.criterion(outputs, *targets)[0]
        loss.backward()
        assert trace.loss == pytest.approx(float(loss.detach()), rel=1e-6)
        for path, parameter in e.model.named_parameters():
            np.testing.assert_allclose(trace.parameters[path].gradient, parameter.grad.numpy(), rtol=1e-5, atol=1e-7)
        for step in trace.steps.values():
            trace.of_sample(step.name, trace.values[step.name])


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6, 1e9])
def test_r_squared_keeps_its_digits_far_from_zero(offset: float) -> None:
    """Against the sum of squares about the mean, computed at once, with batches of odd sizes."""
    draw = np.random.default_rng(3)
    truth = offset + draw.normal(size=(257, 2))
    said = truth + 0.3 * draw.normal(size=truth.shape)
    spread = Spread()
    for start in range(0, 257, 31):
        spread.add(torch.from_numpy(truth[start : start + 31]))
    wanted = (1 - ((said - truth) ** 2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)).mean()
    assert r_squared(torch.from_numpy(((said - truth) ** 2).sum(0)), spread) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 / 3])
def test_a_target_that_never_changes_has_no_r_squared(value: float) -> None:
    spread = Spread()
    for _ in range(7):
        spread.add(torch.full((13, 1), value, dtype=torch.float64))
    assert r_squared(torch.ones(1), spread) is None
