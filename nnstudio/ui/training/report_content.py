"""What stands in a report: what was trained on what, with which settings, how well it went, and what was tried."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from nnstudio import __version__
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.cells import decode
from nnstudio.catalog.tables import table_of
from nnstudio.compile.program import Program
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField, ColumnsField, NamesField, OptionField, TextField
from nnstudio.document.numbers import number
from nnstudio.document.text import Text
from nnstudio.engine.runtime.metrics import by_class
from nnstudio.engine.splitting import rows_of
from nnstudio.session.held_out import HeldOut
from nnstudio.session.testing import FinalTest
from nnstudio.session.variants import settings_of
from nnstudio.ui.desk import Compares
from nnstudio.ui.kit import paper, theme
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.chart import SmallChart
from nnstudio.ui.training.report_blocks import HEAD, LIST, PICTURE, SUB, TABLE, TITLE, WORDS, Block
from nnstudio.ui.training.runs_view import METRICS, RunsModel

CHART, THUMB = 330, 84
MOST_RUNS, MOST_POINTS, MOST_CLASSES, MOST_COLUMNS, MOST_CELLS = 60, 400, 20, 12, 6


class Content:
    """Makes the blocks; pictures go into ``images`` by their names."""

    def __init__(self, session: Compares, testing: FinalTest, images: dict[str, QImage]) -> None:
        self._session, self._testing, self._images = session, testing, images

    def blocks(self, title: str, author: str, held: HeldOut | None) -> list[Block]:
        """Return the whole report; the picture of the network is called "network"."""
        session = self._session
        day = time.strftime("%Y-%m-%d %H:%M")
        line = " · ".join(part for part in (author, day, f"NN Studio {__version__}") if part)
        found = [Block(TITLE, title), Block(WORDS, line)]
        if session.document.notes:
            found += [Block(HEAD, tr("Notes")), Block(WORDS, session.document.notes)]
        found += [Block(HEAD, tr("In short")), Block(TABLE, rows=tuple(self._short()))]
        found += self._data()
        found += [Block(HEAD, tr("Network")), Block(PICTURE, names=("network",))]
        found += [Block(HEAD, tr("Settings")), Block(TABLE, rows=tuple(self._settings()))]
        if session.training.records:
            found += self._curves()
        found += self._results()
        if held is not None:
            found += self._answers(held)
        if session.health.findings:
            lines = ((f"{words(p.what)} {words(p.why)} {words(p.remedy)}",) for p in session.health.findings)
            found += [Block(HEAD, tr("Findings")), Block(LIST, rows=tuple(lines))]
        if len(session.runs.items) > 1:
            found += self._runs()
        if session.training.journal:
            rows = tuple((line,) for line in session.training.journal)
            found += [Block(HEAD, tr("Changed on the way")), Block(LIST, rows=rows)]
        return found

    # -- the parts ----------------------------------------------------------------------------

    def _program(self) -> Program | None:
        session = self._session
        if session.training.program is not None:
            return session.training.program
        lowered = session.meaning.lowered
        return lowered.program if lowered is not None else None

    def _short(self) -> list[tuple[str, str]]:
        """One row each: what was learnt from what, by what, how long, with which seed."""
        session, program = self._session, self._program()
        document = session.training.document or session.document
        found = []
        if program is not None:
            found.append((tr("data"), words(family("datasets")[program.data.dataset.kind].title)))
            found.append((tr("parameters"), f"{program.parameters:,}"))
        for setting in settings_of(document).values():
            chosen = isinstance(setting.field, ChoiceField) and setting.field.family in ("losses", "optimizers")
            if chosen and setting.value is not None:
                found.append((words(setting.titles[-1]), words(setting.value)))
        report = session.training.report
        if report is not None:
            text = tr(
                "{epochs} epochs, {updates} updates in {seconds} s.",
                epochs=len(session.training.records),
                updates=f"{report['updates']:,}",
                seconds=f"{report['seconds']:.1f}",
            )
            found.append((tr("training"), text))
        if program is not None:
            found.append((tr("seed"), str(program.seed)))
        found.append((tr("device"), session.training.device or "–"))
        return found

    def _data(self) -> list[Block]:
        """The data in words: how many samples of what, what is to be told, how they were parted, what was left out."""
        program = self._program()
        if program is None:
            return []
        try:
            table = labelled(table_of(program.data.dataset), program.data.labels)
            parts = [len(rows) for rows in rows_of(program.data, table)]
        except StudioError:
            return []
        path = str(program.data.dataset.params.get("path", ""))
        lines = []
        if path:
            lines.append(tr("File: {name}.", name=path.replace("\\", "/").rsplit("/", 1)[-1]))
        shape = " × ".join(map(str, table.x.shape[1:]))
        lines.append(tr("{count} samples of {shape} numbers.", count=f"{len(table.x):,}", shape=shape))
        if table.classes:
            names = ", ".join(table.classes[:MOST_COLUMNS]) + (" …" if len(table.classes) > MOST_COLUMNS else "")
            lines.append(tr("To be told: {count} classes ({names}).", count=len(table.classes), names=names))
        else:
            lines.append(tr("To be told: {names}.", names=", ".join(table.targets[:MOST_COLUMNS])))
        if table.recipe:
            inputs = [column.name for column in table.recipe]
            names = ", ".join(inputs[:MOST_COLUMNS]) + (" …" if len(inputs) > MOST_COLUMNS else "")
            lines.append(tr("Learnt from {count} columns: {names}.", count=len(inputs), names=names))
        lines.append(
            tr(
                "Training {training}, validation {validation}, test {test}.",
                training=f"{parts[0]:,}",
                validation=f"{parts[1]:,}",
                test=f"{parts[2]:,}",
            )
        )
        lines += [words(note) for note in table.notes]
        return [Block(HEAD, tr("Data")), Block(LIST, rows=tuple((line,) for line in lines))]

    def _settings(self) -> list[tuple[str, str]]:
        """The settings that matter: choices and sizes, and whatever is not as a new network has it."""
        document = self._session.training.document or self._session.document
        rows = []
        for setting in settings_of(document).values():
            value, field = setting.value, setting.field
            if (
                field is None
                or field.hidden
                or isinstance(field, ColumnsField | NamesField | TextField)
                or value is None
                or value == ()
            ):
                continue
            usual = field.default
            if isinstance(field, ChoiceField):
                entry = family(field.family).get(getattr(usual, "kind", ""))
                usual = entry.title if entry is not None else usual
            telling = getattr(field, "width", False) or field.name in ("learning_rate", "epochs", "batch_size", "seed")
            if (value == usual and not telling) or (isinstance(value, tuple | list) and len(value) > 12):
                continue
            if isinstance(field, OptionField):
                value = dict(field.options).get(value, value)
            shown = words(value) if isinstance(value, Text) else self._value(value)
            rows.append((" · ".join(words(title) for title in setting.titles), shown))
        return rows

    @staticmethod
    def _value(value: Any) -> str:
        if isinstance(value, bool):
            return tr("yes") if value else tr("no")
        return f"{value:.6g}" if isinstance(value, float) else str(value)

    def _chart(
        self, name: str, low: tuple[float, float], high: tuple[float, float], titles: tuple[str, str], **drawn: Any
    ) -> None:
        chart = SmallChart(name)
        chart.show_chart(low, high, titles, drawn.get("curves", []), drawn.get("points", []))
        self._images[name] = paper.picture_of_scene(chart.scene(), chart.sceneRect(), CHART, "#ffffff")
        chart.deleteLater()

    def _curves(self) -> list[Block]:
        whole = self._session.training.records
        records = whole[:: max(1, len(whole) // MOST_POINTS)]
        names = []
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
                    longest = max(1.0, max(float(x.max()) for x, _, _, _ in curves))
                    titles = tr("epoch"), tr("loss") if kind == "loss" else tr("accuracy")
                    self._chart(f"curve-{kind}", (0.0, 0.0), (longest, most), titles, curves=curves)
                    names.append(f"curve-{kind}")
        return [
            Block(HEAD, tr("Curves")),
            Block(WORDS, tr("blue: training part, orange: validation part")),
            Block(PICTURE, names=tuple(names)),
        ]

    def _results(self) -> list[Block]:
        session = self._session
        found = [Block(HEAD, tr("Results"))]
        report = session.training.report
        if report is None:
            last = session.training.records[-1] if session.training.records else {}
            said = (
                tr("The run has not ended; its last epoch: loss {loss}.", loss=_text(last.get("train_loss")))
                if last
                else tr("The network is not trained.")
            )
            return [*found, Block(WORDS, said)]
        program = self._program()
        classes = program.data.classes if program is not None else ()
        looked = self._testing.last
        known = {**report["metrics"], "test": looked["measures"] if looked is not None else None}
        parts = ("train", tr("training part")), ("validation", tr("validation part")), ("test", tr("test part"))
        measures = [(name, known[part]) for part, name in parts if known.get(part)]
        heads = {"loss": tr("loss"), "accuracy": tr("accuracy"), "mae": "MAE", "rmse": "RMSE", "r2": "R²"}
        there = [key for key in heads if any(metrics.get(key) is not None for _, metrics in measures)]
        rows = tuple((name, *(_text(metrics.get(key)) for key in there)) for name, metrics in measures)
        found.append(Block(TABLE, rows=rows, head=("", *(heads[key] for key in there))))
        if self._testing.count:
            found.append(Block(WORDS, tr("The test part was looked at {count} times.", count=self._testing.count)))
        elif program is not None and program.data.test:
            found.append(Block(WORDS, tr("The test part was not looked at.")))
        # The last part that was measured is the one that counts.
        for name, metrics in measures[1:][-1:] or measures:
            found += self._classes(name, metrics, classes)
        return found

    def _classes(self, name: str, metrics: Mapping[str, Any], classes: tuple[str, ...]) -> list[Block]:
        """Precision, recall and F1 of each class, and who was taken for whom."""
        table = metrics.get("confusion")
        if not table or len(table) > MOST_CLASSES:
            return []
        names = [classes[k] if k < len(classes) else str(k) for k in range(len(table))]
        each = by_class(tuple(tuple(row) for row in table))
        rows = tuple(
            (label, *(f"{one[key]:.3f}" for key in ("precision", "recall", "f1")), f"{one['support']:,}")
            for label, one in zip(names, each, strict=True)
        )
        head = (tr("class"), tr("precision"), tr("recall"), "F1", tr("samples"))
        counts = tuple((label, *(f"{count:,}" for count in row)) for label, row in zip(names, table, strict=True))
        return [
            Block(SUB, tr("By class: {part}", part=name)),
            Block(TABLE, rows=rows, head=head),
            Block(SUB, tr("Confusion matrix: {part}", part=name)),
            Block(TABLE, rows=counts, head=(tr("true") + " \\ " + tr("said"), *names)),
        ]

    def _answers(self, held: HeldOut) -> list[Block]:
        """Predicted against true, and the samples that were missed by most."""
        found: list[Block] = []
        if not held.classes:
            low = float(min(held.said.min(), held.truth.min()))
            high = float(max(held.said.max(), held.truth.max()))
            room = 0.05 * (high - low) or 1.0
            ends = np.array([low - room, high + room])
            with theme.drawn_in("light"):
                now = theme.current()
                self._chart(
                    "predicted-true",
                    (ends[0], ends[0]),
                    (ends[1], ends[1]),
                    (tr("{target}, true", target=held.target), tr("{target}, predicted", target=held.target)),
                    curves=[(ends, ends, now.muted, True)],
                    points=[(held.truth, held.said, now.positive, True)],
                )
            found += [Block(HEAD, tr("Predicted and true")), Block(PICTURE, names=("predicted-true",))]
        if not held.worst:
            return [*found, Block(WORDS, tr("No sample of the validation part was taken for another."))]
        rows = []
        for place, sample in zip(held.worst, held.raw, strict=True):
            if held.classes:
                sure = "–" if held.sure is None else f"{100 * held.sure[place]:.0f} %"
                told = (held.classes[int(held.truth[place])], held.classes[int(held.said[place])], sure)
            else:
                off = number(float(held.said[place] - held.truth[place]))
                told = (number(float(held.truth[place])), number(float(held.said[place])), off)
            rows.append((str(int(held.rows[place])), self._sample(place, sample), *told))
        last = tr("probability") if held.classes else tr("error")
        head = (tr("row"), tr("sample"), tr("true"), tr("said"), last)
        return [*found, Block(HEAD, tr("Missed by most")), Block(TABLE, rows=tuple(rows), head=head)]

    def _sample(self, place: int, sample: np.ndarray) -> str:
        """A sample as a picture, by its name, or as its first numbers."""
        values = np.asarray(sample, dtype=float)
        if values.ndim == 3 and values.shape[0] in (1, 3):
            grey = values.mean(axis=0)
            low, span = float(grey.min()), float(np.ptp(grey)) or 1.0
            pixels = np.ascontiguousarray(((grey - low) / span * 255).astype(np.uint8))
            tall, wide = pixels.shape
            image = QImage(pixels.tobytes(), wide, tall, wide, QImage.Format.Format_Grayscale8)
            name = f"sample-{place}"
            self._images[name] = image.scaled(THUMB, max(1, THUMB * tall // wide))
            return name
        flat = values.reshape(-1)
        program = self._program()
        recipe = table_of(program.data.dataset).recipe if program is not None else ()
        if sum(len(column.features) for column in recipe) == len(flat) > 0:
            told = [f"{c.name} {cell or '–'}" for c, cell in zip(recipe, decode(flat, recipe), strict=True)]
            return ", ".join(told[:MOST_CELLS]) + (" …" if len(told) > MOST_CELLS else "")
        columns = program.data.columns if program is not None and len(program.data.columns) == len(flat) else ()
        cells = [
            (f"{columns[k]} " if columns else "") + (number(float(v)) if v == v else "–")
            for k, v in enumerate(flat[:MOST_CELLS])
        ]
        return ", ".join(cells) + (" …" if len(flat) > MOST_CELLS else "")

    def _runs(self) -> list[Block]:
        session = self._session
        model = RunsModel(lambda: session.runs, lambda: session.document)
        model.together = True
        model.refresh()
        columns = (0, 1, 2, *range(4, 4 + len(METRICS)))
        titles = model.columns()
        rows = tuple(tuple(model.text(row, column) for column in columns) for row in model.rows[:MOST_RUNS])
        return [
            Block(HEAD, tr("What was tried")),
            Block(TABLE, rows=rows, head=tuple(titles[column] for column in columns)),
        ]


def _text(value: Any) -> str:
    return "–" if value is None else number(float(value))
