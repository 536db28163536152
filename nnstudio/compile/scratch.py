"""Print a Program as plain numpy: forward, backward and update written out, without a library that knows gradients."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from nnstudio.catalog.arithmetic import names
from nnstudio.compile.files import NUMBERS, SCRATCH
from nnstudio.compile.program import Program, Step, Updater, references
from nnstudio.compile.resolve import resolve
from nnstudio.compile.scratch_steps import BATCH_NORM, DETACH, Printer, numpy_text
from nnstudio.compile.signs import constants
from nnstudio.document import quoting
from nnstudio.document.errors import ExportError

# The memory of an optimizer that does not begin at 0.
_STARTS = {"q": 1.0}
# A schedule of more steps than this is no text to be read.
MOST_RUNS = 12


def _in_order(blocks: Sequence[list[str]]) -> list[str]:
    """The lines of the way back: the first share of a gradient begins it, later ones are added."""
    found, begun = [], set[str]()
    for block in reversed(blocks):
        for line in block:
            name, plus, share = line.partition(" += ")
            if plus:
                line = f"{name} = {name} + {share}" if name in begun else f"{name} = {share}"
                begun.add(name)
            found.append(line)
    return found


def _leading(program: Program) -> tuple[list[Step], frozenset[str]]:
    """The steps that lead to the loss, and the values that weights have a part in."""
    steps = [*program.model.steps, *program.criterion.steps]
    needed = {program.criterion.outputs[0]}
    leading = []
    for step in reversed(steps):
        if step.name in needed:
            leading.append(step)
            needed |= set(references((*step.args, *step.kwargs.values())))
    leading.reverse()
    learnt: set[str] = set()
    own = [start.parameter for start in program.starts]
    for step in leading:
        reads = set(references((*step.args, *step.kwargs.values())))
        if step.target != DETACH and (any(s.startswith(f"{step.module}.") for s in own) or learnt & reads):
            learnt.add(step.name)
    return leading, frozenset(learnt)


def _update(program: Program, place: int, updater: Updater) -> list[str]:
    """The rule of one optimizer, line by line as its card shows it."""
    if not updater.lines:
        raise ExportError("scratch.rule", name=updater.target)
    memory = [
        symbol
        for symbol in dict.fromkeys(name for _, expression in updater.lines for name in names(expression))
        if symbol in {left for left, _ in updater.lines} and symbol != "w" and _before(updater, symbol)
    ]
    lines = []
    for group in updater.groups:
        settings = constants({**_defaults(updater.target), **updater.kwargs, **group.overrides})
        used = {name for _, expression in _lines(updater, settings) for name in names(expression)}
        given = ", ".join(f"{sign} = {value!r}" for sign, value in settings.items() if sign in used and sign != "η")
        lines.append(f"    for name in {quoting.python(list(group.parameters))}:")
        lines.append(f"        w, d, η = weights[name], gradients[name], rates[{place}]")
        if "lr" in group.overrides:
            lines[-1] = f"        w, d, η = weights[name], gradients[name], {group.overrides['lr']!r}"
        lines += [f"        {part}" for part in given.split(", ") if part]
        for symbol in memory:
            start = _STARTS.get(symbol, 0.0)
            lines.append(f'        {symbol} = memory.get((name, "{symbol}"), {start!r})')
        for symbol, expression in _lines(updater, settings):
            lines.append(f"        {symbol} = {numpy_text(expression, {})}")
        lines += [f'        memory[name, "{symbol}"] = {symbol}' for symbol in memory]
        lines.append("        weights[name] = w")
    return lines


def _defaults(target: str) -> dict[str, Any]:
    """What torch's optimizer takes where it is told nothing."""
    return {name: found.default for name, found in inspect.signature(resolve(target)).parameters.items()}


def _lines(updater: Updater, settings: Mapping[str, float]) -> list[tuple[str, str]]:
    """The rule's lines; without weight decay its term is left out, as on the cards."""
    plain = not settings.get("λ")
    return [(left, "d" if plain and expression == "d + λ*w" else expression) for left, expression in updater.lines]


def _before(updater: Updater, symbol: str) -> bool:
    """Whether a rule reads a value of the last update: before its own line, or in it."""
    for left, expression in updater.lines:
        if symbol in names(expression):
            return True
        if left == symbol:
            return False
    return False


def scratch(program: Program, rates: Sequence[Sequence[float]]) -> str:
    """Return the script; ``rates`` are the learning rates of each updater by epoch.

    Raises:
        ExportError: something in the network is not written out in numpy.
    """
    data = program.data
    if (
        len(program.model.inputs) != 1
        or len(data.targets) != 1
        or data.tokens
        or data.graph
        or data.sides
        or data.balance
    ):
        raise ExportError("scratch.data")
    if program.spares or program.has_own_code or program.patience:
        raise ExportError("scratch.extras")
    leading, learnt = _leading(program)
    printer = Printer(program, learnt)
    for step in leading:
        printer.step(step)
    (x,), (target,) = program.model.inputs, program.data.targets
    loss = program.criterion.outputs[0]
    uses = "\n".join(printer.forward)
    helpers = ""
    if "log_softmax(" in uses:
        helpers += _SOFTMAX
    if "normal_cdf" in uses:
        helpers += _NORMAL
    frozen = set(program.frozen)
    back = [line for line in _in_order(printer.backward) if line.partition('g["')[2].partition('"')[0] not in frozen]
    limits = []
    if (cut := program.clip_value) is not None:
        limits.append(f"    gradients = {{n: np.clip(d, -{cut!r}, {cut!r}) for n, d in gradients.items()}}")
    if program.clip_norm is not None:
        limits += [
            "    norm = np.sqrt(sum((d**2).sum() for d in gradients.values()))",
            f"    gradients = {{n: d * min(1.0, {program.clip_norm!r} / (norm + 1e-6)) for n, d in gradients.items()}}",
        ]
    if program.l1:
        limits.append(f"    gradients = {{n: d + {program.l1!r} * np.sign(weights[n]) for n, d in gradients.items()}}")
    rules = [line for place, updater in enumerate(program.updaters) for line in _update(program, place, updater)]
    return _TEMPLATE.format(
        title=quoting.comment(program.title) or "network",
        epochs=program.epochs,
        batch=program.batch_size,
        shuffle=program.shuffle,
        seed=program.seed,
        rates=_rates(rates),
        helpers=helpers,
        x=x,
        t=target.name,
        forward="\n".join(f"    {line}" for line in printer.forward),
        loss=loss,
        backward="\n".join(f"    {line}" for line in back),
        limits="".join(f"{line}\n" for line in limits),
        rules="\n".join(rules),
        numbers=NUMBERS,
        norms=_NORMS if any(step.target == BATCH_NORM for step in leading) else "",
        script=SCRATCH,
        least=2 if program.couples_samples else 1,
    )


def _rates(rates: Sequence[Sequence[float]]) -> str:
    """The rates by epoch, as one number where they stay."""
    by_epoch = list(zip(*rates, strict=True))
    if len(set(by_epoch)) == 1:
        return f"[{by_epoch[0]!r}] * EPOCHS  # a learning rate for each optimizer, by epoch"
    runs = [(row, len(list(same))) for row, same in groupby(by_epoch)]
    if len(runs) <= MOST_RUNS:
        return " + ".join(f"[{row!r}] * {count}" for row, count in runs) + "  # learning rates by epoch"
    return "None  # a learning rate for each optimizer, by epoch, is in the file beside this one"


_NORMS = """ This is the network in
training: batch norm takes mean and spread of the batch; in use it would take those that PyTorch keeps running."""
_SOFTMAX = '''

def log_softmax(z):
    """The logarithm of e^z as shares of a row; the largest is taken off first, so that no power grows too large."""
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
'''
_NORMAL = '''

def normal_cdf(z):
    """Φ(z): how likely a standard normal number is to be below z."""
    return np.vectorize(lambda number: 0.5 * (1 + math.erf(number / math.sqrt(2))))(z)
'''
_TEMPLATE = '''# {title} - made with NN Studio. Run it with: python {script}
"""The network in numpy alone: forward, backward and update written out.

v are the values on the way to the loss, d their gradients (the derivative of the loss for each), g those of the
weights. Numbers have 64 bits. Rows are drawn in an order of numpy's own.{norms}
"""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np

EPOCHS = {epochs}
BATCH_SIZE = {batch}
SHUFFLE = {shuffle}
SEED = {seed}
RATES = {rates}
{helpers}

def forward(weights, x, t, random=None):
    """The values of a batch, from the input to the loss; dropout only with random numbers."""
    v = SimpleNamespace({x}=x, {t}=t)
{forward}
    return v


def backward(weights, v):
    """The gradient of the loss for every weight: the same steps from the last to the first, by the chain rule."""
    d, g = SimpleNamespace({loss}=1.0), {{}}
{backward}
    return g


def update(weights, gradients, memory, rates, t):
    """Change the weights in place; t is the number of the update, from 1."""
{limits}{rules}


def load():
    """The start weights and the training rows, as they are after scaling."""
    numbers = np.load(Path(__file__).resolve().parent / "{numbers}", allow_pickle=False)
    weights = {{name.removeprefix("w:"): numbers[name].copy() for name in numbers if name.startswith("w:")}}
    return weights, numbers["x"], numbers["t"], numbers["rates"] if RATES is None else RATES


def train():
    """Train for all epochs and return the weights."""
    weights, x, t, rates = load()
    memory, count, random = {{}}, 0, np.random.default_rng(SEED)
    np.seterr(over="ignore")  # e^1000 is ∞, and 1 / ∞ is 0: as it should be
    for epoch in range(EPOCHS):
        order = random.permutation(len(x)) if SHUFFLE else np.arange(len(x))
        total = 0.0
        for start in range(0, len(x), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            if len(rows) < {least}:
                continue
            v = forward(weights, x[rows], t[rows], random)
            g = backward(weights, v)
            count += 1
            update(weights, g, memory, rates[epoch], count)
            total += float(v.{loss}) * len(rows)
        print(f"epoch {{epoch + 1}}/{{EPOCHS}}  train loss {{total / len(x):.6g}}")
    return weights


if __name__ == "__main__":
    train()
'''
