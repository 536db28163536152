"""Networks whose every step tells the next token: loss, measures, export, and writing with them."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.catalog.datasets.invented_words import PARTNERS, VOWELS
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources.tokenizing import UNKNOWN, cutter, make_tokenizer
from nnstudio.catalog.tables import table_of
from nnstudio.compile.build import build
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Node, Params
from nnstudio.engine.check import check
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.fitted import Trained, fitted
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.record import record
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.sampling import Manner, Writer, chances
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import check_source, export_python, source_of, start_weights
from nnstudio.session.suggest import suggested
from tests.e2e.hand import open_window
from tests.helpers import chain, choice, finish, keys, sound

CPU = torch.device("cpu")


def gpt(epochs: int = 20) -> Document:
    document = load_example("gpt")
    return dataclasses.replace(document, training=Params({**document.training, "epochs": epochs}))


def text(path: Path, words: str, **params: Any) -> Any:
    path.write_text(words, encoding="utf-8")
    fields = family("datasets")["text_file"].fields
    return table_of(Choice("text_file", complete(fields, Params(path=str(path), **params), CATALOG)))


def test_loss_and_accuracy_are_those_of_all_steps() -> None:
    program = sound(gpt())
    model, criterion = make_model(program, 3, CPU)
    _, held = load_parts(program, CPU)
    found = evaluate(model, criterion, held)
    table = table_of(program.data.dataset)
    x, y = torch.tensor(table.x[list(held.rows)]), torch.tensor(table.y[list(held.rows)])
    model.eval()
    with torch.no_grad():
        scores = model(x)
    wanted = torch.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))
    assert found is not None and found.loss == pytest.approx(float(wanted), rel=1e-6)
    assert found.accuracy == pytest.approx(float((scores.argmax(-1) == y).double().mean()))
    assert found.confusion is not None and np.array(found.confusion).sum() == y.numel()


def test_the_tiny_gpt_learns_what_no_trigram_can_know() -> None:
    program = sound(load_example("gpt"))
    ended, _ = finish(Trainer(program))
    table = table_of(program.data.dataset)
    training, held, _ = rows_of(program.data, table)
    words = np.concatenate([table.x[:, :1], table.x[:, :1], table.y], axis=1)
    counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    kinds = len(table.classes)
    for row in words[training]:
        for place in range(2, len(row)):
            counts[tuple(row[place - 2 : place])][row[place]] += 1
    losses = [
        -math.log((counts[tuple(row[p - 2 : p])][row[p]] + 0.1) / (counts[tuple(row[p - 2 : p])].total() + 0.1 * kinds))
        for row in words[held]
        for p in range(2, len(row))
    ]
    assert ended.report is not None
    assert ended.report["final"]["val_loss"] < 0.8 * float(np.mean(losses))
    # What it writes follows the rules.
    trained = Trained(program, ended.weights, fitted(program))
    writer = Writer(trained)
    tokens = [token for token, _ in writer.write("", 300, Manner(0.7, 0, 1))]
    said = [word for word in writer.cutter.decode(tokens).split("·")[:-1] if word]
    ruly = [
        len(word) == 5 and PARTNERS.get(word[0]) == word[4] and any(word[1] in row and word[3] in row for row in VOWELS)
        for word in said
    ]
    assert len(said) >= 40 and np.mean(ruly) > 0.8


def test_the_future_is_not_seen() -> None:
    program = sound(gpt())
    model, _ = make_model(program, 0, CPU)
    model.eval()
    one = torch.randint(0, 20, (4, 6), generator=torch.Generator().manual_seed(1))
    two = one.clone()
    two[:, 4:] = (two[:, 4:] + 7) % 20
    assert torch.equal(model(one)[:, :4], model(two)[:, :4]) and not torch.equal(model(one), model(two))


def test_the_script_reproduces_it_and_answers(tmp_path: Path) -> None:
    program = sound(gpt(2))
    check_source(program, source_of(program, replay=True).text)
    files = export_python(program, tmp_path)
    assert {path.name for path in files} >= {"train.py", "predict.py"}
    known = from_plain(to_plain(fitted(program)))
    assert known is not None and known.steps == (6,) and known == dataclasses.replace(fitted(program))
    alone = lower(gpt(2), known.table())
    assert alone.program is not None and alone.program.model == program.model


def test_a_step_is_exact_in_every_head() -> None:
    program = sound(gpt())
    training, _ = load_parts(program, CPU)
    inputs, targets = training.batch(slice(0, 3))
    state = {name: torch.tensor(value) for name, value in start_weights(program).items()}
    trace = record(program, state, inputs, targets, training.rows[:3])
    seen = 0
    for path in trace.parameters:
        if "query" in path or "value" in path or path.startswith("out"):
            assert check(program, trace, path, 3).fine, path
            seen += 1
    assert seen >= 10
    # The same gradients by autograd over the whole batch.
    model, _ = make_model(program, program.seed, CPU)
    loss = torch.nn.functional.cross_entropy(model(*inputs).reshape(-1, 20), targets[0].reshape(-1))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        np.testing.assert_allclose(trace.parameters[name].gradient, parameter.grad.numpy(), rtol=1e-4, atol=1e-7)


def test_chances_are_those_of_torch() -> None:
    scores = np.random.default_rng(0).normal(0, 3, 12)
    for temperature in (0.5, 1.0, 2.0):
        wanted = torch.softmax(torch.tensor(scores) / temperature, 0).numpy()
        np.testing.assert_allclose(chances(scores, Manner(temperature)), wanted, rtol=1e-12)
        top = chances(scores, Manner(temperature, 3))
        best = np.argsort(-scores)[:3]
        np.testing.assert_allclose(top[best], wanted[best] / wanted[best].sum(), rtol=1e-12)
        assert (top > 0).sum() == 3
    assert chances(scores, Manner(0.0)).tolist() == [float(k == scores.argmax()) for k in range(12)]


def test_writing_is_the_same_for_a_seed() -> None:
    program = sound(gpt())
    trained = Trained(program, start_weights(program), fitted(program))
    writer = Writer(trained)
    first, second, third = (list(writer.write("ba", 20, Manner(1.0, 5, seed))) for seed in (1, 1, 2))
    assert first == second != third
    model, _ = build(program)
    model.load_state_dict({name: torch.tensor(value) for name, value in trained.weights.items()})
    model.eval()
    tokens = writer.begin("ba")
    with torch.no_grad():
        wanted = model(torch.tensor([tokens]))[0, -1].double().numpy()
    np.testing.assert_allclose(writer.scores(tokens), wanted, rtol=1e-6)
    other = sound(load_example("memory"))
    with pytest.raises(StudioError, match="cannot write"):
        Writer(Trained(other, start_weights(other), fitted(other)))


@pytest.mark.parametrize("kind", ["characters", "words", "pairs"])
def test_a_text_is_cut_and_put_together_again(kind: str, tmp_path: Path) -> None:
    story = "the cat sat on the mat\nthe dog sat on the log\n" * 30 + "猫坐在垫子上\n"
    found = text(tmp_path / "t.text", story, cut=kind, length=8)
    cut = cutter(found.tokenizer)
    if kind != "words":
        tokens = cut.encode(story)
        assert cut.decode(tokens) == story
        assert found.x[0].tolist() == tokens[:8] and found.y[0].tolist() == tokens[1:9]
        assert found.x[1].tolist() == tokens[8:16]
    assert found.tokens == len(found.classes) == len(cut.names) and found.x.max() < found.tokens
    assert cut.encode("the cat") and all(0 <= token < found.tokens for token in cut.encode("never seen ☂"))
    assert [note.key for note in found.notes] == ["text.cut"]
    assert all("{" not in note.render("zh") for note in found.notes)


def test_rare_characters_are_unknown_and_said(tmp_path: Path) -> None:
    found = text(tmp_path / "t.text", "abab" * 20 + "xyz", vocabulary=2, length=4)
    assert found.classes == ("a", "b", UNKNOWN)
    assert found.notes[0].key == "text.unseen" and found.notes[0].args["count"] == 3
    assert cutter(make_tokenizer("characters", ["ab"], 5)).encode("a?b") == [0, 1]


def test_texts_that_cannot_be_learnt_from(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="two windows"):
        text(tmp_path / "a.text", "short", length=8)
    (tmp_path / "b.text").write_bytes(bytes(range(256)) * 9)
    fields = family("datasets")["text_file"].fields
    with pytest.raises(StudioError, match="no text"):
        table_of(Choice("text_file", complete(fields, Params(path=str(tmp_path / "b.text")), CATALOG)))
    for plain in ("", "5", "{}", '{"kind":"characters","tokens":["ab"]}', '{"kind":"pairs","json":"x"}'):
        with pytest.raises((ValueError, KeyError, TypeError)):
            cutter(plain)


def test_what_does_not_fit_every_step_is_said() -> None:
    document = gpt()
    assert "loss.steps_class" in keys(lower(SetParam("loss", ("loss",), Choice("mse")).apply(document, CATALOG)))
    assert "loss.width" in keys(lower(SetParam("out", ("units",), 7).apply(document, CATALOG)))
    flat = chain(
        ("embedding", "e", {"width": 4}),
        ("flatten", "f", {}),
        ("linear", "o", {"units": 20}),
        data=choice("invented_words"),
        loss=choice("cross_entropy"),
    )
    assert "loss.steps" in keys(lower(flat))


def test_a_network_is_suggested_for_a_text(tmp_path: Path) -> None:
    (tmp_path / "t.text").write_text("the cat sat on the mat\n" * 40)
    fields = family("datasets")["text_file"].fields
    data = Choice("text_file", complete(fields, Params(path=str(tmp_path / "t.text"), length=8), CATALOG))
    table_of(data)
    bare = Document("", (Node("data", "data", "", Params(dataset=data)),))
    document = suggested(bare)
    assert document is not None
    program = sound(document)
    assert program.answer.form == "steps"


@pytest.mark.usefixtures("qtbot")
def test_it_writes_in_the_window(tmp_path: Path) -> None:
    with open_window(gpt(10)) as hand:
        hand.compiled()
        view = hand.panel("writing")
        QTest.mouseClick(view.button, Qt.MouseButton.LeftButton)
        assert "trained" in view.following.text()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        hand.wait(lambda: view.live.toPlainText())
        view.prompt.setText("b")
        QTest.keyClick(view.prompt, Qt.Key.Key_Return)
        hand.wait(lambda: view.text.toPlainText())
        assert view.text.toPlainText().startswith("b|") and "What comes next" in view.following.text()


def test_steps_and_tokenizers_of_strangers_are_not_believed() -> None:
    plain = to_plain(fitted(sound(gpt())))
    assert from_plain(plain) is not None
    for steps in ([2**40], [-1], [5], [6, 6], "6", [1.5], None):
        assert from_plain({**plain, "steps": steps}) is None
    for tokenizer in ("[" * 200_000, '{"kind":["words"],"json":5}', '{"kind":"characters","tokens":{"a":1}}', "NaN", 7):
        assert from_plain({**plain, "tokenizer": tokenizer}) is None
