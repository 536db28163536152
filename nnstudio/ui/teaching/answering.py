"""Where a lesson's question is answered: choices, a line for a number or a word, or room to write."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document import quoting
from nnstudio.document.steps import Step
from nnstudio.session.checks import CHOICE, NUMBER, WORDS
from nnstudio.session.checks.answer import choices_in
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.texts import language, tr
from nnstudio.ui.kit.words_linked import follow, linked

_FORMULA = re.compile(r"`([^`\n]+)`")


def rich(text: str, below: int = 5, links: bool = True) -> str:
    """A lesson's text for a label: plain, but for formulas, paragraphs and words that lead to an article; with so many
    pixels below each paragraph.
    """
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        pieces = _FORMULA.split(paragraph)
        said = [
            f'<span style=\'font-family: "Noto Serif", "DejaVu Serif", serif\'>{quoting.markup(piece)}</span>'
            if place % 2
            else linked(piece)
            if links
            else quoting.markup(piece)
            for place, piece in enumerate(pieces)
        ]
        parts.append(f"<p style='margin: 0 0 {below}px 0'>{''.join(said)}</p>")
    return "".join(parts)


def unmarked(text: str) -> str:
    """The same in one plain line."""
    return " ".join(text.replace("`", "").split())


def words_label(name: str = "") -> QLabel:
    """A label for a lesson's text."""
    found = QLabel()
    found.setWordWrap(True)
    found.setTextFormat(Qt.TextFormat.RichText)
    found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    follow(found)
    found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if name:
        found.setObjectName(name)
    return found


class _Choice(QFrame):
    """One answer to choose: its words wrap, which a button's do not."""

    def __init__(self, text: str, group: QButtonGroup, place: int) -> None:
        super().__init__()
        self.setObjectName("choice")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        self.button = QRadioButton()
        self.button.setAccessibleName(unmarked(text))
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        group.addButton(self.button, place)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        said = words_label()
        said.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        said.setText(rich(text, 0, links=False))
        row.addWidget(said, 1)
        self.button.toggled.connect(self._mark)

    def _mark(self, on: bool) -> None:
        self.setProperty("on", on)
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.button.isEnabled():
            self.button.setFocus()
            self.button.setChecked(True)


class Answering(QWidget):
    """Takes one answer; ``asks`` is what is asked for. ``changed`` tells that another is given, ``entered`` that Enter
    was pressed.
    """

    changed, entered = Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clear")
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(0, 0, 0, 0)
        self._room.setSpacing(5)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda button, on: self.changed.emit())
        self.asks = ""
        self._shown: list[QWidget] = []
        self.line: QLineEdit | None = None
        self.writing: QPlainTextEdit | None = None

    @property
    def buttons(self) -> list[QRadioButton]:
        """The buttons of the choices, in order."""
        return [button for button in self._group.buttons() if isinstance(button, QRadioButton)]

    def ask(self, step: Step, asks: str, given: int | str | None, done: bool) -> None:
        """Ask for what a step wants; what was ``given`` before stands there."""
        for button in self._group.buttons():
            self._group.removeButton(button)
        emptied(self._room, self._shown)
        self._shown = []
        self.line = self.writing = None
        self.asks = asks
        if asks == CHOICE and step.check is not None:
            for place, text in enumerate(choices_in(step.check, language())):
                row = _Choice(text, self._group, place)
                row.button.setChecked(given == place)
                row.button.setEnabled(not done)
                self._put(row)
        elif asks == WORDS and step.check is not None and step.check.kind == "written":
            self.writing = QPlainTextEdit(str(given or ""))
            self.writing.setObjectName("table")
            self.writing.setAccessibleName(tr("Your answer"))
            self.writing.setTabChangesFocus(True)
            self.writing.setFixedHeight(72)
            self.writing.textChanged.connect(self.changed)
            self._put(self.writing)
        elif asks in (NUMBER, WORDS):
            self.line = QLineEdit(str(given) if given is not None else "")
            self.line.setPlaceholderText(tr("A number, or a fraction such as 3/4") if asks == NUMBER else "")
            self.line.setAccessibleName(tr("Your answer"))
            self.line.setReadOnly(done)
            self.line.returnPressed.connect(self.entered)
            self.line.textChanged.connect(lambda text: self.changed.emit())
            self._put(self.line)
        self.setVisible(bool(asks))

    def _put(self, widget: QWidget) -> None:
        self._shown.append(widget)
        self._room.addWidget(widget)

    def given(self) -> int | str | None:
        """What is chosen or typed; None where nothing is."""
        if self.asks == CHOICE:
            place = self._group.checkedId()
            return place if place >= 0 else None
        if self.line is not None:
            return self.line.text().strip() or None
        return (self.writing.toPlainText().strip() or None) if self.writing is not None else None
