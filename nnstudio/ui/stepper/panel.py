"""The formula card and the timeline."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QStyle,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.engine.trace import PHASES as PHASE_NAMES
from nnstudio.engine.trace import Moment, Trace
from nnstudio.ui import theme
from nnstudio.ui.stepper.cards import PHASES, Card, Matrix
from nnstudio.ui.texts import number, tr, words

PLAY_MS = 900


class CardView(QWidget):
    """Shows one card; the spin box chooses the neuron that is written out."""

    neuron_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(tr("Step"))
        self.neuron = QSpinBox()
        self.neuron.setMinimum(1)
        self.neuron.setAccessibleName(tr("Neuron"))
        self.neuron.valueChanged.connect(self._changed)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(12, 6, 12, 0)
        label = QLabel(tr("Neuron"))
        label.setBuddy(self.neuron)
        row.addWidget(label)
        row.addWidget(self.neuron)
        self._of = QLabel()
        row.addWidget(self._of)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._row)
        layout.addWidget(self.text, 1)
        self.card: Card | None = None
        self.show_card(None)

    def _changed(self, value: int) -> None:
        self.neuron_changed.emit(value - 1)

    def show_card(self, card: Card | None) -> None:
        """Show a card, or how to get one."""
        self.card = card
        self._row.setVisible(card is not None and card.neurons > 1)
        if card is None:
            self.text.setHtml(f"<p style='color:{theme.current().muted}'>"
                              + html.escape(tr("Press Step to walk through one training step, forwards and backwards.")) + "</p>")
            return
        blocked = self.neuron.blockSignals(True)
        self.neuron.setMaximum(card.neurons)
        self.neuron.setValue(card.neuron + 1)
        self.neuron.blockSignals(blocked)
        self._of.setText(tr("of {count}", count=card.neurons))
        self.text.setHtml(card_html(card))


def card_html(card: Card) -> str:
    """Write a card for a text browser."""
    t = theme.current()
    serif = "font-family:Noto Serif,DejaVu Serif,serif"
    escape = html.escape

    def heading(text: str) -> str:
        return f"<p style='color:{t.muted};font-size:8pt;margin-top:10px;margin-bottom:2px'>{escape(text)}</p>"

    parts = [f"<p style='margin-bottom:0'><b>{escape(card.heading)}</b></p><p style='color:{t.muted};margin-top:0'>{escape(card.question)}</p>"]
    parts.append(heading(tr("RULE")))
    parts += [f"<p style='{serif};font-size:13pt;margin:2px 0'>{escape(rule)}</p>" for rule in card.rules]
    parts.append(heading(tr("WITH NUMBERS")))
    parts += [f"<p style='{serif};margin:2px 0'>{escape(line)}</p>" for line in card.lines]
    tint = theme.mixed(t.now, t.panel, 0.22)
    parts.append(f"<table width='100%' cellpadding='7' style='margin-top:8px'><tr><td bgcolor='{tint}'>"
                 f"<span style='{serif};font-size:14pt'><b>= {escape(card.result)}</b></span></td></tr></table>")
    parts.append(f"<p>{escape(card.words)}</p>")
    parts += [_matrix_html(matrix) for matrix in card.matrices]
    return "".join(parts)


def _matrix_html(matrix: Matrix) -> str:
    t = theme.current()
    limit = theme.nice_limit(float(abs(matrix.numbers).max(initial=0.0)))
    rows = []
    for row in matrix.numbers:
        cells = []
        for value in row:
            color = theme.color_of(float(value), limit)
            ink = "#111111" if color.lightness() > 125 else "#ffffff"
            cells.append(f"<td bgcolor='{color.name()}' style='color:{ink}' align='right'>&nbsp;{number(float(value))}&nbsp;</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    more = tr("{rows} rows and {columns} columns more", rows=matrix.left_out[0], columns=matrix.left_out[1]) if any(matrix.left_out) else ""
    return (f"<p style='color:{t.muted};font-size:8pt;margin-bottom:2px'>{html.escape(matrix.title)}</p>"
            f"<table cellspacing='2' cellpadding='3'>{''.join(rows)}</table><p style='color:{t.muted}'>{html.escape(more)}</p>")


class Timeline(QFrame):
    """Slider and buttons over the moments of a trace; going back is moving an index."""

    moved = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.trace: Trace | None = None
        self._labels: dict[str, QLabel] = {}
        top = QHBoxLayout()
        for phase in PHASE_NAMES:
            label = QLabel(words(PHASES[phase]))
            label.setObjectName("muted")
            self._labels[phase] = label
            top.addWidget(label, 1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Timeline"))
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._moved)
        self.slider.installEventFilter(self)
        icons = QStyle.StandardPixmap
        self.first = self._button(icons.SP_MediaSkipBackward, tr("First step (Home)"), self.go_first)
        self.back = self._button(icons.SP_MediaSeekBackward, tr("One step back (←)"), self.go_back)
        self.play = self._button(icons.SP_MediaPlay, tr("Play"), self.toggle_play)
        self.forward = self._button(icons.SP_MediaSeekForward, tr("One step on (→)"), self.go_on)
        self.last = self._button(icons.SP_MediaSkipForward, tr("Last step (End)"), self.go_last)
        self._where = QLabel()
        self._where.setObjectName("muted")
        done = QToolButton()
        done.setText("✕")
        done.setToolTip(tr("Leave the step"))
        done.setAccessibleName(tr("Leave the step"))
        done.clicked.connect(self.closed)
        bottom = QHBoxLayout()
        for button in (self.first, self.back, self.play, self.forward, self.last):
            bottom.addWidget(button)
        bottom.addStretch(1)
        bottom.addWidget(self._where)
        bottom.addWidget(done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.slider)
        layout.addLayout(bottom)
        self._player = QTimer(self)
        self._player.setInterval(PLAY_MS)
        self._player.timeout.connect(self._play_on)

    def _button(self, icon: QStyle.StandardPixmap, text: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(tinted(self, icon))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.clicked.connect(act)
        return button

    def show_trace(self, trace: Trace | None) -> None:
        """Take a trace and stand at its first moment."""
        self._player.stop()
        self.trace = trace
        self.setVisible(trace is not None)
        if trace is None:
            return
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, len(trace.moments) - 1)
        self.slider.setValue(0)
        self.slider.blockSignals(blocked)
        counts = [sum(m.phase == phase for m in trace.moments) for phase in PHASE_NAMES]
        for place, count in enumerate(counts):
            self.layout().itemAt(0).layout().setStretch(place, max(1, count))
        self._moved(0)

    @property
    def moment(self) -> Moment | None:
        """Where the timeline stands."""
        return self.trace.moments[self.slider.value()] if self.trace is not None and self.trace.moments else None

    def _moved(self, index: int) -> None:
        moment = self.moment
        if moment is None or self.trace is None:
            return
        t = theme.current()
        for phase, label in self._labels.items():
            label.setStyleSheet(f"color: {t.now}; font-weight: 600" if phase == moment.phase else "")
        rows = len(self.trace.rows)
        where = tr("sample {sample}", sample=self.trace.sample)
        if rows > 1:
            where += " · " + tr("batch of {count}", count=rows)
        self._where.setText(f"{index + 1} / {len(self.trace.moments)} · {where}")
        self.moved.emit(moment)

    def go_first(self) -> None:
        """To the first moment."""
        self.slider.setValue(0)

    def go_back(self) -> None:
        """One moment back."""
        self.slider.setValue(self.slider.value() - 1)

    def go_on(self) -> None:
        """One moment on."""
        self.slider.setValue(self.slider.value() + 1)

    def go_last(self) -> None:
        """To the last moment."""
        self.slider.setValue(self.slider.maximum())

    def toggle_play(self) -> None:
        """Walk on by the clock, or stop."""
        if self._player.isActive():
            self._player.stop()
        else:
            if self.slider.value() == self.slider.maximum():
                self.go_first()
            self._player.start()
        playing = self._player.isActive()
        icons = QStyle.StandardPixmap
        self.play.setIcon(tinted(self, icons.SP_MediaPause if playing else icons.SP_MediaPlay))

    def _play_on(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self.toggle_play()
        else:
            self.go_on()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Space:
            self.toggle_play()
            return True
        return super().eventFilter(watched, event)


def tinted(widget: QWidget, icon: QStyle.StandardPixmap) -> QIcon:
    """Return a standard icon in the text's colour, so that it shows in the dark theme as well."""
    pixmap = widget.style().standardIcon(icon).pixmap(32, 32)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(theme.current().text))
    painter.end()
    return QIcon(pixmap)
