"""What was fitted, as plain values for files; a file may be anyone's, so it is read strictly."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np

from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.date_forms import FORMS
from nnstudio.catalog.sources.dates import PARTS
from nnstudio.catalog.sources.sides import COLOUR, GREY, MOST_SIDE
from nnstudio.catalog.sources.tokenizing import cutter
from nnstudio.catalog.sources.treatments import DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS
from nnstudio.document.errors import TrainError
from nnstudio.engine.fitted import BEFORE, MANNER, MOST_EXAMPLE, MOST_SIZE, SETTINGS, Fitted
from nnstudio.engine.runtime.scaling import Scaler


def to_plain(known: Fitted) -> dict[str, Any]:
    """Return it as JSON values."""
    return {
        "shape": list(known.shape),
        "columns": [_column_plain(column) for column in known.columns],
        "recipe": known.recipe,
        "tokens": known.tokens,
        "pixels": known.pixels,
        "low": known.low,
        "top": known.top,
        "fill": list(known.fill) if isinstance(known.fill, tuple) else known.fill,
        "scaler": _scaler_plain(known.scaler),
        "unit": _scaler_plain(known.unit),
        "classes": list(known.classes),
        "targets": list(known.targets),
        "rows": known.rows,
        "mark": known.mark,
        "axes": known.axes,
        "labels": known.labels,
        "example": [v if math.isfinite(v) else None for v in known.example],
        "settings": {name: list(v) if isinstance(v, tuple) else v for name, v in known.settings.items()},
        "manner": dict(known.manner),
        **({"steps": list(known.steps)} if known.steps else {}),
        **({"tokenizer": known.tokenizer} if known.tokenizer else {}),
    }


def _column_plain(column: Column) -> dict[str, Any]:
    """A column by what is not usual of it."""
    plain: dict[str, Any] = {"name": column.name, "categories": list(column.categories)}
    if column.kind:
        plain["kind"] = column.kind
    if column.parts:
        plain |= {"parts": list(column.parts), "form": column.form}
    if column.width:
        plain |= {"form": column.form, "width": column.width}
    return plain


def _column(plain: Any) -> Column:
    """Read it strictly: what new rows become goes by it."""
    kind, parts = _text(plain.get("kind", "")), tuple(map(_text, plain.get("parts", ())))
    if kind == TOKENS:
        width = _whole(plain["width"])
        if width > MOST_EXAMPLE or plain["categories"] or parts:
            raise ValueError(kind)
        return Column(_text(plain["name"]), (), kind, (), _tokenizer(plain["form"]), width)
    if kind == PICTURE:
        form, width = _text(plain["form"]), _whole(plain["width"])
        if form not in (COLOUR, GREY) or width > MOST_SIDE or plain["categories"] or parts:
            raise ValueError(kind)
        return Column(_text(plain["name"]), (), kind, (), form, width)
    column = Column(
        _text(plain["name"]), tuple(map(_text, plain["categories"])), kind, parts, _text(plain.get("form", ""))
    )
    texts = kind in (ORDERED, FLAG, EMBED)
    if kind not in ("", LOG, ORDERED, FLAG, DATE, EMBED) or not set(parts) <= set(PARTS):
        raise ValueError(kind)
    if (texts != bool(column.categories) and kind) or (kind == DATE) != bool(parts) or column.form not in ("", *FORMS):
        raise ValueError(column.name)
    return column


def _words(value: Any, most: int) -> str | tuple[str, ...]:
    """One word, or one for each of some features."""
    if isinstance(value, list):
        if len(value) != most:
            raise ValueError(value)
        return tuple(map(_text, value))
    return _text(value)


def _scaler_plain(scaler: Scaler | None) -> dict[str, Any] | None:
    if scaler is None:
        return None
    found: dict[str, Any] = {}
    for name in ("fill", "shift", "spread"):
        array = getattr(scaler, name)
        if array is None:
            found[name] = None
            continue
        # A fill value that there is none of.
        values = [v if math.isfinite(v) else None for v in array.reshape(-1).tolist()]
        found[name] = {"shape": list(array.shape), "values": values}
    return found


def from_plain(plain: Any) -> Fitted | None:
    """Read it; a file may be anyone's: None where it is not whole."""
    try:
        shape = tuple(_whole(n) for n in plain["shape"])
        if math.prod(shape) > MOST_SIZE:
            return None
        columns = tuple(map(_column, plain["columns"]))
        features = sum(column.size for column in columns)
        # Of a sequence every step has the columns.
        if plain["recipe"] and (len(shape) not in (1, 2) or features != shape[-1]):
            return None
        classes, targets = tuple(map(_text, plain["classes"])), tuple(map(_text, plain["targets"]))
        unit = _scaler(plain["unit"], (1, len(targets)))
        settings = {name: plain["settings"].get(name, BEFORE.get(name)) for name in SETTINGS}
        settings["scaling"] = _words(settings["scaling"], features)
        if not all(isinstance(value, str | int | float | tuple) for value in settings.values()):
            return None
        if plain.get("steps") and plain.get("tokenizer"):
            with contextlib.suppress(TrainError):
                if not len(cutter(plain["tokenizer"]).names) == plain["tokens"] == len(classes):
                    return None
        return Fitted(
            shape,
            columns,
            bool(plain["recipe"]),
            _whole(plain["tokens"], 0),
            bool(plain["pixels"]),
            _number(plain["low"]),
            _number(plain["top"]),
            _words(plain["fill"], features),
            _scaler(plain["scaler"], (1, *shape)),
            unit,
            classes,
            targets,
            _whole(plain["rows"], 0),
            _text(plain["mark"]),
            _text(plain["axes"]),
            _text(plain["labels"]),
            tuple(math.nan if v is None else _number(v) for v in plain["example"]),
            settings,
            {name: _text(value) for name, value in plain["manner"].items() if name in MANNER},
            _steps(plain.get("steps", ()), shape),
            _tokenizer(plain.get("tokenizer", "")),
        )
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
        return None


def _whole(value: Any, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 2**40:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise ValueError(value)
    return value


def _steps(plain: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """How many steps of a sample have a class each: all of them, or none."""
    found = tuple(_whole(n) for n in plain)
    if found not in ((), shape[:1]):
        raise ValueError(plain)
    return found


def _tokenizer(plain: Any) -> str:
    if not isinstance(plain, str):
        raise ValueError(plain)
    if plain:
        with contextlib.suppress(TrainError):
            # A library that is missing here is no fault of the file.
            cutter(plain)
    return plain


def _scaler(plain: Any, whole: tuple[int, ...]) -> Scaler | None:
    if plain is None:
        return None
    found: dict[str, np.ndarray | None] = {}
    for name in ("fill", "shift", "spread"):
        part = plain[name]
        if part is None and name == "fill":
            found[name] = None
            continue
        holes = name == "fill"
        values = [math.nan if v is None and holes else _number(v) for v in part["values"]]
        array = np.array(values).reshape([_whole(n) for n in part["shape"]])
        # It has to go over every sample: as long as the sample's axes, or 1.
        np.broadcast_shapes(array.shape, whole)
        if array.ndim != len(whole) or any(a not in (1, b) for a, b in zip(array.shape, whole, strict=True)):
            raise ValueError(name)
        found[name] = array
    shift, spread = found["shift"], found["spread"]
    if shift is None or spread is None or not (spread > 0).all():
        raise ValueError("spread")
    return Scaler(found["fill"], shift, spread)
