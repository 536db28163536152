"""Sums of an ONNX graph, and layers that were put together again."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.catalog.training import SHARES
from nnstudio.document.text import message
from nnstudio.session.imports.draft import Operation
from nnstudio.session.imports.onnx_layers import Layers
from nnstudio.session.imports.onnx_values import FIRST, STEPS
from nnstudio.session.imports.onnx_wholes import Found


class Sums(Layers):
    """Tells sums and products, by numbers and of values."""

    def _whole_layer(self, node: Any, whole: Found) -> None:
        given = self.values[whole.given]
        if given.form not in (FIRST, STEPS):
            raise Unfit("import.why.steps_first")
        proven = whole
        if self._together is not None and whole.tensors:
            found = self._together.proven(whole, given.form)
            if found is None:
                raise Unfit("import.why.unlike")
            proven = found
        where = self._where(whole.named)
        if proven.tensors:
            where = where.rpartition(".")[0] or where
        if proven.zero_bias:
            self.draft.notes.append(message("import.zero_bias", where=where))
        value = self.draft.add(Operation(proven.target, where, (given.node,), proven.arguments, proven.tensors))
        self._shared(value, proven.target, proven.held)
        self._give(node, value, given.form)

    # -- sums and other forms -------------------------------------------------------------------

    def _sum(self, node: Any) -> None:
        known = [name in self.constants for name in node.input]
        kind = node.op_type
        if any(known):
            number = self._constant(node, 1 if known[1] else 0)
            place = 0 if known[1] else 1
            before = self.values[node.input[place]]
            if number.size > 1:
                self._along_channels(node, number, known[1])
                return
            if before.form not in (FIRST, STEPS):
                raise Unfit("import.why.steps_first")
            value = float(number.reshape(-1)[0])
            if (kind == "Div" and not value) or (known[0] and kind in ("Sub", "Div")):
                raise Unfit("import.why.unlike")
            factor, offset = {
                "Add": (1.0, value), "Sub": (1.0, -value), "Mul": (value, 0.0), "Div": (1 / (value or 1.0), 0.0)
            }[kind]  # fmt: skip
            self._add(node, "scale_and_shift", {"factor": factor, "offset": offset}, None, (before.node,), before.form)
            return
        shapes = [self._shape(name) for name in node.input]
        if kind == "Div" or (kind != "Mul" and shapes[0] != shapes[1]) or len(shapes[0]) != len(shapes[1]):
            raise Unfit(f"{shapes[0]} and {shapes[1]}")
        forms = {self.values[name].form for name in node.input}
        target = {"Add": "torch.add", "Sub": "torch.sub", "Mul": "torch.mul"}[kind]
        if forms == {STEPS}:
            self._add(node, target, None, None, tuple(self.values[name].node for name in node.input), STEPS)
        else:
            self._add(node, target, inputs=self._values(node))

    def _along_channels(self, node: Any, number: np.ndarray, behind: bool) -> None:
        """A row of numbers added behind a weighted sum is its bias; one that multiplies the channels of an image is a
        kernel of one place for each.
        """
        shape = self._shape(node.input[0 if behind else 1])
        if node.op_type == "Mul" and len(shape) == 4 and number.shape[-3:] == (shape[1], 1, 1):
            made = {"out_channels": shape[1], "kernel_size": 1, "stride": 1, "groups": shape[1], "bias": False}
            each = {"weight": number.reshape(shape[1], 1, 1, 1)}
            self._add(node, "torch.nn.Conv2d", made, each, (self._value(node),))
            return
        before = self.values[node.input[0 if behind else 1]]
        source = self.draft.node(before.node) if before.node else None
        uses = self.uses.get(node.input[0 if behind else 1], 0)
        first = self.draft.node(source.params[SHARES][0]) if source is not None and source.params.get(SHARES) else None
        if node.op_type == "Add" and source is not None and first is not None:
            if np.array_equal(first.tensors.get("bias", ()), number):
                # The weights are those of another layer, and so is the bias.
                source.give("bias", True)
                self._give(node, before.node, before.form)
                return
            source.part(first)
        if node.op_type == "Add" and source is not None and uses == 1 and "bias" not in source.tensors:
            weight = source.tensors.get("weight")
            along = -1 if weight is None or weight.ndim == 2 else 1 - weight.ndim
            if weight is not None and number.size == len(weight) and number.shape[along:][:1] == (len(weight),):
                source.give("bias", True, bias=number.reshape(-1))
                self._give(node, before.node, before.form)
                return
        raise Unfit(f"with {number.shape} numbers")
