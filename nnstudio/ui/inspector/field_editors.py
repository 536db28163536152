"""One editor for each kind of field: a widget, and what shows another value in it. None of them knows a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from nnstudio.document.fields import Field, IntField, NamesField, TextField
from nnstudio.document.values import Choice
from nnstudio.ui.inspector.editors import NamesDialog, TableEdit, names_text, quietly
from nnstudio.ui.inspector.numbers import NumberBox, number_text, parse_number, whole_number
from nnstudio.ui.kit.beside import tips_beside
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.engine.curves import Curve

Path = tuple[str, ...]
Setter = Callable[[Any], object]
Made = tuple[QWidget, Setter | None]


@dataclass(frozen=True)
class Hooks:
    """What a form asks the window for: pictures of choices, dialogs for files and points, names of columns, why it said
    no.
    """

    curve: Callable[[Path, Choice, str], Curve | None] = lambda path, choice, family: None
    choose: Callable[[Path, Field], None] = lambda path, field: None
    columns: Callable[[], tuple[str, ...]] = lambda: ()
    # The layers that an optimizer may serve: their titles by name.
    layers: Callable[[], dict[str, str]] = dict
    # The features that can be chosen in the layer that is shown.
    features: Callable[[], tuple[str, ...]] = lambda: ()
    # Why the last edit was refused.
    refusal: Callable[[], str] = str


class Host(Protocol):
    """The form that an editor stands in: it takes values, and says whether they were taken."""

    @property
    def hooks(self) -> Hooks: ...
    def commit(self, path: Path, value: Any, gesture: object = None) -> bool: ...


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


def switch(host: Host, path: Path, value: bool) -> Made:
    """A switch."""
    box = QCheckBox()
    box.setChecked(value)

    def clicked() -> None:
        # From "different" a click means on.
        box.setTristate(False)
        host.commit(path, box.isChecked())

    def show(value: bool) -> None:
        box.setTristate(False)
        quietly(box, lambda: box.setChecked(value))

    box.clicked.connect(clicked)
    return box, show


def combo(host: Host, path: Path, options: list[tuple[str, str, str]], value: str, wrap: Callable[[str], Any]) -> Made:
    """A list of (name, title, help) to choose from; ``wrap`` makes the value of a name."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    for row, (name, title, text) in enumerate(options):
        box.addItem(title, name)
        box.setItemData(row, text, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(max(0, box.findData(value)))
    box.setMaxVisibleItems(16)
    tips_beside(box)
    box.activated.connect(lambda row: host.commit(path, wrap(box.itemData(row))))
    # Scrolling past must not change a choice.
    setattr(box, "wheelEvent", lambda event: event.ignore())  # noqa: B010
    return box, lambda v: box.setCurrentIndex(max(0, box.findData("" if v is None else getattr(v, "kind", v))))


def whole(host: Host, field: IntField, path: Path, value: int) -> Made:
    """A whole number, typed or stepped."""
    box = NumberBox(field.minimum, min(field.maximum, 2**31 - 1), value)
    box.setSuffix(f" {words(field.unit)}" if field.unit is not None else "")
    box.chosen.connect(lambda number: host.commit(path, number))
    # A number that is none of these is refused with the limits, not as if it were no number.
    box.refused.connect(lambda text: host.commit(path, whole_number(text)))
    return box, lambda v: quietly(box, lambda: box.show_number(v))


def line_editor(host: Host, field: Field, path: Path, value: Any) -> Made:
    """A number as it is written; empty where that may be."""
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
        if new != known[0] and not host.commit(path, new):
            line.setText(number_text(known[0]))

    def show(new: Any) -> None:
        known[0] = new
        line.setText(number_text(new))

    line.editingFinished.connect(commit)
    return line, show


def painted(host: Host, field: Field, path: Path) -> Made:
    """A button that opens a dialog."""
    button = QPushButton(tr("Paint …") if field.editor == "paint" else tr("Open …"))
    button.setAccessibleName(words(field.title))
    button.clicked.connect(lambda: host.hooks.choose(path, field))
    return button, None


def text_editor(host: Host, field: TextField, path: Path, value: str) -> Made:
    """A line of text; for a file or folder with a button that chooses one."""
    if field.kind == "lines":
        return lines_editor(host, path, value)
    if field.kind == "column":
        return column_editor(host, path, value)
    line = QLineEdit(value)
    line.setAccessibleName(words(field.title))
    line.setToolTip(tip(value))
    known = [value]

    def commit() -> None:
        if line.text() != known[0] and not host.commit(path, line.text()):
            line.setText(known[0])

    def show(new: str) -> None:
        known[0] = new
        line.setText(new)
        line.setToolTip(tip(new))

    line.editingFinished.connect(commit)
    if field.kind == "text":
        return line, show
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addWidget(line, 1)
    button = QPushButton(tr("Choose …"))
    button.clicked.connect(lambda: host.hooks.choose(path, field))
    row.addWidget(button)
    box.setFocusProxy(line)
    return box, show


class ColumnBox(QComboBox):
    """A column of the chosen file, or none; the file is looked at when the list opens."""

    def __init__(self, columns: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._columns = columns
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def show_column(self, name: str) -> None:
        """Show a column, without asking which there are."""
        self.clear()
        for one in dict.fromkeys(("", name)):
            self.addItem(one or tr("none"), one)
        self.setCurrentIndex(self.count() - 1)

    def showPopup(self) -> None:
        """Open the list of all columns."""
        value = self.currentData()
        self.clear()
        for one in dict.fromkeys(("", value, *self._columns())):
            self.addItem(one or tr("none"), one)
        self.setCurrentIndex(max(0, self.findData(value)))
        super().showPopup()


def column_editor(host: Host, path: Path, value: str) -> Made:
    """One column of the chosen file."""
    box = ColumnBox(host.hooks.columns)
    box.show_column(value)
    box.activated.connect(lambda row: host.commit(path, box.itemData(row)))
    setattr(box, "wheelEvent", lambda event: event.ignore())  # noqa: B010
    return box, box.show_column


def lines_editor(host: Host, path: Path, value: str) -> Made:
    """Several lines of text."""
    box = TableEdit(value)
    box.setFixedHeight(box.fontMetrics().lineSpacing() * 5 + 18)
    known: list[Any] = [value, 0]

    def commit() -> None:
        # As it is typed: a crash must not take a long text. All of one stay in the field is one step of undo.
        if box.toPlainText() != known[0] and not host.commit(path, box.toPlainText(), ("words", id(box), known[1])):
            quietly(box, lambda: box.setPlainText(known[0]))

    def left() -> None:
        known[1] += 1

    def show(new: str) -> None:
        known[0] = new
        if box.toPlainText() != new:
            quietly(box, lambda: box.setPlainText(new))

    box.textChanged.connect(commit)
    box.left = left
    return box, show


def labels_editor(host: Host, path: Path, value: tuple[str, ...]) -> Made:
    """Names of one's own, apart by commas."""
    line = QLineEdit(", ".join(value))
    line.setPlaceholderText(tr("numbered"))
    known = [value]

    def commit() -> None:
        if not line.isModified():
            return
        line.setModified(False)
        found = tuple(part.strip() for part in line.text().replace("，", ",").split(","))
        new = found if any(found) else ()
        if new != known[0] and not host.commit(path, new):
            line.setText(", ".join(known[0]))

    def show(new: tuple[str, ...]) -> None:
        known[0] = new
        line.setText(", ".join(new))

    line.editingFinished.connect(commit)
    return line, show


def names_editor(host: Host, field: NamesField, path: Path, value: tuple[str, ...]) -> Made:
    """A button that says which columns or layers are chosen and lets others be ticked."""
    single, features = field.kind == "layer", field.kind == "features"
    layers = field.kind == "layers" or single
    none = (
        tr("its own …")
        if single
        else tr("all others …")
        if layers
        else tr("as above …")
        if features
        else tr("found out …")
    )
    button = QPushButton()
    known = [value]

    def ask() -> None:
        there = (
            host.hooks.layers()
            if layers
            else {name: name for name in (host.hooks.features() if features else host.hooks.columns())}
        )
        # What was chosen and is gone can be taken out.
        there = {**there, **{name: name for name in known[0] if name not in there}}
        said = (
            tr("One layer; none ticked: weights of its own.")
            if single
            else tr("None ticked: all that no other optimizer serves.")
            if layers
            else tr("None ticked: the inputs and what is switched on.")
            if features
            else tr("None ticked: found out from the file.")
        )
        dialog = NamesDialog(words(field.title), there, known[0], said, button)
        if dialog.exec():
            host.commit(path, dialog.names())
        dialog.deleteLater()

    def show(new: tuple[str, ...]) -> None:
        known[0] = new
        titles = host.hooks.layers() if layers else {}
        button.setText(names_text(tuple(titles.get(name, name) for name in new), none))

    show(value)
    button.clicked.connect(ask)
    return button, show


def table_editor(host: Host, path: Path, value: Any, optional: bool = False) -> Made:
    """A table of numbers, typed."""
    box = TableEdit(table_text(value))
    known = [value]

    def commit() -> None:
        new = parse_table(box.toPlainText())
        if optional and not new:
            new = None
        if table_text(new) != table_text(known[0]) and not host.commit(path, new):
            box.setPlainText(table_text(known[0]))

    def show(new: Any) -> None:
        known[0] = new
        box.setPlainText(table_text(new))

    box.left = commit
    return box, show
