"""A form made from fields: one editor per field, nothing here knows a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.document.fields import (
    BoolField,
    ChoiceField,
    Field,
    IntField,
    OptionField,
    TableField,
    complete,
)
from nnstudio.document.values import Choice, Params
from nnstudio.ui.texts import tr, words

Path = tuple[str, ...]
Commit = Callable[[Path, Any], bool]


def number_text(value: float | None) -> str:
    """Write a number so that reading it back gives the same number."""
    return "" if value is None else f"{value:.12g}"


def parse_number(text: str) -> float | str:
    """Read a number with a decimal point or comma; what is no number is given back as text, to be refused."""
    try:
        return float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        return text.strip()


def table_text(value: Any) -> str:
    """Write a table: a line per row, numbers apart by blanks."""
    rows = value if value and isinstance(value[0], tuple) else (value,)
    return "\n".join("  ".join(n if isinstance(n, str) else f"{n:.12g}" for n in row) for row in rows)


def parse_table(text: str) -> Any:
    """Read a table; one line is a vector. Numbers may have a decimal point, or a comma when blanks part them."""
    rows = []
    for line in text.replace(";", "\n").splitlines():
        if line.strip():
            rows.append(tuple(parse_number(word) for word in line.split()))
    if not rows:
        return ()
    return rows[0] if len(rows) == 1 else tuple(rows)


class Form(QWidget):
    """Editors for fields. ``commit(path, value)`` returns False when the value was refused."""

    def __init__(self, fields: tuple[Field, ...], params: Params, commit: Commit, *, full: bool, prefix: Path = (),
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commit = commit
        self._prefix = prefix
        self._setters: dict[Path, Callable[[Any], None]] = {}
        self.editors: dict[Path, QWidget] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(6)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        values = complete(fields, params, CATALOG)
        for field in fields:
            if field.advanced and not full:
                continue
            self._row(layout, field, values[field.name], full)

    def _row(self, layout: QFormLayout, field: Field, value: Any, full: bool) -> None:
        path = (*self._prefix, field.name)
        editor = self._editor(field, path, value)
        label = QLabel(words(field.title))
        label.setBuddy(editor)
        if field.help is not None:
            label.setToolTip(words(field.help))
            editor.setToolTip(words(field.help))
        editor.setAccessibleName(words(field.title))
        self.editors[path] = editor
        if isinstance(field, TableField):
            layout.addRow(label)
            layout.addRow(editor)
        else:
            layout.addRow(label, editor)
        if isinstance(field, ChoiceField):
            entry = family(field.family)[value.kind]
            if any(full or not inner.advanced for inner in entry.fields):
                nested = Form(entry.fields, value.params, self._commit, full=full, prefix=path)
                nested.layout().setContentsMargins(14, 0, 0, 4)
                layout.addRow(nested)
                self.editors.update(nested.editors)
                self._setters.update(nested._setters)

    def _editor(self, field: Field, path: Path, value: Any) -> QWidget:
        if isinstance(field, BoolField):
            return self._bool(path, value)
        if isinstance(field, ChoiceField):
            entries = [e for e in family(field.family).values() if not e.tags & field.exclude]
            return self._combo(path, [(e.id, words(e.title), words(e.help)) for e in entries], value.kind, Choice)
        if isinstance(field, OptionField):
            return self._combo(path, [(name, words(title), "") for name, title in field.options], value, str)
        if isinstance(field, IntField) and not field.optional:
            return self._int(field, path, value)
        if isinstance(field, TableField):
            return self._table(path, value)
        return self._line(field, path, value)

    def _bool(self, path: Path, value: bool) -> QWidget:
        box = QCheckBox()
        box.setChecked(value)
        box.toggled.connect(lambda checked: self._commit(path, checked))
        self._setters[path] = lambda v: _quietly(box, lambda: box.setChecked(v))
        return box

    def _combo(self, path: Path, options: list[tuple[str, str, str]], value: str, wrap: Callable[[str], Any]) -> QWidget:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        for row, (name, title, text) in enumerate(options):
            box.addItem(title, name)
            box.setItemData(row, text, Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(max(0, box.findData(value)))
        box.activated.connect(lambda row: self._commit(path, wrap(box.itemData(row))))
        self._setters[path] = lambda v: box.setCurrentIndex(max(0, box.findData(getattr(v, "kind", v))))
        box.wheelEvent = lambda event: event.ignore()  # Scrolling past must not change a choice.
        return box

    def _int(self, field: IntField, path: Path, value: int) -> QWidget:
        box = QSpinBox()
        box.setRange(field.minimum, min(field.maximum, 2**31 - 1))
        box.setKeyboardTracking(False)
        box.setValue(value)
        box.setGroupSeparatorShown(False)
        box.valueChanged.connect(lambda number: self._commit(path, number))
        box.wheelEvent = lambda event: event.ignore()
        self._setters[path] = lambda v: _quietly(box, lambda: box.setValue(v))
        return box

    def _line(self, field: Field, path: Path, value: Any) -> QWidget:
        line = QLineEdit(number_text(value))
        if field.optional:
            line.setPlaceholderText(tr("as the network"))
        known = [value]

        def commit() -> None:
            text = line.text().strip()
            new = None if not text and field.optional else parse_number(text)
            if new != known[0] and not self._commit(path, new):
                line.setText(number_text(known[0]))

        def show(new: Any) -> None:
            known[0] = new
            line.setText(number_text(new))

        line.editingFinished.connect(commit)
        self._setters[path] = show
        return line

    def _table(self, path: Path, value: Any) -> QWidget:
        box = TableEdit(table_text(value))
        known = [value]

        def commit() -> None:
            new = parse_table(box.toPlainText())
            if table_text(new) != table_text(known[0]) and not self._commit(path, new):
                box.setPlainText(table_text(known[0]))

        def show(new: Any) -> None:
            known[0] = new
            box.setPlainText(table_text(new))

        box.left = commit
        self._setters[path] = show
        return box

    def show_values(self, fields: tuple[Field, ...], params: Params, prefix: Path = ()) -> None:
        """Show other values of the same fields without making the editors anew."""
        for field in fields:
            value = params.get(field.name, field.default)
            setter = self._setters.get((*prefix, field.name))
            if setter is not None:
                setter(value)
            if isinstance(field, ChoiceField):
                entry = family(field.family)[value.kind]
                self.show_values(entry.fields, value.params, (*prefix, field.name))


class TableEdit(QPlainTextEdit):
    """A small table of numbers as text; ``left`` is called when the student goes elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("table")
        self.setTabChangesFocus(True)
        self.left: Callable[[], None] | None = None
        rows = max(2, min(6, text.count("\n") + 1))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * rows + 18)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        if self.left is not None:
            self.left()


def _quietly(widget: QWidget, change: Callable[[], None]) -> None:
    """Change a widget without its signals."""
    blocked = widget.blockSignals(True)
    try:
        change()
    finally:
        widget.blockSignals(blocked)


def wrapped(text: str, name: str = "") -> QLabel:
    """A label that wraps; ``name`` is its style."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if name:
        label.setObjectName(name)
    return label


def column(parent: QWidget) -> QVBoxLayout:
    """A column with the inspector's spacing."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(12, 10, 12, 12)
    layout.setSpacing(6)
    return layout
