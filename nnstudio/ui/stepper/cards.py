"""What a card says about one moment of a trace, as plain text and numbers; no widget in here."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.document.languages import rule_in_language
from nnstudio.engine.trace import Moment, StepRecord, Trace, unit_count
from nnstudio.ui.stepper import backward, forward, gates, update
from nnstudio.ui.stepper.look import Curve, Look, Matrix, look_at, short, sub, title_of
from nnstudio.ui.stepper.phases import PHASES
from nnstudio.ui.texts import exact, language, tr, words

# What a norm's parameters are called in its formulas.
NORM_SIGNS = {"weight": "γ", "bias": "β"}


@dataclass(frozen=True)
class Card:
    """One card: the rule, the rule with this step's numbers, the result, a sentence, and every figure with all its digits.

    ``unit`` of ``units`` is looked at, in it the place ``place`` of ``places``. ``checks`` names the gradient that can be
    compared with a finite difference: a value or a parameter, and the place in it; "" where there is none.
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


def make_card(trace: Trace, moment: Moment, unit: int | None = None, place: int | None = None) -> Card:
    """Return the card of a moment; ``unit`` and ``place`` choose the number that is written out."""
    look = look_at(trace, moment, unit, place)
    if moment.phase == "update":
        update.update(look)
        question = tr("What does {name} become?", name=moment.parameter) if trace.made else tr("What would {name} become?", name=moment.parameter)
        return _card(look, question, update.rule_lines(trace.parameters[moment.parameter]), (moment.parameter, look.unit))
    step, title = look.step, title_of(look, trace.steps[moment.step].node)
    if step.name in trace.inner:
        gate = gates.gate_of(step.name)
        title = f"{title} · {gate.title}" if gate is not None else f"{title} · {step.name}"
    if moment.parameter:
        backward.parameter_gradient(look)
        name = trace.parameters[moment.parameter].name
        sign = f"∂E/∂{NORM_SIGNS.get(name, name) if step.form in ('batch_norm', 'norm') else short(name)}".lower()
        rules = _rules(step, forward=False)
        own = tuple(rule for rule in rules if rule.lower().startswith(sign))
        return _card(look, tr("How much does {name} share in the error?", name=moment.parameter), own or rules, (moment.parameter, look.unit))
    if moment.phase == "backward":
        look.gives(f"∂E/∂{step.name}{sub(look.index)}", float(trace.of_sample(step.name, trace.gradients[step.name]).reshape(-1)[look.flat]))
        arriving = look.result_name
        look.result_name = ""
        backward.arriving(look)
        backward.BACKWARD.get(step.form or "", backward.generic)(look)
        _in_words(look)
        look.result_name = look.result_name or arriving
        checked = look.handed if look.handed and look.handed not in trace.shares else step.name
        return _card(look, tr("How much does {name} share in the error?", name=title), _rules(step, forward=False),
                     ("" if step.name in trace.inner else checked, look.flat))
    look.gives(f"{step.name}{sub(look.index)}", float(look.out[look.index]))
    forward.FORWARD.get(step.form or "", forward.generic)(look)
    _in_words(look)
    if moment.phase == "loss" and not look.words:
        look.words = tr("The loss says in one number how far the prediction is from the target.")
    return _card(look, tr("What comes out of {name}?", name=title), _rules(step, forward=True), ("", 0))


def _card(look: Look, question: str, rules: tuple[str, ...], checks: tuple[str, int]) -> Card:
    trace, moment = look.trace, look.moment
    heading = tr("Step {step} of {steps} · {phase}", step=moment.index + 1, steps=len(trace.moments), phase=words(PHASES[moment.phase]))
    places = 1 if moment.parameter else int(look.out.size // max(1, len(look.out)))
    notes = list(look.notes)
    if moment.step and trace.steps[moment.step].node in trace.fused - set(trace.spelled) and not moment.parameter:
        notes.append(tr("This layer is one fused operator. Switch Neurons on to walk through it gate by gate and time step by time step."))
    if moment.step and moment.step != "" and trace.steps[moment.step].node in trace.spelled:
        notes.append(tr("Spelled out operation by operation; the fused operator that trains gives the same to {error}.",
                        error=f"{trace.spelled[trace.steps[moment.step].node]:.0e}"))
    return Card(heading, question, rules, tuple(look.lines), exact(look.result), look.result_name, look.words, tuple(look.matrices), _unit_name(look), unit_count(trace, moment),
                look.unit, places, look.place, tuple(look.facts), tuple(notes), look.curve, checks)


def _in_words(look: Look) -> None:
    """Inside a recurrent layer say what the gate is for."""
    gate = gates.gate_of(look.moment.step) if look.moment.step in look.trace.inner else None
    if gate is not None and gate.words:
        look.words = f"{gate.words} {look.words}"


def _unit_name(look: Look) -> str:
    """What the units of a moment are."""
    if look.moment.parameter:
        return tr("Number")
    axes, slides = look.out.ndim, look.step.form in ("convolution", "max_pool", "average_pool")
    if axes == 1:
        return tr("Neuron")
    if axes == 2 and not slides:
        return tr("Time step")
    return tr("Head") if look.step.form in ("product", "shares") else tr("Channel")


def _rules(step: StepRecord, *, forward: bool) -> tuple[str, ...]:
    if step.rule is None:
        return (tr("y = {operation}(x)", operation=step.target.split(".")[-1]),) if forward else (tr("chain rule"),)
    return tuple(rule_in_language(rule, language()) for rule in ((step.rule.forward,) if forward else step.rule.backward))
