"""How each form of operation writes its gradients out: what arrives, by which paths, and what it hands on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import names
from nnstudio.catalog.entry import PARAMETER
from nnstudio.document.numbers import number
from nnstudio.document.text import concat, joined, phrase
from nnstudio.engine.trace import StepRecord
from nnstudio.explain import chance, losses
from nnstudio.explain.forward import curve_of, group_of, row_of, terms_of
from nnstudio.explain.look import (
    MAX_TERMS,
    Look,
    constants_of,
    factor,
    listed,
    matrix,
    plus,
    sent_back,
    sub,
    title_of,
    weights_of,
    with_numbers,
)


def arriving(look: Look) -> None:
    """∂E/∂y of the looked-at number: the sum over all operations that used it, each path written out."""
    step, trace = look.step, look.trace
    delta = look.gradient(step.name)
    assert delta is not None
    here = float(delta[look.index])
    label = f"∂E/∂{step.name}{sub(look.index)}"
    shares = trace.shares.get(step.name, ())
    if len(shares) > 1:
        parts = [(user, float(look.sample(step.name, share)[look.index])) for user, share in shares]
        look.say(f"{label} = {plus([value for _, value in parts])} = {number(here)}")
        look.notes.append(
            phrase(
                "Used {count} times, so the gradients of all paths are added up: {paths}",
                count=len(parts),
                paths=joined(
                    (phrase("{value} through {name}", value=number(value), name=user) for user, value in parts), "; "
                ),
            )
        )
    else:
        look.say(f"{label} = {number(here)}")
    for user in trace.steps.values():
        if (
            step.name in user.inputs
            and user.form == "weighted_sum"
            and user.name in trace.gradients
            and user.inputs[0] == step.name
        ):
            _through_weights(look, user)
    look.fact(label, here)


def _through_weights(look: Look, user: StepRecord) -> None:
    """∂E/∂xᵢ = Σⱼ wⱼᵢ δⱼ: one path for each neuron that the number goes to."""
    weight, _ = weights_of(look, user)
    delta = look.gradient(user.name)
    assert delta is not None
    *before, i = look.index
    if delta.ndim != len(before) + 1 or weight.shape[1] <= i:
        return
    row = delta[tuple(before)]
    terms = [(float(w), float(d)) for w, d in zip(weight[:, i], row, strict=True)]
    order = sorted(np.argsort([-abs(w * d) for w, d in terms], kind="stable")[:MAX_TERMS])
    text = " + ".join(f"{factor(terms[j][0])}·{factor(terms[j][1])}" for j in order)
    if len(terms) > MAX_TERMS:
        text += " + …"
    total = sum(w * d for w, d in terms)
    look.say(
        concat(
            phrase("{count} paths through {name}", count=len(terms), name=title_of(look, user.node)),
            f": Σ w·δ = {text} = {number(total)}",
        )
    )
    if len(terms) <= MAX_TERMS:
        for j in order:
            look.fact(phrase("path through {name}", name=f"{user.name}{sub(int(j))}"), terms[j][0] * terms[j][1])


def elementwise(look: Look) -> None:
    """δ = ∂E/∂a · f′(z)."""
    step = look.step
    delta, source = look.gradient(step.name), step.inputs[0]
    assert delta is not None and step.local is not None
    z, a = float(look.input()[look.index]), float(look.out[look.index])
    slope, here = float(look.sample(step.name, step.local)[look.index]), float(delta[look.index])
    rule = step.rule
    look.say(f"f′ = {number(slope)}")
    if rule is not None and rule.slope and any(name in ("z", "a") for name in names(rule.slope)):
        look.say(
            f"f′({number(z)}) = {with_numbers(rule.slope, {'z': z, 'a': a, **constants_of(step)})} = {number(slope)}"
        )
    look.say(f"∂E/∂{source}{sub(look.index)} = {factor(here)} · {factor(slope)} = {number(here * slope)}")
    look.fact("f′", slope)
    look.fact(f"δ{sub(look.index)}", here * slope)
    look.gives(f"∂E/∂{source}{sub(look.index)}", here * slope, source)
    look.curve = curve_of(look, z, a)
    if slope == 0:
        look.words = phrase("The function is flat here: nothing of the gradient passes.")
    elif abs(slope) < 0.01:
        look.words = phrase("The function is nearly flat here: hardly any of the gradient passes.")
    else:
        look.words = phrase("The gradient that arrives is multiplied by the slope of the function at this place.")


def weighted_sum(look: Look) -> None:
    """∂E/∂wⱼᵢ = δⱼ xᵢ for the looked-at neuron, and what its inputs get."""
    step = look.step
    delta = look.gradient(step.name)
    assert delta is not None
    *before, j = look.index
    d, x = float(delta[look.index]), look.input()[tuple(before)].astype(float)
    look.say(f"δ{sub(look.index)} = {number(d)}")
    look.fact(f"δ{sub(look.index)}", d)
    if len(look.trace.rows) == 1 and not before:
        shown = range(len(x)) if len(x) <= MAX_TERMS else sorted(np.argsort(-np.abs(x), kind="stable")[:MAX_TERMS])
        for i in shown:
            look.say(
                f"∂E/∂w{sub(j)}{sub(int(i))} = δ{sub(j)} · x{sub(int(i))} = {factor(d)} · {factor(float(x[i]))} = "
                f"{number(d * float(x[i]))}"
            )
        if len(x) > MAX_TERMS:
            look.notes.append(
                phrase("The {count} largest of {total} products are written out.", count=MAX_TERMS, total=len(x))
            )
    look.words = phrase("Every weight shares in the error by what it passed on: δ of its neuron times its input.")


def softmax(look: Look) -> None:
    """The Jacobian of the row, and its product with what arrives."""
    _, a, i = row_of(look)
    delta = look.gradient(look.step.name)
    assert delta is not None
    ndim = look.trace.values[look.step.name].ndim
    axis = int(look.step.options.get("dim", -1))
    axis = (axis if axis >= 0 else ndim + axis) - (1 if look.out.ndim == ndim - 1 else 0)
    at: list[Any] = list(look.index)
    at[axis] = slice(None)
    g = delta[tuple(at)].astype(float)
    jacobian = np.diag(a) - np.outer(a, a)
    inner = float((a * g).sum())
    look.say(f"Σⱼ aⱼ·∂E/∂aⱼ = {number(inner)}")
    look.say(
        f"∂E/∂z{sub(i)} = {number(float(a[i]))}·({number(float(g[i]))} − {factor(inner)}) = "
        f"{number(float(a[i] * (g[i] - inner)))}"
    )
    look.fact(f"∂E/∂z{sub(i)}", float(a[i] * (g[i] - inner)))
    look.gives(f"∂E/∂z{sub(i)}", float(a[i] * (g[i] - inner)), look.step.inputs[0])
    look.matrices.append(matrix(phrase("Jacobian ∂aᵢ/∂zⱼ = aᵢ(δᵢⱼ − aⱼ)"), jacobian, (i, i)))
    look.words = phrase(
        "Raising one score lowers the shares of all others: every output has a part in every input's gradient."
    )


def normalize(look: Look) -> None:
    """The three paths of a norm's gradient: straight through, through the variance and through the mean."""
    step = look.step
    marks, x, gamma, _, eps = group_of(look)
    whole = look.trace.gradients[step.name].astype(np.float64)
    here = float(look.gradient(step.name)[look.index])  # type: ignore[index]
    values, n = x[marks], int(marks.sum())
    origin = look.trace.origin
    if step.form == "batch_norm" and origin is not None and not origin.training:
        module = step.parameters[0].rsplit(".", 1)[0]
        spread = math.sqrt(float(origin.state[f"{module}.running_var"][look.index[0]]) + eps)
        look.say(
            f"∂E/∂x = γ·∂E/∂y / √(var + ε) = {factor(gamma)}·{factor(here)} / {number(spread)} = "
            f"{number(gamma * here / spread)}"
        )
        look.fact("∂E/∂x", gamma * here / spread)
        look.gives("∂E/∂x", gamma * here / spread, step.inputs[0])
        look.words = phrase("With learnt mean and variance the layer is a plain scaling.")
        return
    spread = math.sqrt(float(values.var()) + eps)
    hats = (values - values.mean()) / spread
    gammas = np.full(n, gamma)
    weight = look.parameter("weight")
    if weight is not None and "normalized_shape" in step.options:
        gammas = np.broadcast_to(weight, x.shape)[marks].astype(float)
    elif weight is not None:
        gammas = np.broadcast_to(weight.reshape(-1, *(1,) * (x.ndim - 2)), x.shape)[marks].astype(float)
    g = whole[marks] * gammas
    hat = (float(look.input()[look.index]) - float(values.mean())) / spread
    direct, by_variance, by_mean = (
        gamma * here / spread,
        -hat * float((g * hats).mean()) / spread,
        -float(g.mean()) / spread,
    )
    look.say(f"∂E/∂x̂ = γ·∂E/∂y = {factor(gamma)}·{factor(here)} = {number(gamma * here)}")
    look.say(
        concat(
            phrase("straight"), f": ∂E/∂x̂ / √(var + ε) = {number(gamma * here)} / {number(spread)} = {number(direct)}"
        )
    )
    look.say(concat(phrase("through the variance"), f": −x̂·mean(∂E/∂x̂ ⊙ x̂) / √(var + ε) = {number(by_variance)}"))
    look.say(concat(phrase("through the mean"), f": −mean(∂E/∂x̂) / √(var + ε) = {number(by_mean)}"))
    total = direct + by_variance + by_mean
    look.gives("∂E/∂x", total, step.inputs[0])
    look.say(f"∂E/∂x = {plus([direct, by_variance, by_mean])} = {number(total)}")
    for name, value in (
        (phrase("straight"), direct),
        (phrase("through the variance"), by_variance),
        (phrase("through the mean"), by_mean),
        ("∂E/∂x", total),
    ):
        look.fact(name, value)
    look.words = phrase(
        "A number also moves the mean and the variance that all {count} share, so its gradient has three paths.",
        count=n,
    )


def max_pool(look: Look) -> None:
    """All of the gradient goes to the winner."""
    look.words = phrase("The whole gradient goes to the number that won; the others get none.")
    _handed(look)


def average_pool(look: Look) -> None:
    """Each number of the window gets the same share."""
    look.words = phrase("Each number of the window gets the same share of the gradient.")
    _handed(look)


def dropout(look: Look) -> None:
    """What was off gets nothing."""
    look.words = phrase("What was switched off gets no gradient; the others get theirs, scaled as in the forward pass.")
    _handed(look)


def add_up(look: Look) -> None:
    """The gradient goes to every summand unchanged."""
    look.words = phrase(
        "A sum hands its gradient to each summand unchanged: this is why a skip link keeps the gradient alive."
    )
    _handed(look)


def times(look: Look) -> None:
    """Each factor gets the gradient times the other factors."""
    terms = terms_of(look)
    here = float(look.gradient(look.step.name)[look.index])  # type: ignore[index]
    if len(look.step.inputs) == 2:
        for name, other in zip(look.step.inputs, reversed(terms), strict=True):
            look.say(f"∂E/∂{name} = {factor(here)}·{factor(other)} = {number(here * other)}")
    look.words = phrase("Each factor gets the gradient times the other factor.")


def total(look: Look) -> None:
    """Every number of the sum gets the same."""
    look.words = phrase("Every number of the sum gets the same gradient; of a mean, its share.")
    _handed(look)


def embedding(look: Look) -> None:
    """The gradient goes to the row that was read."""
    look.words = phrase("The gradient goes to the row that was read; all other rows keep still.")


def convolution(look: Look) -> None:
    """The kernel's gradient is a sum over all places it lay on."""
    delta = look.gradient(look.step.name)
    assert delta is not None
    look.say(
        f"∂E/∂b{sub(look.index[0])} = Σ δ = {number(float(delta[look.index[0]].sum()))}"
        if len(look.trace.rows) == 1
        else phrase(
            "This kernel lay on {count} places of each sample; its gradient is the sum over all of them.",
            count=delta[look.index[0]].size,
        )
    )
    look.matrices.append(
        matrix(
            phrase("δ of feature map {number}", number=look.index[0] + 1),
            delta[look.index[0]],
            (look.index[1], look.index[2]) if len(look.index) == 3 else None,
        )
    )
    look.words = phrase("Each place of the feature map sends δ back through the same kernel; their gradients add up.")
    _handed(look)


def product(look: Look) -> None:
    """Each factor gets the gradient times the other factor."""
    look.words = phrase("Each factor gets the gradient times the other factor.")
    _handed(look)


def generic(look: Look) -> None:
    """Incoming and outgoing gradient."""
    if look.step.target == PARAMETER:
        look.words = phrase("This is the gradient of the learnt numbers themselves: the way ends here.")
        return
    look.notes.append(
        phrase(
            "∂E/∂x = Jᵀ ∂E/∂y: each input's gradient is the sum over all outputs of ∂E/∂y times how much that output "
            "moves with it."
        )
    )
    look.words = phrase("{name} hands the gradient on to what came into it.", name=title_of(look, look.step.node))
    _handed(look)


def _handed(look: Look) -> None:
    for place, name in enumerate(look.step.inputs):
        sent = sent_back(look, place)
        if sent is not None:
            look.say(listed(f"∂E/∂{name}", sent))


BACKWARD: Mapping[str, Callable[[Look], None]] = {
    "weighted_sum": weighted_sum,
    "elementwise": elementwise,
    "convolution": convolution,
    "max_pool": max_pool,
    "average_pool": average_pool,
    "batch_norm": normalize,
    "norm": normalize,
    "shares": softmax,
    "mask": dropout,
    "moves": chance.moves_back,
    "moved": chance.moved_back,
    "noise": chance.noise_back,
    "lookup": embedding,
    "product": product,
    "sum": add_up,
    "times": times,
    "total": total,
    "loss": losses.loss_back,
    "class_loss": losses.class_loss_back,
    "score_loss": losses.class_loss_back,
}
