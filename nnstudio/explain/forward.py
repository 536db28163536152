"""How each form of operation writes its forward numbers out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import evaluate
from nnstudio.catalog.entry import PARAMETER
from nnstudio.document.numbers import number
from nnstudio.document.text import phrase
from nnstudio.explain import chance, losses, patches
from nnstudio.explain.look import (
    MAX_TERMS,
    Curve,
    Look,
    constants_of,
    factor,
    listed,
    matrix,
    must_agree,
    plus,
    sub,
    sum_lines,
    title_of,
    weights_of,
    with_numbers,
)
from nnstudio.explain.patches import pairs_of
from nnstudio.explain.weight_names import input_called, weight_called

# So many products are written with their names as well.
MOST_NAMED = 4


def weighted_sum(look: Look) -> None:
    """z = Σ wᵢxᵢ + b of one neuron; of a sequence, at one step."""
    weight, bias = weights_of(look, look.step)
    *before, j = look.index
    x, z = look.input()[tuple(before)], float(look.out[look.index])
    pairs = [(float(w), float(v)) for w, v in zip(weight[j], x, strict=True)]
    path = next((p for p in look.step.parameters if look.trace.parameters[p].name == "weight"), "")
    if path and len(pairs) <= MOST_NAMED and not before:
        given = look.step.inputs[0]
        terms = [
            f"{weight_called(look.trace, path, j, i)}·{input_called(look.trace, given, i) or f'x{sub(i)}'}"
            for i in range(len(pairs))
        ]
        look.rules.append(f"z{sub(j)} = {' + '.join(terms)}" + ("" if bias is None else f" + b{sub(j)}"))
    look.lines += sum_lines(f"z{sub(look.index)}", pairs, None if bias is None else float(bias[j]), z)
    if len(pairs) > MAX_TERMS:
        look.notes.append(
            phrase("The {count} largest of {total} products are written out.", count=MAX_TERMS, total=len(pairs))
        )
    look.fact(f"z{sub(look.index)}", z)
    look.matrices.append(
        matrix(phrase("weights: a row per neuron"), weight, (j, int(np.argmax(np.abs(weight[j] * x)))))
    )
    look.words = phrase(
        "Each input of {name} is multiplied by its weight; the products and the bias are added up.",
        name=title_of(look, look.step.node),
    )


def elementwise(look: Look) -> None:
    """a = f(z) of one number, with the curve of f."""
    step, z, a = look.step, float(look.input()[look.index]), float(look.out[look.index])
    rule = step.rule
    if rule is not None and rule.each:
        look.say(f"a{sub(look.index)} = {with_numbers(rule.each, {'z': z, **constants_of(step)})} = {number(a)}")
    else:
        look.say(f"f({number(z)}) = {number(a)}")
    look.fact(f"z{sub(look.index)}", z)
    look.fact(f"a{sub(look.index)}", a)
    look.curve = curve_of(look, z, a)
    look.words = phrase("The function is put on each number of its own.")


def curve_of(look: Look, z: float, a: float) -> Curve | None:
    """f and f′ around a place, by the rule's own expressions."""
    step = look.step
    if step.rule is None or not step.rule.each or step.local is None or not math.isfinite(z):
        return None
    reach = max(4.0, 1.4 * abs(z))
    x = np.linspace(-reach, reach, 161)
    constants = constants_of(step)
    with np.errstate(all="ignore"):
        f = np.asarray(evaluate(step.rule.each, {"z": x, **constants}, np)) + 0.0 * x
        slope = np.asarray(evaluate(step.rule.slope, {"z": x, "a": f, **constants}, np)) + 0.0 * x
    return Curve("f(z)", x, f, slope, (z, a, float(look.sample(step.name, step.local)[look.index])))


def group_of(look: Look) -> tuple[np.ndarray, np.ndarray, float, float, float]:
    """Of a norm, at the looked-at place: (which numbers of the whole input are taken together, x, γ, β, ε)."""
    step = look.step
    x = look.trace.values[step.inputs[0]].astype(np.float64)
    marks = np.zeros(x.shape, dtype=bool)
    row = look.trace.sample if step.inputs[0] in look.trace.whole else look.trace.row
    options = step.options
    if "num_features" in options:  # over the batch, or with instance norm over the sample's channel
        channel = look.index[0]
        alone = "track_running_stats" not in options and step.form == "norm"
        marks[(row,) if alone else slice(None), channel] = True
    elif "num_groups" in options:
        size = x.shape[1] // int(options["num_groups"])
        start = look.index[0] // size * size
        marks[row, start : start + size] = True
    else:
        over = len(pairs_of(options["normalized_shape"], 1))
        marks[(row, *look.index[: x.ndim - 1 - over])] = True
    gamma, beta = look.parameter("weight"), look.parameter("bias")
    if gamma is None or beta is None:
        place = (1.0, 0.0)
    elif "normalized_shape" in options:
        inner = look.index[len(look.index) - gamma.ndim :]
        place = float(gamma[inner]), float(beta[inner])
    else:
        place = float(gamma[look.index[0]]), float(beta[look.index[0]])
    return marks, x, place[0], place[1], float(options.get("eps", 1e-5))


def normalize(look: Look) -> None:
    """mean, variance, x̂, γ, β of one number."""
    marks, x, gamma, beta, eps = group_of(look)
    values = x[marks]
    mean, var = float(values.mean()), float(values.var())
    y = float(look.out[look.index])
    origin = look.trace.origin
    if look.step.form == "batch_norm" and origin is not None and not origin.training:
        module = look.step.parameters[0].rsplit(".", 1)[0]
        state = origin.state
        mean, var = (
            float(state[f"{module}.running_mean"][look.index[0]]),
            float(state[f"{module}.running_var"][look.index[0]]),
        )
        look.say(
            phrase(
                "mean and variance are those learnt in training: {mean} and {variance}",
                mean=number(mean),
                variance=number(var),
            )
        )
    else:
        few = [float(v) for v in values[:MAX_TERMS]]
        look.say(f"mean = ({plus(few)}{' + …' if values.size > MAX_TERMS else ''}) / {values.size} = {number(mean)}")
        look.say(f"var = 1/{values.size} Σ (x − mean)² = {number(var)}")
    here = float(look.input()[look.index])
    hat = (here - mean) / math.sqrt(var + eps)
    look.say(f"x̂ = ({number(here)} − {factor(mean)}) / √({number(var)} + {eps:g}) = {number(hat)}")
    look.say(f"y = γ·x̂ + β = {factor(gamma)}·{factor(hat)} + {factor(beta)} = {number(y)}")
    for name, value in (("mean", mean), ("var", var), ("x̂", hat), ("γ", gamma), ("β", beta), ("y", y)):
        look.fact(name, value)
    if look.step.form == "batch_norm":
        look.words = phrase(
            "Over the {count} numbers of this column of the batch: mean taken away, divided by the spread, then scaled "
            "and shifted.",
            count=values.size,
        )
    else:
        look.words = phrase(
            "Over {count} numbers of this one sample: mean taken away, divided by the spread, then scaled and shifted.",
            count=values.size,
        )


def row_of(look: Look) -> tuple[np.ndarray, np.ndarray, int]:
    """Of a softmax: scores and results of the row that is looked at, and the place in it."""
    ndim = look.trace.values[look.step.name].ndim
    axis = int(look.step.options.get("dim", -1))
    axis = (axis if axis >= 0 else ndim + axis) - 1
    axis = axis if look.out.ndim == ndim - 1 else axis + 1
    at: list[Any] = list(look.index)
    place = at[axis]
    at[axis] = slice(None)
    return look.input()[tuple(at)].astype(float), look.out[tuple(at)].astype(float), int(place)


def softmax(look: Look) -> None:
    """e^z over the sum of the row."""
    z, a, i = row_of(look)
    top = float(z.max())
    powers = np.exp(z - top)
    must_agree(float(powers[i] / powers.sum()), float(a[i]))
    look.say(listed("z", z))
    look.say(f"e^(z − max) = {listed('', powers).removeprefix(' = ')}")
    look.say(f"a{sub(i)} = {number(float(powers[i]))} / {number(float(powers.sum()))} = {number(float(a[i]))}")
    for k in range(min(len(a), MAX_TERMS)):
        look.fact(f"a{sub(k)}", float(a[k]))
    look.notes.append(phrase("The greatest score is taken away first: the result is the same and nothing overflows."))
    look.words = phrase("The scores of a row become shares that add up to 1.")


def dropout(look: Look) -> None:
    """What was switched off, and what the others are scaled by."""
    p = float(look.step.options.get("p", 0.0))
    x, y = float(look.input()[look.index]), float(look.out[look.index])
    on = _kept(look)
    if not chance.drawn(look):
        look.say(phrase("Outside training all neurons are on: y = x = {value}", value=number(y)))
    elif on[look.index]:
        look.say(f"y = {number(x)} / (1 − {p:g}) = {number(y)}")
    else:
        look.say(f"y = {number(x)}·0 = 0")
    look.fact("y", y)
    off = int((~on).sum())
    look.notes.append(phrase("{off} of {count} are off in this step.", off=off, count=on.size))
    look.matrices.append(
        matrix(
            phrase("mask: 1 on, 0 off"),
            on.astype(float).reshape(len(on), -1) if on.ndim > 1 else on.astype(float)[None],
        )
    )
    look.words = phrase(
        "In training each number is switched off with probability {p}; the others are scaled by {scale} so that the "
        "mean stays.",
        p=f"{p:g}",
        scale=number(1 / (1 - p)) if p < 1 else "∞",
    )


def _kept(look: Look) -> np.ndarray:
    """Which numbers dropout let through: a zero that came out of another number was switched off."""
    x, y = look.input(), look.out
    back, sent = look.gradient(look.step.inputs[0]), look.gradient(look.step.name)
    on: np.ndarray = (y != 0) | (x == 0)
    if back is not None and sent is not None and look.step.inputs[0] not in look.trace.shares:
        # Of a zero that came in, the gradient tells.
        on = np.where((x == 0) & (sent != 0), back != 0, on)
    return on


def embedding(look: Look) -> None:
    """The row of the table with the token's number."""
    table = look.parameter("weight")
    token = int(look.input()[look.index[:-1]])
    assert table is not None
    look.say(phrase("token {token}: row {row} of {count}", token=token, row=token + 1, count=len(table)))
    look.say(listed("y", table[token]))
    look.fact(f"y{sub(look.index)}", float(look.out[look.index]))
    look.matrices.append(matrix(phrase("table: a row per token"), table, (token, look.index[-1])))
    look.words = phrase("A token is the number of a row; that row is what the network goes on with.")


def product(look: Look) -> None:
    """A row times a column, for one number of a matrix product."""
    a, b = _factors(look)
    # Of a graph every node is computed at once: the shown one is a row of the whole.
    *before, i, j = look.index if look.out.ndim > 1 else (look.trace.sample, *look.index)
    row: tuple[Any, ...] = (*before[len(before) - (a.ndim - 2) :], i) if a.ndim > 2 else (i,)
    column: tuple[Any, ...] = (
        (*before[len(before) - (b.ndim - 2) :], slice(None), j) if b.ndim > 2 else (slice(None), j)
    )
    left, right = a[row], b[column]
    pairs = [(float(u), float(v)) for u, v in zip(left, right, strict=True)]
    y = float(look.out[look.index])
    look.lines += sum_lines(f"y{sub(look.index)}", pairs, None, y)
    look.fact(f"y{sub(look.index)}", y)
    shown = look.out[tuple(before)] if before else look.out
    look.matrices.append(matrix(phrase("all results"), shown, (i if look.out.ndim > 1 else 0, j)))
    look.words = phrase(
        "Row {row} of the first times column {column} of the second, added up.", row=i + 1, column=j + 1
    )


def _factors(look: Look) -> tuple[np.ndarray, np.ndarray]:
    names_ = look.step.inputs if len(look.step.inputs) > 1 else look.step.inputs * 2
    whole = look.trace.whole
    return tuple(look.trace.values[n] if n in whole else look.value(n) for n in names_[:2])  # type: ignore[return-value]


def add_up(look: Look) -> None:
    """The sum of what came in."""
    terms, y = terms_of(look), float(look.out[look.index])
    minus = look.step.target.endswith(".sub") and len(terms) == 2
    must_agree(terms[0] - terms[1] if minus else sum(terms), y, max(map(abs, terms)))
    text = f"{number(terms[0])} − {factor(terms[1])}" if minus else plus(terms)
    look.say(f"y{sub(look.index)} = {text} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.words = phrase("What came in is added up, place by place; the gradient goes to all of it unchanged.")


def terms_of(look: Look) -> list[float]:
    """What came in at the looked-at place, from each input: a value that comes in twice counts twice."""
    found = [float(np.broadcast_to(look.value(name), look.out.shape)[look.index]) for name in look.step.inputs]
    found += [float(arg) for arg in look.step.args if isinstance(arg, int | float)]
    return found * 2 if len(found) == 1 else found


def times(look: Look) -> None:
    """The product of what came in, place by place."""
    terms, y = terms_of(look), float(look.out[look.index])
    must_agree(math.prod(terms), y)
    look.say(f"y{sub(look.index)} = {'·'.join(factor(term) for term in terms)} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.words = phrase("What came in is multiplied place by place: each factor opens or closes the way of the other.")


def generic(look: Look) -> None:
    """Input and output, where nothing more is to be said."""
    if look.step.target == PARAMETER:
        y = float(look.out[look.index])
        look.say(f"{look.step.name}{sub(look.index)} = {number(y)}")
        look.fact(f"{look.step.name}{sub(look.index)}", y)
        look.words = phrase("These numbers are learnt; nothing comes in.")
        return
    for name in look.step.inputs:
        look.say(listed(name, look.value(name)))
    look.fact(f"{look.step.name}{sub(look.index)}", float(look.out[look.index]))
    look.words = phrase("{name} turns its input into its output.", name=title_of(look, look.step.node))


FORWARD: Mapping[str, Callable[[Look], None]] = {
    "weighted_sum": weighted_sum,
    "elementwise": elementwise,
    "convolution": patches.convolution,
    "max_pool": patches.max_pool,
    "average_pool": patches.average_pool,
    "batch_norm": normalize,
    "norm": normalize,
    "shares": softmax,
    "mask": dropout,
    "moves": chance.moves,
    "moved": chance.moved,
    "noise": chance.noise,
    "lookup": embedding,
    "product": product,
    "sum": add_up,
    "times": times,
    "total": losses.total,
    "loss": losses.loss,
    "class_loss": losses.class_loss,
    "score_loss": losses.class_loss,
}
