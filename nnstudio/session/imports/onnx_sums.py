"""Sums of an ONNX graph, and layers that were put together again."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.catalog.training import SHARES
from nnstudio.document.text import message
from nnstudio.session.imports.draft import FROZEN, GIVEN, Operation
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
            if kind == "Div" and (known[0] or not value):
                raise Unfit("import.why.unlike")
            factor, offset = {
                "Add": (1.0, value), "Sub": (1.0, -value), "Mul": (value, 0.0), "Div": (1 / (value or 1.0), 0.0)
            }[kind]  # fmt: skip
            if kind == "Sub" and known[0]:
                factor, offset = -1.0, value
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
        if before.form != FIRST or (node.op_type in ("Sub", "Div") and not behind):
            raise Unfit("import.why.steps_first" if before.form != FIRST else f"with {number.shape} numbers")
        self._each(node, number, shape, before.node)

    def _each(self, node: Any, number: np.ndarray, shape: tuple[int, ...], before: str) -> None:
        """Numbers for every place of a sequence are its positions; a number for every feature, or for every channel of
        pictures, scales or shifts it.
        """
        plus, width = node.op_type in ("Add", "Sub"), shape[1] if len(shape) == 4 else shape[-1]
        if number.ndim == len(shape) and len(number) == shape[0] and (number == number[:1]).all():
            # Worked out for every sample of a batch, and the same for all.
            number = number[:1]
        row = number.shape == (1,) * (number.ndim - len(shape[1:])) + shape[1:]
        features = (width, 1, 1) if len(shape) == 4 else (width,)
        alone = number.shape == (1,) * (number.ndim - len(features)) + features
        if len(shape) == 3 and plus and row and not (alone and shape[1] == 1):
            places = number.reshape(shape[1:])
            if np.allclose(places, sines(*shape[1:]), rtol=0, atol=1e-5) and node.op_type == "Add":
                self._add(node, "sine_positions", None, None, (before,))
            else:
                each = {"value": -places if node.op_type == "Sub" else places}
                self._held(node, "row_for_each_place", {}, each, before)
            return
        if alone and (number == (0 if plus else 1)).all():
            # Data that is not scaled: it does nothing.
            self._give(node, before)
            return
        if not alone or len(shape) not in (2, 3, 4) or (node.op_type == "Div" and not number.all()):
            raise Unfit(f"with {number.shape} numbers")
        value = number.reshape(features).astype(np.float64)
        if not plus:
            each = {"value": 1 / value if node.op_type == "Div" else value}
        else:
            each = {"value": -value if node.op_type == "Sub" else value}
        self._held(node, "scale_and_shift_each", {"scale": not plus, "shift": plus}, each, before)
        if before == GIVEN or (self._scales(before) and self.draft.node(before).params.get(FROZEN)):
            # What scales raw features was told by data, and is learnt no more.
            self.draft.node(self.values[node.output[0]].node).freeze()

    def _held(self, node: Any, target: str, made: dict[str, Any], tensors: dict[str, np.ndarray], before: str) -> None:
        """Add a card that holds numbers; another has the same only where it does the same with them."""
        value = self.draft.add(Operation(target, self._where(node), (before,), made, tensors))
        held = tuple(name for name in node.input if name in self.constants)
        self._shared(value, f"{node.op_type} {target}", held)
        self._give(node, value)

    def _scales(self, node: str) -> bool:
        return any(one.target == "scale_and_shift_each" for one in self.draft.node(node).entry.known_as)


def sines(length: int, width: int) -> np.ndarray:
    """The positions of Vaswani et al. 2017 (length, width): PE[t, 2i] = sin(t / 10000^(2i/d)), PE[t, 2i + 1] = cos."""
    place, feature = np.arange(length)[:, None], np.arange(width)[None, :]
    angles = place * 10000.0 ** (-(feature - feature % 2) / width)
    return np.sin(angles + np.pi / 2 * (feature % 2))
