"""A run that trains elsewhere is watched through its folder: curves, pictures, its end; nothing of it is changed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from nnstudio.document.edits import SetParam
from nnstudio.document.errors import TrainError
from nnstudio.document.values import Document
from nnstudio.engine.fitted import fitted
from nnstudio.engine.fitted_plain import to_plain
from nnstudio.engine.followed import COLUMNS
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session.session import Session
from nnstudio.session.watching import HISTORY, is_run, watch
from tests.e2e.hand import open_window
from tests.helpers import chain, choice, finish, sound


def network(units: int = 5) -> Document:
    return chain(
        ("linear", "h", {"units": units, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=6,
    )


class Elsewhere:
    """What a machine far away writes."""

    def __init__(self, folder: Path, document: Document | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        trainer = Trainer(sound(document or network()), device="cpu", threads=1, snapshots=False)
        self.end, _ = finish(trainer)
        self.lines = [{**dict(line), "updates": 8 * (n + 1)} for n, line in enumerate(trainer.history)]
        self.told = 0

    def write(self, text: str) -> None:
        with (self.folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(text)

    def tell(self, count: int) -> None:
        """Some epochs, with a few updates between them."""
        for line in self.lines[self.told : self.told + count]:
            self.write(json.dumps({"epoch": line["epoch"], "updates": line["updates"] - 3, "loss": 0.5}) + "\n")
            self.write(json.dumps(line) + "\n")
        self.told += count

    def weigh(self, weights: Any = None) -> None:
        part = self.folder / "w.part"
        save_file({name: np.array(value) for name, value in (weights or self.end.weights).items()}, str(part))
        part.replace(self.folder / "weights.safetensors")

    def finish(self) -> None:
        self.tell(len(self.lines))
        self.weigh()
        self.write(
            json.dumps({"end": "finished", "updates": 48, "result": {**(self.end.report or {}), "history": []}}) + "\n"
        )


class Eyes:
    """A session that watches, and what it was told."""

    def __init__(self, folder: Path, document: Document | None = None) -> None:
        self.session = Session(document or network())
        self.said: list[str] = []
        self.session.refused.add(lambda why: self.said.append(why.key))
        watch(self.session, folder)

    def until(self, done: Callable[[], Any], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "waited in vain"
            self.session.poll()
            time.sleep(0.01)

    @property
    def epochs(self) -> list[int]:
        return [int(line["epoch"]) for line in self.session.training.records]


def test_a_run_that_is_over_is_the_projects(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.finish()
    eyes = Eyes(tmp_path / "run")
    run = eyes.session.training
    eyes.until(lambda: run.state.over)
    assert run.state is State.FINISHED and run.reason is None and run.report is not None
    assert [dict(line) for line in run.records] == [{name: line[name] for name in COLUMNS} for line in far.lines]
    for name, value in far.end.weights.items():
        np.testing.assert_array_equal(run.weights[name], value)
    assert run.fitted is not None and eyes.session.trained().weights
    # It can be stepped like one that trained here.
    assert run.snapshot is not None and run.snapshot.updates == 48 and run.unsaved
    assert run.snapshot.epoch == 6
    assert eyes.session.close()


def test_it_grows_before_ones_eyes(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(1)
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.epochs == [1])
    assert eyes.session.training.state is State.RUNNING
    # Half a line is the beginning of one.
    text = json.dumps(far.lines[1]) + "\n"
    far.write(text[:40])
    far.weigh()
    eyes.until(lambda: eyes.session.training.snapshot is not None)
    assert eyes.epochs == [1]
    far.write(text[40:])
    far.told = 2
    eyes.until(lambda: eyes.epochs == [1, 2])
    present = eyes.session.present_weights()
    np.testing.assert_array_equal(present["o.bias"], far.end.weights["o.bias"])
    far.finish()
    eyes.until(lambda: eyes.session.training.state is State.FINISHED)
    assert eyes.epochs == [1, 2, 3, 4, 5, 6] and not eyes.said
    assert eyes.session.close()


def test_what_the_data_was_prepared_with_there_goes_with_the_weights(tmp_path: Path) -> None:
    """The data here may be another by now; then the weights are of other data, which is said elsewhere."""
    far = Elsewhere(tmp_path / "run")
    there = to_plain(fitted(sound(network())))
    there["seed_of_this_test"] = True
    for text, expected in ((json.dumps(there), True), ("{ half", False), ("[1]", False)):
        (tmp_path / "run" / "fitted.json").write_text(text, encoding="utf-8")
        far.told = 0
        far.tell(1)
        eyes = Eyes(tmp_path / "run")
        eyes.until(lambda eyes=eyes: eyes.session.training.fitted is not None)
        assert ("seed_of_this_test" in eyes.session.training.fitted) is expected  # type: ignore[operator]
        assert eyes.session.close()


def test_a_line_that_is_none_is_passed_over(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(1)
    far.write("\x00\x00{ half\n[1, 2]\n\n7\n")
    far.tell(1)
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.epochs == [1, 2])
    assert eyes.session.close()


def test_a_folder_that_is_gone_comes_back(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(2)
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.epochs == [1, 2])
    (tmp_path / "run").rename(tmp_path / "away")
    eyes.until(lambda: eyes.said == ["follow.away"])
    assert eyes.epochs == [1, 2] and eyes.session.training.state is State.RUNNING
    (tmp_path / "away").rename(tmp_path / "run")
    eyes.until(lambda: eyes.said == ["follow.away", "follow.back"])
    far.tell(1)
    eyes.until(lambda: eyes.epochs == [1, 2, 3])
    assert eyes.session.close()


def test_a_run_that_begins_again_is_shown_from_its_beginning(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(4)
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: len(eyes.epochs) == 4)
    (tmp_path / "run" / HISTORY).unlink()
    far.told = 0
    far.tell(2)
    eyes.until(lambda: eyes.epochs == [1, 2])
    # Epochs that are told once more, after a restart where the file was kept, are the same epochs.
    far.told = 1
    far.tell(2)
    eyes.until(lambda: eyes.epochs == [1, 2, 3])
    assert eyes.session.close()


def test_weights_of_another_network_are_said_and_the_curves_stay(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run", network(7))
    far.finish()
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.session.training.state.over)
    assert eyes.said == ["follow.unfit"] and len(eyes.epochs) == 6
    assert eyes.session.training.reason is not None and eyes.session.training.reason.key == "follow.no_weights"
    assert eyes.session.close()


def test_weights_that_are_half_written_wait(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(1)
    (tmp_path / "run" / "weights.safetensors").write_bytes(b"\x40\x00\x00\x00\x00\x00\x00\x00{")
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.epochs == [1])
    assert eyes.session.training.snapshot is None and not eyes.said
    far.weigh()
    eyes.until(lambda: eyes.session.training.snapshot is not None)
    assert eyes.session.close()


def test_it_is_not_steered(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(1)
    before = sorted(path.name for path in (tmp_path / "run").iterdir())
    eyes = Eyes(tmp_path / "run")
    eyes.until(lambda: eyes.epochs == [1])
    eyes.session.pause()
    eyes.until(lambda: eyes.said == ["follow.elsewhere"])
    eyes.session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.5))
    eyes.until(lambda: eyes.said == ["follow.elsewhere"] * 2)
    assert eyes.session.training.state is State.RUNNING
    eyes.session.reset()
    assert eyes.session.training.state is State.IDLE
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == before
    assert eyes.session.close()


def test_many_lines_are_taken_together(tmp_path: Path) -> None:
    far = Elsewhere(tmp_path / "run")
    line = far.lines[0]
    far.write("".join(json.dumps({**line, "epoch": number + 1}) + "\n" for number in range(30_000)))
    eyes = Eyes(tmp_path / "run")
    told: list[object] = []
    eyes.session.epoch_done.add(told.append)
    eyes.until(lambda: len(eyes.epochs) == 30_000)
    assert len(told) < 10 and eyes.epochs[-1] == 30_000
    assert eyes.session.close()


def test_a_network_with_a_problem_watches_nothing(tmp_path: Path) -> None:
    Elsewhere(tmp_path / "run").tell(1)
    session = Session(Document())
    with pytest.raises(TrainError):
        watch(session, tmp_path / "run")
    assert session.training.state is State.IDLE and session.close()


def test_in_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = Elsewhere(tmp_path / "run")
    far.tell(2)
    assert is_run(tmp_path / "run") and not is_run(tmp_path)
    with open_window(network()) as hand:
        hand.compiled()
        chosen = [str(tmp_path), str(tmp_path / "run")]
        refused: list[str] = []
        monkeypatch.setattr(
            "nnstudio.ui.project.bringing_in.QFileDialog.getExistingDirectory", lambda *_: chosen.pop(0)
        )
        monkeypatch.setattr(hand.window.bench.boxes, "refuse", lambda why: refused.append(why.key))
        action = hand.window.actions_["watch_run"]
        action.trigger()
        assert refused == ["follow.no_run"]
        action.trigger()
        hand.wait(lambda: len(hand.session.training.records) == 2)
        curves = hand.panel("curves")
        far.finish()
        hand.wait(lambda: hand.session.training.state is State.FINISHED)
        hand.wait(lambda: len(hand.session.training.records) == 6)
        assert curves.isVisible()
        # The next run is one of its own.
        shutil.rmtree(tmp_path / "run")
        hand.session.run()
        hand.wait(lambda: hand.session.training.state is State.FINISHED)
