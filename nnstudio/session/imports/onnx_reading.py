"""What is known of an ONNX graph while it is read, and how an operator is told to a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.session.imports.draft import Draft, Operation
from nnstudio.session.imports.onnx_attention import Wholes
from nnstudio.session.imports.onnx_values import (
    FIRST,
    STEPS,
    Value,
)
from nnstudio.session.imports.onnx_wholes import Found


class Reading:
    """What is known of a graph while it is read. ``constants`` grow by what is worked out beforehand."""

    def __init__(
        self,
        draft: Draft,
        values: dict[str, Value],
        constants: dict[str, np.ndarray],
        shapes: Mapping[str, tuple[int, ...]],
        uses: Mapping[str, int],
        version: int,
    ) -> None:
        # The set of operators that the file is written in.
        self.version = version
        self.draft, self.values, self.constants, self.shapes, self.uses = draft, values, constants, shapes, uses
        # What was put together again, by what each of its operators gives.
        self.wholes: dict[str, Found] = {}
        self._together: Wholes | None = None
        # Which node first had the tensors of an operator.
        self._made: dict[tuple[str, ...], str] = {}

    def _shape(self, name: str) -> tuple[int, ...]:
        return self.shapes.get(name, ())

    def _where(self, node: Any) -> str:
        """What an operator is called: after its weights, whose names are those of the modules that had them, else as it
        is called itself, in the part that it is said to be of.
        """
        names = list(node.input[1:])
        if node.op_type == "MatMul" and self._together is not None:
            # Its bias is added by the next operator.
            names += self._together.added(node.output[0])
        for name in names:
            part, dot, end = name.rpartition(".")
            if dot and end in ("weight", "bias") and name in self.constants:
                return str(part)
        plain = str(node.name or node.op_type).strip("/").replace("/", ".").removeprefix("node_")
        scopes = next((p.value for p in node.metadata_props if p.key.endswith("name_scopes")), "")
        parts = re.findall(r"'([^']*)'", scopes)[:-1]
        return f"{parts[-1]}.{plain}" if parts and parts[-1] else plain

    def _constant(self, node: Any, place: int) -> np.ndarray:
        name = node.input[place] if len(node.input) > place else ""
        if name not in self.constants:
            raise Unfit("import.why.computed")
        return self.constants[name]

    def _value(self, node: Any) -> str:
        """The value that goes in, samples first."""
        return self._first(next(name for name in node.input if name in self.values))

    def _values(self, node: Any) -> tuple[str, ...]:
        return tuple(self._first(name) for name in node.input if name)

    def _first(self, name: str) -> str:
        if name not in self.values:
            raise Unfit(f"{name} is not computed")
        if self.values[name].form != FIRST:
            raise Unfit("import.why.steps_first")
        return self.values[name].node

    def _along(self, node: Any) -> Value:
        """The value that goes into what does the same at every place, however samples and steps stand."""
        name = next(name for name in node.input if name in self.values)
        given = self.values[name]
        return given if given.form == STEPS and len(self._shape(name)) == 3 else Value(self._first(name))

    def _add(
        self,
        node: Any,
        target: str,
        arguments: Mapping[str, Any] | None = None,
        tensors: Mapping[str, np.ndarray] | None = None,
        inputs: tuple[str, ...] | None = None,
        form: str = FIRST,
    ) -> None:
        given = inputs if inputs is not None else (self._value(node),)
        value = self.draft.add(Operation(target, self._where(node), given, arguments or {}, tensors or {}))
        if tensors:
            self._shared(value, target, tuple(name for name in node.input if name in self.constants))
        self._give(node, value, form)

    def _shared(self, value: str, target: str, held: tuple[str, ...]) -> None:
        """Tensors that two operators take are those of one layer."""
        first = self._made.setdefault((target, *held), value) if held else value
        if first != value:
            self.draft.node(value).share(first)

    def _extra(self, node: Any, end: str, target: str, value: str, arguments: Mapping[str, Any] | None = None) -> str:
        part, dot, _ = self._where(node).rpartition(".")
        return self.draft.add(Operation(target, f"{part}{dot}{end}", (value,), arguments or {}))

    def _give(self, node: Any, value: str, form: str = FIRST) -> None:
        self.values[node.output[0]] = Value(value, form)

    def _unknown(self, node: Any, why: str) -> None:
        """Note what is not brought in; what goes in goes on, so that the rest is told of as well."""
        self.draft.refuse(self._where(node), node.op_type, why)
        given = next((self.values[name] for name in node.input if name in self.values), Value(""))
        for name in node.output:
            self.values[name] = given
