"""The one palette: light, dark and high contrast, and the diverging colours that mean numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from nnstudio.resources import resource


@dataclass(frozen=True)
class Theme:
    """Named colours; nothing else in the window holds a colour of its own."""

    name: str
    window: str
    panel: str
    card: str
    border: str
    text: str
    muted: str
    canvas: str
    dots: str
    accent: str
    accent_text: str
    now: str
    bad: str
    good: str
    negative: str
    neutral: str
    positive: str


LIGHT = Theme(
    "light",
    "#f6f7f9",
    "#ffffff",
    "#ffffff",
    "#d3d8df",
    "#1d2127",
    "#5f6873",
    "#eef0f3",
    "#d5d9df",
    "#2b74c9",
    "#ffffff",
    "#7b1fa2",
    "#c0392b",
    "#2f7d4f",
    "#d9601f",
    "#f4f4f2",
    "#1f68c1",
)
DARK = Theme(
    "dark",
    "#1b1e22",
    "#24282e",
    "#2a2f36",
    "#3c434c",
    "#e8eaed",
    "#9aa3ae",
    "#1e2125",
    "#2d3238",
    "#3b8be0",
    "#ffffff",
    "#b77be6",
    "#f0776b",
    "#62c48c",
    "#f08a4b",
    "#4a4f57",
    "#4f9ef0",
)

CONTRAST = Theme(
    "contrast",
    "#000000",
    "#000000",
    "#000000",
    "#ffffff",
    "#ffffff",
    "#e6e6e6",
    "#000000",
    "#333333",
    "#ffe14d",
    "#000000",
    "#e9a6ff",
    "#ff8f80",
    "#7dff9a",
    "#ff9d3b",
    "#3d3d3d",
    "#5cb8ff",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK, CONTRAST)}

FAMILY = {
    "data": "#4a9d6b",
    "layers": "#5b6fd0",
    "norm": "#4f8fb8",
    "shape": "#7a7f8a",
    "convolution": "#7561c4",
    "sequence": "#3f8f9e",
    "graph": "#8a6d3b",
    "join": "#a65bb5",
    "blocks": "#b0822f",
    "train": "#d0574e",
    "unknown": "#888888",
}

# Comments on the canvas; they are mixed with its ground.
COMMENTS = {"yellow": "#d9a400", "blue": "#3b7dd8", "green": "#3f9a5f", "purple": "#8b5cc4", "grey": "#7a8290"}

# Colours of classes that colour-blind people tell apart (Okabe and Ito), and what can be read on them.
CLASSES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#666666", "#882255", "#663300")
CLASS_TEXT = (
    "#ffffff",
    "#000000",
    "#ffffff",
    "#000000",
    "#000000",
    "#ffffff",
    "#000000",
    "#ffffff",
    "#ffffff",
    "#ffffff",
)


class _Changed(QObject):
    """Tells that another theme or text size is in force."""

    said = Signal()


_current = LIGHT
_base_font: QFont | None = None
_text_scale = 1.0
_changed: _Changed | None = None


def follow(restyle: Callable[[], None]) -> None:
    """Have a widget's method called whenever the look changes, as long as the widget lives: what it keeps in colours
    and sizes is made anew.
    """
    global _changed
    if _changed is None:
        _changed = _Changed()
    _changed.said.connect(restyle)


def rgb(color: str) -> tuple[int, int, int]:
    """Return a colour as red, green and blue, 0 to 255."""
    found = QColor(color)
    return found.red(), found.green(), found.blue()


def current() -> Theme:
    """The theme in use."""
    return _current


@contextmanager
def drawn_in(name: str) -> Iterator[None]:
    """Draw in another theme's colours for a while: what is printed is dark on white."""
    global _current
    before = _current
    _current = THEMES.get(name, LIGHT)
    try:
        yield
    finally:
        _current = before


def system_theme() -> str:
    """What the system asks for: "light", "dark" or "contrast"."""
    hints = QGuiApplication.styleHints()
    # Known to Qt from 6.10 on. Its owner is held here: without it the binding lets the object go too early.
    if hasattr(hints, "accessibility"):
        access = hints.accessibility()
        if "High" in str(access.contrastPreference()):
            return "contrast"
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def canvas_font() -> QFont:
    """The font of the canvas: it does not follow the text size, for the canvas is zoomed."""
    return QFont(_base_font) if _base_font is not None else QApplication.font()


def text_scale() -> float:
    """How much larger than usual the student wants words."""
    return _text_scale


def apply_theme(application: QApplication, name: str, text_size: int = 100, *, sheet: bool = True) -> None:
    """Dress the whole application in a theme, its words in a size (per cent), windows that are open in place.

    Without ``sheet``, :func:`apply_sheet` has to follow.
    """
    global _current, _base_font, _text_scale
    _current = THEMES.get(name, LIGHT)
    t = _current
    if _base_font is None:
        _base_font = QFont(application.font())
    _text_scale = text_size / 100
    font = QFont(_base_font)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * _text_scale)
    if application.font() != font:
        application.setFont(font)
    if application.style().name() != "fusion":
        # Once only: every widget would be dressed anew.
        application.setStyle(QStyleFactory.create("Fusion"))
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, color in (
        (roles.Window, t.window),
        (roles.Base, t.panel),
        (roles.AlternateBase, t.window),
        (roles.Button, t.panel),
        (roles.ToolTipBase, t.card),
        (roles.Highlight, t.accent),
        (roles.HighlightedText, t.accent_text),
        (roles.WindowText, t.text),
        (roles.Text, t.text),
        (roles.ButtonText, t.text),
        (roles.ToolTipText, t.text),
        (roles.PlaceholderText, t.muted),
        (roles.Link, t.accent),
        (roles.Mid, t.border),
        (roles.Light, t.card),
        (roles.Dark, t.border),
        (roles.Midlight, t.border),
        (roles.Shadow, t.border),
        (roles.BrightText, t.bad),
    ):
        palette.setColor(role, QColor(color))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        faded = QColor(t.muted)
        faded.setAlpha(140)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    application.setPalette(palette)
    if sheet:
        apply_sheet(application)
    if _changed is not None:
        _changed.said.emit()


def apply_sheet(application: QApplication) -> None:
    """Lay the present theme's style sheet on."""
    application.setStyleSheet(_sheet(_current))


def _sheet(t: Theme) -> str:
    icons = resource("icons").as_posix()
    tick = "check" if QColor(t.accent_text).lightnessF() > 0.5 else "check-dark"

    def px(size: int) -> str:
        return f"{round(size * _text_scale)}px"

    return f"""
QToolBar {{ background: {t.panel}; border: 0; border-bottom: 1px solid {t.border}; padding: 5px; spacing: 6px; }}
QToolButton, QPushButton {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.border}; border-radius: 5px;
    padding: 4px 10px; }}
QToolButton:hover, QPushButton:hover {{ border-color: {t.accent}; }}
QToolButton:focus, QPushButton:focus {{ border: 2px solid {t.accent}; padding: 3px 9px; }}
QToolButton:checked {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {t.muted}; }}
QToolButton#run {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; font-weight: 600;
    padding: 4px 16px; }}
QToolButton#run:disabled {{ background: {t.border}; color: {t.muted}; border-color: {t.border}; }}
QToolButton#desk {{ padding: 4px 8px; border-radius: 0; margin: 0 -1px 0 0; }}
QToolButton#desk:checked {{ background: {mixed(t.accent, t.panel, 0.16)}; color: {t.text}; border-color: {t.accent};
    font-weight: 600; }}
QFrame#weight {{ background: {t.panel}; border: 1.5px solid {t.now}; border-radius: 8px; }}
QPushButton#phase {{ border: 0; color: {t.muted}; padding: 1px 0; text-align: left; background: transparent; }}
QPushButton#phase:hover {{ color: {t.accent}; }}
QFrame#beside {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 8px; }}
QLabel#weighed {{ font-weight: 600; font-size: {px(13)}; }}
QWidget#key {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 6px; }}
QToolButton#pictured {{ padding: 3px 7px; }}
QToolButton#pictured:focus {{ padding: 2px 6px; }}
QToolButton#qt_toolbar_ext_button {{ padding: 0 2px; }}
QToolButton#fold {{ border: 0; color: {t.muted}; padding: 0 2px; background: transparent; text-align: left; }}
QToolButton#fold:hover {{ color: {t.accent}; }}
QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: 0; border-bottom: 1px solid {t.border};
    padding: 3px 6px; }}
QTableView {{ gridline-color: {t.border}; selection-background-color: {t.accent}; selection-color: {t.accent_text}; }}
QTableCornerButton::section {{ background: {t.panel}; border: 0; }}
QPushButton#flat {{ border: 0; color: {t.accent}; padding: 2px 4px; text-align: left; background: transparent; }}
QLabel#heading {{ color: {t.muted}; font-size: {px(10)}; letter-spacing: 1px; padding-top: 8px; }}
QLabel#title {{ font-size: {px(15)}; font-weight: 600; }}
QLabel#strong {{ font-weight: 600; }}
QLabel#formula {{ font-family: "Noto Serif", "DejaVu Serif", serif; font-size: {px(15)}; }}
QLabel#muted, QStatusBar QLabel {{ color: {t.muted}; }}
QLabel#problem {{ color: {t.bad}; }}
QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.border}; }}
QStatusBar::item {{ border: 0; }}
QDockWidget {{ color: {t.text}; font-weight: 600; }}
QDockWidget::title {{ background: {t.panel}; padding: 5px 8px 0 8px; text-align: left top; }}
QScrollArea, QListWidget, QTextBrowser, QPlainTextEdit, QTableView {{ background: {t.panel}; border: 0; }}
QSpinBox::up-button, QSpinBox::down-button {{ border: 0; width: 18px; background: transparent; }}
QSpinBox::up-arrow {{ image: url("{icons}/up.svg"); width: 11px; height: 11px; }}
QSpinBox::down-arrow, QComboBox::down-arrow {{ image: url("{icons}/down.svg"); width: 11px; height: 11px; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: 0; width: 20px; }}
QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.border}; outline: 0;
  selection-background-color: {t.accent}; selection-color: {t.accent_text}; }}
QComboBox QAbstractItemView::item {{ min-height: {px(20)}; padding: 1px 4px; color: {t.text}; }}
QComboBox QAbstractItemView::item:hover, QComboBox QAbstractItemView::item:selected {{ background: {t.accent};
    color: {t.accent_text}; }}
QCheckBox::indicator, QAbstractItemView::indicator {{ width: 15px; height: 15px; border: 1px solid {t.muted};
    border-radius: 3px; background: {t.panel}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{ background: {t.accent};
    border-color: {t.accent}; image: url("{icons}/{tick}.svg"); }}
QCheckBox:focus {{ color: {t.accent}; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {t.now}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 4px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent;
    width: 0; height: 0; }}
QLineEdit, QSpinBox, QComboBox {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 4px;
    padding: 3px 6px; min-height: 18px; }}
QPlainTextEdit#table {{ border: 1px solid {t.border}; border-radius: 4px; }}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus, QPlainTextEdit#table:focus {{ border: 1px solid {t.accent}; }}
QProgressBar {{ background: {t.border}; border: 0; border-radius: 3px; max-height: 6px; }}
QProgressBar:disabled {{ background: transparent; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 6px 12px; border: 0;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabWidget::pane {{ border: 0; }}
QListWidget#palette::item {{ border: 1px solid {t.border}; border-radius: 5px; padding: 0px 6px; margin: 1px 2px;
    background: {t.card}; }}
QListWidget#palette::item:disabled {{ border: 0; background: transparent; color: {t.muted}; padding: 2px 2px; }}
QListWidget#palette::item:hover {{ border-color: {t.accent}; }}
QListWidget#palette::item:selected {{ border-color: {t.accent}; color: {t.text}; }}
QToolTip {{ background: {t.card}; color: {t.text}; border: 1px solid {t.border}; padding: 4px; }}
QFrame#welcome, QFrame#timeline, QFrame#popup {{ background: {t.card}; border: 1px solid {t.border};
    border-radius: 8px; }}
QFrame#task {{ background: {t.card}; border: 0; border-bottom: 1px solid {t.border}; }}
QFrame#lesson {{ background: {mixed(t.now, t.panel, 0.05)}; border: 1px solid {mixed(t.now, t.panel, 0.35)};
    border-radius: 8px; }}
QScrollArea#clear, QWidget#clear {{ background: transparent; }}
QLabel#lessonTitle {{ color: {t.now}; font-weight: 600; font-size: {px(14)}; }}
QLabel#asked {{ font-weight: 600; }}
QLabel#figure {{ font-size: {px(12)}; }}
QLabel#good, QLabel#feedback[kind="good"] {{ color: {t.good}; }}
QLabel#feedback[kind="problem"] {{ color: {t.bad}; }}
QLabel#feedback[kind="muted"], QLabel#hinted {{ color: {t.muted}; }}
QFrame#choice {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 6px; }}
QFrame#choice:hover, QFrame#choice[on="true"] {{ border-color: {t.now}; }}
QPushButton#go {{ background: {t.now}; color: {t.window}; border-color: {t.now}; font-weight: 600; }}
QPushButton#use {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; font-weight: 600; }}
QPushButton#use:disabled {{ background: {t.border}; color: {t.muted}; border-color: {t.border}; }}
QPushButton#go:disabled {{ background: {t.border}; color: {t.muted}; border-color: {t.border}; }}
QToolButton#dot {{ border-radius: {px(10)}; padding: 0; font-size: {px(11)}; color: {t.muted}; }}
QToolButton#dot[stand="here"] {{ background: {t.now}; color: {t.window}; border-color: {t.now}; }}
QToolButton#dot[stand="met"] {{ background: {t.good}; color: {t.window}; border-color: {t.good}; }}
QWidget#gallery {{ background: {t.window}; }}
QFrame#galleryHead {{ background: {t.panel}; border: 0; border-bottom: 1px solid {t.border}; }}
QFrame#goOn {{ background: {mixed(t.now, t.panel, 0.06)}; border: 1px solid {mixed(t.now, t.panel, 0.35)};
    border-radius: 10px; }}
QFrame#ownCard {{ background: {t.card}; border: 1px solid {t.border}; border-radius: 10px; }}
QLabel#chapter {{ color: {t.now}; font-size: {px(15)}; font-weight: 700; }}
QLabel#goOnMark {{ color: {t.now}; font-weight: 600; }}
QFrame#lit {{ border: 3px solid {t.now}; border-radius: 8px; background: transparent; }}
QFrame#spot {{ border: 3px solid {t.accent}; border-radius: 8px; background: transparent; }}
QWidget#page {{ background: {t.card}; }}
QLabel#toast {{ background: {t.text}; color: {t.window}; border-radius: 6px; padding: 6px 12px; }}
"""


def color_table() -> np.ndarray:
    """Return the diverging colours orange - neutral - blue as (256, 3) bytes, for numbers from -1 to 1."""
    return _table(_current.negative, _current.neutral, _current.positive)


@cache
def _table(*names: str) -> np.ndarray:
    ends = [np.array(rgb(name), dtype=float) for name in names]
    t = np.linspace(-1.0, 1.0, 256)[:, None]
    # Linear towards each end; the middle is the colour of zero.
    table: np.ndarray = np.where(t < 0, ends[1] + (ends[0] - ends[1]) * -t, ends[1] + (ends[2] - ends[1]) * t)
    return table.round().astype(np.uint8)


def color_of(value: float, limit: float) -> QColor:
    """Return the colour of a number on a scale from -limit to limit."""
    place = int(np.clip((value / limit if limit > 0 else 0.0) * 127.5 + 127.5, 0, 255)) if value == value else 127
    red, green, blue = color_table()[place]
    return QColor(int(red), int(green), int(blue))


def mixed(first: str, second: str, share: float) -> str:
    """Return a colour between two, with so much of the first."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return QColor(*(round(share * a + (1 - share) * b) for a, b in pairs)).name()


def nice_limit(value: float) -> float:
    """Return the next of 1, 2, 5 × 10ⁿ that is not below ``value``; colour scales move in such steps."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    for step in (1.0, 2.0, 5.0, 10.0):
        if value <= step * power * (1 + 1e-9):
            return float(step * power)
    return float(10.0 * power)
