"""A text of one's own, cut into windows of tokens: which token comes next?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.files import MEGABYTE, size_of
from nnstudio.catalog.sources.guesses import decode
from nnstudio.catalog.sources.tokenizing import CHARACTERS, PAIRS, UNKNOWN, WORDS, cutter, make_tokenizer
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np

MAX_BYTES, MOST_NUMBERS, SAMPLE = 20 * MEGABYTE, 20_000_000, 256 * 1024


def _make(params: Params) -> Table:
    path, notes = located(params)
    size_of(path, MAX_BYTES)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    if b"\0" in data[:SAMPLE] and decode(data[:SAMPLE]) != "utf-16":
        raise TrainError("text.no_text", path=path)
    text = data.decode(decode(data[:SAMPLE]), errors="replace").lstrip("\ufeff").replace("\r\n", "\n")
    return _cut(text, params, notes, [text])


def _cut(text: str, params: Params, notes: tuple[Message, ...], learnt: Sequence[str]) -> Table:
    """Return the windows of a text whose tokens are made from what was ``learnt`` from."""
    import numpy as np

    length, step = params["length"], params["step"] or params["length"]
    tokenizer = make_tokenizer(params["cut"], learnt, params["vocabulary"], (text,))
    cut = cutter(tokenizer)
    tokens = np.array(cut.encode(text), dtype=np.int64)
    starts = np.arange(0, len(tokens) - length, step)
    if len(starts) < 2:
        raise TrainError("text.short", path=params["path"], count=len(tokens), wanted=2 * length + 1)
    if len(starts) * length > MOST_NUMBERS:
        raise TrainError("text.many", count=len(starts), high=MOST_NUMBERS // length)
    places = starts[:, None] + np.arange(length)[None, :]
    unknown = cut.names.index(UNKNOWN) if UNKNOWN in cut.names else -1
    found, whole = notes, learnt == [text]
    if lost := int((tokens == unknown).sum()):
        found = (*found, message("text.unseen", count=lost, total=len(tokens), high=params["vocabulary"]))
    left = len(tokens) - int(starts[-1]) - length - 1
    found = (*found, message("text.cut", tokens=len(tokens), kinds=len(cut.names), windows=len(starts), left=left))

    def refit(rows: np.ndarray) -> Table:
        # A window's last token is followed by one that is learnt from as well. Byte pairs that are made anew cut the
        # text at other places: there the border of the part moves by a few tokens.
        windows = [cut.decode([*tokens[places[row]], tokens[places[row][-1] + 1]]) for row in rows]
        return _cut(text, params, notes, windows)

    return Table(
        (),
        tokens[places],
        tokens[places + 1],
        cut.names,
        ("next",),
        axes="T",
        tokens=len(cut.names),
        notes=found,
        tokenizer=tokenizer,
        vocabulary=cut.names,
        refit=refit if whole else None,
    )


ENTRY = Dataset(
    id="text_file",
    title=Text("Text file"),
    help=Text(
        "A text of your own, cut into tokens and windows: at every token the answer is the next one. A network that "
        "knows it can go on writing."
    ),
    fields=(
        file_field(Text("File"), Text("The text to learn from."), patterns="*.txt *.text *.md"),
        OptionField(
            name="cut",
            title=Text("Tokens are"),
            default=CHARACTERS,
            options=(
                (CHARACTERS, Text("characters")),
                (WORDS, Text("words")),
                (PAIRS, Text("byte pairs")),
            ),
            help=Text("Byte pairs are pieces of words that occur often."),
        ),
        IntField(
            name="vocabulary",
            title=Text("Vocabulary"),
            default=200,
            minimum=2,
            maximum=50_000,
            help=Text("At most so many different tokens; the rarest beyond it are unknown."),
        ),
        IntField(
            name="length",
            title=Text("Window"),
            default=32,
            minimum=2,
            maximum=2048,
            help=Text("How many tokens a sample has: so far back the network can see."),
        ),
        IntField(
            name="step",
            title=Text("Step between windows"),
            default=None,
            optional=True,
            empty=Text("as long as a window"),
            minimum=1,
            maximum=2048,
            advanced=True,
            help=Text("Windows that overlap are more samples, and validation then knows part of the training's."),
        ),
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    cuts_text=True,
    order=97,
)
