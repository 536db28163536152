"""Operators of an ONNX graph that are one layer together: what looks like it is proven by numbers. The operators of the
file and what they are taken for compute the same things, and it counts where both agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.session.imports.onnx_values import FIRST

# Values of more numbers are not tried. Smaller differences of single precision come from the order of sums alone.
MOST, AGREE = 50_000_000, 1e-4


@dataclass(frozen=True)
class Found:
    """Operators that are one layer: what goes in and comes out by name, which operators by what they give, and what
    the layer is in PyTorch's terms. ``named`` is the operator that it is called after; ``zero_bias`` says that a sum
    has no bias there. ``held`` are the constants of the file that its tensors come from.
    """

    given: str
    result: str
    members: frozenset[str]
    target: str
    arguments: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray]
    named: Any
    zero_bias: bool = False
    held: tuple[str, ...] = ()


class Graph:
    """Operators, who makes a value and who takes it. ``constants`` and ``shapes`` are those of the whole graph for
    BATCH samples.
    """

    def __init__(
        self,
        nodes: Iterable[Any],
        constants: Mapping[str, np.ndarray],
        shapes: Mapping[str, tuple[int, ...]],
        version: int,
    ) -> None:
        # The set of operators that the file is written in: what a softmax goes along was another before the thirteenth.
        self.version = version
        self.nodes, self.constants, self.shapes = list(nodes), constants, shapes
        self._maker = {name: node for node in self.nodes for name in node.output if name}
        self._takers: dict[str, list[Any]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.input):
                self._takers.setdefault(name, []).append(node)

    def _value(self, node: Any) -> str | None:
        """The only input that is computed; None where there are several or none."""
        names = [name for name in node.input if name and name not in self.constants]
        return names[0] if len(names) == 1 else None

    def _taker(self, name: str) -> Any | None:
        """The only operator that takes a value."""
        takers = self._takers.get(name, [])
        return takers[0] if len(takers) == 1 else None

    def added(self, name: str) -> tuple[str, ...]:
        """What is added to a value that nothing else takes, by name."""
        taker = self._taker(name)
        return tuple(taker.input) if taker is not None and taker.op_type == "Add" else ()

    def _plain(self, name: str) -> float | None:
        """A constant of one number."""
        array = self.constants.get(name)
        return float(array.reshape(-1)[0]) if array is not None and array.size == 1 else None

    def _inside(self, found: Found) -> bool:
        """Whether nothing outside takes what is computed inside."""
        inner = found.members - {found.result}
        return not any(
            set(node.output).isdisjoint(found.members) for name in inner for node in self._takers.get(name, [])
        )

    def agrees(
        self,
        found: Found,
        form: str,
        computed: Callable[[Found, np.ndarray], np.ndarray],
        shape: tuple[int, ...] = (),
    ) -> bool:
        """Whether the operators of the file compute what the layer does, for numbers drawn at random; ``shape`` is
        theirs where it is of no account.
        """
        shape = shape or self.shapes.get(found.given, ())
        sizes = [math.prod(self.shapes.get(name, (MOST,))) for name in found.members if name in self._takers]
        if not shape or sum(sizes) + math.prod(shape) > MOST:
            # What is too large, or of no known form, is not computed.
            return False
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        try:
            theirs = self._run(found, x)
            turned = form != FIRST
            ours = computed(found, x.swapaxes(0, 1) if turned else x)
            ours = ours.swapaxes(0, 1) if turned else ours
        except MemoryError:
            raise
        except Exception:
            # Operators that are not as ONNX describes them; whatever they raise, they are not this layer.
            return False
        if theirs.shape != ours.shape:
            return False
        return bool(np.max(np.abs(theirs - ours), initial=0.0) <= AGREE * max(1.0, float(np.abs(ours).max())))

    def _run(self, found: Found, x: np.ndarray) -> np.ndarray:
        """What the operators give, computed by the plain Python of the format's own library."""
        from onnx import TensorProto, helper, numpy_helper, reference

        nodes = [node for node in self.nodes if not found.members.isdisjoint(node.output)]
        names = {name for node in nodes for name in node.input if name in self.constants}
        held = [numpy_helper.from_array(np.ascontiguousarray(self.constants[name]), name) for name in sorted(names)]
        given = [helper.make_tensor_value_info(found.given, TensorProto.FLOAT, list(x.shape))]
        result = [helper.make_tensor_value_info(found.result, TensorProto.FLOAT, None)]
        graph = helper.make_graph(nodes, "part", given, result, held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.version)])
        evaluator: Any = reference.ReferenceEvaluator(model)
        return np.asarray(evaluator.run(None, {found.given: x})[0])
