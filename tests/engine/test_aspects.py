"""What an unfolded layer shows beyond its outputs is what torch has, beside a run and in a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.engine.aspects import Kernels, Mask, Rows, Spread, Through, aspect_of
from nnstudio.engine.experiment import Experiment, make_experiment
from nnstudio.engine.probe import probe
from nnstudio.engine.record import record
from nnstudio.engine.snapshot import Picture
from nnstudio.explain.pictures import Pictures
from tests.catalog.test_contract import document_with
from tests.helpers import sound


def beside(kind: str, form: str, params: dict[str, Any] | None = None) -> tuple[Experiment, Picture]:
    """The picture that a run shows of the layer that is tried."""
    program = sound(document_with(kind, params, form))
    experiment = make_experiment(program)
    return experiment, probe(program, experiment.model, experiment.criterion, *experiment.data.batch(slice(0, 1)), 0)[
        "it"
    ]


def stepped(kind: str, form: str, params: dict[str, Any] | None = None) -> Any:
    """The trace of a step, and the picture at its end."""
    program = sound(document_with(kind, params, form))
    experiment = make_experiment(program)
    rows = slice(0, 6)
    trace = record(program, experiment.model.state_dict(), *experiment.data.batch(rows), tuple(range(6)))
    return trace, Pictures(trace).at(trace.moments[-1])["it"]


def given(experiment: Experiment) -> torch.Tensor:
    """What comes into the layer that is tried, of the first sample."""
    caught: list[torch.Tensor] = []
    module = experiment.model.get_submodule("it")
    handle = module.register_forward_pre_hook(lambda _, args: caught.append(args[0].detach()))
    experiment.model.eval()(*experiment.data.batch(slice(0, 1))[0])
    handle.remove()
    return caught[0]


def test_of_each_map_the_strongest_kernel_is_shown() -> None:
    experiment, picture = beside("conv_2d", "images", {"channels": 20})
    weight = experiment.model.get_submodule("it").weight.detach().numpy()
    aspect = picture.aspect
    assert isinstance(aspect, Kernels) and aspect.channels == weight.shape[1]
    assert len(aspect.kernels) == len(picture.shown)
    for kernel, unit in zip(aspect.kernels, picture.shown.tolist(), strict=True):
        kernels = weight[unit].reshape(weight.shape[1], -1)
        strongest = max(range(len(kernels)), key=lambda c: float(np.linalg.norm(kernels[c])))
        np.testing.assert_array_equal(kernel.reshape(-1), kernels[strongest])


@pytest.mark.parametrize(
    ("kind", "form"), [("batch_norm_1d", "features"), ("layer_norm", "features"), ("batch_norm_2d", "images")]
)
def test_a_norm_shows_what_it_took_and_gave(kind: str, form: str) -> None:
    experiment, picture = beside(kind, form)
    came = given(experiment)
    went = experiment.model.get_submodule("it")(came)[0].detach().numpy()
    came_ = came[0].numpy()
    aspect = picture.aspect
    assert isinstance(aspect, Spread)
    for shown, numbers, moments in ((aspect.before, came_, aspect.stood), (aspect.after, went, aspect.stands)):
        np.testing.assert_allclose(shown, numbers.reshape(len(numbers), -1).mean(axis=1), rtol=1e-5, atol=1e-6)
        assert moments == pytest.approx((numbers.mean(), numbers.std()), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("outputs", ["last", "all"])
def test_a_recurrent_layer_shows_its_states_and_the_gradient_at_every_step(kind: str, outputs: str) -> None:
    experiment, picture = beside(kind, "sequence", {"units": 5, "outputs": outputs})
    came = given(experiment).requires_grad_()
    states = experiment.model.get_submodule("it")(came)[0]
    aspect = picture.aspect
    assert isinstance(aspect, Through) and aspect.total == came.shape[1]
    np.testing.assert_allclose(aspect.states, states[0].detach().numpy(), rtol=1e-5, atol=1e-6)
    # The gradient at each step by a finite difference along it.
    caught: list[torch.Tensor] = []

    def put(_: Any, args: Any) -> Any:
        caught.append(args[0].detach())
        return (args[0] + nudge,)

    module = experiment.model.get_submodule("it")
    nudge: torch.Tensor | float = 0.0
    inputs, targets = experiment.data.batch(slice(0, 1))
    handle = module.register_forward_pre_hook(put)

    def loss(by: torch.Tensor | float) -> float:
        nonlocal nudge
        nudge = by
        with torch.no_grad():
            said = experiment.model.eval()(*inputs)
            found = experiment.criterion(*(said if isinstance(said, tuple) else (said,)), *targets)
        return float((found[0] if isinstance(found, tuple) else found).double())

    loss(0.0)
    for time in range(came.shape[1]):
        slopes = []
        for feature in range(came.shape[2]):
            by = torch.zeros_like(came)
            by[0, time, feature] = 1e-2
            slopes.append((loss(by.detach()) - loss(-by.detach())) / 2e-2)
        assert aspect.slopes[time] == pytest.approx(float(np.linalg.norm(slopes)), rel=0.03, abs=2e-5)
    handle.remove()


def test_an_embedding_shows_its_rows_and_which_the_sample_takes() -> None:
    experiment, picture = beside("embedding", "tokens")
    weight = experiment.model.get_submodule("it").weight.detach().numpy()
    tokens = experiment.data.batch(slice(0, 1))[0][0].reshape(-1).tolist()
    aspect = picture.aspect
    assert isinstance(aspect, Rows) and aspect.total == len(weight)
    np.testing.assert_array_equal(aspect.rows, weight[aspect.tokens].astype(float))
    assert dict(zip(aspect.tokens.tolist(), aspect.uses.tolist(), strict=True)) == {
        token: tokens.count(token) for token in range(len(weight))
    }


def test_a_mask_is_that_of_the_step_and_none_beside_a_run() -> None:
    _, picture = beside("dropout", "features", {"p": 0.6})
    assert isinstance(picture.aspect, Mask) and not picture.aspect.dropped.any() and not picture.aspect.drawn
    trace, picture = stepped("dropout", "rows", {"p": 0.6})
    aspect = picture.aspect
    assert isinstance(aspect, Mask) and aspect.drawn
    step = next(step for step in trace.steps.values() if step.form == "mask")
    came, went = (trace.of_sample(name, trace.values[name]) for name in (step.inputs[0], step.name))
    off = (went == 0) & (came != 0)
    np.testing.assert_array_equal(aspect.dropped, off[picture.shown])
    assert 0 < aspect.dropped.sum() < len(aspect.dropped)


@pytest.mark.parametrize(
    ("kind", "form", "aspect"),
    [
        ("conv_2d", "images", Kernels),
        ("batch_norm_1d", "features", Spread),
        ("lstm", "sequence", Through),
        ("embedding", "tokens", Rows),
    ],
)
def test_a_step_shows_the_same(kind: str, form: str, aspect: type) -> None:
    trace, picture = stepped(kind, form)
    assert isinstance(picture.aspect, aspect)
    if isinstance(picture.aspect, Through):
        step = next(step for step in trace.steps.values() if step.form == "recurrence")
        gradient = trace.of_sample(step.inputs[0], trace.gradients[step.inputs[0]])
        np.testing.assert_allclose(picture.aspect.slopes, np.linalg.norm(gradient, axis=1), rtol=1e-6)
        before = Pictures(trace).at(next(m for m in trace.moments if m.node == "it"))["it"].aspect
        assert isinstance(before, Through) and np.isnan(before.slopes).all(), "no gradient has come yet"


def test_a_form_that_a_call_does_not_have_shows_nothing() -> None:
    scalar = np.array(1.0)
    for form in ("convolution", "batch_norm", "norm", "mask", "recurrence", "lookup", "loss", None):
        assert aspect_of(form, lambda what: scalar, np.arange(3)) is None or form == "mask"
        assert aspect_of(form, lambda what: None, np.arange(3)) is None


def test_along_one_axis_all_maps_are_one_picture_and_no_kernel_is_that_of_all() -> None:
    _, picture = beside("conv_1d", "sequence", {"channels": 5})
    assert picture.aspect is None


def test_a_batch_norm_averages_over_places_and_a_layer_norm_over_time() -> None:
    given, found = np.arange(15.0).reshape(5, 3), np.arange(15.0).reshape(5, 3) / 2
    arrays = {"in": given, "out": found}
    channels = aspect_of("batch_norm", arrays.get, np.arange(1))
    features = aspect_of("norm", arrays.get, np.arange(1))
    assert isinstance(channels, Spread) and isinstance(features, Spread)
    np.testing.assert_allclose(channels.before, given.mean(axis=1))
    np.testing.assert_allclose(features.after, found.mean(axis=0))


def test_of_a_layer_that_is_many_things_none_is_shown_for_all() -> None:
    _, picture = beside("transformer_encoder", "sequence")
    assert picture.aspect is None
