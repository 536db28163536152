"""How the optimizer's own rule is written out with its memory: old becomes new."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import evaluate, names, write
from nnstudio.document.numbers import number
from nnstudio.document.text import Said, concat, phrase
from nnstudio.engine.trace import ParameterRecord
from nnstudio.explain.look import Look, matrix, short, sub

# What stands for the variables that have a longer sign.
SIGNS = {"d": "∂E/∂w", "β1": "β₁", "β2": "β₂", "t": "t"}


def lines_of(record: ParameterRecord) -> list[tuple[str, str]]:
    """The rule's lines for a parameter; without weight decay its term is left out."""
    plain = not record.constants.get("λ")
    return [(symbol, "d" if plain and expression == "d + λ*w" else expression) for symbol, expression in record.lines]


def rule_lines(record: ParameterRecord) -> tuple[str, ...]:
    """The optimizer's rule with symbols."""
    found = []
    for symbol, expression in lines_of(record):
        text = write(expression, lambda name: SIGNS.get(name, name))
        found.append(f"{symbol} ← {text}" if symbol in names(expression) else f"{symbol} = {text}")
    return tuple(found) or (record.rule,)


def worked_out(record: ParameterRecord) -> dict[str, Any]:
    """The rule's results for a whole parameter, in float64, by symbol; "w" is the new value."""
    zero = np.zeros(record.old.shape)
    used = zero if record.used is None else record.used.astype(np.float64)
    values: dict[str, Any] = {"w": record.old.astype(np.float64), "d": used, **record.constants}
    starts = {"q": 1.0}
    for symbol in dict.fromkeys(name for _, expression in record.lines for name in names(expression)):
        if symbol in record.before:
            values[symbol] = record.before[symbol].astype(np.float64)
        elif symbol not in values:
            values[symbol] = starts.get(symbol, zero)
    found: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for symbol, expression in record.lines:
            found[symbol] = values[symbol] = evaluate(expression, values, np)
    return found


def update(look: Look) -> None:
    """One number of a parameter: gradient, clipping, the rule line by line, old → new."""
    trace = look.trace
    record = trace.parameters[look.moment.parameter]
    place = look.unit
    index = tuple(int(i) for i in np.unravel_index(place, record.old.shape))

    def at(value: Any) -> float:
        array = np.asarray(value)
        return float(array.reshape(-1)[place]) if array.size > 1 else float(array.reshape(-1)[0])

    old, new = at(record.old), at(record.new)
    gradient = 0.0 if record.gradient is None else at(record.gradient)
    used = gradient if record.used is None else at(record.used)
    look.say(f"∂E/∂w = {number(gradient)}")
    look.fact("∂E/∂w", gradient)
    now = gradient
    if trace.clip_value is not None and abs(gradient) > trace.clip_value:
        now = float(np.clip(gradient, -trace.clip_value, trace.clip_value))
        look.say(phrase("cut to ±{limit}: {value}", limit=f"{trace.clip_value:g}", value=number(now)))
    if trace.clip_factor < 1.0:
        now *= trace.clip_factor
        look.say(phrase("clipped: · {factor} = {value}", factor=number(trace.clip_factor), value=number(now)))
        look.fact(phrase("clipping factor"), trace.clip_factor)
    if trace.l1:
        look.say(concat(phrase("pull of L1"), f": {number(now)} + {trace.l1:g}·sign({number(old)}) = {number(used)}"))
    look.say(f"η = {number(record.learning_rate)}")
    values: dict[str, float] = {"w": old, "d": used, **record.constants}
    results = {symbol: at(value) for symbol, value in worked_out(record).items()}
    for symbol, expression in lines_of(record):
        for name in names(expression):
            if name not in values:
                values[name] = at(record.before[name]) if name in record.before else 1.0 if name == "q" else 0.0
        text = write(expression, lambda name: number(values[name]) if name != "t" else f"{values[name]:g}")
        result = new if symbol == "w" else results[symbol]
        if expression == "d":  # without weight decay the gradient is used as it is
            values[symbol] = results[symbol]
            continue
        left = f"{short(record.name)}{sub(index)}" if symbol == "w" else symbol
        look.say(f"{left} {'←' if symbol in names(expression) else '='} {text} = {number(result)}")
        values[symbol] = results[symbol]
        if symbol != "w":
            look.fact(symbol, results[symbol])
    change = new - old
    ruled = results.get("w", new)
    if abs(ruled - new) > 1e-3 * abs(change) + 1e-5 * max(abs(new), abs(old), 1e-3):
        # Only the file of an own optimizer can give a rule that is not what it does.
        look.notes.append(
            phrase(
                "By the rule as it is written it would be {value}; the optimizer does something else.",
                value=number(ruled),
            )
        )
    look.say(
        f"{short(record.name)}{sub(index)} = {number(old)} {'+' if change >= 0 else '−'} {number(abs(change))} = "
        f"{number(new)}"
    )
    figures: tuple[tuple[Said, float], ...] = (
        (phrase("old"), old),
        ("η", record.learning_rate),
        (phrase("change"), change),
        (phrase("new"), new),
    )
    for figure, value in figures:
        look.fact(figure, value)
    if not change:
        look.words = phrase("It stays: neither its gradient nor the optimizer's memory moves it.")
    elif gradient * change < 0:
        look.words = phrase(
            "This number {moves}, against its gradient.", moves=phrase("grows") if change > 0 else phrase("shrinks")
        )
    elif gradient == 0:
        look.words = phrase("Its gradient is zero here; the optimizer's memory or weight decay moves it all the same.")
    else:
        look.words = phrase(
            "This number moves with its gradient this time: the optimizer's memory or weight decay outweighs it."
        )
    table = (
        record.old.reshape(len(record.old), -1)
        if record.old.ndim > 1
        else record.old[None]
        if record.old.ndim
        else record.old.reshape(1, 1)
    )
    lit = (index[0], place % table.shape[1]) if record.old.ndim > 1 else (0, place)
    look.matrices += [
        matrix(phrase("{name} before", name=record.path), table, lit),
        matrix(phrase("{name} after", name=record.path), record.new.reshape(table.shape), lit),
    ]
    look.gives(f"{short(record.name)}{sub(index)}", new)
