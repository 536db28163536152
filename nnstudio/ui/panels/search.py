"""A search for good settings: asked for, followed, its trials used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import platformdirs

from nnstudio.catalog.sources.copies import copies_of
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.session.searching.study import available
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, WISH, Panel
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.elsewhere import open_elsewhere
from nnstudio.ui.training.search_dialog import SearchDialog, metrics_of
from nnstudio.ui.training.search_view import SearchView, default_folder


def make(desk: Desk) -> SearchView:
    view = SearchView(lambda: desk.session.runs.workers)
    view.wanted.connect(lambda: _ask(desk, view))
    view.opened.connect(open_elsewhere)
    view.taken.connect(desk.offers.take_over)
    view.kept.connect(lambda document, what, name: _keep(desk, document, what, name))
    view.said.connect(desk.says.say)
    view.refused.connect(desk.asks.refuse)
    return view


def _ask(desk: Desk, view: SearchView) -> None:
    """Ask what is to be searched; without the library the grid is asked for, which says what it would give."""
    if not available():
        desk.offers.ask_sweep()
        return
    session = desk.session
    try:
        program = session.meaning.sound()
    except StudioError as error:
        desk.says.say(words(error.message))
        return
    document = session.document
    folder = default_folder(session.path, document.name, Path(platformdirs.user_documents_dir()) / "NN Studio")
    workers = session.runs.workers
    dialog = SearchDialog(document, metrics_of(program), folder, workers, lambda: copies_of(document), desk.asks.over)
    if dialog.exec():
        desk.panels.show("search")
        view.follow(dialog.place, dialog.workers.value())
    dialog.deleteLater()


def _keep(desk: Desk, document: Document, what: Any, name: str) -> None:
    runs = desk.session.runs
    runs.put(runs.enter(document, name), **what)
    runs.tell()
    desk.says.say(tr("{name} is among the runs.", name=name))


PANEL = Panel(
    "search", Text("Search"), make, area=LEFT, order=115, waits_for=WISH, beside="runs", leave=SearchView.leave
)
