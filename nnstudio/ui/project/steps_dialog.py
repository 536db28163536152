"""A teacher's steps: what each says and asks, and what is checked, chosen among what is true just now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.languages import languages
from nnstudio.document.steps import MOST_STEPS, STEPS, words
from nnstudio.document.storage import frozen_params, unfrozen
from nnstudio.document.values import Document
from nnstudio.session.checks import kinds
from nnstudio.session.lessons.proposals import Proposal
from nnstudio.ui.kit.texts import language, tr
from nnstudio.ui.kit.texts import words as said

TEXTS = ("say", "ask", "hint", "because")
KEEP, NONE = "keep", "none"


class StepsDialog(QDialog):
    """Edits the steps of a project's lesson, in one language at a time; the other's words stay."""

    def __init__(self, document: Document, proposals: Sequence[Proposal], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Steps of the lesson"))
        self._lesson: dict[str, Any] = unfrozen(document.lesson)
        self._steps: list[dict[str, Any]] = [dict(step) for step in self._lesson.get(STEPS, [])]
        self._proposals = list(proposals)
        self._row = -1
        layout = QVBoxLayout(self)
        top = QFormLayout()
        self.title = QLineEdit(words(document.lesson.get("title"))(language()))
        top.addRow(tr("Title"), self.title)
        self.spoken = QComboBox()
        for one in languages():
            self.spoken.addItem(one.name, one.id)
        self.spoken.setCurrentIndex(max(0, self.spoken.findData(language())))
        self._language = self.spoken.currentData()
        self.spoken.currentIndexChanged.connect(self._speak)
        top.addRow(tr("Written in"), self.spoken)
        layout.addLayout(top)
        middle = QHBoxLayout()
        left = QVBoxLayout()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Steps"))
        self.list.currentRowChanged.connect(self._turn)
        left.addWidget(self.list, 1)
        row = QHBoxLayout()
        self.add = QPushButton(tr("Add a step"))
        self.up, self.down, self.remove = QPushButton("↑"), QPushButton("↓"), QPushButton("×")
        for button, name in ((self.up, tr("Up")), (self.down, tr("Down")), (self.remove, tr("Remove"))):
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.add.clicked.connect(self._add)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        for button in (self.add, self.up, self.down, self.remove):
            row.addWidget(button)
        left.addLayout(row)
        middle.addLayout(left, 2)
        middle.addLayout(self._form(), 3)
        layout.addLayout(middle, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._list()
        self.list.setCurrentRow(0 if self._steps else -1)
        self._turn(self.list.currentRow())
        self.resize(820, 560)

    def _form(self) -> QVBoxLayout:
        column = QVBoxLayout()
        titles = (tr("Tell"), tr("Ask"), tr("Hint"), tr("Said when it is done"))
        self.texts: dict[str, QPlainTextEdit] = {}
        for name, title in zip(TEXTS, titles, strict=True):
            label = QLabel(title)
            column.addWidget(label)
            box = self.texts[name] = QPlainTextEdit()
            box.setObjectName("table")
            box.setTabChangesFocus(True)
            box.setAccessibleName(title)
            box.setMaximumHeight(76)
            label.setBuddy(box)
            column.addWidget(box)
        column.addWidget(QLabel(tr("Done when")))
        self.check = QComboBox()
        self.check.setAccessibleName(tr("Done when"))
        self.check.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        column.addWidget(self.check)
        note = QLabel(
            tr("The list has what is true of your network now: do what the student shall do, then choose it here.")
        )
        note.setObjectName("muted")
        note.setWordWrap(True)
        column.addWidget(note)
        column.addStretch(1)
        return column

    # -- the list -----------------------------------------------------------------------------

    def _list(self) -> None:
        row = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for number, step in enumerate(self._steps, 1):
            text = self._said(step, "ask") or self._said(step, "say") or tr("(no words yet)")
            self.list.addItem(f"{number}. {' '.join(text.split())[:60]}")
        self.list.setCurrentRow(min(row, len(self._steps) - 1))
        self.list.blockSignals(False)

    def _add(self) -> None:
        if len(self._steps) >= MOST_STEPS:
            return
        self._keep()
        self._steps.append({})
        self._row = -1
        self._list()
        self.list.setCurrentRow(len(self._steps) - 1)
        self._turn(len(self._steps) - 1)
        self.texts["ask"].setFocus()

    def _move(self, way: int) -> None:
        self._keep()
        here, there = self._row, self._row + way
        if 0 <= here < len(self._steps) and 0 <= there < len(self._steps):
            self._steps[here], self._steps[there] = self._steps[there], self._steps[here]
            self._row = -1
            self._list()
            self.list.setCurrentRow(there)
            self._turn(there)

    def _remove(self) -> None:
        if 0 <= self._row < len(self._steps):
            del self._steps[self._row]
            row, self._row = min(self._row, len(self._steps) - 1), -1
            self._list()
            self.list.setCurrentRow(row)
            self._turn(row)

    # -- one step -----------------------------------------------------------------------------

    def _said(self, step: dict[str, Any], name: str) -> str:
        found = step.get(name, "")
        if isinstance(found, str):
            return found
        return str(found.get(self._language, ""))

    def _speak(self) -> None:
        self._keep()
        self._language = self.spoken.currentData()
        self._list()
        row, self._row = self._row, -1
        self._turn(row)

    def _turn(self, row: int) -> None:
        self._keep()
        self._row = row
        there = 0 <= row < len(self._steps)
        for name, box in self.texts.items():
            box.setEnabled(there)
            box.setPlainText(self._said(self._steps[row], name) if there else "")
        self.check.clear()
        self.check.setEnabled(there)
        for button in (self.up, self.down, self.remove):
            button.setEnabled(there)
        if not there:
            return
        known = self._steps[row].get("check")
        if known is not None:
            title = kinds()[known["kind"]].title if known.get("kind") in kinds() else str(known.get("kind", ""))
            rest = json.dumps({key: value for key, value in known.items() if key != "kind"}, ensure_ascii=False)
            self.check.addItem(tr("as it is: {title} {rest}", title=said(title), rest=rest[:80]), KEEP)
        self.check.addItem(tr("it was read"), NONE)
        for place, proposal in enumerate(self._proposals):
            self.check.addItem(said(proposal.title), place)
        self.check.setCurrentIndex(0)

    def _keep(self) -> None:
        """Put what stands in the form into its step."""
        if not 0 <= self._row < len(self._steps):
            return
        step = self._steps[self._row]
        for name, box in self.texts.items():
            text = box.toPlainText().strip()
            found = step.get(name, {})
            every = {"en": found} if isinstance(found, str) and found else dict(found or {})
            every.pop(self._language, None)
            if text:
                every[self._language] = text
            step.pop(name, None)
            if every:
                step[name] = every
        chosen = self.check.currentData()
        if chosen == NONE:
            step.pop("check", None)
        elif isinstance(chosen, int):
            step["check"] = unfrozen(self._proposals[chosen].check)
            # What solved another check solves this one no more.
            step.pop("solve", None)

    def lesson(self) -> dict[str, Any]:
        """The lesson with these steps, as a file has it."""
        self._keep()
        found: dict[str, Any] = {**self._lesson, STEPS: [step for step in self._steps if step]}
        title = dict(unfrozen(words(frozen_params(self._lesson).get("title")).said))
        title[self._language] = self.title.text().strip()
        found["title"] = {name: text for name, text in title.items() if text}
        if not found[STEPS]:
            for name in (STEPS, "title"):
                found.pop(name, None)
        return found
