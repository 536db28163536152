"""Make a network with all that stands around it, and raw samples that it can be asked about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch

from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import table_of
from nnstudio.compile.build import build
from nnstudio.compile.predicting import pipeline_of
from nnstudio.compile.program import Program
from nnstudio.compile.resolve import resolve
from nnstudio.document.errors import ExportError, StudioError
from nnstudio.engine.answering import Answering
from nnstudio.engine.asking import empty_rows
from nnstudio.engine.fitted import Fitted
from nnstudio.engine.fitted_plain import to_plain
from nnstudio.engine.runtime.scaling import sample_tensor

# So many samples are answered by both where two forms of a network are compared, and in batches of these sizes.
COMPARED, SIZES = 256, (256, 1, 7)


def whole(program: Program, weights: Mapping[str, np.ndarray], known: Fitted) -> Answering:
    """Return a network with all that stands around it.

    Raises:
        ExportError: nothing goes in.
    """
    if not program.model.inputs:
        raise ExportError("export.no_inputs")
    network, _ = build(program)
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    answer, dtype = program.answer, getattr(torch, program.dtype)
    means = partial(resolve(answer.target), **answer.kwargs) if answer.target else None
    nodes, adjacency = graph_of(program, known)
    plain = pipeline_of(program, to_plain(known))
    return Answering(network, plain, means, dtype, nodes, adjacency, program.model.inputs)


def graph_of(program: Program, known: Fitted) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return the nodes of a graph as the network takes them, and which belong together; (None, None) of all else."""
    if not program.data.graph:
        return None, None
    table, dtype = labelled(table_of(program.data.dataset), program.data.labels), getattr(torch, program.dtype)
    nodes = sample_tensor(table.x, np.arange(len(table.x)), known.scaler, dtype)
    return nodes, torch.tensor(table.adjacency, dtype=dtype)


def raw_samples(program: Program, known: Fitted, count: int = COMPARED) -> torch.Tensor:
    """Return raw samples, as many as are wanted or there are: those of the data, or drawn ones where it is not there;
    of a graph the numbers of its nodes.
    """
    if program.data.graph:
        return torch.arange(len(table_of(program.data.dataset).x))[:count]
    try:
        x = np.array(table_of(program.data.dataset).x[:count])
        x = np.delete(x, empty_rows(x, known.fill), axis=0)
    except StudioError:
        x = np.zeros((0, *known.shape))
    if len(x) < 2:
        draw = np.random.default_rng(0)
        x = draw.normal(size=(count, *known.shape))
        if known.scaler is not None:
            x = x * known.scaler.spread + known.scaler.shift
        x = draw.integers(0, known.tokens, x.shape) if known.tokens else x
    # Over again, where there are few: batches of several sizes are compared.
    x = np.concatenate([x] * -(-count // len(x)))[:count]
    if known.tokens:
        return torch.tensor(x, dtype=torch.int64)
    return torch.tensor(x, dtype=torch.uint8 if known.pixels else torch.float64)


def unit_of(known: Fitted) -> float:
    """How far answers differ among each other, as far as that is known: what a small difference is measured by."""
    return max(1.0, float(np.max(known.unit.spread))) if known.unit is not None else 1.0
