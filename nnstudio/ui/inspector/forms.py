"""A form made from fields: one editor per field, nothing here knows a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
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
from nnstudio.engine.curves import Curve
from nnstudio.ui.inspector.choices import ChoiceCard
from nnstudio.ui.inspector.editors import NamesDialog, TableEdit, names_text, quietly
from nnstudio.ui.inspector.numbers import FieldLabel, NumberBox, number_text, parse_number, whole_number
from nnstudio.ui.kit.beside import tips_beside
from nnstudio.ui.kit.plain import plain, tip
from nnstudio.ui.kit.texts import tr, words

Path = tuple[str, ...]
# (path, value[, gesture]): whether the value was taken. Values of one gesture are one step of undo.
Commit = Callable[..., bool]


@dataclass(frozen=True)
class Hooks:
    """What a form asks the window for: pictures of choices, dialogs for files and points, names of columns, why it said no."""

    curve: Callable[[Path, Choice, str], Curve | None] = lambda path, choice, family: None
    choose: Callable[[Path, Field], None] = lambda path, field: None
    columns: Callable[[], tuple[str, ...]] = lambda: ()
    # The layers that an optimizer may serve: their titles by name.
    layers: Callable[[], dict[str, str]] = dict
    # The features that can be chosen in the layer that is shown.
    features: Callable[[], tuple[str, ...]] = lambda: ()
    # Why the last edit was refused.
    refusal: Callable[[], str] = str


def table_text(value: Any) -> str:
    """Write a table: a line per row, numbers apart by blanks; "" for none."""
    if value is None:
        return ""
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
                 hooks: Hooks | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = commit
        self._hooks = hooks or Hooks()
        self._complaint: QLabel | None = None
        self.cards: list[ChoiceCard] = []
        self._prefix = prefix
        self._setters: dict[Path, Callable[[Any], None]] = {}
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

    def _commit(self, path: Path, value: Any, gesture: object = None) -> bool:
        """Propose a value; why it is refused stands under its editor until another one is taken."""
        taken = self._given(path, value, gesture)
        if isValid(self):
            self._complain(path, "" if taken else self._hooks.refusal())
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
        label = FieldLabel(field, value, lambda new, gesture=None: self._commit(path, new, gesture))
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
                card = ChoiceCard(entry, lambda: self._hooks.curve(path, self._choices[path], field.family))
                self.cards.append(card)
                layout.addRow(card)
            if any(not inner.hidden and (full or not inner.advanced) for inner in entry.fields):
                nested = Form(entry.fields, value.params, self._given, full=full, prefix=path, hooks=self._hooks)
                nested.indent()
                layout.addRow(nested)
                self.editors.update(nested.editors)
                self.labels.update(nested.labels)
                self._setters.update(nested._setters)

    def _editor(self, field: Field, path: Path, value: Any) -> QWidget:
        if isinstance(field, BoolField):
            return self._bool(path, value)
        if isinstance(field, ChoiceField):
            entries = [e for e in family(field.family).values() if not e.tags & field.exclude]
            options = [(e.id, words(e.title), words(e.help)) for e in entries]
            if field.optional:
                options.insert(0, ("", tr("as the network"), ""))
            return self._combo(path, options, value.kind if value is not None else "", lambda name: Choice(name) if name else None)
        if isinstance(field, OptionField):
            return self._combo(path, [(name, words(title), "") for name, title in field.options], value, str)
        if isinstance(field, IntField) and not field.optional:
            return self._int(field, path, value)
        if field.editor:
            return self._dialog(field, path)
        if isinstance(field, TableField):
            return self._table(path, value, field.optional)
        if isinstance(field, NamesField):
            return self._names(field, path, value)
        if isinstance(field, TextField):
            return self._text(field, path, value)
        return self._line(field, path, value)

    def _bool(self, path: Path, value: bool) -> QWidget:
        box = QCheckBox()
        box.setChecked(value)
        def clicked() -> None:
            # From "different" a click means on.
            box.setTristate(False)
            self._commit(path, box.isChecked())

        def show(value: bool) -> None:
            box.setTristate(False)
            quietly(box, lambda: box.setChecked(value))

        box.clicked.connect(clicked)
        self._setters[path] = show
        return box

    def _combo(self, path: Path, options: list[tuple[str, str, str]], value: str, wrap: Callable[[str], Any]) -> QWidget:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        for row, (name, title, text) in enumerate(options):
            box.addItem(title, name)
            box.setItemData(row, text, Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(max(0, box.findData(value)))
        box.setMaxVisibleItems(16)
        tips_beside(box)
        box.activated.connect(lambda row: self._commit(path, wrap(box.itemData(row))))
        self._setters[path] = lambda v: box.setCurrentIndex(max(0, box.findData("" if v is None else getattr(v, "kind", v))))
        # Scrolling past must not change a choice.
        setattr(box, "wheelEvent", lambda event: event.ignore())  # noqa: B010
        return box

    def indent(self) -> None:
        """Stand a little to the right: the settings of a choice, below it."""
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(14, 0, 0, 4)

    def _int(self, field: IntField, path: Path, value: int) -> QWidget:
        box = NumberBox(field.minimum, min(field.maximum, 2**31 - 1), value)
        box.setSuffix(f" {words(field.unit)}" if field.unit is not None else "")
        box.chosen.connect(lambda number: self._commit(path, number))
        # A number that is none of these is refused with the limits, not as if it were no number.
        box.refused.connect(lambda text: self._commit(path, whole_number(text)))
        self._setters[path] = lambda v: quietly(box, lambda: box.show_number(v))
        return box

    def _line(self, field: Field, path: Path, value: Any) -> QWidget:
        line = QLineEdit(number_text(value))
        if field.optional:
            line.setPlaceholderText(words(field.empty) if field.empty is not None else tr("as the network"))
        known = [value]

        def commit() -> None:
            if not line.isModified():
                # Passed through only; with several nodes it stands empty for different values.
                return
            line.setModified(False)
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

    def _dialog(self, field: Field, path: Path) -> QWidget:
        button = QPushButton(tr("Paint …"))
        button.clicked.connect(lambda: self._hooks.choose(path, field))
        return button

    def _text(self, field: TextField, path: Path, value: str) -> QWidget:
        """A line of text; for a file or folder with a button that chooses one."""
        if field.kind == "lines":
            return self._lines(path, value)
        line = QLineEdit(value)
        line.setAccessibleName(words(field.title))
        line.setToolTip(tip(value))
        known = [value]

        def commit() -> None:
            if line.text() != known[0] and not self._commit(path, line.text()):
                line.setText(known[0])

        def show(new: str) -> None:
            known[0] = new
            line.setText(new)
            line.setToolTip(tip(new))

        line.editingFinished.connect(commit)
        self._setters[path] = show
        if field.kind == "text":
            return line
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(line, 1)
        button = QPushButton(tr("Choose …"))
        button.clicked.connect(lambda: self._hooks.choose(path, field))
        row.addWidget(button)
        box.setFocusProxy(line)
        return box

    def _lines(self, path: Path, value: str) -> QWidget:
        """Several lines of text."""
        box = TableEdit(value)
        box.setFixedHeight(box.fontMetrics().lineSpacing() * 5 + 18)
        known: list[Any] = [value, 0]

        def commit() -> None:
            # As it is typed: a crash must not take a long text. All of one stay in the field is one step of undo.
            if box.toPlainText() != known[0] and not self._commit(path, box.toPlainText(), ("words", id(box), known[1])):
                quietly(box, lambda: box.setPlainText(known[0]))

        def left() -> None:
            known[1] += 1

        def show(new: str) -> None:
            known[0] = new
            if box.toPlainText() != new:
                quietly(box, lambda: box.setPlainText(new))

        box.textChanged.connect(commit)
        box.left = left
        self._setters[path] = show
        return box

    def _names(self, field: NamesField, path: Path, value: tuple[str, ...]) -> QWidget:
        """A button that says which columns or layers are chosen and lets others be ticked."""
        layers, features = field.kind == "layers", field.kind == "features"
        none = tr("all others …") if layers else tr("as above …") if features else tr("found out …")
        button = QPushButton()
        known = [value]

        def ask() -> None:
            there = self._hooks.layers() if layers else {name: name for name in (self._hooks.features() if features else self._hooks.columns())}
            # What was chosen and is gone can be taken out.
            there = {**there, **{name: name for name in known[0] if name not in there}}
            said = (tr("None ticked: all that no other optimizer serves.") if layers else tr("None ticked: the inputs and what is switched on.") if features else
                    tr("None ticked: found out from the file."))
            dialog = NamesDialog(words(field.title), there, known[0], said, self)
            if dialog.exec():
                self._commit(path, dialog.names())
            dialog.deleteLater()

        def show(new: tuple[str, ...]) -> None:
            known[0] = new
            titles = self._hooks.layers() if layers else {}
            button.setText(names_text(tuple(titles.get(name, name) for name in new), none))

        show(value)
        button.clicked.connect(ask)
        self._setters[path] = show
        return button

    def _table(self, path: Path, value: Any, optional: bool = False) -> QWidget:
        box = TableEdit(table_text(value))
        known = [value]

        def commit() -> None:
            new = parse_table(box.toPlainText())
            if optional and not new:
                new = None
            if table_text(new) != table_text(known[0]) and not self._commit(path, new):
                box.setPlainText(table_text(known[0]))

        def show(new: Any) -> None:
            known[0] = new
            box.setPlainText(table_text(new))

        box.left = commit
        self._setters[path] = show
        return box

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
            self.labels[path].setToolTip(tr("These nodes have different values here; what you enter goes for all of them."))

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
