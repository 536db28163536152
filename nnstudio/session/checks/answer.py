"""A question is answered: one of some choices, or a word."""

from __future__ import annotations

from nnstudio.document.errors import EditError
from nnstudio.document.fields import IntField, WordsField
from nnstudio.document.steps import Words, words
from nnstudio.document.text import Message, Quoted, Text, message
from nnstudio.document.values import Choice, Params
from nnstudio.session.checks import CHOICE, WORDS, Check, Facts

# What a choice is, and what is said to who takes it.
SAY, REPLY = "say", "reply"


def _missing(params: Params, facts: Facts) -> Message | None:
    choices, accepted = params["choices"], params["words"]
    if choices:
        if not 0 <= params["right"] < len(choices):
            raise EditError("check.no_right")
        if facts.answer is None:
            return message("check.choose")
        if facts.answer == params["right"]:
            return None
        return _reply(choices, facts.answer)
    if not accepted:
        raise EditError("check.no_right")
    if facts.answer is None:
        return message("check.type_it")
    said = _folded(str(facts.answer))
    if any(said == _folded(text) for given in accepted for text in words(given).said.values()):
        return None
    return message("check.not_it", text=str(facts.answer)[:40])


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").split()).rstrip(".!。")


def _reply(choices: tuple[object, ...], answer: int | str) -> Message:
    """What is said to a wrong answer: its own words where the lesson has some."""
    chosen = choices[answer] if isinstance(answer, int) and 0 <= answer < len(choices) else None
    reply = words(chosen.get(REPLY)) if isinstance(chosen, Params) else words("")
    return message("check.reply", reply=Quoted(reply.said)) if reply else message("check.wrong")


def choice_words(choice: object) -> Words:
    """What a choice says."""
    return words(choice.get(SAY) if isinstance(choice, Params) and SAY in choice else choice)


def choices_in(check: Choice, language: str) -> list[str]:
    """What there is to choose, in a language."""
    given = check.params.get("choices", ())
    return [choice_words(choice)(language) for choice in given] if isinstance(given, tuple) else []


CHECK = Check(
    "answer",
    Text("An answer"),
    _missing,
    (
        WordsField(name="choices", title=Text("Choices"), default=()),
        IntField(name="right", title=Text("The right one, from 0"), default=0, maximum=100),
        WordsField(name="words", title=Text("Words that are right"), default=()),
    ),
    asks=lambda params: CHOICE if params["choices"] else WORDS,
)
