"""The window's part in a student's own data: choosing files, painting points, finding moved files, asking the
network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.sources.arrays import list_npz
from nnstudio.catalog.sources.files import find, fingerprint
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.one_picture import ENDINGS
from nnstudio.catalog.sources.pasted import keep_pasted
from nnstudio.catalog.sources.pictures import is_folder_of_classes
from nnstudio.catalog.sources.tables import read_table
from nnstudio.catalog.tables import again, table_of
from nnstudio.document.edits import AddNode, Edit, ReplaceAll, SetParam, Together, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ColumnsField, Field, TextField, complete
from nnstudio.document.text import message
from nnstudio.document.values import Choice, Params
from nnstudio.session.file_kinds import kind_of, patterns
from nnstudio.session.session import Session
from nnstudio.session.suggest import data_of, suggested, wants_network
from nnstudio.ui.desk import Asks, Camera, Edits, Panels, Says
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.start_weights import START_FILE, asked_file, choose_start

if TYPE_CHECKING:
    from nnstudio.catalog.entry import Dataset


class OwnData:
    """Makes the edits that choose data in one window."""

    def __init__(
        self,
        session: Session,
        edits: Edits,
        says: Says,
        asks: Asks,
        panels: Panels,
        camera: Camera,
        train: Callable[[], None],
    ) -> None:
        self._session, self._edits, self._says, self._asks = session, edits, says, asks
        self._panels, self._camera, self._train = panels, camera, train
        self._suggesting = False

    # -- what the forms ask for -----------------------------------------------------------------

    def choose(self, path: tuple[str, ...], field: Field) -> None:
        """Open the dialog of a field inside the Data node's data set, or that of the start weights; take what is
        chosen.
        """
        if path == (START_FILE,) and isinstance(field, TextField):
            choose_start(self._session.document, self._edits, self._asks, field)
            return
        node = self._data_node()
        choice = self._choice(node)
        if node is None or choice is None:
            return
        if isinstance(field, ColumnsField):
            self._choose_columns(choice)
            return
        if field.editor:
            from nnstudio.ui.data.paint_dialog import PaintDialog

            dialog = PaintDialog(choice.params[field.name], self._asks.over)
            if dialog.exec():
                self._edits.propose(SetParam(node, path, dialog.points()))
            dialog.deleteLater()
            return
        assert isinstance(field, TextField)
        start = str(choice.params.get(field.name, ""))
        if field.kind == "folder":
            name = QFileDialog.getExistingDirectory(self._asks.over, words(field.title), start)
        else:
            name = asked_file(self._asks.over, field, start)
        if not name:
            return
        if path[-1] == "path":
            self.take(Path(name), choice.kind)
        else:
            self._edits.propose(SetParam(node, path, name))

    def _choose_columns(self, choice: Choice) -> None:
        """Open the page of the columns of the table that is there."""
        try:
            self.take(find(choice.params["path"], choice.params["fingerprint"]), choice.kind)
        except StudioError as error:
            self._asks.refuse(error.message)

    def open_columns(self) -> None:
        """Open the page of the columns, where the data is a table of one's own."""
        choice = self._choice(self._data_node())
        entry = None if choice is None else family("datasets")[choice.kind]
        if choice is None or entry is None or not any(isinstance(field, ColumnsField) for field in entry.fields):
            self._says.say(tr("The data is no table of your own. Use one by Data ▸ Use my data."))
            return
        self._choose_columns(choice)

    def take_copied(self) -> None:
        """Make the table that was copied elsewhere, from a spreadsheet, the project's data."""
        text = QGuiApplication.clipboard().text()
        try:
            path = keep_pasted(text)
        except StudioError as error:
            self._says.say(words(error.message))
            return
        self.take(path)

    def choose_source(self) -> None:
        """Choose the file or folder of the present data set: it was moved, or none was chosen yet."""
        choice = self._choice(self._data_node())
        if choice is not None:
            for field in family("datasets")[choice.kind].fields:
                if isinstance(field, TextField) and field.name == "path":
                    self.choose(("dataset", "path"), field)

    def columns(self) -> tuple[str, ...]:
        """The columns of the chosen table, as far as they are known."""
        choice = self._choice(self._data_node())
        if choice is None or not choice.params.get("path"):
            return ()
        try:
            frame = read_table(
                find(choice.params["path"], choice.params["fingerprint"]), Manner.of(choice.params), 5
            ).frame
        except (StudioError, KeyError):
            return ()
        return tuple(str(name) for name in frame.columns)

    # -- taking a file ----------------------------------------------------------------------------

    def ask(self, kind: str | None = None) -> None:
        """Choose a file, of any kind or for one data set, and make it the project's data."""
        kinds = " ".join(patterns(kind))
        name, _ = QFileDialog.getOpenFileName(
            self._asks.over, tr("Your data"), "", f"{tr('Data')} ({kinds});;{tr('All files')} (*)"
        )
        if name:
            self.take(Path(name), kind)

    def ask_readings(self) -> None:
        """Choose a file of readings in time."""
        self.ask(next(entry.id for entry in family("datasets").values() if "in_order" in entry.tags))

    def is_data(self, path: Path) -> bool:
        """Whether a dropped file or folder is data."""
        try:
            return (
                is_folder_of_classes(path)
                if path.is_dir()
                else path.suffix.lower() not in ENDINGS and kind_of(path) is not None
            )
        except OSError:
            return False

    def take(self, path: Path, kind: str | None = None) -> bool:
        """Make a file or folder the project's data; a table is looked at first. Returns whether it was taken."""
        kind = kind or kind_of(path)
        if kind is None:
            self._says.say(
                tr("{name} is of no kind that is read: tables, .npz, IDX files, folders of pictures.", name=path.name)
            )
            return False
        entry: Dataset = family("datasets")[kind]
        node = self._data_node()
        old = self._choice(node)
        given = old.params if old is not None and old.kind == kind else Params()
        try:
            params = complete(entry.fields, Params({**given, "path": str(path), "fingerprint": ""}), CATALOG)
            anew = entry.begins_with is not None and given.get("path") != str(path)
            begun, node_settings = entry.begins_with(path) if anew and entry.begins_with is not None else ({}, {})
            params, settings = Params({**params, **begun}), Params(node_settings)
            if any(isinstance(field, ColumnsField) for field in entry.fields):
                from nnstudio.ui.data.columns_page import ask_for_columns

                own = None if node is None else self._session.document.by_id[node]
                kind_of_node = node_kinds()["data" if own is None else own.kind]
                found = ask_for_columns(path, entry.fields, params, settings, kind_of_node, own, self._asks.over)
                if found is None:
                    return False
                if isinstance(found, str):
                    # When this dialog is gone.
                    QTimer.singleShot(0, self.ask)
                    return False
                params, settings = found
            elif path.suffix == ".npz":
                list_npz(path)
            params = params.with_value("fingerprint", fingerprint(path))
        except StudioError as error:
            self._asks.refuse(error.message)
            return False
        choice = Choice(kind, params)
        if old != choice:
            again(choice)
        return self._set(node, choice, settings)

    def _set(self, node: str | None, choice: Choice, settings: Params) -> bool:
        document = self._session.document
        given = {"dataset": choice, **settings}
        if node is None:
            edit: Edit = AddNode("data", fresh_id(document, "data"), (-260.0, 0.0), Params(given))
        else:
            edits = tuple(SetParam(node, (name,), value) for name, value in given.items())
            edit = edits[0] if len(edits) == 1 else Together(edits, message("edit.data"))
        done = self._edits.propose_whole(edit)
        if done:
            self._panels.show("data")
            self._suggesting = wants_network(self._session.document)
        return done

    def compiled(self) -> None:
        """The data was read: on a canvas that holds nothing else a network for it is offered, once."""
        session = self._session
        if not self._suggesting or session.meaning.lowered is None or session.meaning.preview is None:
            return
        self._suggesting = False
        document = suggested(session.document) if wants_network(session.document) else None
        choice = data_of(session.document)
        if document is None or choice is None:
            return
        from nnstudio.ui.project.suggest_dialog import RUN, SuggestDialog

        dialog = SuggestDialog(document, len(table_of(choice).x), self._asks.over)
        answer = dialog.exec()
        dialog.deleteLater()
        if answer and self._edits.propose_whole(Together((ReplaceAll(document),), message("edit.suggest"))):
            self._camera.show_all()
            if answer == RUN:
                self._train()

    def reload(self) -> None:
        """Read the data anew, after it was stopped or the file was put back."""
        choice = self._choice(self._data_node())
        if choice is not None:
            again(choice)
            self._session.meaning.work_out()

    # -- asking the network -------------------------------------------------------------------------

    def ask_network(self) -> None:
        """Open the dialog that asks the trained network."""
        session = self._session
        try:
            trained = session.trained()
        except StudioError as error:
            self._says.say(words(error.message))
            return
        if trained.known.tokenizer:
            self._panels.show("writing")
            return
        from nnstudio.ui.data.ask_dialog import AskDialog

        dialog = AskDialog(trained, self._asks.over)
        dialog.exec()
        dialog.deleteLater()

    # -- the Data node --------------------------------------------------------------------------------

    def _data_node(self) -> str | None:
        for node in self._session.document.nodes:
            kind = node_kinds().get(node.kind)
            if kind is not None and kind.role == "data":
                return node.id
        return None

    def _choice(self, node: str | None) -> Choice | None:
        if node is None:
            return None
        found = self._session.document.by_id[node]
        try:
            choice: Any = complete(node_kinds()[found.kind].fields, found.params, CATALOG)["dataset"]
        except StudioError:
            return None
        return choice if isinstance(choice, Choice) else None
