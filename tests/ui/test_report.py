"""The report to hand in: what stands in it is what was trained and measured, in every form and both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QFileDialog

from nnstudio.document.edits import SetParam
from nnstudio.engine.predict import predict
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.held_out import held_out
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.training.report_blocks import LIST, PICTURE, TABLE, TITLE, Block, to_html, to_markdown
from nnstudio.ui.training.run_report import NotesDialog
from tests.e2e.hand import Hand, open_window
from tests.session.test_predict_script import flats, rows, write

pytestmark = pytest.mark.usefixtures("qtbot")


def trained(hand: Hand) -> None:
    hand.compiled()
    hand.press(hand.window.actions_["run"])
    hand.state(State.FINISHED)


def table_below(blocks: list[Block], head: str) -> Block:
    place = next(n for n, block in enumerate(blocks) if block.text == head)
    return next(block for block in blocks[place:] if block.kind == TABLE)


def test_a_regression_is_told_in_words_numbers_and_pictures(tmp_path: Path) -> None:
    table = rows(120)
    document = replace(flats(write(tmp_path / "flats.csv", table, list(table[0]))), name="Flats")
    with open_window(document) as hand:
        trained(hand)
        save_settings(replace(load_settings(), author="Li Wei"))
        report = hand.window.bench.report
        images: dict[str, QImage] = {}
        blocks = report.blocks(images)
        assert blocks[0] == Block(TITLE, "Flats") and blocks[1].text.startswith("Li Wei · ")
        data = " ".join(row[0] for block in blocks if block.kind == LIST for row in block.rows)
        assert (
            "flats.csv" in data and "120 samples" in data and "price" in data and "Training 96, validation 24" in data
        )
        settings = dict(table_below(blocks, "Settings").rows)
        assert settings["h · Units"] == "6" and not any("ingerprint" in name or "File" in name for name in settings)
        results = table_below(blocks, "Results")
        metrics = hand.session.training.report["metrics"]["validation"]
        assert results.rows[1][0] == "validation part" and float(results.rows[1][-1]) == pytest.approx(
            metrics["r2"], 1e-3
        )
        assert {"network", "curve-loss", "predicted-true"} <= set(images)
        held = held_out(hand.session.trained())
        assert held is not None and held.target == "price"
        truth = np.array([float(table[row]["price"]) for row in held.rows])
        np.testing.assert_allclose(held.truth, truth)
        worst = table_below(blocks, "Missed by most").rows
        assert [int(row[0]) for row in worst] == [int(held.rows[k]) for k in np.argsort(-np.abs(held.said - truth))[:8]]
        assert "town" in worst[0][1]
        for name in ("r.html", "r.pdf", "r.md"):
            assert report.write(tmp_path / name)
        text = (tmp_path / "r.md").read_text(encoding="utf-8")
        pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
        assert pictures and all((tmp_path / name).is_file() for name in pictures)
        assert (tmp_path / "r.html").read_text(encoding="utf-8").count("data:image/png") == len(images)


def test_classes_have_a_table_each_and_the_surest_mistakes() -> None:
    with open_window(load_example("digits"), language="zh") as hand:
        trained(hand)
        images: dict[str, QImage] = {}
        blocks = hand.window.bench.report.blocks(images)
        confusion = hand.session.training.report["metrics"]["validation"]["confusion"]
        counts = next(b for b in blocks if b.kind == TABLE and len(b.head) == 11)
        assert [[int(cell) for cell in row[1:]] for row in counts.rows] == [list(row) for row in confusion]
        each = next(b for b in blocks if b.kind == TABLE and "F1" in b.head)
        assert float(each.rows[3][2]) == pytest.approx(confusion[3][3] / sum(confusion[3]), abs=5e-4)
        held = held_out(hand.session.trained())
        assert held is not None and (held.said != held.truth).sum() == sum(map(sum, confusion)) - np.trace(confusion)
        found = hand.session.trained()
        numbers = predict(found.program, found.weights, held.raw, found.known).numbers
        assert held.sure is not None
        np.testing.assert_allclose(numbers.max(axis=1), held.sure[list(held.worst)], rtol=1e-5)
        assert all(f"sample-{place}" in images for place in held.worst)
        assert "误差最大的样本" in to_html(blocks, images)


def test_a_report_before_training_says_so() -> None:
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        text = to_markdown(hand.window.bench.report.blocks({}), {}, "x")
        assert "not trained" in text


def test_author_and_notes_are_asked_for_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(dialog: NotesDialog) -> int:
        dialog.author.setText("Ada <b>")
        dialog.notes.setPlainText("tried | much")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(NotesDialog, "exec", fill)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "r"), "Markdown (*.md)"))
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        hand.window.bench.report.ask()
        assert load_settings().author == "Ada <b>" and hand.session.document.notes == "tried | much"
        assert "tried" in (tmp_path / "r.md").read_text(encoding="utf-8")
        images: dict[str, QImage] = {}
        assert "Ada &lt;b&gt;" in to_html(hand.window.bench.report.blocks(images), images)


def test_markdown_tables_keep_their_columns() -> None:
    block = Block(TABLE, rows=(("a|b", "c"),), head=("x", "y"))
    lines = to_markdown([block, Block(PICTURE, names=("p",))], {}, "f").splitlines()
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines[:3]] == [3, 3, 3]


def test_weights_of_other_data_are_told_of_in_the_report() -> None:
    with open_window(load_example("iris")) as hand:
        trained(hand)
        hand.session.apply(SetParam("data", ("scaling",), "minmax"))
        hand.wait(lambda: hand.session.meaning.lowered is not None and hand.session.meaning.lowered.program is not None)
        text = to_markdown(hand.window.bench.report.blocks({}), {}, "x")
        assert "min" in text.split("Results")[1].split("|")[0] and "caling" in text.split("Results")[1].split("|")[0]
