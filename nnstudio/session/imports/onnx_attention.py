"""Attention and GELU in an ONNX graph: exporters take both apart, each in its own way. They are found loosely, put
together again, and proven by numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnstudio.session.imports.onnx_values import BATCH, FIRST, attribute
from nnstudio.session.imports.onnx_wholes import Found, Graph

# Operators that move numbers and leave them as they are.
MOVING = ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten", "Cast", "Gather", "Split", "Slice")
SCALING = ("Mul", "Div", "Add", "Where")
# So many operators stand between a product and its neighbour at most.
FAR = 24
# So many numbers try a function that is done to each.
TRIED = 1000
# What x is divided by or multiplied with before the error function.
ROOTS = {2**0.5: "Div", 0.5**0.5: "Mul"}


@dataclass(frozen=True)
class _Projection:
    """A weighted sum with constants: the value that goes in, its weight (out, in) and bias."""

    node: Any
    given: str
    weight: np.ndarray
    bias: np.ndarray | None


class Wholes(Graph):
    """Looks for layers that were taken apart."""

    def gelus(self) -> list[Found]:
        """x/2 · (1 + erf(x/√2)) where it was taken apart."""
        return self._all(self._gelu, ("Erf",))

    def attentions(self) -> list[Found]:
        """What looks like self-attention; ``proven`` says whether it is."""
        return self._all(self._attention, ("Softmax", "Attention"))

    def _all(self, look: Callable[[Any], Found | None], kinds: tuple[str, ...]) -> list[Found]:
        found = []
        for node in self.nodes:
            # Operators that are not as ONNX describes them are nothing that is looked for.
            with contextlib.suppress(IndexError, KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError):
                one = look(node) if node.op_type in kinds else None
                found += [one] if one is not None else []
        return found

    def proven(self, found: Found, form: str) -> Found | None:
        """Attention as it was found or with a mask of what lies ahead, whichever computes the same; None if neither
        does. ``form`` says how the axes of what goes in stand.
        """
        for causal in (False, True):
            one = replace(found, arguments={**found.arguments, "causal": causal})
            if self.agrees(one, form, _attended):
                return one
        return None

    def _gelu(self, node: Any) -> Found | None:
        before = self._maker.get(node.input[0])
        given = self._value(before) if before is not None else None
        if before is None or given is None:
            return None
        factor = next((n for n in map(self._plain, before.input) if n is not None), 0.0)
        if not any(before.op_type == kind and abs(factor - n) < 1e-3 for n, kind in ROOTS.items()):
            return None
        members, name, halves = {before.output[0], node.output[0]}, node.output[0], 0
        for _ in range(4):
            taker = self._taker(name)
            if taker is None or taker.op_type not in ("Add", "Mul"):
                break
            other = next((n for n in taker.input if n != name), "")
            half = self._maker.get(other)
            if half is not None and half.op_type == "Mul" and given in half.input and half is not taker:
                # x/2 was made beside it.
                if 0.5 not in map(self._plain, half.input):
                    break
                halves += 1
                members.add(half.output[0])
            elif taker.op_type == "Mul" and self._plain(other) == 0.5:
                halves += 1
            elif other != given and not (taker.op_type == "Add" and self._plain(other) == 1.0):
                break
            members.add(taker.output[0])
            name = taker.output[0]
            if halves and any(given in self._maker[n].input for n in members - {before.output[0]}):
                break
        found = Found(given, name, frozenset(members), "torch.nn.GELU", {"approximate": "none"}, {}, node)
        return found if halves == 1 and self.agrees(found, FIRST, _gelu, (TRIED,)) else None

    # -- attention ------------------------------------------------------------------------------

    def _attention(self, node: Any) -> Found | None:
        members: set[str] = {node.output[0]}
        if node.op_type == "Attention":
            if len(node.input) < 3:
                return None
            ends, last = list(node.input[:3]), node
        else:
            rank = len(self.shapes.get(node.input[0], ()))
            # The plain Python of the format's library knows today's default alone.
            if not rank or attribute(node, "axis", -1 if self.version >= 13 else 1) % rank != rank - 1:
                return None
            product = self._scores(node, members)
            last = self._product_behind(node, members)
            if product is None or last is None:
                return None
            ends = [*product.input, last.input[1]]
        heads = self._heads(node, ends[0])
        sums = [self._projected(name, members) for name in ends]
        out = self._joined(last.output[0], members)
        if out is None or not heads or any(one is None for one in sums):
            return None
        parts = [one for one in sums if one is not None]
        if len({one.given for one in parts}) != 1:
            return None
        end, closing = out
        tensors, zero = _tensors(parts, closing)
        if not tensors:
            return None
        made = {"num_heads": heads, "batch_first": True, "bias": True, "causal": False}
        target, nodes = "torch.nn.MultiheadAttention", [node for node in self.nodes if members & {*node.output}]
        # Weights and biases; shapes and scales are constants as well.
        held = tuple(
            n
            for node in nodes
            if node.op_type == "Add" or self._sum_of(node)
            for n in node.input
            if n in self.constants
        )
        found = Found(parts[0].given, end, frozenset(members), target, made, tensors, closing.node, zero, held)
        return found if self._inside(found) else None

    def _scores(self, node: Any, members: set[str]) -> Any | None:
        """The product of queries and keys before a softmax."""
        name = node.input[0]
        for _ in range(FAR):
            maker = self._maker.get(name)
            if maker is None:
                return None
            members.add(maker.output[0])
            if maker.op_type == "MatMul" and not any(n in self.constants for n in maker.input):
                return maker
            before = self._value(maker)
            if before is None or maker.op_type not in (*MOVING, *SCALING):
                return None
            name = before
        return None

    def _product_behind(self, node: Any, members: set[str]) -> Any | None:
        """The product of weights and values."""
        name = node.output[0]
        for _ in range(FAR):
            taker = self._taker(name)
            if taker is None:
                return None
            members.add(taker.output[0])
            if taker.op_type == "MatMul":
                return taker if taker.input[0] == name and taker.input[1] not in self.constants else None
            if taker.op_type not in ("Reshape", "Identity", "Cast", "Dropout", "Where", "IsNaN"):
                return None
            name = taker.output[0]
        return None

    def _heads(self, node: Any, query: str) -> int:
        if node.op_type == "Attention" and attribute(node, "q_num_heads"):
            return int(attribute(node, "q_num_heads"))
        shape = self.shapes.get(query if node.op_type == "Attention" else node.input[0], ())
        if len(shape) == 4 and shape[0] == BATCH:
            return shape[1]
        return shape[0] // BATCH if len(shape) == 3 and not shape[0] % BATCH else 0

    def _projected(self, name: str, members: set[str]) -> _Projection | None:
        """Go back to the weighted sum that queries, keys or values come from."""
        bias = None
        for _ in range(FAR):
            maker = self._maker.get(name)
            if maker is None:
                return None
            weighted = self._sum_of(maker)
            members.update(n for n in maker.output if n)
            if weighted is not None:
                weight, own = weighted
                given = maker.input[0]
                while len(self.shapes.get(given, ())) == 2 and self._maker.get(given) is not None:
                    # One row for every step of every sample.
                    members.add(given)
                    given = self._value(self._maker[given]) or ""
                return _Projection(maker, given, weight, own if own is not None else bias)
            before = self._value(maker)
            if before is None or maker.op_type not in (*MOVING, *SCALING):
                return None
            if maker.op_type == "Add":
                bias = next((self.constants[n].reshape(-1) for n in maker.input if n in self.constants), None)
            name = before
        return None

    def _sum_of(self, node: Any) -> tuple[np.ndarray, np.ndarray | None] | None:
        """Weight (out, in) and bias of a weighted sum with constants."""
        if node.op_type not in ("MatMul", "Gemm") or len(node.input) < 2:
            return None
        weight = self.constants.get(node.input[1])
        if weight is None or weight.ndim != 2 or node.input[0] in self.constants:
            return None
        turned = node.op_type == "Gemm" and attribute(node, "transB", 0)
        bias = self.constants.get(node.input[2]) if len(node.input) > 2 else None
        return (weight if turned else weight.T), (None if bias is None else bias.reshape(-1))

    def _joined(self, name: str, members: set[str]) -> tuple[str, _Projection] | None:
        """Go on to the weighted sum of all heads, and to where it has the form of a sequence again."""
        closing: _Projection | None = None
        for _ in range(FAR):
            if closing is not None and len(self.shapes.get(name, ())) == 3:
                after = self._taker(name)
                bias = self._added(after, len(closing.weight)) if closing.bias is None and after is not None else None
                if after is None or bias is None:
                    return name, closing
                closing = replace(closing, bias=bias)
                name = after.output[0]
                members.add(name)
                continue
            taker = self._taker(name)
            if taker is None:
                return None
            weighted = self._sum_of(taker)
            members.update(n for n in taker.output if n)
            if weighted is not None:
                if closing is not None:
                    return None
                closing = _Projection(taker, name, *weighted)
            elif closing is not None and (bias := self._added(taker, len(closing.weight))) is not None:
                closing = replace(closing, bias=bias)
            elif taker.op_type not in MOVING:
                return None
            name = taker.output[0]
        return None

    def _added(self, node: Any, width: int) -> np.ndarray | None:
        """The row of numbers that an operator adds."""
        if node.op_type != "Add":
            return None
        found = next((self.constants[n].reshape(-1) for n in node.input if n in self.constants), None)
        return found if found is not None and len(found) == width else None


def _tensors(parts: list[_Projection], closing: _Projection) -> tuple[dict[str, np.ndarray], bool]:
    """The tensors of torch.nn.MultiheadAttention: three projections in one matrix; none where they do not fit."""
    weights, biases, zero = [], [], closing.bias is None
    together = len({id(one.node) for one in parts}) == 1
    for place, one in enumerate(parts):
        height = len(one.weight) // 3 if together else len(one.weight)
        rows = slice(place * height, (place + 1) * height) if together else slice(None)
        weights.append(one.weight[rows])
        zero = zero or one.bias is None
        bias = np.zeros(len(one.weight), dtype=one.weight.dtype) if one.bias is None else one.bias
        biases.append(bias[rows])
    width = closing.weight.shape[0]
    if any(weight.shape != (width, width) for weight in (*weights, closing.weight)):
        return {}, False
    return {
        "in_proj_weight": np.concatenate(weights),
        "in_proj_bias": np.concatenate(biases),
        "out_proj.weight": np.ascontiguousarray(closing.weight),
        "out_proj.bias": np.zeros(width, dtype=closing.weight.dtype) if closing.bias is None else closing.bias,
    }, zero


def _attended(found: Found, x: np.ndarray) -> np.ndarray:
    """softmax(Q Kᵀ / √d) V over heads (Vaswani et al. 2017), samples first."""
    heads, width = found.arguments["num_heads"], x.shape[-1]
    if width % heads:
        return np.empty(0)
    sums = x @ found.tensors["in_proj_weight"].T + found.tensors["in_proj_bias"]
    query, key, value = (
        part.reshape(*x.shape[:2], heads, width // heads).swapaxes(1, 2) for part in np.split(sums, 3, axis=-1)
    )
    scores = query @ key.swapaxes(2, 3) / (width // heads) ** 0.5
    if found.arguments["causal"]:
        scores = np.where(np.tri(x.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed = (weights @ value).swapaxes(1, 2).reshape(x.shape)
    return np.asarray(mixed @ found.tensors["out_proj.weight"].T + found.tensors["out_proj.bias"])


def _gelu(found: Found, x: np.ndarray) -> np.ndarray:
    """x Φ(x) (Hendrycks and Gimpel 2016)."""
    from math import erf

    del found
    return np.asarray(0.5 * x * (1 + np.vectorize(erf)(x / 2**0.5)))
