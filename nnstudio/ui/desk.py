"""What a controller may ask of the window: narrow ports, each a few lines long.

Who stands behind them is decided in the shell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nnstudio.document.edits import Edit
from nnstudio.document.text import Message
from nnstudio.document.values import Document, Parts
from nnstudio.session.closer import Closer
from nnstudio.session.health import Health
from nnstudio.session.lessons.tutor import Tutor
from nnstudio.session.meaning import Meaning
from nnstudio.session.run import Run
from nnstudio.session.runs import Runs
from nnstudio.session.steering import Helm
from nnstudio.session.stepping import Stepping

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QWidget

    from nnstudio.compile.problems import Problem
    from nnstudio.engine.snapshot import Picture
    from nnstudio.engine.trace import Moment, Trace
    from nnstudio.session.session import Session


class Says(Protocol):
    """Says a sentence over the canvas, for a while or until the next one."""

    def say(self, text: str, *, stay: bool = False) -> None: ...
    def hush(self) -> None: ...


class Asks(Protocol):
    """Puts questions to the student, in boxes over the window."""

    @property
    def over(self) -> QWidget: ...
    def refuse(self, message: Message) -> None: ...
    def may_replace(self, paths: Sequence[Path]) -> bool: ...
    def text(self, title: str, label: str, given: str) -> str | None: ...


def with_ending(path: Path, ending: str, asks: Asks) -> Path | None:
    """Return a path that has an ending; None where a file of that name is to stay: a dialog asked about the name as it
    was typed, not about this one.
    """
    if path.suffix:
        return path
    path = path.with_name(path.name + ending)
    return None if path.exists() and not asks.may_replace([path]) else path


class Busy(Protocol):
    """Something that may be going on."""

    busy: bool


class Edits(Protocol):
    """Takes edits; a refusal is said over the canvas. Returns whether an edit was legal."""

    def propose(self, edit: Edit, gesture: object = None, *, select: Collection[str] | None = None) -> bool: ...
    def propose_whole(self, edit: Edit, gesture: object = None) -> bool: ...


class HasDocument(Protocol):
    """A network as a document."""

    @property
    def document(self) -> Document: ...


class Located(HasDocument, Protocol):
    """What is on a canvas: a network, or that inside a group, and where its nodes are in the whole."""

    def full_id(self, node: str) -> str: ...
    def local_id(self, node: str) -> str | None: ...
    def is_here(self, node: str) -> bool: ...


class Stage(Edits, Located, Protocol):
    """What is on the canvas of the window, to be edited."""

    @property
    def path(self) -> tuple[str, ...]: ...
    def wrap(self, edit: Edit) -> Edit: ...
    def enter(self, path: tuple[str, ...]) -> None: ...
    def go_to(self, node: str) -> str: ...


class Panels(Protocol):
    """The panels around the canvas, by their ids."""

    @property
    def names(self) -> Collection[str]: ...
    def show(self, name: str) -> None: ...
    def raise_(self, name: str) -> None: ...
    def call(self, group: str) -> None: ...
    def count(self, name: str, count: int) -> None: ...
    def view(self, name: str) -> QWidget: ...


class Desks(Protocol):
    """The desks of the window: what is begun leads to its own."""

    now: str

    def lead(self, name: str) -> None: ...
    def turn(self, name: str) -> None: ...


class Side(Protocol):
    """The panel on the right: settings of what is selected, or the card of a step."""

    room: int

    def show_settings(self) -> None: ...
    def show_step(self) -> None: ...
    def widen(self, least: int) -> None: ...
    def rename(self) -> None: ...


class Camera(Protocol):
    """How the canvas is looked at."""

    def show_all(self) -> None: ...


class Form(Protocol):
    """The form of what is selected."""

    @property
    def node(self) -> str | None: ...
    def go_to(self, name: str) -> None: ...
    def choose(self, name: str, value: object) -> None: ...


class Places(Protocol):
    """Puts nodes on the canvas and takes them off."""

    def add_at(self, kind: str, place: QPointF) -> None: ...
    def add_wired(self, kind: str, place: QPointF, node: str, side: str, port: str) -> None: ...
    def append(self, kind: str) -> None: ...
    def remove(self, names: Iterable[str]) -> bool: ...


class Leaves(Protocol):
    """Asks what to do with unsaved work before something else takes its place; returns whether to go on."""

    def may_leave(self) -> bool: ...


class Opens(Protocol):
    """Opens projects and files; what could not be done is said."""

    def open_example(self, name: str) -> None: ...
    def take_dropped(self, name: str) -> None: ...


class Trained(Protocol):
    """A network's run, and what it means."""

    training: Run
    meaning: Meaning


class Alongside(Protocol):
    """What trains along with the network."""

    @property
    def going(self) -> bool: ...
    def run(self, pace: float | str | None) -> None: ...
    def step(self, grain: str) -> None: ...
    def pause(self) -> None: ...
    def reset(self) -> None: ...


class Trains(Trained, Protocol):
    """Runs of the network: commands, and what was measured."""

    stepping: Stepping
    helm: Helm

    @property
    def abreast(self) -> Alongside: ...

    def run(self) -> None: ...
    def step(self, grain: str) -> None: ...
    def pause(self) -> None: ...
    def reset(self) -> None: ...


class Compares(Trained, Protocol):
    """All runs of a project, and what is known of the present one."""

    runs: Runs
    health: Health
    path: Path | None

    @property
    def document(self) -> Document: ...


class Steps(Protocol):
    """Steps of training to be looked at, and what the project's file says of the one that was shown."""

    training: Run
    meaning: Meaning
    stepping: Stepping
    closer: Closer
    path: Path | None
    view: dict[str, Any]

    @property
    def document(self) -> Document: ...


class Teaches(Protocol):
    """A project with a lesson, and where the student is in it."""

    tutor: Tutor
    helm: Helm
    kept_as: str

    @property
    def document(self) -> Document: ...
    def begin_with(self, document: Document, parts: Parts, kept_as: str = "") -> None: ...
    def parts_now(self, carry: str) -> Parts: ...


class Controls(Protocol):
    """What may be left out of the window, by name: (name, title), and whether it is shown."""

    def listed(self) -> list[tuple[str, str]]: ...
    def set_shown(self, name: str, shown: bool) -> None: ...


class Typing(Protocol):
    """What is being typed counts before anything is done with it."""

    def commit(self) -> None: ...


class Wishes(Protocol):
    """How the student wants runs and steps to go."""

    @property
    def fresh(self) -> bool: ...
    @property
    def grain(self) -> str: ...


class Step(Protocol):
    """The step that is shown."""

    @property
    def trace(self) -> Trace | None: ...
    def leave(self) -> None: ...
    def go_on(self) -> bool: ...
    def explain(self, moment: Moment, unit: int) -> None: ...


class Watching(Protocol):
    """Shows numbers on the cards: of the run, or of a step."""

    def show_weights(self, weights: Mapping[str, np.ndarray] | None) -> None: ...
    def show_pictures(self, pictures: Mapping[str, Picture]) -> None: ...
    def show_loss(self, loss: float) -> None: ...
    def show_last(self) -> None: ...
    def pictured(self) -> set[str]: ...
    def forget(self) -> None: ...


class Titled(Protocol):
    """Shows the project's name, and whether there is something to save."""

    def show_title(self) -> None: ...


class Looks(Protocol):
    """Where the project is looked at, as a file keeps it."""

    def look(self) -> Mapping[str, Any]: ...
    def restore(self) -> bool: ...


class Desk(Protocol):
    """All that a panel may ask for. A panel keeps what it needs of it, and nothing else knows the panel."""

    @property
    def session(self) -> Session: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def says(self) -> Says: ...
    @property
    def asks(self) -> Asks: ...
    @property
    def panels(self) -> Panels: ...
    @property
    def step(self) -> Tries: ...
    @property
    def shown(self) -> ShownStep: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def limits(self) -> tuple[float, float]: ...
    def pick(self, node: str) -> None: ...
    def give(self, name: str, *values: Any) -> None: ...


class Tries(Protocol):
    """What can be tried in the step that is shown."""

    def look(self) -> None: ...
    def look_at_sample(self, sample: int) -> None: ...
    def look_at_row(self, row: int) -> None: ...
    def go_to(self, updates: int) -> None: ...
    def undo_update(self) -> None: ...
    def use_mode(self, training: bool) -> None: ...
    def check(self, name: str, place: int) -> None: ...
    def change(self, name: str, place: int, value: float, dragged: bool = False) -> None: ...
    def undo_change(self) -> None: ...
    def redo_change(self) -> None: ...
    def forget_changes(self) -> None: ...
    def keep(self) -> None: ...
    def paint(self) -> None: ...
    def survey(self, kind: str, weights: tuple[str, str], reach: float) -> Any: ...


class ShownStep(Protocol):
    """The step as the timeline shows it."""

    trace: Trace | None

    def weights(self) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]] | None: ...
    def pictures(self) -> Mapping[str, Picture] | None: ...


class Offers(Protocol):
    """What findings, runs and data offer to do."""

    def ask_sweep(self) -> None: ...
    def ask_report(self) -> None: ...
    def take_over(self, document: Document) -> None: ...
    def set_beside(self, documents: Sequence[Document], names: Sequence[str]) -> None: ...
    def try_on_copy(self, problem: Problem) -> None: ...
    def mend(self, problem: Problem) -> None: ...
    def choose_source(self) -> None: ...
    def read_again(self) -> None: ...
