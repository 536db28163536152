"""Operators of ONNX that are layers or functions on every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.document.text import message
from nnstudio.session.imports.draft import Operation
from nnstudio.session.imports.onnx_recurrent import Recurrent
from nnstudio.session.imports.onnx_values import attribute

POOLED = "torch.nn.functional."
# Functions on every number, with the names of their attributes there and here and what they are where not said.
FUNCTIONS: dict[str, tuple[str, dict[str, tuple[str, Any]]]] = {
    "Relu": ("ReLU", {}),
    "Sigmoid": ("Sigmoid", {}),
    "Tanh": ("Tanh", {}),
    "Selu": ("SELU", {}),
    "Mish": ("Mish", {}),
    "HardSwish": ("Hardswish", {}),
    "Softplus": ("Softplus", {}),
    "LeakyRelu": ("LeakyReLU", {"alpha": ("negative_slope", 0.01)}),
    "Elu": ("ELU", {"alpha": ("alpha", 1.0)}),
    "Celu": ("CELU", {"alpha": ("alpha", 1.0)}),
}


class Layers(Recurrent):
    """Tells layers."""

    # -- weighted sums --------------------------------------------------------------------------

    def _gemm(self, node: Any) -> None:
        if attribute(node, "transA", 0) or attribute(node, "alpha", 1.0) != 1.0 or attribute(node, "beta", 1.0) != 1.0:
            raise Unfit("import.why.unlike")
        weight = self._constant(node, 1)
        if not attribute(node, "transB", 0):
            weight = weight.T
        bias = self._constant(node, 2).reshape(-1) if len(node.input) > 2 and node.input[2] else None
        self._linear(node, weight, bias)

    def _linear(self, node: Any, weight: np.ndarray, bias: np.ndarray | None) -> None:
        """A weighted sum along the last axis; where three axes stand behind the batch, two stand in a row meanwhile."""
        tensors = {"weight": weight, **({"bias": bias} if bias is not None else {})}
        made = {"out_features": len(weight), "bias": bias is not None}
        shape = self._shape(node.input[0])
        if len(shape) != 4:
            given = self._along(node)
            self._add(node, "torch.nn.Linear", made, tensors, (given.node,), given.form)
            return
        value = self._extra(node, "row", "torch.reshape", self._value(node), {"shape": (shape[1] * shape[2], shape[3])})
        value = self.draft.add(Operation("torch.nn.Linear", self._where(node), (value,), made, tensors))
        back = {"shape": (shape[1], shape[2], len(weight))}
        self._give(node, self._extra(node, "back", "torch.reshape", value, back))

    def _product(self, node: Any) -> None:
        if node.input[1] in self.constants:
            weight = self._constant(node, 1)
            if weight.ndim != 2:
                raise Unfit(f"a product with {weight.shape}")
            self._linear(node, weight.T, None)
        elif node.input[0] in self.constants:
            raise Unfit("import.why.unlike")
        else:
            self._add(node, "torch.matmul", inputs=tuple(self._values(node)))

    def _convolution(self, node: Any) -> None:
        turned = node.op_type == "ConvTranspose"
        weight = self._constant(node, 1)
        bias = self._constant(node, 2) if len(node.input) > 2 and node.input[2] else None
        axes = weight.ndim - 2
        if axes not in (1, 2):
            raise Unfit(f"a kernel of {axes} axes")
        groups = attribute(node, "group", 1)
        made: dict[str, Any] = {
            "out_channels": weight.shape[1] * groups if turned else weight.shape[0],
            "kernel_size": tuple(int(n) for n in weight.shape[2:]),
            "stride": tuple(attribute(node, "strides", [1] * axes)),
            "dilation": tuple(attribute(node, "dilations", [1] * axes)),
            "groups": groups,
            "bias": bias is not None,
            "padding": self._pads(node, weight.shape[2:]),
        }
        if turned:
            if attribute(node, "output_shape") is not None or attribute(node, "auto_pad", "NOTSET") != "NOTSET":
                raise Unfit("import.why.unlike")
            made["output_padding"] = tuple(attribute(node, "output_padding", [0] * axes))
        tensors = {"weight": weight, **({"bias": bias} if bias is not None else {})}
        self._add(node, f"torch.nn.Conv{'Transpose' if turned else ''}{axes}d", made, tensors)

    def _pads(self, node: Any, kernel: Any) -> tuple[int, ...]:
        """The zeros on each side: as many at the beginning as at the end of an axis."""
        axes, how = len(kernel), attribute(node, "auto_pad", "NOTSET")
        if how == "VALID":
            return (0,) * axes
        if how in ("SAME_UPPER", "SAME_LOWER"):
            strides, spread = attribute(node, "strides", [1] * axes), attribute(node, "dilations", [1] * axes)
            reach = [d * (int(k) - 1) for d, k in zip(spread, kernel, strict=True)]
            if any(s != 1 for s in strides) or any(r % 2 for r in reach):
                raise Unfit(how)
            return tuple(r // 2 for r in reach)
        pads = attribute(node, "pads", [0] * 2 * axes)
        if list(pads[:axes]) != list(pads[axes:]):
            raise Unfit(f"pads={list(pads)}")
        return tuple(int(n) for n in pads[:axes])

    # -- norms and pools ------------------------------------------------------------------------

    def _batch_norm(self, node: Any) -> None:
        names = ("weight", "bias", "running_mean", "running_var")
        tensors = {name: self._constant(node, place + 1).reshape(-1) for place, name in enumerate(names)}
        tensors["num_batches_tracked"] = np.asarray(0, dtype=np.int64)
        axes = "2d" if len(self._shape(node.input[0])) == 4 else "1d"
        made = {"eps": attribute(node, "epsilon", 1e-5), "momentum": round(1.0 - attribute(node, "momentum", 0.9), 6)}
        self._add(node, f"torch.nn.BatchNorm{axes}", _rounded(made), tensors)

    def _layer_norm(self, node: Any) -> None:
        shape = self._shape(node.input[0])
        axis = attribute(node, "axis", -1) % max(1, len(shape))
        if axis != len(shape) - 1 or len(shape) == 4:
            raise Unfit(f"axis={axis}")
        scale = self._constant(node, 1)
        known = len(node.input) > 2 and node.input[2]
        bias = self._constant(node, 2) if known else np.zeros_like(scale)
        if not known:
            self.draft.notes.append(message("import.zero_bias", where=self._where(node)))
        made = {"eps": attribute(node, "epsilon", 1e-5)}
        given = self._along(node)
        self._add(
            node, "torch.nn.LayerNorm", _rounded(made), {"weight": scale, "bias": bias}, (given.node,), given.form
        )

    def _group_norm(self, node: Any) -> None:
        scale, channels = self._constant(node, 1), self._shape(node.input[0])[1]
        if len(scale) != channels:
            raise Unfit(f"{len(scale)} scales for {channels} channels")
        made = {"eps": attribute(node, "epsilon", 1e-5), "num_groups": attribute(node, "num_groups", 1)}
        tensors = {"weight": scale, "bias": self._constant(node, 2)}
        self._add(node, "torch.nn.GroupNorm", _rounded(made), tensors)

    def _instance_norm(self, node: Any) -> None:
        shape = self._shape(node.input[0])
        tensors = {"weight": self._constant(node, 1), "bias": self._constant(node, 2)}
        if len(shape) == 3:
            # Each channel of a line by itself: a group norm of as many groups.
            made = {"eps": attribute(node, "epsilon", 1e-5), "num_groups": shape[1]}
            self._add(node, "torch.nn.GroupNorm", _rounded(made), tensors)
            return
        if len(shape) != 4:
            raise Unfit("import.why.image")
        made = {"eps": attribute(node, "epsilon", 1e-5), "affine": True}
        self._add(node, "torch.nn.InstanceNorm2d", _rounded(made), tensors)

    def _pool(self, node: Any) -> None:
        kernel = attribute(node, "kernel_shape", [])
        greatest, axes = node.op_type == "MaxPool", len(kernel)
        if axes not in (1, 2) or len(node.output) > 1:
            raise Unfit(f"{axes} axes" if axes not in (1, 2) else "import.why.unlike")
        made = {
            "kernel_size": tuple(kernel),
            "stride": tuple(attribute(node, "strides", [1] * axes)),
            "padding": self._pads(node, kernel),
            "dilation": tuple(attribute(node, "dilations", [1] * axes)),
            "ceil_mode": bool(attribute(node, "ceil_mode", 0)),
        }
        if not greatest:
            made["count_include_pad"] = bool(attribute(node, "count_include_pad", 0)) or not any(
                self._pads(node, kernel)
            )
        self._add(node, f"{POOLED}{'max' if greatest else 'avg'}_pool{axes}d", made)

    def _whole(self, node: Any, function: str) -> None:
        if len(self._shape(node.input[0])) != 4:
            raise Unfit("import.why.image")
        self._add(node, POOLED + function, {"output_size": 1})

    # -- functions ------------------------------------------------------------------------------

    def _function(self, node: Any) -> None:
        name, attributes = FUNCTIONS[node.op_type]
        made = {here: attribute(node, there, usual) for there, (here, usual) in attributes.items()}
        given = self._along(node)
        self._add(node, f"torch.nn.{name}", _rounded(made), None, (given.node,), given.form)

    def _softmax(self, node: Any, name: str) -> None:
        rank = len(self._shape(node.input[0]))
        # Before the thirteenth set of operators all axes from the named one on were one, the first behind the batch.
        axis = attribute(node, "axis", -1 if self.version >= 13 else 1) % max(1, rank)
        self._add(node, f"torch.nn.{name}", {"dim": -1 if axis == rank - 1 else axis})

    def _hard_sigmoid(self, node: Any) -> None:
        alpha, beta = attribute(node, "alpha", 0.2), attribute(node, "beta", 0.5)
        if abs(alpha - 1 / 6) > 1e-6 or abs(beta - 0.5) > 1e-6:
            raise Unfit(f"alpha={alpha:g}, beta={beta:g}")
        self._add(node, "torch.nn.Hardsigmoid")

    def _clip(self, node: Any) -> None:
        limits = [
            float(self._constant(node, place)) if len(node.input) > place and node.input[place] else
            attribute(node, name) for place, name in ((1, "min"), (2, "max"))
        ]  # fmt: skip
        if limits == [0.0, None]:
            self._add(node, "torch.nn.ReLU")
        elif limits == [0.0, 6.0]:
            self._add(node, "torch.nn.ReLU6")
        elif None in limits:
            raise Unfit("import.why.unlike")
        else:
            self._add(node, "torch.nn.Hardtanh", {"min_val": limits[0], "max_val": limits[1]})

    def _gelu(self, node: Any) -> None:
        given, how = self._along(node), attribute(node, "approximate", "none")
        self._add(node, "torch.nn.GELU", {"approximate": how}, None, (given.node,), given.form)

    def _prelu(self, node: Any) -> None:
        slope = self._constant(node, 1)
        if slope.size != 1:
            raise Unfit(f"{slope.size} slopes")
        self._add(node, "torch.nn.PReLU", {"num_parameters": 1}, {"weight": slope.reshape(1)})

    def _dropout(self, node: Any) -> None:
        given = len(node.input) > 1 and node.input[1]
        share = float(self._constant(node, 1)) if given else attribute(node, "ratio", 0.5)
        before = self._along(node)
        self._add(node, "torch.nn.Dropout", {"p": round(float(share), 6)}, None, (before.node,), before.form)


def _rounded(made: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of single precision as they were written: 1e-05, not 9.999999747378752e-06."""
    return {name: float(f"{value:.7g}") if isinstance(value, float) else value for name, value in made.items()}
