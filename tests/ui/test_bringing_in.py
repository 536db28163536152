"""Networks and weights from elsewhere, dropped on the window or opened in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from nnstudio.session.imports.weights_file import shapes_of
from nnstudio.ui.project.match_dialog import MatchDialog
from tests.e2e.hand import Hand, open_window
from tests.helpers import chain, choice, sound
from tests.properties.test_hostile_networks import WHOLE


@pytest.fixture
def hand() -> Iterator[Hand]:
    document = chain(("linear", "base", {"units": 4}), ("linear", "head", {"units": 3}), data=choice("iris"),
                     loss=choice("cross_entropy"))  # fmt: skip
    with open_window(document) as found:
        found.compiled()
        yield found


def answered(button: QMessageBox.StandardButton) -> list[str]:
    """Press a button of the next box; returns what it said, once it has."""
    said: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            said.append(box.text())
            box.button(button).click()
        else:
            QTimer.singleShot(20, press)

    QTimer.singleShot(20, press)
    return said


def test_a_dropped_network_is_a_project(hand: Hand, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(WHOLE[".onnx"])
    hand.window.bench.drops.take_dropped(str(tmp_path / "a.onnx"))
    assert hand.session.document.name == "small"
    hand.compiled()
    assert [n.kind for n in hand.session.document.nodes][1:3] == ["conv_2d", "max_pool_2d"]
    # It has no file yet, and is not left without a question.
    assert hand.session.path is None and hand.session.worth_asking
    # Its weights are there: they answer before anything was trained.
    assert set(hand.session.fitting_weights()) == set(shapes_of(hand.session.meaning.sound()))
    assert "brought in" in hand.window.bench.parts.toast.text()
    hand.session.step("batch")
    hand.wait(lambda: hand.session.training.snapshot is not None)


def test_a_broken_one_is_told_of_and_nothing_is_lost(hand: Hand, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"no network")
    before = hand.session.document
    said = answered(QMessageBox.StandardButton.Ok)
    hand.window.bench.files.open(str(tmp_path / "a.onnx"))
    assert said and "no whole ONNX file" in said[0]
    assert hand.session.document == before


def test_weights_go_in_where_the_table_is_accepted(hand: Hand, tmp_path: Path) -> None:
    shapes = shapes_of(sound(hand.session.document))
    torch.save({f"net.{name}": torch.full(shape, 0.5) for name, shape in shapes.items()}, tmp_path / "w.pt")
    seen: list[list[str]] = []

    def look(accept: bool) -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, MatchDialog):
            QTimer.singleShot(20, lambda: look(accept))
            return
        table = dialog.table
        seen.append([table.item(row, 2).text() for row in range(table.rowCount())])
        assert dialog.take.isEnabled() and "4 of 4" in dialog.note.text()
        (dialog.accept if accept else dialog.reject)()

    QTimer.singleShot(20, lambda: look(False))
    hand.window.bench.files.open(str(tmp_path / "w.pt"))
    assert not hand.session.document.training.get("start_file")
    QTimer.singleShot(20, lambda: look(True))
    hand.window.bench.files.open(str(tmp_path / "w.pt"))
    assert seen == [[f"net.{name}" for name in shapes]] * 2
    assert hand.session.document.training["start_file"]
    hand.session.undo()
    assert not hand.session.document.training.get("start_file"), "it is one step of undo"
    hand.session.redo()
    hand.compiled()
    hand.session.step("batch")
    hand.wait(lambda: hand.session.training.trainer is not None)
    from nnstudio.session.export import start_weights

    begun = start_weights(hand.session.meaning.sound())
    assert all(np.all(value == 0.5) for value in begun.values())


def test_weights_of_another_network_are_refused(hand: Hand, tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(99)}, tmp_path / "w.pt")

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, MatchDialog):
            assert not dialog.take.isEnabled()
            dialog.reject()
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)
    hand.window.bench.files.open(str(tmp_path / "w.pt"))
    assert not hand.session.document.training.get("start_file")
