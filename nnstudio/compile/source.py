"""Print a Program as a Python script: a blind printer that holds no layer's name.

The training functions are not written here: their text comes from ``engine/runtime`` as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnstudio.catalog.entry import Epochs, GroupRates, Hyperbola, Numbers, Ref, Stream
from nnstudio.compile.program import Graph, Program, Step, Updater, Value
from nnstudio.compile.resolve import ITEM
from nnstudio.document import quoting

SHORT = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."))
WIDTH = 110


@dataclass(frozen=True)
class Source:
    """The text of a script, and which node each line (from 1) of the network and the loss belongs to."""

    text: str
    nodes: Mapping[int, str]
    steps: Mapping[str, int]


def short(target: str) -> str:
    """Shorten torch's dotted names as everyone writes them."""
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


def runtime_text(sources: list[str]) -> str:
    """Return the functions and classes of the runtime modules: their text below docstring and imports.

    Read by lines, not by :mod:`ast`: in Python 3.11 two threads that parse at once can fail each other, and this
    runs in the compiler's thread as well as in an export.
    """
    parts = []
    for source in sources:
        lines = source.split("\n")
        last_import = max(n for n, line in enumerate(lines) if line.startswith(("import ", "from ")))
        parts.append("\n".join(lines[last_import + 1 :]).strip())
    return "\n\n\n".join(parts) + "\n"


class _Writer:
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


def _statement(indent: str, left: str, target: str, args: list[str], kwargs: Mapping[str, str]) -> str:
    line = f"{indent}{left}{call_text(target, args, kwargs)}"
    if len(line) <= WIDTH:
        return line
    inner = ",\n".join(f"{indent}    {item}" for item in [*args, *(f"{k}={v}" for k, v in kwargs.items())])
    return f"{indent}{left}{target}(\n{inner},\n{indent})"


def _step_text(step: Step, owner: str) -> str:
    indent = "        " if owner else "    "
    if step.target == ITEM:
        return f"{indent}{step.name} = {expression(step.args[0])}[{expression(step.args[1])}]"
    target = f"{owner}.{step.module}" if step.module else short(step.target)
    return _statement(indent, f"{step.name} = ", target, [expression(arg) for arg in step.args],
                      {k: expression(v) for k, v in step.kwargs.items()})


def _network(writer: _Writer, program: Program) -> None:
    graph = program.model
    writer.add("class Network(nn.Module):")
    writer.add('    """The network as it was drawn; every layer has the name it has on the canvas."""')
    modules = [step for step in graph.steps if step.module]
    if modules:
        writer.add("\n    def __init__(self):\n        super().__init__()")
    for step in modules:
        title = quoting.comment(program.titles.get(step.node, ""))
        # A title that has no form as an identifier stays readable beside its line.
        note = "" if title in ("", step.module) else f"  # {title}"
        make = {key: expression(value) for key, value in step.make.items()}
        writer.add(_statement("        ", f"self.{step.module} = ", short(step.target), [], make) + note, step.node)
    writer.add(f"\n    def forward({', '.join(['self', *graph.inputs])}):")
    for step in graph.steps:
        writer.add(_step_text(step, "self"), step.node, step.name)
    writer.add(f"        return {', '.join(graph.outputs)}")


def _criterion(writer: _Writer, graph: Graph) -> None:
    writer.add(f"\n\ndef criterion({', '.join(graph.inputs)}):")
    writer.add('    """Return the loss of a batch, what was said, and the truth."""')
    for step in graph.steps:
        writer.add(_step_text(step, ""), step.node, step.name)
    writer.add(f"    return {', '.join(graph.outputs)}")


def _initialize(writer: _Writer, program: Program) -> None:
    writer.add("\n\n@torch.no_grad()\ndef initialize(model, seed):")
    writer.add('    """Draw every start value from a random stream of its own: (seed, node, parameter)."""')
    for start in program.starts:

        def text(value: Any, start: Any = start) -> str:
            if isinstance(value, Ref):
                return f"model.{start.parameter}"
            if isinstance(value, Stream):
                return f"stream(seed, {quoting.python(start.node)}, {quoting.python(start.stream)})"
            if isinstance(value, Numbers):
                return f"torch.tensor({_nested(value.values)}, dtype=DTYPE)"
            return expression(value)

        writer.add(_statement("    ", "", short(start.target), [text(arg) for arg in start.args],
                              {k: text(v) for k, v in start.kwargs.items()}), start.node)
    if not program.starts:
        writer.add("    return")


def _nested(values: Any) -> str:
    return "[" + ", ".join(_nested(v) for v in values) + "]" if isinstance(values, tuple) else quoting.python(values)


def _optimizer(writer: _Writer, program: Program) -> None:
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
            writer.add(_statement("    ", "return ", updater.target, ["groups"], kwargs))
        else:
            writer.add(_statement("    ", "part = ", updater.target, ["groups"], kwargs))
            writer.add("    parts.append(part)")
    if len(program.updaters) > 1:
        writer.add("    return Optimizers(parts)")
    writer.add("\n\ndef make_schedule(optimizer, epochs):")
    writer.add('    """Return the learning-rate schedule, stepped after every epoch; None keeps the rate."""')
    _schedules(writer, program.updaters)


def _schedules(writer: _Writer, updaters: tuple[Updater, ...]) -> None:
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
            writer.add(_statement("    ", left, updater.schedule, [part], {k: _schedule_text(v, part) for k, v in updater.schedule_kwargs.items()}))
    if several:
        writer.add(f"    return Schedules([{', '.join(f'schedule_{number}' for number in range(len(updaters)))}])")


def _groups(writer: _Writer, updater: Updater) -> None:
    writer.add("    groups = [")
    for group in updater.groups:
        own = "".join(f", {quoting.python(key)}: {quoting.python(value)}" for key, value in group.overrides.items())
        line = f'        {{"params": [{", ".join(f"model.{path}" for path in group.parameters)}]{own}}},'
        if len(line) > WIDTH:
            inner = "\n".join(f"                model.{path}," for path in group.parameters)
            rest = "".join(f"            {quoting.python(key)}: {quoting.python(value)},\n" for key, value in group.overrides.items())
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


def _settings(program: Program, cores: float) -> str:
    data = program.data
    return f"""HERE = Path(__file__).resolve().parent
DTYPE = torch.{program.dtype}
EPOCHS = {program.epochs}
BATCH_SIZE = {program.batch_size}
SHUFFLE = {program.shuffle}
SEED = {program.seed}
CLIP_NORM = {program.clip_norm!r}
CLIP_VALUE = {program.clip_value!r}
L1 = {program.l1!r}
WARMUP = {program.warmup!r}
PATIENCE = {program.patience!r}
CORES = {cores!r}  # share of the cores that a larger network takes, as in the run that was exported
COUPLES_SAMPLES = {program.couples_samples}  # batch norm: a row's result depends on its batch
PARAMETERS = {program.parameters}
CLASSES = {quoting.python(list(data.classes))}
"""


def data_file(program: Program) -> str:
    """The file that lies beside the script: CSV for rows of numbers, arrays for all else."""
    return "data.npz" if program.data.axes or program.data.graph or program.data.tokens else "data.csv"


def _loading(program: Program) -> str:
    file = data_file(program)
    data = program.data
    if file == "data.csv":
        read = f'x, y = read_csv(HERE / "data.csv", targets={1 if data.classes else len(data.target_columns)})'
    else:
        read = f'arrays = np.load(HERE / "{file}", allow_pickle=False)\n    x, y = arrays["x"], arrays["y"]'
    graph = '\n        adjacency=arrays["adjacency"],' if data.graph else ""
    return f'''

def load_data(device):
    """Read {file} beside this script; return the training and the validation part."""
    {read}
    return prepare_data(
        x,
        y,
        validation={data.validation!r},
        split={quoting.python(data.split)},
        split_seed={data.split_seed!r},
        scaling={quoting.python(data.scaling)},
        scale_axis={data.scale_axis!r},
        target_scaling={quoting.python(data.target_scaling)},
        undo={data.undo!r},
        fill={quoting.python(data.fill)},
        tokens={bool(data.tokens)!r},
        classes=len(CLASSES),
        evaluation={program.evaluation!r},
        uses={program.model.inputs!r},
        forms={tuple(target.form for target in data.targets)!r},
        dtype=DTYPE,
        device=device,{graph}
    )


def make_model(seed, device):
    """Return the network with its start weights for a seed."""
    model = Network().to(DTYPE)
    initialize(model, seed)
{"".join(f"    model.{path}.requires_grad_(False)" + chr(10) for path in program.frozen)}    return model.to(device)
'''


MAIN = '''

def main():
    """Train the network from its start weights, or measure the saved ones."""
    parser = argparse.ArgumentParser(description="Train the network that was exported to this script.")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=SEED, help="start weights, shuffling and dropout")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=DEVICE)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--evaluate", action="store_true", help="measure weights.safetensors instead of training")
    parser.add_argument("--save", type=Path, help="write the trained weights to this .safetensors file")
    args = parser.parse_args()

    device = choose_device(args.device)
    prepare_thread(PARAMETERS, CORES)
    data, validation = load_data(device)
    model = make_model(args.seed, device)
    history, updates, samples, restored = [], 0, 0, None
    started = time.perf_counter()
    if args.evaluate:
        model.load_state_dict(load_file(HERE / "weights.safetensors"))
    else:
        optimizer = make_optimizer(model)
        training = train(
            model,
            criterion,
            optimizer,
            make_schedule(optimizer, max(1, args.epochs - WARMUP)),
            data,
            validation,
            epochs=args.epochs,
            batch_size=BATCH_SIZE,
            seed=args.seed,
            shuffle=SHUFFLE,
            limits=Limits(CLIP_NORM, CLIP_VALUE, L1),
            couples_samples=COUPLES_SAMPLES,
            warmup=WARMUP,
            patience=PATIENCE,
        )
        try:
            for event in training:
                if isinstance(event, Update):
                    updates, samples = updates + 1, samples + event.samples
                elif isinstance(event, Restored):
                    restored = event.epoch
                    print(f"the weights of epoch {event.epoch} are back: they were the best", file=sys.stderr)
                else:
                    history.append(epoch_record(event))
                    print(epoch_line(event, args.epochs), file=sys.stderr if args.json else sys.stdout)
        except Diverged as problem:
            sys.exit(f"Training stopped: {problem}. Try a smaller learning rate.")
    result = report(model, criterion, data, validation, history, updates, samples, time.perf_counter() - started,
                    restored)
    if args.save:
        save_file({name: tensor.contiguous().cpu() for name, tensor in model.state_dict().items()}, args.save)
    if args.json:
        print(json.dumps(result))
    else:
        print("final  " + "  ".join(f"{name} {value:.6g}" for name, value in result["final"].items() if value is not None))


if __name__ == "__main__":
    main()
'''

IMPORTS = '''from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
{functional}from safetensors.torch import load_file, save_file
from torch import nn
'''


def write_source(program: Program, runtime: str, journal: tuple[str, ...] = (), cores: float = 1.0) -> Source:
    """Return the script of a program.

    ``runtime`` is :func:`runtime_text` of the training modules; ``journal`` says what was changed by hand
    while the run was going on, and stands as comments at the top; ``cores`` is the share of the cores that it took.
    """
    writer = _Writer()
    middle = _Writer()
    _network(middle, program)
    _criterion(middle, program.criterion)
    _initialize(middle, program)
    _optimizer(middle, program)
    body = "\n".join(middle.lines)
    functional = "import torch.nn.functional as F\n" if "F." in body else ""
    title = quoting.comment(program.title) or "network"
    writer.add(f"# {title} - made with NN Studio. Run it with: python train.py")
    writer.add("# Needs torch, numpy and safetensors. The same seed gives the same numbers on the CPU.")
    for line in journal:
        writer.add(f"# While it ran: {quoting.comment(line)}")
    writer.add(IMPORTS.format(functional=functional).rstrip("\n"))
    writer.add()
    writer.add(_settings(program, cores).rstrip("\n"))
    writer.add(f"DEVICE = {quoting.python(program.device)}")
    writer.add()
    writer.add()
    offset = len(writer.lines)
    writer.lines.extend(middle.lines)
    writer.add(_loading(program).rstrip("\n"))
    writer.add("\n\n# --- training: the same functions that NN Studio runs ---\n")
    writer.add(runtime.rstrip("\n"))
    writer.add(MAIN.rstrip("\n"))
    return Source(
        "\n".join(writer.lines) + "\n",
        {line + offset: node for line, node in middle.nodes.items()},
        {name: line + offset for name, line in middle.steps.items()},
    )
