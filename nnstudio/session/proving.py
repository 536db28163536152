"""Tries a network out as the program uses it: it is checked, trained, stepped, explained, exported, saved and opened
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import AddNode, Connect
from nnstudio.document.errors import ExportError, TrainError
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import Choice, Document, Params, Wire


def network_around(*layers: tuple[str, Mapping[str, Any]], data: str, loss: str, optimizer: str) -> Document:
    """Return a small network: a data set, layers as (kind, settings) in a row, a loss and an optimizer, all by their
    ids.

    Raises:
        EditError: there is no such thing.
    """
    roles = {entry.role: entry.id for entry in node_kinds().values() if entry.role in ("data", "loss", "optimizer")}
    document = Document("proof")

    def add(kind: str, node: str, settings: Mapping[str, Any]) -> None:
        nonlocal document
        document = AddNode(kind, node, (0.0, 0.0), Params(settings)).apply(document, CATALOG)

    add(roles["data"], "data", {"dataset": Choice(data)})
    before, port = "data", "x"
    for number, (kind, settings) in enumerate(layers):
        name = f"{kind}{number}"
        add(kind, name, settings)
        entry = node_kinds()[kind]
        document = Connect(Wire(before, port, name, entry.inputs[0].name)).apply(document, CATALOG)
        before, port = name, entry.outputs[0].name
    add(roles["loss"], "loss", {"loss": Choice(loss)})
    document = Connect(Wire(before, port, "loss", "prediction")).apply(document, CATALOG)
    add(roles["optimizer"], "optimizer", {"optimizer": Choice(optimizer)})
    return document


def prove(document: Document, updates: int = 3) -> None:
    """Do everything with a network that the program does; quick, and without a window.

    Raises:
        TrainError, ExportError: something does not work; the sentence says what.
    """
    import torch

    from nnstudio.compile.lower import lower
    from nnstudio.engine.experiment import load_parts, make_model
    from nnstudio.engine.record import record
    from nnstudio.explain.printed import cards_of
    from nnstudio.session.export import check_source, source_of
    from nnstudio.session.notebook import notebook

    lowered = lower(document)
    for problem in lowered.problems:
        if problem.severity == "error" or problem.what.key == "own.stays.what":
            raise TrainError("run.not_sound", detail=f"{problem.what.render()} {problem.why.render()}")
    program = lowered.program
    assert program is not None
    if lower(loads(dumps(document))[0]).program != program:
        raise TrainError("run.not_sound", detail="It is another network once it was saved and opened.")
    cpu = torch.device("cpu")
    data, _ = load_parts(program, cpu)
    model, _ = make_model(program, program.seed, cpu)
    for number in range(updates):
        rows = slice(number, number + (2 if program.couples_samples else 1))
        trace = record(program, model.state_dict(), *data.batch(rows), tuple(data.rows[rows]), seed=program.seed)
        cards = list(cards_of(trace))
        if not cards:
            raise TrainError("run.not_sound", detail="A step of it shows nothing.")
        notebook(program, trace)
    try:
        # The gate trains it with both printers: in the program's own loop, and in the exported script's.
        check_source(program, source_of(program).text)
    except ExportError as error:
        raise TrainError("run.not_sound", detail=error.message) from None
