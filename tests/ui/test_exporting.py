"""Ways home in the window: what each is for, what would be replaced, and how a long one is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QProgressDialog, QPushButton

from nnstudio.session.examples import load_example
from nnstudio.session.exports import FIRST, exports
from nnstudio.ui.desk import with_ending
from nnstudio.ui.project import exporting
from tests.e2e.hand import open_window

pytestmark = pytest.mark.usefixtures("qtbot")


def test_the_menu_says_what_each_way_is_for() -> None:
    for language in ("en", "zh"):
        with open_window(load_example("xor"), language=language) as hand:
            menu = hand.window.actions_.menus["exports"]
            assert menu.toolTipsVisible()
            told = {action.text(): action.toolTip() for action in menu.actions()}
            assert len(told) == len(exports()) - 1 and all(len(text) > 12 for text in told.values())
            assert FIRST not in told


def test_a_long_export_can_be_stopped_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PATIENCE_MS", 0)
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        refused: list[str] = []
        monkeypatch.setattr(hand.window.bench.exporting._asks, "refuse", lambda message: refused.append(message.key))

        def stop() -> None:
            waiting = [w for w in QApplication.topLevelWidgets() if isinstance(w, QProgressDialog) and w.isVisible()]
            if waiting:
                QTest.mouseClick(waiting[0].findChild(QPushButton), Qt.MouseButton.LeftButton)
            else:
                QTimer.singleShot(30, stop)

        QTimer.singleShot(100, stop)
        assert not hand.window.bench.exporting.to(tmp_path / "out", "pt2")
        assert refused == ["export.cancelled"] and not (tmp_path / "out").exists()
        # And one that is let go on.
        assert hand.window.bench.exporting.to(tmp_path / "out", "svg")
        assert (tmp_path / "out" / "network.svg").is_file()


class Asked:
    def __init__(self, yes: bool) -> None:
        self.yes, self.seen = yes, [""]

    def may_replace(self, paths: list[Path]) -> bool:
        self.seen += [path.name for path in paths]
        return self.yes


def test_a_name_that_gets_an_ending_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "step.ipynb").write_text("mine")
    for yes in (False, True):
        asks = Asked(yes)
        found = with_ending(tmp_path / "step", ".ipynb", asks)  # type: ignore[arg-type]
        assert (found is not None) == yes and asks.seen[-1] == "step.ipynb"
    asks = Asked(False)
    assert with_ending(tmp_path / "other", ".ipynb", asks) == tmp_path / "other.ipynb"  # type: ignore[arg-type]
    assert with_ending(tmp_path / "step.ipynb", ".html", asks) == tmp_path / "step.ipynb"  # type: ignore[arg-type]
    assert asks.seen == [""]


def test_no_notebook_of_a_walk_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "step.ipynb").write_text("mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "step"), "Notebook (*.ipynb)"))
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.parts.timeline.trace is not None)
        walks = hand.window.bench.walks
        monkeypatch.setattr(walks._asks, "may_replace", lambda paths: False)
        walks.ask()
        assert (tmp_path / "step.ipynb").read_text() == "mine"
