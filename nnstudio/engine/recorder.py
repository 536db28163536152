"""Run a graph and keep every named value: the executor with one hook changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch import fx


class Recorder(fx.Interpreter):
    """Runs a built graph; ``seen`` holds each value by its step's name, with its gradient retained.

    A value that several operations use is handed to each of them through a door of its own: the gradient that comes
    back through a door is that path's share (``doors``, by value, then by the operation that used it).
    """

    def __init__(self, module: fx.GraphModule, *, retain: bool = True, shared: frozenset[str] = frozenset()) -> None:
        super().__init__(module, garbage_collect_values=False)
        self.seen: dict[str, torch.Tensor] = {}
        self.doors: dict[str, list[tuple[str, torch.Tensor]]] = {}
        self._retain = retain
        self._shared = shared if retain else frozenset()

    def run(self, *args: Any, initial_env: dict[fx.Node, Any] | None = None, enable_io_processing: bool = True) -> Any:
        # As the base class does, without its bar of progress and its processing of inputs, which graphs made by hand
        # lack.
        self.env, self.args_iter = initial_env or {}, iter(args)
        for node in self.graph.nodes:
            self.env[node] = self.run_node(node)
        return self.env[node]

    def run_node(self, n: fx.Node) -> Any:
        # As the base class does, without what it notes down for error messages and tracing.
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        result = getattr(self, n.op)(n.target, args, kwargs)
        value = result[0] if isinstance(result, tuple) and n.op != "output" else result
        if isinstance(value, torch.Tensor) and n.op != "output":
            if self._retain and value.requires_grad and not value.is_leaf:
                value.retain_grad()
            self.seen[n.name] = value
        return result

    def fetch_args_kwargs_from_env(self, n: fx.Node) -> Any:
        args, kwargs = super().fetch_args_kwargs_from_env(n)
        names = [a.name for a in n.all_input_nodes if a.name in self._shared]
        if not names or n.op == "output":
            return args, kwargs
        mine = {id(self.env[a]): a.name for a in n.all_input_nodes if a.name in names}

        def through_door(value: Any) -> Any:
            if isinstance(value, tuple | list):
                return type(value)(through_door(item) for item in value)
            if id(value) not in mine or not isinstance(value, torch.Tensor) or not value.requires_grad:
                return value
            door = value.view_as(value)
            door.retain_grad()
            self.doors.setdefault(mine[id(value)], []).append((n.name, door))
            return door

        return through_door(args), {key: through_door(value) for key, value in kwargs.items()}


def used_often(*modules: fx.GraphModule) -> frozenset[str]:
    """The names of values that more than one operation uses, or one operation twice, in graphs that follow each
    other.
    """
    uses: Counter[str] = Counter()
    for module in modules:
        for node in module.graph.nodes:
            if node.op != "output":
                fx.node.map_arg((node.args, node.kwargs), lambda a: uses.update((a.name,)))
    return frozenset(name for name, count in uses.items() if count > 1)


def run_recorded(
    model: fx.GraphModule,
    criterion: fx.GraphModule,
    inputs: tuple[torch.Tensor, ...],
    targets: tuple[torch.Tensor, ...],
    *,
    retain: bool = True,
    doors: dict[str, list[tuple[str, torch.Tensor]]] | None = None,
    shared: frozenset[str] = frozenset(),
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Run model and criterion; returns the loss and every value by name, and fills ``doors`` for the ``shared``
    values.
    """
    first = Recorder(model, retain=retain, shared=shared)
    outputs = first.run(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    second = Recorder(criterion, retain=retain, shared=shared)
    result = second.run(*outputs, *targets)
    loss = result[0] if isinstance(result, tuple) else result
    if doors is not None:
        for recorder in (first, second):
            for name, found in recorder.doors.items():
                doors.setdefault(name, []).extend(found)
    return loss, {**second.seen, **first.seen}
