"""Small expressions in Python's notation: worked out on numbers or arrays, and written out with symbols or numbers."""

from __future__ import annotations

import ast
import math
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

# In Python 3.11 two threads that parse at once can fail each other: whoever calls ast.parse holds this.
PARSING = threading.Lock()
# The functions an expression may call, with the number of their arguments.
FUNCTIONS = {
    **dict.fromkeys(("sqrt", "Phi", "exp", "log", "tanh", "sin", "cos", "abs", "sign"), 1),
    **dict.fromkeys(("max", "min"), 2),
}
_SIGNS: dict[type, tuple[str, int]] = {
    ast.Add: (" + ", 1),
    ast.Sub: (" − ", 1),
    ast.Mult: ("·", 2),
    ast.Div: (" / ", 2),
}
_COMPARE = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "≤", ast.GtE: "≥", ast.Eq: "="}
_POWER, _ATOM = 4, 5
_NAMES = {"log": "ln", "Phi": "Φ"}


@cache
def parse(expression: str) -> ast.expr:
    """Read an expression.

    Raises:
        ValueError: it holds something else than numbers, names, + − * / **, comparisons, "a if b else c" and FUNCTIONS.
    """
    with PARSING:
        tree = ast.parse(expression, mode="eval").body
    allowed = (
        ast.BinOp,
        ast.UnaryOp,
        ast.USub,
        ast.Name,
        ast.Load,
        ast.Constant,
        ast.Call,
        ast.IfExp,
        ast.Compare,
        ast.Pow,
        *_SIGNS,
        *_COMPARE,
    )
    for node in ast.walk(tree):
        known = isinstance(node, allowed)
        if isinstance(node, ast.Call):
            known = (
                isinstance(node.func, ast.Name) and FUNCTIONS.get(node.func.id) == len(node.args) and not node.keywords
            )
        elif isinstance(node, ast.Constant):
            known = isinstance(node.value, int | float)
        elif isinstance(node, ast.Compare):
            known = len(node.ops) == 1
        if not known:
            raise ValueError(f"{ast.unparse(node)} has no place in {expression}")
    return tree


def names(expression: str) -> tuple[str, ...]:
    """Return the variables of an expression, each once, in the order of their places."""
    found = [
        (n.col_offset, n.id) for n in ast.walk(parse(expression)) if isinstance(n, ast.Name) and n.id not in FUNCTIONS
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


def evaluate(expression: str, values: Mapping[str, Any], module: Any) -> Any:
    """Work an expression out; ``module`` (numpy) has the functions, so that arrays work as well as numbers."""
    # Φ is the distribution function of the standard normal distribution.
    functions = {
        "max": module.maximum,
        "min": module.minimum,
        "Phi": module.vectorize(lambda z: 0.5 * (1.0 + math.erf(z / math.sqrt(2.0))), otypes=[float]),
    }

    def of(node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.UnaryOp):
            return -of(node.operand)
        if isinstance(node, ast.IfExp):
            return module.where(of(node.test), of(node.body), of(node.orelse))
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            name = node.func.id
            return (functions.get(name) or getattr(module, name))(*(of(arg) for arg in node.args))
        if isinstance(node, ast.Compare):
            left, right = of(node.left), of(node.comparators[0])
            sign = _COMPARE[type(node.ops[0])]
            return {"<": left < right, ">": left > right, "≤": left <= right, "≥": left >= right, "=": left == right}[
                sign
            ]
        assert isinstance(node, ast.BinOp)
        left, right = of(node.left), of(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        return left / right if isinstance(node.op, ast.Div) else left**right

    return of(parse(expression))


def write(expression: str, symbol: Callable[[str], str]) -> str:
    """Write an expression as a formula; ``symbol`` gives what stands for a variable: its sign, or its number."""
    return _text(parse(expression), symbol)[0]


def _text(node: ast.expr, symbol: Callable[[str], str]) -> tuple[str, int]:
    """A part of a formula and how tightly it holds together."""

    def inner(part: ast.expr, least: int) -> str:
        text, level = _text(part, symbol)
        return text if level >= least else f"({text})"

    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int | float)
        return ("½" if node.value == 0.5 else f"{node.value:g}"), _ATOM
    if isinstance(node, ast.Name):
        text = symbol(node.id)
        return (f"({text})" if text.startswith("−") else text), _ATOM
    if isinstance(node, ast.UnaryOp):
        return "−" + inner(node.operand, 2), 1
    if isinstance(node, ast.IfExp):
        test = _text(node.test, symbol)[0]
        return f"({_text(node.body, symbol)[0]} where {test}, else {_text(node.orelse, symbol)[0]})", _ATOM
    if isinstance(node, ast.Compare):
        return f"{_text(node.left, symbol)[0]} {_COMPARE[type(node.ops[0])]} {_text(node.comparators[0], symbol)[0]}", 0
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        # A lone number needs no brackets of its own inside the function's.
        parts = [symbol(arg.id) if isinstance(arg, ast.Name) else _text(arg, symbol)[0] for arg in node.args]
        if node.func.id == "sqrt":
            return f"√({parts[0]})", _ATOM
        if node.func.id == "abs":
            return f"|{parts[0]}|", _ATOM
        if node.func.id == "exp":
            return f"e^({parts[0]})", _ATOM
        return f"{_NAMES.get(node.func.id, node.func.id)}({', '.join(parts)})", _ATOM
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Pow):
        base, power = inner(node.left, _ATOM), _text(node.right, symbol)[0]
        return (f"{base}²" if power == "2" else f"{base}^({power})"), _POWER
    sign, level = _SIGNS[type(node.op)]
    # What follows a minus or stands below a fraction keeps its brackets.
    after = level + (isinstance(node.op, ast.Sub | ast.Div))
    return inner(node.left, level) + sign + inner(node.right, after), level
