"""A step as a Jupyter notebook that computes every number with PyTorch and asserts that it is the recorded one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.compile.printing import Writer, own_code, print_network, print_optimizer, step_text
from nnstudio.compile.program import Program
from nnstudio.compile.source import runtime_text
from nnstudio.document import quoting
from nnstudio.document.disk import write_atomically
from nnstudio.document.text import message, render
from nnstudio.engine.trace import Array, Trace
from nnstudio.explain.printed import card_markdown, cards_of
from nnstudio.resources import runtime_source

# Longer tensors are written as text that no one reads, but everyone can copy.
READABLE = 64
HELPERS = '''import base64

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

TOLERANCE = {tolerance}


def numbers(text, dtype, shape):
    """Numbers that are too many to be read."""
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype=dtype).reshape(shape).copy())


def check(name, found, recorded):
    """Fail unless the numbers are those that were recorded."""
    torch.testing.assert_close(found.detach(), recorded.to(found.dtype), rtol=TOLERANCE, atol=TOLERANCE)
    print(name, "✓")


def first(value):
    """The first of several results."""
    return value[0] if isinstance(value, tuple) else value


def check_value(name, value, recorded):
    """Check a result, and keep its gradient for later."""
    value = first(value)
    if value.requires_grad and not value.is_leaf:
        value.retain_grad()
    check(name, value, recorded)'''


def tensor_text(array: Array) -> str:
    """Write a tensor as Python: readable when it is short."""
    if array.size <= READABLE and array.dtype.kind != "b":
        kind = {"f4": "float32", "f8": "float64", "i8": "int64"}.get(array.dtype.str[1:], "")
        if kind and np.isfinite(array).all():
            return f"torch.tensor({array.tolist()!r}, dtype=torch.{kind})"
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return f"numbers({data!r}, {array.dtype.str!r}, {array.shape!r})"


def _parameter(path: str) -> str:
    return f"model.get_parameter({quoting.python(path)})"


def notebook(program: Program, trace: Trace, language: str = "en") -> dict[str, Any]:
    """Return the notebook (nbformat 4.5) of a recorded step.

    Random layers (dropout in training) are replayed from the recorded state of the generator.
    """
    assert trace.origin is not None
    origin = trace.origin
    cells: list[dict[str, Any]] = []

    def say(key: str, **args: Any) -> None:
        cells.append(_cell("markdown", render(message(key, **args), language), len(cells)))

    def code(*lines: str) -> None:
        cells.append(_cell("code", "\n".join(lines), len(cells)))

    cards = {
        (moment.phase, moment.parameter or moment.step): found for moment, found in cards_of(trace, language=language)
    }

    def card(phase: str, name: str) -> None:
        found = cards.get((phase, name))
        if found is not None:
            cells.append(_cell("markdown", card_markdown(found), len(cells)))

    say(
        "notebook.title",
        name=quoting.markdown(program.title) or "NN Studio",
        rows=", ".join(str(row) for row in trace.rows[:20]),
    )
    code(HELPERS.format(tolerance=1e-9 if program.dtype == "float64" else 1e-4))
    say("notebook.start")
    own = own_code(program)
    if own.text or own.imports:
        code(*own.imports, "", "", own.text)
    code(
        f"torch.set_default_dtype(torch.{program.dtype})",
        *_printed(print_network, program),
        "",
        "",
        "model = Network()",
        f"model.train({origin.training})",
    )
    code(
        "model.load_state_dict({",
        *(f"    {quoting.python(name)}: {tensor_text(array)}," for name, array in origin.state.items()),
        "})",
        *(f"{_parameter(path)}.requires_grad_(False)" for path in program.frozen),
    )
    say("notebook.data")
    names = [*program.model.inputs]
    code(
        *(
            f"{name} = {tensor_text(array)}" + (".requires_grad_()" if array.dtype.kind == "f" else "")
            for name, array in zip(names, origin.inputs, strict=True)
        ),
        *(
            f"{target.name} = {tensor_text(array)}"
            for target, array in zip(program.data.targets, origin.targets, strict=True)
        ),
        f"torch.set_rng_state({tensor_text(origin.random)})",
    )
    for phase, graph in (("forward", program.model), ("loss", program.criterion)):
        say(f"notebook.{phase}")
        for step in graph.steps:
            card(phase, step.name)
            lines = [step_text(step, "model", "")]
            if step.name in trace.values:
                lines.append(
                    f"check_value({quoting.python(step.name)}, {step.name}, {tensor_text(trace.values[step.name])})"
                )
            code(*lines)
    loss = program.criterion.outputs[0]
    say("notebook.backward", loss=f"{trace.loss:.8g}")
    code(f"{loss}.backward()")
    for name in reversed([n for n in trace.gradients if n not in names]):
        card("backward", name)
        code(f"check({quoting.python('dE/d' + name)}, first({name}).grad, {tensor_text(trace.gradients[name])})")
    used = {path: record for path, record in trace.parameters.items() if record.gradient is not None}
    for path, record in used.items():
        assert record.gradient is not None
        card("backward", path)
        code(f"check({quoting.python('dE/d' + path)}, {_parameter(path)}.grad, {tensor_text(record.gradient)})")
    say("notebook.update", rule="  ".join(dict.fromkeys(updater.rule for updater in program.updaters)))
    if len(program.updaters) > 1:
        code("from typing import Any", "", runtime_text([runtime_source("together")]).rstrip("\n"))
    code(*_printed(print_optimizer, program), "", "", "optimizer = make_optimizer(model)", *_memory(origin.optimizer))
    code(
        *(
            [f"torch.nn.utils.clip_grad_value_(model.parameters(), {program.clip_value!r})"]
            if program.clip_value is not None
            else []
        ),
        *(
            [f"torch.nn.utils.clip_grad_norm_(model.parameters(), {program.clip_norm!r})"]
            if program.clip_norm is not None
            else []
        ),
        *(
            [
                "with torch.no_grad():\n    for p in model.parameters():\n        if p.grad is not None:\n            "
                f"p.grad.add_(p.sign(), alpha={program.l1!r})"
            ]
            if program.l1
            else []
        ),
        "optimizer.step()",
    )
    for path, record in used.items():
        card("update", path)
        code(f"check({quoting.python(path)}, {_parameter(path)}, {tensor_text(record.new)})")
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write_notebook(path: Path, program: Program, trace: Trace, language: str = "en") -> None:
    """Write the notebook of a step.

    Raises:
        ProjectFileError: the file cannot be written.
    """
    write_atomically(path, json.dumps(notebook(program, trace, language), ensure_ascii=False, indent=1).encode("utf-8"))


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def _printed(part: Callable[[Writer, Program], None], program: Program) -> list[str]:
    """The lines of a part of the script."""
    writer = Writer()
    part(writer, program)
    return "\n".join(writer.lines).strip("\n").split("\n")


def _memory(state: Any) -> list[str]:
    """Lines that give the optimizer the memory it had, and the learning rates."""
    lines = [
        f"for group, lr in zip(optimizer.param_groups, {[float(group['lr']) for group in state['param_groups']]!r}):",
        '    group["lr"] = lr',
    ]
    if not state["state"]:
        return lines
    lines.append("memory = optimizer.state_dict()")
    for number, memory in state["state"].items():
        inside = ", ".join(
            f"{quoting.python(key)}: {tensor_text(v) if isinstance(v, np.ndarray) else quoting.python(v)}"
            for key, v in memory.items()
        )
        lines.append(f'memory["state"][{quoting.python(number)}] = {{{inside}}}')
    return [*lines, "optimizer.load_state_dict(memory)"]
