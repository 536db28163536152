"""Parts of results: the states of a recurrent layer, stretches of an axis, and samples in another form."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx, nn

from nnstudio.session.imports.torch_boxes import Boxes
from nnstudio.session.imports.torch_names import FORMS, PARTINGS, function_called, name_of


class Parts(Boxes):
    """Tells parts of results."""

    def _form_change(self, node: fx.Node, value: str | None = None) -> None:
        """Only the form of each sample changes; ``value`` is what goes in, the first argument else."""
        before, after = self._shape(node.args[0]), self._shape(node)
        inputs = None if value is None else (value,)
        if before == after:
            self.values[node.name] = self._value(node.args[0])
        elif not after or before[:1] != after[:1] or len(after) < 2:
            self._refuse(node, name_of(node.target), "import.why.batch")
        elif len(after) == 2:
            self._add(node, "torch.flatten", inputs=inputs)
        else:
            self._add(node, "torch.reshape", {"shape": after[1:]}, inputs=inputs)

    def _part(self, node: fx.Node) -> None:
        """A part of a result: of a recurrent layer its states, or the last of them; else nothing that is a layer."""
        source = node.args[0]
        assert isinstance(source, fx.Node)
        value = self._value(source)
        key = self._plain(node.args[1])
        ends = self._ending(node)
        if source.name in self.recurrent and key == 0:
            # All states; whether the last alone is wanted is told by what takes them.
            if any(self._ending(user) is None for user in node.users):
                self._give_states(node, value, "all")
            self.values[node.name] = value
        elif node.users and all(self._ending(user) is not None for user in node.users):
            # On the way to the last state.
            self.values[node.name] = value
        elif ends is not None:
            self._give_states(node, ends, "last")
            self.values[node.name] = ends
        elif isinstance(self._module_of(source), nn.MultiheadAttention) and key == 0:
            self.values[node.name] = value
        else:
            self._stretch(node, source)

    def _module_of(self, node: fx.Node) -> nn.Module | None:
        return self.modules[str(node.target)] if node.op == "call_module" else None

    def _stretch(self, node: fx.Node, source: fx.Node) -> None:
        """A stretch of one axis, or one place of it."""
        key, found = self._plain(node.args[1]), self.seen[source.name]
        if function_called(source.target) in PARTINGS and isinstance(key, int):
            given = self._plain(source.args[2] if len(source.args) > 2 else source.kwargs.get("dim", 0))
            axis = int(given) % len(found[key].shape)
            start = sum(part.shape[axis] for part in found[: key % len(found)])
            made = {"dim": axis, "start": start, "length": found[key].shape[axis]}
            self._add(node, "torch.narrow", made, inputs=(self._value(source.args[0]),))
            return
        shape = self._shape(source)
        parts = list(key) if isinstance(key, tuple) else [key]
        cut = [(axis, part) for axis, part in enumerate(parts) if part not in (slice(None), Ellipsis)]
        if function_called(node.target) is torch.select:
            cut = [(int(self._plain(node.args[1])) % len(shape), self._plain(node.args[2]))]
        if len(cut) != 1 or not cut[0][0] or Ellipsis in parts[: cut[0][0]] or not isinstance(cut[0][1], int | slice):
            self._refuse(node, "getitem", str(key))
            return
        axis, part = cut[0]
        start, end, step = (part if isinstance(part, slice) else slice(part, part + 1 or None)).indices(shape[axis])
        if step != 1 or end <= start:
            self._refuse(node, "getitem", str(key))
            return
        self._add(node, "torch.narrow", {"dim": axis, "start": start, "length": end - start})
        if isinstance(part, int):
            self._form_change(node, self.values[node.name])

    def _give_states(self, node: fx.Node, value: str, which: str) -> None:
        """Let a recurrent layer give the states of all steps, or the last."""
        params = self.draft.node(value).params
        if params.get("outputs", which) != which:
            self.draft.refuse(self._where(node), "getitem", "import.why.both_states")
        params["outputs"] = which

    def _ending(self, node: fx.Node) -> str | None:
        """The recurrent layer whose state after the last step a part is; None where it is something else."""
        path: list[Any] = []
        here: Any = node
        while isinstance(here, fx.Node) and (here.target is operator.getitem or function_called(here.target) in FORMS):
            if here.target is operator.getitem:
                path.insert(0, self._plain(here.args[1]))
            here = here.args[0]
        if not isinstance(here, fx.Node) or here.name not in self.recurrent or not path:
            return None
        module = self.modules[str(here.target)]
        assert isinstance(module, nn.RNNBase)
        whole, last = slice(None), path[-1]
        hidden = path[:-1] == ([1, 0] if isinstance(module, nn.LSTM) else [1])
        states = path[:1] == [0] and len(path) == 2
        if states and isinstance(last, tuple) and last in ((whole, -1), (whole, -1, whole), (whole, -1, Ellipsis)):
            return None if module.bidirectional else self.recurrent[here.name]
        if hidden and not module.bidirectional and last in (-1, module.num_layers - 1):
            return self.recurrent[here.name]
        return None
