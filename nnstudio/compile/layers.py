"""Lower one layer: its operations under names of the whole program, its start values, who updates them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nnstudio.catalog.entry import PARAMETER, Call, Layer, Numbers, Ref, Weight
from nnstudio.catalog.registry import family
from nnstudio.catalog.training import SHARES
from nnstudio.compile.context import Context
from nnstudio.compile.names import identifier
from nnstudio.compile.ports import fits
from nnstudio.compile.program import Group, Recipe, Shape, Start, Step, Value
from nnstudio.compile.shapes import BATCH, Inferred, infer_layer
from nnstudio.compile.sharing import takes
from nnstudio.compile.sizes import default_axes, extent_text, fold, numbers_shape, shape_text
from nnstudio.document.values import Node as DocumentNode

MAX_PARAMETERS = 250_000_000


def lower_layer(context: Context, node: DocumentNode, entry: Layer) -> None:
    """Lower one layer, or say why it cannot be."""
    wired: dict[str, list[tuple[str, Shape]]] = {port.name: [] for port in entry.inputs}
    for wire in context.document.wires_into[node.id]:
        name = context.values.get((wire.source, wire.source_port))
        if name is None:
            return  # The problem sits upstream already.
        if name == "y":
            context.problem(node.id, "layer.target_wired")
            return
        wired[wire.target_port].append((name, context.shapes[wire.source][wire.source_port]))
    for port in entry.inputs:
        if not fits(context, node, port, wired[port.name]):
            return
    given = tuple((port, tuple(shape for _, shape in pairs)) for port, pairs in wired.items())
    given += tuple(
        (f"{port.name}.tokens", ((context.tokens.get(wired[port.name][0][0], 0),),))
        for port in entry.inputs
        if port.tokens and wired[port.name]
    )
    inferred = infer_layer(node.kind, context.params[node.id], given)
    if inferred.refusal is not None or inferred.error or inferred.own_fault is not None:
        if inferred.own_fault is not None:
            given_shapes = ", ".join(shape_text(shape) for _, shapes in given for shape in shapes)
            context.problem(node.id, "own.at_layer", detail=inferred.own_fault, shapes=given_shapes)
            return
        context.problem(
            node.id,
            "shape.refused",
            detail=inferred.refusal or inferred.error,
            shapes=", ".join(shape_text(shape) for _, shapes in given for shape in shapes),
        )
        return
    _emit(context, node, entry, inferred, {port: [name for name, _ in pairs] for port, pairs in wired.items()}, given)


def _emit(
    context: Context,
    node: DocumentNode,
    entry: Layer,
    inferred: Inferred,
    wired: dict[str, list[str]],
    given: tuple[tuple[str, tuple[Shape, ...]], ...],
) -> None:
    """Write the node's calls as steps with names of the whole program."""
    base = context.new_name(node.name or node.id, identifier(node.id, "layer"))
    names: dict[str, str] = {}
    modules: dict[str, str] = {}

    def globally(value: Any) -> Any:
        if isinstance(value, Ref):
            return Value(names[value.name] if value.name in names else wired[value.name][value.index or 0])
        return tuple(globally(item) for item in value) if isinstance(value, tuple) else value

    steps: list[Step] = []
    for number, call in enumerate(inferred.calls):
        last = number == len(inferred.calls) - 1
        name = base if last else context.new_name(f"{base}_{call.out}", base)
        form = call.form
        if form == "elementwise" and sum(isinstance(arg, Ref) for arg in call.args) > 1:
            # That form writes a function of one number out.
            form = None
        if call.target == PARAMETER:
            modules[call.out] = name
        elif call.make is not None:
            modules[call.out] = base if not modules else context.new_name(f"{base}_{call.out}", base)
        steps.append(
            Step(
                name,
                node.id,
                call.target,
                globally(call.args),
                {k: globally(v) for k, v in call.kwargs.items()},
                modules.get(call.out, ""),
                dict(call.make or {}),
                form,
                call.rule,
            )
        )
        names[call.out] = name
    shared = bool(context.params[node.id].get(SHARES))
    if shared:
        taken = takes(context, node, steps)
        if taken is None:
            return
        steps = taken
    context.modules[node.id] = {step.name: step for step in steps if step.module}
    context.steps[node.id] = steps
    assert inferred.output is not None and inferred.shapes is not None and inferred.weights is not None
    output = inferred.output
    result: Value = globally(output)
    context.values[node.id, entry.outputs[0].name] = result.name
    if entry.explain is not None:
        context.recipes[node.id] = Recipe(
            node.kind,
            context.params[node.id],
            given,
            {port: names[0] for port, names in wired.items() if names},
            result.name,
            next(iter(modules.values()), ""),
        )
    shape = inferred.shapes.get(output.name) or dict(given)[output.name][output.index or 0]
    context.shapes[node.id] = {entry.outputs[0].name: shape}
    first = next(
        (wire for wire in context.document.wires_into[node.id] if wire.target_port == entry.inputs[0].name), None
    )
    before = context.axes.get(first.source, "") if first is not None else ""
    axes = entry.axes(context.params[node.id], before) if entry.axes is not None else before
    context.axes[node.id] = axes if len(axes) == len(shape) - 1 else default_axes(len(shape))
    if shape[0] != BATCH:
        context.problem(node.id, "shape.batch", shape=shape_text(shape))
    if shared:
        context.starts[node.id], context.counts[node.id] = [], 0
        return
    _weights(context, node, entry.weights(context.params[node.id]), inferred.own, inferred.weights, modules)


def _all_declared(
    context: Context, node: DocumentNode, weights: tuple[Weight, ...], shapes: Mapping[tuple[str, str], Shape]
) -> bool:
    """Whether every tensor has start values, and each of these a tensor; a brought entry may have it otherwise."""
    said = [(weight.module, weight.name) for weight in weights]
    for module, name in said:
        if (module, name) not in shapes:
            context.problem(node.id, "own.no_tensor", module=module, parameter=name)
            return False
    for weight in weights:
        if not callable(weight.default):
            context.problem(node.id, "own.start_value", parameter=weight.name, found=str(weight.default))
            return False
    for module, name in shapes:
        if (module, name) not in said:
            context.problem(node.id, "own.start", module=module, parameter=name)
            return False
    return True


def _with_numbers(context: Context, node: DocumentNode, weight: Weight, call: Call, shape: Shape) -> Call:
    """Bring numbers that were typed into the form of their tensor, or say that they do not fit."""
    numbers = next((arg for arg in call.args if isinstance(arg, Numbers)), None)
    if numbers is None:
        return call
    given = numbers_shape(numbers)
    if len(shape) > 2 and math.prod(given) == math.prod(shape):
        # A kernel is typed as a flat table, row by row.
        return replace(call, args=tuple(fold(arg, shape) if isinstance(arg, Numbers) else arg for arg in call.args))
    # One line of numbers is the one row of a matrix as well.
    if shape not in (given, (1, *given)):
        wanted = extent_text(shape)
        context.problem(node.id, "initializer.size", parameter=weight.name, given=extent_text(given), wanted=wanted)
    return call


def _weights(
    context: Context,
    node: DocumentNode,
    own: tuple[Weight, ...],
    of_activations: tuple[Weight, ...],
    shapes: Mapping[tuple[str, str], Shape],
    modules: Mapping[str, str],
) -> None:
    params = context.params[node.id]
    weights = (*own, *of_activations)
    # A layer of one module needs no module's name, and draws the same numbers whatever activation is put on it.
    holders = {weight.module for weight in own}
    only = holders.pop() if len(holders) == 1 else None
    starts: list[Start] = []
    size = 0
    if not _all_declared(context, node, weights, shapes):
        return
    for weight in weights:
        shape = shapes[weight.module, weight.name]
        choice = params[weight.field] if weight.field else None
        call: Call | None = family("initializers")[choice.kind].call(choice.params) if choice else None
        call = call or weight.default({name: s for (module, name), s in shapes.items() if module == weight.module})
        call = _with_numbers(context, node, weight, call, shape)
        path = f"{modules[weight.module]}.{weight.name}"
        named = weight.name if weight.module == only else f"{weight.module}.{weight.name}"
        starts.append(Start(path, node.id, weight.name, named, shape, call.target, call.args, dict(call.kwargs)))
        size += math.prod(shape)
    context.starts[node.id] = starts
    context.counts[node.id] = size
    if size > MAX_PARAMETERS:
        context.problem(node.id, "layer.huge", count=size, high=MAX_PARAMETERS)
    paths = tuple(start.parameter for start in starts)
    if params.get("frozen"):
        context.frozen.extend(paths)
    elif paths:
        names = (("learning_rate", "lr"), ("weight_decay", "weight_decay"))
        overrides = {key: params[name] for name, key in names if params.get(name) is not None}
        context.groups[node.id] = Group(paths, overrides)
