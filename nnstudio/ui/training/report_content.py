"""What stands in a report: what was trained on what, with which settings, how well it went, and what was tried."""

from __future__ import annotations

import time
from typing import Any

from nnstudio import __version__
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.registry import family
from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField, ColumnsField, NamesField, OptionField, TextField
from nnstudio.document.text import Text
from nnstudio.session.held_out import HeldOut
from nnstudio.session.variants import settings_of
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.report_blocks import HEAD, LIST, PICTURE, TABLE, TITLE, WORDS, Block
from nnstudio.ui.training.report_results import Matter, answers, curves, results
from nnstudio.ui.training.runs_view import METRICS, RunsModel

CHART, THUMB = 330, 84
MOST_RUNS, MOST_POINTS, MOST_CLASSES, MOST_COLUMNS, MOST_CELLS = 60, 400, 20, 12, 6


def blocks(m: Matter, title: str, author: str, held: HeldOut | None) -> list[Block]:
    """Return the whole report; the picture of the network is called "network"."""
    session = m.session
    day = time.strftime("%Y-%m-%d %H:%M")
    line = " · ".join(part for part in (author, day, f"NN Studio {__version__}") if part)
    found = [Block(TITLE, title), Block(WORDS, line)]
    if session.document.notes:
        found += [Block(HEAD, tr("Notes")), Block(WORDS, session.document.notes)]
    found += [Block(HEAD, tr("In short")), Block(TABLE, rows=tuple(_short(m)))]
    found += _data(m)
    found += [Block(HEAD, tr("Network")), Block(PICTURE, names=("network",))]
    found += [Block(HEAD, tr("Settings")), Block(TABLE, rows=tuple(_settings(m)))]
    if session.training.records:
        found += curves(m)
    found += results(m)
    if held is not None:
        found += answers(m, held)
    if session.health.findings:
        lines = ((f"{words(p.what)} {words(p.why)} {words(p.remedy)}",) for p in session.health.findings)
        found += [Block(HEAD, tr("Findings")), Block(LIST, rows=tuple(lines))]
    if len(session.runs.items) > 1:
        found += _runs(m)
    if session.training.journal:
        rows = tuple((line,) for line in session.training.journal)
        found += [Block(HEAD, tr("Changed on the way")), Block(LIST, rows=rows)]
    return found


def _short(m: Matter) -> list[tuple[str, str]]:
    """One row each: what was learnt from what, by what, how long, with which seed."""
    session, program = m.session, m.program()
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


def _data(m: Matter) -> list[Block]:
    """The data in words: how many samples of what, what is to be told, how they were parted, what was left out."""
    from nnstudio.engine.splitting import rows_of

    program = m.program()
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


def _settings(m: Matter) -> list[tuple[str, str]]:
    """The settings that matter: choices and sizes, and whatever is not as a new network has it."""
    document = m.session.training.document or m.session.document
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
        shown = words(value) if isinstance(value, Text) else _value(value)
        rows.append((" · ".join(words(title) for title in setting.titles), shown))
    return rows


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _runs(m: Matter) -> list[Block]:
    session = m.session
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
