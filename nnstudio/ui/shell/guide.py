"""What guides through the window: help, shortcuts, the command palette, about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QCursor, QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio import __version__
from nnstudio.catalog.plugins import own_folder
from nnstudio.document.values import Document
from nnstudio.session.own_files import ROOMS
from nnstudio.session.sheets import ACTIVATIONS
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.kit.words_linked import ideas_under
from nnstudio.ui.shell.commands import Commands
from nnstudio.ui.shell.desks import COMPARE
from nnstudio.ui.shell.shortcuts import Keys, ShortcutsDialog
from nnstudio.ui.shell.workbench import Bench
from nnstudio.ui.teaching.help_view import HelpView
from nnstudio.ui.teaching.readings_lab import ReadingsLab
from nnstudio.ui.teaching.sheets import SheetsView
from nnstudio.ui.teaching.surface_lab import SurfaceLab

SURFACE, READINGS = "surface", "readings"


class HasActions(Keys, Protocol):
    """The actions of the window, and their buttons."""

    def button(self, name: str) -> QWidget: ...
    def __getitem__(self, name: str) -> QAction: ...


class Guide:
    """Opens dialogs over one window."""

    def __init__(self, window: QWidget, bench: Bench) -> None:
        self._window, self._bench = window, bench
        self._actions: HasActions | None = None
        self.help: HelpView | None = None
        self.sheets: SheetsView | None = None
        self.surface: SurfaceLab | None = None
        self.readings: ReadingsLab | None = None
        self.commands = Commands(
            window,
            bench.session,
            bench.parts.inspector,
            bench.stage,
            bench.placing,
            bench.drops,
            bench.parts.side,
            self.show_help,
            bench.selecting.go_to,
        )

    def know(self, actions: HasActions) -> None:
        """Take the actions of the window."""
        self._actions = actions
        self.commands.know(actions.listed)

    def show_help(self, family: str = "", entry: str = "") -> None:
        """Open the help: at an article, at the idea that the words under the pointer name, or at what is selected."""
        if not family and (found := ideas_under(QCursor.pos())):
            family, entry = "ideas", found[0]
        if self.help is None:
            self.help = HelpView(self._window)
            self.help.example.connect(self._bench.files.open_example)
            self.help.lesson.connect(self._bench.tutoring.open)
            self.help.panel.connect(self._bench.panels.show)
        stage, scene = self._bench.stage, self._bench.parts.scene
        chosen = [stage.document.by_id[name].kind for name in scene.selected]
        self.help.show_entry(family or "nodes", entry or (chosen[0] if len(chosen) == 1 else ""))
        if self.help.isVisible():
            self.help.raise_()
        self.help.show()
        self.help.search.setFocus()

    def show_sheet(self, of: str = ACTIVATIONS) -> None:
        """Show all activations, losses or initializers beside each other."""
        if self.sheets is not None:
            # One that was closed has stopped working out.
            self.sheets.close()
            self.sheets.deleteLater()
        self.sheets = SheetsView(self._window)
        self.sheets.show_sheet(of)

    def show_lab(self, name: str = SURFACE, rest: str = "") -> None:
        """Show the lab of surfaces (``rest``: which) or that of readings."""
        if name == READINGS:
            self.readings = self.readings or ReadingsLab(self._window)
            self.readings.show()
            self.readings.activateWindow()
            return
        if self.surface is None:
            self.surface = SurfaceLab(self._window, lambda: self._bench.session.document)
            self.surface.taken.connect(self._bench.files.take_network)
        self.surface.show_surface(rest)

    def set_beside(self, documents: Sequence[Document], names: Sequence[str]) -> None:
        """Compare the network on the canvas with those of a lesson, in the place of others; with none no more. Those
        that stand there already, trained perhaps, stay.
        """
        abreast = self._bench.session.abreast
        if [one.document for one in abreast.neighbours.values()] == list(documents):
            return
        abreast.clear()
        if documents:
            self._bench.comparing.set_beside(documents, names)
            self._bench.desks.go(COMPARE)

    def leave(self) -> None:
        """The window goes: what works beside it stops."""
        if self.sheets is not None:
            self.sheets.close()
        for lab in (self.surface, self.readings):
            if lab is not None:
                lab.close()
                lab.leave()

    def ask_shortcuts(self) -> None:
        """Show and change the keys of every action."""
        assert self._actions is not None
        dialog = ShortcutsDialog(self._window, self._actions)
        dialog.exec()
        dialog.deleteLater()

    def show_own_files(self) -> None:
        """Open the folder of own files; it is made if it is not there."""
        folder = own_folder()
        try:
            for room in (*ROOMS, "panels"):
                (folder / room).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._bench.says.say(
                tr("{folder} cannot be made ({detail}).", folder=folder, detail=error.strerror or str(error))
            )
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
        self._bench.says.say(
            tr("Own layers, panels and more lie in {folder}. They are read when the program starts.", folder=folder),
            stay=True,
        )

    def about(self) -> None:
        """Say what this is."""
        QMessageBox.about(
            self._window,
            "NN Studio",
            tr(
                "NN Studio {version}: draw a network, train it, step through it, take it home as Python.",
                version=__version__,
            ),
        )
