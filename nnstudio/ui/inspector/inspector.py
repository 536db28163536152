"""The panel on the right: title, formula, shapes, problems and form of what is selected, or the whole network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.compile.problems import Problem
from nnstudio.document.edits import RenameNode, SetParam, SetTraining, Together
from nnstudio.document.fields import Field
from nnstudio.document.labels import value_title
from nnstudio.document.text import message
from nnstudio.document.values import COMMENT, Document, Node, Params
from nnstudio.ui.inspector.chosen import Chosen
from nnstudio.ui.inspector.editors import column, wrapped
from nnstudio.ui.inspector.field_editors import Hooks
from nnstudio.ui.inspector.forms import Form
from nnstudio.ui.inspector.problem_label import problem_label
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.texts import tr, words


class Facts:
    """What the inspector is told of the compiled network."""

    def __init__(
        self,
        problems: tuple[Problem, ...] = (),
        shapes: dict[str, str] | None = None,
        parameters: dict[str, int] | None = None,
        total: int | None = None,
    ) -> None:
        self.problems = problems
        self.shapes = shapes or {}
        self.parameters = parameters or {}
        self.total = total


class Inspector(QScrollArea):
    """Shows one node, or the network when nothing is selected; every change is an edit."""

    selected = Signal(str)

    def __init__(
        self, propose: Callable[..., bool], whole: Callable[..., bool] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._propose = propose
        # Mends and settings of the run concern the whole project, whichever group is open.
        self._whole = whole or propose
        self._hooks = Hooks()
        self._chosen = Chosen()
        self._facts = Facts()
        self._full = False
        self._allowed = True
        self._signature: Any = None
        self.form: Form | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(250)

    def show_node(self, document: Document, node: str | None, many: Iterable[str] = ()) -> None:
        """Show a node of a document, the whole network, or what several nodes have in common."""
        if self._finish_typing(document, node, many):
            return
        before = self._node
        self._chosen = Chosen.of(document, node, many)
        # Other nodes with the same settings keep the form: making it anew takes most of a frame.
        names = tuple(field.name for field in self._chosen.fields())
        signature = (len(self._many), self._full, names, self._chosen.choices())
        other = self._node != before
        if signature != self._signature or (other and self._typing() is not None):
            self._signature = signature
            self._build()
            return
        if self.form is not None:
            self.form.show_values(self._chosen.fields(), self._chosen.params())
            self.form.show_mixed(self._chosen.mixed())
            self.form.refresh_cards()
        if self._node is not None and (other or not self._name.hasFocus()):
            self._name.setText(document.by_id[self._node].name)
        if other:
            self._show_facts()

    def _typing(self) -> QWidget | None:
        """The editor in which something may be typed just now."""
        focus = QApplication.focusWidget()
        return focus if focus is not None and self.isAncestorOf(focus) else None

    def _finish_typing(self, document: Document, node: str | None, many: Iterable[str]) -> bool:
        """Something else was selected: what is being typed belongs to what was.

        Returns whether that was an edit, which shows everything anew.
        """
        typing, before, chosen = self._typing(), self._document, set(many)
        same = node == self._node and (chosen == set(self._many) or len(chosen) < 2)
        whole = all(
            document.by_id.get(name) is before.by_id.get(name)
            for name in self._many or ([self._node] if self._node is not None else [])
        )
        if typing is None or same or not whole:
            return False
        self._chosen = replace(self._chosen, document=document)
        typing.clearFocus()
        return self._document is not document

    @property
    def _document(self) -> Document:
        return self._chosen.document

    @property
    def _node(self) -> str | None:
        return self._chosen.node

    @property
    def _many(self) -> tuple[str, ...]:
        return self._chosen.many

    @property
    def node(self) -> str | None:
        """The node that is shown."""
        return self._node

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings of what is shown that can be reached."""
        return tuple(
            field
            for field in self._chosen.offered(rare=self._allowed)
            if not field.hidden and (self._allowed or not field.advanced)
        )

    def go_to(self, name: str) -> None:
        """Put the keys into the editor of a setting; a rarer one is shown for it."""
        if self.form is not None and (name,) not in self.form.editors and self._allowed:
            self.set_full(True)
        if self.form is not None and (name,) in self.form.editors:
            editor = self.form.editors[name,]
            editor.setFocus()
            if isinstance(editor, QLineEdit | QAbstractSpinBox):
                editor.selectAll()
            self.ensureWidgetVisible(editor)

    def choose(self, name: str, value: Any) -> None:
        """Give a setting of what is shown a value."""
        self._commit((name,), value)

    def ask(self, hooks: Hooks) -> None:
        """Take whom the forms ask for what they do not know."""
        self._hooks = hooks

    def show_facts(self, facts: Facts) -> None:
        """Show shapes, parameter counts and problems."""
        self._facts = facts
        self._show_facts()
        if self.form is not None:
            self.form.refresh_cards()

    def set_full(self, full: bool) -> None:
        """Show all settings, or those of a first lesson."""
        self._full = full
        self.show_node(self._document, self._node, self._many)

    @property
    def full(self) -> bool:
        """Whether all settings are shown."""
        return self._full

    def edit_name(self) -> None:
        """Put the caret into the node's name."""
        if self._node is not None:
            self._name.setFocus()
            self._name.selectAll()

    def allow_full(self, allowed: bool) -> None:
        """Offer the rarer settings, or keep to those of a first lesson."""
        self._allowed = allowed
        self._signature = None
        self.set_full(self._full and allowed)

    # -- parts --------------------------------------------------------------------------------

    def _build(self) -> None:
        # The form is made anew when a choice changes; who uses the keyboard stays in the field.
        editors = self.form.editors if self.form else {}
        focused = next((path for path, editor in editors.items() if editor.hasFocus()), None)
        at = self.verticalScrollBar().value() if focused is not None else 0
        content = QWidget()
        layout = column(content)
        self.form = None
        self._facts_label = wrapped("", "muted")
        self._problems = QVBoxLayout()
        self._labels: list[QWidget] = []
        if self._many:
            layout.addWidget(wrapped(tr("{count} nodes selected", count=len(self._many)), "title"))
            common = tr("What they have in common is changed for all of them at once.")
            text = common if self._chosen.fields() else tr("They have no setting in common.")
            layout.addWidget(wrapped(text, "muted"))
        elif self._node is None:
            layout.addWidget(wrapped(tr("Network"), "title"))
            layout.addWidget(self._facts_label)
        else:
            self._head(layout, self._document.by_id[self._node])
            # A comment computes nothing.
            self._facts_label.setVisible(self._document.by_id[self._node].kind != COMMENT)
        layout.addLayout(self._problems)
        heading = QLabel(tr("TRAINING") if self._node is None and not self._many else tr("SETTINGS"))
        heading.setObjectName("heading")
        layout.addWidget(heading)
        heading.setVisible(bool(self._chosen.fields()) or not self._many)
        if self._chosen.fields():
            offered = self._chosen.offered(rare=self._allowed)
            params = Params({field.name: self._chosen.params()[field.name] for field in offered})
            self.form = Form(offered, params, self._commit, full=self._full, hooks=self._hooks)
            self.form.show_mixed(self._chosen.mixed())
            layout.addWidget(self.form)
        elif not self._many:
            layout.addWidget(wrapped(tr("Nothing to set here."), "muted"))
        hidden = self._allowed and any(field.advanced for field in self._chosen.fields())
        if hidden:
            more = _flat(tr("Fewer settings") if self._full else tr("All settings …"), self._toggle)
            layout.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        self._put(content)
        if focused is not None and self.form is not None and focused in self.form.editors:
            self.form.editors[focused].setFocus()
            # What was looked at stays where it was, once the new form has its height.
            QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(at))
        self._show_facts()

    def _put(self, content: QWidget) -> None:
        """Show other content. The old may be in the middle of a signal of its own, so it is deleted later."""
        old = self.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self.setWidget(content)

    def _toggle(self) -> None:
        self.set_full(not self._full)

    def _head(self, layout: QVBoxLayout, node: Node) -> None:
        kind = node_kinds().get(node.kind)
        title = words(kind.title) if kind is not None else node.kind
        row = QHBoxLayout()
        row.addWidget(wrapped(title, "title"), 1)
        ask = _question()
        row.addWidget(ask)
        layout.addLayout(row)
        if kind is not None:
            if kind.formula:
                layout.addWidget(wrapped(kind.formula, "formula"))
            self._help = wrapped(words(kind.help), "muted")
            self._help.hide()
            ask.toggled.connect(self._help.setVisible)
            layout.addWidget(self._help)
        layout.addWidget(self._facts_label)
        self._name = _name_line(node.name, self._rename)
        layout.addWidget(self._name)

    def _show_facts(self) -> None:
        if self._many or (self.form is None and self._node is None):
            return
        facts, node = self._facts, self._node
        text = facts_text(facts, node, len(self._document.nodes))
        self._facts_label.setText(text)
        emptied(self._problems, self._labels)
        self._labels = [
            problem_label(problem, self._whole) for problem in facts.problems if problem.node == (node or "")
        ]
        for widget in self._labels:
            self._problems.addWidget(widget)

    # -- edits --------------------------------------------------------------------------------

    def _commit(self, path: tuple[str, ...], value: Any, gesture: object = None) -> bool:
        if self._many:
            field = next(field for field in self._chosen.fields() if field.name == path[0])
            said = value_title(field, value, CATALOG) if len(path) == 1 else value
            label = message("edit.set_many", field=field.title, count=len(self._many), value=said)
            return self._propose(Together(tuple(SetParam(name, path, value) for name in self._many), label), gesture)
        if self._node is None:
            return self._whole(SetTraining(path, value), gesture)
        return self._propose(SetParam(self._node, path, value), gesture)

    def _rename(self) -> None:
        if self._node is not None and self._name.text() != self._document.by_id[self._node].name:
            self._propose(RenameNode(self._node, self._name.text()))


def facts_text(facts: Facts, node: str | None, nodes: int) -> str:
    """Return what is known of a node, or of a whole network of so many nodes."""
    total = "–" if facts.total is None else f"{facts.total:,}"
    if node is None:
        text = tr("{nodes} nodes · {parameters} parameters", nodes=nodes, parameters=total)
    else:
        shape = facts.shapes.get(node, "–")
        count = facts.parameters.get(node)
        text = tr("output {shape}", shape=shape)
        if count is not None:
            text = tr("{parameters} parameters", parameters=f"{count:,}") + " · " + text
    return text


def _flat(text: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("flat")
    button.clicked.connect(act)
    return button


def _name_line(name: str, rename: Callable[[], object]) -> QLineEdit:
    line = QLineEdit(name)
    line.setPlaceholderText(tr("Name"))
    line.setAccessibleName(tr("Name"))
    line.setMaxLength(200)
    line.editingFinished.connect(rename)
    return line


def _question() -> QToolButton:
    ask = QToolButton()
    ask.setText("?")
    ask.setCheckable(True)
    ask.setAccessibleName(tr("Help"))
    ask.setToolTip(tr("What is this?"))
    return ask
