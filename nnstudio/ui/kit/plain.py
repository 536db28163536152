"""Words that a student chose are shown as they are: Qt would read what looks like HTML as such, and load the pictures
it names.
"""

from __future__ import annotations

from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from nnstudio.document import quoting


def tip(text: str) -> str:
    """Return a text for a tooltip, which has no other way to be plain."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    return "<span>" + "<br>".join(quoting.markup(line) for line in text.split("\n")) + "</span>"


def plain(label: QLabel) -> QLabel:
    """Have a label show its text as it is; returns the label."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def message_box(icon: QMessageBox.Icon, text: str, buttons: QMessageBox.StandardButton, parent: QWidget) -> QMessageBox:
    """Return a question or a message of the program, shown as it is."""
    box = QMessageBox(icon, "NN Studio", text, buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box
