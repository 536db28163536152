"""What a student says of single columns: their roles, what they hold, and how they go in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from nnstudio.document.values import Params

INPUT, TARGET, GROUP, ORDER, PART, ID, IGNORE = ROLES = (
    "input",
    "target",
    "group",
    "order",
    "part",
    "id",
    "ignore",
)
NUMBER, CATEGORY, ORDERED, DATE, DATE_US, FLAG, TEXT, PICTURE = KINDS = (
    "number",
    "category",
    "ordered",
    "date",
    "date_us",
    "flag",
    "text",
    "picture",
)
# How a column goes in: a number as it is or its logarithm, a category with a place for each, the rare ones
# together, or a number that leads to a row of a table; a text as "words 32", a picture as "colour 32".
# Kinds that are read as they are written.
AS_WRITTEN = (CATEGORY, ORDERED, FLAG, TEXT, PICTURE)
# A text that was cut into tokens is as many numbers as a sample is long.
TOKENS = "tokens"
LOG, ONE_HOT, RARE, EMBED = "log", "one_hot", "rare", "embed"
# What stands for a missing number, per column; "drop" leaves the row out.
FILLS = ("drop", "mean", "most_frequent", "zero")
SCALES = ("standard", "minmax", "none")
# With rows of a second file a column of this name says of which file each is.
FILE_COLUMN, TRAINED, HELD = "(file)", "train", "test"
# Settings of a table that name one column each, and the role that it has by that.
SINGLE = {"group": GROUP, "order": ORDER, "part": PART, "ids": ID}


@dataclass(frozen=True)
class Treatment:
    """What is said of one column; "" is found out, or as of all columns."""

    kind: str = ""
    treat: str = ""
    fill: str = ""
    scale: str = ""
    levels: tuple[str, ...] = ()


def treatments_of(params: Mapping[str, Any]) -> dict[str, Treatment]:
    """Return what is said of each column that something is said of."""
    known = {spec.name for spec in fields(Treatment)}
    return {
        str(entry["name"]): Treatment(**{key: value for key, value in entry.items() if key in known})
        for entry in params.get("treatments") or ()
    }


def read_as_text(params: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns that are read as they are written: 007 is no 7 where it is the name of something."""
    return frozenset(name for name, treatment in treatments_of(params).items() if treatment.kind in AS_WRITTEN)


def plain_treatments(given: Mapping[str, Treatment]) -> tuple[Params, ...]:
    """Return them as the value of a setting."""
    found = []
    for name, treatment in given.items():
        said = {spec.name: value for spec in fields(Treatment) if (value := getattr(treatment, spec.name))}
        if said:
            found.append(Params({"name": name, **said}))
    return tuple(found)


def targets_of(names: Iterable[str], params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns to be predicted; none chosen takes the last that has no other role."""
    if params.get("targets"):
        return tuple(params["targets"])
    others = {params.get(setting) for setting in SINGLE}
    free = [name for name in names if name not in others]
    return (free[-1],) if free else ()


def roles_of(names: Iterable[str], params: Mapping[str, Any]) -> dict[str, str]:
    """Return the role of every column. One that has another role and is named among those to learn from is so too."""
    names = list(names)
    found = dict.fromkeys(names, IGNORE if params.get("columns") else INPUT)
    found.update(dict.fromkeys((n for n in params.get("columns") or () if n in found), INPUT))
    for setting, role in SINGLE.items():
        name = params.get(setting)
        if name in found:
            found[name] = role
    found.update(dict.fromkeys((n for n in targets_of(names, params) if n in found), TARGET))
    return found


def inputs_of(names: Iterable[str], params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns that are learnt from, in the order of the file or as they were chosen."""
    names = list(names)
    if params.get("columns"):
        targets = targets_of(names, params)
        return tuple(name for name in params["columns"] if name not in targets)
    roles = roles_of(names, params)
    return tuple(name for name in names if roles[name] == INPUT)
