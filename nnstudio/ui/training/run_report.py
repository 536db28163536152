"""The report of a run, to be handed in: network, settings, data, curves, results, runs, findings, the student's
notes.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.disk import write_atomically
from nnstudio.document.edits import SetNotes
from nnstudio.document.errors import ProjectFileError, StudioError
from nnstudio.session.held_out import held_out
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.session.testing import FinalTest
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Compares, Edits, Panels, Says, Step, with_ending
from nnstudio.ui.kit import paper, theme
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.report_blocks import Block, to_html, to_markdown
from nnstudio.ui.training.report_content import blocks
from nnstudio.ui.training.report_results import Matter

WIDTH = 820


class NotesDialog(QDialog):
    """What the student wants to say about the run; it is kept in the project."""

    def __init__(self, notes: str, author: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Report"))
        self.author = QLineEdit(author)
        self.author.setAccessibleName(tr("Author"))
        self.author.setMaxLength(200)
        self.notes = QPlainTextEdit(notes)
        self.notes.setAccessibleName(tr("Your notes"))
        self.notes.setPlaceholderText(tr("What did you try, what did you see, why?"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(tr("Choose a file …"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("Author")))
        layout.addWidget(self.author)
        layout.addWidget(QLabel(tr("Your notes")))
        layout.addWidget(self.notes, 1)
        layout.addWidget(buttons)
        self.resize(480, 340)


# What stands for the whole window among the views that can be saved.
WINDOW = "window"


class RunReport:
    """Makes reports and pictures of views."""

    def __init__(
        self,
        session: Compares,
        testing: FinalTest,
        edits: Edits,
        canvas: CanvasView,
        step: Step,
        says: Says,
        asks: Asks,
        panels: Panels,
    ) -> None:
        self._testing = testing
        self._session, self._edits, self._canvas, self._step, self._says, self._asks, self._panels = (
            session,
            edits,
            canvas,
            step,
            says,
            asks,
            panels,
        )

    def ask(self) -> None:
        """Ask for author, notes and a file."""
        settings = load_settings()
        dialog = NotesDialog(self._session.document.notes, settings.author, self._asks.over)
        fine, notes, author = dialog.exec(), dialog.notes.toPlainText(), dialog.author.text().strip()
        dialog.deleteLater()
        if not fine:
            return
        if notes != self._session.document.notes:
            self._edits.propose_whole(SetNotes("", notes))
        if author != settings.author:
            save_settings(replace(load_settings(), author=author))
        name, chosen = QFileDialog.getSaveFileName(
            self._asks.over,
            tr("Report"),
            "report.html",
            ";;".join((tr("Web page (*.html)"), "PDF (*.pdf)", "Markdown (*.md)")),
        )
        if name:
            path = with_ending(Path(name), next((e for e in (".pdf", ".md") if e in chosen), ".html"), self._asks)
            if path is not None:
                self.write(path)

    def write(self, path: Path) -> bool:
        """Write the report; what went wrong is said over the canvas."""
        title = self.title()
        try:
            images: dict[str, QImage] = {}
            blocks = self.blocks(images)
            if path.suffix.lower() == ".md":
                self._write_markdown(path, blocks, images)
            elif path.suffix.lower() == ".pdf":
                paper.write_pdf(path, title, to_html(blocks, images), images)
            else:
                paper.write_html(path, title, paper.inlined(to_html(blocks, images), images), WIDTH)
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        self._says.say(tr("Wrote {name}.", name=path.name))
        return True

    def _write_markdown(self, path: Path, blocks: list[Block], images: dict[str, QImage]) -> None:
        """Write the text, and the pictures into a folder beside it.

        Raises:
            ProjectFileError: it cannot be written.
        """
        folder = path.with_name(f"{path.stem}_files")
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ProjectFileError("file.unwritable", path=folder, detail=error.strerror or str(error)) from None
        for name, image in images.items():
            write_atomically(folder / f"{name}.png", paper.png_of(image))
        write_atomically(path, to_markdown(blocks, images, folder.name).encode("utf-8"))

    def blocks(self, images: dict[str, QImage]) -> list[Block]:
        """The whole report; pictures are named in it and put into ``images``."""
        scene = self._canvas.graph
        # The network as it is, not as a step dims it.
        self._step.leave()
        box = scene.content().adjusted(-20, -20, 20, 20)
        images["network"] = paper.picture_of_scene(scene, box, WIDTH, theme.current().canvas)
        held = note = None
        with contextlib.suppress(StudioError):
            trained = self._testing.trained()
            held, note = held_out(trained), trained.note
        matter = Matter(self._session, self._testing, images, note)
        return blocks(matter, self.title(), load_settings().author, held)

    def title(self) -> str:
        """The project's name."""
        session = self._session
        return session.document.name or (session.path.stem if session.path else "NN Studio")

    # -- views as pictures --------------------------------------------------------------------

    def ask_picture(self, name: str) -> None:
        """Ask for a file and save a view as a picture; "" is the canvas, WINDOW the whole desk."""
        given, chosen = QFileDialog.getSaveFileName(
            self._asks.over, tr("Save as picture"), f"{name or 'network'}.png", "PNG (*.png);;SVG (*.svg)"
        )
        if given:
            path = with_ending(Path(given), ".svg" if "svg" in chosen else ".png", self._asks)
            if path is not None:
                self.save_picture(name, path)

    def save_picture(self, name: str, path: Path) -> bool:
        """Save a view as PNG or SVG, by the file's ending."""
        try:
            if name == WINDOW:
                paper.save_view(path, self._asks.over)
            elif name:
                self._panels.show(name)
                paper.save_view(path, self._panels.view(name))
            else:
                scene = self._canvas.graph
                paper.save_view(path, self._canvas, scene, scene.content().adjusted(-20, -20, 20, 20))
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        self._says.say(tr("Wrote {name}.", name=path.name))
        return True
