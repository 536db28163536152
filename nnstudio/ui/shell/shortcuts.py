"""Shortcuts: every action with its keys; they can be changed, and a clash is told before it happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr

NATIVE, PORTABLE = QKeySequence.SequenceFormat.NativeText, QKeySequence.SequenceFormat.PortableText


def clash(actions: list[tuple[str, QAction]], keys: QKeySequence, own: QAction) -> QAction | None:
    """The other action that has these keys, or that they begin or that begins with them."""
    if keys.isEmpty():
        return None
    none = QKeySequence.SequenceMatch.NoMatch
    for _, action in actions:
        if action is not own and any(
            not other.isEmpty() and (keys.matches(other) != none or other.matches(keys) != none)
            for other in action.shortcuts()
        ):
            return action
    return None


class Keys(Protocol):
    """The actions of the window, and their keys."""

    def listed(self) -> list[tuple[str, QAction]]: ...
    def default_keys(self, action: QAction) -> list[QKeySequence]: ...
    def take_shortcuts(self) -> None: ...
    @staticmethod
    def plain(action: QAction) -> str: ...


class ShortcutsDialog(QDialog):
    """A table of actions; the keys of the chosen one are pressed into a box below."""

    def __init__(self, parent: QWidget, keys: Keys) -> None:
        super().__init__(parent)
        self._keys = keys
        self._actions = keys.listed()
        self.setWindowTitle(tr("Keyboard shortcuts"))
        layout = QVBoxLayout(self)
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search …"))
        self._search.setAccessibleName(tr("Search …"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._narrow)
        layout.addWidget(self._search)
        self.table = QTableWidget(len(self._actions), 3)
        self.table.setAccessibleName(tr("Keyboard shortcuts"))
        self.table.setHorizontalHeaderLabels([tr("Action"), tr("Menu"), tr("Keys")])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for row, (place, action) in enumerate(self._actions):
            for column, text in enumerate((keys.plain(action), place, "")):
                self.table.setItem(row, column, QTableWidgetItem(text))
            self._show_keys(row)
        self.table.resizeColumnToContents(1)
        self.table.setColumnWidth(2, 150)
        self.table.currentCellChanged.connect(lambda *_: self._picked())
        layout.addWidget(self.table)
        row_ = QHBoxLayout()
        self._name = QLabel()
        row_.addWidget(self._name, 1)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        self.keys.setAccessibleName(tr("New keys"))
        self.keys.editingFinished.connect(self._set)
        row_.addWidget(self.keys)
        self._default = QPushButton(tr("Default"))
        self._default.clicked.connect(self._reset)
        row_.addWidget(self._default)
        layout.addLayout(row_)
        self.said = plain(QLabel())
        self.said.setObjectName("problem")
        self.said.setWordWrap(True)
        layout.addWidget(self.said)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        everything = buttons.addButton(tr("All defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        everything.clicked.connect(self._reset_all)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.resize(620, 480)
        self.table.setCurrentCell(0, 0)

    def _action(self) -> tuple[int, QAction] | None:
        row = self.table.currentRow()
        return (row, self._actions[row][1]) if row >= 0 else None

    def _show_keys(self, row: int) -> None:
        item = self.table.item(row, 2)
        if item is not None:
            item.setText(", ".join(keys.toString(NATIVE) for keys in self._actions[row][1].shortcuts()))

    def _narrow(self, typed: str) -> None:
        for row in range(self.table.rowCount()):
            words = " ".join(item.text() for column in range(3) if (item := self.table.item(row, column)) is not None)
            self.table.setRowHidden(row, typed.casefold() not in words.casefold())
        shown = [row for row in range(self.table.rowCount()) if not self.table.isRowHidden(row)]
        # The keys below are those of a row that can be seen.
        if shown and self.table.currentRow() not in shown:
            self.table.setCurrentCell(shown[0], 0)
        for widget in (self.keys, self._default, self._name):
            widget.setEnabled(bool(shown))

    def _picked(self) -> None:
        found = self._action()
        if found is not None:
            self._name.setText(self._keys.plain(found[1]))
            self.keys.setKeySequence(found[1].shortcut())
            self.said.clear()

    def _set(self) -> None:
        found = self._action()
        if found is None:
            return
        row, action = found
        keys = self.keys.keySequence()
        if keys == action.shortcut():
            return
        other = clash(self._actions, keys, action)
        if other is not None:
            self.said.setText(
                tr(
                    "{keys} already does “{name}”. Choose other keys, or clear that action's first.",
                    keys=keys.toString(NATIVE),
                    name=self._keys.plain(other),
                )
            )
            self.keys.setKeySequence(action.shortcut())
            return
        self.said.clear()
        self._keep(action, keys.toString(PORTABLE))
        self._show_keys(row)

    def _keep(self, action: QAction, keys: str | None) -> None:
        """Remember keys for an action; None for the default."""
        settings = load_settings()
        chosen = {name: value for name, value in settings.shortcuts if name != action.objectName()}
        if keys is not None:
            chosen[action.objectName()] = keys
        save_settings(replace(settings, shortcuts=tuple(sorted(chosen.items()))))
        self._keys.take_shortcuts()

    def _reset(self) -> None:
        found = self._action()
        if found is None:
            return
        row, action = found
        default = self._keys.default_keys(action)
        other = next((c for keys in default if (c := clash(self._actions, keys, action)) is not None), None)
        if other is not None:
            self.said.setText(
                tr(
                    "{keys} already does “{name}”. Choose other keys, or clear that action's first.",
                    keys=default[0].toString(NATIVE),
                    name=self._keys.plain(other),
                )
            )
            return
        self._keep(action, None)
        self._show_keys(row)
        self._picked()

    def _reset_all(self) -> None:
        save_settings(replace(load_settings(), shortcuts=()))
        self._keys.take_shortcuts()
        for row in range(self.table.rowCount()):
            self._show_keys(row)
        self._picked()

    def keyPressEvent(self, event: object) -> None:
        # Enter in the box of keys must not close the dialog.
        if getattr(event, "key", lambda: None)() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]
