"""The lesson of a project in its window: the card, what it lights and brings forward, and the student's work kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from nnstudio.document.errors import StudioError
from nnstudio.document.steps import Step
from nnstudio.document.values import Document
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.said import changed
from nnstudio.session.settings import NETWORK_ONLY
from nnstudio.ui.canvas.spotlight import Spotlight
from nnstudio.ui.desk import Asks, Camera, Desks, Leaves, Panels, Says, Stage, Teaches
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.teaching.lesson_card import LessonCard

# After the last change the work is kept.
KEEP_MS = 1500
PANEL, DESK, NODE, PACE = "panel:", "desk:", "node:", "pace:"
PACES = {"slow": "epoch", "fast": None}


class Tutoring(QObject):
    """Keeps one window in line with its tutor. ``stands`` is told whether there is a lesson."""

    def __init__(
        self,
        session: Teaches,
        stage: Stage,
        panels: Panels,
        desks: Desks,
        pointer: Spotlight,
        card: LessonCard,
        files: Leaves,
        camera: Camera,
        says: Says,
        asks: Asks,
    ) -> None:
        super().__init__(card)
        self._session, self._stage, self._panels, self._desks = session, stage, panels, desks
        self.pointer, self._card, self._files, self._camera = pointer, card, files, camera
        self._says, self._asks = says, asks
        self.stands: Callable[[bool], None] = lambda there: None
        self.pick: Callable[[str], None] = lambda node: None
        self.sheet: Callable[[str], object] = lambda of: None
        self.beside: Callable[[Sequence[Document], Sequence[str]], object] = lambda documents, names: None
        self.lab: Callable[[str, str], object] = lambda name, rest: None
        self._opened: tuple[object, int] | None = None
        # What comes after a lesson that is done.
        self._onward: shelf.Shelved | None = None
        self._away = False
        # Whether a step has set networks beside.
        self._compared = False
        # The lesson that is in, by its id, where it is one that ships: it is kept by itself.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self.keep)
        card.answered.connect(self._answer)
        card.next_wanted.connect(self._next)
        card.back_wanted.connect(session.tutor.back)
        card.hint_wanted.connect(session.tutor.hint)
        card.bring_wanted.connect(self._bring_back)
        card.opened.connect(session.tutor.go)
        card.left.connect(self.put_away)

    # -- a lesson is opened -------------------------------------------------------------------

    def open(self, name: str, anew: bool = False) -> None:
        """Open a shipped lesson, as the student left it."""
        if not self._files.may_leave():
            return
        self.keep()
        try:
            if anew:
                shelf.forget(name)
            aside = shelf.set_aside(name)
            document, parts = shelf.begun(name)
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        self._away = False
        self._session.begin_with(document, parts, kept_as=name)
        self._camera.show_all()
        self.follow()
        if aside is not None:
            self._says.say(
                tr("Your work on this lesson cannot be read; it begins anew. The file is {path}.", path=aside)
            )

    def keep(self) -> None:
        """Keep what was done of a shipped lesson, if anything was."""
        self._timer.stop()
        session, tutor = self._session, self._session.tutor
        plan, progress = tutor.plan, tutor.to_plain()
        if plan is None or not progress or not session.kept_as:
            # A file may call itself what it likes: it says nothing of the course's own lessons.
            return
        shelf.note(plan, tutor.progress.at, sum(step.met for step in tutor.progress.steps))
        try:
            shelf.keep(session.kept_as, session.document, session.parts_now(NETWORK_ONLY))
        except StudioError as error:
            self._says.say(tr("Your work on this lesson cannot be kept: {why}", why=error.message.render(language())))

    # -- the card -----------------------------------------------------------------------------

    def follow(self) -> None:
        """The lesson stands otherwise, or there is another."""
        tutor = self._session.tutor
        tutor.follow()
        there = tutor.step is not None
        if not there:
            self._away, self._opened = False, None
        self.stands(there and not self._away)
        if not there or self._away:
            self.pointer.point(())
            return
        self._card.show_lesson(tutor)
        step, plan = tutor.step, tutor.plan
        assert step is not None and plan is not None
        if self._opened is None or self._opened[0] is not plan or self._opened[1] != tutor.progress.at:
            self._opened, self._onward = (plan, tutor.progress.at), None
            for name in step.open:
                self._bring_forward(name)
            if step.beside or self._compared:
                self._set_beside(step)
        if self._onward is not None:
            self._card.offer(self._onward.id, self._onward.title(language()))
        # What is done needs no light.
        self.pointer.point(() if tutor.progress.here.met else step.point)
        if tutor.to_plain():
            self._timer.start()

    def put_away(self) -> None:
        """The student wants the room; the lesson stays where it is."""
        self._away = True
        self.follow()
        self._says.say(tr("The lesson is put away; View › Lesson brings it back."))

    def bring_out(self) -> None:
        """Show the lesson again."""
        if self._session.tutor.step is None:
            self._says.say(tr("This project has no lesson. Help › Lessons lists those of the course."))
            return
        self._away = False
        self.follow()

    def _bring_forward(self, name: str) -> None:
        """Bring a view forward, or choose what a step is about. What there is none of is passed over."""
        kind, _, rest = name.partition(":")
        if kind == "panel" and rest in self._panels.names:
            self._panels.show(rest)
        elif kind == "desk":
            self._desks.turn(rest)
        elif kind == "node" and rest in self._session.document.by_id:
            self.pick(rest)
        elif kind == "sheet":
            self.sheet(rest)
        elif kind == "lab":
            self.lab(*(rest.partition(":")[::2]))
        elif kind == "pace" and rest in PACES:
            self._session.helm.speed.set(PACES[rest])

    def _set_beside(self, step: Step) -> None:
        """Set the networks of a step beside the student's own, in the place of others."""
        try:
            found = [changed(self._session.document, one.changes) for one in step.beside]
        except StudioError as error:
            self._says.say(tr("The networks of this step cannot be set beside: {why}", why=words(error.message)))
            return
        self._compared = bool(found)
        self.beside(found, [one.name(language()) for one in step.beside])

    def polled(self) -> None:
        """A moment has passed: frames follow what they are around, and what is looked at is seen."""
        tutor = self._session.tutor
        if tutor.step is None or self._away:
            return
        self.pointer.follow()
        check = tutor.step.check
        if check is not None and check.kind == "looked":
            view = str(check.params.get("view", ""))
            if self._in_sight(view):
                tutor.saw(view)

    def _in_sight(self, view: str) -> bool:
        if view.startswith(DESK):
            return self._desks.now == view.removeprefix(DESK)
        name = view.removeprefix(PANEL)
        return name in self._panels.names and in_sight(self._panels.view(name))

    # -- what is pressed ----------------------------------------------------------------------

    def _answer(self, given: int | str) -> None:
        self._card.say(self._session.tutor.answer(given))

    def _next(self) -> None:
        tutor = self._session.tutor
        if self._onward is not None and tutor.progress.done:
            self.open(self._onward.id)
            return
        last = tutor.progress.at + 1 == len(tutor.progress.steps)
        if tutor.next() and last:
            self.keep()
            if tutor.progress.done:
                self._offer_next()
                return
            open_ = next(place for place, step in enumerate(tutor.progress.steps) if not step.met)
            tutor.go(open_)

    def _offer_next(self) -> None:
        """A lesson of the course is done: the next one is a press away."""
        onward = shelf.following(shelf.standings()) if self._session.kept_as else None
        if onward is None or onward.id == self._session.kept_as:
            self._says.say(tr("The lesson is done. Help › Lessons has the others."))
            return
        self._onward = onward
        self._says.say(
            tr("The lesson is done. The next is {name} · {title}.", name=onward.id, title=onward.title(language()))
        )
        self.follow()

    def _bring_back(self) -> None:
        try:
            if self._session.tutor.bring_back():
                self._camera.show_all()
                self._says.say(tr("The network is as it was when this step began. Undo brings yours back."))
        except StudioError as error:
            self._asks.refuse(error.message)
