"""Layers of Keras that work on images and along lines, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.session.imports.draft import Draft, Operation

KNOWN = ("ReLU", "Sigmoid", "Tanh", "SELU", "ELU", "GELU", "SiLU", "Softplus", "Hardsigmoid", "Softmax", "LogSoftmax",
         "Mish", "ReLU6", "LeakyReLU", "Hardswish", "CELU")  # fmt: skip
# What Keras calls a layer without a function.
UNBENT = "Linear".lower()
# Functions by their names in Keras, without the signs between.
FUNCTIONS = {**{name.lower(): name for name in KNOWN}, "swish": "SiLU", "hardsilu": "Hardswish"}
# Where Keras takes another number than PyTorch.
OTHERWISE = {"LeakyReLU": {"negative_slope": 0.2}}
# Of a layer so many calls are read.
MOST_CALLS = 2000
# What matters while Keras trains, and is not brought in.
IN_TRAINING = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "recurrent_regularizer",
               "embeddings_regularizer", "kernel_constraint", "bias_constraint", "recurrent_constraint",
               "embeddings_constraint", "recurrent_dropout", "noise_shape")  # fmt: skip


def called(name: str, number: int) -> str:
    """What the result of a layer's call is known by; of its first one by its name."""
    return f"{name} ({number + 1})" if number else name


class Layer:
    """A layer as Keras describes it: its class, its settings, and whose results one of its calls takes. A layer that
    is called several times is ``of`` one name, and known by another one in each call.
    """

    def __init__(self, plain: Mapping[str, Any], call: int = 0) -> None:
        self.kind = str(plain.get("class_name", ""))
        settings = plain.get("config")
        self.settings: Mapping[str, Any] = settings if isinstance(settings, dict) else {}
        self.of = str(plain.get("name") or self.settings.get("name") or self.kind)[:60]
        self.name = called(self.of, call)
        self.inputs = _inbound(_calls(plain)[call : call + 1])

    def get(self, name: str, usual: Any = None) -> Any:
        """A setting."""
        return self.settings.get(name, usual)


def layers_of(plain: Mapping[str, Any]) -> list[Layer]:
    """A layer as often as it is called: once, where it is not said."""
    return [Layer(plain, call) for call in range(max(1, len(_calls(plain))))]


def _calls(plain: Mapping[str, Any]) -> list[Any]:
    found = plain.get("inbound_nodes")
    return found[:MOST_CALLS] if isinstance(found, list) else []


def _inbound(plain: Any, depth: int = 0) -> list[str]:
    """What goes into a layer: the tensors among the arguments of its call, by which call of which layer gives them."""
    if depth > 12:
        return []
    if isinstance(plain, dict):
        if plain.get("class_name") == "__keras_tensor__":
            history = (plain.get("config") or {}).get("keras_history")
            if not isinstance(history, list) or not history:
                return []
            number = history[1] if len(history) > 1 and isinstance(history[1], int) else 0
            return [called(str(history[0])[:60], number)]
        return [name for key in ("args", "kwargs") for name in _inbound(plain.get(key), depth + 1)] or [
            name for value in plain.values() for name in _inbound(value, depth + 1)
        ]
    return [name for part in plain for name in _inbound(part, depth + 1)] if isinstance(plain, list) else []


class Grids:
    """Tells layers of images."""

    draft: Draft
    # Values by the names of the layers that give them, and their forms as Keras has them, without the batch: rows of
    # features, (T, D), (H, W, C).
    values: dict[str, str]
    forms: dict[str, tuple[int, ...]]

    def _tell(
        self,
        layer: Layer,
        names: list[str],
        target: str,
        made: Mapping[str, Any] | None = None,
        tensors: Mapping[str, np.ndarray] | None = None,
        end: str = "",
    ) -> None:
        given = tuple(self.values[name] for name in names)
        operation = Operation(target, layer.name + end, given, made or {}, tensors or {})
        self.values[layer.name] = value = self.draft.add(operation)
        if tensors and value and layer.get("trainable") is False:
            self.draft.node(value).freeze()

    def _bend(self, layer: Layer, function: Any) -> None:
        if isinstance(function, dict):
            # A function by its name; a layer in its place would have settings of its own.
            function = function.get("config")
        name = FUNCTIONS.get(str(function).replace("_", "").lower(), "")
        if not name:
            raise Unfit(f"activation={function}")
        made: Mapping[str, Any] = {"dim": -1} if "Softmax" in name else OTHERWISE.get(name, {})
        self._tell(layer, [layer.name], f"torch.nn.{name}", made, end="_function")

    def _conv2d(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        return self._convolved(layer, names, weights, 2)

    def _conv1d(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        """Sequences have their features last: around the convolution the axes are turned."""
        self._turn(layer, names, "_turned")
        form = self._convolved(layer, [layer.name], weights, 1, self.forms[names[0]])
        self._turn(layer, [layer.name], "_back")
        return form

    def _turn(self, layer: Layer, names: list[str], end: str) -> None:
        self._tell(layer, names, "torch.permute", {"dims": [0, 2, 1]}, end=end)

    def _convolved(
        self, layer: Layer, names: list[str], weights: list[np.ndarray], axes: int, form: tuple[int, ...] = ()
    ) -> tuple[int, ...]:
        form = form or self.forms[names[0]]
        if len(form) != axes + 1:
            raise Unfit("import.why.image")
        kernel, stride = both(layer.get("kernel_size"), axes), both(layer.get("strides", 1), axes)
        spread = both(layer.get("dilation_rate", 1), axes)
        pads, extents = _pads(layer, kernel, stride, spread, form[:-1])
        made = {
            "out_channels": int(layer.get("filters")),
            "kernel_size": kernel,
            "stride": stride,
            "padding": pads,
            "dilation": spread,
            "groups": int(layer.get("groups", 1)),
            "bias": bool(layer.get("use_bias", True)),
        }
        order = (3, 2, 0, 1) if axes == 2 else (2, 1, 0)
        self._tell(layer, names, f"torch.nn.Conv{axes}d", made, named(weights, lambda w: w.transpose(order)))
        return (*extents, int(layer.get("filters")))

    def _depthwise_conv2d(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        form = self.forms[names[0]]
        times = int(layer.get("depth_multiplier", 1))
        kernel, stride = both(layer.get("kernel_size"), 2), both(layer.get("strides", 1), 2)
        spread = both(layer.get("dilation_rate", 1), 2)
        pads, extents = _pads(layer, kernel, stride, spread, form[:-1])
        made = {"out_channels": form[-1] * times, "kernel_size": kernel, "stride": stride, "padding": pads,
                "dilation": spread,
                "groups": form[-1], "bias": bool(layer.get("use_bias", True))}  # fmt: skip
        shape = (form[-1] * times, 1, *kernel)
        self._tell(
            layer, names, "torch.nn.Conv2d", made, named(weights, lambda w: w.transpose(2, 3, 0, 1).reshape(shape))
        )
        return (*extents, form[-1] * times)

    def _pool(self, layer: Layer, names: list[str], function: str) -> tuple[int, ...]:
        form = self.forms[names[0]]
        size = both(layer.get("pool_size", 2), 2)
        stride = both(layer.get("strides") or size, 2)
        pads, extents = _pads(layer, size, stride, (1, 1), form[:-1])
        if any(pads) and "avg" in function:
            raise Unfit("padding='same'")
        self._tell(layer, names, function, {"kernel_size": size, "stride": stride, "padding": pads})
        return (*extents, form[-1])

    def _max_pooling2d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        return self._pool(layer, names, "torch.nn.functional.max_pool2d")

    def _average_pooling2d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        return self._pool(layer, names, "torch.nn.functional.avg_pool2d")

    def _global_average_pooling2d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        return self._one_place(layer, names, "torch.nn.functional.adaptive_avg_pool2d")

    def _global_max_pooling2d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        return self._one_place(layer, names, "torch.nn.functional.adaptive_max_pool2d")

    def _one_place(self, layer: Layer, names: list[str], function: str) -> tuple[int, ...]:
        self._tell(layer, names, function, {"output_size": 1})
        if layer.get("keepdims"):
            return (1, 1, self.forms[names[0]][-1])
        self._tell(layer, [layer.name], "torch.flatten", end="_flat")
        return (self.forms[names[0]][-1],)

    def _global_average_pooling1d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        if layer.get("keepdims"):
            raise Unfit("keepdims=True")
        self._tell(layer, names, "torch.mean", {"dim": 1})
        return self.forms[names[0]][-1:]

    def _batch_normalization(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        form = self.forms[names[0]]
        axis = layer.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) else axis
        if (
            axis not in (-1, len(form))
            or len(form) == 2
            or not (layer.get("scale", True) and layer.get("center", True))
        ):
            raise Unfit(f"axis={axis}")
        made = {"eps": float(layer.get("epsilon", 1e-3)), "momentum": round(1 - float(layer.get("momentum", 0.99)), 6)}
        labels = ("weight", "bias", "running_mean", "running_var")
        tensors: dict[str, np.ndarray] = dict(zip(labels, weights, strict=False))
        if tensors:
            tensors["num_batches_tracked"] = np.asarray(0, dtype=np.int64)
        self._tell(layer, names, f"torch.nn.BatchNorm{2 if len(form) == 3 else 1}d", made, tensors)
        return form


def both(value: Any, axes: int) -> tuple[int, ...]:
    parts = value if isinstance(value, list | tuple) else [value] * axes
    return tuple(int(part) for part in parts)


def _pads(
    layer: Layer, kernel: tuple[int, ...], stride: tuple[int, ...], spread: tuple[int, ...], extents: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The zeros on each side, and the extents that come out; "same" is told in numbers where both sides are equal."""
    how = layer.get("padding", "valid")
    if how not in ("valid", "same"):
        raise Unfit(f"padding={how}")
    pads, found = [], []
    for size, step, far, extent in zip(kernel, stride, spread, extents, strict=True):
        reach = far * (size - 1) + 1
        if how == "valid":
            pads.append(0)
            found.append((extent - reach) // step + 1)
            continue
        out = -(-extent // step)
        whole = max(0, (out - 1) * step + reach - extent)
        if whole % 2:
            raise Unfit("padding='same'")
        pads.append(whole // 2)
        found.append(out)
    return tuple(pads), tuple(found)


def named(weights: list[np.ndarray], turn: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """A kernel in PyTorch's order, and its bias."""
    if not weights:
        return {}
    return {"weight": turn(weights[0]), **({"bias": weights[1]} if len(weights) > 1 else {})}
