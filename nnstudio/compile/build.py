"""Print a Program as torch objects: a blind printer that holds no layer's name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import fx

from nnstudio.catalog.entry import Epochs, GroupRates, Hyperbola, Numbers, Ref, Stream
from nnstudio.catalog.own import is_own
from nnstudio.compile.beginning import tensors_of
from nnstudio.compile.program import Graph, Program, Start, Updater, Value
from nnstudio.compile.resolve import NoDefaultRandom, make_module, resolve


def build_graph(graph: Graph, dtype: torch.dtype, device: str = "cpu") -> fx.GraphModule:
    """Return a torch module that runs the graph's steps; parameters are made but not initialized.

    The fx graph is written by hand: symbolic tracing would patch torch.nn.Module for all threads.
    """
    drawn = fx.Graph()
    values: dict[str, fx.Node] = {name: drawn.placeholder(name) for name in graph.inputs}
    modules: dict[str, torch.nn.Module] = {}

    def fill(value: Any) -> Any:
        if isinstance(value, Value):
            return values[value.name]
        return [fill(item) for item in value] if isinstance(value, tuple) else value

    for step in graph.steps:
        args, kwargs = tuple(fill(arg) for arg in step.args), {k: fill(v) for k, v in step.kwargs.items()}
        if step.module:
            if not step.again:
                modules[step.module] = make_module(step.target, step.make, device, dtype)
            node = drawn.create_node("call_module", step.module, args, kwargs, name=step.name)
        else:
            node = drawn.create_node("call_function", resolve(step.target), args, kwargs, name=step.name)
        if node.name != step.name:
            raise ValueError(f"{step.name} cannot be the name of a value")
        values[step.name] = node
    outputs = tuple(values[name] for name in graph.outputs)
    drawn.output(outputs if len(outputs) > 1 else outputs[0])
    drawn.lint()
    return fx.GraphModule(modules, drawn)


def build(program: Program, device: str = "cpu") -> tuple[fx.GraphModule, fx.GraphModule]:
    """Return (model, criterion). The model's parameters wait for :func:`initialize`."""
    dtype = getattr(torch, program.dtype)
    model = build_graph(program.model, dtype, device)
    for path in program.frozen:
        model.get_parameter(path).requires_grad_(False)
    return model, build_graph(program.criterion, dtype, device)


@torch.no_grad()
def initialize(model: torch.nn.Module, program: Program, seed: int, stream: Callable[..., torch.Generator]) -> None:
    """Fill every parameter from its own random stream, named by (seed, node, parameter); then what stands in a file.

    Raises:
        TrainError: that file is not there.
    """
    given = {name for name, _ in program.begun.taken} if program.begun is not None else set()
    for start in program.starts:
        # Each has a stream of its own: what is not drawn changes no other.
        if start.parameter not in given:
            fill_start(model.get_parameter(start.parameter), start, seed, stream)
    if program.begun is not None:
        model.load_state_dict(tensors_of(program.begun), strict=False)


def draw_start(start: Start, seed: int, stream: Callable[..., torch.Generator]) -> torch.Tensor:
    """Return a parameter's start values by themselves, as float32."""
    tensor = torch.empty(start.shape)
    fill_start(tensor, start, seed, stream)
    return tensor


def fill_start(tensor: torch.Tensor, start: Start, seed: int, stream: Callable[..., torch.Generator]) -> None:
    """Fill a tensor with a parameter's start values."""

    def fill(value: Any) -> Any:
        if isinstance(value, Ref):
            return tensor
        if isinstance(value, Stream):
            return stream(seed, start.node, start.stream)
        if isinstance(value, Numbers):
            return torch.tensor(value.values, dtype=tensor.dtype)
        return value

    args, kwargs = [fill(arg) for arg in start.args], {k: fill(v) for k, v in start.kwargs.items()}
    # Own code that does not take the stream it is given draws the same every time, and the gate tells.
    with NoDefaultRandom(fill=True) if is_own(start.target) else contextlib.nullcontext():
        resolve(start.target)(*args, **kwargs)


def make_part(updater: Updater, model: torch.nn.Module) -> torch.optim.Optimizer:
    """Return an updater's optimizer, with one parameter group per set of overrides."""
    groups = [
        {"params": [model.get_parameter(path) for path in group.parameters], **group.overrides}
        for group in updater.groups
    ]
    optimizer: torch.optim.Optimizer = resolve(updater.target)(groups, **updater.kwargs)
    return optimizer


def schedule_of(target: str | None, kwargs: Mapping[str, Any], optimizer: torch.optim.Optimizer, epochs: int) -> Any:
    """Return a scheduler by its dotted name; None without one."""
    if target is None:
        return None

    def fill(value: Any) -> Any:
        if isinstance(value, Epochs):
            return epochs + value.more
        if isinstance(value, GroupRates):
            return [value.share * group["lr"] for group in optimizer.param_groups]
        if isinstance(value, Hyperbola):
            return lambda t: value.scale / (value.shift + t)
        return value

    return resolve(target)(optimizer, **{key: fill(value) for key, value in kwargs.items()})
