"""Runs that differ in a setting were made, and one of them is better than the others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from nnstudio.document.fields import FloatField, IntField, OptionField, TextField
from nnstudio.document.text import Message, Said, Text, message
from nnstudio.document.values import Params
from nnstudio.engine.states import State
from nnstudio.session.checks import Check, Facts
from nnstudio.session.checks.reached import FIGURES
from nnstudio.session.checks.setting import found_setting, node_title, plain, titled

if TYPE_CHECKING:
    from nnstudio.session.run_records import RunRecord


def _value(params: Params, facts: Facts, run: RunRecord) -> str | None:
    try:
        return plain(found_setting(replace(facts, document=run.document), params["node"], params["setting"])[1])
    except KeyError:
        return None


def _named(params: Params, facts: Facts, value: str) -> tuple[Said, Said]:
    """The setting and a value of it, as the form of settings calls them."""
    try:
        field = found_setting(facts, params["node"], params["setting"])[0]
    except KeyError:
        field = None
    return (field.title if field is not None else params["setting"]), titled(field, value)


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
    wanted = params["winner"]
    setting, winner = _named(params, facts, wanted)
    if len(best) < params["runs"]:
        node = node_title(facts, params["node"])
        return message("check.few_runs", setting=setting, node=node, found=len(best), wanted=params["runs"])
    if not wanted:
        return None
    if wanted not in best:
        return message("check.no_winner", setting=setting, wanted=winner)
    others = [value for name, value in best.items() if name != wanted]
    rival = min(others) if low else max(others)
    ahead = rival - best[wanted] if low else best[wanted] - rival
    if ahead > 0 and ahead >= params["by"]:
        return None
    return message("check.not_better", wanted=winner, figure=FIGURES[params["figure"]])


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
