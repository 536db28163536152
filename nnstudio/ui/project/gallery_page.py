"""What the gallery shows: lessons by chapter, where to go on, projects of one's own, and what was searched for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.registry import family
from nnstudio.document.errors import StudioError
from nnstudio.document.storage import load
from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.explain.ideas import ideas
from nnstudio.session.checkpoints import Left
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.class_sets import ClassSet, class_set
from nnstudio.session.lessons.finding import IDEA, LESSON, Found, find
from nnstudio.session.lessons.shelf import CHAPTERS, FIRST, Shelved, Standing
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.idea_pictures import picture as idea_picture
from nnstudio.ui.kit.lesson_pictures import lesson_picture
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.kit.tiles import Tile, TileRoom
from nnstudio.ui.project.thumbs import thumbnail

PURPOSE = {
    "xor": Text("XOR: four points that no straight line can separate"),
    "rings": Text("Two rings: watch the boundary become round"),
    "iris": Text("Iris: three species from four measures, on real data"),
    "digits": Text("Hand-written digits with convolutions"),
    "memory": Text("Remember the first letter of a sequence: embedding and LSTM"),
    "autoencoder": Text("An autoencoder squeezes digits into two numbers: see them lie in a plane"),
    "gpt": Text("A tiny GPT: letter by letter it learns to write words of an invented language"),
    "karate": Text("Two halves of a club, told by who knows whom: graph convolution"),
    "backprop-2-2-2": Text("Backpropagation worked out number by number"),
}
FAMILIES = {
    "nodes": Text("Node"),
    "layers": Text("Layer"),
    "activations": Text("Activation"),
    "initializers": Text("Initializer"),
    "losses": Text("Loss"),
    "optimizers": Text("Optimizer"),
    "schedules": Text("Schedule"),
    "datasets": Text("Data set"),
}
OWN, THUMB, FIRST_MS = 3, (92, 34), 40
# The share of an idea's picture that is drawing.
DRAWN = 0.76
# A larger file waits until it is opened: the page must not wait for it.
MOST_BYTES = 2**20


def class_sets() -> list[ClassSet]:
    """The lessons of the student's classes; a folder that is not there any more is left out."""
    found = []
    for name in load_settings().classes:
        with contextlib.suppress(StudioError):
            found.append(class_set(Path(name)))
    return found


def _document(name: str) -> Document | None:
    """A project as it is now, for its picture; None where it cannot be read or is large."""
    try:
        return load(Path(name))[0] if Path(name).stat().st_size <= MOST_BYTES else None
    except (StudioError, OSError):
        return None


class GalleryPage(QWidget):
    """What the gallery shows: everything, or what was searched for. It is made anew when that is otherwise."""

    lesson = Signal(str)
    example = Signal(str)
    article = Signal(str, str)
    recent = Signal(str)
    resumed = Signal(object)

    def __init__(self, typed: str, left_runs: Callable[[], Sequence[Left]]) -> None:
        super().__init__()
        self.setObjectName("clear")
        self.left_runs = left_runs
        self.first: QPushButton | None = None
        self.chosen = ""
        # What is still to be drawn: the page is painted first.
        self.waiting: list[Callable[[], None]] = []
        room = QVBoxLayout(self)
        room.setContentsMargins(20, 14, 20, 18)
        room.setSpacing(9)
        if typed:
            self._fill_found(room, typed)
        else:
            self._fill_all(room)
        room.addStretch(1)
        QTimer.singleShot(FIRST_MS, self, self._draw)

    def _draw(self) -> None:
        """Draw one picture, and come back for the next."""
        if self.waiting and self.isVisible():
            self.waiting.pop(0)()
            QTimer.singleShot(0, self, self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(FIRST_MS, self, self._draw)

    def _fill_all(self, room: QVBoxLayout) -> None:
        known = shelf.standings()
        lessons = shelf.shelf()
        room.addLayout(self._upper(lessons, known))
        for found in class_sets():
            self._heading(room, "", found.title, tr("{count} lessons", count=len(found.lessons)))
            room.addWidget(TileRoom([self._class_tile(lesson) for lesson in found.lessons]))
        for chapter, title in CHAPTERS.items():
            here = [lesson for lesson in lessons if lesson.chapter == chapter]
            if not here or (chapter == FIRST and self.chosen in {lesson.id for lesson in here}):
                # What stands above as the next one is not shown twice.
                continue
            done = sum(known[lesson.id].done for lesson in here if lesson.id in known)
            count = tr("{count} lessons", count=len(here)) + (" · " + tr("{count} done", count=done) if done else "")
            self._heading(room, chapter, words(title), count)
            room.addWidget(TileRoom([self._lesson_tile(lesson, known.get(lesson.id)) for lesson in here]))
        self._heading(room, "", tr("Examples, to play with"), "")
        room.addWidget(TileRoom([self._example_tile(name) for name in example_names()]))

    def _heading(self, room: QVBoxLayout, letter: str, title: str, count: str) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 6, 0, 0)
        if letter.isalpha():
            mark = QLabel(letter)
            mark.setObjectName("chapter")
            row.addWidget(mark)
        name = QLabel(title)
        name.setObjectName("title")
        row.addWidget(name)
        row.addStretch(1)
        counted = QLabel(count)
        counted.setObjectName("muted")
        row.addWidget(counted)
        room.addLayout(row)

    # -- where to go on -----------------------------------------------------------------------

    def _upper(self, lessons: Sequence[Shelved], known: dict[str, Standing]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._go_on(lessons, known), 1)
        row.addWidget(OwnCard(self), 1)
        return row

    def _go_on(self, lessons: Sequence[Shelved], known: dict[str, Standing]) -> QWidget:
        by_id = {lesson.id: lesson for lesson in lessons}
        open_ = [name for name, standing in known.items() if not standing.done and name in by_id]
        begun = max(open_, key=lambda name: known[name].when, default=None)
        fresh = shelf.following(known)
        chosen = by_id[begun] if begun is not None else fresh
        self.chosen = chosen.id if chosen is not None else ""
        card = QFrame()
        card.setObjectName("goOn")
        grid = QGridLayout(card)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(14)
        grid.setColumnStretch(1, 1)
        if chosen is None:
            grid.addWidget(QLabel(tr("Every lesson is done. Build something of your own.")), 0, 0)
            return card
        picture = QLabel()
        picture.setFixedSize(128, 96)
        self.waiting.append(partial(self._set_picture, picture, chosen))
        grid.addWidget(picture, 0, 0, 4, 1)
        standing = known.get(chosen.id)
        mark = QLabel(
            tr("Go on where you were") if begun is not None else tr("Begin here") if not known else tr("Next")
        )
        mark.setObjectName("goOnMark")
        grid.addWidget(mark, 0, 1)
        title = ElidedLabel()
        title.setObjectName("title")
        title.setText(f"{chosen.id} · {chosen.title(language())}")
        grid.addWidget(title, 1, 1)
        note = QLabel(
            tr("Step {step} of {of}", step=min(standing.at + 1, chosen.steps), of=chosen.steps)
            if standing is not None
            else chosen.about(language())
        )
        note.setTextFormat(Qt.TextFormat.PlainText)
        note.setObjectName("muted")
        note.setWordWrap(True)
        grid.addWidget(note, 2, 1)
        button = QPushButton(tr("Go on") if begun is not None else tr("Begin"))
        button.setObjectName("go")
        button.setMinimumWidth(110)
        button.clicked.connect(partial(self.lesson.emit, chosen.id))
        self.first = button
        grid.addWidget(button, 3, 1, Qt.AlignmentFlag.AlignLeft)
        return card

    def _set_picture(self, label: QLabel, lesson: Shelved) -> None:
        found = self._drawn(lesson, label.size())
        if found is not None:
            label.setPixmap(found)

    # -- tiles --------------------------------------------------------------------------------

    def _lesson_tile(self, lesson: Shelved, standing: Standing | None) -> Tile:
        done = standing is not None and standing.done
        share = standing.met / standing.of if standing is not None and standing.of and not done else 0.0
        tile = Tile(
            lesson.title(language()), lesson.id, tr("{minutes} min", minutes=lesson.minutes), done=done, share=share
        )
        tile.setToolTip(lesson.about(language()) if "<" not in lesson.about(language()) else "")
        tile.clicked.connect(partial(self.lesson.emit, lesson.id))
        self.waiting.append(lambda: tile.show_picture(self._drawn(lesson, tile.room)))
        return tile

    def _class_tile(self, lesson: Shelved) -> Tile:
        """A lesson of a class: its file is opened."""
        tile = Tile(lesson.title(language()) or lesson.id, lesson.id, tr("{minutes} min", minutes=lesson.minutes))
        tile.clicked.connect(partial(self.recent.emit, str(lesson.path)))
        self.waiting.append(lambda: tile.show_picture(self._drawn(lesson, tile.room)))
        return tile

    def _drawn(self, lesson: Shelved, size: QSize) -> QPixmap | None:
        found = lesson_picture(lesson.picture, size.width(), size.height())
        if found is not None:
            return found
        document = _document(str(lesson.path))
        return None if document is None else thumbnail(document, size.width(), size.height(), 2.0)

    def _example_tile(self, name: str) -> Tile:
        tile = Tile(words(PURPOSE[name]) if name in PURPOSE else name, "", tr("example"))
        tile.clicked.connect(partial(self.example.emit, name))
        self.waiting.append(
            lambda: tile.show_picture(thumbnail(load_example(name), tile.room.width(), tile.room.height(), 2.0))
        )
        return tile

    # -- search -------------------------------------------------------------------------------

    def _fill_found(self, room: QVBoxLayout, typed: str) -> None:
        lessons = {lesson.id: lesson for lesson in shelf.shelf()}
        known = shelf.standings()
        found = find(typed, lessons.values())
        if not found:
            none = QLabel(tr("Nothing is called that, and nothing speaks of it."))
            none.setObjectName("muted")
            room.addWidget(none)
            return
        room.addWidget(
            TileRoom(
                [
                    self._lesson_tile(lessons[one.id], known.get(one.id)) if one.kind == LESSON else self._article(one)
                    for one in found
                ]
            )
        )

    def _article(self, one: Found) -> Tile:
        if one.kind == IDEA:
            idea = ideas(language())[one.id]
            tile = Tile(idea.title, tr("Idea"), "")
            if idea.draw:
                self.waiting.append(partial(self._set_idea, tile, one.id))
            tile.clicked.connect(partial(self.article.emit, "ideas", one.id))
        else:
            tile = Tile(words(family(one.kind)[one.id].title), words(FAMILIES.get(one.kind, Text(one.kind))), "")
            tile.clicked.connect(partial(self.article.emit, one.kind, one.id))
        return tile

    def _set_idea(self, tile: Tile, name: str) -> None:
        """The left part of an idea's picture, without what is written beside it."""
        t, room = theme.current(), tile.room
        whole = idea_picture(ideas(language())[name].draw)
        cut = whole.copy(0, 0, round(whole.width() * DRAWN), whole.height())
        cut.setDevicePixelRatio(1.0)
        found = QPixmap(room * 2)
        found.fill(QColor(t.card))
        fitted = cut.scaled(
            found.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter = QPainter(found)
        painter.drawImage((found.width() - fitted.width()) // 2, (found.height() - fitted.height()) // 2, fitted)
        painter.end()
        found.setDevicePixelRatio(2.0)
        tile.show_picture(found)


class OwnCard(QFrame):
    """The student's own: interrupted runs, the last projects."""

    def __init__(self, page: GalleryPage) -> None:
        super().__init__()
        self.setObjectName("ownCard")
        room = QVBoxLayout(self)
        room.setContentsMargins(14, 12, 14, 12)
        room.setSpacing(4)
        mark = QLabel(tr("Your own"))
        mark.setObjectName("strong")
        room.addWidget(mark)
        for run in page.left_runs():
            text = tr(
                "Go on with the interrupted run of {name}: epoch {epoch} of {epochs}",
                name=run.name or tr("new project"),
                epoch=run.epoch,
                epochs=run.epochs,
            )
            room.addWidget(_row(text, partial(page.resumed.emit, run)))
        recent = [name for name in load_settings().recent if Path(name).is_file()][:OWN]
        for name in recent:
            row = _row(tr("Go on with {name}", name=Path(name).name), partial(page.recent.emit, name))
            row.setToolTip(name if "<" not in name else "")
            row.setIconSize(QSize(*THUMB))
            page.waiting.append(partial(_set_thumb, row, name))
            room.addWidget(row)
        if not recent:
            hint = QLabel(
                tr("Projects that you save stand here. Draw one on a blank page, or begin with your own data.")
            )
            hint.setObjectName("muted")
            hint.setWordWrap(True)
            room.addWidget(hint)
        room.addStretch(1)


def _row(text: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("flat")
    button.clicked.connect(lambda checked=False: act())
    return button


def _set_thumb(button: QPushButton, name: str) -> None:
    document = _document(name)
    if document is not None and document.nodes:
        button.setIcon(QIcon(thumbnail(document, *THUMB, 2.0)))
