"""One place of one moment, and how its numbers are written: what the cards are made with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import write
from nnstudio.catalog.plugins import anything_brought
from nnstudio.document.numbers import number
from nnstudio.document.text import Said, concat, joined, phrase
from nnstudio.engine.trace import Moment, StepRecord, Trace, unit_count

MAX_TERMS = 12
# Single precision adds up thousands of terms as closely as this.
CLOSE = 1e-3
# What fits into the side panel.
MAX_ROWS, MAX_COLUMNS = 8, 5


@dataclass(frozen=True)
class Matrix:
    """A small table of numbers with its name; ``left_out`` counts rows and columns that are not shown, ``lit`` is a
    cell.
    """

    title: Said
    numbers: np.ndarray
    left_out: tuple[int, int] = (0, 0)
    lit: tuple[int, int] | None = None


@dataclass(frozen=True)
class Curve:
    """A function to be drawn with its slope at a place: points of f and f′, and where the step stands."""

    name: str
    x: np.ndarray
    f: np.ndarray
    slope: np.ndarray
    at: tuple[float, float, float]


@dataclass
class Look:
    """A moment, the unit that is looked at and the place in it; collects what the card will say."""

    trace: Trace
    moment: Moment
    unit: int
    place: int
    lines: list[Said] = field(default_factory=list)
    facts: list[tuple[Said, float]] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    # The rule for this very number, in the names of what takes part.
    rules: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    curve: Curve | None = None
    words: Said = ""
    result: float = float("nan")
    result_name: str = ""
    handed: str = ""

    @property
    def step(self) -> StepRecord:
        """The operation that is looked at."""
        return self.trace.steps[self.moment.step]

    def sample(self, name: str, array: np.ndarray) -> np.ndarray:
        """The shown sample's share of an array; a single number has one axis."""
        return np.atleast_1d(self.trace.of_sample(name, array))

    def value(self, name: str) -> np.ndarray:
        """A value of the shown sample."""
        return self.sample(name, self.trace.values[name])

    def gradient(self, name: str) -> np.ndarray | None:
        """The gradient of a value, for the shown sample."""
        found = self.trace.gradients.get(name)
        return None if found is None else self.sample(name, found)

    def input(self, number_: int = 0) -> np.ndarray:
        """A value that came in."""
        return self.value(self.step.inputs[number_])

    @property
    def out(self) -> np.ndarray:
        """What came out."""
        return self.value(self.step.name)

    @property
    def index(self) -> tuple[int, ...]:
        """Where the looked-at number stands in the sample's output."""
        shape = self.out.shape
        inner = int(np.prod(shape[1:]))
        flat = min(self.unit * inner + min(self.place, inner - 1), self.out.size - 1)
        return tuple(int(i) for i in np.unravel_index(flat, shape))

    @property
    def flat(self) -> int:
        """The same place, counted through."""
        return int(np.ravel_multi_index(self.index, self.out.shape))

    def parameter(self, name: str) -> np.ndarray | None:
        """A parameter of the operation by its own name."""
        for path in self.step.parameters:
            if self.trace.parameters[path].name == name:
                return self.trace.parameters[path].old
        return None

    def gives(self, name: str, value: float, handed: str = "") -> None:
        """Say what the card's result is; ``handed`` names the value whose gradient it is, where that can be checked."""
        self.result_name, self.result, self.handed = name, float(value), handed

    def say(self, line: Said) -> None:
        """Add a line of numbers."""
        self.lines.append(line)

    def fact(self, name: Said, value: float) -> None:
        """Add a figure that is shown with all its digits."""
        self.facts.append((name, float(value)))


def look_at(trace: Trace, moment: Moment, unit: int | None, place: int | None) -> Look:
    """Look at a unit of a moment (its own, or else the first) and, in it, at a place (or at the greatest number)."""
    count = unit_count(trace, moment)
    chosen = max(0, moment.unit) if unit is None else unit
    chosen = min(max(chosen, 0), count - 1)
    look = Look(trace, moment, chosen, place or 0)
    if place is None and not moment.parameter:
        numbers = look.gradient(moment.step) if moment.phase == "backward" else look.out
        numbers = look.out if numbers is None else numbers
        if numbers.ndim > 1:
            look.place = int(np.argmax(np.nan_to_num(np.abs(numbers[chosen].astype(float))).reshape(-1)))
    return look


def sub(index: int | tuple[int, ...]) -> str:
    """Write a place, counted from 1, as small digits below the line."""
    if isinstance(index, tuple):
        return ("" if len(index) < 3 and all(i < 9 for i in index) else ",").join(sub(i) for i in index)
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(index + 1))


def short(name: str) -> str:
    """What a parameter is called in formulas."""
    return {"weight": "w", "bias": "b"}.get(name, name)


def factor(value: float) -> str:
    """Write a number as a factor: a negative one in brackets."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def matrix(title: Said, array: np.ndarray, lit: tuple[int, int] | None = None) -> Matrix:
    """A table of an array's first rows and columns; around the lit cell where it lies further in."""
    table = np.atleast_2d(array)
    table = table.reshape(len(table), -1)
    starts = [0, 0]
    if lit is not None:
        starts = [
            max(0, min(lit[axis] - most // 2, table.shape[axis] - most))
            for axis, most in enumerate((MAX_ROWS, MAX_COLUMNS))
        ]
        lit = (lit[0] - starts[0], lit[1] - starts[1])
    shown = table[starts[0] : starts[0] + MAX_ROWS, starts[1] : starts[1] + MAX_COLUMNS]
    return Matrix(title, shown, (len(table) - len(shown), table.shape[1] - shown.shape[1]), lit)


def listed(name: str, numbers: np.ndarray) -> str:
    """Write a few numbers with their name."""
    flat = np.atleast_1d(numbers).reshape(-1)
    shown = ", ".join(number(float(v)) for v in flat[:MAX_TERMS])
    more = f", … ({flat.size:,})" if flat.size > MAX_TERMS else ""
    return f"{name} = ({shown}{more})" if flat.size > 1 else f"{name} = {shown}"


def sum_lines(left: str, pairs: list[tuple[float, float]], bias: float | None, total: float) -> list[Said]:
    """Write a weighted sum out: products of the largest share alone when there are many, and what the others add up
    to.
    """
    order = list(range(len(pairs)))
    if len(pairs) > MAX_TERMS:
        order = sorted(np.argsort([-abs(a * b) for a, b in pairs])[:MAX_TERMS])
    terms: list[Said] = [f"{factor(pairs[i][0])}·{factor(pairs[i][1])}" for i in order]
    products = [a * b for a, b in pairs]
    must_agree(sum(products) + (bias or 0.0), total, max(map(abs, products), default=0.0))
    rest = sum(products) - sum(products[i] for i in order)
    if len(pairs) > MAX_TERMS:
        terms.append(phrase("{count} smaller ones: {value}", count=len(pairs) - MAX_TERMS, value=number(rest)))
    tail = "" if bias is None else f" + {factor(bias)}"
    lines: list[Said] = [concat(f"{left} = ", joined(terms, " + "), tail)]
    shown = [factor(products[i]) for i in order]
    if len(pairs) > MAX_TERMS:
        shown.append(factor(rest))
    if len(shown) > 1:
        lines.append("= " + " + ".join(shown) + tail)
    return lines


def must_agree(written: float, recorded: float, largest: float = 0.0) -> None:
    """What is written out is what was recorded. A call of an own file may mean something else than its form says.

    ``largest`` is the largest term of a sum, which decides what rounding may make.

    Raises:
        ValueError: it is not, and there are own files; that those which ship agree is tested.
    """
    if not anything_brought() or not math.isfinite(written - recorded):
        return
    if abs(written - recorded) > CLOSE * max(abs(recorded), largest, 1e-30):
        raise ValueError(f"{written} is written for {recorded}")


def plus(terms: list[float]) -> str:
    """Write numbers as a sum."""
    return " + ".join(factor(term) for term in terms)


def title_of(look: Look, node: str) -> str:
    """The student's name of a node."""
    return look.trace.titles.get(node, node)


def weights_of(look: Look, step: StepRecord) -> tuple[np.ndarray, np.ndarray | None]:
    """Weight (out, in) and bias of a weighted sum, from its module or from its arguments."""
    by_name = {look.trace.parameters[path].name: look.trace.parameters[path].old for path in step.parameters}
    if "weight" in by_name:
        return by_name["weight"], by_name.get("bias")
    return look.trace.values[step.inputs[1]], look.trace.values[step.inputs[2]] if len(step.inputs) > 2 else None


def constants_of(step: StepRecord) -> Mapping[str, Any]:
    """The arguments of a call that are plain numbers, by name."""
    return {
        name: value
        for name, value in step.options.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def with_numbers(expression: str, values: Mapping[str, float]) -> str:
    """Write an expression with numbers for its variables."""
    return write(expression, lambda name: number(float(values[name])))


def sent_back(look: Look, number_: int) -> np.ndarray | None:
    """What an operation sent back to one of its inputs: its own share where others used the value too."""
    name = look.step.inputs[number_]
    for user, share in look.trace.shares.get(name, ()):
        if user == look.step.name:
            return look.sample(name, share).reshape(-1).astype(float)
    found = look.gradient(name)
    return None if found is None else found.reshape(-1).astype(float)
