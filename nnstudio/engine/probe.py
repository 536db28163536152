"""Look into a network in training: one sample's values and gradients, without touching the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from nnstudio.compile.program import Program, Step, Value
from nnstudio.engine.aspects import FORMS, aspect_of, only_ones
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.recorder import run_recorded
from nnstudio.engine.snapshot import Picture, make_picture, with_nodes


def outputs_by_node(program: Program) -> dict[str, str]:
    """Return the name of each node's last value."""
    return {step.node: step.name for step in program.model.steps if step.node}


def shown_by_node(program: Program) -> dict[str, str]:
    """Return the name of the value that a node's picture shows: its last, or the shares of attention that it rests
    on.
    """
    found = outputs_by_node(program)
    for step in program.model.steps:
        if step.form == "shares" and step.node and found[step.node] != step.name and not program.data.graph:
            found[step.node] = step.name
    return found


def weighed_by_node(program: Program) -> dict[str, str]:
    """Return the name of the weighted sum of each layer that is one, before its activation."""
    found: dict[str, str] = {}
    for step in program.model.steps:
        if step.form == "weighted_sum" and step.node:
            found.setdefault(step.node, step.name)
    return found


def seen_by_node(program: Program) -> dict[str, Step]:
    """Return the step of each layer that has more to show than its outputs (``engine.aspects``); of a layer that is
    many things at once, such as a transformer's block, no single one.
    """
    return only_ones((step.node, step) for step in program.model.steps if step.node and step.form in FORMS)


def given_to(step: Step) -> str:
    """The name of the first value that a step takes."""
    return next((a.name for a in step.args if isinstance(a, Value)), "")


def probe(
    program: Program,
    model: torch.fx.GraphModule,
    criterion: torch.fx.GraphModule,
    inputs: tuple[torch.Tensor, ...],
    targets: tuple[torch.Tensor, ...],
    row: int = 0,
) -> dict[str, Picture]:
    """Return every node's output and gradient for one sample, in evaluation mode; draws no random number.

    ``inputs`` and ``targets`` hold one sample; of a graph, whose every node is computed, ``row`` is shown. Gradients of
    parameters are left as they are.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.enable_grad():
            inputs = tuple(t.detach().requires_grad_(t.is_floating_point()) for t in inputs)
            loss, seen = run_recorded(model, criterion, inputs, targets, retain=False)
            seen.update(zip(program.model.inputs, inputs, strict=True))
            wanted, weighed = shown_by_node(program), weighed_by_node(program)
            told = seen_by_node(program)
            timed = [given_to(step) for step in told.values() if step.form == "recurrence"]
            asked = dict.fromkeys(
                (*program.model.inputs, program.names.given, *wanted.values(), *weighed.values(), *timed)
            )
            names = [n for n in asked if n in seen and seen[n].requires_grad]
            grads = torch.autograd.grad(loss, [seen[n] for n in names], allow_unused=True)
    finally:
        model.train(was_training)
    place = row if program.data.graph else 0
    slopes = {name: None if g is None else g[place].cpu().numpy() for name, g in zip(names, grads, strict=True)}
    pictures = {
        node: make_picture(
            seen[name][place].detach().cpu().numpy(), slopes.get(name), slopes.get(weighed.get(node, ""))
        )
        for node, name in wanted.items()
        if name in seen
    }
    for node, step in told.items():
        if node in pictures:
            pictures[node] = _told(pictures[node], step, model, seen, slopes, place)
    if program.data.graph:
        pictures = {
            node: with_nodes(picture, seen[wanted[node]].detach().cpu().numpy()) for node, picture in pictures.items()
        }
    for name in (n for n in program.model.inputs if n != "rows"):
        shown = program.names.given if name == "x" and program.names.given in seen else name
        pictures[f"input:{name}"] = make_picture(seen[shown][place].detach().cpu().numpy(), slopes.get(shown))
    return pictures


def _told(
    picture: Picture,
    step: Step,
    model: torch.fx.GraphModule,
    seen: Mapping[str, torch.Tensor],
    slopes: Mapping[str, np.ndarray | None],
    place: int,
) -> Picture:
    """Add what else there is to see of a layer to its picture."""

    def look(what: str) -> np.ndarray | None:
        if what == "weight":
            weight = getattr(model.get_submodule(step.module), "weight", None) if step.module else None
            return weight.detach().cpu().numpy() if isinstance(weight, torch.Tensor) else None
        name = step.name if what == "out" else given_to(step)
        if what == "slope":
            return slopes.get(name)
        if name not in seen:
            return None
        found = seen[name][place].detach()
        # NumPy has no bfloat16.
        return (found.float() if found.dtype is torch.bfloat16 else found).cpu().numpy()

    aspect = aspect_of(step.form, look, picture.shown)
    return picture if aspect is None else replace(picture, aspect=aspect)


def first_not_finite(experiment: Experiment) -> str:
    """The first node whose output is not finite for some training sample; "" when there is none."""
    program = experiment.program
    with torch.no_grad():
        _, seen = run_recorded(
            experiment.model.eval(),
            experiment.criterion,
            *experiment.data.batch(slice(0, program.evaluation)),
            retain=False,
        )
    for step in (*program.model.steps, *program.criterion.steps):
        if step.node and step.name in seen and not bool(torch.isfinite(seen[step.name]).all()):
            return step.node
    return ""
