"""Who updates which weights: the network's optimizer, others that name their layers, and layers with one of their
own.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.catalog.registry import family
from nnstudio.compile.context import Context
from nnstudio.compile.program import Group, Updater
from nnstudio.document.groups import SEPARATOR
from nnstudio.document.values import Choice, Params
from nnstudio.document.values import Node as DocumentNode

# Settings of an Optimizer node that hold for the whole update: those of the network's own node count.
WHOLE = ("clip_norm", "clip_value", "l1", "warmup")


@dataclass(frozen=True)
class Service:
    """The network's own Optimizer node, whose limits hold for all, and the updaters in their order."""

    main: DocumentNode
    updaters: tuple[Updater, ...]


class Serving:
    """Finds for every layer with weights who updates them, and says where that is not clear."""

    def __init__(self, context: Context, nodes: list[DocumentNode]) -> None:
        self._context = context
        self._nodes = [node for node in nodes if node.id in context.params]
        self._named: dict[str, DocumentNode] = {}
        rest = [node for node in self._nodes if not self._names(node)]
        for other in rest[1:]:
            context.problem(other.id, "optimizer.many")
        self.main = rest[0] if rest else None
        # Where all name their layers, the first is the one whose limits count.
        self._whole = self.main if self.main is not None else next(iter(self._nodes), None)
        for node in self._nodes:
            self._take(node)
        for node in self._nodes:
            self._say_unused(node)

    def _names(self, node: DocumentNode) -> tuple[str, ...]:
        return tuple(self._context.params[node.id]["serves"])

    def _take(self, node: DocumentNode) -> None:
        for name in self._names(node):
            layers = self._layers(node, name)
            if not layers:
                self._context.problem(node.id, "optimizer.nobody", severity="warning", name=name)
            for layer in layers:
                other = self._named.setdefault(layer, node)
                if other is not node:
                    self._context.problem(
                        node.id,
                        "optimizer.overlap",
                        layer=self._context.title(layer),
                        first=self._context.title(other.id),
                        second=self._context.title(node.id),
                    )

    def _layers(self, node: DocumentNode, name: str) -> list[str]:
        """The layers with weights that a name means: a layer, or all in a group."""
        starts = self._context.starts
        own = node.id.rpartition(SEPARATOR)[0]
        for full in ((own + SEPARATOR + name) if own else name, name):
            found = [
                layer
                for layer, weights in starts.items()
                if weights and (layer == full or layer.startswith(full + SEPARATOR))
            ]
            if found:
                return found
        return []

    def _say_unused(self, node: DocumentNode) -> None:
        if self._whole is None or node is self._whole:
            return
        params, defaults = (
            self._context.params[node.id],
            {field.name: field.default for field in self._context.kinds[node.kind].fields},
        )
        if any(params[name] != defaults[name] for name in WHOLE):
            self._context.problem(
                node.id, "optimizer.whole", severity="warning", main=self._context.title(self._whole.id)
            )

    def _choices(self, layer: str) -> tuple[Choice, Choice] | None:
        """The rule and the schedule of a layer's weights; None where nobody serves it."""
        own, node = self._context.params[layer], self._named.get(layer, self.main)
        rule, schedule = own.get("optimizer"), own.get("schedule")
        if rule is not None and layer in self._named:
            self._context.problem(
                layer, "optimizer.own_wins", severity="note", name=self._context.title(self._named[layer].id)
            )
        if rule is None and node is None:
            return None
        whole = (
            self._context.params[node.id]
            if node is not None
            else Params({"optimizer": rule, "schedule": Choice("constant", Params())})
        )
        return rule or whole["optimizer"], schedule or whole["schedule"]

    def say_unserved(self, order: list[str]) -> None:
        """Layers that no optimizer looks after keep their start weights."""
        for layer in order:
            if (
                layer in self._context.groups
                and self.main is None
                and layer not in self._named
                and self._context.params[layer].get("optimizer") is None
            ):
                self._context.problem(layer, "optimizer.unserved", severity="warning")
                self._context.frozen.extend(self._context.groups.pop(layer).parameters)

    def service(self, order: list[str]) -> Service:
        """Return who updates the layers in an order; layers of one rule and one schedule are updated together."""
        found: dict[tuple[Choice, Choice], list[Group]] = {}
        nodes = [
            *([self.main] if self.main is not None else []),
            *(node for node in self._nodes if node is not self.main),
        ]
        for node in nodes:
            # The network's own comes first: its rate is the one that is written into the history.
            params = self._context.params[node.id]
            found.setdefault((params["optimizer"], params["schedule"]), [])
        idle = self.main is not None and bool(self._context.groups)
        for layer in order:
            group, choices = (
                self._context.groups.get(layer),
                self._choices(layer) if layer in self._context.groups else None,
            )
            idle = idle and (
                group is None or layer in self._named or self._context.params[layer].get("optimizer") is not None
            )
            if group is not None and choices is not None:
                found.setdefault(choices, []).append(group)
        assert self._whole is not None
        if idle:
            self._context.problem(self._whole.id, "optimizer.idle", severity="note")
        return Service(self._whole, tuple(_updater(*choices, groups) for choices, groups in found.items() if groups))


def _updater(rule: Choice, schedule: Choice, groups: list[Group]) -> Updater:
    optimizer, scheduler = family("optimizers")[rule.kind], family("schedules")[schedule.kind]
    return Updater(
        optimizer.target,
        dict(optimizer.kwargs(rule.params)),
        optimizer.rule.forward,
        optimizer.lines(rule.params),
        dict(optimizer.memory),
        _merge(groups),
        scheduler.target,
        dict(scheduler.kwargs(schedule.params)),
    )


def _merge(groups: list[Group]) -> tuple[Group, ...]:
    """Put the parameters without overrides into one group, first; each override keeps its own."""
    plain = tuple(path for group in groups if not group.overrides for path in group.parameters)
    own = tuple(group for group in groups if group.overrides)
    return ((Group(plain, {}),) if plain else ()) + own
