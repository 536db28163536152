"""Beside the columns: the picture of the chosen one, and what of the table is kept and left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nnstudio.catalog.sources.treatments import NUMBER, TARGET
from nnstudio.session.column_page import Found, Outcome, outline
from nnstudio.ui.data.column_side import Card, Counts, Histogram, Line
from nnstudio.ui.data.column_table import FOUND, ColumnModel
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words


class Beside(QWidget):
    """Two cards, one above the other."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen, self.picture, self.counts = Card(), Histogram(), Counts()
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        self.said.setObjectName("muted")
        self.chosen.body.addWidget(self.said)
        self.chosen.body.addWidget(self.picture, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chosen, 3)
        layout.addWidget(self.counts, 4)
        self.setFixedWidth(300)

    def show_column(self, model: ColumnModel, row: int | None, done: Outcome, data: Mapping[str, Any]) -> None:
        """Show one column; the target, where none is named."""
        if not model.judged:
            return
        targets = [n for n, one in enumerate(model.judged) if model.roles.get(one.name) == TARGET]
        row = row if row is not None else next(iter(targets), 0)
        one = model.judged[row]
        target = row in targets
        self.chosen.head.setText(tr("{column}, the target", column=one.name) if target else one.name)
        lines = [str(model.data(model.index(row, FOUND))), *(words(warning) for warning in one.warnings)]
        if target and not done.classes and one.kind == NUMBER:
            lines.append(
                tr("The network learns (x − mean) / spread; answers come back as they are in the file.")
                if data["target_scaling"] != "none"
                else tr("The network learns it as it is.")
            )
        self.said.setText("\n".join(line for line in lines if line))
        self.picture.show_column(one, target)

    def show_counts(self, found: Found, done: Outcome) -> None:
        """Show what is kept and left out, with the reasons."""
        self.counts.head.setText(tr("Kept and left out"))
        if done.reason is not None:
            self.counts.show_lines((("!", words(done.reason), "bad"),))
            self.counts.foot.setText("")
            self.counts.suggestion.setText("")
            return
        some = next((note for note in found.read.notes if note.key == "data.tall_looked"), None)
        used = tr("rows are used") if some is None else tr("of the rows looked at are used")
        lines: list[Line] = [(f"{done.used:,}", used, "good")]
        lines += [
            (f"{count:,}", tr("rows left out: {reason}", reason=words(reason)), "negative")
            for reason, count in done.left
        ]
        lines += [
            (f"{note.args['count']:,}", tr("rows have a cell too many: lines {lines}", lines=note.args["lines"]), "bad")
            for note in found.read.notes
            if note.key == "data.longer_rows"
        ]
        lines.append(
            (
                f"{len(done.columns) - len(done.apart):,}",
                tr("columns go in as {count} numbers", count=done.features),
                "good",
            )
        )
        if done.apart:
            names = ", ".join(column.name for column in done.apart)
            lines.append((f"{len(done.apart):,}", tr("inputs of their own: {names}", names=names), "good"))
        if done.out:
            names = ", ".join(done.out[:4]) + (" …" if len(done.out) > 4 else "")
            lines.append((f"{len(done.out):,}", tr("columns stay out: {names}", names=names), "muted"))
        self.counts.show_lines(tuple(lines))
        self.counts.foot.setText(tr("Nothing else was changed or dropped.") if some is None else words(some))
        sizes, loss = outline(done.features, len(done.classes), len(done.targets))
        chain = " → ".join(map(str, sizes))
        said = tr("Suggested: {sizes}, {loss}", sizes=chain, loss=words(loss))
        if done.apart:
            said = tr("Suggested: a part for each input, joined; {loss}", loss=words(loss))
        self.counts.suggestion.setText(said if done.used else "")
