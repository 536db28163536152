"""A student's expression of two numbers, taken apart into torch operations with the rule of each."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.catalog.arithmetic import parse
from nnstudio.catalog.entry import Call, Ref, Rule
from nnstudio.document.errors import EditError

NAMES = ("x", "y")
# What one number goes through: torch's name, the slope as an expression of z (and a, the result).
_FUNCTIONS = {
    "sqrt": ("torch.sqrt", "1 / (2*a)"),
    "exp": ("torch.exp", "a"),
    "log": ("torch.log", "1 / z"),
    "tanh": ("torch.tanh", "1 - a**2"),
    "sin": ("torch.sin", "cos(z)"),
    "cos": ("torch.cos", "-sin(z)"),
    "abs": ("torch.abs", "sign(z)"),
}
_SIGNS: Mapping[type, str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "·", ast.Div: "/"}
# An expression longer than this is no surface that a student wrote.
MOST_CALLS = 60


@dataclass
class _Writer:
    """Collects the calls of one expression; each value has a name u1, u2, …"""

    calls: list[Call] = field(default_factory=list)

    def add(self, target: str, args: tuple[object, ...], rule: Rule, form: str | None) -> Ref:
        if len(self.calls) >= MOST_CALLS:
            raise EditError("formula.long", high=MOST_CALLS)
        name = f"u{len(self.calls) + 1}"
        self.calls.append(Call(name, target, args, form=form, rule=rule))
        return Ref(name)

    def of(self, node: ast.expr) -> Ref | float:
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)
            return float(node.value)
        if isinstance(node, ast.Name):
            return Ref(f"the_{node.id}")
        if isinstance(node, ast.UnaryOp):
            inner = self.of(node.operand)
            return -inner if isinstance(inner, float) else self.one(inner, "torch.neg", (), "-z", "-1", "−z")
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            return self._function(node.func.id, self.of(node.args[0]))
        assert isinstance(node, ast.BinOp)
        return self._pair(node.op, self.of(node.left), self.of(node.right))

    def one(self, value: Ref, target: str, more: tuple[float, ...], each: str, slope: str, said: str) -> Ref:
        """A call that works on one value alone."""
        rule = Rule(f"a = {said}", (f"f′(z): {slope}", "∂E/∂z = ∂E/∂a ⊙ f′(z)"), each, slope)
        return self.add(target, (value, *more), rule, "elementwise")

    def _function(self, name: str, value: Ref | float) -> Ref | float:
        if isinstance(value, float):
            try:
                return float({"abs": abs}.get(name, getattr(math, name, abs))(value))
            except (ValueError, OverflowError):
                return math.nan
        target, slope = _FUNCTIONS[name]
        return self.one(value, target, (), f"{name}(z)", slope, f"{name}(z)")

    def _pair(self, op: ast.operator, left: Ref | float, right: Ref | float) -> Ref | float:
        if isinstance(left, float) and isinstance(right, float):
            return _folded(op, left, right)
        if isinstance(op, ast.Pow):
            return self._power(left, right)
        sign = _SIGNS[type(op)]
        if isinstance(left, Ref) and isinstance(right, Ref):
            return self._both(sign, left, right)
        if isinstance(left, Ref):
            assert isinstance(right, float)
            c = repr(right)
            if sign in "+−":
                py = "+" if sign == "+" else "-"
                return self.one(
                    left, "torch.add" if py == "+" else "torch.sub", (right,), f"z {py} {c}", "1", f"z {sign} {right:g}"
                )
            if sign == "·":
                return self.one(left, "torch.mul", (right,), f"{c}*z", c, f"{right:g}·z")
            return self.one(left, "torch.div", (right,), f"z / {c}", f"1 / {c}", f"z / {right:g}")
        assert isinstance(right, Ref) and isinstance(left, float)
        c = repr(left)
        if sign == "+":
            return self.one(right, "torch.add", (left,), f"{c} + z", "1", f"{left:g} + z")
        if sign == "·":
            return self.one(right, "torch.mul", (left,), f"{c}*z", c, f"{left:g}·z")
        if sign == "−":
            return self._pair(ast.Add(), self.one(right, "torch.neg", (), "-z", "-1", "−z"), left)
        turned = self.one(right, "torch.reciprocal", (), "1 / z", "-(1 / z**2)", "1/z")
        return self._pair(ast.Mult(), turned, left)

    def _both(self, sign: str, left: Ref, right: Ref) -> Ref:
        if sign == "+":
            return self.add("torch.add", (left, right), Rule("s = p + q", ("∂E/∂p = ∂E/∂s", "∂E/∂q = ∂E/∂s")), "sum")
        if sign == "−":
            return self.add("torch.sub", (left, right), Rule("s = p − q", ("∂E/∂p = ∂E/∂s", "∂E/∂q = −∂E/∂s")), "sum")
        if sign == "·":
            return self.add(
                "torch.mul", (left, right), Rule("s = p·q", ("∂E/∂p = ∂E/∂s·q", "∂E/∂q = ∂E/∂s·p")), "times"
            )
        return self.add("torch.div", (left, right), Rule("s = p/q", ("∂E/∂p = ∂E/∂s / q", "∂E/∂q = −∂E/∂s·p/q²")), None)

    def _power(self, left: Ref | float, right: Ref | float) -> Ref:
        if isinstance(right, Ref):
            raise EditError("formula.power")
        assert isinstance(left, Ref)
        c = repr(right)
        # 0 ** 0 is 1 for the slope of z itself too.
        return self.one(left, "torch.pow", (right,), f"z**{c}", f"{c}*z**{right - 1!r}", f"z^({right:g})")


def _folded(op: ast.operator, left: float, right: float) -> float:
    try:
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Mult):
            return left * right
        return left / right if isinstance(op, ast.Div) else float(left**right)
    except (ArithmeticError, TypeError):
        return math.nan


def written_out(expression: str) -> tuple[Call, ...]:
    """Return the operations of an expression of x and y; the first two calls take them from the input's two columns.

    Raises:
        EditError: it is no such expression, or works out without x and y.
    """
    if len(expression) > 400:
        raise EditError("formula.long", high=MOST_CALLS)
    try:
        tree = parse(expression.strip().replace("^", "**"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise EditError("formula.unreadable", text=expression[:80]) from None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in (_FUNCTIONS if id(node) in called else NAMES):
            raise EditError("formula.name", name=node.id, text=expression[:80])
        if isinstance(node, ast.IfExp | ast.Compare):
            raise EditError("formula.unreadable", text=expression[:80])
    writer = _Writer()
    for place, name in enumerate(NAMES):
        rule = Rule(f"{name} = input {place + 1}", (f"∂E/∂input {place + 1} = ∂E/∂{name}",))
        writer.calls.append(Call(f"the_{name}", "torch.narrow", (Ref("x"), -1, place, 1), rule=rule))
    try:
        found = writer.of(tree)
    except RecursionError:
        raise EditError("formula.long", high=MOST_CALLS) from None
    if isinstance(found, float):
        raise EditError("formula.constant", text=expression[:80])
    if not all(math.isfinite(arg) for call in writer.calls for arg in call.args if isinstance(arg, float)):
        raise EditError("formula.infinite", text=expression[:80])
    if len(writer.calls) == len(NAMES) or writer.calls[-1].out != found.name:
        # The expression is x or y alone.
        writer.add("torch.clone", (found,), Rule("a = z", ("∂E/∂z = ∂E/∂a",)), None)
    return tuple(writer.calls)
