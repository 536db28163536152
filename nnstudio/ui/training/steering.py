"""Steering a run in the window: train until, speed limit, the best weights, and going on after a restart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.session import pacing
from nnstudio.session.checkpoints import Left
from nnstudio.session.pacing import EPOCH, HAND, WATCH, Pace
from nnstudio.ui.desk import Asks, Says, Step, Trains
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.speed import SpeedDial, pace_words

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.goals import Until

PACES: tuple[Pace, ...] = (WATCH, None, EPOCH, 300.0, 60.0, 10.0, 1.0, HAND)


class UntilDialog(QDialog):
    """The goals; the first that comes true ends the stretch."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Train until"))
        self.goal: Until | None = None
        self._rows: dict[str, tuple[QCheckBox, QLineEdit]] = {}
        form = QFormLayout()
        form.setVerticalSpacing(8)
        for name, title, given in (
            ("epochs", tr("so many epochs more"), "10"),
            ("loss", tr("loss at most"), "0.1"),
            ("accuracy", tr("accuracy at least, in %"), "95"),
            ("patience", tr("epochs without a better loss"), "10"),
            ("minutes", tr("minutes"), "5"),
        ):
            box, line = QCheckBox(title), QLineEdit(given)
            line.setMaximumWidth(110)
            line.setAccessibleName(title)
            line.textEdited.connect(lambda _, box=box: box.setChecked(True))
            form.addRow(box, line)
            self._rows[name] = box, line
        self.said = QLabel(tr("Loss and accuracy are those of the validation part, if there is one."))
        self.said.setWordWrap(True)
        self.said.setObjectName("muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Train"))
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.said)
        layout.addWidget(buttons)
        self.setMinimumWidth(380)

    def set(self, name: str, text: str) -> None:
        """Ask for a goal."""
        box, line = self._rows[name]
        box.setChecked(True)
        line.setText(text)

    def _accept(self) -> None:
        from nnstudio.engine.goals import Until

        given: dict[str, float] = {}
        for name, (box, line) in self._rows.items():
            if not box.isChecked():
                continue
            try:
                value = float(line.text().strip().replace(",", "."))
            except ValueError:
                value = float("nan")
            if (
                not (0 <= value < 1e9)
                or (name in ("epochs", "patience", "minutes") and value <= 0)
                or (name == "accuracy" and value > 100)
            ):
                self.said.setText(
                    tr("“{given}” is not a number that fits here: {name}.", given=line.text(), name=box.text())
                )
                line.setFocus()
                return
            given[name] = value
        if not given:
            self.said.setText(tr("Choose at least one goal."))
            return
        self.goal = Until(
            epochs=int(given["epochs"]) if "epochs" in given else None,
            loss=given.get("loss"),
            accuracy=given["accuracy"] / 100 if "accuracy" in given else None,
            patience=int(given["patience"]) if "patience" in given else None,
            minutes=given.get("minutes"),
        )
        self.accept()


class Steering:
    """Actions of the Training menu."""

    def __init__(self, trains: Trains, step: Step, says: Says, asks: Asks) -> None:
        self._trains, self._helm, self._step, self._says, self._asks = trains, trains.helm, step, says, asks
        self.dial = SpeedDial()
        self.dial.chosen.connect(self.pace)
        if not self._helm.speed.chosen:
            self.begin_anew()

    def say(self, found: object) -> None:
        """Say what a run took over or reached."""
        self._says.say(words(found))

    def fill_paces(self, menu: QMenu) -> None:
        """Fill the menu of speed limits."""
        menu.clear()
        for pace in PACES:
            action = menu.addAction(self._named(pace), partial(self.pace, pace))
            action.setCheckable(True)
            action.setChecked(self._helm.speed.wanted == pace)

    @staticmethod
    def _named(pace: Pace) -> str:
        if pace == WATCH:
            return tr("to be watched: the whole run in about 15 s")
        return tr("as fast as it goes") if pace is None else pace_words(pace)

    def pace(self, pace: Pace) -> None:
        """Limit the speed for watching."""
        self._helm.speed.set(pace)
        if pace == HAND:
            self._trains.pause()
            self._says.say(tr("By hand: Run makes one update."))
        elif pace is None:
            self._says.say(tr("Training goes as fast as it can."))
        else:
            self._says.say(tr("Speed: {pace}.", pace=pace_words(pace, self.updates)))
        self.show_pace()

    @property
    def updates(self) -> float | None:
        """Updates a second at most, of the run or of the network on the canvas; None while that is not known."""
        return self._helm.speed.of(self._trains.training.program if self._trains.training.live else self._drawn())

    def _drawn(self) -> Program | None:
        lowered = self._trains.meaning.lowered
        return lowered.program if lowered is not None else None

    def show_pace(self) -> None:
        """Let the dial say what holds."""
        self.dial.show_pace(self._helm.speed.wanted, self.updates)

    def begin_anew(self) -> None:
        """Another project begins at a pace that can be watched."""
        self._helm.speed.set(pacing.first_pace())
        self.show_pace()

    def ask_until(self) -> None:
        """Ask for a goal and train."""
        dialog = UntilDialog(self._asks.over)
        if dialog.exec() and dialog.goal is not None:
            self.until(dialog.goal)
        dialog.deleteLater()

    def until(self, goal: Until) -> None:
        """Train until a goal is reached."""
        self._step.leave()
        self._try(lambda: self._helm.until(goal))

    def use_best(self) -> None:
        """Take the best weights."""
        self._try(self._helm.use_best)

    def resume(self, left: Left) -> None:
        """Go on with a run that was left."""
        if self._try(lambda: self._helm.resume(left)):
            self._says.say(tr("The run waits where it was left, in epoch {epoch}. Press Go on.", epoch=left.epoch))

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        return True
