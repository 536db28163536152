"""Runs that differ in a setting were made, and one of them is better than the others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from nnstudio.document.fields import FloatField, IntField, OptionField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.engine.states import State
from nnstudio.session.checks import Check, Facts
from nnstudio.session.checks.reached import FIGURES
from nnstudio.session.checks.setting import found_setting, plain

if TYPE_CHECKING:
    from nnstudio.session.run_records import RunRecord


def _value(params: Params, facts: Facts, run: RunRecord) -> str | None:
    try:
        return plain(found_setting(replace(facts, document=run.document), params["node"], params["setting"]))
    except KeyError:
        return None


def _missing(params: Params, facts: Facts) -> Message | None:
    low = params["better"] == "lower"
    best: dict[str, float] = {}
    for run in facts.runs:
        value, figure = _value(params, facts, run), run.final(params["figure"])
        if value is None or not run.over or run.epochs < params["epochs"]:
            continue
        if run.state is State.FAILED or math.isnan(figure):
            figure = math.inf if low else -math.inf
        known = best.get(value, math.inf if low else -math.inf)
        best[value] = min(known, figure) if low else max(known, figure)
    if len(best) < params["runs"]:
        return message(
            "check.few_runs", setting=params["setting"], node=params["node"], found=len(best), wanted=params["runs"]
        )
    wanted = params["winner"]
    if not wanted:
        return None
    if wanted not in best:
        return message("check.no_winner", setting=params["setting"], wanted=wanted)
    others = [value for name, value in best.items() if name != wanted]
    rival = min(others) if low else max(others)
    ahead = rival - best[wanted] if low else best[wanted] - rival
    if ahead > 0 and ahead >= params["by"]:
        return None
    return message("check.not_better", wanted=wanted, figure=FIGURES[params["figure"]])


CHECK = Check(
    "compared",
    Text("Runs compared"),
    _missing,
    (
        TextField(name="node", title=Text("Node"), default=""),
        TextField(name="setting", title=Text("Setting"), default=""),
        IntField(name="runs", title=Text("Values at least"), default=2, minimum=2, maximum=100),
        IntField(name="epochs", title=Text("Epochs at least"), default=1),
        OptionField(name="figure", title=Text("Figure"), default="train_loss", options=tuple(FIGURES.items())),
        OptionField(
            name="better",
            title=Text("Better is"),
            default="lower",
            options=(("lower", Text("lower")), ("higher", Text("higher"))),
        ),
        TextField(name="winner", title=Text("The best value"), default=""),
        FloatField(name="by", title=Text("Better by at least"), default=0.0, minimum=0.0),
    ),
)
