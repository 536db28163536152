"""The formula card as a widget."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document import quoting
from nnstudio.document.numbers import exact, number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.explain.cards import Card
    from nnstudio.explain.look import Matrix
    from nnstudio.ui.stepper.formulas import Formulas

# A card whose formulas are not yet set is shown in plain signs at once, and set when the timeline rests.
REST_MS = 60
# With words larger than this three buttons do not stand side by side.
WORDS_SIDE_BY_SIDE = 1.1
RULE_SIZE, LINE_SIZE, RESULT_SIZE = 17.0, 14.0, 18.0


class CardView(QWidget):
    """Shows one card; the spin boxes choose the unit and the place that are written out."""

    chosen = Signal(int, int)
    came_from = Signal()
    goes_to = Signal()
    check_wanted = Signal(str, int)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(tr("Step"))
        self.text.anchorClicked.connect(self._clicked)
        self.unit, self.place = QSpinBox(), QSpinBox()
        self._of = {self.unit: QLabel(), self.place: QLabel()}
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(12, 6, 12, 0)
        row.setSpacing(4)
        self._names = {self.unit: QLabel(), self.place: QLabel(tr("Place"))}
        for box, label in self._names.items():
            box.setMinimum(1)
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._choose)
            label.setBuddy(box)
            self._of[box].setObjectName("muted")
            for widget in (label, box, self._of[box]):
                row.addWidget(widget)
        row.addStretch(1)
        self.back, self.on, self.check = (
            QPushButton(tr("Where from?")),
            QPushButton(tr("Where to?")),
            QPushButton(tr("Check")),
        )
        self.back.setToolTip(tr("To where this number was made (Alt+←)"))
        self.on.setToolTip(tr("To where this number is used (Alt+→)"))
        self.check.setToolTip(tr("Compare this gradient with a finite difference"))
        self.back.clicked.connect(self.came_from)
        self.on.clicked.connect(self.goes_to)
        self.check.clicked.connect(self._check)
        self._buttons = QWidget()
        self._grid = QGridLayout(self._buttons)
        self._grid.setContentsMargins(12, 4, 12, 6)
        self._place_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._row)
        layout.addWidget(self.text, 1)
        layout.addWidget(self._buttons)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.typeset)
        self._checked = ""
        self.card: Card | None = None
        self.show_card(None)
        theme.follow(self.restyle)

    def _place_buttons(self) -> None:
        """Side by side; with large words the last one under the others."""
        buttons = (self.back, self.on, self.check)
        for button in buttons:
            self._grid.removeWidget(button)
        if theme.text_scale() > WORDS_SIDE_BY_SIDE:
            self._grid.addWidget(self.back, 0, 0)
            self._grid.addWidget(self.on, 0, 1)
            self._grid.addWidget(self.check, 1, 0, 1, 2)
        else:
            for place, button in enumerate(buttons):
                self._grid.addWidget(button, 0, place)

    def _choose(self) -> None:
        self.chosen.emit(self.unit.value() - 1, self.place.value() - 1)

    def _check(self) -> None:
        if self.card is not None and self.card.checks[0]:
            self.check_wanted.emit(*self.card.checks)

    def _clicked(self, link: QUrl) -> None:
        text = link.toString().removeprefix("copy:")
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(text)

    def show_card(self, card: Card | None) -> None:
        """Show a card, or how to get one."""
        self.card, self._checked = card, ""
        self._row.setVisible(card is not None and (card.units > 1 or card.places > 1))
        self._buttons.setVisible(card is not None)
        if card is None:
            self._rest.stop()
            self._invite()
            return
        for box, count, value in ((self.unit, card.units, card.unit), (self.place, card.places, card.place)):
            blocked = box.blockSignals(True)
            box.setMaximum(count)
            box.setValue(value + 1)
            box.blockSignals(blocked)
            self._of[box].setText(f"/ {count:,}")
        self._names[self.unit].setText(card.unit_name)
        for box, label in self._names.items():
            box.setAccessibleName(label.text())
        for widget in (self._names[self.place], self.place, self._of[self.place]):
            widget.setVisible(card.places > 1)
        self.check.setVisible(bool(card.checks[0]))
        self._write(make=False)

    def _invite(self) -> None:
        self.text.setHtml(
            f"<p style='color:{theme.current().muted}'>"
            + quoting.markup(tr("Press Step to walk through one training step, forwards and backwards."))
            + "</p>"
        )

    def show_check(self, text: str) -> None:
        """Show what a check found, under the card."""
        self._checked = text
        self._write(make=False)

    def typeset(self) -> None:
        """Set the formulas of the present card that are not yet set."""
        if self.card is not None:
            self._write(make=True)

    @cached_property
    def _formulas(self) -> Formulas:
        from nnstudio.ui.stepper.formulas import Formulas

        return Formulas()

    def restyle(self) -> None:
        """Take the colours and the text size of the program."""
        self._place_buttons()
        if self.card is None:
            self._invite()
        else:
            self._write(make=False)

    def rest(self) -> None:
        """Set no more formulas."""
        self._rest.stop()

    def _write(self, *, make: bool) -> None:
        assert self.card is not None
        self._formulas.missing.clear()
        images: dict[str, QImage] = {}
        width = max(150.0, self.text.viewport().width() - 12.0)
        text = card_html(self.card, self._formulas, images, make=make, checked=self._checked, width=width)
        place = self.text.verticalScrollBar().value()
        document = self.text.document()
        document.clear()
        for name, image in images.items():
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
        self.text.setHtml(text)
        if make or self._checked:
            self.text.verticalScrollBar().setValue(self.text.verticalScrollBar().maximum() if self._checked else place)
        if self._formulas.missing:
            self._rest.start()


def card_html(
    card: Card, formulas: Formulas, images: dict[str, QImage], *, make: bool, checked: str = "", width: float = 1e9
) -> str:
    """Write a card for a text browser of some width in pixels; pictures go into ``images`` by their names."""
    from nnstudio.ui.stepper.formulas import CURVE_SIZE, curve_image, formula_html

    t = theme.current()
    escape = quoting.markup

    def heading(text: str) -> str:
        size = f"{8 * theme.text_scale():.1f}pt"
        return f"<p style='color:{t.muted};font-size:{size};margin-top:10px;margin-bottom:2px'>{escape(text)}</p>"

    def formula(text: str, size: float) -> str:
        return f"<p style='margin:3px 0'>{formula_html(text, size, formulas, images, make=make, width=width)}</p>"

    parts = [
        f"<p style='margin-bottom:0'><b>{escape(card.heading)}</b></p><p "
        f"style='color:{t.muted};margin-top:0'>{escape(card.question)}</p>"
    ]
    parts.append(f"<p style='margin-top:6px'>{escape(card.words)}</p>")
    tint = theme.mixed(t.now, t.panel, 0.22)
    parts.append(
        f"<table width='100%' cellpadding='6' style='margin-top:4px'><tr><td bgcolor='{tint}'>"
        + formula_html(
            f"{card.result_name} = {card.result}",
            RESULT_SIZE * theme.text_scale(),
            formulas,
            images,
            make=make,
            width=width,
        )
        + "</td></tr></table>"
    )
    parts.append(heading(tr("RULE")))
    parts += [formula(rule, RULE_SIZE * theme.text_scale()) for rule in card.rules]
    parts.append(heading(tr("WITH NUMBERS")))
    parts += [formula(line, LINE_SIZE * theme.text_scale()) for line in card.lines]
    if card.curve is not None:
        ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
        images["curve"] = curve_image(card.curve, ratio)
        parts.append(heading(tr("THE FUNCTION (BLUE), ITS SLOPE (GREY), AND THE TANGENT HERE")))
        parts.append(f"<p><img src='curve' width='{CURVE_SIZE[0]}' height='{CURVE_SIZE[1]}' /></p>")
    parts += [_matrix_html(matrix) for matrix in card.matrices]
    if card.facts:
        parts.append(heading(tr("FIGURES (CLICK COPIES)")))
        rows = "".join(
            f"<tr><td style='color:{t.muted}'>{escape(name)}&nbsp;&nbsp;</td><td align='right'>"
            f"<a href='copy:{value!r}' title='{value!r}' "
            f"style='color:{t.text};text-decoration:none'>{escape(exact(value))}</a></td></tr>"
            for name, value in card.facts
        )
        parts.append(f"<table cellspacing='1'>{rows}</table>")
    parts += [f"<p style='color:{t.muted};margin:4px 0'>{escape(note)}</p>" for note in card.notes]
    if checked:
        parts.append(heading(tr("CHECK")) + f"<p>{escape(checked)}</p>")
    return "".join(parts)


def short_number(value: float) -> str:
    """Three digits, for the cells of a table."""
    if value != value or abs(value) == float("inf"):
        return number(value)
    return "0" if value == 0 else (f"{value:.3g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}").replace("-", "−")


def _matrix_html(matrix: Matrix) -> str:
    t = theme.current()
    limit = theme.nice_limit(float(abs(matrix.numbers).max(initial=0.0)))
    rows = []
    for i, row in enumerate(matrix.numbers):
        cells = []
        for j, value in enumerate(row):
            color = theme.color_of(float(value), limit)
            ink = "#111111" if color.lightness() > 125 else "#ffffff"
            lit = matrix.lit == (i, j)
            edge = f";border:2px solid {t.now}" if lit else ""
            text = f"<b>{short_number(float(value))}</b>" if lit else short_number(float(value))
            cells.append(
                f"<td bgcolor='{color.name()}' style='color:{ink};white-space:pre{edge}' align='right'> {text} </td>"
            )
        rows.append("<tr>" + "".join(cells) + "</tr>")
    rows_more, columns_more = matrix.left_out
    parts = [tr("{count} rows more", count=rows_more)] if rows_more else []
    parts += [tr("{count} columns more", count=columns_more)] if columns_more else []
    more = ", ".join(parts)
    return (
        "<p "
        f"style='color:{t.muted};font-size:{8 * theme.text_scale():.1f}pt;margin-bottom:2px'>"
        f"{quoting.markup(words(matrix.title))}</p>"
        "<table cellspacing='2' cellpadding='3' "
        f"style='font-size:{8 * theme.text_scale():.1f}pt'>{''.join(rows)}</table><p "
        f"style='color:{t.muted}'>{quoting.markup(more)}</p>"
    )
