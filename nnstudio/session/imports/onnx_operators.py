"""Operators of ONNX on the way to operations in PyTorch's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nnstudio.catalog.known import Unfit
from nnstudio.document.text import message
from nnstudio.session.imports.draft import GIVEN, Operation
from nnstudio.session.imports.onnx_attention import Wholes
from nnstudio.session.imports.onnx_layers import FUNCTIONS, POOLED
from nnstudio.session.imports.onnx_sums import Sums
from nnstudio.session.imports.onnx_values import BACKWARDS, LAST, ONWARDS, STEPS, Value, attribute

# Formats in the numbering of ONNX: float, half, double, bfloat16; int32, int64.
FLOATS, WHOLE = (1, 10, 11, 16), (6, 7)


class Operators(Sums):
    """Goes through the operators of a graph and tells a draft what they are."""

    def read(self, node: Any) -> None:
        """Read one operator."""
        kind = node.op_type
        whole = self.wholes.get(node.output[0])
        if whole is not None and whole.result != node.output[0]:
            # It is read where the layer that it is of ends.
            return
        if whole is None and not any(name in self.values for name in node.input):
            self._unknown(node, "import.why.nothing")
            return
        reader = self._readers().get(kind)
        try:
            if whole is not None:
                self._whole_layer(node, whole)
            elif reader is not None:
                reader(node)
            elif kind in FUNCTIONS:
                self._function(node)
            else:
                raise Unfit("import.why.no_layer")
        except Unfit as error:
            self._unknown(node, str(error))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError):
            # An operator that is not as ONNX describes it.
            self._unknown(node, "import.why.unlike")

    def put_together(self, wholes: Wholes) -> None:
        """Take operators that are one layer for that layer."""
        self._together = wholes
        for found in (*wholes.gelus(), *wholes.attentions()):
            self.wholes.update(dict.fromkeys(found.members, found))

    def several(self, count: int) -> None:
        """Note that a network gives several results."""
        self.draft.notes.append(message("import.one_output", count=count))

    def node_of(self, name: str) -> str:
        """The node that gives a value, samples first."""
        return self.values[name].node

    def _readers(self) -> Mapping[str, Callable[[Any], None]]:
        return {
            "Gemm": self._gemm,
            "MatMul": self._product,
            "Conv": self._convolution,
            "ConvTranspose": self._convolution,
            "BatchNormalization": self._batch_norm,
            "LayerNormalization": self._layer_norm,
            "GroupNormalization": self._group_norm,
            "InstanceNormalization": self._instance_norm,
            "MaxPool": self._pool,
            "AveragePool": self._pool,
            "GlobalAveragePool": lambda node: self._whole(node, "adaptive_avg_pool2d"),
            "GlobalMaxPool": lambda node: self._whole(node, "adaptive_max_pool2d"),
            "Softmax": lambda node: self._softmax(node, "Softmax"),
            "LogSoftmax": lambda node: self._softmax(node, "LogSoftmax"),
            "HardSigmoid": self._hard_sigmoid,
            "Clip": self._clip,
            "Gelu": self._gelu,
            "PRelu": self._prelu,
            "Dropout": self._dropout,
            "Identity": self._same,
            "Cast": self._cast,
            "Flatten": self._form,
            "Reshape": self._form,
            "Squeeze": self._squeeze,
            "Unsqueeze": self._form,
            "Transpose": self._transpose,
            "Concat": self._concat,
            "Split": self._split,
            "Slice": self._slice,
            "Gather": self._gather,
            "ReduceMean": self._mean,
            "Add": self._sum,
            "Sub": self._sum,
            "Mul": self._sum,
            "Div": self._sum,
            "Resize": self._resize,
            "LSTM": self._recurrent,
            "GRU": self._recurrent,
            "RNN": self._recurrent,
        }

    def _same(self, node: Any) -> None:
        self.values[node.output[0]] = self.values[node.input[0]]

    def _cast(self, node: Any) -> None:
        """Another format of the same numbers; one that cuts digits off computes something else."""
        given = self.values[node.input[0]]
        to = attribute(node, "to", 0)
        if to not in FLOATS and not (to in WHOLE and given.node == GIVEN and self.draft.tokens):
            raise Unfit(f"to={to}")
        self._same(node)

    def _concat(self, node: Any) -> None:
        if any(name in self.constants for name in node.input):
            raise Unfit("import.why.computed")
        given = [self.values[name] for name in node.input if name in self.values]
        if given and all(value.form == LAST for value in given) and not attribute(node, "axis", 0):
            self._give(node, given[-1].node, LAST)
            return
        if [value.form for value in given] == [ONWARDS, BACKWARDS] and given[0].node == given[1].node:
            # The ends of both directions side by side.
            self._give(node, self._ended(given[0].node))
            return
        rank = len(self._shape(node.output[0])) or 2
        self._add(node, "torch.cat", {"dim": attribute(node, "axis", 1) % rank}, inputs=self._values(node))

    def _split(self, node: Any) -> None:
        axis, start = attribute(node, "axis", 0), 0
        for name in node.output:
            shape = self._shape(name)
            if not shape or not axis % len(shape):
                raise Unfit("import.why.batch")
            length = shape[axis % len(shape)]
            self._stretch(node, name, axis % len(shape), start, length)
            start += length

    def _slice(self, node: Any) -> None:
        given = [self._constant(node, place).reshape(-1) for place in range(1, len(node.input)) if node.input[place]]
        if len(given) < 3 or len(given[0]) != 1 or (len(given) > 3 and int(given[3][0]) != 1):
            raise Unfit("import.why.unlike")
        shape = self._shape(node.input[0])
        axis = int(given[2][0]) % len(shape)
        start, end, _ = slice(int(given[0][0]), int(given[1][0])).indices(shape[axis])
        if not axis or end <= start:
            raise Unfit("import.why.batch")
        self._stretch(node, node.output[0], axis, start, end - start)

    def _gather(self, node: Any) -> None:
        axis = attribute(node, "axis", 0)
        if node.input[0] in self.constants:
            table = self._constant(node, 0)
            if axis or table.ndim != 2:
                raise Unfit(f"of {table.shape}")
            made = {"num_embeddings": table.shape[0], "embedding_dim": table.shape[1]}
            self._add(node, "torch.nn.Embedding", made, {"weight": table}, (self.values[node.input[1]].node,))
            return
        place, shape = self._constant(node, 1), self._shape(node.input[0])
        if place.size != 1:
            raise Unfit(f"{place.size} places")
        if self._state(node, int(place.reshape(-1)[0]), axis):
            return
        axis %= len(shape)
        if not axis:
            raise Unfit("import.why.batch")
        value = self._stretch(node, node.output[0], axis, int(place.reshape(-1)[0]) % shape[axis], 1)
        if place.ndim == 0:
            self._give(node, self._formed(node, value, self._shape(node.output[0])))

    def _stretch(self, node: Any, name: str, axis: int, start: int, length: int) -> str:
        made = {"dim": axis, "start": start, "length": length}
        value = self.draft.add(Operation("torch.narrow", self._where(node), (self._value(node),), made))
        self.values[name] = Value(value)
        return value

    def _mean(self, node: Any) -> None:
        rank = len(self._shape(node.input[0]))
        given = len(node.input) > 1 and node.input[1]
        axes = self._constant(node, 1).reshape(-1).tolist() if given else attribute(node, "axes", [])
        axes, keep = sorted(int(axis) % rank for axis in axes), bool(attribute(node, "keepdims", 1))
        if axes == [2, 3] and rank == 4:
            self._add(node, POOLED + "adaptive_avg_pool2d", {"output_size": 1})
            if not keep:
                self._give(node, self._extra(node, "flat", "torch.flatten", self.values[node.output[0]].node))
        elif axes == [0] and not keep and rank == 3 and self.values[node.input[0]].form == STEPS:
            self._add(node, "torch.mean", {"dim": 1}, None, (self.values[node.input[0]].node,))
        elif len(axes) == 1 and axes[0] and not keep:
            self._add(node, "torch.mean", {"dim": axes[0]})
        else:
            raise Unfit(f"over {axes}")

    def _resize(self, node: Any) -> None:
        before, after = self._shape(node.input[0]), self._shape(node.output[0])
        mode = attribute(node, "mode", "nearest")
        factors = {b / a for a, b in zip(before[2:], after[2:], strict=True)}
        how = attribute(node, "coordinate_transformation_mode", "half_pixel")
        if len(before) != 4 or len(factors) != 1 or how == "align_corners":
            raise Unfit(f"{before} to {after}, {how}")
        self._add(
            node,
            "torch.nn.Upsample",
            {"scale_factor": factors.pop(), "mode": mode if mode == "nearest" else f"bi{mode}"},
        )
