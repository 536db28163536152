"""Where the student is in a project's lesson: what the open step asks, whether it is done, and what that rests on."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnstudio.document.edits import ReplaceAll, Together
from nnstudio.document.steps import Figure, Plan, Step, plan_of
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document
from nnstudio.engine.figures import is_path
from nnstudio.session.checks import Answer, Facts, asked, judge
from nnstudio.session.lessons.gathering import Taught, facts_now, facts_of, own_run
from nnstudio.session.lessons.progress import LONGEST_ANSWER, Progress, progress_of
from nnstudio.session.lessons.proposals import Proposal, proposals
from nnstudio.session.listeners import Listeners

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment


class Tutor:
    """Follows one project. ``changed`` tells that the lesson stands otherwise; ``missing`` is what the open step still
    lacks, None where it is done or cannot be judged just now.
    """

    def __init__(self, taught: Taught) -> None:
        self._taught = taught
        self.changed = Listeners()
        self.progress = Progress()
        self.missing: Message | None = None
        self.looked: frozenset[str] = frozenset()
        self.exported: frozenset[str] = frozenset()
        # What it looked at last, by identity and by value.
        self._seen: tuple[Any, ...] = ()
        self._counted: tuple[Any, ...] = ()
        self._history: object = None
        # What was given as an answer and is not right; it stays in sight.
        self.given: int | str | None = None
        self.follow()

    # -- which lesson -------------------------------------------------------------------------

    @property
    def plan(self) -> Plan | None:
        """The lesson of the project; None where it is none."""
        return plan_of(self._taught.document)

    @property
    def document(self) -> Document:
        """The project as it is."""
        return self._taught.document

    @property
    def step(self) -> Step | None:
        """The step that is open."""
        plan = self.plan
        return (
            plan.steps[self.progress.at] if plan is not None and self.progress.at < len(self.progress.steps) else None
        )

    def take(self, plain: Mapping[str, Any]) -> None:
        """Take what a file says of how far the student came."""
        plan, document = self.plan, self._taught.document
        self._history = self._taught.history
        self.progress = Progress()
        if plan is not None:
            found = progress_of(plain, document.lesson)
            if found.lesson != plan.id:
                found = Progress()
            self.progress = Progress(plan.id, found.at, found.steps).fitted(len(plan.steps))
        self._enter()

    def to_plain(self) -> Mapping[str, Any]:
        """What the project's file keeps; nothing where nothing was begun."""
        steps = self.progress.steps
        begun = any(step.met or step.attempts or step.hints for step in steps) or self.progress.at > 0
        return self.progress.to_plain() if begun else {}

    def follow(self) -> None:
        """The document may be another, and its lesson."""
        if self._taught.history is not self._history:
            self.take(self._taught.parts.progress)
            return
        plan, steps = self.plan, self.progress.steps
        if (0 if plan is None else len(plan.steps)) != len(steps) or (
            plan is not None and plan.id != self.progress.lesson
        ):
            self.take(self.to_plain())

    def begin_anew(self) -> None:
        """Forget how far the student came: the lesson is played from its first step."""
        self.take({})

    def proposals(self, node: str | None, moment: Moment | None) -> list[Proposal]:
        """Return what a teacher may make the check of a step: what is true just now."""
        facts = facts_now(self._taught)
        return [] if facts is None else proposals(facts, node, moment)

    # -- where in it --------------------------------------------------------------------------

    def _enter(self) -> None:
        """A step is opened."""
        self.looked, self.exported, self.missing, self._seen = frozenset(), frozenset(), None, ()
        if self.step is not None:
            here = self.progress.here
            self.given = here.answer
            if here.began is None:
                self.progress = self.progress.with_step(self.progress.at, began=self._taught.document)
        self.changed.tell()

    def go(self, place: int) -> None:
        """Open a step."""
        if self.step is not None and 0 <= place < len(self.progress.steps):
            self.progress = Progress(self.progress.lesson, place, self.progress.steps)
            self._enter()

    def next(self) -> bool:
        """Go on to the next step, where this one is done; returns whether that could be."""
        if not self.may_go_on:
            return False
        if not self.progress.here.met:
            self._done()
        if self.progress.at + 1 < len(self.progress.steps):
            self.go(self.progress.at + 1)
        else:
            self.changed.tell()
        return True

    def back(self) -> None:
        """Open the step before."""
        self.go(self.progress.at - 1)

    @property
    def may_go_on(self) -> bool:
        """Whether the open step is done, or only to be read."""
        step = self.step
        return step is not None and (step.check is None or self.progress.here.met)

    @property
    def asks(self) -> str:
        """What the open step asks for: "choice", "number", "words" or nothing."""
        return asked(self.step.check) if self.step is not None else ""

    def hint(self) -> None:
        """The hint of the open step was asked for."""
        if self.step is not None:
            self.progress = self.progress.with_step(self.progress.at, hints=self.progress.here.hints + 1)
            self.changed.tell()

    def bring_back(self) -> bool:
        """Put the network back to what it was when the open step began; undo brings the student's own back.

        Raises:
            EditError: it would change what is locked.
        """
        began = self.progress.here.began if self.step is not None else None
        if began is None or began == self._taught.document:
            return False
        return self._taught.apply(Together((ReplaceAll(began),), message("edit.bring_back")))

    # -- whether it is done -------------------------------------------------------------------

    def saw(self, view: str) -> None:
        """A view was looked at."""
        if view not in self.looked:
            self.looked |= {view}

    def took_home(self, way: str) -> None:
        """The network was exported in some way."""
        self.exported |= {way}

    def answer(self, given: int | str) -> Message | None:
        """Answer the open step; returns what is wrong, None where it is right."""
        step = self.step
        if step is None or step.check is None:
            return None
        here = self.progress.here
        self.given = given[:LONGEST_ANSWER] if isinstance(given, str) else given
        if not here.met:
            self.progress = self.progress.with_step(self.progress.at, attempts=here.attempts + 1, answer=self.given)
        facts = self._facts(self.given)
        # While the network is worked out the answer waits: the next look judges it.
        self.missing = message("lesson.waits") if facts is None else judge(step.check, facts).missing
        self._seen = ()
        if self.missing is None and not here.met:
            self._done()
        self.changed.tell()
        return self.missing

    def poll(self) -> None:
        """Look again whether the open step is done, where something is otherwise than at the last look."""
        self.follow()
        step, t = self.step, self._taught
        if step is None:
            return
        seen = (
            t.document,
            t.meaning.lowered,
            t.meaning.analysis,
            t.stepping.shown,
            t.health.findings,
            self.looked,
            self.exported,
        )
        counted = (t.training.state, len(t.training.records), [(run.id, run.state) for run in t.runs.items.values()])
        if counted == self._counted and len(seen) == len(self._seen) and all(map(operator.is_, seen, self._seen)):
            return
        facts = self._facts(self.progress.here.answer)
        if facts is None:
            return
        self._seen, self._counted = seen, counted
        if step.check is not None and not self.progress.here.met:
            found = judge(step.check, facts)
            self.missing = found.missing
            if found.missing is None:
                self._done()
        self.changed.tell()

    def judge(self, place: int, given: int | str | None) -> Answer | None:
        """Return the answer of any step's check with what there is now; None where it is being worked out."""
        plan, facts = self.plan, self._facts(given)
        check = plan.steps[place].check if plan is not None else None
        return None if facts is None or check is None else judge(check, facts)

    def _done(self) -> None:
        """The open step is done; what it rests on is kept."""
        t, own = self._taught, own_run(self._taught)
        trace = t.stepping.shown if own else None
        self.progress = self.progress.with_step(
            self.progress.at,
            met=True,
            work=t.document,
            epochs=len(t.training.records) if own else 0,
            update=trace.update if trace is not None else None,
            row=trace.sample if trace is not None and not trace.own else None,
            over=own and t.training.state.over,
            made=trace is not None and trace.made,
        )

    def _facts(self, given: int | str | None) -> Facts | None:
        step = self.step
        return None if step is None else facts_of(self._taught, step, given, self.looked, self.exported)

    def figures(self) -> list[tuple[Figure, float | None]]:
        """The figures of the open step, each with the student's own; None where there is none yet."""
        step = self.step
        if step is None or not step.figures:
            return []
        facts = self._facts(None)
        return [
            (figure, facts.figure(figure.at) if facts is not None else None)
            for figure in step.figures
            if is_path(figure.at)
        ]
