"""Numbers in forms: typed as sums ("28*28"), with a decimal point or comma, dragged by their label, set back to the
default.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QLabel, QMenu, QSpinBox, QWidget

from nnstudio.catalog.arithmetic import PARSING
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import Field, FloatField, IntField
from nnstudio.document.labels import value_title
from nnstudio.explain.ideas import named
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.kit.words_linked import offer

# Pixels of dragging for one step.
STEP = 5
LONGEST, LARGEST_POWER = 100, 64
_OPERATIONS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_SIGNS = str.maketrans({",": ".", "−": "-", "×": "*", "·": "*", "÷": "/", "，": ".", "（": "(", "）": ")"})
THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
_gestures = itertools.count()


def evaluate(text: str) -> float | None:
    """Work out a sum of plain numbers, such as "28*28" or "(64+1)/2"; None where it is none."""
    text = text.translate(_SIGNS).replace("^", "**").strip()
    if not text or len(text) > LONGEST:
        return None
    try:
        with PARSING:
            tree = ast.parse(text, mode="eval").body
        found = float(_value(tree))
    except (ValueError, SyntaxError, ArithmeticError, TypeError, RecursionError, MemoryError):
        return None
    return found if math.isfinite(found) else None


def _value(node: ast.AST) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            if abs(right) > LARGEST_POWER or abs(left) > 1e6:
                raise ValueError("too large a power")
            return float(left**right)
        if type(node.op) in _OPERATIONS:
            return _OPERATIONS[type(node.op)](left, right)
    raise ValueError("not a sum of numbers")


def number_text(value: float | None) -> str:
    """Write a number so that reading it back gives the same number."""
    return "" if value is None else f"{value:.12g}"


def parse_number(text: str) -> float | str:
    """Read a number or a sum, with a decimal point or comma; what is none is given back as text, to be refused."""
    plain = text.strip().replace(",", ".").replace("−", "-")
    try:
        return float(plain)
    except ValueError:
        found = evaluate(text)
        return text.strip() if found is None else found


def whole_number(text: str) -> float | str:
    """Read a whole number or a sum; 064 and full-width digits are numbers, and 1,000 is no 1."""
    plain = text.strip()
    if plain.isdecimal() and len(plain) < 16:
        return int(plain)
    return plain if THOUSANDS.search(plain) else parse_number(plain)


class NumberBox(QSpinBox):
    """A whole number that can be typed as a sum; ``chosen`` comes with every new one, ``refused`` with what is none."""

    chosen = Signal(int)
    refused = Signal(str)

    def __init__(self, minimum: int, maximum: int, value: int) -> None:
        super().__init__()
        self._mixed = False
        self._typed: str | None = None
        self._entered = ""
        self.lineEdit().textEdited.connect(self._note)
        # A styled spin box leaves no room in front of its digits.
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setRange(minimum, maximum)
        self.setKeyboardTracking(False)
        self.setValue(value)
        self.setGroupSeparatorShown(False)
        self.valueChanged.connect(self._changed)
        self.editingFinished.connect(self._finished)

    def show_number(self, value: int) -> None:
        """Show a number without telling."""
        self._mixed = False
        self.setValue(value)

    def show_mixed(self) -> None:
        """Show that there are several values."""
        self._mixed = True
        self.lineEdit().setText("")
        self.lineEdit().setPlaceholderText(tr("different"))

    def _changed(self, number: int) -> None:
        self._mixed = False
        self.chosen.emit(number)

    def _finished(self) -> None:
        typed, self._typed = self._typed, None
        if typed is not None:
            # A number out of range, or none at all: the field says which ones it takes.
            self.refused.emit(typed)
        elif self._mixed and (found := self._read(self._entered)) is not None:
            # Also the value that one of the nodes has already.
            self._mixed = False
            self.chosen.emit(found)
        self._entered = ""

    def _note(self, text: str) -> None:
        self._entered = text

    def validate(self, text: str, place: int) -> Any:
        return (
            QValidator.State.Acceptable if self._read(text) is not None else QValidator.State.Intermediate,
            text,
            place,
        )

    def fixup(self, text: str) -> str:
        plain = self._plain(text)
        if plain and not (self._mixed and not plain):
            self._typed = plain
        return self.textFromValue(self.value()) + self.suffix()

    def textFromValue(self, value: int) -> str:
        return "" if self._mixed else super().textFromValue(value)

    def valueFromText(self, text: str) -> int:
        found = self._read(text)
        return self.value() if found is None else found

    def _plain(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip() if self.suffix() else text.strip()

    def _read(self, text: str) -> int | None:
        found = whole_number(self._plain(text))
        return (
            int(found)
            if not isinstance(found, str)
            and math.isfinite(found)
            and found == int(found)
            and self.minimum() <= found <= self.maximum()
            else None
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling past must not change a number.
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.hasFocus():
            self.lineEdit().setText(self.textFromValue(self.value()) + self.suffix())
            self.lineEdit().selectAll()
        super().keyPressEvent(event)


class FieldLabel(QLabel):
    """The name of a setting. Dragging it changes a number; its menu sets the setting back to the default."""

    def __init__(self, field: Field, value: Any, commit: Callable[..., bool], parent: QWidget | None = None) -> None:
        super().__init__(words(field.title), parent)
        self.plain = words(field.title)
        self._field, self._value, self._commit = field, value, commit
        self._from: tuple[QPoint, float] | None = None
        self._gesture: object = None
        self._moved = False
        self._ideas = named(self.plain, language())
        if self._number:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.show_value(value)

    @property
    def _number(self) -> bool:
        return (
            isinstance(self._field, IntField | FloatField)
            and isinstance(self._value, int | float)
            and not isinstance(self._value, bool)
        )

    @property
    def changed(self) -> bool:
        """Whether the setting is not at its default."""
        return bool(self._value != self._field.check(self._field.default, CATALOG))

    def show_value(self, value: Any) -> None:
        """Know the present value; a setting that is not at its default is marked."""
        self._value = value
        self.setText(f"{self.plain} •" if self.changed else self.plain)
        lines = [words(self._field.help)] if self._field.help is not None else []
        if self.changed:
            lines.append(tr("• changed; right-click sets it back to {value}", value=self._default()))
        if self._number:
            lines.append(tr("Drag the name sideways to change the number (Shift: ten times as fast)."))
        if self._ideas:
            lines.append(tr("F1 over the name, or a right click, tells what it is."))
        self.setToolTip(tip("\n".join(lines)))

    def _default(self) -> str:
        return words(value_title(self._field, self._field.default, CATALOG))

    def reset(self) -> None:
        """Set the setting back to its default."""
        self._commit(self._field.check(self._field.default, CATALOG))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        back = menu.addAction(tr("Set back to {value}", value=self._default()), self.reset)
        back.setEnabled(self.changed)
        offer(menu, self._ideas)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ideas:
            # Dots below a name say that there is an article on it.
            metrics, rect = self.fontMetrics(), self.contentsRect()
            wide = min(metrics.horizontalAdvance(self.plain), rect.width())
            low = rect.center().y() + metrics.height() // 2 + 1
            painter = QPainter(self)
            painter.setPen(QPen(QColor(theme.current().muted), 1, Qt.PenStyle.DotLine))
            painter.drawLine(rect.left(), low, rect.left() + wide, low)
            painter.end()

    # -- dragging -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._number:
            self._from = event.globalPosition().toPoint(), float(self._value)
            self._gesture, self._moved = ("drag", next(_gestures)), False
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            super().mouseMoveEvent(event)
            return
        steps = (event.globalPosition().toPoint().x() - self._from[0].x()) // STEP
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            steps *= 10
        if steps or self._moved:
            self._moved = True
            new = stepped(self._field, self._from[1], steps)
            if new != self._value:
                try:
                    self._field.check(new, CATALOG)
                except StudioError:
                    return
                self._commit(new, self._gesture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._from = None
            if not self._moved and self.buddy() is not None:
                self.buddy().setFocus()
        super().mouseReleaseEvent(event)


def stepped(field: Field, value: float, steps: int) -> float | int:
    """Return a number some steps further, within the field's limits: whole numbers by one, others by a hundredth of
    their size.
    """
    assert isinstance(field, IntField | FloatField)
    if isinstance(field, IntField):
        return int(min(max(value + steps, field.minimum), field.maximum))
    size = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.01
    new = round((value + steps * size) / size) * size
    if value > 0 >= new and field.minimum >= 0:
        new = size
    low, high = field.minimum, field.maximum
    new = min(max(new, low), high)
    return float(f"{new:.10g}")
