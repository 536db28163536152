"""Tokens are made from the training part alone: what only the rest holds is unknown, and said to be."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.tokenizing import MARKS, PAD, STRANGE, UNKNOWN, cutter
from nnstudio.catalog.tables import again, dataset_of, is_ready, parted, split_of, table_of
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params
from nnstudio.engine.splitting import rows_of
from tests.helpers import chain, sound

SPLITS: tuple[dict[str, Any], ...] = (
    {"split": "stratified", "validation": 0.3},
    {"split": "random", "validation": 0.4, "test": 0.2, "split_seed": 3},
    {"split": "ordered", "validation": 0.25, "test": 0.25},
    {"split": "stratified", "folds": 4, "fold": 3},
)


def data_params(choice: Choice, **split: Any) -> Params:
    return complete(family("nodes")["data"].fields, Params(dataset=choice, **split), CATALOG)


def source(kind: str, path: Path, **params: Any) -> Choice:
    return Choice(kind, complete(family("datasets")[kind].fields, Params(path=str(path), **params), CATALOG))


def rows(count: int = 60) -> list[tuple[str, str]]:
    """Sentences of which each has a word and a letter of its own."""
    return [(f"word{n} is {chr(0x4E00 + n)} good", ("yes", "no")[n % 2]) for n in range(count)]


def written(path: Path, header: tuple[str, ...], lines: list[tuple[str, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *lines])
    return path


@pytest.mark.parametrize("cut", ["characters", "blanks", "words"])
@pytest.mark.parametrize("split", SPLITS, ids=lambda split: f"{split['split']}-{split.get('folds', 0)}")
def test_sentences(tmp_path: Path, split: dict[str, Any], cut: str) -> None:
    texts = [text for text, _ in rows()]
    params = data_params(
        source("sentence_file", written(tmp_path / "t.csv", ("text", "said"), rows()), cut=cut), **split
    )
    table = table_of(dataset_of(params))
    training, *rest = parted(split_of(params), table)
    learnt = {piece for row in training for piece in (texts[row] if cut == "characters" else texts[row].split())}
    assert set(table.vocabulary) - {*MARKS, UNKNOWN} == learnt
    assert not (table.x[training] == STRANGE).any()
    for part in rest:
        for row in part:
            found = texts[row] if cut == "characters" else texts[row].split()
            expected = [piece not in learnt for piece in found][-32:]
            assert list(table.x[row][table.x[row] != PAD] == STRANGE) == expected
    strange = sum(p not in learnt for text in texts for p in (text if cut == "characters" else text.split()))
    assert [note.args["count"] for note in table.notes if note.key == "text.unseen"] == [strange]
    # The whole file is another table, and stays what it was.
    everything = table_of(params["dataset"])
    assert len(everything.vocabulary) > len(table.vocabulary) and everything.refit is not None


def test_byte_pairs_are_merged_by_the_training_part(tmp_path: Path) -> None:
    lines = [("abab abab abab", "yes"), ("abab abab", "no")] * 10 + [
        ("xyxy xyxy xyxy", "yes"),
        ("xyxy xyxy", "no"),
    ] * 10
    file = written(tmp_path / "t.csv", ("text", "said"), lines)
    choice = source("sentence_file", file, cut="pairs", vocabulary=300, text="text", label="said", told="text")
    names = table_of(dataset_of(data_params(choice, split="ordered", validation=0.5))).vocabulary
    assert "abab" in " ".join(names) and "xy" not in " ".join(names)
    assert any("xy" in name for name in table_of(choice).vocabulary)


def test_a_column_of_texts_beside_others(tmp_path: Path) -> None:
    lines = [(str(n), f"w{n} same", f"g{n // 6}", ("yes", "no")[n % 2]) for n in range(60)]
    file = written(tmp_path / "t.csv", ("size", "note", "group", "said"), lines)
    treatments = (Params(name="note", kind="text", treat="words 8"),)
    choice = source("table_file", file, treatments=treatments, group="group", targets=("said",))
    params = data_params(choice, split="grouped", validation=0.3)
    table = table_of(dataset_of(params))
    training, held, _ = parted(split_of(params), table)
    column = next(column for column in table.recipe if column.name == "note")
    assert set(cutter(column.form).names) - {UNKNOWN} == {"same", *(f"w{row}" for row in training)}
    start = table.sides[0].start
    assert table.sides[0].tokens == len(cutter(column.form).names) + len(MARKS)
    assert (table.x[held][:, start : start + 8] == STRANGE).sum() == len(held)
    assert not (table.x[training][:, start : start + 8] == STRANGE).any()
    # Numbers are as they were.
    np.testing.assert_array_equal(table.x[:, 0], np.arange(60))


def test_a_second_file_gives_no_tokens(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", ("note", "said"), [(f"w{n} same", "ab"[n % 2]) for n in range(40)])
    second = written(tmp_path / "b.csv", ("note", "said"), [(f"v{n} same", "ab"[n % 2]) for n in range(10)])
    treatments = (Params(name="note", kind="text", treat="words 8"),)
    choice = source("table_file", first, treatments=treatments, targets=("said",), test_file=str(second))
    table = table_of(dataset_of(data_params(choice, split="given", validation=0.25)))
    assert not any(name.startswith("v") for name in cutter(table.recipe[0].form).names)


@pytest.mark.parametrize("cut", ["characters", "words"])
@pytest.mark.parametrize("split", SPLITS[1:3], ids=lambda split: split["split"])
def test_a_text_in_windows(tmp_path: Path, split: dict[str, Any], cut: str) -> None:
    text = " ".join(f"w{n} {chr(0x4E00 + n)}" for n in range(400))
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    params = data_params(source("text_file", tmp_path / "t.txt", cut=cut, length=8, vocabulary=2000), **split)
    table = table_of(dataset_of(params))
    training, held, tested = parted(split_of(params), table)
    tokens = list(text) if cut == "characters" else text.split()
    learnt = {tokens[place] for row in training for place in range(row * 8, row * 8 + 9)}
    assert set(table.vocabulary) - {UNKNOWN} == learnt
    names = np.array(table.vocabulary)
    for row in (*held, *tested):
        expected = [t if t in learnt else UNKNOWN for t in tokens[row * 8 : row * 8 + 9]]
        assert [*names[table.x[row]], names[table.y[row][-1]]] == expected
    assert any(note.key == "text.unseen" for note in table.notes)


def test_the_sign_for_unknown_in_a_text_is_one_token(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(f"ab{UNKNOWN}ab{UNKNOWN}cd" * 30, encoding="utf-8")
    table = table_of(source("text_file", tmp_path / "t.txt", length=8))
    assert Counter(table.vocabulary)[UNKNOWN] == 1 and table.tokens == 5


def test_a_training_part_without_a_word_takes_all(tmp_path: Path) -> None:
    lines = [(str(n), "" if n < 20 else f"w{n}", "ab"[n % 2]) for n in range(25)]
    file = written(tmp_path / "t.csv", ("size", "note", "said"), lines)
    treatments = (Params(name="note", kind="text", treat="words 8", fill="zero"),)
    choice = source("table_file", file, treatments=treatments, targets=("said",))
    table = table_of(dataset_of(data_params(choice, split="ordered", validation=0.2)))
    assert len(table.x) == 25
    assert {"w20", "w24"} <= set(cutter(table.recipe[1].form).names)


def test_the_program_learns_and_answers_by_it(tmp_path: Path) -> None:
    choice = source("sentence_file", written(tmp_path / "t.csv", ("text", "said"), rows()), cut="words")
    program = sound(
        chain(
            ("embedding", "words", {"width": 4}),
            ("flatten", "flat", {}),
            ("linear", "out", {"units": 2}),
            data=choice,
            loss=Choice("cross_entropy"),
            data_params={"split": "stratified", "validation": 0.3},
        )
    )
    table = table_of(program.data.dataset)
    assert program.data.tokens == table.tokens < table_of(choice).tokens
    training, held, _ = rows_of(program.data, table)
    assert not (table.x[training] == STRANGE).any() and (table.x[held] == STRANGE).any()
    shape = next(start.shape for start in program.starts if start.node.startswith("words"))
    assert shape[0] == table.tokens


def test_what_is_kept_of_it(tmp_path: Path) -> None:
    choice = source("sentence_file", written(tmp_path / "t.csv", ("text", "said"), rows()))
    chosen = dataset_of(data_params(choice, validation=0.5))
    assert not is_ready(chosen)
    table_of(choice)
    assert is_ready(choice) and not is_ready(chosen), "its tokens are yet to be made"
    first = table_of(chosen)
    assert is_ready(chosen) and table_of(chosen) is first
    again(chosen)
    assert not is_ready(chosen) and not is_ready(choice)
    # Data without texts are one table, however they are parted.
    digits = Choice("digits", complete(family("datasets")["digits"].fields, Params(), CATALOG))
    assert dataset_of(data_params(digits, validation=0.5)) == digits
    plain = source("table_file", written(tmp_path / "n.csv", ("a", "b"), [(str(n), str(n * n)) for n in range(20)]))
    halves = [dataset_of(data_params(plain, validation=share)) for share in (0.5, 0.25)]
    assert halves[0] != halves[1] and table_of(halves[0]) is table_of(halves[1]) is table_of(plain)
    assert replace(first, refit=None).refit is None
