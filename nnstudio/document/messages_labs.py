"""Sentences about surfaces and readings, by key."""

from __future__ import annotations

LABS: dict[str, str] = {
    "formula.unreadable": "{text} is no expression of x and y. Write for example x**2 + 3*y**2, with + − * / ** and sqrt, exp, log, sin, cos, tanh, abs.",
    "formula.name": "There is no {name} in {text}: write it with x and y, and sqrt, exp, log, sin, cos, tanh, abs.",
    "formula.power": "A power has a number on top: x**2. For another write exp(y*log(x)).",
    "formula.constant": "{text} is the same everywhere: there is no x or y in it.",
    "formula.infinite": "{text} holds a number that is infinite or does not exist, such as log(-1) or 1e400.",
    "formula.long": "The expression is too long: it has more than {high} operations.",
    "formula.two": "The formula takes two numbers; the layer before gives {count}. Give it two units.",
    "fitted.setting": "These weights learnt from data prepared otherwise ({setting} was {then}, now it is {now}). Answers are prepared as it was then; Run trains anew.",
    "fitted.rows": "These weights are of other data: it had {then} rows, now it has {now}. Answers are prepared as it was then; Run trains anew.",
    "fitted.values": "These weights are of other data: numbers in it have changed. Answers are prepared as it was then; Run trains anew.",
    "fitted.gone": "The data of this network cannot be read. Answers are prepared as it was when the weights were trained.",
    "race.not_two": "This network has {count} weights. A race is drawn over two: take a surface, or one neuron with one input.",
    "race.errors": "This network cannot be trained yet: {why}",
    "race.own_rates": "Layers of this network have an optimizer, a schedule or a rate of their own: a race changes that of the whole network alone. Set theirs back to “as the network”.",
    "race.failed": "{name} cannot run here: {detail}",
    "scratch.unknown": "{name} ({what}) is not written out in NumPy. What is: Linear, batch norm on rows, activations, softmax, joins, and losses of numbers and classes.",
    "scratch.differs": "Written out in NumPy this network would compute something else ({what}): values of unlike shapes are joined, or a norm goes over more than rows. Export PyTorch.",
    "scratch.rule": "The rule of {name} is not written out in NumPy. Choose another optimizer.",
    "scratch.data": "Only networks with one input of numbers and one target are written out in NumPy: no tokens, no graphs.",
    "scratch.extras": "Patience, mixed precision, gradient accumulation, own files, and layers with a rate beside a schedule are not written out in NumPy. Take them out, or export PyTorch.",
    "scratch.plateau": "A schedule that waits for a plateau hangs on how the training goes and is not written out in NumPy. Choose another.",
}
