"""How the gradient of one number of a parameter is written out, and why it points where it does."""

from __future__ import annotations

import numpy as np

from nnstudio.document.numbers import number
from nnstudio.document.text import Said, concat, joined, phrase
from nnstudio.engine.trace import StepRecord
from nnstudio.explain import patches
from nnstudio.explain.look import (
    MAX_TERMS,
    Look,
    factor,
    matrix,
    plus,
    short,
    sub,
    title_of,
)
from nnstudio.explain.weight_names import input_called, unit_called, weight_called


def parameter_gradient(look: Look) -> None:
    """∂E/∂θ of one number of a parameter: δ·x for a weighted sum, with the outer product as a picture."""
    trace, step = look.trace, look.step
    record = trace.parameters[look.moment.parameter]
    gradient = record.gradient
    assert gradient is not None
    place = tuple(int(i) for i in np.unravel_index(look.unit, gradient.shape))
    here = float(gradient[place])
    sign = (
        {"weight": "γ", "bias": "β"}.get(record.name, record.name)
        if step.form in ("batch_norm", "norm")
        else short(record.name)
    )
    label = f"∂E/∂{sign}{sub(place)}"
    called = ""
    if step.form == "weighted_sum" and record.name == "weight" and len(place) == 2:
        called = weight_called(trace, look.moment.parameter, *place)
        label = f"∂E/∂{called}"
    delta = trace.gradients.get(step.name)
    count = len(trace.rows)
    uses = [other for other in trace.steps.values() if look.moment.parameter in other.parameters]
    if len(uses) > 1:
        _shared_gradient(look, uses, place, label, here)
    elif step.form == "weighted_sum" and delta is not None and record.name in ("weight", "bias"):
        x = trace.values[step.inputs[0]]
        j = place[0]
        ds = delta.reshape(-1, delta.shape[-1])[:, j].astype(float)
        xs = x.reshape(-1, x.shape[-1])[:, place[1]].astype(float) if len(place) == 2 else np.ones_like(ds)
        shown = " + ".join(
            f"{factor(float(d))}·{factor(float(v))}" if len(place) == 2 else factor(float(d))
            for d, v in zip(ds[:MAX_TERMS], xs, strict=False)
        )
        given = (input_called(trace, step.inputs[0], place[1]) or f"x{sub(place[1])}") if len(place) == 2 else ""
        rule = f"δ{sub(j)}·{given}" if given else f"δ{sub(j)}"
        if ds.size == 1:
            text = rule if shown == number(here) else f"{rule} = {shown}"
            look.say(f"{label} = {text} = {number(here)}")
        else:
            look.say(f"{label} = Σ {rule} = {shown}{' + …' if ds.size > MAX_TERMS else ''} = {number(here)}")
            look.notes.append(
                phrase("Summed over the {count} rows; δ already carries the 1/N of the mean loss.", count=ds.size)
            )
        if len(place) == 2 and ds.size == 1:
            look.matrices.append(matrix("δ", ds_row(delta)))
            look.matrices.append(matrix("xᵀ", x.reshape(1, -1)))
        look.words = _why(
            look, title_of(look, record.node), float(ds.sum()), float(xs[0]) if xs.size == 1 else None, here, place
        )
    elif step.form == "convolution" and delta is not None and record.name == "weight":
        patches.kernel_gradient(look, delta, place, label, here)
    elif step.form in ("batch_norm", "norm") and delta is not None:
        _scale_gradient(look, delta, place, label, here)
    else:
        look.say(f"{label} = {number(here)}")
        if count > 1:
            look.notes.append(
                phrase("The gradient of the weights is summed over the {count} samples of the batch.", count=count)
            )
        look.words = _direction(here)
    table = gradient.reshape(len(gradient), -1) if gradient.ndim > 1 else gradient[None]
    lit = (place[0], look.unit % table.shape[1]) if gradient.ndim > 1 else (0, place[0])
    if gradient.ndim > 2:
        # Of a kernel its own square, not all kernels in rows.
        table = gradient[place[0], place[1]].reshape(gradient.shape[2], -1)
        lit = (place[2], place[3] if len(place) > 3 else 0)
    look.matrices.append(
        matrix(
            f"∂E/∂{record.path}" + (" = δ xᵀ" if step.form == "weighted_sum" and gradient.ndim > 1 else ""), table, lit
        )
    )
    if called:
        look.notes.append(
            phrase(
                "{name} is w{place} of {layer}: into neuron {row}, from {source}.",
                name=called,
                place=sub(place),
                layer=title_of(look, record.node),
                row=unit_called(trace, record.node, place[0]) or str(place[0] + 1),
                source=input_called(trace, step.inputs[0], place[1]) or f"x{sub(place[1])}",
            )
        )
    look.fact(label, here)
    look.gives(label, here)


def _shared_gradient(look: Look, uses: list[StepRecord], place: tuple[int, ...], label: str, here: float) -> None:
    """∂E/∂w = Σ over the layers that use w: what each of them adds, where it is a weighted sum."""
    trace, record = look.trace, look.trace.parameters[look.moment.parameter]
    shares: list[float] = []
    for step in uses:
        delta = trace.gradients.get(step.name)
        if step.form != "weighted_sum" or delta is None or record.name not in ("weight", "bias"):
            break
        x = trace.values[step.inputs[0]]
        ds = delta.reshape(-1, delta.shape[-1])[:, place[0]].astype(float)
        xs = x.reshape(-1, x.shape[-1])[:, place[1]].astype(float) if len(place) == 2 else np.ones_like(ds)
        shares.append(float((ds * xs).sum()))
        rule = f"δ{sub(place[0])}·x{sub(place[1])}" if len(place) == 2 else f"δ{sub(place[0])}"
        look.say(concat(title_of(look, step.node), f": Σ {rule} = {number(shares[-1])}"))
        look.fact(f"{label}, {step.node}", shares[-1])
    if len(shares) == len(uses):
        look.say(f"{label} = {plus(shares)} = {number(here)}")
    else:
        look.say(f"{label} = {number(here)}")
    names = joined([title_of(look, step.node) for step in uses], ", ")
    look.notes.append(phrase("These layers use the same weights, and their gradients add up: {layers}.", layers=names))
    look.words = _direction(here)


def _scale_gradient(look: Look, delta: np.ndarray, place: tuple[int, ...], label: str, here: float) -> None:
    """∂E/∂γ = Σ ∂E/∂y·x̂ and ∂E/∂β = Σ ∂E/∂y, over everything that this γ or β was used for."""
    step, trace = look.step, look.trace
    record = trace.parameters[look.moment.parameter]
    name = record.name
    if "normalized_shape" in step.options:
        used = delta.reshape(-1, record.old.size)[:, look.unit].astype(float)
    else:
        used = np.moveaxis(delta, 1, -1).reshape(-1, record.old.size)[:, look.unit].astype(float)
    if name == "bias":
        few = [float(v) for v in used[:MAX_TERMS]]
        look.say(f"{label} = Σ ∂E/∂y = {plus(few)}{' + …' if used.size > MAX_TERMS else ''} = {number(here)}")
    else:
        hats = _hats(look, place, used.size)
        if hats is None:
            look.say(f"{label} = Σ ∂E/∂y·x̂ = {number(here)}")
        else:
            order = sorted(np.argsort(-np.abs(used * hats), kind="stable")[:MAX_TERMS])
            text = " + ".join(f"{factor(float(used[i]))}·{factor(float(hats[i]))}" for i in order)
            look.say(f"{label} = Σ ∂E/∂y·x̂ = {text}{' + …' if used.size > MAX_TERMS else ''} = {number(here)}")
    look.notes.append(phrase("Added up over the {count} numbers that it was used for.", count=used.size))
    look.words = _direction(here)


def _hats(look: Look, place: tuple[int, ...], count: int) -> np.ndarray | None:
    """x̂ of everything that one γ was used for: the recorded output, with γ and β taken off; None where γ is 0."""
    step = look.step
    gamma, beta = look.parameter("weight"), look.parameter("bias")
    assert gamma is not None
    g, b = float(gamma[place]), 0.0 if beta is None else float(beta[place])
    if g == 0:
        return None
    y = look.trace.values[step.name].astype(float)
    flat = (
        y.reshape(-1, gamma.size)
        if "normalized_shape" in step.options
        else np.moveaxis(y, 1, -1).reshape(-1, gamma.size)
    )
    hats: np.ndarray = (flat[:, int(np.ravel_multi_index(place, gamma.shape))] - b) / g
    return hats if hats.size == count else None


def ds_row(delta: np.ndarray) -> np.ndarray:
    """δ as a column."""
    return delta.reshape(-1, 1)


def _why(look: Look, name: str, delta: float, x: float | None, gradient: float, place: tuple[int, ...]) -> Said:
    if gradient == 0:
        return phrase("Its gradient is zero: changing it a little would not change the loss.")
    if x is None or len(place) < 2:
        return _direction(gradient)
    trace, step = look.trace, look.step
    neuron = unit_called(trace, step.node, place[0]) or f"{name}{sub(place[0])}"
    named = {"neuron": neuron, "input": input_called(trace, step.inputs[0], place[1]) or place[1] + 1}
    if delta > 0:
        return (
            phrase("{neuron} should go down, and input {input} pushes it up, so this weight shrinks.", **named)
            if x > 0
            else phrase(
                "{neuron} should go down; input {input} is negative, so a greater weight pulls it down.", **named
            )
        )
    return (
        phrase("{neuron} should go up, and input {input} pushes it up, so this weight grows.", **named)
        if x > 0
        else phrase("{neuron} should go up, but input {input} is negative, so this weight shrinks.", **named)
    )


def _direction(gradient: float) -> Said:
    if gradient > 0:
        return phrase("A greater value would raise the loss, so it goes down.")
    return (
        phrase("A greater value would lower the loss, so it goes up.")
        if gradient < 0
        else phrase("Its gradient is zero: changing it a little would not change the loss.")
    )
