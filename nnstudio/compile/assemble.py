"""Put the steps, the settings and the data of a sound network together into a Program."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnstudio.catalog.registry import family
from nnstudio.compile.program import DataPlan, Graph, Group, Program, Step, TargetForm, references
from nnstudio.document.values import Node as DocumentNode

if TYPE_CHECKING:
    from nnstudio.compile.lower import _Lowering
    from nnstudio.compile.targets import TargetFinder

MOST_AT_ONCE, NUMBERS_AT_ONCE = 4096, 2**25


def assemble(lowering: _Lowering, order: list[str], criterion: Graph, finder: TargetFinder, data: DocumentNode,
              optimizer_node: DocumentNode) -> Program:
    state, training = lowering.state, lowering.training
    assert lowering.table is not None
    settings, source = lowering.params[optimizer_node.id], lowering.params[data.id]
    choice, schedule = settings["optimizer"], settings["schedule"]
    optimizer = family("optimizers")[choice.kind]
    scheduler = family("schedules")[schedule.kind]
    splits = family("datasets")[source["dataset"].kind].splits
    table, epochs, warmup = lowering.table, training["epochs"], settings["warmup"]
    steps = (*(step for name in order for step in state.steps[name]), *state.picks)
    # How many numbers the results of one sample are: what is measured at once has to fit into memory.
    held = sum(math.prod(shape[1:]) * len(state.steps[name]) for name in order for shape in state.shapes.get(name, {}).values())
    named = {name for step in steps for name in references((*step.args, *step.kwargs.values()))} | set(finder.outputs)
    if warmup >= epochs:
        warmup = epochs - 1
    program = Program(
        title=lowering.document.name,
        model=Graph(tuple(name for name in ("x", "adjacency", "rows") if name in named), steps, tuple(finder.outputs)),
        criterion=criterion,
        starts=tuple(start for name in order for start in state.starts.get(name, ())),
        groups=_merge([state.groups[name] for name in order if name in state.groups]),
        frozen=tuple(s.parameter for name in order for s in state.starts.get(name, ()) if s.parameter in state.frozen),
        optimizer=optimizer.target,
        optimizer_kwargs=dict(optimizer.kwargs(choice.params)),
        optimizer_rule=optimizer.rule.forward, optimizer_lines=optimizer.lines(choice.params), optimizer_memory=dict(optimizer.memory),
        schedule=scheduler.target,
        schedule_kwargs=dict(scheduler.kwargs(schedule.params)),
        clip_norm=settings["clip_norm"], clip_value=settings["clip_value"], l1=settings["l1"], warmup=warmup,
        patience=training["patience"],
        evaluation=max(training["batch_size"], min(MOST_AT_ONCE, NUMBERS_AT_ONCE // max(1, held))),
        data=DataPlan(
            source["dataset"], source["validation"] if splits else 0.0, source["split"], source["split_seed"],
            "none" if table.tokens else source["scaling"], table.scale_axis, table.fill, table.tokens, table.axes,
            table.adjacency is not None, table.columns, table.classes, table.targets,
            tuple(TargetForm(name, form) for name, form in finder.targets.items()),
        ),
        epochs=epochs, batch_size=training["batch_size"], shuffle=training["shuffle"],
        seed=training["seed"], device=training["device"], dtype=training["dtype"],
        couples_samples=any(getattr(lowering.kinds[lowering.document.by_id[n].kind], "couples_samples", False) for n in order),
        answer=finder.answer,
        recipes={name: recipe for name, recipe in state.recipes.items() if name in order},
        titles={name: lowering.title(name) for name in used_nodes(steps, criterion.steps)},
    )
    program.lint()
    return program


def used_nodes(*graphs: tuple[Step, ...]) -> list[str]:
    """The ids of the nodes that steps belong to, each once, in order."""
    return list(dict.fromkeys(step.node for steps in graphs for step in steps if step.node))


def _merge(groups: list[Group]) -> tuple[Group, ...]:
    """Put the parameters without overrides into one group, first; each override keeps its own."""
    plain = tuple(path for group in groups if not group.overrides for path in group.parameters)
    own = tuple(group for group in groups if group.overrides)
    return ((Group(plain, {}),) if plain else ()) + own
