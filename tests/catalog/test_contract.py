"""The contract of every catalogue entry, and the proof that a new layer is one new file."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog import layers
from nnstudio.catalog.entry import Call, Layer, Ref
from nnstudio.catalog.registry import CATALOG, FAMILIES, family, node_kinds
from nnstudio.catalog.tables import table_of
from nnstudio.compile.lower import lower
from nnstudio.compile.shapes import infer_layer
from nnstudio.document.edits import AddNode, Connect, SetParam
from nnstudio.document.fields import BoolField, ChoiceField, FloatField, IntField, OptionField, TableField, complete
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import Choice, Document, Params, Wire
from nnstudio.engine.experiment import make_model
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of, start_weights
from tests.helpers import chain, choice, finish, sound

ENTRIES = [(name, entry) for name in FAMILIES for entry in family(name).values()]
LAYERS = list(family("layers"))


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_every_entry_says_what_it_is(name: str, entry: Any) -> None:
    assert entry.id.isidentifier() and entry.id == entry.id.lower()
    for text in (entry.title, entry.help):
        assert text.en.strip()
    assert name in ("nodes", "layers", "datasets") or entry.formula
    for field in entry.fields:
        assert field.title.en
        assert field.check(field.default, CATALOG) == complete(entry.fields, Params(), CATALOG)[field.name]
        if field.help is not None:
            assert field.help.en


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_every_field_refuses_what_is_no_value(name: str, entry: Any) -> None:
    for field in entry.fields:
        bad: list[Any] = [object(), {"a": 1}]
        if isinstance(field, IntField):
            bad += [field.minimum - 1, field.maximum + 1, 1.5, "3", float("inf"), True]
        if isinstance(field, FloatField):
            bad += [field.minimum - 1, field.maximum * 2 + 1, float("nan"), "0.5", False]
        if isinstance(field, BoolField):
            bad += [1, "yes"]
        if isinstance(field, OptionField | ChoiceField):
            bad += ["no such thing", 3]
        if isinstance(field, TableField):
            bad += [(), ((1.0, 2.0), (3.0,)), ("x",), ((float("nan"),),)]
        for value in bad:
            with pytest.raises(Exception) as caught:
                field.check(value, CATALOG)
            assert type(caught.value).__name__ in ("BadValue", "UnknownKind"), (field.name, value, caught.value)


# Data of every form, with what stands in front of the layer that is tried: (data set, its settings, layers before).
FORMS: dict[str, tuple[Choice, tuple[tuple[str, str, dict[str, Any]], ...]]] = {
    "features": (choice("iris"), (("linear", "before", {"units": 3}),)),
    "rows": (choice("digits"), ()),
    "images": (choice("digits", form="images"), ()),
    "tokens": (choice("sequence_memory", points=60), ()),
    "sequence": (choice("sequence_memory", points=60), (("embedding", "before", {"width": 8}),)),
    "measures": (choice("parity", points=60), ()),
    "graph": (choice("karate"), ()),
    "pair": (choice("iris"), (("linear", "before", {"units": 2}),)),
}


def document_with(kind: str, params: dict[str, Any] | None = None, form: str = "features") -> Document:
    """A small trainable network around one layer, on data of a form."""
    data, before = FORMS[form]
    entry = node_kinds()[kind]
    classes = len(
        table_of(Choice(data.kind, complete(family("datasets")[data.kind].fields, data.params, CATALOG))).classes
    )
    images = any(port.ranks and min(port.ranks) > 2 for port in entry.inputs)
    after: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (("flatten", "flat", {}),)
        if images or form not in ("features", "graph", "rows", "pair") or kind == "reshape"
        else ()
    )
    document = chain(
        *before,
        (kind, "it", params or {}),
        *after,
        ("linear", "after", {"units": classes}),
        data=data,
        loss=choice("cross_entropy"),
        epochs=1,
        batch_size=50,
    )
    for port in entry.inputs[1:]:
        if port.per == "shared":
            document = AddNode("edges", "edges").apply(document, CATALOG)
            document = Connect(Wire("edges", "adjacency", "it", port.name)).apply(document, CATALOG)
        elif port.tokens:
            document = Connect(Wire("data", "x", "it", port.name)).apply(document, CATALOG)
        else:
            into = document.wires_into["it"][0]
            document = Connect(Wire(into.source, into.source_port, "it", port.name)).apply(document, CATALOG)
    return document


def forms_of(kind: str) -> list[str]:
    """The forms of data that a layer can work on."""
    return [form for form in FORMS if lower(document_with(kind, form=form)).program is not None]


def assert_trains_and_exports(document: Document) -> None:
    program = sound(document)
    end, _ = finish(Trainer(program, device="cpu"))
    assert end.how == "finished", end.reason and end.reason.render()
    check_source(program, source_of(program).text, end.weights)
    assert sound(loads(dumps(document))[0]) == program


@pytest.mark.parametrize("kind", LAYERS)
def test_no_two_tensors_of_a_layer_start_equal(kind: str) -> None:
    """Each parameter draws from a stream of its own; only what is filled with one constant may agree."""
    for params in variants_with_weights(kind):
        for form in forms_of(kind):
            lowered = lower(document_with(kind, params, form))
            if lowered.program is None:
                continue
            program = lowered.program
            model, _ = make_model(program, program.seed, torch.device("cpu"))
            drawn = {
                start.parameter: model.get_parameter(start.parameter).detach().reshape(-1) for start in program.starts
            }
            drawn = {
                path: numbers for path, numbers in drawn.items() if numbers.numel() > 1 and numbers.unique().numel() > 1
            }
            # The beginning alone says it: a smaller tensor from the same stream begins alike.
            begins = {
                path: tuple((numbers[:4] / numbers[:4].abs().max()).tolist())
                for path, numbers in drawn.items()
                if numbers.numel() >= 4
            }
            assert len(set(begins.values())) == len(begins), (params, form, begins)


def variants_with_weights(kind: str) -> list[dict[str, Any]]:
    """A layer's default, and the settings that give it two modules of one shape or more than one stack."""
    own = {field.name: field for field in node_kinds()[kind].fields}
    found: list[dict[str, Any]] = [{}]
    if "activation" in own:
        found.append({"activation": choice("prelu")})
    if "layers" in own:
        found.append({"layers": 2, "bidirectional": True})
    if "heads" in own:
        found.append({"heads": 2})
    if "hidden" in own:
        found += [{"hidden": width, "norm_first": first} for width in (3, 6, 8) for first in (False, True)]
    if "weight_initializer" in own:
        found.append({"weight_initializer": choice("xavier_normal")})
    return found


def test_layers_with_one_module_keep_their_start_values() -> None:
    """The numbers that were drawn before parameters of several modules had paths of their own."""
    program = sound(
        chain(
            ("linear", "h", {"units": 3, "activation": choice("prelu")}),
            ("linear", "out", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
        )
    )
    model, _ = make_model(program, 0, torch.device("cpu"))
    for start in program.starts:
        if start.node == "h" and start.parameter == "h.weight":
            twin = torch.empty(start.shape)
            torch.nn.init.kaiming_uniform_(twin, a=5**0.5, generator=stream(0, "h", "weight"))
            assert torch.equal(model.get_parameter("h.weight"), twin)
            break
    else:
        raise AssertionError("no weight")


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_trains_exports_and_passes_the_gate(kind: str) -> None:
    """On every form of data that it takes."""
    forms = forms_of(kind)
    assert forms, [p.what.render() + p.why.render() for p in lower(document_with(kind)).problems]
    for form in forms:
        assert_trains_and_exports(document_with(kind, form=form))


@pytest.mark.parametrize("kind", list(family("activations")))
def test_every_activation_in_a_layer_and_as_a_node(kind: str) -> None:
    assert_trains_and_exports(document_with("linear", {"units": 3, "activation": Choice(kind)}))
    assert_trains_and_exports(document_with("activation", {"activation": Choice(kind)}))


@pytest.mark.parametrize("kind", list(family("initializers")))
def test_every_initializer_for_weight_and_bias(kind: str) -> None:
    entry = family("initializers")[kind]
    explicit = kind == "explicit"
    weight = choice(kind, values=tuple((0.1 * i, -0.2, 0.3) for i in range(2))) if explicit else Choice(kind)
    params: dict[str, Any] = {"units": 2, "weight_initializer": weight}
    if "matrix" not in entry.tags:
        params["bias_initializer"] = choice(kind, values=(0.5, -0.5)) if explicit else Choice(kind)
    assert_trains_and_exports(document_with("linear", params))


@pytest.mark.parametrize("kind", list(family("losses")))
@pytest.mark.parametrize("data", ["xor", "iris", "typed"])
def test_every_loss_on_every_sort_of_target(kind: str, data: str) -> None:
    width = {"xor": 2, "iris": 3, "typed": 2}[data]
    document = chain(("linear", "out", {"units": width}), data=Choice(data), loss=Choice(kind), epochs=1)
    lowered = lower(document)
    if lowered.program is None:
        entry = family("losses")[kind]
        assert (entry.target == "index" and data == "typed") or entry.expects == "probabilities"
        mend = lowered.errors[0].mend
        assert mend is not None
        document = mend.apply(document, CATALOG)
    assert_trains_and_exports(document)


@pytest.mark.parametrize("kind", list(family("optimizers")))
@pytest.mark.parametrize("schedule", list(family("schedules")))
def test_every_optimizer_with_every_schedule_and_overrides(kind: str, schedule: str) -> None:
    document = chain(
        ("linear", "a", {"units": 4, "learning_rate": 0.5, "weight_decay": 0.01}),
        ("linear", "f", {"units": 3, "frozen": True}),
        ("linear", "b", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=Choice(kind),
        optimizer_params={"schedule": Choice(schedule), "clip_norm": 0.5},
        epochs=3,
        batch_size=60,
    )
    program = sound(document)
    end, _ = finish(Trainer(program, device="cpu"))
    start = start_weights(program)
    np.testing.assert_array_equal(end.weights["f.weight"], start["f.weight"])
    assert not np.array_equal(end.weights["a.weight"], start["a.weight"])
    assert_trains_and_exports(document)


BUILT_IN = [
    kind for kind, entry in family("datasets").items() if not any(field.name == "path" for field in entry.fields)
]


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_data_set_is_the_same_each_time(kind: str) -> None:
    entry = family("datasets")[kind]
    params = complete(entry.fields, Params(), CATALOG)
    first, second = entry.make(params), entry.make(params)
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, second.y)
    assert len(first.x) == len(first.y) and first.x.ndim == 1 + (len(first.axes) or 1)
    if first.tokens:
        assert first.x.dtype == np.int64 and first.x.min() >= 0 and first.x.max() < first.tokens
    else:
        assert first.x.dtype == np.float64 and np.isfinite(first.x).all()
    if first.x.ndim == 2 and not first.tokens:
        assert first.x.shape[1] == len(first.columns)
    if first.classes:
        assert set(np.unique(first.y)) == set(range(len(first.classes)))


def test_iris_is_the_real_table() -> None:
    """Against facts known of the data: 50 of each species, and the means that every textbook gives."""
    table = table_of(Choice("iris"))
    assert table.x.shape == (150, 4) and np.bincount(table.y).tolist() == [50, 50, 50]
    np.testing.assert_allclose(table.x.mean(axis=0), [5.843333, 3.057333, 3.758, 1.199333], atol=1e-6)


def test_rings_have_their_radii_and_noise() -> None:
    table = table_of(Choice("rings", complete(family("datasets")["rings"].fields, Params(), CATALOG)))
    radius = np.linalg.norm(table.x, axis=1)
    assert abs(radius[table.y == 0].mean() - 1) < 0.02 and abs(radius[table.y == 1].mean() - 2) < 0.02
    assert 0.09 < radius[table.y == 1].std() < 0.11


# -- numbers against independent formulas ---------------------------------------------------------

Z = np.linspace(-4, 4, 41)
ERF = np.vectorize(math.erf)
SIGMA = 1 / (1 + np.exp(-Z))
ACTIVATIONS = {
    "identity": Z,
    "step": (Z >= 0).astype(float),
    "sigmoid": SIGMA,
    "tanh": np.sinh(Z) / np.cosh(Z),
    "relu": np.maximum(Z, 0),
    "relu6": np.clip(Z, 0, 6),
    "leaky_relu": np.where(Z > 0, Z, 0.01 * Z),
    "prelu": np.where(Z > 0, Z, 0.25 * Z),
    "rrelu": np.where(Z > 0, Z, (0.125 + 0.3333333) / 2 * Z),
    "elu": np.where(Z > 0, Z, np.exp(Z) - 1),
    "celu": np.maximum(0, Z) + np.minimum(0, np.exp(Z) - 1),
    "selu": 1.0507009873554805 * np.where(Z > 0, Z, 1.6732632423543772 * (np.exp(Z) - 1)),
    "gelu": Z * 0.5 * (1 + ERF(Z / 2**0.5)),
    "silu": Z * SIGMA,
    "mish": Z * np.tanh(np.log(1 + np.exp(Z))),
    "softplus": np.log(1 + np.exp(Z)),
    "hardsigmoid": np.clip(Z + 3, 0, 6) / 6,
    "hardtanh": np.clip(Z, -1, 1),
    "hardswish": Z * np.clip(Z + 3, 0, 6) / 6,
    "softmax": np.exp(Z) / np.exp(Z).sum(),
    "log_softmax": Z - np.log(np.exp(Z).sum()),
}


def run_calls(calls: tuple[Call, ...], known: dict[str, Any]) -> Any:
    """Run a choice's calls on real numbers, modules in evaluation mode with float64."""
    from nnstudio.compile.resolve import resolve

    for call in calls:

        def fill(value: Any) -> Any:
            return known[value.name] if isinstance(value, Ref) else list(value) if isinstance(value, tuple) else value

        function = resolve(call.target)
        if call.make is not None:
            function = function(**call.make).double().eval()
        known[call.out] = function(*(fill(a) for a in call.args), **{k: fill(v) for k, v in call.kwargs.items()})
    return known[calls[-1].out] if calls else known["z"]


@pytest.mark.parametrize("kind", list(family("activations")))
def test_activations_compute_their_formula(kind: str) -> None:
    entry = family("activations")[kind]
    value = run_calls(entry.calls(complete(entry.fields, Params(), CATALOG)), {"z": torch.tensor(Z)})
    np.testing.assert_allclose(value.detach().numpy(), ACTIVATIONS[kind], atol=1e-12)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.1, 0.9])
def test_a_learnt_parameter_is_previewed_with_its_start_value(slope: float) -> None:
    """The preview takes start values from the entry, whatever the call that makes the module is named or given."""
    from nnstudio.engine.previews import activation_curve

    curve = activation_curve(choice("prelu", slope=slope))
    assert curve is not None
    np.testing.assert_allclose(curve.lines[0][1], np.where(curve.x > 0, curve.x, slope * curve.x), atol=1e-12)


def test_the_tanh_form_of_gelu() -> None:
    entry = family("activations")["gelu"]
    value = run_calls(entry.calls(complete(entry.fields, Params({"form": "tanh"}), CATALOG)), {"z": torch.tensor(Z)})
    wanted = 0.5 * Z * (1 + np.tanh((2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3)))
    np.testing.assert_allclose(value.numpy(), wanted, atol=1e-12)


SPREAD = {  # variance for a layer of 200 → 300, limit (None: unbounded)
    "default": (1 / (3 * 200), 200**-0.5),
    "xavier_uniform": (2 / 500, (6 / 500) ** 0.5),
    "xavier_normal": (2 / 500, None),
    "he_uniform": (2 / 200, (6 / 200) ** 0.5),
    "he_normal": (2 / 200, None),
    "normal": (0.01, None),
    "uniform": (0.04 / 12, 0.1),
    "zeros": (0.0, 0.0),
    "constant": (0.0, 0.1),
    "ones": (0.0, 1.0),
    "lecun_uniform": (1 / 200, (3 / 200) ** 0.5),
    "lecun_normal": (1 / 200, None),
    "truncated_normal": (0.0004 * 0.7737, 0.04),
    "orthogonal": (1 / 300, None),
}


@pytest.mark.parametrize("kind", SPREAD)
def test_initializers_have_the_variance_of_their_formula(kind: str) -> None:
    document = chain(
        ("linear", "wide", {"units": 200}),
        ("linear", "it", {"units": 300, "weight_initializer": Choice(kind)}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    weight = start_weights(sound(document))["it.weight"]
    variance, limit = SPREAD[kind]
    assert weight.var() == pytest.approx(variance, rel=0.03, abs=1e-9)
    if limit is not None:
        assert abs(weight).max() <= limit * (1 + 1e-6)


def test_the_default_bias_has_the_limit_of_its_fan_in() -> None:
    document = chain(
        ("linear", "wide", {"units": 16}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    bias = start_weights(sound(document))["wide.bias"]
    assert 0.3 < abs(bias).max() <= 4**-0.5


def test_start_weights_stay_when_a_layer_is_put_in() -> None:
    short = chain(
        ("linear", "a", {"units": 4}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    long = chain(
        ("linear", "a", {"units": 4}),
        ("linear", "new", {"units": 4}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    first, second = start_weights(sound(short)), start_weights(sound(long))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_building_draws_nothing_from_the_default_generator() -> None:
    state = torch.get_rng_state()
    program = sound(document_with("dropout", {"p": 0.5}))
    make_model(program, 0, torch.device("cpu"))
    source_of(program)
    check_source(program, source_of(program).text)
    assert torch.equal(torch.get_rng_state(), state)


def loss_of(kind: str, prediction: Any, target: Any, **params: Any) -> float:
    """A loss of numbers written out, in float64."""
    entry = family("losses")[kind]
    known = {
        "prediction": torch.tensor(prediction, dtype=torch.float64),
        "target": torch.tensor(target, dtype=torch.int64 if entry.target == "index" else torch.float64),
    }
    return float(run_calls(entry.calls(complete(entry.fields, Params(params), CATALOG)), known))


def test_the_losses_of_the_worked_figures() -> None:
    """D4: cross-entropy 0.0004, BCE 0.1643; MSE 4.6667, L1 2.0, Smooth L1 1.5; half squared error sums to 7."""
    scores, classes = [[18.0, 9.0, 10.0], [2.0, 14.0, 6.0], [3.0, 8.0, 16.0]], [0, 1, 2]
    assert loss_of("cross_entropy", scores, classes) == pytest.approx(0.0004, abs=5e-5)
    logs = torch.log_softmax(torch.tensor(scores, dtype=torch.float64), dim=-1).tolist()
    assert loss_of("nll", logs, classes) == pytest.approx(loss_of("cross_entropy", scores, classes), rel=1e-12)
    one_hot = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert loss_of("kl_divergence", logs, one_hot) == pytest.approx(
        loss_of("cross_entropy", scores, classes), rel=1e-12
    )
    yes = [[0.1], [0.9], [0.2], [0.8]]
    assert loss_of("bce", yes, [[0.0], [1.0], [0.0], [1.0]]) == pytest.approx(0.1643, abs=5e-5)
    logits = [[math.log(p / (1 - p))] for (p,) in yes]
    assert loss_of("bce_logits", logits, [[0.0], [1.0], [0.0], [1.0]]) == pytest.approx(0.1643, abs=5e-5)
    guess, truth = [[1.0, 5.0, 4.0]], [[2.0, 3.0, 1.0]]
    for kind, wanted in (("mse", 14 / 3), ("half_squared", 7.0), ("l1_loss", 2.0), ("smooth_l1", 1.5), ("huber", 1.5)):
        assert loss_of(kind, guess, truth) == pytest.approx(wanted, rel=1e-12), kind
    assert loss_of("huber", guess, truth, delta=2.0) == pytest.approx((0.5 + 2.0 + 4.0) / 3)
    assert loss_of("hinge", [[2.0], [0.5], [-1.0]], [[1.0], [1.0], [1.0]]) == pytest.approx((0 + 0.5 + 2) / 3)
    assert loss_of("perceptron", [[2.0], [-3.0], [0.0]], [[1.0], [1.0], [0.0]]) == pytest.approx((0 + 3 + 0) / 3)


def test_cross_entropy_with_weights_and_smoothing() -> None:
    """Against the formulas of PyTorch's manual, written out."""
    scores, classes = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]]), [2, 0]
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    weights = (1.0, 5.0, 2.0)
    wanted = -(weights[2] * logs[0, 2] + weights[0] * logs[1, 0]) / (weights[2] + weights[0])
    assert loss_of("cross_entropy", scores.tolist(), classes, class_weights=weights) == pytest.approx(wanted, rel=1e-12)
    soft = np.full((2, 3), 0.3 / 3)
    soft[0, 2] += 0.7
    soft[1, 0] += 0.7
    assert loss_of("cross_entropy", scores.tolist(), classes, smoothing=0.3) == pytest.approx(
        -(soft * logs).sum() / 2, rel=1e-12
    )


@pytest.mark.parametrize(("name", "least"), [("digits", 0.94), ("memory", 0.97), ("karate", 0.8)])
def test_the_examples_of_other_forms_of_data_learn(name: str, least: float) -> None:
    from nnstudio.session.examples import load_example

    program = sound(load_example(name))
    end, _ = finish(Trainer(program, device="cpu"))
    assert end.report["final"]["val_accuracy"] >= least
    check_source(program, source_of(program).text, end.weights)


# -- one layer, one file ----------------------------------------------------------------------------

NEW_LAYER = '''
"""Multiply everything by a number."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="scale_by",
    title=Text("Scale"),
    help=Text("Multiplies every number by a factor."),
    formula="y = c·x",
    fields=(FloatField(name="factor", title=Text("Factor"), default=3.0, minimum=-10.0, maximum=10.0),),
    calls=lambda p, shapes: (
        Call("y", "torch.mul", (Ref("x"), p["factor"]), form="elementwise", rule=Rule("y = c·x", ("∂E/∂x = c·∂E/∂y",))),
    ),
    summary=("factor",),
)
'''


@pytest.fixture
def new_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "scale_by.py").write_text(NEW_LAYER, encoding="utf-8")
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(tmp_path)])
    for cached in (family, node_kinds, infer_layer):
        cached.cache_clear()
    yield "scale_by"
    sys.modules.pop("nnstudio.catalog.layers.scale_by", None)
    monkeypatch.undo()
    for cached in (family, node_kinds, infer_layer):
        cached.cache_clear()


def test_a_new_layer_is_one_file(new_layer: str, qtbot: Any) -> None:
    """Palette, form, save and open, shapes, model, export with its gate, stepping and help, from one file alone."""
    import torch as t

    from nnstudio.engine.experiment import load_parts
    from nnstudio.engine.record import record
    from nnstudio.explain.cards import make_card
    from nnstudio.ui.editing.palette import KIND, Palette
    from nnstudio.ui.inspector.forms import Form

    document = document_with(new_layer)
    document = SetParam("it", ("factor",), 2.5).apply(document, CATALOG)
    assert_trains_and_exports(document)
    lowered = lower(document)
    assert lowered.shapes["it"] == {"y": (2, 3)} and lowered.program is not None
    assert "torch.mul(before, 2.5)" in source_of(lowered.program).text

    palette = Palette()
    qtbot.addWidget(palette)
    items = [palette.list.item(i) for i in range(palette.list.count())]
    mine = next(item for item in items if item.data(KIND) == new_layer)
    assert mine.text() == "Scale" and "Multiplies every number" in mine.toolTip()
    entry = node_kinds()[new_layer]
    form = Form(entry.fields, document.by_id["it"].params, lambda path, value: True, full=True)
    qtbot.addWidget(form)
    assert form.editors["factor",].text() == "2.5"

    program = lowered.program
    data, _ = load_parts(program, t.device("cpu"))
    model, _ = make_model(program, 0, t.device("cpu"))
    trace = record(
        program,
        model.state_dict(),
        tuple(x[:1] for x in data.inputs),
        tuple(y[:1] for y in data.targets),
        data.rows[:1],
    )
    moment = next(m for m in trace.moments if m.node == "it" and m.phase == "backward")
    card = make_card(trace, moment)
    assert card.rules == ("∂E/∂x = c·∂E/∂y",) and "f′ = 2.500" in card.lines


def test_every_layer_has_a_rule_for_each_call() -> None:
    for entry in family("layers").values():
        assert isinstance(entry, Layer)
        params = complete(entry.fields, Params(), CATALOG)
        rank = {port.name: min(port.ranks or (2,)) for port in entry.inputs}
        shapes = {port.name: ((2, *(8,) * (rank[port.name] - 1)),) * (2 if port.many else 1) for port in entry.inputs}
        shapes |= {"x.tokens": ((5,),)}
        if entry.id == "permute":
            shapes["x"] = ((2, 8, 8),)
        if entry.id == "reshape":
            shapes["x"] = ((2, 64),)
        if entry.id == "formula_of_two":
            shapes["x"] = ((2, 2),)
        for call in entry.calls(params, shapes):
            assert not isinstance(call, Call) or (call.rule is not None and call.rule.forward), (entry.id, call.out)


def test_the_registry_needs_no_list(tmp_path: Path) -> None:
    """A fresh interpreter finds every file of every family."""
    code = (
        "from nnstudio.catalog.registry import FAMILIES, family\nimport pathlib, nnstudio.catalog as c\n"
        "root = pathlib.Path(c.__file__).parent\n"
        "assert all(len(family(f)) == len(list((root / f).glob('[a-z]*.py'))) for f in FAMILIES)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
