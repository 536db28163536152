"""Sentences about surfaces and readings, by key."""

from __future__ import annotations

LABS: dict[str, str] = {
    "formula.unreadable": "{text} is no expression of x and y. Write for example x**2 + 3*y**2, with + − * / ** and sqrt, exp, log, sin, cos, tanh, abs.",
    "formula.name": "There is no {name} in {text}: write it with x and y, and sqrt, exp, log, sin, cos, tanh, abs.",
    "formula.power": "A power has a number on top: x**2. For another write exp(y*log(x)).",
    "formula.constant": "{text} is the same everywhere: there is no x or y in it.",
    "formula.long": "The expression is too long: it has more than {high} operations.",
    "formula.two": "The formula takes two numbers; the layer before gives {count}. Give it two units.",
    "race.not_two": "This network has {count} weights. A race is drawn over two: take a surface, or one neuron with one input.",
    "race.errors": "This network cannot be trained yet: {why}",
    "race.failed": "{name} cannot run here: {detail}",
}
