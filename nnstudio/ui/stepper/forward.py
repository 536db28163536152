"""How each form of operation writes its forward numbers out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import evaluate, names, write
from nnstudio.engine.trace import StepRecord
from nnstudio.ui.stepper.look import MAX_TERMS, Curve, Look, factor, listed, matrix, plus, sub, sum_lines
from nnstudio.ui.texts import number, tr


def title_of(look: Look, node: str) -> str:
    """The student's name of a node."""
    return look.trace.titles.get(node, node)


def name_of(look: Look, step: str) -> str:
    """What a value is called: its name in the exported code."""
    return step


def weights_of(look: Look, step: StepRecord) -> tuple[np.ndarray, np.ndarray | None]:
    """Weight (out, in) and bias of a weighted sum, from its module or from its arguments."""
    by_name = {look.trace.parameters[path].name: look.trace.parameters[path].old for path in step.parameters}
    if "weight" in by_name:
        return by_name["weight"], by_name.get("bias")
    return look.trace.values[step.inputs[1]], look.trace.values[step.inputs[2]] if len(step.inputs) > 2 else None


def constants_of(step: StepRecord) -> Mapping[str, Any]:
    """The arguments of a call that are plain numbers, by name."""
    return {name: value for name, value in step.options.items() if isinstance(value, int | float) and not isinstance(value, bool)}


def with_numbers(expression: str, values: Mapping[str, float]) -> str:
    """Write an expression with numbers for its variables."""
    return write(expression, lambda name: number(float(values[name])))


def weighted_sum(look: Look) -> None:
    """z = Σ wᵢxᵢ + b of one neuron; of a sequence, at one step."""
    weight, bias = weights_of(look, look.step)
    *before, j = look.index
    x, z = look.input()[tuple(before)], float(look.out[look.index])
    pairs = [(float(w), float(v)) for w, v in zip(weight[j], x, strict=True)]
    look.lines += sum_lines(f"z{sub(look.index)}", pairs, None if bias is None else float(bias[j]), z)
    if len(pairs) > MAX_TERMS:
        look.notes.append(tr("The {count} largest of {total} products are written out.", count=MAX_TERMS, total=len(pairs)))
    look.fact(f"z{sub(look.index)}", z)
    look.matrices.append(matrix(tr("weights: a row per neuron"), weight, (j, int(np.argmax(np.abs(weight[j] * x))))))
    look.words = tr("Each input of {name} is multiplied by its weight; the products and the bias are added up.", name=title_of(look, look.step.node))


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
    look.words = tr("The function is put on each number of its own.")


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


def _pairs(value: Any, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (int(value),) * count


def window_of(look: Look) -> tuple[list[tuple[int, ...]], int, int]:
    """The places (channel, …) in the input that the kernel lies on at the looked-at place; −1s are padding. Also stride and groups."""
    step, x = look.step, look.input()
    axes = x.ndim - 1
    options = step.options
    kernel = _pairs(options.get("kernel_size", step.args[1] if len(step.args) > 1 else 1), axes)
    stride = _pairs(options.get("stride", kernel), axes)
    padding, dilation = _pairs(options.get("padding", 0), axes), _pairs(options.get("dilation", 1), axes)
    at = look.index[1:]
    found: list[tuple[int, ...]] = []
    for offset in np.ndindex(*kernel):
        place = tuple(at[i] * stride[i] - padding[i] + offset[i] * dilation[i] for i in range(axes))
        found.append(place if all(0 <= p < x.shape[i + 1] for i, p in enumerate(place)) else ())
    return found, int(options.get("groups", 1)), axes


def convolution(look: Look) -> None:
    """The kernel over the patch, product by product."""
    weight, bias = weights_of(look, look.step)
    places, groups, _ = window_of(look)
    k, x = look.index[0], look.input()
    first = k // (len(weight) // groups) * weight.shape[1]
    patch = np.array([[float(x[(first + c, *p)]) if p else 0.0 for p in places] for c in range(weight.shape[1])])
    kernel = weight[k].reshape(weight.shape[1], -1)
    z = float(look.out[look.index])
    pairs = [(float(w), float(v)) for w, v in zip(kernel.reshape(-1), patch.reshape(-1), strict=True)]
    look.lines += sum_lines(f"z{sub(look.index)}", pairs, None if bias is None else float(bias[k]), z)
    look.fact(f"z{sub(look.index)}", z)
    shape = weight.shape[2:] if weight.ndim == 4 else (1, weight.shape[2])
    strongest = int(np.argmax(np.abs(kernel * patch).sum(axis=1)))
    some = "" if len(kernel) == 1 else " · " + tr("input channel {channel} of {count}", channel=first + strongest + 1, count=len(x))
    look.matrices += [matrix(tr("kernel {number}", number=k + 1) + some, kernel[strongest].reshape(shape)),
                      matrix(tr("patch of the input") + some, patch[strongest].reshape(shape)),
                      matrix(tr("their products"), (kernel * patch)[strongest].reshape(shape))]
    look.notes.append(tr("The kernel is laid on as it is (cross-correlation); mathematicians' convolution turns it round first."))
    look.words = tr("Kernel {number} lies on one patch; products and bias are added up to one number of its feature map.", number=k + 1)


def _window(look: Look) -> tuple[list[tuple[int, ...]], np.ndarray]:
    step, x = look.step, look.input()
    if "adaptive" in step.target:
        given = step.args[1]
        sizes = _pairs(given, x.ndim - 1)
        ranges = [range(i * n // size, -(-(i + 1) * n // size)) for i, n, size in zip(look.index[1:], x.shape[1:], sizes, strict=True)]
        places = [tuple(r[i] for r, i in zip(ranges, where, strict=True)) for where in np.ndindex(*(len(r) for r in ranges))]
        shape: tuple[int, ...] = tuple(len(r) for r in ranges)
    else:
        places, _, axes = window_of(look)
        shape = _pairs(step.args[1], axes)
    c = look.index[0]
    numbers = np.array([float(x[(c, *p)]) if p else np.nan for p in places])
    return places, numbers.reshape(shape)


def max_pool(look: Look) -> None:
    """The greatest number of the window."""
    places, window = _window(look)
    winner = int(np.nanargmax(window))
    y = float(look.out[look.index])
    inside = [number(float(v)) for v in window.reshape(-1) if v == v]
    look.say(f"y{sub(look.index)} = max({', '.join(inside[:MAX_TERMS])}{', …' if len(inside) > MAX_TERMS else ''}) = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    table = np.atleast_2d(np.nan_to_num(window))
    look.matrices.append(matrix(tr("window"), table, tuple(int(i) for i in np.unravel_index(winner, table.shape))))
    look.words = tr("The greatest number of the window wins, at place {place} of its channel; the others leave no trace.",
                    place=", ".join(str(p + 1) for p in places[winner]))


def average_pool(look: Look) -> None:
    """The mean of the window; padding counts as zeros."""
    _, window = _window(look)
    inside = [float(v) for v in np.nan_to_num(window).reshape(-1)]
    y = float(look.out[look.index])
    shown = plus(inside[:MAX_TERMS]) + (" + …" if len(inside) > MAX_TERMS else "")
    look.say(f"y{sub(look.index)} = ({shown}) / {len(inside)} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.matrices.append(matrix(tr("window"), np.atleast_2d(np.nan_to_num(window))))
    look.words = tr("The mean of the window; each number in it counts the same.")


def group_of(look: Look) -> tuple[np.ndarray, np.ndarray, float, float, float]:
    """Of a norm, at the looked-at place: (which numbers of the whole input are taken together, x, γ, β, ε)."""
    step = look.step
    x = look.trace.values[step.inputs[0]].astype(np.float64)
    marks = np.zeros(x.shape, dtype=bool)
    row = look.trace.row
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
        over = len(_pairs(options["normalized_shape"], 1))
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
    learnt = look.step.form == "batch_norm" and look.trace.origin is not None and not look.trace.origin.training
    if learnt:
        module = look.step.parameters[0].rsplit(".", 1)[0]
        state = look.trace.origin.state
        mean, var = float(state[f"{module}.running_mean"][look.index[0]]), float(state[f"{module}.running_var"][look.index[0]])
        look.say(tr("mean and variance are those learnt in training: {mean} and {variance}", mean=number(mean), variance=number(var)))
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
        look.words = tr("Over the {count} numbers of this column of the batch: mean taken away, divided by the spread, then scaled and shifted.", count=values.size)
    else:
        look.words = tr("Over {count} numbers of this one sample: mean taken away, divided by the spread, then scaled and shifted.", count=values.size)


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
    look.say(listed("z", z))
    look.say(f"e^(z − max) = {listed('', powers).removeprefix(' = ')}")
    look.say(f"a{sub(i)} = {number(float(powers[i]))} / {number(float(powers.sum()))} = {number(float(a[i]))}")
    for k in range(min(len(a), MAX_TERMS)):
        look.fact(f"a{sub(k)}", float(a[k]))
    look.notes.append(tr("The greatest score is taken away first: the result is the same and nothing overflows."))
    look.words = tr("The scores of a row become shares that add up to 1.")


def dropout(look: Look) -> None:
    """What was switched off, and what the others are scaled by."""
    p = float(look.step.options.get("p", 0.0))
    x, y = float(look.input()[look.index]), float(look.out[look.index])
    on = _kept(look)
    training = look.trace.origin is None or look.trace.origin.training
    if not training:
        look.say(tr("Outside training all neurons are on: y = x = {value}", value=number(y)))
    elif on[look.index]:
        look.say(f"y = {number(x)} / (1 − {p:g}) = {number(y)}")
    else:
        look.say(f"y = {number(x)}·0 = 0")
    look.fact("y", y)
    off = int((~on).sum())
    look.notes.append(tr("{off} of {count} are off in this step.", off=off, count=on.size))
    look.matrices.append(matrix(tr("mask: 1 on, 0 off"), on.astype(float).reshape(len(on), -1) if on.ndim > 1 else on.astype(float)[None]))
    look.words = tr("In training each number is switched off with probability {p}; the others are scaled by {scale} so that the mean stays.",
                    p=f"{p:g}", scale=number(1 / (1 - p)) if p < 1 else "∞")


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
    look.say(tr("token {token}: row {row} of {count}", token=token, row=token + 1, count=len(table)))
    look.say(listed("y", table[token]))
    look.fact(f"y{sub(look.index)}", float(look.out[look.index]))
    look.matrices.append(matrix(tr("table: a row per token"), table, (token, look.index[-1])))
    look.words = tr("A token is the number of a row; that row is what the network goes on with.")


def product(look: Look) -> None:
    """A row times a column, for one number of a matrix product."""
    a, b = _factors(look)
    # Of a graph every node is computed at once: the shown one is a row of the whole.
    *before, i, j = look.index if look.out.ndim > 1 else (look.trace.sample, *look.index)
    left = a[(*before[len(before) - (a.ndim - 2) :], i)] if a.ndim > 2 else a[i]
    right = b[(*before[len(before) - (b.ndim - 2) :], slice(None), j)] if b.ndim > 2 else b[:, j]
    pairs = [(float(u), float(v)) for u, v in zip(left, right, strict=True)]
    y = float(look.out[look.index])
    look.lines += sum_lines(f"y{sub(look.index)}", pairs, None, y)
    look.fact(f"y{sub(look.index)}", y)
    shown = look.out[tuple(before)] if before else look.out
    look.matrices.append(matrix(tr("all results"), shown, (i if look.out.ndim > 1 else 0, j)))
    look.words = tr("Row {row} of the first times column {column} of the second, added up.", row=i + 1, column=j + 1)


def _factors(look: Look) -> tuple[np.ndarray, np.ndarray]:
    names_ = look.step.inputs if len(look.step.inputs) > 1 else look.step.inputs * 2
    whole = look.trace.whole
    return tuple(look.trace.values[n] if n in whole else look.value(n) for n in names_[:2])  # type: ignore[return-value]


def add_up(look: Look) -> None:
    """The sum of what came in."""
    terms, y = terms_of(look), float(look.out[look.index])
    minus = look.step.target.endswith(".sub") and len(terms) == 2
    text = f"{number(terms[0])} − {factor(terms[1])}" if minus else plus(terms)
    look.say(f"y{sub(look.index)} = {text} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.words = tr("What came in is added up, place by place; the gradient goes to all of it unchanged.")


def terms_of(look: Look) -> list[float]:
    """What came in at the looked-at place, from each input: a value that comes in twice counts twice."""
    found = [float(np.broadcast_to(look.value(name), look.out.shape)[look.index]) for name in look.step.inputs]
    found += [float(arg) for arg in look.step.args if isinstance(arg, int | float)]
    return found * 2 if len(found) == 1 else found


def times(look: Look) -> None:
    """The product of what came in, place by place."""
    terms, y = terms_of(look), float(look.out[look.index])
    look.say(f"y{sub(look.index)} = {'·'.join(factor(term) for term in terms)} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.words = tr("What came in is multiplied place by place: each factor opens or closes the way of the other.")


def total(look: Look) -> None:
    """The sum or the mean over an axis; without one over everything, the whole batch."""
    step = look.step
    x = look.trace.values[step.inputs[0]]
    y = float(look.out[look.index])
    if "dim" in step.options and x.ndim > 1:
        axis = int(step.options["dim"])
        axis = (axis if axis >= 0 else x.ndim + axis) - 1
        at: list[Any] = list(look.index) if look.out.shape != (1,) or x.ndim > 2 else []
        at.insert(axis, slice(None))
        terms = [float(v) for v in np.atleast_1d(look.input()[tuple(at)])]
    else:
        terms = [float(v) for v in x.reshape(-1)]
    shown = plus(terms[:MAX_TERMS]) + (" + …" if len(terms) > MAX_TERMS else "")
    mean = step.target.endswith(".mean") and len(terms) > 1
    look.say(f"y{sub(look.index)} = {f'({shown}) / {len(terms)}' if mean else shown} = {number(y)}")
    look.fact("E" if look.moment.phase == "loss" and look.out.size == 1 else f"y{sub(look.index)}", y)
    look.words = tr("The mean of {count} numbers.", count=len(terms)) if step.target.endswith(".mean") else tr("{count} numbers are added up.", count=len(terms))


def loss(look: Look) -> None:
    """The error of each number of the shown sample, and the mean over the batch."""
    step, rule = look.step, look.step.rule
    prediction, target = look.trace.values[step.inputs[0]], look.trace.values[step.inputs[1]]
    a, t = look.value(step.inputs[0]).reshape(-1).astype(float), look.value(step.inputs[1]).reshape(-1).astype(float)
    assert rule is not None
    constants = constants_of(step)
    with np.errstate(all="ignore"):
        each = np.asarray(evaluate(rule.each, {"a": a, "t": t, **constants}, np), dtype=float)
        everything = np.asarray(evaluate(rule.each, {"a": prediction.astype(float), "t": target.astype(float), **constants}, np), dtype=float)
    for k in range(min(len(a), MAX_TERMS)):
        with_ = {"a": float(a[k]), "t": float(t[k]), **constants}
        look.say(f"E{sub(k)} = {with_numbers(rule.each, {n: with_[n] for n in names(rule.each)})} = {number(float(each[k]))}")
        look.fact(f"E{sub(k)}", float(each[k]))
    _mean(look, [float(v) for v in everything.reshape(len(prediction), -1).sum(axis=1)],
          len(prediction) if step.options.get("reduction") == "batchmean" else prediction.size)


def class_loss(look: Look) -> None:
    """Minus the log of the share that the right class got, and the mean over the batch."""
    step = look.step
    scores, classes = look.trace.values[step.inputs[0]].astype(float), look.trace.values[step.inputs[1]].astype(int)
    scores, classes = scores.reshape(len(classes), -1), classes.reshape(-1)
    logs = scores
    if "cross_entropy" in step.target:
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    row = look.trace.row if len(classes) == len(look.trace.rows) else 0
    share, right = np.exp(logs[row]), int(classes[row])
    if logs is not scores:
        look.say(listed("softmax(z)", share))
        for k in range(min(len(share), MAX_TERMS)):
            look.fact(f"p{sub(k)}", float(share[k]))
    each = [-float(logs[n, c]) for n, c in enumerate(classes)]
    smoothing = float(step.options.get("label_smoothing", 0.0))
    if smoothing:
        each = [(1 - smoothing) * e - smoothing * float(logs[n].mean()) for n, e in enumerate(each)]
        look.notes.append(tr("Label smoothing spreads {share} of the target over all classes.", share=f"{smoothing:g}"))
    weights = look.trace.values.get(step.inputs[2]) if len(step.inputs) > 2 else None
    if not smoothing:
        look.say(f"E = −ln {number(float(share[right]))} = {number(each[row])}")
    look.fact(tr("E of this sample"), each[row])
    if weights is None:
        _mean(look, each, len(each))
    else:
        look.notes.append(tr("Each sample counts by the weight of its class."))
        look.say(f"E = {number(look.trace.loss if len(look.out) == 1 else float('nan'))}")
    look.words = tr("The right class is number {right}; it got {share}. The loss is small only when that is near 1.",
                    right=right + 1, share=number(float(share[right])))


def _mean(look: Look, each: list[float], count: int) -> None:
    total = float(look.out.reshape(-1)[0])
    shown = plus(each[:MAX_TERMS]) + (" + …" if len(each) > MAX_TERMS else "")
    if count > 1:
        look.say(f"E = ({shown}) / {count} = {number(total)}")
        look.notes.append(tr("Mean over {count} numbers: {rows} samples.", count=count, rows=len(each)))
    look.fact("E", total)


def generic(look: Look) -> None:
    """Input and output, where nothing more is to be said."""
    for name in look.step.inputs:
        look.say(listed(name, look.value(name)))
    look.fact(f"{look.step.name}{sub(look.index)}", float(look.out[look.index]))
    look.words = tr("{name} turns its input into its output.", name=title_of(look, look.step.node))


FORWARD: Mapping[str, Callable[[Look], None]] = {
    "weighted_sum": weighted_sum, "elementwise": elementwise, "convolution": convolution, "max_pool": max_pool,
    "average_pool": average_pool, "batch_norm": normalize, "norm": normalize, "softmax": softmax, "dropout": dropout,
    "embedding": embedding, "product": product, "sum": add_up, "times": times, "total": total, "loss": loss, "class_loss": class_loss,
}
