"""A number of a step, of the weights or of a run is what it should be: typed by the student, or read."""

from __future__ import annotations

import re

from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField, FloatField, TextField
from nnstudio.document.numbers import as_number, exact
from nnstudio.document.steps import TOLERANCE
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.engine.figures import is_path, needs_step
from nnstudio.session.checks import NUMBER, Check, Facts

# As many digits as a card shows; an answer rounded to so many is right.
DIGITS = 4
_DECIMAL = re.compile(r"[+-]?(\d*)\.(\d+)(?:[eE]([+-]?\d{1,3}))?")


def _missing(params: Params, facts: Facts) -> Message | None:
    at, tolerance = params["at"], params["tol"]
    if at and not is_path(at):
        raise EditError("check.path", path=at)
    shown = facts.figure(at) if at else None
    wanted = params["value"] if params["value"] is not None else shown
    if at and shown is None:
        return message("check.no_step" if needs_step(at) else "check.no_number")
    assert wanted is not None or not at
    if wanted is None:
        raise EditError("check.no_value")
    if shown is not None and abs(shown - wanted) > tolerance:
        return message("check.other_number", found=exact(shown), wanted=exact(wanted))
    if not params["ask"]:
        return None
    return _typed(facts.answer, wanted, tolerance)


def _typed(answer: int | str | None, wanted: float, tolerance: float) -> Message | None:
    """What is wrong with a number that was typed; in words that help, without telling it."""
    if answer is None:
        return message("check.type_it")
    found = as_number(str(answer))
    if found is None:
        return message("check.no_figure_typed", text=str(answer)[:40])
    # What was rounded by a reader is right as far as it goes, if it goes far enough.
    if abs(found - wanted) <= max(tolerance, 1e-12, _rounding(str(answer), found)):
        return None
    if wanted and abs(found + wanted) <= tolerance:
        return message("check.sign")
    if wanted and abs(found - wanted) <= max(20 * tolerance, abs(wanted) * 0.002):
        return message("check.more_digits")
    return message("check.not_it", text=str(answer)[:40])


def _rounding(text: str, found: float) -> float:
    """Return half of the last place of a decimal with four digits or more: as much as the program itself shows."""
    written = _DECIMAL.fullmatch(text.strip().replace(",", ".").replace("−", "-").replace(" ", ""))
    if written is None or len((written[1] + written[2]).lstrip("0")) < DIGITS or not found:
        return 0.0
    return 0.5000001 * 10.0 ** (int(written[3] or 0) - len(written[2]))


CHECK = Check(
    "number",
    Text("A number"),
    _missing,
    (
        TextField(name="at", title=Text("Figure"), default=""),
        FloatField(name="value", title=Text("Value"), default=None, optional=True, minimum=-1e300, maximum=1e300),
        FloatField(name="tol", title=Text("Tolerance"), default=TOLERANCE, maximum=1e300),
        BoolField(name="ask", title=Text("Typed by the student"), default=False),
    ),
    asks=lambda params: NUMBER if params["ask"] else "",
)
