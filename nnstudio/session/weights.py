"""The trained weights of a session: whether they fit the network as it is now, and how they go home with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.copies import copies_of
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Parts
from nnstudio.session import keeping
from nnstudio.session.cores import share_of_cores
from nnstudio.session.runs import MOST_LINES, thinned
from nnstudio.session.settings import EVERYTHING, NETWORK_ONLY

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.session.session import Session


def fitting(session: Session) -> Mapping[str, np.ndarray]:
    """The trained weights if they belong to the present network, else {}.

    Raises:
        TrainError: a run is too busy to hand them out.
    """
    weights, origin = session.present_weights(), session.run_document
    if not weights or origin is None:
        return {}
    from nnstudio.compile.lower import lower
    from nnstudio.session.export import fit_weights

    try:
        program = session.sound()
        if origin.meaning != session.document.meaning:
            trained = lower(origin).program
            if trained is None or trained.model != program.model:
                return {}
        return fit_weights(program, weights, "")
    except StudioError:
        return {}


def parts_of(session: Session, carry: str = EVERYTHING) -> Parts:
    """What the project file carries beside the document: weights that fit, the run as it stands, the runs, copies of data.

    Raises:
        TrainError: a run is too busy to hand its weights out.
    """
    view, copies = {**session.view, **session.look_now()}, copies_of(session.document)
    if carry == NETWORK_ONLY:
        view.pop("step", None)
        return Parts(view=view, data=copies)
    weights = session.fitting_weights()
    run = dict(session.parts.run) if not session.records else {"history": [dict(record) for record in thinned(session.records, MOST_LINES)]}
    run = {key: value for key, value in run.items() if weights and key not in ("runs", "state")}
    session.runs.grow(session.records)
    runs = session.runs.to_plain()
    run = {**run, "runs": runs} if runs else run
    state: Mapping[str, Any] = {}
    arrays: Mapping[str, Any] = {}
    if carry == EVERYTHING and weights:
        weights, state, arrays = keeping.state_of(session, weights)
    if not state:
        # Without the step its place on the timeline means nothing.
        view.pop("step", None)
    return Parts(weights, {**run, "state": state} if state else run, view, copies, arrays)


def exporter(session: Session, folder: Path) -> Callable[[], tuple[list[Path], bool]]:
    """Return what writes the network as it is now; that may be done in any thread."""
    from nnstudio.session.export import export_python

    program = session.sound()
    weights = session.fitting_weights()
    journal = session.journal if weights else ()

    share = share_of_cores()

    def write() -> tuple[list[Path], bool]:
        return export_python(program, folder, weights or None, journal, share), bool(weights)

    return write
