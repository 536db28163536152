"""Functions of PyTorch on the way to operations."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from nnstudio.document.text import message
from nnstudio.session.imports.draft import Operation
from nnstudio.session.imports.torch_names import (
    FORMS,
    FUNCTIONS,
    NOTHING,
    PERMUTES,
    POOLS,
    SUMS,
    function_called,
    name_of,
)
from nnstudio.session.imports.torch_parts import Parts

F = nn.functional


class Functions(Parts):
    """Tells what functions and methods of tensors do."""

    def _function(self, node: fx.Node, called: Any) -> None:
        target = function_called(called)
        if target is operator.getitem or target is torch.select:
            self._part(node)
        elif target in FORMS:
            self._form_change(node)
        elif target in PERMUTES:
            self._permute(node, target)
        elif target in SUMS:
            self._sum(node, SUMS[target])
        elif target in (torch.cat, torch.concat):
            self._cat(node)
        elif target is torch.mean:
            self._mean(node)
        elif target is F.layer_norm:
            self._layer_norm(node)
        elif target in FUNCTIONS:
            self._named(node, *FUNCTIONS[target])
        elif target in NOTHING or (target is F.pad and not any(self._plain(node.args[1]))):
            self._pass(node)
        elif name_of(target) == "stochastic_depth":
            # In use it does nothing; in training it would switch whole branches off.
            self.draft.notes.append(message("import.left_out", where=self._where(node), name=name_of(target)))
            self._pass(node)
        else:
            self._refuse(node, name_of(target), "import.why.no_layer")

    def _named(self, node: fx.Node, module: str, names: tuple[str, ...]) -> None:
        """A function that is a module as well."""
        given = dict(zip(names, map(self._plain, node.args[1:]), strict=False))
        given |= {name: self._plain(value) for name, value in node.kwargs.items()}
        if "dim" in names:
            self._softmax(node, f"torch.nn.{module}", given.get("dim"))
            return
        for unused in ("inplace", "training", "_stacklevel", "dtype"):
            given.pop(unused, None)
        if module == FUNCTIONS[F.interpolate][0] and "mode" not in given:
            given["mode"] = "nearest"
        self._add(node, POOLS.get(module, f"torch.nn.{module}"), given)

    def _softmax(self, node: fx.Node, target: str, dim: int | None) -> None:
        rank = len(self._shape(node))
        if dim is None:
            dim = 1 if rank == 2 else -1
        self._add(node, target, {"dim": -1 if dim == rank - 1 else dim})

    def _permute(self, node: fx.Node, target: Any) -> None:
        rank = len(self._shape(node))
        given = [self._plain(value) for value in (*node.args[1:], *node.kwargs.values())]
        if target is torch.permute:
            dims = list(given[0] if isinstance(given[0], list | tuple) else given)
        elif target is torch.movedim:
            first, second = int(given[0]) % rank, int(given[1]) % rank
            dims = [axis for axis in range(rank) if axis != first]
            dims.insert(second, first)
        else:
            dims = list(range(rank))
            first, second = int(given[0]) % rank, int(given[1]) % rank
            dims[first], dims[second] = dims[second], dims[first]
        dims = [int(axis) % rank for axis in dims]
        if dims[0] != 0:
            self._refuse(node, name_of(target), "import.why.batch")
        else:
            self._add(node, "torch.permute", {"dims": dims})

    def _sum(self, node: fx.Node, target: Any) -> None:
        first, second = node.args[0], node.args[1] if len(node.args) > 1 else next(iter(node.kwargs.values()))
        shapes = self._shape(first), self._shape(second)
        if target is torch.mul and self._scaled(node, first, second):
            return
        alike = shapes[0] == shapes[1] or (target is torch.mul and len(shapes[0]) == len(shapes[1]))
        own = self._own(first) or self._own(second)
        if own and node.kwargs.get("alpha", 1) == 1 and self._each(node, target, first, second):
            return
        if not all(shapes) or not alike or own or node.kwargs.get("alpha", 1) != 1:
            fault = "import.why.own_tensor" if own or not all(shapes) else f"{shapes[0]} and {shapes[1]}"
            self._refuse(node, name_of(target), fault)
            return
        self._add(node, f"torch.{name_of(target)}", inputs=(self._value(first), self._value(second)))

    def _scaled(self, node: fx.Node, first: Any, second: Any) -> bool:
        """A learnt number for every channel of an image is a kernel of one place for each."""
        own, other = (first, second) if self._own(first) else (second, first)
        shape = self._shape(other)
        if not self._own(own) or len(shape) != 4 or self._shape(own)[-3:] != (shape[1], 1, 1):
            return False
        weight = self._tensor(own).reshape(shape[1], 1, 1, 1)
        made = {"out_channels": shape[1], "kernel_size": 1, "stride": 1, "groups": shape[1], "bias": False}
        self._add(node, "torch.nn.Conv2d", made, {"weight": weight}, (self._value(other),))
        return True

    def _each(self, node: fx.Node, target: Any, first: Any, second: Any) -> bool:
        """A learnt number for every place of a sequence, or for every feature or channel, that is added, taken away or
        multiplied.
        """
        own, other = (first, second) if self._own(first) else (second, first)
        shape, given = self._shape(other), self._shape(own)
        path, _, name = str(own.target).rpartition(".")
        held = getattr(self.modules[path], name)
        # What is used in two ways, or a layer holds, or is not learnt at all, is nothing that a card holds.
        uses = [one for one in self.graph.nodes if str(one.target) in (path, str(own.target)) and one.op != "output"]
        if self._own(other) or len(shape) not in (2, 3, 4) or len(uses) > 1 or len(own.users) > 1:
            return False
        if not isinstance(held, nn.Parameter):
            return False
        if target not in (torch.add, torch.mul) and not (target is torch.sub and own is second):
            return False
        features = (shape[1], 1, 1) if len(shape) == 4 else shape[-1:]
        alone = given == (1,) * (len(given) - len(features)) + features
        row = len(shape) == 3 and given == (1,) * (len(given) - 2) + shape[1:]
        value = self._tensor(own) if alone or row else None
        if value is None or value.dtype.kind != "f" or self._shape(node) != shape:
            return False
        value = -value if target is torch.sub else value
        if row and not alone and target is not torch.mul:
            self._add(node, "row_for_each_place", None, {"value": value.reshape(shape[1:])}, (self._value(other),))
        elif alone:
            what = {"scale": target is torch.mul, "shift": target is not torch.mul}
            self._add(node, "scale_and_shift_each", what, {"value": value.reshape(features)}, (self._value(other),))
        else:
            return False
        if not held.requires_grad:
            self.draft.node(self.values[node.name]).freeze()
        return True

    def _tensor(self, node: Any) -> np.ndarray:
        """A parameter that is called by its name."""
        path, _, name = str(node.target).rpartition(".")
        value = getattr(self.modules[path], name)
        return np.asarray(value.detach().numpy())

    def _layer_norm(self, node: fx.Node) -> None:
        names = ("input", "normalized_shape", "weight", "bias", "eps")
        given = {**dict(zip(names, node.args, strict=False)), **node.kwargs}
        shape, eps = self._shape(given["input"]), self._plain(given.get("eps", 1e-5))
        over, own = tuple(self._plain(given["normalized_shape"])), (given.get("weight"), given.get("bias"))
        if over != shape[-1:] or not all(map(self._own, own)):
            self._refuse(node, name_of(F.layer_norm), f"over {over}")
            return
        tensors = {name: self._tensor(value) for name, value in zip(("weight", "bias"), own, strict=True)}
        made = {"eps": eps, "elementwise_affine": True}
        self._along_last(node, self._value(given["input"]), "torch.nn.LayerNorm", made, tensors)

    def _along_last(
        self, node: fx.Node, value: str, target: str, made: Mapping[str, Any], tensors: Mapping[str, np.ndarray]
    ) -> None:
        """Let a layer work along the last axis. Where there are three axes behind the batch, of which it would take all
        or none here, the first two stand in a row meanwhile.
        """
        shape = self._shape(node)
        if len(shape) != 4:
            self._add(node, target, made, tensors, (value,))
            return
        before = next(self._shape(arg) for arg in node.args if self._shape(arg))
        where, row = self._where(node), {"shape": (before[1] * before[2], before[3])}
        value = self.draft.add(Operation("torch.reshape", f"{where}_row", (value,), row))
        value = self.draft.add(Operation(target, where, (value,), made, tensors))
        back = {"shape": shape[1:]}
        self.values[node.name] = self.draft.add(Operation("torch.reshape", f"{where}_back", (value,), back))

    def _cat(self, node: fx.Node) -> None:
        parts = node.args[0] if isinstance(node.args[0], list | tuple) else ()
        dim = self._plain(node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0))
        rank = len(self._shape(node))
        self._add(node, "torch.cat", {"dim": int(dim) % rank}, inputs=tuple(self._value(part) for part in parts))

    def _mean(self, node: fx.Node) -> None:
        dims = self._plain(node.args[1] if len(node.args) > 1 else node.kwargs.get("dim"))
        keep = bool(self._plain(node.args[2] if len(node.args) > 2 else node.kwargs.get("keepdim", False)))
        rank = len(self._shape(node.args[0]))
        axes = sorted(int(axis) % rank for axis in (dims if isinstance(dims, list | tuple) else (dims,)))
        if axes == [2, 3] and rank == 4:
            self._add(node, POOLS["AdaptiveAvgPool2d"], {"output_size": 1})
            if not keep:
                where = f"{self._where(node)}_flat"
                self.values[node.name] = self.draft.add(Operation("torch.flatten", where, (self.values[node.name],)))
        elif len(axes) == 1 and not keep:
            self._add(node, "torch.mean", {"dim": axes[0], "keepdim": False})
        else:
            self._refuse(node, name_of(torch.mean), f"over {axes}, keepdim={keep}")
