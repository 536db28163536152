"""Fused layers spelled out, what-if, checks, landscapes and notebooks, each against an independent way."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch

from nnstudio.catalog.arithmetic import evaluate, names, parse, write
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.errors import ProjectFileError
from nnstudio.engine.check import check
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.landscape import flat, landscape, path_plane, random_plane, weights_plane
from nnstudio.engine.runtime.training import forward
from nnstudio.engine.trace import Trace
from nnstudio.engine.whatif import again, with_changes, with_sample
from nnstudio.explain.spelling import explained
from nnstudio.session.examples import load_example
from nnstudio.session.notebook import notebook, write_notebook
from tests.catalog.test_contract import FORMS, LAYERS, document_with
from tests.helpers import chain, choice, sound
from tests.properties.test_cards import recorded


def sequence(kind: str, *, dtype: str = "float64", **params: Any) -> Program:
    after = (("flatten", "f", {}),) if params.get("outputs") == "all" else ()
    return sound(
        chain(
            (kind, "r", {"units": 3, **params}),
            *after,
            ("linear", "o", {"units": 1}),
            data=choice("forecast", length=6),
            loss=choice("mse"),
            dtype=dtype,
            batch_size=4,
        )
    )


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("outputs", ["last", "all"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_spelled_out_layers_are_the_fused_ones(kind: str, outputs: str, bidirectional: bool, layers: int) -> None:
    """Output, gradient of the input and of every weight."""
    program = sequence(kind, outputs=outputs, bidirectional=bidirectional, layers=layers)
    trace = recorded(program)
    spelled = explained(program, trace)
    assert spelled.spelled["r"] < 1e-12
    np.testing.assert_allclose(spelled.values[program.recipes["r"].output + "_y"], trace.values["r"], rtol=1e-12)
    assert len(spelled.moments) > len(trace.moments) + 40
    assert spelled.loss == trace.loss and all(
        spelled.parameters[p].new is trace.parameters[p].new for p in trace.parameters
    )
    single = sequence(kind, dtype="float32", outputs=outputs, bidirectional=bidirectional, layers=layers)
    assert explained(single, recorded(single)).spelled["r"] < 1e-4


def test_the_gradient_through_time_is_a_product_of_jacobians() -> None:
    """Curriculum C10: ∂E/∂hₜ₋₁ = Uᵀ diag(1 − hₜ²) ∂E/∂hₜ for a plain layer; an LSTM's cell path is its forget gate."""
    program = sequence("rnn")
    spelled = explained(program, recorded(program))
    recurrent = spelled.parameters["r.weight_hh_l0"].old
    for t in range(6, 1, -1):
        now, before = spelled.gradients[f"r_l1_t{t}_h"], spelled.gradients[f"r_l1_t{t - 1}_h"]
        state = spelled.values[f"r_l1_t{t}_h"]
        np.testing.assert_allclose(before, (now * (1 - state**2)) @ recurrent, rtol=1e-9, atol=1e-15)
    program = sequence("lstm")
    spelled = explained(program, recorded(program))
    for t in range(6, 1, -1):
        kept = spelled.gradients[f"r_l1_t{t}_kept"]
        share = dict(spelled.shares[f"r_l1_t{t - 1}_c"])[f"r_l1_t{t}_kept"]
        np.testing.assert_allclose(share, kept * spelled.values[f"r_l1_t{t}_forget_gate"], rtol=1e-10)


def test_what_if_is_what_the_network_would_have_done() -> None:
    program = sound(
        chain(
            ("linear", "h", {"units": 4, "activation": choice("tanh")}),
            ("dropout", "d", {"p": 0.5}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            optimizer=choice("adam"),
            dtype="float64",
        )
    )
    trace = recorded(program, 3, steps=2)
    assert trace.origin is not None
    untouched = {name: array.copy() for name, array in trace.origin.state.items()}
    same = again(program, trace, with_changes(program, trace, {}))
    assert same.loss == trace.loss
    for path, record in trace.parameters.items():
        np.testing.assert_array_equal(same.parameters[path].new, record.new)
    changes = {("h.weight", 5): 0.75, ("x", 2): -1.5, ("o.bias", 0): 0.1}
    shown = again(program, trace, with_changes(program, trace, changes))
    e = make_experiment(program)
    e.model.load_state_dict({name: torch.tensor(array) for name, array in untouched.items()})
    with torch.no_grad():
        e.model.get_parameter("h.weight").view(-1)[5] = 0.75
        e.model.get_parameter("o.bias")[0] = 0.1
        x = torch.tensor(trace.origin.inputs[0])
        x[trace.row, 2] = -1.5
    torch.set_rng_state(torch.from_numpy(trace.origin.random.copy()))
    e.model.train()
    loss = forward(e.model, e.criterion, (x,), tuple(torch.tensor(t) for t in trace.origin.targets))[0]
    assert shown.loss == float(loss.detach())
    loss.backward()
    np.testing.assert_allclose(
        shown.parameters["h.weight"].gradient, e.model.get_parameter("h.weight").grad, rtol=1e-12
    )
    for name, array in trace.origin.state.items():
        np.testing.assert_array_equal(array, untouched[name])
    with pytest.raises(KeyError):
        with_changes(program, trace, {("nobody.weight", 0): 1.0})
    with pytest.raises(IndexError):
        with_changes(program, trace, {("o.bias", 99): 1.0})


def test_a_sample_of_ones_own() -> None:
    program = sound(load_example("digits"))
    trace = recorded(program, 4)
    own = again(
        program,
        trace,
        with_sample(
            program, trace, np.zeros((1, *trace.values["x"].shape[1:]), trace.values["x"].dtype), np.array([3])
        ),
    )
    assert own.values["x"].shape[0] == 1 and not own.values["x"].any() and len(own.values["out"]) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_check_agrees_and_finds_what_is_wrong(dtype: str) -> None:
    """Curriculum C6; with dropout, whose mask has to be the same for every number tried."""
    program = sound(
        chain(
            ("linear", "h", {"units": 6, "activation": choice("tanh")}),
            ("dropout", "d", {"p": 0.5}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            dtype=dtype,
        )
    )
    trace = recorded(program, 4)
    for name in ("h.weight", "o.bias", "h", "h_z", "x"):
        assert check(program, trace, name, 1).fine
    from dataclasses import replace

    record = trace.parameters["h.weight"]
    assert record.gradient is not None
    wrong = replace(
        trace, parameters={**trace.parameters, "h.weight": replace(record, gradient=record.gradient * 1.02 + 0.01)}
    )
    found = check(program, wrong, "h.weight", 1)
    assert not found.fine and found.error > 0.01
    kink = sound(
        chain(
            (
                "linear",
                "h",
                {
                    "units": 1,
                    "activation": choice("relu"),
                    "weight_initializer": choice("zeros"),
                    "bias_initializer": choice("zeros"),
                },
            ),
            data=choice("typed", x=((1.0,),), y=((2.0,),)),
            loss=choice("mse"),
            data_params={"scaling": "none"},
            dtype="float64",
        )
    )
    assert check(kink, recorded(kink, 1), "h_z", 0).kink


# -- landscape -----------------------------------------------------------------------------------


def test_the_landscape_is_the_loss_at_moved_weights() -> None:
    program = sound(load_example("xor"))
    trace = recorded(program, 4)
    assert trace.origin is not None
    state = trace.origin.state
    first = program.starts[0].parameter
    found = landscape(program, state, weights_plane(program, (first, 0), (first, 3)), reach=0.5, side=5)
    e = make_experiment(program)
    for j, y in enumerate(found.y):
        for i, x in enumerate(found.x):
            e.model.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
            with torch.no_grad():
                e.model.get_parameter(first).view(-1)[0] += x
                e.model.get_parameter(first).view(-1)[3] += y
                loss = forward(e.model.eval(), e.criterion, *e.data.batch(slice(0, len(e.data))))[0]
            assert found.loss[j, i] == pytest.approx(float(loss), rel=1e-5)
    with pytest.raises(KeyError):
        weights_plane(program, ("nobody", 0), (first, 0))
    with pytest.raises(IndexError):
        weights_plane(program, (first, 10_000), (first, 0))


def test_directions_and_the_way() -> None:
    program = sound(load_example("rings"))
    state = recorded(program, 4).origin.state  # type: ignore[union-attr]
    here = flat(program, state)
    plane = random_plane(program, state, 5)
    # Each layer's part is as long as the layer itself.
    size = state[program.starts[0].parameter].size
    assert np.linalg.norm(plane.first[:size]) == pytest.approx(np.linalg.norm(here[:size]))
    np.testing.assert_array_equal(plane.first, random_plane(program, state, 5).first)
    random_state = torch.get_rng_state()
    moved = [
        {name: array + k * 0.1 * (1 + (k == 2) * (number % 2)) for number, (name, array) in enumerate(state.items())}
        for k in (1, 2, 3)
    ]
    way = path_plane(program, state, moved)
    assert way is not None
    found = landscape(program, state, way, moved, side=5)
    assert found.path.shape == (3, 2) and found.seen > 0.99 and torch.equal(torch.get_rng_state(), random_state)
    rebuilt = found.path @ np.stack([way.first, way.second])
    np.testing.assert_allclose(rebuilt[0], flat(program, moved[0]) - here, atol=1e-6)
    assert path_plane(program, state, moved[:1]) is None and path_plane(program, state, [state, state]) is None


# -- notebook --------------------------------------------------------------------------------------


def run_notebook(program: Program, trace: Trace) -> str:
    book = notebook(program, trace)
    nbformat.validate(book)
    said = io.StringIO()
    space: dict[str, Any] = {}
    with torch.random.fork_rng(), contextlib.redirect_stdout(said):
        try:
            for cell in book["cells"]:
                if cell["cell_type"] == "code":
                    exec(compile("".join(cell["source"]), "cell", "exec"), space)
        finally:
            torch.set_default_dtype(torch.float32)
    return said.getvalue()


@pytest.mark.parametrize("name", ["backprop-2-2-2", "iris", "memory", "karate", "digits"])
def test_the_notebook_computes_every_number_of_an_example(name: str) -> None:
    program = sound(load_example(name))
    trace = recorded(program, 4, steps=2)
    said = run_notebook(program, trace)
    for path, record in trace.parameters.items():
        assert record.gradient is None or said.count(path) >= 2
    assert said.count("✓") >= len([v for v in trace.values if v in trace.steps])


@pytest.mark.parametrize("kind", LAYERS)
def test_the_notebook_of_every_layer(kind: str) -> None:
    form = next(form for form in FORMS if lower(document_with(kind, form=form)).program is not None)
    program = sound(document_with(kind, form=form))
    assert "✓" in run_notebook(program, recorded(program, 3))


def test_a_notebook_with_a_wrong_number_fails(tmp_path: Path) -> None:
    program = sound(load_example("xor"))
    trace = recorded(program, 4)
    from dataclasses import replace

    name = next(iter(trace.steps))
    bad = replace(trace, values={**trace.values, name: trace.values[name] + 0.01})
    with pytest.raises(AssertionError):
        run_notebook(program, bad)
    write_notebook(tmp_path / "step.ipynb", program, trace, "zh")
    assert "训练步" in json.dumps(json.loads((tmp_path / "step.ipynb").read_text("utf-8")), ensure_ascii=False)
    with pytest.raises(ProjectFileError):
        write_notebook(tmp_path / "nowhere" / "step.ipynb", program, trace)


# -- expressions -----------------------------------------------------------------------------------


def test_expressions_are_worked_out_and_written() -> None:
    rule = "(1 - η*λ)*w - η*(m / (sqrt(v) + ε))"
    assert names(rule) == ("η", "λ", "w", "m", "v", "ε")
    values = {"η": 0.1, "λ": 0.5, "w": 2.0, "m": 3.0, "v": 4.0, "ε": 1.0}
    assert evaluate(rule, values, np) == pytest.approx(0.95 * 2.0 - 0.1)
    assert write(rule, lambda name: name) == "(1 − η·λ)·w − η·m / (√(v) + ε)"
    assert (
        write("a - (b - c)", lambda name: name) == "a − (b − c)" and write("a*b**2", lambda name: "−1") == "(−1)·(−1)²"
    )
    np.testing.assert_array_equal(evaluate("a if a > 0 else -a", {"a": np.array([-2.0, 3.0])}, np), [2.0, 3.0])
    for bad in ("__import__('os')", "a.b", "[1]", "f(a)", "a < b < c", "'text'", "sqrt(a, b)"):
        with pytest.raises((ValueError, SyntaxError)):
            parse(bad)
