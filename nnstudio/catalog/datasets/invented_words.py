"""Words of an invented language, letter by letter: which letter comes next?"""

from __future__ import annotations

import json

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params

EDGE = "·"
# Both vowels of a word are of one row, and its last letter is the partner of its first.
VOWELS = ("ei", "aou")
PARTNERS = {"b": "p", "d": "t", "g": "k", "m": "n", "v": "f", "z": "s", "l": "r"}
MIDDLE = "bdgklmnprstvz"
LETTERS = "".join(sorted(set("".join((*VOWELS, MIDDLE, *PARTNERS, *PARTNERS.values())))))


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    names = (EDGE, *LETTERS)
    places = {name: place for place, name in enumerate(names)}
    firsts = tuple(PARTNERS)
    tokens = np.zeros((params["points"], 7), dtype=np.int64)
    for row in range(params["points"]):
        first, vowels = firsts[int(draw.integers(len(firsts)))], VOWELS[int(draw.integers(2))]
        one, two = (vowels[int(draw.integers(len(vowels)))] for _ in range(2))
        word = first + one + MIDDLE[int(draw.integers(len(MIDDLE)))] + two + PARTNERS[first]
        tokens[row, 1:6] = [places[letter] for letter in word]
    tokenizer = json.dumps({"kind": "characters", "tokens": list(names)}, ensure_ascii=False)
    return Table(
        (),
        tokens[:, :6].copy(),
        tokens[:, 1:].copy(),
        names,
        ("next",),
        axes="T",
        tokens=len(names),
        tokenizer=tokenizer,
        vocabulary=names,
    )


ENTRY = Dataset(
    id="invented_words",
    title=Text("Words of an invented language"),
    help=Text(
        "Words of five letters that follow rules: both vowels are of one kind, the last letter goes with the first. "
        "The answer at every letter is the next one; who only counts pairs or triples of letters cannot know the rules."
    ),
    fields=(points(2000), SEED),
    make=_make,
    order=72,
)
