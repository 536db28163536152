"""The command palette: every action of the window, every layer, setting, value, node, example and help text, by a few
letters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nnstudio.catalog.registry import FAMILIES, family
from nnstudio.document.fields import ChoiceField, OptionField
from nnstudio.document.values import Choice, Document
from nnstudio.session.examples import example_names
from nnstudio.session.project import Project
from nnstudio.ui.canvas.heading import summary_of, title_of
from nnstudio.ui.desk import Opens, Places, Side, Stage
from nnstudio.ui.editing.adding import offers, rank
from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.kit.texts import tr, words

WIDE, TALL = 560, 380
# Letters in their order only count where nothing better is found.
LOOSE = 3
NUMBER = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Command:
    """Something that can be done: what it is, where it stands otherwise, its keys."""

    title: str
    place: str
    keys: str
    act: Callable[[], object]
    enabled: bool = True
    found_by: str = ""


class CommandPalette(QDialog):
    """A search box and what it finds; Enter does it."""

    def __init__(self, window: QWidget, commands: list[Command], hint: str) -> None:
        super().__init__(window, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._commands = commands
        self._chosen: Command | None = None
        self.setWindowTitle(hint)
        self.setObjectName("popup")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        self.search = QLineEdit()
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        layout.addWidget(self.search)
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("What was found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setRootIsDecorated(False)
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(3)
        self.list.setUniformRowHeights(True)
        self.list.itemClicked.connect(self._take)
        layout.addWidget(self.list)
        self._none = QLabel(tr("Nothing is called that."))
        self._none.setObjectName("muted")
        self._none.hide()
        layout.addWidget(self._none)
        self.resize(min(WIDE, window.width() - 40), min(TALL, window.height() - 80))
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 70)))
        for column, share in enumerate((0.52, 0.27, 0.15)):
            self.list.setColumnWidth(column, int(self.width() * share))
        self._narrow("")

    def _narrow(self, typed: str) -> None:
        found = []
        for number, command in enumerate(self._commands):
            place = rank(typed, command.title, f"{command.title} {command.place} {command.found_by}".casefold())
            if place is not None:
                found.append((place + (0 if command.enabled else 5), number))
        if any(place % 5 < LOOSE for place, _ in found):
            found = [one for one in found if one[0] % 5 < LOOSE]
        self.list.clear()
        for _, number in sorted(found)[:200]:
            self._add(number)
        self._go(0)
        self._none.setVisible(not found)

    def _add(self, number: int) -> None:
        command = self._commands[number]
        item = QTreeWidgetItem([command.title, command.place, command.keys])
        item.setData(0, NUMBER, number)
        item.setDisabled(not command.enabled)
        self.list.addTopLevelItem(item)

    def _go(self, row: int) -> None:
        row = min(max(row, 0), self.list.topLevelItemCount() - 1)
        if (item := self.list.topLevelItem(row)) is not None:
            self.list.setCurrentItem(item)

    def _take(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            command = self._commands[item.data(0, NUMBER)]
            if command.enabled:
                self._chosen = command
                self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}[
                    Qt.Key(key)
                ]
                current = self.list.currentItem()
                self._go((self.list.indexOfTopLevelItem(current) if current is not None else -1) + step)
                return True
        return False

    def chosen(self) -> Command | None:
        """Ask; returns what was chosen, or None."""
        self.exec()
        return self._chosen


class Commands:
    """Opens palettes over one window."""

    def __init__(
        self,
        over: QWidget,
        project: Project,
        inspector: Inspector,
        stage: Stage,
        places: Places,
        opens: Opens,
        side: Side,
        help: Callable[[str, str], None],
        go_to: Callable[[str], None],
    ) -> None:
        self._over, self._project, self._inspector, self._stage = over, project, inspector, stage
        self._places, self._opens, self._side, self._help, self._go_to_node = places, opens, side, help, go_to
        self._actions: Callable[[], list[tuple[str, QAction]]] = list

    def know(self, actions: Callable[[], list[tuple[str, QAction]]]) -> None:
        """Take the actions of the window, each with the menu it stands in."""
        self._actions = actions

    def ask(self) -> None:
        """Every action, layer and example."""
        self._run(self.all(), tr("Do anything: type a few letters"))

    def find(self) -> None:
        """Every node of the project, groups looked into."""
        self._run(self.nodes(), tr("Find a node by its name, kind or settings"))

    def _run(self, commands: list[Command], hint: str) -> None:
        dialog = CommandPalette(self._over, commands, hint)
        command = dialog.chosen()
        dialog.deleteLater()
        if command is not None:
            command.act()

    def all(self) -> list[Command]:
        """All commands, those of the menus first."""
        found = []
        for place, action in self._actions():
            keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
            found.append(Command(action.text().replace("&", ""), place, keys, action.trigger, action.isEnabled()))
        add, example = tr("Add"), tr("Examples")
        found += [
            Command(o.title, add, "", partial(self._places.append, o.kind), found_by=o.found_by) for o in offers()
        ]
        found += [Command(name, example, "", partial(self._opens.open_example, name)) for name in example_names()]
        return [*found, *self.settings(), *self.nodes(), *self.articles()]

    def settings(self) -> list[Command]:
        """The settings of what is selected, or of the network: to go there, or to choose a value at once."""
        inspector = self._inspector
        node = self._stage.document.by_id.get(inspector.node) if inspector.node is not None else None
        whose = title_of(node) if node is not None else tr("Settings")
        found = []
        for field in inspector.fields:
            title = words(field.title)
            found.append(
                Command(
                    title,
                    whose,
                    "",
                    partial(self._go_to, field.name),
                    found_by=words(field.help) if field.help is not None else "",
                )
            )
            options = (
                [
                    (entry.id, entry.title, Choice(entry.id))
                    for entry in family(field.family).values()
                    if not entry.tags & field.exclude
                ]
                if isinstance(field, ChoiceField)
                else [(name, text, name) for name, text in field.options]
                if isinstance(field, OptionField)
                else []
            )
            found += [
                Command(
                    f"{title}: {words(text)}", whose, "", partial(inspector.choose, field.name, value), found_by=name
                )
                for name, text, value in options
            ]
        return found

    def _go_to(self, setting: str) -> None:
        """The panel may show a step just now."""
        self._side.show_settings()
        self._inspector.go_to(setting)

    def articles(self) -> list[Command]:
        """The help on everything that the catalogue has."""
        return [
            Command(words(entry.title), tr("Help"), "", partial(self._help, name, entry.id), found_by=entry.id)
            for name in FAMILIES
            for entry in family(name).values()
        ]

    def nodes(self) -> list[Command]:
        """A command that goes to each node."""
        found: list[Command] = []

        def walk(document: Document, path: tuple[str, ...], names: tuple[str, ...]) -> None:
            for node in document.nodes:
                where = " › ".join(names)
                full = "/".join((*path, node.id))
                found.append(
                    Command(
                        title_of(node),
                        where or tr("Go to"),
                        node.id if node.name else "",
                        partial(self._go_to_node, full),
                        found_by=f"{node.kind} {summary_of(node)} {node.notes}",
                    )
                )
                if node.body is not None:
                    walk(node.body, (*path, node.id), (*names, title_of(node)))

        walk(self._project.document, (), ())
        return found
