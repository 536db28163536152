"""Sentences with a label each, from a table: or one for every token: text cut into tokens, filled up to one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.manner_fields import MANNER_FIELDS
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.classes import are_classes, class_numbers, is_number
from nnstudio.catalog.sources.columns import Column, as_text, encode
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import read_table
from nnstudio.catalog.sources.tokenizing import (
    BLANKS,
    CHARACTERS,
    MARKS,
    PAIRS,
    STRANGE,
    WORDS,
    cutter,
    learnt_texts,
    make_tokenizer,
    numbered,
    pieces,
    tag_row,
    tags_of,
)
from nnstudio.catalog.sources.treatments import TOKENS
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_CLASSES = 1000
# So large a share of the texts has a label for every token, where they have.
FIT = 0.9


def _make(params: Params) -> Table:
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
    texts, labels = [as_text(cell) for cell in kept[text]], [as_text(cell) for cell in kept[label]]
    cut_by, turned = _cut_of_labels(texts, labels, params["told"], bool(params["text"] or params["label"]))
    if turned:
        # Labels are often longer than what they belong to, but of few kinds.
        text, label, texts, labels = label, text, labels, texts
    if cut_by:
        fits = [bool(tags_of(tags, len(pieces(cut_by, one)))) for one, tags in zip(texts, labels, strict=True)]
        if not all(fits):
            notes = (*notes, message("text.tags_differ", count=fits.count(False)))
            kept = kept[fits]
            texts, labels = ([one for one, fit in zip(each, fits, strict=True) if fit] for each in (texts, labels))
        notes = (*notes, message("text.tags_blanks" if cut_by == BLANKS else "text.tags_letters"))
    elif params["told"] == "tokens":
        raise TrainError("text.no_tags", column=label)
    found = _Sentences(text, label, tuple(texts), tuple(labels), kept, cut_by or params["cut"], bool(cut_by))
    classes, y = found.targets(params)
    return found.table(params, classes, y, notes, None)


@dataclass(frozen=True)
class _Sentences:
    """The texts and labels that are learnt from; with ``tags`` every token has one."""

    text: str
    label: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    frame: pd.DataFrame
    cut_by: str
    tags: bool

    def targets(self, params: Params) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names of the classes with their numbers, or () with values (rows, 1)."""
        import numpy as np

        if self.tags:
            counts = [len(pieces(self.cut_by, one)) for one in self.texts]
            tags = (tag for tags, count in zip(self.labels, counts, strict=True) for tag in tags_of(tags, count))
            classes = tuple(sorted(set(tags)))
            _check_classes(classes, self.label)
            order = {name: place for place, name in enumerate(classes)}
            each = zip(self.labels, counts, strict=True)
            return classes, np.array([tag_row(tags, n, order, params["length"]) for tags, n in each], dtype=np.int64)
        if are_classes(self.frame[self.label], "auto"):
            classes, y = class_numbers(self.frame[self.label])
            _check_classes(classes, self.label)
            return classes, y
        return (), self.frame[[self.label]].to_numpy(dtype=np.float64)

    def table(
        self,
        params: Params,
        classes: tuple[str, ...],
        y: np.ndarray,
        notes: tuple[Message, ...],
        training: np.ndarray | None,
    ) -> Table:
        """Return the table whose tokens are made from the texts of the ``training`` part, or from all."""
        import numpy as np

        said, length = notes, params["length"]
        tokenizer = make_tokenizer(self.cut_by, learnt_texts(self.texts, training), params["vocabulary"])
        column = Column(self.text, kind=TOKENS, form=tokenizer, width=length)
        names = cutter(tokenizer).names
        tokens = [numbered(tokenizer, one) for one in self.texts]
        notes = (*notes, message("text.sentences", kinds=len(names), length=length))
        if long := sum(len(each) > length for each in tokens):
            notes = (*notes, message("text.cut_off", count=long, length=length))
        if strange := sum(each.count(STRANGE) for each in tokens):
            total = sum(map(len, tokens))
            notes = (*notes, message("text.unseen", count=strange, total=total, high=params["vocabulary"]))
        vocabulary = (*MARKS, *names)
        return Table(
            (),
            encode(self.frame, (column,)).astype(np.int64),
            y,
            classes,
            (self.label,),
            "T",
            tokens=len(vocabulary),
            notes=notes,
            recipe=(column,),
            vocabulary=vocabulary,
            refit=(lambda rows: self.table(params, classes, y, said, rows)) if training is None else None,
        )


def _check_classes(classes: Sequence[str], label: str) -> None:
    if len(classes) < 2:
        raise TrainError("data.one_class", column=label)
    if len(classes) > MOST_CLASSES:
        raise TrainError("data.too_many_classes", column=label, count=len(classes))


def _cut_of_labels(texts: Sequence[str], labels: Sequence[str], told: str, said: bool) -> tuple[str, bool]:
    """How texts are cut so that nearly every one has as many tokens as labels, "" where there is no such way, and
    whether it is the labels that are the texts, as long as it is not ``said`` which are. Labels are of few kinds.
    """
    found: list[tuple[int, str, bool]] = []
    for kind in () if told == "text" else (BLANKS, CHARACTERS):
        for turned in (False,) if said else (False, True):
            ways = (labels, texts) if turned else (texts, labels)
            counts = [len(pieces(kind, text)) for text in ways[0]]
            tags = [tags_of(label, count) for label, count in zip(ways[1], counts, strict=True)]
            fits = sum(map(bool, tags))
            # Texts of one token say nothing.
            if sum(counts) > 1.5 * len(counts) and fits >= (0.5 if told == "tokens" else FIT) * len(counts):
                found.append((len({tag for each in tags for tag in each}), kind, turned))
    return min(found, key=lambda one: one[0])[1:] if found else ("", False)


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
            name="told",
            title=Text("Labels are"),
            default="auto",
            options=(
                ("auto", Text("found out")),
                ("text", Text("of the whole text")),
                ("tokens", Text("of every token")),
            ),
            help=Text("Of every token: as many labels as tokens, parted by blanks, or a letter for each."),
        ),
        OptionField(
            name="cut",
            title=Text("Tokens are"),
            default=CHARACTERS,
            options=(
                (CHARACTERS, Text("characters")),
                (BLANKS, Text("what stands between blanks")),
                (WORDS, Text("words")),
                (PAIRS, Text("byte pairs")),
            ),
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
    cuts_text=True,
    order=98,
)
