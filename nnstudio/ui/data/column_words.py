"""What roles, kinds and treatments of columns are called, and what each column offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.dates import PARTS
from nnstudio.catalog.sources.judged import Judged
from nnstudio.catalog.sources.sides import GREY, cut_of
from nnstudio.catalog.sources.tokenizing import CHARACTERS, PAIRS, WORDS
from nnstudio.catalog.sources.treatments import (
    CATEGORY,
    DATE,
    DATE_US,
    EMBED,
    FLAG,
    GROUP,
    ID,
    IGNORE,
    INPUT,
    LOG,
    NUMBER,
    ORDER,
    ORDERED,
    PART,
    PICTURE,
    RARE,
    TARGET,
    TEXT,
    TOKENS,
    Treatment,
)
from nnstudio.ui.kit.texts import tr


def role_words() -> dict[str, str]:
    """What roles are called, in the order of the menu."""
    return {
        INPUT: tr("input"),
        TARGET: tr("target"),
        GROUP: tr("group"),
        ORDER: tr("order"),
        PART: tr("part"),
        ID: tr("id"),
        IGNORE: tr("ignore"),
    }


def role_help() -> dict[str, str]:
    """What each role means."""
    return {
        INPUT: tr("The network learns from it."),
        TARGET: tr("What is to be predicted."),
        GROUP: tr("Rows with the same value belong together: no group is in two parts."),
        ORDER: tr("Rows follow each other by it: the newest are held aside."),
        PART: tr("Says of each row whether it is for training, validation or test."),
        ID: tr("What the rows are called; nothing is learnt from it."),
        IGNORE: tr("Stays out."),
    }


def kind_words() -> dict[str, str]:
    """What kinds of columns are called."""
    return {
        NUMBER: tr("number"),
        CATEGORY: tr("category"),
        ORDERED: tr("ordered"),
        DATE: tr("date"),
        DATE_US: tr("date, month first"),
        FLAG: tr("yes / no"),
        TEXT: tr("text"),
        PICTURE: tr("picture"),
    }


def part_words() -> dict[str, str]:
    """What parts of a date are called."""
    words = (tr("year"), tr("month"), tr("day"), tr("weekday"), tr("hour"), tr("days since 1970"))
    return dict(zip(PARTS, words, strict=True))


def scale_words() -> dict[str, str]:
    """What scalings are called; "" is as of all columns."""
    return {"": tr("as all columns"), "standard": tr("standard"), "minmax": tr("min-max"), "none": tr("as it is")}


def fill_words() -> dict[str, str]:
    """What may stand for a missing cell; "" is as of all columns."""
    return {
        "": tr("as all columns"),
        "mean": tr("the mean"),
        "most_frequent": tr("the most frequent value"),
        "zero": tr("zero"),
        "drop": tr("leave the row out"),
    }


def cut_words(cut: str, length: int) -> str:
    """How a text goes in."""
    names = {CHARACTERS: tr("characters"), WORDS: tr("words"), PAIRS: tr("byte pairs")}
    return tr("{count} {tokens}", count=length, tokens=names[cut])


def picture_words(form: str, side: int) -> str:
    """How a picture goes in."""
    return f"{side} × {side}, {tr('grey') if form == GREY else tr('colour')}"


def kind_text(one: Judged, kind: str) -> str:
    """What the kind of a column is called."""
    if kind == NUMBER and one.unit:
        return tr("percent") if one.unit == "%" else tr("money")
    return kind_words()[kind]


def kind_of(one: Judged, treatment: Treatment) -> str:
    """What a column is taken for."""
    return treatment.kind or one.kind


def found_text(one: Judged, kind: str) -> str:
    """What was found in a column, in a line."""
    missing = tr("{count} missing", count=one.missing) if one.missing else ""
    if kind == ORDERED and one.levels:
        text = " < ".join(one.levels)
    elif one.low:
        text = f"{one.low} … {one.high}"
    elif one.distinct:
        text = tr("{count} kinds", count=one.distinct)
        rare = one.texts[-1] if one.texts and one.distinct <= len(one.texts) else None
        if rare is not None and rare[1] <= 2 < one.rows:
            text += tr(", “{name}” only {count} times", name=rare[0][:16], count=rare[1])
        elif one.texts and one.distinct <= 4:
            text = ", ".join(value[:14] for value, _ in one.texts)
    else:
        text = ""
    if one.missing and one.missing >= 0.3 * one.rows:
        missing = tr("{percent} % empty", percent=round(100 * one.missing / max(1, one.rows)))
    return " · ".join(part for part in (text, missing) if part)


def treatment_text(
    one: Judged,
    role: str,
    treatment: Treatment,
    column: Column | None,
    params: Mapping[str, Any],
    data: Mapping[str, Any],
) -> str:
    """How a column goes in."""
    kind = kind_of(one, treatment)
    if role == TARGET:
        if kind == NUMBER and params["target_kind"] != "classes" and one.distinct > 20:
            scaled = data["target_scaling"] != "none"
            return tr("standard, undone in answers") if scaled else tr("as it is")
        return tr("{count} classes", count=one.distinct)
    if role == GROUP:
        return tr("no group in two parts")
    if role == PART:
        return tr("says the part")
    if role in (ID, IGNORE):
        return "—"
    if column is None:
        return tr("stays out") if role == INPUT else tr("the newest are held aside")
    return ", ".join(_input_words(one, kind, treatment, column, params, data))


def _input_words(
    one: Judged, kind: str, treatment: Treatment, column: Column, params: Mapping[str, Any], data: Mapping[str, Any]
) -> list[str]:
    words: list[str] = []
    if kind in (DATE, DATE_US):
        words.append(", ".join(part_words()[part] for part in column.parts))
    elif kind == PICTURE:
        words.append(picture_words(column.form, column.width))
    elif column.kind == TOKENS:
        words.append(cut_words(*cut_of(treatment.treat)))
    elif column.kind == EMBED:
        words.append(tr("embedding of {count}", count=len(column.categories)))
    elif kind in (CATEGORY, TEXT):
        words.append(tr("one-hot, rare together") if treatment.treat == RARE else tr("one-hot"))
    elif kind in (ORDERED, FLAG):
        words.append(
            ", ".join(map(str, range(min(4, len(column.categories))))) + (" …" if len(column.categories) > 4 else "")
        )
    else:
        if treatment.treat == LOG:
            words.append(tr("logarithm"))
        words.append(scale_words()[treatment.scale or data["scaling"]])
    fill = treatment.fill or params["missing"]
    if one.missing and kind != CATEGORY and (kind != TEXT or column.kind == TOKENS):
        words.append(
            tr("{count} rows left out", count=one.missing)
            if fill == "drop"
            else tr("{fill} fills {count}", fill=fill_words()[fill], count=one.missing)
        )
    return words
