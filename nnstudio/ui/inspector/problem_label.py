"""A problem as the inspector tells it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nnstudio.compile.problems import Problem
from nnstudio.ui.inspector.editors import wrapped
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.kit.words_linked import follow, linked


def problem_label(problem: Problem, mend: Callable[..., bool]) -> QWidget:
    """Return what is wrong, why, and a button where it can be mended."""
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 4, 0, 4)
    layout.setSpacing(3)
    layout.addWidget(wrapped(words(problem.what), "muted" if problem.severity == "note" else "problem"))
    why = follow(wrapped("", "muted"))
    why.setText(linked(f"{words(problem.why)} {words(problem.remedy)}"))
    layout.addWidget(why)
    if problem.mend is not None:
        button = QPushButton(tr("Mend it"))
        button.clicked.connect(lambda: mend(problem.mend))
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    return box
