"""Each operation in numpy: the line of the way to the loss, and the lines of the way back, by the chain rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnstudio.catalog.arithmetic import PARSING, parse
from nnstudio.compile.program import Program, Step, Value, references
from nnstudio.document.errors import ExportError
from nnstudio.document.text import Text

# What numpy calls the functions of an expression.
_NUMPY = {"max": "np.maximum", "min": "np.minimum", "Phi": "normal_cdf"}
DETACH, BATCH_NORM = "torch.Tensor.detach", "torch.nn.BatchNorm1d"


class _Numpy(ast.NodeTransformer):
    """An expression of one number as one of arrays."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _parsed(self._names.get(node.id, node.id))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        # log(1 + exp(z)) without a power that grows too large.
        match node:
            case ast.Call(
                ast.Name("log"),
                [ast.BinOp(ast.Constant(1), ast.Add(), ast.Call(ast.Name("exp"), [power]))],
            ):
                return ast.Call(ast.Name("np.logaddexp"), [ast.Constant(0), self.visit(power)], [])
        name = _NUMPY.get(node.func.id, f"np.{node.func.id}")
        return ast.Call(ast.Name(name), [self.visit(arg) for arg in node.args], [])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return ast.Call(ast.Name("np.where"), [self.visit(n) for n in (node.test, node.body, node.orelse)], [])


def _parsed(text: str) -> ast.expr:
    with PARSING:
        return ast.parse(text, mode="eval").body


def numpy_text(expression: str, given: Mapping[str, str]) -> str:
    """Return an expression of ``catalog.arithmetic`` in numpy's notation; ``given`` says what stands for its names."""
    tree = _parsed(ast.unparse(parse(expression)))
    return ast.unparse(_Numpy(given).visit(tree))


@dataclass
class Printer:
    """The lines of both ways. A value is ``v.name``, its gradient ``d.name``, a weight ``weights["path"]``."""

    program: Program
    wanted: frozenset[str]
    forward: list[str] = field(default_factory=list)
    # A step's lines are written forwards and put in the reverse order of steps.
    backward: list[list[str]] = field(default_factory=list)

    def step(self, step: Step) -> None:
        """Write one operation.

        Raises:
            ExportError: it has no form in numpy here.
        """
        if step.module:
            way = _MODULES.get(step.target)
        elif step.form == "elementwise" and (step.rule is None or not step.rule.each):
            way = _TARGETS.get(step.target)
        else:
            way = _FORMS.get(step.form or "") or _TARGETS.get(step.target)
        if way is None:
            raise self.unknown(step, step.target)
        lines, back = way(self, step)
        rule = f"  # {step.rule.forward}" if step.rule is not None else ""
        lines[0] += rule if len(lines[0]) + len(rule) < 110 else ""
        self.forward += lines
        self.backward.append(back)

    def unknown(self, step: Step, what: str | Text) -> ExportError:
        """What is raised for something that is not written out."""
        return ExportError("scratch.unknown", name=self.program.titles.get(step.node, step.name), what=what)

    def learns(self, name: str) -> bool:
        """Whether a gradient is wanted of a value."""
        return name in self.wanted


def _v(value: Any) -> str:
    return f"v.{value.name}" if isinstance(value, Value) else repr(value)


def _gather(printer: Printer, name: str, share: str) -> list[str]:
    """A value's gradient is the sum of what its users send."""
    return [f"d.{name} += {share}"] if printer.learns(name) else []


def _operands(step: Step) -> list[str]:
    return [arg.name for arg in step.args if isinstance(arg, Value)]


Lines = tuple[list[str], list[str]]


def _linear(printer: Printer, step: Step) -> Lines:
    (x,), w = _operands(step), f'weights["{step.module}.weight"]'
    if step.form != "weighted_sum":
        raise printer.unknown(step, Text("a row per step"))
    bias = bool(step.make.get("bias", True))
    add = f' + weights["{step.module}.bias"]' if bias else ""
    back = [f'g["{step.module}.weight"] += d.{step.name}.T @ v.{x}']
    if bias:
        back.append(f'g["{step.module}.bias"] += d.{step.name}.sum(axis=0)')
    return [f"v.{step.name} = v.{x} @ {w}.T{add}"], [*back, *_gather(printer, x, f"d.{step.name} @ {w}")]


def _batch_norm(printer: Printer, step: Step) -> Lines:
    (x,), n, m = _operands(step), step.name, step.module
    eps = step.make.get("eps", 1e-5)
    return (
        [
            f"v.{n}_sd = np.sqrt(v.{x}.var(axis=0) + {eps!r})",
            f"v.{n}_hat = (v.{x} - v.{x}.mean(axis=0)) / v.{n}_sd",
            f'v.{n} = weights["{m}.weight"] * v.{n}_hat + weights["{m}.bias"]',
        ],
        [
            f'g["{m}.weight"] += (d.{n} * v.{n}_hat).sum(axis=0)',
            f'g["{m}.bias"] += d.{n}.sum(axis=0)',
            f'inner = d.{n} * weights["{m}.weight"]',
            *_gather(
                printer,
                x,
                f"(inner - inner.mean(axis=0) - v.{n}_hat * (inner * v.{n}_hat).mean(axis=0)) / v.{n}_sd",
            ),
        ],
    )


def _given(step: Step) -> dict[str, str]:
    return {key: repr(value) for key, value in step.kwargs.items() if not any(references((value,)))}


def _elementwise(printer: Printer, step: Step) -> Lines:
    assert step.rule is not None
    z = _operands(step)[0]
    given = {"z": f"v.{z}", "a": f"v.{step.name}", **_given(step)}
    each, slope = numpy_text(step.rule.each, given), numpy_text(step.rule.slope, given)
    back = _gather(printer, z, f"d.{step.name}" if slope == "1" else f"d.{step.name} * ({slope})")
    return [f"v.{step.name} = {each}"], back


def _sum(printer: Printer, step: Step) -> Lines:
    first, second = step.args[:2]
    factor = step.kwargs.get("alpha", 1.0) * (-1.0 if step.target.endswith("sub") else 1.0)
    times = "" if abs(factor) == 1.0 else f"{abs(factor)!r} * "
    sign = "-" if factor < 0 else "+"
    back = [
        line
        for arg, share in ((first, f"d.{step.name}"), (second, f"{'-' if factor < 0 else ''}{times}d.{step.name}"))
        if isinstance(arg, Value)
        for line in _gather(printer, arg.name, share)
    ]
    return [f"v.{step.name} = {_v(first)} {sign} {times}{_v(second)}"], back


def _times(printer: Printer, step: Step) -> Lines:
    first, second = step.args[:2]
    back = [
        line
        for arg, other in ((first, second), (second, first))
        if isinstance(arg, Value)
        for line in _gather(printer, arg.name, f"d.{step.name} * {_v(other)}")
    ]
    return [f"v.{step.name} = {_v(first)} * {_v(second)}"], back


def _total(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    if step.target == "torch.mean" and not step.kwargs and len(step.args) == 1:
        return [f"v.{step.name} = v.{x}.mean()"], _gather(
            printer, x, f"np.full_like(v.{x}, d.{step.name} / v.{x}.size)"
        )
    if step.target == "torch.sum" and dict(step.kwargs) == {"dim": -1}:
        return [f"v.{step.name} = v.{x}.sum(axis=-1)"], _gather(
            printer, x, f"d.{step.name}[..., None] * np.ones_like(v.{x})"
        )
    raise printer.unknown(step, step.target)


def _loss(printer: Printer, step: Step) -> Lines:
    prediction, target = _operands(step)
    assert step.rule is not None
    given = {"a": f"v.{prediction}", "t": f"v.{target}", **_given(step)}
    batch = step.kwargs.get("reduction") == "batchmean"
    each, slope = numpy_text(step.rule.each, given), numpy_text(step.rule.slope, given)
    mean = f"({each}).sum() / len(v.{target})" if batch else f"({each}).mean()"
    count = f"len(v.{target})" if batch else f"v.{prediction}.size"
    return [f"v.{step.name} = {mean}"], _gather(printer, prediction, f"d.{step.name} * ({slope}) / {count}")


def _scores(printer: Printer, step: Step) -> Lines:
    z, t = _operands(step)[:2]
    if step.kwargs or _forms(printer.program) != {t: "index"}:
        raise printer.unknown(step, Text("label smoothing or class weights"))
    n = step.name
    return (
        [
            f"v.{n}_log = log_softmax(v.{z})",
            f"v.{n} = -v.{n}_log[np.arange(len(v.{t})), v.{t}].mean()",
        ],
        [
            f"share = np.exp(v.{n}_log)",
            f"share[np.arange(len(v.{t})), v.{t}] -= 1",
            *_gather(printer, z, f"d.{n} * share / len(v.{t})"),
        ],
    )


def _class(printer: Printer, step: Step) -> Lines:
    a, t = _operands(step)
    n = step.name
    if step.kwargs:
        raise printer.unknown(step, Text("class weights"))
    return (
        [f"v.{n} = -v.{a}[np.arange(len(v.{t})), v.{t}].mean()"],
        [
            f"share = np.zeros_like(v.{a})",
            f"share[np.arange(len(v.{t})), v.{t}] = -1 / len(v.{t})",
            *_gather(printer, a, f"d.{n} * share"),
        ],
    )


def _softmax(printer: Printer, step: Step) -> Lines:
    z, n = _operands(step)[0], step.name
    back = _gather(printer, z, f"v.{n} * (d.{n} - (d.{n} * v.{n}).sum(axis=-1, keepdims=True))")
    return [f"v.{n} = np.exp(log_softmax(v.{z}))"], back


def _log_softmax(printer: Printer, step: Step) -> Lines:
    z, n = _operands(step)[0], step.name
    back = _gather(printer, z, f"d.{n} - np.exp(v.{n}) * d.{n}.sum(axis=-1, keepdims=True)")
    return [f"v.{n} = log_softmax(v.{z})"], back


def _flat(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    back = _gather(printer, x, f"d.{step.name}.reshape(v.{x}.shape)")
    return [f"v.{step.name} = v.{x}.reshape(len(v.{x}), -1)"], back


def _same(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    return [f"v.{step.name} = v.{x}"], _gather(printer, x, f"d.{step.name}")


def _column(printer: Printer, step: Step) -> Lines:
    (x,), place = _operands(step), int(step.args[2])
    if step.args[1:] not in ((-1, place, 1), (1, place, 1)):
        raise printer.unknown(step, step.target)
    back = _gather(printer, x, f"d.{step.name} * (np.arange(v.{x}.shape[1]) == {place})")
    return [f"v.{step.name} = v.{x}[:, {place} : {place + 1}]"], back


def _dropped(printer: Printer, step: Step) -> Lines:
    (x,), n, p = _operands(step), step.name, step.make.get("p", 0.5)
    drawn = f"(random.random(v.{x}.shape) >= {p!r}) / {1 - p!r}"
    return (
        [f"v.{n}_mask = {drawn} if random is not None else 1.0", f"v.{n} = v.{x} * v.{n}_mask"],
        _gather(printer, x, f"d.{n} * v.{n}_mask"),
    )


def _beside(printer: Printer, step: Step) -> Lines:
    parts = [value for arg in step.args if isinstance(arg, tuple | list) for value in arg]
    axis = step.kwargs.get("dim", step.args[1] if len(step.args) > 1 else 0)
    if axis not in (-1, 1) or not all(isinstance(part, Value) for part in parts):
        raise printer.unknown(step, step.target)
    back, before = [], "0"
    for part in parts:
        after = f"{before} + v.{part.name}.shape[1]" if before != "0" else f"v.{part.name}.shape[1]"
        back += _gather(printer, part.name, f"d.{step.name}[:, {before} : {after}]")
        before = after
    return [f"v.{step.name} = np.concatenate([{', '.join(_v(part) for part in parts)}], axis=1)"], back


def _floor(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    return [f"v.{step.name} = np.floor(v.{x})"], _gather(printer, x, f"np.zeros_like(v.{x})")


def _clamp(printer: Printer, step: Step) -> Lines:
    (x,), low, high = _operands(step), step.args[1], step.args[2]
    back = _gather(printer, x, f"d.{step.name} * ((v.{x} > {low!r}) & (v.{x} < {high!r}))")
    return [f"v.{step.name} = np.clip(v.{x}, {low!r}, {high!r})"], back


def _relu(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    return [f"v.{step.name} = np.maximum(0, v.{x})"], _gather(printer, x, f"d.{step.name} * (v.{x} > 0)")


def _detached(printer: Printer, step: Step) -> Lines:
    (x,) = _operands(step)
    return [f"v.{step.name} = v.{x}"], []


def _quotient(printer: Printer, step: Step) -> Lines:
    first, second = _operands(step)
    back = _gather(printer, first, f"d.{step.name} / v.{second}")
    back += _gather(printer, second, f"-d.{step.name} * v.{step.name} / v.{second}")
    return [f"v.{step.name} = v.{first} / v.{second}"], back


_FORMS: Mapping[str, Callable[[Printer, Step], Lines]] = {
    "elementwise": _elementwise,
    "sum": _sum,
    "times": _times,
    "total": _total,
    "loss": _loss,
    "score_loss": _scores,
    "class_loss": _class,
}
_TARGETS: Mapping[str, Callable[[Printer, Step], Lines]] = {
    "torch.softmax": _softmax,
    "torch.log_softmax": _log_softmax,
    "torch.flatten": _flat,
    "torch.clone": _same,
    "torch.narrow": _column,
    "torch.div": _quotient,
    "torch.floor": _floor,
    "torch.relu": _relu,
    "torch.clamp": _clamp,
    "torch.nn.functional.hardtanh": _clamp,
    DETACH: _detached,
    "torch.add": _sum,
    "torch.sub": _sum,
    "torch.mul": _times,
    "torch.cat": _beside,
}


_MODULES: Mapping[str, Callable[[Printer, Step], Lines]] = {
    "torch.nn.Linear": _linear,
    BATCH_NORM: _batch_norm,
    "torch.nn.Dropout": _dropped,
}


def _forms(program: Program) -> dict[str, str]:
    return {target.name: target.form for target in program.data.targets}
