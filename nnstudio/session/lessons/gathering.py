"""What there is to be judged by a lesson's checks, gathered from a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from nnstudio.document.edits import Edit
from nnstudio.document.errors import TrainError
from nnstudio.document.history import History
from nnstudio.document.steps import Step
from nnstudio.document.values import Document, Parts
from nnstudio.engine.states import State
from nnstudio.session.checks import Facts
from nnstudio.session.health import Health
from nnstudio.session.meaning import Meaning
from nnstudio.session.run import Run
from nnstudio.session.runs import Runs
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    import numpy as np


class Taught(Protocol):
    """The project that a lesson is in."""

    history: History
    parts: Parts
    meaning: Meaning
    training: Run
    stepping: Stepping
    health: Health
    runs: Runs

    @property
    def document(self) -> Document: ...
    def apply(self, edit: Edit, gesture: object = None) -> bool: ...
    def present_weights(self) -> Mapping[str, np.ndarray]: ...


def own_run(taught: Taught) -> bool:
    """Whether the run is that of the present network."""
    trained = taught.training.document
    return trained is not None and trained.meaning == taught.document.meaning


def facts_of(
    taught: Taught, step: Step, given: int | str | None, looked: frozenset[str], exported: frozenset[str]
) -> Facts | None:
    """Return the facts for a step; None while the network is being worked out."""
    lowered, analysis = taught.meaning.lowered, taught.meaning.analysis
    if lowered is None or analysis is None or lowered.document.meaning != taught.document.meaning:
        return None
    own = own_run(taught)
    return Facts(
        taught.document,
        lowered,
        (*analysis.problems, *(taught.health.findings if own else ())),
        taught.training.records if own else (),
        _weights(taught, step) if own else {},
        tuple(taught.runs.items.values()),
        taught.stepping.shown if own else None,
        given,
        looked,
        exported,
    )


def facts_now(taught: Taught) -> Facts | None:
    """Return what is true of a project just now; None while its network is being worked out."""
    return facts_of(taught, Step(), None, frozenset(), frozenset())


def _weights(taught: Taught, step: Step) -> Mapping[str, np.ndarray]:
    """The weights, where a step speaks of them and the run stands still: to ask for them holds it up."""
    if taught.training.state in (State.STARTING, State.RUNNING):
        return {}
    named = [figure.at for figure in step.figures]
    if step.check is not None:
        named.append(str(step.check.params))
    if not any("weights/" in at for at in named):
        return {}
    try:
        return taught.present_weights()
    except TrainError:
        return {}
