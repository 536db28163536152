"""What teachers and their students do with lessons: steps are written and played, work is handed in and collected, a
class has lessons of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import StudioError
from nnstudio.document.lesson import SetLesson
from nnstudio.document.values import Document
from nnstudio.session.background import LEAVE_SECONDS
from nnstudio.session.lessons.background import Collecting
from nnstudio.session.lessons.class_sets import class_set
from nnstudio.session.lessons.player import Played
from nnstudio.session.settings import WEIGHTS_ONLY, load_settings, save_settings
from nnstudio.ui.desk import Asks, Says, Stage, Teaches
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.project.collect_dialog import CollectDialog
from nnstudio.ui.project.steps_dialog import StepsDialog

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment

MOST_SETS = 5


class Classroom:
    """The teaching actions of one window. ``begin`` makes a session for a network that is checked again."""

    def __init__(
        self, session: Teaches, stage: Stage, says: Says, asks: Asks, begin: Callable[[Document], Played]
    ) -> None:
        self._session, self._stage, self._says, self._asks, self._begin = session, stage, says, asks, begin
        self.selected: Callable[[], str | None] = lambda: None
        self.moment: Callable[[], Moment | None] = lambda: None
        # Told when the gallery has other lessons, and when one is to be played.
        self.changed: Callable[[], object] = lambda: None
        self.play: Callable[[], object] = lambda: None

    # -- a teacher writes ---------------------------------------------------------------------

    def ask_steps(self) -> None:
        """Edit the steps of the lesson; checks are chosen among what is true now."""
        tutor = self._session.tutor
        dialog = StepsDialog(self._session.document, tutor.proposals(self.selected(), self.moment()), self._asks.over)
        okay, lesson = dialog.exec(), dialog.lesson()
        dialog.deleteLater()
        if not okay:
            return
        try:
            changed = self._stage.propose_whole(SetLesson(storage.frozen_params(lesson)))
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        if changed:
            tutor.follow()

    def play_as_student(self) -> None:
        """Play the lesson from its first step, as a student does."""
        tutor = self._session.tutor
        if tutor.plan is None:
            self._says.say(tr("This project has no steps yet: Edit › Teaching › Steps of the lesson."))
            return
        tutor.begin_anew()
        self.play()
        self._says.say(tr("You play it as a student does. What you answer is not kept unless you save."))

    # -- a student hands in -------------------------------------------------------------------

    def hand_in(self) -> None:
        """Write the work on a lesson to a file for the teacher; the project stays what it is."""
        plan = self._session.tutor.plan
        if plan is None:
            self._says.say(tr("This project is no lesson: there is nothing to hand in."))
            return
        name, _ = QFileDialog.getSaveFileName(
            self._asks.over, tr("Hand in"), f"{plan.id or 'lesson'}-.nns", tr("NN Studio projects (*.nns)")
        )
        if not name:
            return
        path = Path(name) if name.endswith(".nns") else Path(name + ".nns")
        try:
            storage.save(path, self._session.document, self._session.parts_now(WEIGHTS_ONLY), backup=False)
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        met = sum(step.met for step in self._session.tutor.progress.steps)
        self._says.say(
            tr(
                "{name} holds your network and your answers: {met} of {count} steps. Give it to your teacher.",
                name=path.name,
                met=met,
                count=len(plan.steps),
            ),
            stay=True,
        )

    # -- a teacher collects -------------------------------------------------------------------

    def ask_collect(self) -> None:
        """Choose a folder with what was handed in; every file is checked again."""
        folder = QFileDialog.getExistingDirectory(self._asks.over, tr("Folder with what was handed in"))
        if folder:
            self.collect(Path(folder))

    def collect(self, folder: Path) -> None:
        """Check what is in a folder again, and show the table."""
        collecting = Collecting(folder, self._begin)
        collecting.start()
        dialog = CollectDialog(collecting, self._write, self._asks.over)
        dialog.exec()
        dialog.deleteLater()
        collecting.stop()
        collecting.join(LEAVE_SECONDS)

    def _write(self, path: Path, text: str) -> None:
        try:
            write_atomically(path, text.encode("utf-8-sig"))
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        self._says.say(tr("Saved {name}", name=path.name))

    # -- lessons of a class -------------------------------------------------------------------

    def ask_class_set(self) -> None:
        """Choose a folder or a zip with lessons; they stand in the gallery from now on."""
        name, _ = QFileDialog.getOpenFileName(
            self._asks.over, tr("Lessons of a class"), "", tr("A zip, or any lesson in the folder (*.zip *.nns)")
        )
        if name:
            path = Path(name)
            self.add_class_set(path if path.suffix.lower() == ".zip" else path.parent)

    def add_class_set(self, path: Path) -> None:
        """Put the lessons of a folder or a zip into the gallery."""
        try:
            found = class_set(path)
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        settings = load_settings()
        names = (str(found.path), *(known for known in settings.classes if known != str(found.path)))
        save_settings(replace(settings, classes=names[:MOST_SETS]))
        self.changed()
        left_out = (" " + tr("Left out: {names}.", names=", ".join(found.left_out))) if found.left_out else ""
        self._says.say(tr("{count} lessons stand in the gallery.", count=len(found.lessons)) + left_out, stay=True)
