"""An error inside the program: one calm dialog says what happened, that the work is safe, and gives the details to pass
on.
"""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QVBoxLayout,
)

from nnstudio import __version__
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr

# The same error again within a session is counted, not shown.
LONGEST = 20_000


class ErrorDialog(QDialog):
    """What happened in words, and folded below it the details."""

    def __init__(self, kept: bool, details: str) -> None:
        super().__init__(QApplication.activeWindow())
        self._details = details
        self.setWindowTitle("NN Studio")
        layout = QVBoxLayout(self)
        row = QHBoxLayout()
        sign = QLabel()
        sign.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxInformation).pixmap(36, 36))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        said = tr(
            "Something went wrong inside the program, and what you just did may not have worked. The program goes on."
        )
        safe = (
            tr("Your work is safe: it was just kept for recovery.")
            if kept
            else tr("Your work is still here; save it now.")
        )
        words = plain(QLabel(f"{said}\n\n{safe}"))
        words.setWordWrap(True)
        row.addWidget(words, 1)
        layout.addLayout(row)
        self.text = QPlainTextEdit(details)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Details"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.hide()
        layout.addWidget(self.text)
        buttons = QDialogButtonBox()
        self.go_on = buttons.addButton(tr("Go on"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.copy = QPushButton(tr("Copy details"))
        self.more = QPushButton(tr("Show details"))
        self.more.setCheckable(True)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.more, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._copy)
        self.more.toggled.connect(self._unfold)
        buttons.accepted.connect(self.accept)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
        self.copy.setText(tr("Copied"))

    def _unfold(self, shown: bool) -> None:
        self.text.setVisible(shown)
        self.resize(700 if shown else 460, 420 if shown else 160)


class ErrorCatcher(QObject):
    """Shows errors of any thread in the window's thread, one at a time, and the same one only once."""

    _raised = Signal(str)

    def __init__(self, keep: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keep = keep
        self._seen: dict[str, int] = {}
        self._open = False
        self._raised.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take errors from here on."""
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))[-LONGEST:]
        if sys.stderr is not None:
            sys.stderr.write(details)
        if not issubclass(kind, KeyboardInterrupt | SystemExit):
            self._raised.emit(details)

    def _show(self, details: str) -> None:
        self._seen[details] = self._seen.get(details, 0) + 1
        if self._open or self._seen[details] > 1 or QApplication.instance() is None:
            return
        self._open = True
        try:
            try:
                kept = self._keep()
            except Exception:
                kept = False
            versions = f"NN Studio {__version__} · Python {platform.python_version()} · Qt {qVersion()}"
            dialog = ErrorDialog(kept, f"{versions} · {platform.platform()}\n\n{details}")
            dialog.exec()
            dialog.deleteLater()
        finally:
            self._open = False
