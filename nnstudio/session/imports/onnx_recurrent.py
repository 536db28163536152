"""Values, forms and recurrent operators of an ONNX graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.session.imports.draft import Draft, Operation
from nnstudio.session.imports.onnx_values import BATCH, BOTH, FIRST, LAST, STEPS, TURNED, Value, attribute

# The gates of ONNX, and in which order PyTorch has them.
GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}


class Recurrent:
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
        # Which node first had the tensors of an operator.
        self._made: dict[tuple[str, ...], str] = {}

    def _shape(self, name: str) -> tuple[int, ...]:
        return self.shapes.get(name, ())

    def _where(self, node: Any) -> str:
        """What an operator is called: after its weights, whose names are those of the modules that had them, else as it
        is called itself, in the part that it is said to be of.
        """
        for name in node.input[1:]:
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

    def _add(
        self,
        node: Any,
        target: str,
        arguments: Mapping[str, Any] | None = None,
        tensors: Mapping[str, np.ndarray] | None = None,
        inputs: tuple[str, ...] | None = None,
    ) -> None:
        given = inputs if inputs is not None else (self._value(node),)
        value = self.draft.add(Operation(target, self._where(node), given, arguments or {}, tensors or {}))
        if tensors:
            # Tensors that two operators take are those of one layer.
            key = (target, *(name for name in node.input if name in self.constants))
            first = self._made.setdefault(key, value)
            if first != value:
                self.draft.node(value).share(first)
        self._give(node, value)

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

    # -- forms ----------------------------------------------------------------------------------

    def _form(self, node: Any) -> None:
        given = self.values[node.input[0]]
        if given.form == TURNED and len(self._shape(node.output[0])) == 3:
            # There is one direction: its axis goes.
            self._give(node, given.node, STEPS)
            return
        if self.values[node.input[0]].form != FIRST:
            raise Unfit("import.why.steps_first")
        after = self._shape(node.output[0])
        if not after and node.op_type == "Reshape":
            after = self._asked(node)
        self._give(node, self._formed(node, self._value(node), after))

    def _asked(self, node: Any) -> tuple[int, ...]:
        """The shape that is asked for, where it was not told."""
        before, wanted = self._shape(node.input[0]), [int(n) for n in self._constant(node, 1).reshape(-1)]
        found = [before[place] if n == 0 and place < len(before) else n for place, n in enumerate(wanted)]
        rest = int(np.prod(before)) // max(1, abs(int(np.prod([n for n in found if n != -1]))))
        return tuple(rest if n == -1 else n for n in found)

    def _formed(self, node: Any, value: str, after: tuple[int, ...]) -> str:
        """A value in another form; only that of each sample may change."""
        before = self._shape(node.input[0])
        if len(after) < 2 or after[0] != BATCH:
            raise Unfit(f"{before} to {after}: the batch would be mixed with the samples")
        if len(after) == 2:
            return self._extra(node, "flat", "torch.flatten", value)
        return self._extra(node, "form", "torch.reshape", value, {"shape": after[1:]})

    def _transpose(self, node: Any) -> None:
        order = [int(n) for n in attribute(node, "perm", [])]
        given = self.values[node.input[0]]
        if order[:2] == [1, 0] and order[2:] == list(range(2, len(order))) and given.form in (FIRST, STEPS):
            # Recurrent operators take the steps first; here samples stay where they are.
            self._give(node, given.node, STEPS if given.form == FIRST else FIRST)
        elif order == [0, 2, 1, 3] and given.form == BOTH:
            self._give(node, given.node, TURNED)
        elif not order or order[0] or given.form != FIRST:
            raise Unfit(f"perm={order}")
        else:
            self._add(node, "torch.permute", {"dims": order})

    def _squeeze(self, node: Any) -> None:
        given = self.values[node.input[0]]
        axes = self._constant(node, 1).reshape(-1).tolist() if len(node.input) > 1 else attribute(node, "axes", [])
        if (given.form == BOTH and axes == [1]) or (given.form == TURNED and axes == [2]):
            self._give(node, given.node, STEPS)
        elif given.form == LAST and axes == [0]:
            self._give(node, self._ended(given.node))
        else:
            self._form(node)

    # -- recurrent operators ----------------------------------------------------------------------

    def _recurrent(self, node: Any) -> None:
        kind, units = node.op_type, attribute(node, "hidden_size", 0)
        given = self.values[node.input[0]]
        if given.form != STEPS or attribute(node, "layout", 0):
            raise Unfit("import.why.samples_first")
        if attribute(node, "direction", "forward") != "forward":
            raise Unfit("import.why.directions")
        if attribute(node, "clip") is not None or attribute(node, "input_forget", 0):
            raise Unfit("import.why.unlike")
        usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[kind]
        functions = [
            name.decode() if isinstance(name, bytes) else name
            for one in node.attribute
            if one.name == "activations"
            for name in one.strings
        ] or usual
        if functions != usual and not (kind == "RNN" and functions == ["Relu"]):
            raise Unfit(f"activations={functions}")
        if kind == "GRU" and not attribute(node, "linear_before_reset", 0):
            raise Unfit("linear_before_reset=0")
        if any(place < len(node.input) and node.input[place] for place in (4, 7)):
            # Samples of unlike length, and gates that look at the cell.
            raise Unfit("import.why.unlike")
        for place in (5, 6):
            name = node.input[place] if len(node.input) > place else ""
            if name and (name not in self.constants or np.any(self.constants[name])):
                raise Unfit("import.why.state")
        made: dict[str, Any] = {"hidden_size": units, "num_layers": 1, "bidirectional": False, "batch_first": True}
        if functions == ["Relu"]:
            made["nonlinearity"] = functions[0].lower()
        tensors = self._gates(node, kind, units)
        states, ends = ((*node.output, "", "")[place] for place in (0, 1))
        made["outputs"] = "all" if self.uses.get(states, 0) else "last"
        operation = Operation(f"torch.nn.{kind}", self._where(node), (given.node,), made, tensors)
        value = self.draft.add(operation)
        if states:
            self.values[states] = Value(value, BOTH)
        if ends:
            self.values[ends] = Value(value, LAST)

    def _gates(self, node: Any, kind: str, units: int) -> dict[str, np.ndarray]:
        """The weights, their gates in PyTorch's order."""
        count = len(GATES[kind])
        if len(node.input) <= 3 or not node.input[3]:
            bias = np.zeros((1, 2 * count * units), dtype=np.float32)
        else:
            bias = self._constant(node, 3)
        parts = {
            "weight_ih_l0": self._constant(node, 1)[0],
            "weight_hh_l0": self._constant(node, 2)[0],
            "bias_ih_l0": bias[0][: count * units],
            "bias_hh_l0": bias[0][count * units :],
        }
        return {
            name: np.concatenate([part[gate * units : (gate + 1) * units] for gate in GATES[kind]])
            for name, part in parts.items()
        }

    def _ended(self, value: str) -> str:
        """A recurrent operator of which the state after the last step is wanted."""
        if self.draft.node(value).params.get("outputs") != "last":
            raise Unfit("import.why.both_states")
        return value

    def _state(self, node: Any, place: int, axis: int) -> bool:
        """Whether a place of an axis is the last state of a recurrent operator, or of its only direction."""
        given = self.values[node.input[0]]
        if given.form == LAST and axis == 0 and place in (0, -1):
            # Of several layers one on the other the last one's states are the last.
            if place == 0 and self._shape(node.input[0])[:1] != (1,):
                raise Unfit("import.why.unlike")
            self._give(node, self._ended(given.node))
            return True
        shape = self._shape(node.input[0])
        source = self.draft.node(given.node) if given.node else None
        steps = {FIRST: 1, STEPS: 0}.get(given.form, -1)
        ends = steps == axis and place in (-1, (shape[axis] if len(shape) > axis else 0) - 1)
        if ends and source is not None and source.params.get("outputs") == "all" and self.uses[node.input[0]] == 1:
            source.give("outputs", "last")
            self._give(node, given.node)
            return True
        return False
