"""The report of a run, to be handed in: network, settings, data, curves, results, runs, findings, the student's
notes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from nnstudio import __version__
from nnstudio.document import quoting
from nnstudio.document.edits import SetNotes
from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import number
from nnstudio.document.text import Text
from nnstudio.session.testing import FinalTest
from nnstudio.session.variants import settings_of
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Compares, Edits, Panels, Says, Step
from nnstudio.ui.kit import paper, theme
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.chart import SmallChart
from nnstudio.ui.training.runs_view import METRICS, RunsModel

WIDTH, CHART = 820, 330
MOST_RUNS, MOST_POINTS, MOST_CLASSES = 60, 400, 20


class NotesDialog(QDialog):
    """What the student wants to say about the run; it is kept in the project."""

    def __init__(self, notes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Report"))
        self.notes = QPlainTextEdit(notes)
        self.notes.setAccessibleName(tr("Your notes"))
        self.notes.setPlaceholderText(tr("What did you try, what did you see, why?"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(tr("Choose a file …"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("Your notes")))
        layout.addWidget(self.notes, 1)
        layout.addWidget(buttons)
        self.resize(480, 300)


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
        """Ask for notes and a file."""
        dialog = NotesDialog(self._session.document.notes, self._asks.over)
        fine, notes = dialog.exec(), dialog.notes.toPlainText()
        dialog.deleteLater()
        if not fine:
            return
        if notes != self._session.document.notes:
            self._edits.propose_whole(SetNotes("", notes))
        name, chosen = QFileDialog.getSaveFileName(
            self._asks.over, tr("Report"), "report.html", ";;".join((tr("Web page (*.html)"), "PDF (*.pdf)"))
        )
        if name:
            path = Path(name)
            self.write(path if path.suffix else path.with_suffix(".pdf" if "pdf" in chosen else ".html"))

    def write(self, path: Path) -> bool:
        """Write the report; what went wrong is said over the canvas."""
        title = self.title()
        try:
            images: dict[str, QImage] = {}
            body = self.body(images)
            if path.suffix.lower() == ".pdf":
                paper.write_pdf(path, title, body, images)
            else:
                paper.write_html(path, title, paper.inlined(body, images), WIDTH)
        except StudioError as error:
            self._says.say(words(error.message))
            return False
        self._says.say(tr("Wrote {name}.", name=path.name))
        return True

    def title(self) -> str:
        """The project's name."""
        session = self._session
        return session.document.name or (session.path.stem if session.path else "NN Studio")

    # -- the parts ----------------------------------------------------------------------------

    def body(self, images: dict[str, QImage]) -> str:
        """The whole report; pictures are named in the text and put into ``images``."""
        session, scene = self._session, self._canvas.graph
        # The network as it is, not as a step dims it.
        self._step.leave()
        parts = [
            f"<h1>{quoting.markup(self.title())}</h1><p>NN Studio {__version__} · {time.strftime('%Y-%m-%d %H:%M')}</p>"
        ]
        if session.document.notes:
            parts.append(
                f"<h2>{tr('Notes')}</h2><p>{quoting.markup(session.document.notes).replace(chr(10), '<br/>')}</p>"
            )
        box = scene.content().adjusted(-20, -20, 20, 20)
        images["network"] = paper.picture_of_scene(scene, box, WIDTH, theme.current().canvas)
        parts.append(f"<h2>{tr('Network')}</h2>" + _picture("network", images))
        parts.append(self._settings())
        if session.training.records:
            parts.append(self._curves(images))
        parts.append(self._results())
        if len(session.runs.items) > 1:
            parts.append(self._runs())
        if session.health.findings:
            rows = "".join(
                f"<li><b>{quoting.markup(words(p.what))}</b> {quoting.markup(words(p.why))} "
                f"{quoting.markup(words(p.remedy))}</li>"
                for p in session.health.findings
            )
            parts.append(f"<h2>{tr('Findings')}</h2><ul>{rows}</ul>")
        if session.training.journal:
            parts.append(
                f"<h2>{tr('Changed on the way')}</h2><ul>"
                + "".join(f"<li>{quoting.markup(line)}</li>" for line in session.training.journal)
                + "</ul>"
            )
        return "".join(parts)

    def _settings(self) -> str:
        session = self._session
        document = session.training.document or session.document
        rows = []
        for setting in settings_of(document).values():
            value = setting.value
            if value is None or value == () or (isinstance(value, tuple | list) and len(value) > 12):
                continue
            shown = (
                words(value)
                if isinstance(value, Text)
                else tr("yes")
                if value is True
                else tr("no")
                if value is False
                else str(value)
            )
            rows.append((" · ".join(words(t) for t in setting.titles), shown))
        facts = [
            (
                tr("parameters"),
                f"{session.training.program.parameters:,}" if session.training.program is not None else "–",
            ),
            (tr("device"), session.training.device or "–"),
        ]
        return f"<h2>{tr('Settings')}</h2>" + _table(
            [(quoting.markup(a), quoting.markup(b)) for a, b in (*facts, *rows)]
        )

    def _curves(self, images: dict[str, QImage]) -> str:
        whole = self._session.training.records
        records = whole[:: max(1, len(whole) // MOST_POINTS)]
        with theme.drawn_in("light"):
            for kind in ("loss", "accuracy"):
                curves: list[tuple[np.ndarray, np.ndarray, str, bool]] = []
                for part, color in (("train", theme.current().positive), ("val", theme.current().negative)):
                    known = [(r["epoch"], r[f"{part}_{kind}"]) for r in records if r.get(f"{part}_{kind}") is not None]
                    if known:
                        x, y = (np.array(side, dtype=float) for side in zip(*known, strict=True))
                        curves.append((x, y, color, False))
                if curves:
                    most = 1.0 if kind == "accuracy" else theme.nice_limit(max(float(y.max()) for _, y, _, _ in curves))
                    chart = SmallChart(kind)
                    chart.show_chart(
                        (0.0, 0.0),
                        (max(1.0, max(float(x.max()) for x, _, _, _ in curves)), most),
                        (tr("epoch"), tr("loss") if kind == "loss" else tr("accuracy")),
                        curves,
                        [],
                    )
                    images[kind] = paper.picture_of_scene(chart.scene(), chart.sceneRect(), CHART, "#ffffff")
                    chart.deleteLater()
        pictures = "".join(_picture(kind, images) for kind in ("loss", "accuracy") if kind in images)
        return f"<h2>{tr('Curves')}</h2><p>{tr('blue: training part, orange: validation part')}</p><p>{pictures}</p>"

    def _results(self) -> str:
        session = self._session
        report = session.training.report
        if report is None:
            last = session.training.records[-1] if session.training.records else {}
            return (
                f"<h2>{tr('Results')}</h2><p>"
                + (
                    tr("The run has not ended; its last epoch: loss {loss}.", loss=_text(last.get("train_loss")))
                    if last
                    else tr("The network is not trained.")
                )
                + "</p>"
            )
        text = (
            f"<h2>{tr('Results')}</h2><p>"
            + tr(
                "{epochs} epochs, {updates} updates in {seconds} s.",
                epochs=len(session.training.records),
                updates=f"{report['updates']:,}",
                seconds=f"{report['seconds']:.1f}",
            )
            + "</p>"
        )
        classes = session.training.program.data.classes if session.training.program is not None else ()
        looked = self._testing.last
        known = {**report["metrics"], "test": looked["measures"] if looked is not None else None}
        parts = ("train", tr("training part")), ("validation", tr("validation part")), ("test", tr("test part"))
        for part, name in parts:
            metrics = known.get(part)
            if not metrics:
                continue
            rows = [(tr("loss"), _text(metrics.get("loss")))]
            rows += [
                (label, _text(metrics[key]))
                for key, label in (("accuracy", tr("accuracy")), ("mae", "MAE"), ("rmse", "RMSE"), ("r2", "R²"))
                if metrics.get(key) is not None
            ]
            text += f"<h3>{name}</h3>" + _table(rows)
            if part == "test":
                text += f"<p>{tr('Looked at {count} times.', count=self._testing.count)}</p>"
            if metrics.get("confusion") and len(metrics["confusion"]) <= MOST_CLASSES:
                names = [
                    quoting.markup(classes[k] if k < len(classes) else str(k)) for k in range(len(metrics["confusion"]))
                ]
                head = (tr("true") + " \\ " + tr("said"), *names)
                text += _table(
                    [
                        (name, *(f"{count:,}" for count in row))
                        for name, row in zip(names, metrics["confusion"], strict=True)
                    ],
                    head,
                )
        return text

    def _runs(self) -> str:
        session = self._session
        model = RunsModel(lambda: session.runs, lambda: session.document)
        model.together = True
        model.refresh()
        columns = (0, 1, 2, *range(4, 4 + len(METRICS)))
        titles = model.columns()
        rows = [tuple(quoting.markup(model.text(row, column)) for column in columns) for row in model.rows[:MOST_RUNS]]
        return f"<h2>{tr('Runs')}</h2>" + _table(rows, tuple(quoting.markup(titles[column]) for column in columns))

    # -- views as pictures --------------------------------------------------------------------

    def ask_picture(self, name: str) -> None:
        """Ask for a file and save a view as a picture; "" is the canvas, WINDOW the whole desk."""
        given, chosen = QFileDialog.getSaveFileName(
            self._asks.over, tr("Save as picture"), f"{name or 'network'}.png", "PNG (*.png);;SVG (*.svg)"
        )
        if given:
            path = Path(given)
            self.save_picture(name, path if path.suffix else path.with_suffix(".svg" if "svg" in chosen else ".png"))

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


def _picture(name: str, images: dict[str, QImage]) -> str:
    image = images[name]
    width, height = round(image.width() / paper.SHARP), round(image.height() / paper.SHARP)
    return f"<img src='{name}' width='{width}' height='{height}'/>"


def _table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    top = "<tr>" + "".join(f"<th align='left'>{cell}&nbsp;&nbsp;</th>" for cell in head) + "</tr>" if head else ""
    return (
        "<table cellpadding='3'>"
        + top
        + "".join("<tr>" + "".join(f"<td>{cell}&nbsp;&nbsp;</td>" for cell in row) + "</tr>" for row in rows)
        + "</table>"
    )


def _text(value: Any) -> str:
    return "–" if value is None else number(float(value))
