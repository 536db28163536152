"""A form made from fields: one editor per field, nothing here knows a layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.document.fields import (
    BoolField,
    ChoiceField,
    Field,
    IntField,
    NamesField,
    OptionField,
    TableField,
    TextField,
    complete,
)
from nnstudio.document.values import Choice, Params
from nnstudio.ui.inspector.choices import ChoiceCard
from nnstudio.ui.inspector.editors import quietly
from nnstudio.ui.inspector.field_editors import (
    Hooks,
    Made,
    Path,
    Setter,
    combo,
    labels_editor,
    line_editor,
    names_editor,
    painted,
    switch,
    table_editor,
    text_editor,
    whole,
)
from nnstudio.ui.inspector.numbers import FieldLabel, NumberBox
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

# (path, value[, gesture]): whether the value was taken. Values of one gesture are one step of undo.
Commit = Callable[..., bool]


class Form(QWidget):
    """Editors for fields. ``commit(path, value)`` returns False when the value was refused."""

    def __init__(
        self,
        fields: tuple[Field, ...],
        params: Params,
        commit: Commit,
        *,
        full: bool,
        prefix: Path = (),
        hooks: Hooks | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._given = commit
        self.hooks = hooks or Hooks()
        self._complaint: QLabel | None = None
        self.cards: list[ChoiceCard] = []
        self._prefix = prefix
        self._setters: dict[Path, Setter] = {}
        self._choices: dict[Path, Choice] = {}
        self.editors: dict[Path, QWidget] = {}
        self.labels: dict[Path, FieldLabel] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(6)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        values = complete(fields, params, CATALOG)
        for field in fields:
            if field.hidden or (field.advanced and not full):
                continue
            self._row(layout, field, values[field.name], full)

    def commit(self, path: Path, value: Any, gesture: object = None) -> bool:
        """Propose a value; why it is refused stands under its editor until another one is taken."""
        taken = self._given(path, value, gesture)
        if isValid(self):
            self._complain(path, "" if taken else self.hooks.refusal())
        return taken

    def _complain(self, path: Path, text: str) -> None:
        if self._complaint is not None:
            self._complaint.hide()
            self._complaint.deleteLater()
            self._complaint = None
        layout = self.layout()
        if text and path in self.editors and isinstance(layout, QFormLayout):
            self._complaint = plain(QLabel(text))
            self._complaint.setObjectName("problem")
            self._complaint.setWordWrap(True)
            position: Any = layout.getWidgetPosition(self.editors[path])
            layout.insertRow(position[0] + 1, self._complaint)
            self._complaint.show()

    def _row(self, layout: QFormLayout, field: Field, value: Any, full: bool) -> None:
        path = (*self._prefix, field.name)
        editor = self._editor(field, path, value)
        label = FieldLabel(field, value, lambda new, gesture=None: self.commit(path, new, gesture))
        label.setBuddy(editor)
        self.labels[path] = label
        if field.help is not None:
            editor.setToolTip(words(field.help))
        editor.setAccessibleName(words(field.title))
        self.editors[path] = editor
        if isinstance(field, TableField) and not field.editor:
            layout.addRow(label)
            layout.addRow(editor)
        else:
            layout.addRow(label, editor)
        if isinstance(field, ChoiceField) and value is not None:
            entry = family(field.family)[value.kind]
            self._choices[path] = value
            if entry.formula:
                card = ChoiceCard(entry, lambda: self.hooks.curve(path, self._choices[path], field.family))
                self.cards.append(card)
                layout.addRow(card)
            if any(not inner.hidden and (full or not inner.advanced) for inner in entry.fields):
                nested = Form(entry.fields, value.params, self._given, full=full, prefix=path, hooks=self.hooks)
                nested.indent()
                layout.addRow(nested)
                self.editors.update(nested.editors)
                self.labels.update(nested.labels)
                self._setters.update(nested._setters)

    def _editor(self, field: Field, path: Path, value: Any) -> QWidget:
        widget, setter = self._made(field, path, value)
        if setter is not None:
            self._setters[path] = setter
        return widget

    def _made(self, field: Field, path: Path, value: Any) -> Made:
        if isinstance(field, BoolField):
            return switch(self, path, value)
        if isinstance(field, ChoiceField):
            entries = [e for e in family(field.family).values() if not e.tags & field.exclude]
            options = [(e.id, words(e.title), words(e.help)) for e in entries]
            if field.optional:
                options.insert(0, ("", tr("as the network"), ""))
            return combo(
                self,
                path,
                options,
                value.kind if value is not None else "",
                lambda name: Choice(name) if name else None,
            )
        if isinstance(field, OptionField):
            return combo(self, path, [(name, words(title), "") for name, title in field.options], value, str)
        if isinstance(field, IntField) and not field.optional:
            return whole(self, field, path, value)
        if field.editor:
            return painted(self, field, path)
        if isinstance(field, TableField):
            return table_editor(self, path, value, field.optional)
        if isinstance(field, NamesField) and field.kind == "labels":
            return labels_editor(self, path, value)
        if isinstance(field, NamesField):
            return names_editor(self, field, path, value)
        if isinstance(field, TextField):
            return text_editor(self, field, path, value)
        return line_editor(self, field, path, value)

    def indent(self) -> None:
        """Stand a little to the right: the settings of a choice, below it."""
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(14, 0, 0, 4)

    def show_mixed(self, paths: set[Path]) -> None:
        """Leave the editors of settings open that differ among several nodes."""
        for path in paths & set(self.editors):
            editor = self.editors[path]
            if isinstance(editor, NumberBox):
                editor.show_mixed()
            elif isinstance(editor, QComboBox):
                editor.setCurrentIndex(-1)
                editor.setPlaceholderText(tr("different"))
            elif isinstance(editor, QLineEdit):
                editor.setPlaceholderText(tr("different"))
                quietly(editor, partial(editor.setText, ""))
            elif isinstance(editor, QCheckBox):
                quietly(editor, partial(editor.setCheckState, Qt.CheckState.PartiallyChecked))
            self.labels[path].setText(f"{self.labels[path].plain} ≠")
            self.labels[path].setToolTip(
                tr("These nodes have different values here; what you enter goes for all of them.")
            )

    def refresh_cards(self) -> None:
        """Draw the pictures of the choices anew."""
        for form in (self, *self.findChildren(Form)):
            for card in form.cards:
                card.refresh()

    def show_values(self, fields: tuple[Field, ...], params: Params, prefix: Path = ()) -> None:
        """Show other values of the same fields without making the editors anew."""
        for form in (self, *self.findChildren(Form)):
            form._complain((), "")
            for field in fields:
                if isinstance(field, ChoiceField) and (*prefix, field.name) in form._choices:
                    form._choices[*prefix, field.name] = params.get(field.name, field.default)
        for field in fields:
            value = params.get(field.name, field.default)
            setter = self._setters.get((*prefix, field.name))
            if setter is not None:
                setter(value)
            label = self.labels.get((*prefix, field.name))
            if label is not None:
                label.show_value(value)
            if isinstance(field, ChoiceField) and value is not None:
                entry = family(field.family)[value.kind]
                self.show_values(entry.fields, value.params, (*prefix, field.name))
