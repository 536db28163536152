"""Cards of what is drawn by chance while a network trains: how a picture was moved, and noise."""

from __future__ import annotations

from nnstudio.document.numbers import number
from nnstudio.document.text import Said, joined, phrase
from nnstudio.explain.look import Look, factor, listed, must_agree, sub


def moves(look: Look) -> None:
    """How this picture is moved, in words."""
    mirrored, right, down, degrees, scale = (float(value) for value in look.out)
    said: list[Said] = []
    if mirrored:
        said.append(phrase("mirrored"))
    if right:
        said.append(phrase("{count} px to the {side}", count=number(abs(right)), side=_side(right > 0)))
    if down:
        said.append(
            phrase("{count} px down", count=number(down)) if down > 0 else phrase("{count} px up", count=number(-down))
        )
    if degrees:
        said.append(
            phrase("turned {angle}° to the {side}", angle=number(abs(degrees)), side=_side(degrees < 0)),
        )
    if scale != 1.0:
        said.append(phrase("{factor} times as large", factor=number(scale)))
    look.say(joined(said, ", ") if said else phrase("as it is"))
    for name, value in zip(("mirrored", "right", "down", "degrees", "scale"), look.out, strict=True):
        look.fact(name, float(value))
    look.words = (
        phrase("Drawn anew for every picture and every epoch; in validation, test and answers nothing is drawn.")
        if drawn(look)
        else phrase("Outside training pictures stay as they are.")
    )


def _side(right: bool) -> Said:
    return phrase("right") if right else phrase("left")


def drawn(look: Look) -> bool:
    """Whether the step is one of training, where chance has its part."""
    return look.trace.origin is None or look.trace.origin.training


def moved(look: Look) -> None:
    """The picture after the move."""
    look.say(listed("x", look.input()))
    look.fact(f"y{sub(look.index)}", float(look.out[look.index]))
    look.words = (
        phrase(
            "Each place takes the number of the place that it came from, or the mean of the four around it, each by "
            "how near it is. What lies outside the picture is as its edge."
        )
        if drawn(look)
        else phrase("Outside training pictures stay as they are.")
    )


def noise(look: Look) -> None:
    """What was added to one number."""
    x, y = float(look.input()[look.index]), float(look.out[look.index])
    if not drawn(look):
        must_agree(x, y)
        look.say(phrase("Outside training nothing is added: y = x = {value}", value=number(y)))
    else:
        spread = float(look.step.options.get("spread", 0.0))
        epsilon = (y - x) / spread if spread else 0.0
        look.say(f"y{sub(look.index)} = {number(x)} + {number(spread)}·{factor(epsilon)} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.words = phrase("A random number is added to each value, drawn anew every time; its mean is 0.")


def moved_back(look: Look) -> None:
    """The gradient goes to where numbers came from."""
    look.words = phrase("Each number's gradient goes back to the places that it came from, by the same shares.")


def moves_back(look: Look) -> None:
    """Nothing learns how pictures are moved."""
    look.words = phrase("How a picture is moved is drawn, not learnt: no gradient goes on from here.")


def noise_back(look: Look) -> None:
    """A sum with a constant."""
    sent = look.gradient(look.step.inputs[0])
    if sent is not None and look.step.inputs[0] not in look.trace.shares:
        look.say(listed("∂E/∂x", sent))
    look.words = phrase("The noise is a constant here: the gradient goes on unchanged.")
