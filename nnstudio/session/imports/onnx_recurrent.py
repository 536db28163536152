"""Forms and recurrent operators of an ONNX graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.document.text import message
from nnstudio.session.imports.draft import Operation
from nnstudio.session.imports.onnx_reading import Reading
from nnstudio.session.imports.onnx_values import (
    BACKWARDS,
    BATCH,
    BOTH,
    FIRST,
    LAST,
    LAST_TURNED,
    ONWARDS,
    STEPS,
    TURNED,
    Value,
    attribute,
)

# The directions of ONNX, by the ends that PyTorch's names of weights have for each.
WAYS = {"forward": ("",), "bidirectional": ("", "_reverse")}
# The gates of ONNX, and in which order PyTorch has them.
GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}


class Recurrent(Reading):
    """Tells forms, and operators that go from step to step."""

    # -- forms ----------------------------------------------------------------------------------

    def _form(self, node: Any) -> None:
        given = self.values[node.input[0]]
        if given.form == TURNED and len(self._shape(node.output[0])) == 3:
            # What the directions give stands side by side, that of the only one alone.
            self._give(node, given.node, STEPS)
            return
        if given.form == LAST_TURNED and len(self._shape(node.output[0])) == 2:
            self._give(node, self._ended(given.node))
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
        elif order == [1, 0, 2] and given.form == LAST and self._shape(node.input[0])[:1] == (2,):
            self._give(node, given.node, LAST_TURNED)
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
        way = attribute(node, "direction", "forward")
        if way not in WAYS:
            raise Unfit("import.why.backwards")
        if attribute(node, "clip") is not None or attribute(node, "input_forget", 0):
            raise Unfit("import.why.unlike")
        usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[kind]
        functions = [
            name.decode() if isinstance(name, bytes) else name
            for one in node.attribute
            if one.name == "activations"
            for name in one.strings
        ] or usual * len(WAYS[way])
        if functions != usual * len(WAYS[way]) and not (kind == "RNN" and set(functions) == {"Relu"}):
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
        made: dict[str, Any] = {"hidden_size": units, "num_layers": 1, "batch_first": True}
        made["bidirectional"] = len(WAYS[way]) > 1
        if set(functions) == {"Relu"}:
            made["nonlinearity"] = functions[0].lower()
        tensors = self._gates(node, kind, units, WAYS[way])
        states, ends = ((*node.output, "", "")[place] for place in (0, 1))
        made["outputs"] = "all" if self.uses.get(states, 0) else "last"
        operation = Operation(f"torch.nn.{kind}", self._where(node), (given.node,), made, tensors)
        value = self.draft.add(operation)
        if states:
            self.values[states] = Value(value, BOTH)
        if ends:
            self.values[ends] = Value(value, LAST)

    def _gates(self, node: Any, kind: str, units: int, ends: tuple[str, ...]) -> dict[str, np.ndarray]:
        """The weights of each direction, their gates in PyTorch's order."""
        count = len(GATES[kind])
        if len(node.input) <= 3 or not node.input[3]:
            bias = np.zeros((len(ends), 2 * count * units), dtype=np.float32)
            self.draft.notes.append(message("import.zero_bias", where=self._where(node)))
        else:
            bias = self._constant(node, 3)
        parts: dict[str, np.ndarray] = {}
        for way, end in enumerate(ends):
            parts |= {
                f"weight_ih_l0{end}": self._constant(node, 1)[way],
                f"weight_hh_l0{end}": self._constant(node, 2)[way],
                f"bias_ih_l0{end}": bias[way][: count * units],
                f"bias_hh_l0{end}": bias[way][count * units :],
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
        both = bool(given.node) and bool(self.draft.node(given.node).params.get("bidirectional"))
        if given.form == LAST and both and axis == 0:
            # Of several layers one on the other the last one's states are the last.
            count = self._shape(node.input[0])[0]
            if place % count < count - 2:
                raise Unfit("import.why.unlike")
            self._give(node, given.node, BACKWARDS if place % count == count - 1 else ONWARDS)
            return True
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
        # The last step of the way back is not its end.
        if (
            ends
            and not both
            and source is not None
            and source.params.get("outputs") == "all"
            and self.uses[node.input[0]] == 1
        ):
            source.give("outputs", "last")
            self._give(node, given.node)
            return True
        return False
