"""One run among those of a project that are compared, and how a project's file has it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnstudio.document import storage
from nnstudio.document.text import Message, Quoted
from nnstudio.document.values import Document
from nnstudio.engine.states import State

# So many are written into the project file, with curves of at most so many points.
SAVED, POINTS = 40, 400


@dataclass(frozen=True)
class RunRecord:
    """One run: the network it trained, what came out, and whether it is drawn beside the present one.

    ``group`` names the sweep it belongs to ("" none). ``reason`` says why it failed.
    """

    id: int
    name: str
    document: Document
    state: State = State.WAITING
    records: tuple[Mapping[str, Any], ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    pinned: bool = False
    shown: bool = False
    reason: Message | Quoted | None = None

    def final(self, name: str) -> float:
        """A number of the end ("val_loss" …), or of the last epoch while it runs; NaN where there is none."""
        value = (self.report.get("final") or (self.records[-1] if self.records else {})).get(name)
        return math.nan if value is None else float(value)

    @property
    def epochs(self) -> int:
        """How many epochs it came to."""
        return int(self.records[-1]["epoch"]) if self.records else 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return float(self.report.get("seconds", math.nan))

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.state.over


def without_fold(document: Document) -> Document:
    """The same whichever of its folds is validation."""
    if not any(node.params.get("folds") for node in document.nodes):
        return document
    nodes = (replace(n, params=n.params.without("fold")) if n.params.get("folds") else n for n in document.nodes)
    return replace(document, nodes=tuple(nodes))


def fold_of(document: Document) -> int:
    """Which fold is validation; 0 where there are none."""
    return next((int(n.params.get("fold", 1)) for n in document.nodes if n.params.get("folds")), 0)


def by_settings(runs: Iterable[RunRecord]) -> list[list[RunRecord]]:
    """Runs that differ in the seed or the fold alone, together."""
    found: dict[Any, list[RunRecord]] = {}
    for run in runs:
        plain = without_fold(run.document)
        key = replace(plain, name="", notes="", training=plain.training.without("seed")).meaning
        found.setdefault(key, []).append(run)
    return list(found.values())


_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "epoch",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "val_mae",
        "val_rmse",
        "val_r2",
    )
)


def plain_runs(runs: Sequence[RunRecord], own: int | None) -> list[dict[str, Any]]:
    """As many of them as a project file has, pinned ones first to be kept; ``own`` is the window's."""
    kept = {run.id for run in sorted(runs, key=lambda run: (run.pinned, run.id))[-SAVED:]}
    return [_plain(run, own=run.id == own) for run in runs if run.id in kept]


def _plain(run: RunRecord, own: bool) -> dict[str, Any]:
    """A run as a project file has it; ``own`` is the window's."""
    return {
        "name": run.name,
        "state": str(run.state if run.over else State.STOPPED),
        "group": run.group,
        "pinned": run.pinned,
        "shown": run.shown,
        "records": [dict(record) for record in thinned(run.records)],
        "report": dict(run.report),
        "project": json.loads(storage.dumps(run.document)),
        **({"own": True} if own else {}),
    }


def read_run(entry: Any) -> tuple[Document, dict[str, Any]]:
    """What a project file says of a run; raises StudioError, KeyError, TypeError, ValueError or AttributeError."""
    document, _ = storage.loads(json.dumps(entry["project"]).encode())
    report = entry["report"]
    final = {str(name): _number(value) for name, value in dict(report.get("final") or {}).items()}
    over = entry["state"] in (State.FINISHED, State.FAILED, State.STOPPED)
    return document, {
        "name": str(entry["name"])[:60],
        "state": State(entry["state"]) if over else State.STOPPED,
        "records": tuple(_record(record) for record in entry["records"]),
        "report": {**report, "final": final, "seconds": float(report.get("seconds", math.nan))} if report else {},
        "group": str(entry["group"])[:60],
        "pinned": bool(entry["pinned"]),
        "shown": bool(entry["shown"]),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _record(plain: Any) -> dict[str, Any]:
    """A line of a history from a file: numbers alone."""
    found = {**_EMPTY, **{str(name): _number(value) for name, value in dict(plain).items()}}
    return {**found, "epoch": int(found["epoch"])}


def thinned(records: Sequence[Mapping[str, Any]], most: int = POINTS) -> Sequence[Mapping[str, Any]]:
    """At most so many lines of a history, the last among them."""
    if len(records) <= most:
        return records
    step = -(-len(records) // most)
    return [*records[:-1:step], records[-1]]
