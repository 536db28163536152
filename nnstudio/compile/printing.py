"""Print the parts of a Program as Python: blind printers that hold no layer's name.

Script and notebook are made of them.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from nnstudio.catalog.entry import Epochs, GroupRates, Hyperbola, Numbers, Ref, Stream
from nnstudio.catalog.own import OwnCode, code_of, is_own, origin_of, script_name
from nnstudio.compile.files import REPLAY, RUNTIME, SCRIPT, SPARING
from nnstudio.compile.program import ITEM, Graph, Program, Step, Updater, Value
from nnstudio.document import quoting
from nnstudio.document.errors import ExportError
from nnstudio.resources import runtime_source

SHORT = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."))
WIDTH = 110


def short(target: str) -> str:
    """Shorten torch's dotted names as everyone writes them; what an entry brings goes by its own name."""
    if is_own(target):
        return script_name(target)
    for long, brief in SHORT:
        if target.startswith(long):
            return brief + target[len(long) :]
    return target


def expression(value: Any) -> str:
    """Write an argument as Python text."""
    if isinstance(value, Value):
        return value.name
    if isinstance(value, tuple | list):
        return "[" + ", ".join(expression(item) for item in value) + "]"
    return quoting.python(value)


def call_text(target: str, args: list[str], kwargs: Mapping[str, str]) -> str:
    """Write a call on one line."""
    return f"{target}({', '.join([*args, *(f'{key}={value}' for key, value in kwargs.items())])})"


class Writer:
    """Collects lines and remembers whose they are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.nodes: dict[int, str] = {}
        self.steps: dict[str, int] = {}

    def add(self, text: str = "", node: str = "", step: str = "") -> None:
        for number, line in enumerate(text.split("\n")):
            self.lines.append(line.rstrip())
            if node:
                self.nodes[len(self.lines)] = node
            if step and number == 0:
                self.steps[step] = len(self.lines)


def statement(indent: str, left: str, target: str, args: list[str], kwargs: Mapping[str, str]) -> str:
    """Write a call on one line, or on a line for each argument where it is too long."""
    line = f"{indent}{left}{call_text(target, args, kwargs)}"
    if len(line) <= WIDTH:
        return line
    inner = ",\n".join(f"{indent}    {item}" for item in [*args, *(f"{k}={v}" for k, v in kwargs.items())])
    return f"{indent}{left}{target}(\n{inner},\n{indent})"


def step_text(step: Step, owner: str, indent: str) -> str:
    """Write an operation as a statement; ``owner`` is what holds the modules."""
    if step.target == ITEM:
        return f"{indent}{step.name} = {expression(step.args[0])}[{expression(step.args[1])}]"
    target = f"{owner}.{step.module}" if step.module else short(step.target)
    return statement(
        indent,
        f"{step.name} = ",
        target,
        [expression(arg) for arg in step.args],
        {k: expression(v) for k, v in step.kwargs.items()},
    )


# The names that the printed parts of a script define.
_PRINTED = frozenset(
    {
        "Network",
        "criterion",
        "initialize",
        "make_optimizer",
        "make_schedule",
        "load_data",
        "make_model",
        "HERE",
        "DTYPE",
        "EPOCHS",
        "BATCH_SIZE",
        "SHUFFLE",
        "SEED",
        "CLIP_NORM",
        "CLIP_VALUE",
        "L1",
        "WARMUP",
        "PATIENCE",
        "THREADS",
        "COUPLES_SAMPLES",
        "CLASSES",
        "DEVICE",
        "RUN",
    }
)


# What the parts below import themselves; the training functions import more.
OWN_IMPORTS = "import numpy as np\nimport torch\nfrom pathlib import Path\nfrom torch import nn\n"
FUNCTIONAL = "import torch.nn.functional as F\n"


@cache
def reserved_names() -> Mapping[str, str]:
    """Return the names that a script uses itself, and for what: what own files bring has to be called otherwise, or be
    the same.
    """
    found = dict.fromkeys(_PRINTED, SCRIPT)
    for text in (OWN_IMPORTS, FUNCTIONAL, *(runtime_source(name) for name in (*RUNTIME, *REPLAY, *SPARING))):
        for line in text.split("\n"):
            if line.startswith("from nnstudio.") or not line:
                continue
            if line.startswith(("import ", "from ")):
                head, _, names = line.rpartition("import ")
                for name in names.split(", "):
                    single = f"{head}import {name}"
                    found[name.split(" as ")[-1].partition(".")[0]] = origin_of(single)
            elif (defined := re.match(r"(?:def |class )?([A-Za-z_]\w*)", line)) is not None:
                found[defined[1]] = SCRIPT
    return found


def own_code(program: Program) -> OwnCode:
    """Return what a script needs of own files.

    Raises:
        ExportError: a name stands for two things, or the code needs this program.
    """
    code = code_of(program.targets, reserved_names())
    if code.clashes:
        name, file, other = code.clashes[0]
        raise ExportError("own.same_name" if other else "own.reserved", name=name, file=file, other=other)
    if code.loose:
        raise ExportError("own.loose", file=code.loose[0])
    return code


def parameter_text(path: str) -> str:
    """Write a parameter of the model: by its path where that is one in Python, as net.0.weight is not."""
    if all(part.isidentifier() and not keyword.iskeyword(part) for part in path.split(".")):
        return f"model.{path}"
    return f"model.get_parameter({quoting.python(path)})"


def print_network(writer: Writer, program: Program) -> None:
    """Write the class of the network."""
    graph = program.model
    writer.add("class Network(nn.Module):")
    writer.add('    """The network as it was drawn; every layer has the name it has on the canvas."""')
    modules = [step for step in graph.steps if step.module and not step.again]
    owners = {start.parameter: start.node for start in program.starts}
    noted: set[str] = set()
    if modules:
        writer.add("\n    def __init__(self):\n        super().__init__()")
    for step in modules:
        title = quoting.comment(program.titles.get(step.node, ""))
        # A title that has no form as an identifier stays readable beside its line.
        notes = [] if title in ("", step.module) else [title]
        if step.node not in noted:
            # What the student calls them; once for each layer.
            noted.add(step.node)
            units = program.names.units.get(step.node, ())
            weights = next((n for p, n in program.names.weights.items() if owners.get(p) == step.node), ())
            notes += [
                f"{what}: {quoting.comment(', '.join(names))}"
                for what, names in (("neurons", units), ("weights", weights))
                if names
            ]
        note = f"  # {'; '.join(notes)}" if notes else ""
        make = {key: expression(value) for key, value in step.make.items()}
        writer.add(statement("        ", f"self.{step.module} = ", short(step.target), [], make) + note, step.node)
    writer.add(f"\n    def forward({', '.join(['self', *graph.inputs])}):")
    if program.names.inputs:
        writer.add(f"        # inputs: {quoting.comment(', '.join(program.names.inputs))}")
    for step in graph.steps:
        writer.add(step_text(step, "self", "        "), step.node, step.name)
    writer.add(f"        return {', '.join(graph.outputs)}")


def print_criterion(writer: Writer, graph: Graph) -> None:
    """Write the function of the loss."""
    writer.add(f"\n\ndef criterion({', '.join(graph.inputs)}):")
    writer.add('    """Return the loss of a batch, what was said, and the truth."""')
    for step in graph.steps:
        writer.add(step_text(step, "", "    "), step.node, step.name)
    writer.add(f"    return {', '.join(graph.outputs)}")


def print_start(writer: Writer, program: Program) -> None:
    """Write the function that draws the start values."""
    writer.add("\n\n@torch.no_grad()\ndef initialize(model, seed):")
    writer.add('    """Draw every start value from a random stream of its own: (seed, node, parameter)."""')
    for start in program.starts:

        def text(value: Any, start: Any = start) -> str:
            if isinstance(value, Ref):
                return parameter_text(start.parameter)
            if isinstance(value, Stream):
                return f"stream(seed, {quoting.python(start.node)}, {quoting.python(start.stream)})"
            if isinstance(value, Numbers):
                return f"torch.tensor({_nested(value.values)}, dtype=DTYPE)"
            return expression(value)

        writer.add(
            statement(
                "    ",
                "",
                short(start.target),
                [text(arg) for arg in start.args],
                {k: text(v) for k, v in start.kwargs.items()},
            ),
            start.node,
        )
    if not program.starts:
        writer.add("    return")


def _nested(values: Any) -> str:
    return "[" + ", ".join(_nested(v) for v in values) + "]" if isinstance(values, tuple) else quoting.python(values)


def print_optimizer(writer: Writer, program: Program) -> None:
    """Write the function that makes the optimizer."""
    writer.add("\n\ndef make_optimizer(model):")
    if len(program.updaters) == 1:
        writer.add('    """Return the optimizer; layers with settings of their own are groups of their own."""')
    else:
        writer.add('    """Return the optimizers, which step as one; each has layers of its own."""')
        writer.add("    parts = []")
    for updater in program.updaters:
        _groups(writer, updater)
        kwargs = {k: quoting.python(v) for k, v in updater.kwargs.items()}
        if len(program.updaters) == 1:
            writer.add(statement("    ", "return ", script_name(updater.target), ["groups"], kwargs))
        else:
            writer.add(statement("    ", "part = ", script_name(updater.target), ["groups"], kwargs))
            writer.add("    parts.append(part)")
    if len(program.updaters) > 1:
        writer.add("    return Optimizers(parts)")


def print_schedule(writer: Writer, program: Program) -> None:
    """Write the function that makes the schedules."""
    writer.add("\n\ndef make_schedule(optimizer, epochs):")
    writer.add('    """Return the learning-rate schedule, stepped after every epoch; None keeps the rate."""')
    _schedules(writer, program.updaters)


def _schedules(writer: Writer, updaters: tuple[Updater, ...]) -> None:
    # Without a schedule the docstring is the whole body: the function gives None.
    if all(updater.schedule is None for updater in updaters):
        return
    several = len(updaters) > 1
    for number, updater in enumerate(updaters):
        part = f"optimizer.parts[{number}]" if several else "optimizer"
        left = f"schedule_{number} = " if several else "return "
        if updater.schedule is None:
            writer.add(f"    {left}None")
        else:
            writer.add(
                statement(
                    "    ",
                    left,
                    script_name(updater.schedule),
                    [part],
                    {k: _schedule_text(v, part) for k, v in updater.schedule_kwargs.items()},
                )
            )
    if several:
        writer.add(f"    return Schedules([{', '.join(f'schedule_{number}' for number in range(len(updaters)))}])")


def _groups(writer: Writer, updater: Updater) -> None:
    writer.add("    groups = [")
    for group in updater.groups:
        own = "".join(f", {quoting.python(key)}: {quoting.python(value)}" for key, value in group.overrides.items())
        line = f'        {{"params": [{", ".join(parameter_text(path) for path in group.parameters)}]{own}}},'
        if len(line) > WIDTH:
            inner = "\n".join(f"                {parameter_text(path)}," for path in group.parameters)
            rest = "".join(
                f"            {quoting.python(key)}: {quoting.python(value)},\n"
                for key, value in group.overrides.items()
            )
            line = f'        {{\n            "params": [\n{inner}\n            ],\n{rest}        }},'
        writer.add(line)
    writer.add("    ]")


def _schedule_text(value: Any, optimizer: str) -> str:
    if isinstance(value, Epochs):
        return f"epochs + {value.more}" if value.more else "epochs"
    if isinstance(value, GroupRates):
        return f'[{value.share!r} * group["lr"] for group in {optimizer}.param_groups]'
    if isinstance(value, Hyperbola):
        return f"lambda t: {value.scale!r} / ({value.shift!r} + t)"
    return quoting.python(value)
