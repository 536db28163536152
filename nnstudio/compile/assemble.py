"""Put the steps, the settings and the data of a sound network together into a Program."""

from __future__ import annotations

import math
from dataclasses import replace

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import family
from nnstudio.catalog.tables import dataset_of, keys_of
from nnstudio.catalog.training import MIXED, SAMPLE
from nnstudio.compile.beginning import begun
from nnstudio.compile.context import Context
from nnstudio.compile.program import DataPlan, Graph, Names, Program, Step, TargetForm, references
from nnstudio.compile.targets import TargetFinder
from nnstudio.compile.updating import Service
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Node as DocumentNode
from nnstudio.document.values import Params

MOST_AT_ONCE, NUMBERS_AT_ONCE = 4096, 2**25


def begin(context: Context, order: list[str]) -> None:
    """Find out which start values stand in a file."""
    context.begun = begun(context, order)


def assemble(
    context: Context, order: list[str], criterion: Graph, finder: TargetFinder, data: DocumentNode, service: Service
) -> Program:
    training = context.training
    assert context.table is not None
    settings, source = context.params[service.main.id], context.params[data.id]
    splits = family("datasets")[source["dataset"].kind].splits
    table, epochs, warmup = context.table, training["epochs"], settings["warmup"]
    steps = (*(step for name in order for step in context.steps[name]), *context.picks)
    # How many numbers the results of one sample are: what is measured at once has to fit into memory.
    held = sum(
        math.prod(shape[1:]) * len(context.steps[name])
        for name in order
        for shape in context.shapes.get(name, {}).values()
    )
    if table.streamed:
        # What is read from a file for it as well.
        held += math.prod(table.x.shape[1:])
    named = {name for step in steps for name in references((*step.args, *step.kwargs.values()))} | set(finder.outputs)
    coupled = any(getattr(context.kinds[context.document.by_id[n].kind], "couples_samples", False) for n in order)
    if warmup >= epochs:
        warmup = epochs - 1
    program = Program(
        title=context.document.name,
        model=Graph(tuple(name for name in ("x", "adjacency", "rows") if name in named), steps, tuple(finder.outputs)),
        criterion=criterion,
        starts=tuple(start for name in order for start in context.starts.get(name, ())),
        frozen=tuple(
            s.parameter for name in order for s in context.starts.get(name, ()) if s.parameter in context.frozen
        ),
        updaters=service.updaters,
        clip_norm=settings["clip_norm"],
        clip_value=settings["clip_value"],
        l1=settings["l1"],
        warmup=warmup,
        patience=training["patience"],
        evaluation=max(training["batch_size"], min(MOST_AT_ONCE, NUMBERS_AT_ONCE // max(1, held))),
        data=DataPlan(
            dataset_of(source),
            source["validation"] if splits else 0.0,
            source["test"] if splits else 0.0,
            source["split"],
            source["split_seed"],
            source["folds"],
            source["fold"],
            keys_of(table, source["split"]) is not None,
            _scaling(source["scaling"], table),
            table.scale_axis,
            context.target_scaling,
            finder.answer.form == "values" and context.target_scaling != "none",
            finder.labels,
            table.fill,
            table.tokens,
            table.axes,
            table.adjacency is not None,
            table.columns,
            table.classes,
            table.targets,
            tuple(TargetForm(name, form) for name, form in finder.targets.items()),
            _balanced(context),
            table.streamed,
            bool(table.sides),
        ),
        epochs=epochs,
        batch_size=training["batch_size"],
        shuffle=training["shuffle"],
        seed=training["seed"],
        device=training["device"],
        dtype="float32" if training["dtype"] in MIXED else training["dtype"],
        couples_samples=coupled,
        answer=finder.answer,
        recipes={name: recipe for name, recipe in context.recipes.items() if name in order},
        titles={name: context.title(name) for name in used_nodes(steps, criterion.steps)},
        half=training["dtype"] if training["dtype"] in MIXED else "",
        # Batch norm and graphs need the whole batch at once.
        parts=1 if coupled or table.adjacency is not None else min(training["parts"], training["batch_size"]),
        compiled=training["compiled"],
        begun=context.begun,
        names=replace(_names(context, order, source), given=context.values[data.id, "x"]),
    )
    program.lint()
    return program


def _balanced(context: Context) -> bool:
    """Whether every class is drawn as often; where that was asked for and cannot be, it is said."""
    table = context.table
    if context.training["sampling"] == SAMPLE or table is None:
        return False
    if not table.classes or table.y.ndim > 1:
        mend = SetTraining(("sampling",), SAMPLE)
        context.problem("", "training.no_classes", severity="warning", mend=mend)
        return False
    return True


def _scaling(usual: str, table: Table) -> str | tuple[str, ...]:
    """How features are scaled: all alike, or each as it is said of its column."""
    if table.tokens:
        return "none"
    return tuple(own or usual for own in table.scales) if table.scales else usual


def _names(context: Context, order: list[str], source: Params) -> Names:
    """What the student calls neurons, weights and inputs."""
    given = {name: context.params[name] for name in order if name in context.params}
    matrices = {
        start.parameter: names
        for name, params in given.items()
        if (names := params.get("weight_names"))
        for start in context.starts.get(name, ())
        if start.name.endswith("weight") and len(start.shape) == 2
    }
    units = {name: tuple(names) for name, params in given.items() if (names := params.get("names"))}
    return Names(units, {path: tuple(names) for path, names in matrices.items()}, tuple(source.get("names") or ()))


def used_nodes(*graphs: tuple[Step, ...]) -> list[str]:
    """The ids of the nodes that steps belong to, each once, in order."""
    return list(dict.fromkeys(step.node for steps in graphs for step in steps if step.node))
