"""A label for every token: read, learnt, measured and answered without what texts are filled up with."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nnstudio.catalog.parting import Split
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.tokenizing import BLANKS, MARKS, cutter, make_tokenizer
from nnstudio.catalog.tables import table_of
from nnstudio.compile.lower import lower
from nnstudio.document.edits import AddNode, SetParam
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.check import check
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.fitted import Trained, fitted
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.predict import measures_of, predict
from nnstudio.engine.previews import data_preview
from nnstudio.engine.record import record
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.sampling import Writer
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, export_python, source_of, start_weights
from nnstudio.session.predict import answers_csv, read_samples
from nnstudio.session.suggest import suggested
from nnstudio.ui.canvas.samples_face import samples_around
from nnstudio.ui.data.data_view import DataModel
from tests.catalog.test_sources import sentence
from tests.commands import run_script
from tests.helpers import finish, sound

CPU = torch.device("cpu")


def tagged_text(rows: int, seed: int = 0) -> list[tuple[str, str]]:
    """Sentences in which "saw" is a noun behind "the" and a verb elsewhere, as is "can"."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        words, tags = [], []
        for part in range(int(draw.integers(1, 4))):
            if part:
                words.append(("saw", "can", "sees")[int(draw.integers(3))])
                tags.append("VERB")
            words += ["the", ("saw", "can", "dog", "tree")[int(draw.integers(4))]]
            tags += ["DET", "NOUN"]
        found.append((" ".join(words), " ".join(tags)))
    return found


def written(path: Path, rows: list[tuple[str, str]], heads: str = "text,tags") -> Path:
    path.write_text(heads + "\n" + "\n".join(f'"{text}","{tags}"' for text, tags in rows), encoding="utf-8")
    return path


def source(path: Path, **params: Any) -> Choice:
    fields = family("datasets")["sentence_file"].fields
    return Choice("sentence_file", complete(fields, Params(path=str(path), **params), CATALOG))


def network(data: Choice) -> Document:
    table_of(data)
    document = AddNode("data", "mine", params=Params(dataset=data)).apply(Document("tags"), CATALOG)
    found = suggested(document)
    assert found is not None
    return found


def test_every_token_has_its_label_and_what_is_filled_up_has_none(tmp_path: Path) -> None:
    rows = [("the dog can", "D N V"), ("dogs", "N"), ("a b c d e f", "X X X V N D"), ("odd one", "N")]
    table = table_of(source(written(tmp_path / "t.csv", rows), length=4, told="tokens"))
    assert table.classes == ("D", "N", "V", "X")
    # Read once more, by hand: the last four of each, and nothing in front of a shorter one.
    names = (*MARKS, *sorted({word for text, _ in rows[:3] for word in text.split()}))
    for place, (text, tags) in enumerate(rows[:3]):
        words, kinds = text.split()[-4:], tags.split()[-4:]
        assert [names[k] for k in table.x[place] if k] == words
        assert [table.classes[k] for k in table.y[place] if k >= 0] == kinds
        assert (table.x[place] == 0).tolist() == (table.y[place] == -1).tolist()
    said = [note.render() for note in table.notes]
    assert "1 text has not as many labels as tokens and is left out." in said or len(table.x) == 3
    assert any(note.key == "text.cut_off" for note in table.notes) and table.vocabulary == names


def test_labels_may_be_a_letter_for_each_character(tmp_path: Path) -> None:
    rows = [("我爱北京", "SSBE"), ("他来了", "S S S"), ("你好", "BE")] * 3
    table = table_of(source(written(tmp_path / "t.csv", rows), length=5))
    assert table.classes == ("B", "E", "S") and table.y[0].tolist() == [-1, 2, 2, 0, 1]
    assert [table.vocabulary[k] for k in table.x[0] if k] == list("我爱北京")
    assert "Every character has a label of its own." in [note.render() for note in table.notes]
    whole = table_of(source(tmp_path / "t.csv", told="text", label="tags"))
    assert whole.y.ndim == 1 and set(whole.classes) == {"SSBE", "S S S", "BE"}


def test_labels_of_whole_texts_stay_so(tmp_path: Path) -> None:
    rows = [("good film", "yes"), ("bad film", "no"), ("a b c d", "yes")] * 4
    assert table_of(source(written(tmp_path / "t.csv", rows))).y.ndim == 1
    assert sentence("sentence_file", tmp_path / "t.csv", told="tokens") == "text.no_tags"
    alike = [("a b", "X X"), ("b a", "X X")] * 4
    assert sentence("sentence_file", written(tmp_path / "one.csv", alike)) == "data.one_class"


def test_losses_and_measures_are_those_of_the_labelled_tokens(tmp_path: Path) -> None:
    document = network(source(written(tmp_path / "t.csv", tagged_text(120)), length=8))
    program = sound(document)
    model, criterion = make_model(program, 3, CPU)
    _, held = load_parts(program, CPU)
    # Measured in pieces as well, whose texts differ in length.
    found, pieces = (evaluate(model, criterion, p) for p in (held, dataclasses.replace(held, evaluation=5)))
    x, y = held.inputs[0], held.targets[0]
    model.eval()
    with torch.no_grad():
        scores = model(x).reshape(-1, 3)
    wanted = torch.nn.functional.cross_entropy(scores, y.reshape(-1), ignore_index=-1)
    known = y.reshape(-1) >= 0
    right = (scores.argmax(-1) == y.reshape(-1))[known].double().mean()
    assert found is not None and pieces is not None and found.confusion is not None
    for each in (found, pieces):
        assert each.loss == pytest.approx(float(wanted), rel=1e-6) and each.accuracy == pytest.approx(float(right))
    assert np.array(found.confusion).sum() == int(known.sum()) < y.numel()
    # Every gradient against finite differences, and against torch with ignore_index.
    training, _ = load_parts(program, CPU)
    inputs, targets = training.batch(slice(0, 3))
    state = {name: torch.tensor(value) for name, value in start_weights(program).items()}
    trace = record(program, state, inputs, targets, training.rows[:3])
    for path in trace.parameters:
        assert check(program, trace, path, 2).fine, path
    check_source(program, source_of(program, replay=True).text)


def test_it_learns_what_only_the_context_tells(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", tagged_text(300))
    program = dataclasses.replace(sound(network(source(path, length=10))), epochs=8)
    ended = finish(Trainer(program, device="cpu"))[0]
    assert ended.report is not None and ended.report["final"]["val_accuracy"] > 0.98
    last = ended.report["history"][-1]
    assert 0.9 < last["train_accuracy"] <= 1.0
    new = written(tmp_path / "new.csv", [*tagged_text(30, seed=5), ("the wug saw", "DET NOUN VERB")])
    known = fitted(program)
    assert known.tags and from_plain(to_plain(known)) == known
    told: list[np.ndarray] = []
    x, names = read_samples(known, new, truth=told.append)
    answers = predict(program, ended.weights, x, known)
    frame = pd.read_csv(new)
    truth = [tags.split() for tags in frame["tags"]]
    right = [a == b for row, tags in enumerate(truth) for a, b in zip(answers.label(row).split(), tags, strict=True)]
    measures = measures_of(answers, told[0])
    assert measures["accuracy"] == pytest.approx(np.mean(right)) and np.mean(right) > 0.95
    # Rows whose labels are of another kind have answers, and no measures.
    other, told[:] = written(tmp_path / "odd.csv", [("the dog", "DET WHAT")]), []
    x, _ = read_samples(known, other, truth=told.append)
    assert not told and len(x) == 1
    # It writes nothing: its tokens are not those that come next.
    with pytest.raises(Exception, match="next token"):
        Writer(Trained(program, ended.weights, known))
    files = export_python(program, tmp_path / "home", ended.weights)
    path.unlink()
    script = next(file for file in files if file.name == "predict.py")
    done = run_script(
        [sys.executable, script, new, "--out", tmp_path / "out.csv"], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_text() == answers_csv(answers, names)
    assert f"accuracy {measures['accuracy']:.6g}" in done.stderr


def test_a_network_is_suggested_for_texts_with_a_number_each(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = [(text, f"{len(text) * 1000 + draw.normal():.2f}") for text, _ in tagged_text(80)]
    program = dataclasses.replace(sound(network(source(written(tmp_path / "t.csv", rows, "text,price")))), epochs=2)
    assert program.data.target_scaling == "standard" and program.answer.form == "values"
    assert finish(Trainer(program, device="cpu"))[0].report is not None


def test_pieces_between_blanks_are_a_tokenizer() -> None:
    made = make_tokenizer(BLANKS, ["a bb  a", "ccc"], 2)
    cut = cutter(made)
    assert cut.names[:2] == ("a", "bb") and cut.decode(cut.encode("bb a")) == "bb a"
    for wrong in ('{"kind": "blanks", "tokens": ["a b"]}', '{"kind": "blanks", "tokens": [""]}'):
        with pytest.raises(ValueError, match="pieces"):
            cutter(wrong)


def test_a_network_that_answers_once_a_text_is_refused(tmp_path: Path) -> None:
    data = source(written(tmp_path / "t.csv", tagged_text(40)), length=8)
    document = network(data)
    once = SetParam("r", ("outputs",), "last").apply(document, CATALOG)
    assert "loss.steps.what" in {problem.what.key for problem in lower(once).problems}


def test_texts_are_shown_as_texts(tmp_path: Path) -> None:
    data = source(written(tmp_path / "t.csv", [("the dog can", "D N V"), ("dogs", "N"), ("a dog", "D N")]), length=5)
    table = table_of(data)
    face = samples_around(table, 0, table.classes)
    assert face is not None and face.kind == "texts"
    assert face.texts == ("the dog can", "dogs", "a dog") and face.words == ("DNV", "N", "DN")
    preview = data_preview(data, Split("random", 0.3), "none")
    model = DataModel()
    names = [f"x{n}" for n in range(5)]
    model.show(preview, preview.raw, np.arange(3), names, in_words=True)
    assert [model.index(0, n).data() for n in range(1, 7)] == ["DNV", "", "", "the", "dog", "can"]
    model.show(preview, preview.scaled, np.arange(3), names)
    assert [model.index(0, n).data() for n in range(2, 4)] == ["0", "0"]
