"""A module that was built in Python: followed, told in operations, compared with what it computes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from nnstudio.document.errors import ImportRefused
from nnstudio.document.groups import flatten
from nnstudio.document.text import message
from nnstudio.session.imports.box_file import Box
from nnstudio.session.imports.draft import GIVEN, Draft, Drawn, Operation
from nnstudio.session.imports.finish import Brought, differences, finish
from nnstudio.session.imports.torch_functions import Functions
from nnstudio.session.imports.torch_names import (
    PARTINGS,
    POOLS,
    RECURRENT,
    arguments_of,
    function_called,
)
from nnstudio.session.imports.torch_trace import Form, followed

# How far answers may lie from the module's own, relative to the greatest of them.
EXACT = 1e-5


def brought_from(module: Any, example: Any, title: str = "") -> Brought:
    """Return the project of a module; ``example`` is a batch that it takes, (N, …) of numbers or of tokens.

    Raises:
        ImportRefused: the module cannot be followed, or holds what has no counterpart; all of that is said.
    """
    if not isinstance(module, nn.Module):
        raise ImportRefused("import.no_module", found=type(module).__name__)
    batch = _as_batch(example)
    copied = copy.deepcopy(module).to("cpu").eval()
    answer, seen = followed(copied, batch)
    tokens = 0
    if not batch.is_floating_point():
        # As many as the first table of them has rows.
        tables = [m.num_embeddings for m in copied.modules() if isinstance(m, nn.Embedding)]
        tokens = max([int(batch.max()) + 1, *tables[:1]])
    made: list[Box] = []
    used: set[str] = set()
    try:
        brought = _brought(copied, batch, answer, seen, tokens, title or type(module).__name__, made)
        used = {node.kind for node in flatten(brought.document).nodes}
    finally:
        # A file that no card stands for would lie in the student's folder for nothing.
        for box in made:
            if box.fresh and box.entry.id not in used:
                box.path.unlink(missing_ok=True)
    return brought


def _brought(
    copied: nn.Module,
    batch: torch.Tensor,
    answer: np.ndarray,
    seen: tuple[fx.Graph, dict[str, Any]],
    tokens: int,
    title: str,
    made: list[Box],
) -> Brought:
    whole: frozenset[str] = frozenset()
    while True:
        draft = Draft(tuple(int(extent) for extent in batch.shape[1:]), tokens)
        reader = Reader(draft, copied, *seen, whole)
        try:
            result = reader.read()
        finally:
            made += reader.boxes
        more = reader.small_modules() - whole
        if not more:
            break
        # A module of which a part is nothing for the catalogue is one card rather than several.
        whole |= more
    brought = finish(draft, result, title)
    if reader.boxes and not _each_alone(copied, batch, answer):
        raise ImportRefused("import.couples", files=", ".join(sorted({box.file for box in reader.boxes})))
    return _compared(brought, batch, answer)


def _each_alone(module: nn.Module, batch: torch.Tensor, answer: np.ndarray) -> bool:
    """Whether the answer to a sample is the same without the others."""
    try:
        with torch.no_grad():
            alone = module(batch[:1])
    except Exception:
        # What takes no single sample counts them.
        return False
    while isinstance(alone, list | tuple | dict):
        alone = next(iter(alone.values())) if isinstance(alone, dict) else alone[0]
    return differences(answer[:1], alone.detach().numpy()) <= EXACT


def _as_batch(example: Any) -> torch.Tensor:
    if isinstance(example, list | tuple):
        if len(example) != 1:
            raise ImportRefused("import.one_input", count=len(example))
        example = example[0]
    try:
        batch = example.detach() if isinstance(example, torch.Tensor) else torch.as_tensor(np.asarray(example))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ImportRefused("import.example", detail=str(error)[:200]) from None
    batch = batch.to("cpu")
    if batch.ndim < 2 or not len(batch):
        raise ImportRefused("import.example", detail=f"{tuple(batch.shape)}")
    batch = batch.to(torch.float32) if batch.is_floating_point() else batch.to(torch.int64)
    # One sample would leave it open which axis is the batch.
    return torch.cat([batch, batch]) if len(batch) == 1 else batch[:8]


def _compared(brought: Brought, batch: torch.Tensor, answer: np.ndarray) -> Brought:
    """Compare what the network computes here with what the module does.

    Raises:
        ImportRefused: they differ.
    """
    from nnstudio.engine.experiment import make_model

    program = brought.lowered.program
    assert program is not None
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    with torch.no_grad():
        ours = model.eval()(batch)
    off = differences(answer, ours)
    if not off <= EXACT:
        raise ImportRefused("import.differs", difference=f"{off:.1e}")
    note = message("import.same", count=len(batch), difference=f"{off:.1e}" if off else "0")
    return Brought(brought.document, brought.parts, (*brought.notes, note), brought.lowered)


class Reader(Functions):
    """Goes through a traced module and tells its operations to a draft."""

    def read(self) -> str:
        """Return the value that is the result."""
        given = [node for node in self.graph.nodes if node.op == "placeholder" and node.users]
        if len(given) != 1:
            raise ImportRefused("import.one_input", count=len(given))
        for node in self.graph.nodes:
            if node.op == "placeholder":
                self.values[node.name] = GIVEN
            elif node.op == "output":
                return self._result(node)
            elif not node.users or function_called(node.target) in PARTINGS:
                continue
            elif isinstance(self.seen[node.name], Form) or self._is_recurrent(node):
                self._tried(node)
        raise ImportRefused("import.empty")

    def _result(self, node: fx.Node) -> str:
        found = node.args[0]
        count = 1
        while isinstance(found, list | tuple | dict):
            parts = list(found.values()) if isinstance(found, dict) else list(found)
            count, found = max(count, len(parts)), parts[0]
        if count > 1:
            self.draft.notes.append(message("import.one_output", count=count))
        if not isinstance(found, fx.Node):
            raise ImportRefused("import.empty")
        return self._value(found)

    def _is_recurrent(self, node: fx.Node) -> bool:
        return node.op == "call_module" and isinstance(
            self.modules[str(node.target)], (*RECURRENT, nn.MultiheadAttention)
        )

    def _node(self, node: fx.Node) -> None:
        if node.op == "call_module":
            self._module(node, self.modules[str(node.target)])
        elif node.op in ("call_function", "call_method"):
            self._function(node, node.target)
        else:
            # A tensor of its own: who takes it says what it is there.
            self.values[node.name] = GIVEN

    def _module(self, node: fx.Node, module: nn.Module) -> None:
        before, fresh = len(self.draft.nodes), str(node.target) not in self._made
        self._told(node, module)
        told = self.draft.nodes[before:]
        first = self._made.setdefault(str(node.target), [one.id for one in told])
        for one, other in zip(told, first, strict=False):
            # What is used a second time stays one layer: its weights are those of the first.
            if one.id != other and one.tensors:
                one.share(other)
        if fresh:
            self._trained(str(node.target), module, told)

    def _trained(self, where: str, module: nn.Module, told: list[Drawn]) -> None:
        """Freeze what is frozen there, and note what answers alike and trains otherwise."""
        moves = [parameter.requires_grad for parameter in module.parameters()]
        if moves and not any(moves):
            for one in told:
                one.freeze()
        elif not all(moves):
            self.draft.notes.append(message("import.partly_frozen", where=where))
        if any(isinstance(part, nn.TransformerEncoderLayer) and part.dropout.p for part in module.modules()):
            self.draft.notes.append(message("import.dropout", where=where))

    def _told(self, node: fx.Node, module: nn.Module) -> None:
        name = type(module).__name__
        tensors = {key: value.detach().numpy() for key, value in module.state_dict().items()}
        if isinstance(module, nn.Identity | nn.Flatten | nn.Unflatten):
            self._form_change(node)
        elif isinstance(module, nn.TransformerEncoder):
            self._encoder(node, module)
        elif isinstance(module, nn.MultiheadAttention):
            self._attention(node, module, tensors)
        elif isinstance(module, nn.Linear) or (isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1):
            self._along_last(node, self._value(node.args[0]), f"torch.nn.{name}", arguments_of(module), tensors)
        elif isinstance(module, nn.Softmax | nn.LogSoftmax):
            self._softmax(node, f"torch.nn.{name}", module.dim)
        elif isinstance(module, nn.PReLU) and module.num_parameters > 1:
            self.draft.refuse(str(node.target), name, f"num_parameters={module.num_parameters}")
            self.values[node.name] = self._value(node.args[0])
        else:
            target = POOLS.get(name) or ("torch.nn." + name if type(module).__module__.startswith("torch.nn") else name)
            self._add(node, target, arguments_of(module), tensors)
        if isinstance(module, RECURRENT):
            self.recurrent[node.name] = self.values[node.name]

    def _encoder(self, node: fx.Node, module: nn.TransformerEncoder) -> None:
        """A stack of layers is its layers, one after the other."""
        value = self._value(node.args[0])
        causal = bool(node.kwargs.get("is_causal")) or len(node.args) > 1 or node.kwargs.get("mask") is not None
        if causal:
            self.draft.refuse(str(node.target), "TransformerEncoder", "import.why.mask")
        for number, layer in enumerate(module.layers):
            tensors = {key: tensor.detach().numpy() for key, tensor in layer.state_dict().items()}
            where = f"{node.target}.layers.{number}"
            value = self.draft.add(
                Operation("torch.nn.TransformerEncoderLayer", where, (value,), arguments_of(layer), tensors)
            )
        if module.norm is not None:
            tensors = {key: tensor.detach().numpy() for key, tensor in module.norm.state_dict().items()}
            value = self.draft.add(
                Operation("torch.nn.LayerNorm", f"{node.target}.norm", (value,), arguments_of(module.norm), tensors)
            )
        self.values[node.name] = value

    def _attention(self, node: fx.Node, module: nn.MultiheadAttention, tensors: Mapping[str, np.ndarray]) -> None:
        given = {self._value(arg) for arg in node.args[:3]}
        if len(given) != 1 or len(node.args) > 3 or node.kwargs.get("attn_mask") is not None:
            self.draft.refuse(str(node.target), "MultiheadAttention", "import.why.mask")
        self._add(node, "torch.nn.MultiheadAttention", arguments_of(module), tensors)
