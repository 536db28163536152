"""What is known of a run when it is judged: its program, its lines, what was measured, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnstudio.catalog.entry import Optimizer
from nnstudio.catalog.registry import node_kinds
from nnstudio.compile.findings.view import View, mends
from nnstudio.compile.program import Program
from nnstudio.document.edits import Edit, InsertNode, SetTraining, fresh_id
from nnstudio.document.text import Message
from nnstudio.document.values import Choice
from nnstudio.document.values import Node as DocumentNode
from nnstudio.engine.trivial import outliers, trivial_loss
from nnstudio.engine.vitals import Vital, Vitals

# A finding from measurements holds when so many in a row say it.
IN_A_ROW = 3
# Of the loss of saying the same of every sample; how little a loss falls in a few epochs; updates after which steps
# have their size.
NOTHING = 0.08
OVERFIT_EPOCHS = 5
DROP_MORE = 0.3


@dataclass
class Case:
    """All there is to judge by."""

    program: Program
    records: Sequence[Mapping[str, Any]]
    vitals: Sequence[Vitals]
    reason: Message | None
    view: View | None

    _series: dict[str, list[float]] = field(default_factory=dict)

    def series(self, name: str) -> list[float]:
        """A column of the history, without what is missing."""
        if name not in self._series:
            self._series[name] = [float(r[name]) for r in self.records if r.get(name) is not None]
        return self._series[name]

    @cached_property
    def homogeneous(self) -> bool:
        """Whether a loss grows with the weights alone, so that its size says nothing."""
        return self.view is not None and any(
            (found := self.view.loss(node)) is not None and "homogeneous" in found[1].tags for node in self.view.losses
        )

    @cached_property
    def trivial(self) -> float | None:
        """The loss of saying the same of every sample, where that is known."""
        return trivial_loss(self.view) if self.view is not None else None

    @cached_property
    def outliers(self) -> float:
        """A training loss that a few values far out account for, which validation has none of."""
        return outliers(self.view) if self.view is not None else 0.0

    @property
    def next_to_nothing(self) -> float:
        """A loss under which differences mean nothing."""
        return NOTHING * self.trivial if self.trivial is not None else 0.0

    @cached_property
    def recent(self) -> Sequence[Vitals]:
        """The last measurements, or none when there are too few."""
        return self.vitals[-IN_A_ROW:] if len(self.vitals) >= IN_A_ROW else ()

    def steadily(self, node: str, says: Callable[[Vital], bool]) -> bool:
        """Whether the last measurements of a layer all say something."""
        return bool(self.recent) and all(node in v.layers and says(v.layers[node]) for v in self.recent)

    @cached_property
    def weighted(self) -> list[str]:
        """The layers with gradients, in the order of the forward pass."""
        return (
            [node for node, vital in self.vitals[-1].layers.items() if math.isfinite(vital.gradient)]
            if self.vitals
            else []
        )

    def title(self, node: str) -> str:
        """A node's name."""
        return self.program.titles.get(node, node)

    # -- mends --------------------------------------------------------------------------------

    def _node(self, name: str) -> DocumentNode | None:
        return self.view.lowered.flat.by_id.get(name) if self.view is not None else None

    def rate(self, factor: float) -> Edit | None:
        """An edit that multiplies the learning rate."""
        if self.view is None:
            return None
        for node in self.view.of_role("optimizer"):
            for name, entry, params in self.view.chosen(node, "optimizers"):
                if isinstance(entry, Optimizer) and "learning_rate" in params:
                    return mends(
                        self.view.set(node, (name, "learning_rate"), float(f"{params['learning_rate'] * factor:.3g}"))
                    )
        return None

    @property
    def learning_rate(self) -> float:
        """The rate of the last epoch, or the one to begin with."""
        rates = self.series("learning_rate")
        return rates[-1] if rates else float(self.program.updaters[0].kwargs.get("lr", math.nan))

    def clip(self) -> Edit | None:
        """An edit that clips the gradient's norm."""
        if self.view is None or self.program.clip_norm is not None:
            return None
        return next((mends(self.view.set(node, ("clip_norm",), 1.0)) for node in self.view.of_role("optimizer")), None)

    def activation(self, tag: str, only: str = "") -> Edit | None:
        """An edit that gives layers with a bounded (or, of one node, any) activation another one."""
        if self.view is None:
            return None
        better = self.view.tagged("activations", tag)
        found = []
        for node in self.view.layers:
            own = self.view.activation(node)
            if better is None or own is None or own[1].id == better.id or (only and node.id != only):
                continue
            if only or "saturating" in own[1].tags:
                found.append(self.view.set(node, (own[0],), Choice(better.id)))
        return mends(*found)

    def drop(self) -> Edit | None:
        """An edit that holds overfitting back: more dropout where there is one, pictures shown a little otherwise
        each time, else weight decay.
        """
        if self.view is None:
            return None
        edits = []
        for node in self.view.layers:
            kind = self.view.kind(node)
            if kind is not None and "drops" in kind.tags:
                edits.append(self.view.set(node, ("p",), min(0.8, float(self.view.params(node)["p"]) + DROP_MORE)))
        if edits:
            return mends(*edits)
        augmented = self._augment()
        if augmented is not None:
            return mends(augmented)
        for node in self.view.of_role("optimizer"):
            for name, _, params in self.view.chosen(node, "optimizers"):
                if "weight_decay" in params:
                    return mends(
                        self.view.set(
                            node, (name, "weight_decay"), max(1e-2, 10 * float(params["weight_decay"] or 0.0))
                        )
                    )
        return mends(SetTraining(("patience",), OVERFIT_EPOCHS))

    def _augment(self) -> Edit | None:
        """An edit that shows pictures otherwise each time; None where they are no pictures, or are shown so."""
        assert self.view is not None
        kinds = node_kinds()
        moves = next(
            (kind for kind in kinds.values() if "augments" in kind.tags and kind.inputs[0].ranks == (4,)), None
        )
        here, lowered = self.view.data, self.view.lowered
        if any("augments" in kind.tags for node in self.view.layers if (kind := self.view.kind(node)) is not None):
            return None
        # From the data on, through what only gives another form, to the first wire with pictures.
        while moves is not None and here is not None and not lowered.parameters.get(here.id):
            name = kinds[here.kind].outputs[0].name if here.kind in kinds else ""
            wires = [wire for wire in lowered.document.wires_from[here.id] if wire.source_port == name]
            if len(wires) != 1:
                return None
            if len(lowered.shapes.get(here.id, {}).get(name, ())) == 4:
                return InsertNode(wires[0], moves.id, fresh_id(lowered.document, moves.id))
            here = lowered.document.by_id.get(wires[0].target)
        return None

    @cached_property
    def drops(self) -> bool:
        """Whether training itself is made harder than measuring: dropout, augmentation, or noise of a batch norm."""
        if self.view is None:
            return self.program.couples_samples
        return self.program.couples_samples or any(
            (kind := self.view.kind(node)) is not None and kind.tags & {"drops", "augments"}
            for node in self.view.layers
        )
