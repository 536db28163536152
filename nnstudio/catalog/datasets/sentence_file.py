"""Sentences with a label each, from a table: text cut into tokens, filled up to one length."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.manner_fields import MANNER_FIELDS
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.classes import are_classes, class_numbers, is_number
from nnstudio.catalog.sources.columns import Column, as_text, encode
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import read_table
from nnstudio.catalog.sources.tokenizing import CHARACTERS, MARKS, PAIRS, STRANGE, WORDS, cutter, make_tokenizer
from nnstudio.catalog.sources.treatments import TOKENS
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params

MOST_CLASSES = 1000


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    read = read_table(path, Manner.of(params))
    frame, notes = read.frame, (*notes, *read.notes)
    names = [str(name) for name in frame.columns]
    absent = [params[key] for key in ("text", "label") if params[key] and params[key] not in names]
    if absent:
        raise TrainError("data.no_column", columns=", ".join(absent), there=", ".join(names[:12]))
    lengths = {
        name: float(frame[name].dropna().map(lambda cell: len(as_text(cell))).mean() or 0.0)
        for name in names
        if not is_number(frame[name]) and name != params["label"]
    }
    text = params["text"] or max(lengths, key=lambda name: lengths[name], default="")
    label = params["label"] or next((name for name in reversed(names) if name != text), "")
    if not text or not label or text in read.crowded:
        raise TrainError("text.no_columns")
    kept = frame.dropna(subset=[label, text])
    if len(kept) < len(frame):
        notes = (*notes, message("data.dropped", count=len(frame) - len(kept), rows=len(frame)))
    if not len(kept):
        raise TrainError("data.nothing_left")
    texts = [as_text(cell) for cell in kept[text]]
    tokenizer = make_tokenizer(params["cut"], texts, params["vocabulary"])
    column = Column(text, kind=TOKENS, form=tokenizer, width=params["length"])
    x = encode(kept, (column,)).astype(np.int64)
    cut = cutter(tokenizer)
    vocabulary = (*MARKS, *cut.names)
    long = sum(len(cut.encode(one)) > params["length"] for one in texts)
    notes = (*notes, message("text.sentences", kinds=len(cut.names), length=params["length"]))
    if long:
        notes = (*notes, message("text.cut_off", count=long, length=params["length"]))
    if (strange := int((x == STRANGE).sum())) > 0:
        notes = (*notes, message("text.unknown", count=strange, total=int((x > 0).sum()), high=params["vocabulary"]))
    whole = Table(
        (),
        x,
        np.zeros((len(x), 1)),
        (),
        (label,),
        "T",
        tokens=len(vocabulary),
        notes=notes,
        recipe=(column,),
        vocabulary=vocabulary,
    )
    from dataclasses import replace

    if are_classes(kept[label], "auto"):
        classes, y = class_numbers(kept[label])
        if len(classes) < 2:
            raise TrainError("data.one_class", column=label)
        if len(classes) > MOST_CLASSES:
            raise TrainError("data.too_many_classes", column=label, count=len(classes))
        return replace(whole, y=y, classes=classes)
    return replace(whole, y=kept[[label]].to_numpy(dtype=np.float64))


ENTRY = Dataset(
    id="sentence_file",
    title=Text("Sentences with labels"),
    help=Text(
        "A table with a column of text and one of labels: the text is cut into tokens and filled up to one length in "
        "front, so that the last token is the last word."
    ),
    fields=(
        file_field(
            Text("File"),
            Text("The table to learn from."),
            patterns="*.csv *.tsv *.txt *.xlsx *.xlsm *.parquet *.sqlite",
        ),
        TextField(
            name="text",
            title=Text("Text column"),
            default="",
            maximum=4096,
            kind="column",
            help=Text("Empty takes the column with the longest texts."),
        ),
        TextField(
            name="label",
            title=Text("Label column"),
            default="",
            maximum=4096,
            kind="column",
            help=Text("Empty takes the last of the other columns."),
        ),
        OptionField(
            name="cut",
            title=Text("Tokens are"),
            default=CHARACTERS,
            options=((CHARACTERS, Text("characters")), (WORDS, Text("words")), (PAIRS, Text("byte pairs"))),
            help=Text("Byte pairs are pieces of words that occur often."),
        ),
        IntField(
            name="vocabulary",
            title=Text("Vocabulary"),
            default=1000,
            minimum=2,
            maximum=50_000,
            help=Text("At most so many different tokens; the rarest beyond it are unknown."),
        ),
        IntField(
            name="length",
            title=Text("Length"),
            default=32,
            minimum=2,
            maximum=2048,
            help=Text("Tokens of each sample: longer texts lose their beginning, shorter ones are filled up in front."),
        ),
        *MANNER_FIELDS,
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    order=98,
)
