"""Rows and parts: how the file is written, what stands for missing cells, how the rows are parted, and what was said
while it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.sources.manner import Manner
from nnstudio.document.fields import Field, FloatField, IntField, OptionField, TextField
from nnstudio.document.values import Params
from nnstudio.ui.data.column_side import Card
from nnstudio.ui.data.file_choice import FileChoice
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

# Settings that say how the file is written.
FORM = ("delimiter", "decimal", "header", "encoding", "sheet", "skip", "heads")
SHEET = "sheet"
ROWS = ("missing", "target_kind")
SECOND = "test_file"
PARTS = (SECOND, "validation", "test", "split", "split_seed", "scaling", "target_scaling")


class RowsPage(QWidget):
    """Forms on the left, what was said on the right; ``said(name, value)`` takes what is chosen."""

    def __init__(
        self,
        fields: tuple[Field, ...],
        data_fields: tuple[Field, ...],
        params: Params,
        data: Params,
        said: Callable[[str, Any], None],
    ) -> None:
        super().__init__()
        self._said = said
        self.editors: dict[str, QWidget] = {}
        self._split: Mapping[str, str] = {}
        self._forms: list[QFormLayout] = []
        known = {field.name: field for field in (*data_fields, *fields)}
        self._titles = known
        left = QVBoxLayout()
        for title, names in (
            (tr("How the file is written"), FORM),
            (tr("Rows"), ROWS),
            (tr("Training, validation, test"), PARTS),
        ):
            card = Card()
            card.head.setText(title)
            form = QFormLayout()
            for name in names:
                field = known.get(name)
                if field is not None:
                    value = params[name] if name in params else data[name]
                    form.addRow(words(field.title), self._editor(field, value))
            card.body.addLayout(form)
            self._forms.append(form)
            left.addWidget(card)
        left.addStretch(1)
        holder = QWidget()
        holder.setLayout(left)
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        self.notes.setAccessibleName(tr("What was found while reading"))
        right = Card()
        right.head.setText(tr("What was found while reading"))
        right.body.addWidget(self.notes, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(holder, 1)
        row.addWidget(right, 1)

    def _editor(self, field: Field, value: Any) -> QWidget:
        editor: QWidget
        name = field.name
        if name == SHEET:
            names = QComboBox()
            names.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            names.setMinimumContentsLength(12)
            names.activated.connect(lambda row: self._said(name, names.itemData(row)))
            editor = names
        elif isinstance(field, TextField) and field.kind == "file":
            editor = FileChoice(words(field.title), field.patterns, lambda path: self._said(name, path))
        elif isinstance(field, OptionField):
            box = QComboBox()
            for option, title in field.options:
                box.addItem(words(title), option)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.activated.connect(lambda row: self._said(name, box.itemData(row)))
            editor = box
        elif isinstance(field, FloatField):
            share = QSpinBox()
            share.setRange(round(100 * field.minimum), round(100 * field.maximum))
            share.setSuffix(" %")
            share.setSingleStep(5)
            share.setKeyboardTracking(False)
            share.setValue(round(100 * value))
            share.valueChanged.connect(lambda percent: self._said(name, percent / 100))
            editor = share
        elif isinstance(field, IntField):
            count = QSpinBox()
            count.setRange(field.minimum, min(field.maximum, 2**31 - 1))
            count.setKeyboardTracking(False)
            count.setValue(value)
            count.valueChanged.connect(lambda number: self._said(name, number))
            editor = count
        else:
            assert isinstance(field, TextField)
            line = QLineEdit(value)
            line.editingFinished.connect(lambda: self._typed(name, line))
            editor = line
        editor.setAccessibleName(words(field.title))
        if field.help is not None:
            editor.setToolTip(tip(words(field.help)))
        self.editors[name] = editor
        return editor

    def _typed(self, name: str, line: QLineEdit) -> None:
        if line.isModified():
            line.setModified(False)
            self._said(name, line.text())

    def show_settings(self, params: Params, data: Params, manner: Manner, sheets: tuple[str, ...] = ()) -> None:
        """Show settings that were changed elsewhere; the first choice of a list says what was found out. ``sheets`` are
        the tables of the file, where they are several.
        """
        self._show_sheets(str(params[SHEET]) if SHEET in params else "", sheets)
        for name, editor in self.editors.items():
            value = params[name] if name in params else data[name]
            if isinstance(editor, FileChoice):
                editor.show_file(str(value))
            elif isinstance(editor, QComboBox) and name != SHEET:
                editor.setCurrentIndex(max(0, editor.findData(value)))
                found = getattr(manner, name, "")
                place = editor.findData("")
                if place >= 0 and found:
                    shown = editor.itemText(max(0, editor.findData(found)))
                    editor.setItemText(place, tr("found out: {what}", what=shown))

    def _show_sheets(self, now: str, sheets: tuple[str, ...]) -> None:
        box = self.editors.get(SHEET)
        if not isinstance(box, QComboBox):
            return
        wanted = list(dict.fromkeys(("", *sheets, now)))
        if [box.itemData(place) for place in range(box.count())] != wanted:
            box.clear()
            for one in wanted:
                box.addItem(one or tr("the first"), one)
        box.setCurrentIndex(wanted.index(now))
        for form in self._forms:
            if form.indexOf(box) >= 0:
                form.setRowVisible(box, len(wanted) > 1)

    def split_text(self, params: Mapping[str, Any]) -> str:
        """How rows are parted, in a few words."""
        box = self.editors["split"]
        assert isinstance(box, QComboBox)
        text, kind = box.currentText(), box.currentData()
        column = params.get({"ordered": "order", "grouped": "group", "given": "part"}.get(kind, ""), "")
        return f"{text}: {column}" if column else text

    def say(self, lines: tuple[str, ...]) -> None:
        """Show what was said of the file and its columns."""
        text = "\n".join(lines) or tr("Nothing out of the ordinary.")
        if text != self.notes.toPlainText():
            self.notes.setPlainText(text)
