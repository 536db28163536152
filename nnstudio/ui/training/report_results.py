"""The results in a report: curves, measures, classes, predicted against true, the samples that were missed by most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from nnstudio.catalog.sources.cells import decode
from nnstudio.catalog.tables import table_of
from nnstudio.compile.program import Program
from nnstudio.document.numbers import number
from nnstudio.document.text import Message
from nnstudio.session.held_out import HeldOut
from nnstudio.session.testing import FinalTest
from nnstudio.ui.desk import Compares
from nnstudio.ui.kit import paper, theme
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.chart import SmallChart
from nnstudio.ui.training.report_blocks import HEAD, PICTURE, SUB, TABLE, WORDS, Block

CHART, THUMB = 330, 84
MOST_RUNS, MOST_POINTS, MOST_CLASSES, MOST_COLUMNS, MOST_CELLS = 60, 400, 20, 12, 6


@dataclass(frozen=True)
class Matter:
    """What a report is made of; pictures go into ``images`` by their names."""

    session: Compares
    testing: FinalTest
    images: dict[str, QImage]
    # What the data has otherwise by now than the weights learnt from.
    note: Message | None = None

    def program(self) -> Program | None:
        """The network that was trained, or could be."""
        session = self.session
        if session.training.program is not None:
            return session.training.program
        lowered = session.meaning.lowered
        return lowered.program if lowered is not None else None


def _chart(
    m: Matter, name: str, low: tuple[float, float], high: tuple[float, float], titles: tuple[str, str], **drawn: Any
) -> None:
    chart = SmallChart(name)
    chart.show_chart(low, high, titles, drawn.get("curves", []), drawn.get("points", []))
    m.images[name] = paper.picture_of_scene(chart.scene(), chart.sceneRect(), CHART, "#ffffff")
    chart.deleteLater()


def curves(m: Matter) -> list[Block]:
    whole = m.session.training.records
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
                _chart(m, f"curve-{kind}", (0.0, 0.0), (longest, most), titles, curves=curves)
                names.append(f"curve-{kind}")
    return [
        Block(HEAD, tr("Curves")),
        Block(WORDS, tr("blue: training part, orange: validation part")),
        Block(PICTURE, names=tuple(names)),
    ]


def results(m: Matter) -> list[Block]:
    session = m.session
    found = [Block(HEAD, tr("Results"))]
    if m.note is not None:
        found.append(Block(WORDS, words(m.note)))
    report = session.training.report
    if report is None:
        last = session.training.records[-1] if session.training.records else {}
        said = (
            tr("The run has not ended; its last epoch: loss {loss}.", loss=_text(last.get("train_loss")))
            if last
            else tr("The network is not trained.")
        )
        return [*found, Block(WORDS, said)]
    program = m.program()
    classes = program.data.classes if program is not None else ()
    looked = m.testing.last
    known = {**report["metrics"], "test": looked["measures"] if looked is not None else None}
    parts = ("train", tr("training part")), ("validation", tr("validation part")), ("test", tr("test part"))
    measures = [(name, known[part]) for part, name in parts if known.get(part)]
    heads = {"loss": tr("loss"), "accuracy": tr("accuracy"), "mae": "MAE", "rmse": "RMSE", "r2": "R²"}
    there = [key for key in heads if any(metrics.get(key) is not None for _, metrics in measures)]
    rows = tuple((name, *(_text(metrics.get(key)) for key in there)) for name, metrics in measures)
    found.append(Block(TABLE, rows=rows, head=("", *(heads[key] for key in there))))
    if m.testing.count:
        found.append(Block(WORDS, tr("The test part was looked at {count} times.", count=m.testing.count)))
    elif program is not None and program.data.test:
        found.append(Block(WORDS, tr("The test part was not looked at.")))
    # The last part that was measured is the one that counts.
    for name, metrics in measures[1:][-1:] or measures:
        found += _classes(m, name, metrics, classes)
    return found


def _classes(m: Matter, name: str, metrics: Mapping[str, Any], classes: tuple[str, ...]) -> list[Block]:
    """Precision, recall and F1 of each class, and who was taken for whom."""
    from nnstudio.engine.runtime.metrics import by_class

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


def answers(m: Matter, held: HeldOut) -> list[Block]:
    """Predicted against true, and the samples that were missed by most."""
    found: list[Block] = []
    if not held.classes:
        low = float(min(held.said.min(), held.truth.min()))
        high = float(max(held.said.max(), held.truth.max()))
        room = 0.05 * (high - low) or 1.0
        ends = np.array([low - room, high + room])
        with theme.drawn_in("light"):
            now = theme.current()
            _chart(
                m,
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
        rows.append((str(int(held.rows[place])), _sample(m, place, sample), *told))
    last = tr("probability") if held.classes else tr("error")
    head = (tr("row"), tr("sample"), tr("true"), tr("said"), last)
    return [*found, Block(HEAD, tr("Missed by most")), Block(TABLE, rows=tuple(rows), head=head)]


def _sample(m: Matter, place: int, sample: np.ndarray) -> str:
    """A sample as a picture, by its name, or as its first numbers."""
    values = np.asarray(sample, dtype=float)
    if values.ndim == 3 and values.shape[0] in (1, 3):
        grey = values.mean(axis=0)
        low, span = float(grey.min()), float(np.ptp(grey)) or 1.0
        pixels = np.ascontiguousarray(((grey - low) / span * 255).astype(np.uint8))
        tall, wide = pixels.shape
        image = QImage(pixels.tobytes(), wide, tall, wide, QImage.Format.Format_Grayscale8)
        name = f"sample-{place}"
        m.images[name] = image.scaled(THUMB, max(1, THUMB * tall // wide))
        return name
    flat = values.reshape(-1)
    program = m.program()
    recipe = table_of(program.data.dataset).recipe if program is not None else ()
    if sum(column.size for column in recipe) == len(flat) > 0:
        told = [f"{c.name} {cell or '–'}" for c, cell in zip(recipe, decode(flat, recipe), strict=True)]
        return ", ".join(told[:MOST_CELLS]) + (" …" if len(told) > MOST_CELLS else "")
    columns = program.data.columns if program is not None and len(program.data.columns) == len(flat) else ()
    cells = [
        (f"{columns[k]} " if columns else "") + (number(float(v)) if v == v else "–")
        for k, v in enumerate(flat[:MOST_CELLS])
    ]
    return ", ".join(cells) + (" …" if len(flat) > MOST_CELLS else "")


def _text(value: Any) -> str:
    return "–" if value is None else number(float(value))
