"""Small builders for tests."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import Lowered, lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import AddNode, Connect, SetTraining
from nnstudio.document.values import Choice, Document, Params, Wire
from nnstudio.engine.trainer import Ended, Trainer
from nnstudio.session.session import Session


def choice(kind: str, **params: Any) -> Choice:
    return Choice(kind, Params(params))


def network(
    *nodes: tuple[str, str, dict[str, Any]], wires: tuple[tuple[str, str, str, str], ...] = (), **training: Any
) -> Document:
    """Build a document from (kind, id, params) and (source, port, target, port)."""
    document = Document("test")
    for kind, name, params in nodes:
        document = AddNode(kind, name, (0.0, 0.0), Params(params)).apply(document, CATALOG)
    for wire in wires:
        document = Connect(Wire(*wire)).apply(document, CATALOG)
    for key, value in training.items():
        document = SetTraining((key,), value).apply(document, CATALOG)
    return document


def chain(
    *layers: tuple[str, str, dict[str, Any]],
    data: Choice,
    loss: Choice,
    optimizer: Choice | None = None,
    data_params: dict[str, Any] | None = None,
    optimizer_params: dict[str, Any] | None = None,
    **training: Any,
) -> Document:
    """Build data → layers … → loss with an optimizer."""
    nodes = [
        ("data", "data", {"dataset": data, **(data_params or {})}),
        *layers,
        ("loss", "loss", {"loss": loss}),
        (
            "optimizer",
            "optimizer",
            {"optimizer": optimizer or choice("sgd", learning_rate=0.1), **(optimizer_params or {})},
        ),
    ]
    names = ["data", *(name for _, name, _ in layers), "loss"]
    wires = tuple(
        (a, "x" if a == "data" else "y", b, "prediction" if b == "loss" else "x") for a, b in itertools.pairwise(names)
    )
    return network(*nodes, wires=wires, **training)


def sound(document: Document) -> Program:
    """Lower a document that must have no problem."""
    lowered = lower(document)
    assert lowered.program is not None, [p.what.render() for p in lowered.problems]
    lowered.program.lint()
    return lowered.program


def keys(lowered: Lowered) -> set[str]:
    """The problems of a lowering by their keys."""
    return {problem.what.key.removesuffix(".what") for problem in lowered.problems}


def finish(trainer: Trainer, timeout: float = 120.0) -> tuple[Ended, list[Any]]:
    """Run a trainer to its end; returns how it ended and all other events."""
    if not trainer.alive:
        trainer.start()
    events = []
    while True:
        event = trainer.events.get(timeout=timeout)
        if isinstance(event, Ended):
            trainer.join()
            return event, events
        events.append(event)


def wait(session: Session, done: Callable[[], object], seconds: float = 60.0) -> None:
    """Let a session take in what its threads do until something holds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        session.poll()
        time.sleep(0.005)
