"""Every sample looked at once: what the network says of it, what is true, and how much it loses there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch

from nnstudio.catalog.shown import picture_of
from nnstudio.catalog.tables import table_of
from nnstudio.compile.program import Program
from nnstudio.compile.resolve import resolve
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.samples import MOST, Review
from nnstudio.engine.snapshot import sampled


@torch.no_grad()
def review(
    program: Program, weights: Mapping[str, np.ndarray], stopped: Callable[[], bool] = lambda: False
) -> Review | None:
    """Return what a network with these weights says of its data; None when it was stopped, or
    when samples have several answers.
    """
    model, criterion = make_model(program, program.seed, torch.device("cpu"))
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    model.eval()
    parts = load_parts(program, torch.device("cpu"))
    total = sum(len(part) for part in parts)
    answer = program.answer
    face = picture_of(table_of(program.data.dataset)) if program.data.sides else None
    rows, held, said, truth, losses, numbers, inputs = [], [], [], [], [], [], []
    classes = False
    for part, validation in zip(parts, (False, True), strict=True):
        if not len(part):
            continue
        for place in sampled(len(part), max(1, MOST * len(part) // total)).tolist():
            if stopped():
                return None
            x, y = part.batch(torch.tensor([place]))
            loss, told, true = forward(model, criterion, x, y)
            outputs = model(*x)
            picked = outputs[answer.output] if isinstance(outputs, tuple) else outputs
            given = resolve(answer.target)(picked, **answer.kwargs) if answer.target else picked
            classes = not told.is_floating_point()
            if classes and told.numel() > 1:
                # Steps of a sequence, labels side by side: a sample is neither right nor wrong.
                return None
            if not classes:
                told, true, given = (
                    part.unscaled(values.reshape(1, -1).to(torch.float64)) for values in (told, true, given)
                )
            given = given.reshape(-1).to(torch.float64).numpy()
            if classes and answer.form == "column" and answer.target:
                given = np.concatenate([1.0 - given, given])
            rows.append(part.rows[place])
            held.append(validation)
            said.append(float(told.reshape(-1)[0]))
            truth.append(float(true.reshape(-1)[0]))
            losses.append(float(loss))
            numbers.append(given)
            sample = (part.inputs[0][place] if part.inputs else x[0][place]).numpy().astype(np.float32)
            inputs.append(sample if face is None else sample[face.start : face.start + face.size].reshape(face.shape))
    if not rows:
        return None
    return Review(
        np.array(rows),
        np.array(held),
        np.array(said),
        np.array(truth),
        np.array(losses),
        np.stack(numbers),
        np.stack(inputs),
        classes,
        total,
    )
