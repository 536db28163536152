"""Every card of random networks: its figures are the recorded ones, its sums add up, its gradients are finite
differences.
"""

from __future__ import annotations

import math
import os
import random
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import family, node_kinds
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import Connect, SetParam, SetTraining
from nnstudio.document.errors import EditError
from nnstudio.document.numbers import number as written
from nnstudio.document.values import Document, Wire
from nnstudio.engine.check import check, place_in
from nnstudio.engine.experiment import limits_of, make_experiment
from nnstudio.engine.record import Tracer
from nnstudio.engine.runtime.training import update
from nnstudio.engine.trace import Trace, came_from, fine_moments, goes_to
from nnstudio.explain.cards import Card, make_card
from nnstudio.explain.spelling import explained
from nnstudio.explain.typeset import svg_of
from nnstudio.explain.update import worked_out
from nnstudio.ui.stepper.formulas import label_of, pieces
from nnstudio.ui.stepper.numbers import tensors_of
from tests.catalog.test_contract import CATALOG, FORMS, LAYERS, document_with
from tests.helpers import chain, choice, sound
from tests.properties.test_graphs import random_network
from tests.properties.test_settings import MUCH, draw

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
CPU = torch.device("cpu")
SMOOTH = {"activation": choice("tanh")}


def shaken(model: torch.nn.Module) -> None:
    """Give every parameter and every learnt mean and spread a value of its own: ones and zeros hide what goes wrong."""
    draw = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for path, tensor in (*model.named_parameters(), *model.named_buffers()):
            if not tensor.is_floating_point():
                continue
            noise = torch.rand(tensor.shape, generator=draw, dtype=torch.float64).to(tensor.dtype)
            if path.endswith("running_var") or (not path.endswith("running_mean") and (tensor == 1).all()):
                tensor.mul_(0.5 + noise)
            elif path.endswith("running_mean") or (isinstance(tensor, torch.nn.Parameter) and not tensor.any()):
                tensor.add_(0.4 * noise - 0.2)


def recorded(program: Program, count: int = 4, training: bool = True, steps: int = 0, shake: bool = False) -> Trace:
    """A trace of some samples after a few real updates."""
    e = make_experiment(program, 3)
    torch.manual_seed(3)
    places = torch.arange(min(count, len(e.data)))
    for _ in range(steps):
        update(e.model, e.criterion, e.optimizer, *e.data.batch(places), limits_of(program))
    if shake:
        shaken(e.model)
    rows = tuple(e.data.rows[p] for p in places.tolist())
    return Tracer(program).record(
        e.model.state_dict(),
        *e.data.batch(places),
        rows,
        min(1, len(rows) - 1),
        optimizer_state=e.optimizer.state_dict(),
        training=training,
    )


NUMBER = r"[−-]?(?:\d+\.?\d*(?:e[−+-]?\d+)?)"


def worked(text: str) -> float | None:
    """Work out a written formula that holds numbers alone; None for any other."""
    plain = (
        text.replace("−", "-")
        .replace("·", "*")
        .replace("²", "**2")
        .replace("√(", "sqrt(")
        .replace("e^(", "exp(")
        .replace("^(", "**(")
    )
    plain = plain.replace("½", "0.5").replace("ln(", "log(")
    plain = re.sub(r"\|([^|]*)\|", r"abs(\1)", plain)
    plain = re.sub(
        r"\(([^()]*(?:\([^()]*\)[^()]*)*) where ([^,]*), else ([^()]*(?:\([^()]*\)[^()]*)*)\)",
        r"((\1) if (\2) else (\3))",
        plain,
    )
    if "…" in plain or re.search(
        r"[^\d\s+\-*/().,<>=e]", re.sub(r"sqrt|exp|log|tanh|abs|max|min|sign|if|else", "", plain)
    ):
        return None
    names: dict[str, Any] = {
        "sqrt": math.sqrt,
        "exp": math.exp,
        "log": math.log,
        "tanh": math.tanh,
        "abs": abs,
        "max": max,
        "min": min,
        "sign": lambda v: (v > 0) - (v < 0),
    }
    try:
        return float(eval(plain, {"__builtins__": {}}, names))
    except (SyntaxError, ZeroDivisionError, ValueError, OverflowError, TypeError):
        return None


def sums_that_do_not_add_up(card: Card) -> list[str]:
    """Lines "… = formula = number" whose formula, worked out with the four digits shown, is not the number."""
    bad = []
    for line in card.lines:
        parts = [part.strip() for part in re.split(r" = | ← ", line)]
        if len(parts) < 2 or not re.fullmatch(NUMBER, parts[-1]):
            continue
        goal = float(parts[-1].replace("−", "-"))
        for part in parts[:-1]:
            found = worked(part)
            if found is None or not math.isfinite(found):
                continue
            # Four digits of each term: what cancels out leaves the rounding of the largest.
            largest = max((abs(float(n.replace("−", "-"))) for n in re.findall(NUMBER, part)), default=1.0)
            if abs(found - goal) > 2e-2 * max(abs(goal), 0.02 * largest, 2e-3 * largest**2) + 1e-3 * largest:
                bad.append(f"{line}  ({found:g} for {goal:g})")
    return bad


def look_through(program: Program, trace: Trace, chance: random.Random, checks: int) -> None:
    """Every card at both zooms; some gradients against finite differences."""
    spelled = explained(program, trace)
    for away in spelled.spelled.values():
        assert away < 1e-9
    fine = replace(spelled, moments=fine_moments(spelled, 8))
    for view in (trace, fine):
        assert view.moments
        shown = (
            view.moments if len(view.moments) < 160 else sorted(chance.sample(view.moments, 160), key=lambda m: m.index)
        )
        for moment in shown:
            card = make_card(view, moment)
            assert card.rules and card.lines and card.words, (moment, card)
            assert card.heading.startswith(f"Step {moment.index + 1:,} of {len(view.moments):,} · ")
            assert not any("{" in text for text in (card.heading, card.question, card.words, *card.notes, *card.lines))
            assert not sums_that_do_not_add_up(card), (moment, sums_that_do_not_add_up(card))
            assert all(
                min(matrix.left_out) >= 0 and (matrix.lit is None or matrix.numbers[matrix.lit] is not None)
                for matrix in card.matrices
            )
            if card.curve is not None:
                # The place that is written out lies well inside of what is drawn.
                z, a, _ = card.curve.at
                assert card.curve.x[0] < 0.9 * z < card.curve.x[-1] and -card.curve.x[0] == card.curve.x[-1] >= 4
                slope = np.gradient(card.curve.f, card.curve.x)
                assert np.nanmedian(np.abs(slope - card.curve.slope)) < 0.01 * max(1.0, np.nanmax(np.abs(slope)))
                assert math.isnan(a) or np.nanmin(card.curve.f) - 1e-6 <= a <= np.nanmax(card.curve.f) + 1e-6
            if moment.phase == "forward" and view.steps[moment.step].form == "product":
                table = card.matrices[-1]
                assert table.lit is not None and table.numbers[table.lit] == pytest.approx(
                    float(card.result.replace("−", "-")), rel=1e-6, abs=1e-12
                )
            if moment.phase in ("forward", "loss"):
                value = np.atleast_1d(view.of_sample(moment.step, view.values[moment.step])).reshape(-1)
                assert float(card.result.replace("−", "-")) == pytest.approx(
                    float(value[card.unit * card.places + card.place]), rel=1e-7, abs=1e-30, nan_ok=True
                )
            if moment.phase == "backward" and not moment.parameter:
                assert_gradient_of_inputs(view, moment, card)
            assert tensors_of(view, moment)
            for found in (*came_from(view, moment), *goes_to(view, moment)):
                assert view.moments[found.index] is found
    gradients = [
        (name, array)
        for name, array in trace.gradients.items()
        if array.dtype.kind == "f" and trace.of_sample(name, array).size
    ]
    for name, array in chance.sample(gradients, min(checks, len(gradients))):
        place = chance.randrange(np.atleast_1d(trace.of_sample(name, array)).size)
        found_ = check(program, trace, name, place)
        assert found_.fine or found_.kink, (name, place, found_)
        assert array[place_in(trace, name, array, place)] == found_.shown
    for path, record in trace.parameters.items():
        if record.gradient is not None and chance.random() < 0.5:
            found_ = check(program, trace, path, chance.randrange(record.old.size))
            assert found_.fine or found_.kink, (path, found_)
    for name, shares in trace.shares.items():
        if name in trace.gradients:
            np.testing.assert_allclose(sum(share for _, share in shares), trace.gradients[name], rtol=1e-9, atol=1e-12)


def assert_gradient_of_inputs(trace: Trace, moment: Any, card: Card) -> None:
    """What the card says an operation hands on is what was recorded at its input."""
    step = trace.steps[moment.step]
    said = dict(card.facts)
    source = step.inputs[0] if step.inputs else ""
    if source not in trace.gradients or source in trace.shares:
        return
    back = np.atleast_1d(trace.of_sample(source, trace.gradients[source]))
    here = card.unit * card.places + card.place
    if step.form == "elementwise":
        name = next(fact for fact in said if fact.startswith("δ"))
        assert said[name] == pytest.approx(float(back.reshape(-1)[here]), rel=1e-6, abs=1e-12, nan_ok=True)
    elif step.form in ("batch_norm", "norm"):
        assert said["∂E/∂x"] == pytest.approx(float(back.reshape(-1)[here]), rel=1e-5, abs=1e-9)
        assert float(card.result.replace("−", "-")) == pytest.approx(said["∂E/∂x"], rel=1e-5, abs=1e-9)
    elif step.form == "shares":
        name = next(fact for fact in said if fact.startswith("∂E/∂z"))
        assert said[name] == pytest.approx(float(back.reshape(-1)[here]), rel=1e-6, abs=1e-12)


def wide(document: Document) -> Document:
    return SetTraining(("dtype",), "float64").apply(document, CATALOG)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("number", range(6 if FULL else 1))
def test_cards_of_every_layer(kind: str, number: int) -> None:
    """On every form of data that the layer takes, with random settings, in training and in evaluation mode."""
    chance = random.Random(f"{kind} {number}")
    forms = [form for form in FORMS if lower(document_with(kind, form=form)).program is not None]
    for form in forms if FULL else chance.sample(forms, min(2, len(forms))):
        params = {
            field.name: draw(field, chance)
            for field in node_kinds()[kind].fields
            if field.name not in ("frozen", "learning_rate", "weight_decay")
        }
        for given in (params, {}):
            try:
                lowered = lower(wide(document_with(kind, given, form)))
            except EditError:
                continue
            if lowered.program is not None and not analyse(lowered).errors and analyse(lowered).memory < MUCH // 16:
                break
        assert lowered.program is not None
        trace = recorded(lowered.program, training=chance.random() < 0.7, shake=True)
        if math.isfinite(trace.loss) and abs(trace.loss) < 1e6:
            look_through(lowered.program, trace, chance, 3)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["batch_norm_1d", "batch_norm_2d", "instance_norm_2d", "layer_norm", "group_norm"])
def test_a_norm_that_has_learnt(kind: str, training: bool) -> None:
    """Its scale is not one, its shift not zero, and every channel has a mean and a spread of its own."""
    if kind == "batch_norm_1d":
        layers = (("linear", "h", {"units": 5}), (kind, "n", {}))
    else:
        layers = (("conv_2d", "h", {"channels": 4, "kernel": 5}), (kind, "n", {}), ("flatten", "f", {}))
    document = chain(
        *layers,
        ("linear", "o", {"units": 10}),
        data=choice("digits", form="images" if kind != "batch_norm_1d" else "rows"),
        loss=choice("cross_entropy"),
    )
    program = sound(wide(document))
    look_through(program, recorded(program, 6, training=training, steps=3, shake=True), random.Random(kind), 12)


@pytest.mark.parametrize("seed", range(200) if FULL else range(5, 200, 10))
def test_cards_of_random_networks(seed: int) -> None:
    program = sound(random_network(seed))
    look_through(
        program, recorded(program, 6, training=seed % 3 > 0, steps=seed % 4, shake=seed % 2 > 0), random.Random(seed), 6
    )


@pytest.mark.parametrize("kind", list(family("losses")))
def test_cards_of_every_loss(kind: str) -> None:
    entry = family("losses")[kind]
    chance = random.Random(kind)
    probabilities = {
        "probabilities": "softmax" if entry.target == "index" else "sigmoid",
        "log_probabilities": "log_softmax",
    }
    activation = choice(probabilities.get(entry.expects, "identity"))
    for number in range(6):
        params = {field.name: draw(field, chance) for field in entry.fields} if number else {}
        data = choice("iris") if kind not in ("hinge", "perceptron") else choice("xor")
        units = 3 if kind not in ("hinge", "perceptron") else 1
        lowered = lower(
            wide(
                chain(
                    ("linear", "o", {"units": units, "activation": activation}), data=data, loss=choice(kind, **params)
                )
            )
        )
        assert lowered.program is not None, [p.what.render() for p in lowered.problems]
        look_through(lowered.program, recorded(lowered.program, 2 + number % 3), chance, 3)


def test_kernels_that_look_at_a_group_of_channels() -> None:
    """Each kernel of the second half lies on the second half of the channels."""
    layers = (
        ("conv_2d", "h", {"channels": 6, "kernel": 3}),
        ("conv_2d", "g", {"channels": 4, "kernel": 3, "groups": 2}),
        ("flatten", "f", {}),
        ("linear", "o", {"units": 10}),
    )
    program = sound(wide(chain(*layers, data=choice("digits", form="images"), loss=choice("cross_entropy"))))
    trace = recorded(program, 3, shake=True)
    look_through(program, trace, random.Random(0), 6)
    weights = next(
        m for m in trace.moments if m.phase == "backward" and m.parameter.endswith("weight") and m.node == "g"
    )
    for unit in range(4):
        for place in range(0, 27, 5):
            card = make_card(trace, weights, unit, place)
            assert "Σ δ·x" in card.lines[0] and not sums_that_do_not_add_up(card), card.lines


def test_the_bias_of_a_kernel_is_written_out_for_a_single_sample() -> None:
    layers = (("conv_2d", "h", {"channels": 2, "kernel": 3}), ("flatten", "f", {}), ("linear", "o", {"units": 10}))
    program = sound(wide(chain(*layers, data=choice("digits", form="images"), loss=choice("cross_entropy"))))
    for count in (1, 3):
        trace = recorded(program, count)
        moment = next(m for m in trace.moments if m.node == "h" and m.phase == "backward" and not m.parameter)
        lines = make_card(trace, moment).lines
        bias = next(
            record.gradient for path, record in trace.parameters.items() if path == "h.bias" or "h_z.bias" in path
        )
        assert f"∂E/∂b₁ = Σ δ = {written(float(bias[0]))}" in lines or count > 1, lines
        assert any("Σ δ" in line for line in lines) == (count == 1)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cards_of_a_loss_that_weighs_classes(smoothing: float) -> None:
    """Each sample counts by the weight of its own class; so does the sum that is divided by."""
    weights = (0.1, 6.0, 1.5)
    program = sound(
        wide(
            chain(
                ("linear", "o", {"units": 3}),
                data=choice("iris"),
                loss=choice("cross_entropy", class_weights=weights, smoothing=smoothing),
            )
        )
    )
    trace = recorded(program, 5, steps=2)
    look_through(program, trace, random.Random(smoothing), 6)
    card = make_card(trace, next(m for m in trace.moments if m.phase == "loss" and trace.steps[m.step].form))
    target = next(v for v in trace.values.values() if v.dtype.kind == "i" and v.size == 5).reshape(-1)
    assert any(f"/ {written(float(np.array(weights)[target].sum()))} = " in line for line in card.lines), card.lines


@pytest.mark.parametrize("number", range(6))
def test_cards_of_a_loss_whose_target_is_a_share_for_every_class(number: int) -> None:
    """Wired from a softmax, as a student does who lets one network learn from another."""
    chance = random.Random(number)
    entry = family("losses")["cross_entropy"]
    params = {field.name: draw(field, chance) for field in entry.fields} if number else {}
    softmax = {"activation": choice("softmax")} if number % 2 else {}
    document = wide(
        chain(
            ("linear", "t", {"units": 3, **softmax}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy", **params),
        )
    )
    document = Connect(Wire("t", "y", "loss", "target")).apply(document, CATALOG)
    lowered = lower(document)
    assert lowered.program is not None
    trace = recorded(lowered.program, 16)
    look_through(lowered.program, trace, chance, 3)
    card = make_card(trace, next(m for m in trace.moments if m.phase == "loss" and trace.steps[m.step].form))
    # Three classes have room on a line, however many samples there are.
    assert not any("ln" in line and "…" in line for line in card.lines)


@pytest.mark.parametrize("kind", ["mse", "cross_entropy", "l1_loss", "kl_divergence"])
def test_cards_of_a_loss_that_compares_a_value_with_itself(kind: str) -> None:
    document = chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice(kind))
    document = Connect(Wire("o", "y", "loss", "target")).apply(document, CATALOG)
    lowered = lower(document)
    assert lowered.program is not None
    trace = recorded(lowered.program, 4)
    cards = [make_card(trace, moment) for moment in trace.moments]
    assert all(card.lines and card.words for card in cards) and any("same value" in card.words for card in cards)


@pytest.mark.parametrize("kind", list(family("activations")))
def test_cards_of_every_activation(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(4):
        params = {field.name: draw(field, chance) for field in family("activations")[kind].fields}
        lowered = lower(
            wide(
                chain(
                    ("linear", "h", {"units": 4, "activation": choice(kind, **params)}),
                    ("linear", "o", {"units": 3}),
                    data=choice("iris"),
                    loss=choice("cross_entropy"),
                )
            )
        )
        if lowered.program is not None:
            look_through(lowered.program, recorded(lowered.program, 4), chance, 3)


@pytest.mark.parametrize("kind", list(family("optimizers")))
@pytest.mark.parametrize("number", range(12 if FULL else 4))
def test_the_written_rule_is_the_optimizers_next_step(kind: str, number: int) -> None:
    """Line by line in float64, at the first update and later ones, with clipping, L1, weight decay and momentum."""
    chance = random.Random(f"{kind} {number}")
    params = {field.name: draw(field, chance) for field in family("optimizers")[kind].fields}
    params |= {"learning_rate": 0.01}
    document = wide(
        chain(
            ("linear", "h", {"units": 4, "activation": choice("tanh"), "learning_rate": 0.02}),
            ("linear", "o", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            optimizer=choice(kind, **params),
        )
    )
    for field, value in (
        ("clip_norm", chance.choice([None, 0.05])),
        ("clip_value", clip_value := chance.choice([None, 0.01, 50.0])),
        ("l1", chance.choice([0.0, 0.01])),
    ):
        document = SetParam("optimizer", (field,), value).apply(document, CATALOG)
    lowered = lower(document)
    if lowered.program is None:
        assert {p.node for p in lowered.problems} == {"optimizer"}
        return
    for steps in (0, 1, 7):
        trace = recorded(lowered.program, 5, steps=steps)
        for record in trace.parameters.values():
            # torch keeps some of its counts in float32.
            np.testing.assert_allclose(worked_out(record)["w"], record.new, rtol=1e-7, atol=1e-12)
        for moment in trace.moments:
            if moment.phase == "update":
                card = make_card(trace, moment)
                assert not sums_that_do_not_add_up(card), sums_that_do_not_add_up(card)
                cut = clip_value is not None and abs(dict(card.facts)["∂E/∂w"]) > clip_value
                assert any("cut to" in line for line in card.lines) == cut
                if clip_value is not None and cut:
                    value = math.copysign(clip_value, dict(card.facts)["∂E/∂w"])
                    assert f"cut to ±{clip_value:g}: {written(value)}" in card.lines
                assert (
                    dict(card.facts)["new" if "new" in dict(card.facts) else "新"]
                    == trace.parameters[moment.parameter].new.reshape(-1)[card.unit]
                )


def test_every_rule_and_line_can_be_set() -> None:
    """Formulas of the whole catalogue, and the lines of some cards, become pictures."""
    texts: set[str] = set()
    for kind in ("linear", "lstm", "conv_2d", "layer_norm", "self_attention"):
        form = next(form for form in FORMS if lower(document_with(kind, form=form)).program is not None)
        program = sound(document_with(kind, form=form))
        trace = recorded(program)
        for moment in trace.moments[:: max(1, len(trace.moments) // 12)]:
            card = make_card(trace, moment)
            texts |= {*card.rules, *card.lines[:2]}
    texts |= {line for e in family("optimizers").values() for line in (e.formula, e.rule.forward)}
    for text in sorted(texts):
        for piece in pieces(label_of(text)[1]):
            assert svg_of(piece, 14.0, "#000000") is not None, (text, piece)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, (2.0, 5.0, 0.5)])
@pytest.mark.parametrize("batch", [1, 5])
def test_the_cross_entropy_cards_write_what_torch_computes(
    smoothing: float, weights: tuple[float, ...] | None, batch: int
) -> None:
    """PyTorch's manual with class numbers: smoothing spreads over classes, each with its own weight; the mean is over
    the true classes' weights.
    """
    params = {"smoothing": smoothing, **({"class_weights": (weights,)} if weights else {})}
    lowered = lower(
        wide(chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy", **params)))
    )
    assert lowered.program is not None
    trace = recorded(lowered.program, batch)
    step = next(s for s in trace.steps.values() if s.form == "score_loss")
    scores, classes = trace.values[step.inputs[0]].astype(float), trace.values[step.inputs[1]].astype(int)
    w, k = np.array(weights or (1.0, 1.0, 1.0)), 3
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    each = np.array(
        [
            (1 - smoothing) * w[c] * -math.log(p[n, c]) + smoothing / k * float((w * -np.log(p[n])).sum())
            for n, c in enumerate(classes)
        ]
    )
    total = each.sum() / w[classes].sum()
    assert trace.loss == pytest.approx(total, rel=1e-12)
    cards = {m.phase: make_card(trace, m) for m in trace.moments if m.step == step.name}
    back = next(make_card(trace, m) for m in trace.moments if m.phase == "backward" and m.step == step.inputs[0])
    facts = dict(cards["loss"].facts)
    assert facts["E"] == pytest.approx(total, rel=1e-9)
    own = facts["E of this sample"]
    assert own in (
        pytest.approx(each[trace.row], rel=1e-9),
        pytest.approx(each[trace.row] / w[classes[trace.row]], rel=1e-9),
    )
    n, c = trace.row, classes[trace.row]
    for i in range(k):
        wanted = ((1 - smoothing) * w[c] * (p[n, i] - (i == c)) + smoothing / k * (p[n, i] * w.sum() - w[i])) / w[
            classes
        ].sum()
        assert trace.gradients[step.inputs[0]][n, i] == pytest.approx(wanted, rel=1e-9)
    for card in (cards["loss"], cards.get("backward", back)):
        assert not sums_that_do_not_add_up(card), sums_that_do_not_add_up(card)
    if smoothing and weights:
        assert any(written(float(w[classes].sum())) in line for line in cards["loss"].lines), cards["loss"].lines
