"""Cut text into tokens: characters, pieces between blanks, words or byte pairs. A tokenizer is a JSON text, so that it
can be kept and sent.

Words and byte pairs are made by the ``tokenizers`` library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from nnstudio.document.errors import TrainError

CHARACTERS, WORDS, PAIRS, BLANKS = KINDS = ("characters", "words", "pairs", "blanks")
# What stands for a token that was not there when the tokenizer was made.
UNKNOWN = "�"
MOST_TOKENS, MOST_JSON = 50_000, 20_000_000


def make_tokenizer(kind: str, texts: Sequence[str], size: int, others: Sequence[str] = ()) -> str:
    """Return a tokenizer made from texts, with at most ``size`` tokens; the rarest characters are unknown, and what is
    in ``others`` alone.

    Raises:
        TrainError: the library that makes words or byte pairs is missing.
    """
    if kind in (CHARACTERS, BLANKS):
        from collections import Counter

        counts = Counter(piece for text in texts for piece in pieces(kind, text))
        # A text may hold the sign for what is unknown: it is no token beside itself.
        marked = counts.pop(UNKNOWN, 0) > 0
        kept = sorted(letter for letter, _ in counts.most_common(size))
        strange = marked or len(kept) < len(counts)
        strange = strange or any(piece not in counts for text in others for piece in pieces(kind, text))
        unknown = [UNKNOWN] if strange else []
        return json.dumps({"kind": kind, "tokens": [*kept, *unknown]}, ensure_ascii=False)
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    except ImportError:
        raise TrainError("text.no_tokenizers") from None
    if kind == WORDS:
        made = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer: Any = trainers.WordLevelTrainer(vocab_size=size, special_tokens=[UNKNOWN], show_progress=False)
    else:
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=max(size, 256), initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(texts, trainer)
    return json.dumps({"kind": kind, "json": made.to_str()}, ensure_ascii=False)


def pieces(kind: str, text: str) -> Sequence[str]:
    """Return a text in pieces: its characters, or what stands between blanks."""
    return text.split() if kind == BLANKS else text


def tags_of(label: str, count: int) -> list[str]:
    """Return the labels of so many tokens: parted by blanks, or a letter each; [] where they are not as many."""
    parts = label.split()
    letters = parts if len(parts) == count else list("".join(parts))
    return letters if len(letters) == count else []


def tag_row(label: str, count: int, order: Mapping[str, int], width: int) -> list[int]:
    """Return the classes of the last ``width`` of so many tokens, with -1 in front; an unknown label is -1 as well."""
    found = [order.get(tag, -1) for tag in tags_of(label, count)][-width:]
    return [-1] * (width - len(found)) + found


class Cutter:
    """A tokenizer that was read: text to numbers and back."""

    def __init__(self, plain: str) -> None:
        """Raises ValueError where it is no tokenizer."""
        if len(plain) > MOST_JSON:
            raise ValueError("too large")
        try:
            found = json.loads(plain)
        except RecursionError:
            raise ValueError("too deeply nested") from None
        if not isinstance(found, dict):
            raise ValueError("no tokenizer")
        self.kind = str(found.get("kind"))
        self._made: Any = None
        if self.kind in (CHARACTERS, BLANKS):
            names = found.get("tokens")
            if (
                not isinstance(names, list)
                or not names
                or len(names) > MOST_TOKENS
                or not all(isinstance(n, str) and len(pieces(self.kind, n)) == 1 for n in names)
            ):
                raise ValueError("no characters or pieces")
            self.names = tuple(names)
            self.places = {name: place for place, name in enumerate(names)}
        elif self.kind in (WORDS, PAIRS):
            try:
                from tokenizers import Tokenizer
            except ImportError:
                raise TrainError("text.no_tokenizers") from None
            try:
                self._made = Tokenizer.from_str(str(found.get("json")))
                # Filling up and cutting off is done here; a file could ask for any length.
                self._made.no_padding()
                self._made.no_truncation()
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                # The library raises bare exceptions, and what it panics with is no Exception.
                raise ValueError(str(error)) from None
            count = self._made.get_vocab_size()
            if not 0 < count <= MOST_TOKENS:
                raise ValueError("no tokens, or too many")
            self.names = tuple(self._shown(self._made.id_to_token(n) or "") for n in range(count))
        else:
            raise ValueError(self.kind)

    def _shown(self, token: str) -> str:
        if self.kind != PAIRS:
            return token
        # Bytes are written as letters of their own; a token that is no whole letter stays so.
        return self._made.decoder.decode([token]) if self._made.decoder is not None else token

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text; a character without one is unknown, or left out where nothing is."""
        if self._made is not None:
            return list(self._guarded(lambda: self._made.encode(text, add_special_tokens=False).ids))
        unknown = self.places.get(UNKNOWN)
        found = (self.places.get(piece, unknown) for piece in pieces(self.kind, text))
        return [place for place in found if place is not None]

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens."""
        if self.kind == CHARACTERS:
            return "".join(self.names[token] for token in tokens)
        if self.kind in (WORDS, BLANKS):
            return " ".join(self.names[token] for token in tokens)
        return str(self._guarded(lambda: self._made.decode(list(tokens))))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        """Do work of the library; a stranger's tokenizer may have it panic, and that is no Exception."""
        try:
            return work()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise TrainError("text.broken_tokenizer", detail=str(error).split("\n")[0][:120]) from None


# In front of a short text, and what stands for a token that is not known.
PAD, STRANGE = 0, 1
MARKS = ("[PAD]", "[UNK]")


def padded(plain: str, text: str, width: int) -> list[int]:
    """Return a text as ``width`` numbers: its last tokens, each two more than the tokenizer's, with PAD in front. What
    is unknown is STRANGE.
    """
    shown = numbered(plain, text)[-width:]
    return [PAD] * (width - len(shown)) + shown


def numbered(plain: str, text: str) -> list[int]:
    """Return the tokens of a text, each two more than the tokenizer's; STRANGE for one that is unknown."""
    cut = cutter(plain)
    unknown = cut.names.index(UNKNOWN) if UNKNOWN in cut.names else -1
    if cut.kind in (CHARACTERS, BLANKS) and unknown < 0:
        tokens = [cut.places.get(piece, -1) for piece in pieces(cut.kind, text)]
    else:
        tokens = cut.encode(text)
    return [STRANGE if token in (-1, unknown) else token + len(MARKS) for token in tokens]


def learnt_texts(texts: Sequence[str], training: Iterable[int] | None) -> Sequence[str]:
    """Return the texts of the training part; all of them where it is not known yet, or has none with a token."""
    learnt = [texts[row] for row in training] if training is not None else texts
    return learnt if any(text.strip() for text in learnt) else texts


@lru_cache(maxsize=8)
def cutter(plain: str) -> Cutter:
    """Return a tokenizer by its JSON text; raises ValueError where it is none."""
    return Cutter(plain)
