"""Sentences with labels: cut, filled up, learnt from, and new ones answered by the program and the script alike."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.cells import decode
from nnstudio.catalog.sources.tokenizing import PAD, STRANGE
from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.fitted import fitted
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.predict import predict
from nnstudio.engine.states import State
from nnstudio.session.export import export_python
from nnstudio.session.predict import read_samples, row_of
from nnstudio.session.session import Session
from tests.commands import run_script
from tests.helpers import choice, network, sound, wait

GOOD, BAD = ("good", "fine", "lovely", "great"), ("bad", "poor", "awful", "dull")
THINGS = ("film", "book", "song", "meal", "game")


def sentences(count: int, seed: int = 0) -> list[tuple[str, str]]:
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        kind = int(draw.integers(2))
        word, thing = (GOOD, BAD)[kind][int(draw.integers(4))], THINGS[int(draw.integers(5))]
        text = (f"a {word} {thing}", f"the {thing} was {word}", f"what a {word} {thing} it was")[int(draw.integers(3))]
        found.append((text, ("praise", "blame")[kind]))
    return found


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("review", "verdict"))
        writer.writerows(rows)
    return path


def table(path: Path, **params: Any) -> Table:
    fields = family("datasets")["sentence_file"].fields
    return table_of(Choice("sentence_file", complete(fields, Params(path=str(path), **params), CATALOG)))


def document_of(path: Path, **params: Any) -> Document:
    return network(
        ("data", "data", {"dataset": choice("sentence_file", path=str(path), **params)}),
        ("embedding", "e", {"width": 12}),
        ("masked_mean", "m", {}),
        ("linear", "o", {"units": 2}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {"optimizer": choice("adam", learning_rate=0.02)}),
        wires=(
            ("data", "x", "e", "x"),
            ("e", "y", "m", "x"),
            ("data", "x", "m", "tokens"),
            ("m", "y", "o", "x"),
            ("o", "y", "loss", "prediction"),
        ),
        epochs=25,
        batch_size=16,
    )


@pytest.mark.parametrize("cut", ["characters", "words", "pairs"])
def test_texts_are_filled_up_in_front(cut: str, tmp_path: Path) -> None:
    rows = [*sentences(60), ("", "praise"), ("x" * 90, "blame")]
    found = table(write(tmp_path / "t.csv", rows), cut=cut, length=24)
    assert found.classes == ("blame", "praise") and found.x.shape == (61, 24)
    assert "data.dropped" in [note.key for note in found.notes] and "{" not in found.notes[-1].render("zh")
    for row in range(60):
        told = [int(v) for v in found.x[row]]
        first = next(place for place, v in enumerate(told) if v != PAD)
        assert PAD not in told[first:] and found.classes[int(found.y[row])] == rows[row][1]
        if first and cut != "words":
            assert decode(found.x[row].astype(float), found.recipe)[0] == rows[row][0]
    assert any(note.key == "text.cut_off" for note in found.notes) == (cut == "characters")
    assert found.x.max() < found.tokens == len(found.vocabulary)


def test_the_masked_mean_does_not_count_what_fills_up(tmp_path: Path) -> None:
    program = sound(document_of(write(tmp_path / "t.csv", sentences(40)), cut="words", length=9))
    model, _ = make_model(program, 1, torch.device("cpu"))
    part, _ = load_parts(program, torch.device("cpu"))
    x = part.inputs[0][:10]
    weights = dict(model.named_parameters())
    embedded = next(w for name, w in weights.items() if name.startswith("e"))
    wanted = torch.stack([embedded[row[row != PAD]].mean(dim=0) for row in x])
    scores = model(x)
    out = next(w for n, w in weights.items() if n == "o.weight"), next(w for n, w in weights.items() if n == "o.bias")
    assert torch.allclose(scores, wanted @ out[0].T + out[1], atol=1e-6)
    empty = model(torch.zeros(1, 9, dtype=torch.int64))
    assert torch.allclose(empty[0], out[1])


@pytest.mark.parametrize("cut", ["words", "characters"])
def test_new_sentences_are_answered_alike(cut: str, tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", sentences(160))
    document = document_of(file, cut=cut, length=32)
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state is State.FINISHED)
    try:
        found = session.trained()
        known = from_plain(to_plain(found.known))
        assert known is not None and known.columns == found.known.columns
        new = [*sentences(12, seed=8), ("☂ zzz", "praise")]
        write(tmp_path / "new.csv", new)
        told: list[np.ndarray] = []
        x, _ = read_samples(known, tmp_path / "new.csv", truth=told.append)
        answers = predict(found.program, found.weights, x, known)
        assert answers.said is not None
        right = [answers.classes[int(k)] == verdict for k, (_, verdict) in zip(answers.said, new, strict=True)]
        assert cut != "words" or np.mean(right[:12]) == 1.0
        assert STRANGE in x[-1] and told[0].tolist() == [known.classes.index(verdict) for _, verdict in new]
        one = row_of(known, (new[0][0],))
        assert np.array_equal(one[0], x[0])
        export_python(found.program, tmp_path / "out", found.weights, known=known)
    finally:
        session.close()
    file.unlink()
    given = [sys.executable, "-I", str(tmp_path / "out" / "predict.py"), str(tmp_path / "new.csv")]
    ended = run_script(given, capture_output=True, text=True, timeout=300, check=True)
    rows = list(csv.DictReader(io.StringIO(ended.stdout)))
    np.testing.assert_allclose([float(row["p(praise)"]) for row in rows], answers.numbers[:, 1], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "params", "words"),
    [
        ("a,b\n1,2\n3,4\n", {}, "column of texts"),
        ("t,l\nx,p\ny,p\n", {}, "only one class"),
        ("t,l\nx,p\ny,q\n", {"text": "nowhere"}, "nowhere"),
    ],
)
def test_tables_without_sentences(text: str, params: Any, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(StudioError, match=words):
        table(tmp_path / "t.csv", **params)


def test_a_tokenizer_of_a_stranger_is_not_believed(tmp_path: Path) -> None:
    program = sound(document_of(write(tmp_path / "t.csv", sentences(40)), length=9))
    plain = to_plain(fitted(program))
    for form in ("", "{}", '{"kind": "pairs", "json": "{"}', 5, '{"kind": "characters", "tokens": [1]}'):
        changed = {**plain, "columns": [{**plain["columns"][0], "form": form}]}
        assert from_plain(changed) is None or form == ""
    assert from_plain({**plain, "columns": [{**plain["columns"][0], "width": 10**9}]}) is None
