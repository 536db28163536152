"""The card of a lesson: the open step in words, its figures, its question, and the way on.

Everything on it may be a stranger's: texts are shown as they are, with what stands between backticks set as a formula.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.steps import Plan, Step
from nnstudio.document.text import Message
from nnstudio.session.lessons.tutor import Tutor
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.teaching.answering import Answering, rich, unmarked, words_label
from nnstudio.ui.teaching.figure_table import TICK, FigureTable

DOT = 20
# A scroll area learns of a taller page a few events after the page.
SETTLED_MS = 40


class LessonCard(QFrame):
    """Shows a tutor's lesson; what is pressed is told."""

    answered = Signal(object)
    next_wanted, back_wanted, hint_wanted, bring_wanted = Signal(), Signal(), Signal(), Signal()
    opened = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lesson")
        self.setAccessibleName(tr("Lesson"))
        self._shown: tuple[object, ...] = ()
        self._hinted = self._entered = False
        self._stands: list[tuple[bool, bool, bool]] = []
        self._dotted: list[QToolButton] = []
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 9, 8, 9)
        whole.setSpacing(6)
        whole.addLayout(self._head())
        dots = QHBoxLayout()
        self._dots = QHBoxLayout()
        self._dots.setSpacing(4)
        dots.addLayout(self._dots)
        dots.addStretch(1)
        whole.addLayout(dots)
        self.area = QScrollArea()
        self.area.setObjectName("clear")
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setObjectName("clear")
        self._page = QVBoxLayout(page)
        self._page.setContentsMargins(0, 0, 4, 0)
        self._page.setSpacing(7)
        self.said, self.asked = words_label(), words_label("asked")
        self._page.addWidget(self.said)
        self._figures = FigureTable()
        self._page.addLayout(self._figures)
        self._page.addWidget(self.asked)
        self.answering = Answering()
        self._page.addWidget(self.answering)
        self.feedback, self.hinted = words_label("feedback"), words_label("hinted")
        self._page.addWidget(self.feedback)
        self._page.addWidget(self.hinted)
        self._page.addStretch(1)
        self.area.setWidget(page)
        whole.addWidget(self.area, 1)
        whole.addLayout(self._foot())
        self.answering.changed.connect(self._refresh_check)
        self.answering.entered.connect(self._enter)
        self.setMinimumWidth(250)
        theme.follow(self._restyle)

    # -- made ---------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.title = words_label("lessonTitle")
        row.addWidget(self.title, 1)
        self.count = QLabel()
        self.count.setObjectName("muted")
        row.addWidget(self.count, 0, Qt.AlignmentFlag.AlignTop)
        self.leave = QToolButton()
        self.leave.setText("×")
        self.leave.setObjectName("fold")
        self.leave.setToolTip(tr("Put the lesson away; View › Lesson brings it back"))
        self.leave.setAccessibleName(tr("Put the lesson away"))
        self.leave.clicked.connect(self.left)
        row.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.back = QPushButton("‹")
        self.back.setToolTip(tr("The step before"))
        self.back.setAccessibleName(tr("The step before"))
        self.back.clicked.connect(self.back_wanted)
        self.hint = QPushButton(tr("Hint"))
        self.hint.setObjectName("flat")
        self.hint.clicked.connect(self.hint_wanted)
        self.bring = QPushButton(tr("Bring me back"))
        self.bring.setObjectName("flat")
        self.bring.setToolTip(tr("The network as it was when this step began; undo brings yours back"))
        self.bring.clicked.connect(self.bring_wanted)
        self.check = QPushButton(tr("Check"))
        self.check.setObjectName("go")
        self.check.clicked.connect(self._submit)
        self.next = QPushButton(tr("Next") + " ›")
        self.next.setObjectName("go")
        self.next.clicked.connect(self.next_wanted)
        row.addWidget(self.back)
        row.addWidget(self.hint)
        row.addWidget(self.bring)
        row.addStretch(1)
        row.addWidget(self.check)
        row.addWidget(self.next)
        return row

    def _restyle(self) -> None:
        self._shown = ()

    # -- shown --------------------------------------------------------------------------------

    def show_lesson(self, tutor: Tutor) -> None:
        """Show a tutor's lesson as it stands."""
        plan, step = tutor.plan, tutor.step
        if plan is None or step is None:
            return
        here = tutor.progress.here
        wanted = (plan, tutor.progress.at, language())
        if wanted != self._shown:
            self._shown, self._hinted = wanted, here.hints > 0
            self._show_step(tutor, plan, step)
        if here.hints:
            self._hinted = True
        self._show_dots(tutor)
        self._figures.show_figures(tutor)
        self._show_feedback(tutor, step)
        self.back.setEnabled(tutor.progress.at > 0)
        self.hint.setVisible(bool(step.hint) and not self._hinted and not here.met)
        # To what cannot be otherwise nobody is brought back.
        self.bring.setVisible(here.began is not None and here.began.meaning != tutor.document.meaning)
        done = tutor.may_go_on
        last = tutor.progress.at + 1 == len(plan.steps)
        self.next.setText(tr("Done") if last else tr("Next") + " ›")
        self.next.setToolTip("")
        self.next.setEnabled(done)
        self.next.setVisible(done or not self.answering.asks)
        self.check.setVisible(bool(self.answering.asks) and not done)
        self._refresh_check()

    def offer(self, name: str, title: str) -> None:
        """Where the lesson is done: the way to the next one, which ``next_wanted`` asks for."""
        self.next.setText(f"{name} ›")
        self.next.setToolTip(tip(tr("Open the next lesson: {title}", title=title)))

    def _show_step(self, tutor: Tutor, plan: Plan, step: Step) -> None:
        name = f"{plan.id} · " if plan.id else ""
        self.title.setText(rich(name + unmarked(plan.title(language())), 0, links=False))
        self.count.setText(f"{tutor.progress.at + 1} / {len(plan.steps)}")
        for label, text in ((self.said, step.say), (self.asked, step.ask)):
            label.setText(rich(text(language())) if text else "")
            label.setVisible(bool(text))
        self.answering.ask(step, tutor.asks, tutor.given, tutor.progress.here.met)
        self.area.verticalScrollBar().setValue(0)

    def _show_dots(self, tutor: Tutor) -> None:
        """One dot for each step: those that were reached can be opened again."""
        plan = tutor.plan
        assert plan is not None
        stands = [
            (step.met, place == tutor.progress.at, step.met or step.began is not None)
            for place, step in enumerate(tutor.progress.steps)
        ]
        if stands == self._stands:
            return
        self._stands = stands
        emptied(self._dots, self._dotted)
        self._dotted = []
        for place, (met, here, reached) in enumerate(stands):
            dot = QToolButton()
            dot.setObjectName("dot")
            dot.setProperty("stand", "here" if here else "met" if met else "open")
            dot.setText(TICK if met else str(place + 1))
            dot.setFixedSize(QSize(round(DOT * theme.text_scale()), round(DOT * theme.text_scale())))
            dot.setEnabled(reached)
            title = unmarked(plan.steps[place].title(language()))
            dot.setToolTip(tip(title[:120] + ("…" if len(title) > 120 else "")))
            dot.setAccessibleName(tr("Step {number}", number=place + 1) + (f" {TICK}" if met else ""))
            dot.clicked.connect(lambda checked=False, place=place: self.opened.emit(place))
            self._dotted.append(dot)
            self._dots.addWidget(dot)

    def _show_feedback(self, tutor: Tutor, step: Step) -> None:
        here, missing = tutor.progress.here, tutor.missing
        if here.met:
            text, kind = step.because(language()) or tr("Done."), "good"
        elif step.check is not None and missing is not None and (not self.answering.asks or here.attempts):
            text, kind = words(missing), "problem" if self.answering.asks else "muted"
        else:
            text, kind = "", "muted"
        mark = f"{TICK} " if kind == "good" else ""
        before = self.feedback.text()
        self.feedback.setText(rich(mark + text) if text else "")
        self.feedback.setVisible(bool(text))
        if text and self.feedback.text() != before and kind != "muted":
            self._bring_in_sight(self.feedback)
        if self.feedback.property("kind") != kind:
            self.feedback.setProperty("kind", kind)
            self.feedback.style().unpolish(self.feedback)
            self.feedback.style().polish(self.feedback)
        hint = step.hint(language()) if self._hinted and not here.met else ""
        if hint and self.hinted.isHidden():
            self._bring_in_sight(self.hinted)
        self.hinted.setText(rich(tr("Hint: {hint}", hint=hint)) if hint else "")
        self.hinted.setVisible(bool(hint))

    def _bring_in_sight(self, label: QLabel) -> None:
        """Scroll to what was just said, when the page has taken its new height."""
        QTimer.singleShot(SETTLED_MS, self, lambda: self.area.ensureWidgetVisible(label, 0, 0))

    # -- told ---------------------------------------------------------------------------------

    def _refresh_check(self) -> None:
        self.check.setEnabled(self.answering.given() is not None)

    def _submit(self) -> None:
        given = self.answering.given()
        if given is not None and not self.check.isHidden():
            self.answered.emit(given)
        elif not self.next.isHidden() and self.next.isEnabled():
            # What is right already: the next press goes on.
            self.next_wanted.emit()

    def _enter(self) -> None:
        """Enter in a line of text, which passes the key on when it has told of it."""
        self._entered = True
        QTimer.singleShot(0, self, self._entered_over)
        self._submit()

    def _entered_over(self) -> None:
        self._entered = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter answers, and goes on where that is done."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._entered:
                self._submit()
            return
        super().keyPressEvent(event)

    def say(self, missing: Message | None) -> None:
        """Read a reply out to who cannot see it."""
        self.feedback.setAccessibleName(words(missing) if missing is not None else self.feedback.text())
