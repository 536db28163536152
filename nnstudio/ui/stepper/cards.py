"""What a card says about one moment of a trace, as plain text and numbers; no widget in here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.document.text import Text
from nnstudio.engine.trace import Moment, StepRecord, Trace
from nnstudio.ui.texts import exact, number, tr, words

MAX_TERMS = 12
MAX_MATRIX = 12
PHASES = {"forward": Text("forward", "前向"), "loss": Text("loss", "损失"), "backward": Text("backward", "反向"),
          "update": Text("update", "更新")}


@dataclass(frozen=True)
class Matrix:
    """A small table of numbers with its name; ``left_out`` counts rows and columns that are not shown."""

    title: str
    numbers: np.ndarray
    left_out: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Card:
    """One card: the rule, the rule with this step's numbers, the result, and a sentence."""

    heading: str
    question: str
    rules: tuple[str, ...]
    lines: tuple[str, ...]
    result: str
    words: str
    matrices: tuple[Matrix, ...]
    neurons: int
    neuron: int


def make_card(trace: Trace, moment: Moment, neuron: int = 0) -> Card:
    """Return the card of a moment; ``neuron`` chooses the output whose numbers are written out."""
    if moment.phase == "update":
        return _update(trace, moment, neuron)
    step = trace.steps[moment.step]
    if moment.phase == "backward":
        return _backward(trace, moment, step, neuron)
    return _forward(trace, moment, step, neuron)


def _heading(trace: Trace, moment: Moment) -> str:
    return tr("Step {step} of {steps} · {phase}", step=moment.index + 1, steps=len(trace.moments), phase=words(PHASES[moment.phase]))


def _row(trace: Trace, name: str, array: np.ndarray) -> np.ndarray:
    """The shown sample's numbers, flat; a single number stays one."""
    return np.atleast_1d(trace.of_sample(name, array)).reshape(-1)


def _title(trace: Trace, node: str) -> str:
    return trace.titles.get(node, node)


def _weights(trace: Trace, step: StepRecord) -> tuple[np.ndarray, np.ndarray | None]:
    by_name = {trace.parameters[path].name: trace.parameters[path].old for path in step.parameters}
    return by_name["weight"], by_name.get("bias")


def _matrix(title: str, array: np.ndarray) -> Matrix:
    table = np.atleast_2d(array)
    table = table.reshape(len(table), -1)
    shown = table[:MAX_MATRIX, :MAX_MATRIX]
    return Matrix(title, shown, (len(table) - len(shown), table.shape[1] - shown.shape[1]))


def _list(name: str, numbers: np.ndarray) -> str:
    shown = ", ".join(number(float(v)) for v in numbers[:MAX_TERMS])
    more = f", … ({numbers.size:,})" if numbers.size > MAX_TERMS else ""
    return f"{name} = ({shown}{more})" if numbers.size > 1 else f"{name} = {shown}"


def _sum_lines(left: str, pairs: list[tuple[float, float]], bias: float | None, total: float) -> list[str]:
    """Write a weighted sum out: products of the largest share first when there are many."""
    order = range(len(pairs))
    if len(pairs) > MAX_TERMS:
        order = sorted(np.argsort([-abs(a * b) for a, b in pairs])[:MAX_TERMS])
    terms = [f"{number(pairs[i][0])}·{number(pairs[i][1])}" for i in order]
    rest = total - (bias or 0.0) - sum(pairs[i][0] * pairs[i][1] for i in order)
    if len(pairs) > MAX_TERMS:
        terms.append(tr("{count} smaller ones: {value}", count=len(pairs) - MAX_TERMS, value=number(rest)))
    lines = [f"{left} = " + " + ".join(terms) + (f" + {number(bias)}" if bias is not None else "")]
    products = [number(pairs[i][0] * pairs[i][1]) for i in order]
    if len(pairs) > MAX_TERMS:
        products.append(number(rest))
    if len(products) > 1:
        lines.append("= " + " + ".join(products) + (f" + {number(bias)}" if bias is not None else ""))
    return lines


def _forward(trace: Trace, moment: Moment, step: StepRecord, neuron: int) -> Card:
    value = _row(trace, step.name, trace.values[step.name])
    neuron = min(neuron, value.size - 1)
    inputs = {name: _row(trace, name, trace.values[name]) for name in step.inputs}
    lines: list[str] = []
    title = _title(trace, step.node)
    if step.form == "weighted_sum":
        weight, bias = _weights(trace, step)
        x = inputs[step.inputs[0]]
        pairs = [(float(w), float(v)) for w, v in zip(weight[neuron], x, strict=True)]
        lines += _sum_lines(f"z{_sub(neuron)}", pairs, None if bias is None else float(bias[neuron]), float(value[neuron]))
        sentence = tr("Each input of {name} is multiplied by its weight; the products and the bias are added up.", name=title)
    elif step.form == "elementwise":
        z = inputs[step.inputs[0]]
        lines.append(f"f({number(float(z[neuron]))}) = {number(float(value[neuron]))}")
        sentence = tr("The function is put on each number of its own.")
    else:
        lines += [_list(name, numbers) for name, numbers in inputs.items()]
        sentence = tr("{name} turns its input into its output.", name=title)
    if moment.phase == "loss":
        sentence = tr("The loss says in one number how far the prediction is from the target.")
    lines.append(_list(step.name, value))
    return Card(_heading(trace, moment), tr("What comes out of {name}?", name=title), _rules(step, forward=True), tuple(lines),
                exact(float(value[neuron])), sentence, (), value.size, neuron)


def _rules(step: StepRecord, *, forward: bool) -> tuple[str, ...]:
    if step.rule is None:
        return (tr("y = {operation}(x)", operation=step.target.split(".")[-1]),) if forward else (tr("chain rule"),)
    return (step.rule.forward,) if forward else step.rule.backward


def _backward(trace: Trace, moment: Moment, step: StepRecord, neuron: int) -> Card:
    delta = _row(trace, step.name, trace.gradients[step.name])
    neuron = min(neuron, delta.size - 1)
    title = _title(trace, step.node)
    lines = [_list(f"∂E/∂{step.name}", delta)]
    matrices: list[Matrix] = []
    result = exact(float(delta[neuron]))
    batch = len(trace.rows)
    if step.form == "elementwise" and step.local is not None:
        local, source = _row(trace, step.name, step.local), step.inputs[0]
        slope, out = float(local[neuron]), _row(trace, source, trace.gradients[source]) if source in trace.gradients else None
        lines.append(f"f′ = {number(slope)}")
        lines.append(f"∂E/∂{source}{_sub(neuron)} = {number(float(delta[neuron]))} · {number(slope)} = "
                     f"{number(float(delta[neuron]) * slope)}")
        result = exact(float(out[neuron]) if out is not None else float(delta[neuron]) * slope)
        sentence = tr("The gradient that arrives is multiplied by the slope of the function at this place.")
    elif step.form == "weighted_sum":
        x = _row(trace, step.inputs[0], trace.values[step.inputs[0]])
        if batch == 1 and x.size:
            lines.append(f"δ{_sub(neuron)} = {number(float(delta[neuron]))}")
            lines += [f"∂E/∂w{_sub(neuron)}{_sub(i)} = δ{_sub(neuron)} · x{_sub(i)} = {number(float(delta[neuron]))} · "
                      f"{number(float(v))} = {number(float(delta[neuron] * v))}" for i, v in enumerate(x[:MAX_TERMS])]
        sentence = tr("Every weight shares in the error by what it passed on: δ of its neuron times its input.")
        if batch > 1:
            sentence += " " + tr("The gradient of the weights is summed over the {count} samples of the batch.", count=batch)
    else:
        sentence = tr("{name} hands the gradient on to what came into it.", name=title)
    for name in step.inputs:
        if name in trace.gradients and step.form != "elementwise":
            lines.append(_list(f"∂E/∂{name}", _row(trace, name, trace.gradients[name])))
    for path in step.parameters:
        gradient = trace.parameters[path].gradient
        if gradient is not None:
            matrices.append(_matrix(f"∂E/∂{path}", gradient))
    return Card(_heading(trace, moment), tr("How much does {name} share in the error?", name=title), _rules(step, forward=False),
                tuple(lines), result, sentence, tuple(matrices), delta.size, neuron)


def _update(trace: Trace, moment: Moment, place: int) -> Card:
    record = trace.parameters[moment.parameter]
    old, new = record.old.reshape(-1), record.new.reshape(-1)
    gradient = np.zeros_like(old) if record.gradient is None else record.gradient.reshape(-1)
    used = gradient if record.used is None else record.used.reshape(-1)
    place = min(place, old.size - 1)
    lines = [f"∂E/∂w = {number(float(gradient[place]))}"]
    if trace.clip_factor < 1.0:
        lines.append(tr("clipped: · {factor} = {value}", factor=number(trace.clip_factor), value=number(float(used[place]))))
    lines.append(f"η = {number(record.learning_rate)}")
    change = float(new[place] - old[place])
    lines.append(f"{number(float(old[place]))} {'+' if change >= 0 else '−'} {number(abs(change))} = {number(float(new[place]))}")
    down = tr("grows") if change > 0 else tr("shrinks") if change < 0 else tr("stays")
    sentence = tr("This number {moves}, against its gradient.", moves=down) if change else tr("Its gradient is zero, so it stays.")
    matrices = (_matrix(tr("{name} before", name=record.path), record.old), _matrix(tr("{name} after", name=record.path), record.new))
    return Card(_heading(trace, moment), tr("What does {name} become?", name=record.path), (trace.update_rule,), tuple(lines),
                exact(float(new[place])), sentence, matrices, old.size, place)


def _sub(index: int) -> str:
    """Write a place, counted from 1, as small digits below the line."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(index + 1))
