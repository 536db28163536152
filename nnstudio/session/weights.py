"""The trained weights of a session: whether they fit the network as it is now, and how they go home with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document, Parts
from nnstudio.session.cores import wanted_threads
from nnstudio.session.exports import Export, Leaving
from nnstudio.session.meaning import Meaning
from nnstudio.session.run import Run
from nnstudio.session.run_records import thinned
from nnstudio.session.runs import MOST_LINES, Runs

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program


def fitting(
    run: Run, meaning: Meaning, document: Document, weights: Mapping[str, np.ndarray]
) -> Mapping[str, np.ndarray]:
    """A run's weights if they belong to the present network, else {}."""
    origin = run.document
    if not weights or origin is None:
        return {}
    from nnstudio.compile.lower import lower
    from nnstudio.session.export import fit_weights

    try:
        program = meaning.sound()
        if origin.meaning != document.meaning:
            trained = lower(origin).program
            if trained is None or trained.model != program.model:
                return {}
        return fit_weights(program, weights, "")
    except StudioError:
        return {}


def run_parts(parts: Parts, run: Run, runs: Runs, weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What a project's file says of its runs: the history of the one whose weights it has, and all that are
    compared.
    """
    plain = (
        dict(parts.run)
        if not run.records
        else {"history": [dict(record) for record in thinned(run.records, MOST_LINES)]}
    )
    plain = {key: value for key, value in plain.items() if weights and key not in ("runs", "state")}
    runs.grow(run.records)
    kept = runs.to_plain()
    return {**plain, "runs": kept} if kept else plain


def exporter(
    folder: Path, way: Export, program: Program, trained: Mapping[str, np.ndarray], run: Run
) -> Callable[[], tuple[list[Path], bool]]:
    """Return what writes a network in some way, with its ``trained`` weights ({}: none) and what was done to their run;
    that may be done in any thread.
    """
    journal, threads = (run.journal, run.threads) if trained else ((), None)
    leaving = Leaving(program, trained or None, journal, threads or wanted_threads())

    def write() -> tuple[list[Path], bool]:
        return way.to(folder, leaving), leaving.weights is not None

    return write
