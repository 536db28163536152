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
    "scratch.unknown": "{name} ({what}) is not written out in NumPy. What is: Linear, batch norm on rows, activations, softmax, joins, and losses of numbers and classes.",
    "scratch.rule": "The rule of {name} is not written out in NumPy. Choose another optimizer.",
    "scratch.data": "Only networks with one input of numbers and one target are written out in NumPy: no tokens, no graphs.",
    "scratch.extras": "Patience, mixed precision, gradient accumulation, own files, and layers with a rate beside a schedule are not written out in NumPy. Take them out, or export PyTorch.",
    "scratch.plateau": "A schedule that waits for a plateau hangs on how the training goes and is not written out in NumPy. Choose another.",
}
