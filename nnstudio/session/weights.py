"""The trained weights of a session: whether they fit the network as it is now, and how they go home with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.values import Document, Parts
from nnstudio.session.cores import wanted_threads
from nnstudio.session.exports import Export, Leaving, never
from nnstudio.session.meaning import Meaning
from nnstudio.session.run import Run
from nnstudio.session.run_records import thinned
from nnstudio.session.runs import MOST_LINES, Runs

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.engine.fitted import Fitted, Trained

# Where a project's file has what the weights were fitted with, and the looks at the test part.
FITTED, TESTS = "fitted", "tests"


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


def run_parts(
    parts: Parts, run: Run, runs: Runs, weights: Mapping[str, np.ndarray], tests: Mapping[str, Any]
) -> dict[str, Any]:
    """What a project's file says of its runs: the history of the one whose weights it has, all that are compared, and
    the looks at the test part.
    """
    plain: dict[str, Any] = (
        dict(parts.run)
        if not run.records
        else {"history": [dict(record) for record in thinned(run.records, MOST_LINES)]}
    )
    plain = {key: value for key, value in plain.items() if weights and key not in ("runs", "state")}
    runs.grow(run.records)
    kept = runs.to_plain()
    if weights and run.fitted is not None:
        plain[FITTED] = dict(run.fitted)
    plain.pop(TESTS, None)
    if tests:
        plain[TESTS] = dict(tests)
    return {**plain, "runs": kept} if kept else plain


def lowered_alone(document: Document, known: Fitted) -> Lowered:
    """Return what a network means whose data is not there: what its weights were fitted with says what it was."""
    from nnstudio.compile.lower import lower

    return lower(document, known.table())


def trained(run: Run, meaning: Meaning, document: Document, weights: Callable[[], Mapping[str, np.ndarray]]) -> Trained:
    """Return the network with its ``weights`` and what they were fitted with; where its data cannot be read, what was
    kept of it does.

    Raises:
        TrainError: it has a problem, or is not trained.
    """
    from nnstudio.engine.fitted import Trained, fitted
    from nnstudio.engine.fitted_plain import from_plain
    from nnstudio.session.export import fit_weights

    known = from_plain(run.fitted)
    try:
        program = meaning.sound()
    except TrainError:
        origin = run.document
        alone = lowered_alone(document, known) if known is not None else None
        if known is None or alone is None or alone.program is None or origin is None:
            raise
        if origin.meaning != document.meaning:
            raise
        return Trained(alone.program, fit_weights(alone.program, run.weights, ""), known, whole=False)
    found = weights()
    if found:
        return Trained(program, found, known or fitted(program))
    before = alone_with(run, document)
    if before is None:
        raise TrainError("predict.no_weights")
    return before


def alone_with(run: Run, document: Document) -> Trained | None:
    """Return the network as it was trained where its columns go in otherwise by now: another category came into the
    file, or columns are read otherwise than they were; None where the weights are of another network.
    """
    from nnstudio.engine.fitted import Trained
    from nnstudio.engine.fitted_plain import from_plain
    from nnstudio.session.export import fit_weights

    known, origin = from_plain(run.fitted), run.document
    if known is None or not run.weights or origin is None or origin.meaning != document.meaning:
        return None
    program = lowered_alone(document, known).program
    if program is None:
        return None
    try:
        return Trained(program, fit_weights(program, run.weights, ""), known, False, "fitted.columns")
    except StudioError:
        return None


def to_keep(run: Run, document: Document, fitting: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Return the weights that a project's file keeps: those that fit, or that fit the network as it was trained."""
    alone = None if fitting or run.live else alone_with(run, document)
    return alone.weights if alone is not None else fitting


def exporter(
    folder: Path,
    way: Export,
    program: Program,
    trained: Mapping[str, np.ndarray],
    run: Run,
    cancelled: Callable[[], bool] = never,
) -> Callable[[], tuple[list[Path], bool]]:
    """Return what writes a network in some way, with its ``trained`` weights ({}: none) and what was done to their run;
    that may be done in any thread, and is given up when it is ``cancelled``.
    """
    journal, threads = (run.journal, run.threads) if trained else ((), None)
    from nnstudio.engine.fitted_plain import from_plain

    known = from_plain(run.fitted) if trained else None
    leaving = Leaving(program, trained or None, journal, threads or wanted_threads(), known, cancelled)

    def write() -> tuple[list[Path], bool]:
        return way.to(folder, leaving), leaving.weights is not None

    return write
