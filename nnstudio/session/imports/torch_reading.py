"""What is known of a module while it is told in operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import fx, nn

from nnstudio.session.imports.draft import GIVEN, Draft, Operation
from nnstudio.session.imports.torch_trace import Form


class Reading:
    """A module that was followed; ``values`` are those of the draft that stand for what its operations give."""

    def __init__(self, draft: Draft, module: nn.Module, graph: fx.Graph, seen: Mapping[str, Any]) -> None:
        self.draft, self.modules = draft, dict(module.named_modules())
        self.graph, self.seen = graph, seen
        self.values: dict[str, str] = {}
        # Results of recurrent layers: the states of all steps, then those after the last one.
        self.recurrent: dict[str, str] = {}
        # The nodes that each module became where it was first used.
        self._made: dict[str, list[str]] = {}

    def _plain(self, value: Any) -> Any:
        """An argument as it was when the module ran."""
        if isinstance(value, fx.Node):
            return self.seen[value.name]
        return tuple(self._plain(part) for part in value) if isinstance(value, list | tuple) else value

    def _shape(self, node: Any) -> tuple[int, ...]:
        found = self.seen.get(node.name) if isinstance(node, fx.Node) else None
        return found.shape if isinstance(found, Form) else ()

    def _own(self, value: Any) -> bool:
        """Whether a value is a tensor that no layer of the network holds."""
        return isinstance(value, fx.Node) and value.op == "get_attr"

    def _lost(self, node: Any) -> bool:
        """Whether a value cannot be had, which is noted."""
        return False

    def _value(self, node: Any) -> str:
        if self._lost(node):
            return GIVEN
        if self._own(node):
            self.draft.refuse(str(node.target), "parameter", "import.why.own_tensor")
        return self.values.get(node.name, GIVEN) if isinstance(node, fx.Node) else GIVEN

    def _pass(self, node: fx.Node) -> None:
        """The value is the first that goes in."""
        first = next((arg for arg in node.args if isinstance(arg, fx.Node) and arg.name in self.values), None)
        self.values[node.name] = self._value(first)

    def _refuse(self, node: fx.Node, name: str, why: str) -> None:
        self.draft.refuse(self._where(node), name, why)
        self._pass(node)

    def _where(self, node: fx.Node) -> str:
        """What an operation is called: a module's path, or the path of the module that calls a function."""
        if node.op == "call_module":
            return str(node.target)
        stack = node.meta.get("nn_module_stack") or {}
        path = next(reversed(list(stack)), "") if stack else ""
        return f"{path}.{node.name}" if path else node.name

    def _add(
        self,
        node: fx.Node,
        target: str,
        arguments: Mapping[str, Any] | None = None,
        tensors: Mapping[str, np.ndarray] | None = None,
        inputs: tuple[str, ...] | None = None,
    ) -> None:
        given = inputs if inputs is not None else (self._value(node.args[0]),)
        self.values[node.name] = self.draft.add(
            Operation(target, self._where(node), given, arguments or {}, tensors or {})
        )
