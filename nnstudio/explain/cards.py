"""What a card says about one moment of a trace, as plain text and numbers; no widget in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.catalog.plugins import FAILURES, anything_brought
from nnstudio.document.numbers import exact
from nnstudio.document.text import RuleText, Said, concat, phrase, render
from nnstudio.engine.trace import Moment, StepRecord, Trace, unit_count
from nnstudio.explain import backward, forward, gates, update
from nnstudio.explain.look import Curve, Look, Matrix, look_at, short, sub, title_of
from nnstudio.explain.parameters import parameter_gradient
from nnstudio.explain.phases import PHASES
from nnstudio.explain.weight_names import unit_called, weight_called

# What a norm's parameters are called in its formulas.
NORM_SIGNS = {"weight": "γ", "bias": "β"}


@dataclass(frozen=True)
class Card:
    """One card: the rule, the rule with this step's numbers, the result, a sentence, and every figure with all its
    digits.

    ``unit`` of ``units`` is looked at, in it the place ``place`` of ``places``. ``checks`` names the gradient that can
    be compared with a finite difference: a value or a parameter, and the place in it; "" where there is none.
    """

    heading: str
    question: str
    rules: tuple[str, ...]
    lines: tuple[str, ...]
    result: str
    result_name: str
    words: str
    matrices: tuple[Matrix, ...]
    unit_name: str
    units: int
    unit: int
    places: int
    place: int
    facts: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    curve: Curve | None
    checks: tuple[str, int]

    def to_plain(self) -> dict[str, Any]:
        """Return what the card says as values that JSON has."""
        tables = [
            {"title": matrix.title, "numbers": matrix.numbers.tolist(), "left_out": list(matrix.left_out)}
            for matrix in self.matrices
        ]
        return {
            "heading": self.heading,
            "question": self.question,
            "words": self.words,
            "rules": list(self.rules),
            "lines": list(self.lines),
            "result_name": self.result_name,
            "result": self.result,
            "facts": [[name, value] for name, value in self.facts],
            "notes": list(self.notes),
            "tables": tables,
        }


def make_card(
    trace: Trace, moment: Moment, unit: int | None = None, place: int | None = None, language: str = "en"
) -> Card:
    """Return the card of a moment in a language; ``unit`` and ``place`` choose the number that is written out."""
    try:
        return _made(trace, moment, unit, place, language)
    except FAILURES:
        step = trace.steps.get(moment.step)
        if step is None or step.form is None or not anything_brought():
            raise
        # An own file may claim a form that its call does not have.
        plain = replace(trace, steps={**trace.steps, step.name: replace(step, form=None)})
        note = phrase("The numbers are not written out: {form} is no form of this call.", form=step.form)
        card = _made(plain, moment, unit, place, language)
        return replace(card, notes=(*card.notes, render(note, language)))


def _made(trace: Trace, moment: Moment, unit: int | None, place: int | None, language: str) -> Card:
    look = look_at(trace, moment, unit, place)
    if moment.phase == "update":
        return _update(look, language)
    if moment.parameter:
        return _parameter(look, language)
    return _backward(look, language) if moment.phase == "backward" else _forward(look, language)


def _update(look: Look, language: str) -> Card:
    trace, name = look.trace, look.moment.parameter
    update.update(look)
    called = _named(look)
    question = (
        phrase("What does {name} become?", name=called)
        if trace.made
        else phrase("What would {name} become?", name=called)
    )
    return _card(look, question, update.rule_lines(trace.parameters[name]), (name, look.unit), language)


def _parameter(look: Look, language: str) -> Card:
    step, path = look.step, look.moment.parameter
    parameter_gradient(look)
    name = look.trace.parameters[path].name
    sign = f"∂E/∂{NORM_SIGNS.get(name, name) if step.form in ('batch_norm', 'norm') else short(name)}".lower()
    rules = _rules(step, forward=False)
    own = tuple(rule for rule in rules if render(rule).lower().startswith(sign))
    return _card(
        look,
        phrase("How much does {name} share in the error?", name=_named(look)),
        own or rules,
        (path, look.unit),
        language,
    )


def _backward(look: Look, language: str) -> Card:
    step, trace = look.step, look.trace
    look.gives(
        f"∂E/∂{step.name}{sub(look.index)}",
        float(trace.of_sample(step.name, trace.gradients[step.name]).reshape(-1)[look.flat]),
    )
    arriving = look.result_name
    look.result_name = ""
    backward.arriving(look)
    backward.BACKWARD.get(step.form or "", backward.generic)(look)
    _in_words(look)
    look.result_name = look.result_name or arriving
    checked = look.handed if look.handed and look.handed not in trace.shares else step.name
    return _card(
        look,
        phrase("How much does {name} share in the error?", name=_title(look)),
        _rules(step, forward=False),
        ("" if step.name in trace.inner else checked, look.flat),
        language,
    )


def _forward(look: Look, language: str) -> Card:
    step = look.step
    look.gives(f"{step.name}{sub(look.index)}", float(look.out[look.index]))
    forward.FORWARD.get(step.form or "", forward.generic)(look)
    _in_words(look)
    if look.moment.phase == "loss" and not look.words:
        look.words = phrase("The loss says in one number how far the prediction is from the target.")
    return _card(
        look,
        phrase("What comes out of {name}?", name=_title(look)),
        (*_rules(step, forward=True), *look.rules),
        ("", 0),
        language,
    )


def _named(look: Look) -> Said:
    """A parameter by its path, and a weight by its name as well."""
    record = look.trace.parameters[look.moment.parameter]
    if record.old.ndim != 2 or not record.name.endswith("weight"):
        return record.path
    row, column = divmod(look.unit, record.old.shape[1])
    return f"{weight_called(look.trace, record.path, row, column)} ({record.path})"


def _title(look: Look) -> Said:
    """What the looked-at operation is called: its node, and inside a recurrent layer its gate."""
    step = look.step
    title = title_of(look, step.node)
    if step.name not in look.trace.inner:
        called = unit_called(look.trace, step.node, look.unit) if look.out.ndim == 1 else ""
        return concat(title, " · ", called) if called else title
    gate = gates.gate_of(step.name)
    return concat(title, " · ", gate.title if gate is not None else step.name)


def _card(look: Look, question: Said, rules: tuple[Said, ...], checks: tuple[str, int], language: str) -> Card:
    trace, moment = look.trace, look.moment

    def said(value: Said) -> str:
        return render(value, language)

    def all_said(values: Iterable[Said]) -> tuple[str, ...]:
        return tuple(said(value) for value in values)

    heading = phrase(
        "Step {step} of {steps} · {phase}", step=moment.index + 1, steps=len(trace.moments), phase=PHASES[moment.phase]
    )
    places = 1 if moment.parameter else int(look.out.size // max(1, len(look.out)))
    notes = list(look.notes)
    node = trace.steps[moment.step].node if moment.step else None
    if node in trace.fused - set(trace.spelled) and not moment.parameter:
        notes.append(
            phrase(
                "This layer is one fused operator. Switch Neurons on to walk through it gate by gate and time step by "
                "time step."
            )
        )
    if node is not None and node in trace.spelled:
        notes.append(
            phrase(
                "Spelled out operation by operation; the fused operator that trains gives the same to {error}.",
                error=f"{trace.spelled[node]:.0e}",
            )
        )
    return Card(
        said(heading),
        said(question),
        all_said(rules),
        all_said(look.lines),
        exact(look.result),
        look.result_name,
        said(look.words),
        tuple(replace(matrix, title=said(matrix.title)) for matrix in look.matrices),
        said(_unit_name(look)),
        unit_count(trace, moment),
        look.unit,
        places,
        look.place,
        tuple((said(name), value) for name, value in look.facts),
        all_said(notes),
        look.curve,
        checks,
    )


def _in_words(look: Look) -> None:
    """Inside a recurrent layer say what the gate is for."""
    gate = gates.gate_of(look.moment.step) if look.moment.step in look.trace.inner else None
    if gate is not None and gate.words:
        look.words = concat(gate.words, " ", look.words)


def _unit_name(look: Look) -> Said:
    """What the units of a moment are."""
    if look.moment.parameter:
        return phrase("Number")
    axes, slides = look.out.ndim, look.step.form in ("convolution", "max_pool", "average_pool")
    if axes == 1:
        return phrase("Neuron")
    if axes == 2 and not slides:
        return phrase("Time step")
    return phrase("Head") if look.step.form in ("product", "shares") else phrase("Channel")


def _rules(step: StepRecord, *, forward: bool) -> tuple[Said, ...]:
    if step.rule is None:
        return (
            (phrase("y = {operation}(x)", operation=step.target.split(".")[-1]),)
            if forward
            else (phrase("chain rule"),)
        )
    return tuple(RuleText(rule) for rule in ((step.rule.forward,) if forward else step.rule.backward))
