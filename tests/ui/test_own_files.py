"""Own files in the window: a layer is dragged, chosen, trained and stepped; a panel is fed; a broken one is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QLabel

from nnstudio.document.edits import SetParam
from nnstudio.document.values import Choice
from nnstudio.session.examples import load_example
from tests.e2e.hand import open_window
from tests.helpers import chain, choice
from tests.owned import own_files

# Ways home that ship, in the order of the menu; the first of all has a button.
SHIPPED = [
    "Fast Python, updates replayed …",
    "Jupyter notebook …",
    "NumPy from scratch, nothing hidden …",
    "ONNX …",
    "PyTorch program (.pt2) …",
    "Weights (safetensors) …",
    "Folder for a model hub …",
    "Project for a server (zip) …",
    "Project for several processes …",
    "Figure of the network (SVG) …",
    "Figure of the network (PDF) …",
    "Figure of the network (PNG) …",
    "Figure for LaTeX (TikZ) …",
]


def test_an_own_layer_is_a_layer_like_any(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "layers/swirl.py", "activations/soft_swish.py", "optimizers/lion.py"):
        document = chain(
            ("linear", "h", {"units": 4}),
            ("linear", "out", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            epochs=3,
        )
        with open_window(document) as hand:
            window = hand.window
            window.bench.placing.append("swirl")
            assert "swirl" in {node.kind for node in hand.session.document.nodes}
            hand.session.history.undo()
            hand.session.apply(SetParam("h", ("activation",), Choice("soft_swish")))
            hand.session.apply(SetParam("optimizer", ("optimizer",), Choice("lion")))
            hand.compiled()
            hand.press(window.actions_["step"])
            hand.wait(lambda: window.bench.shown.trace is not None)
            trace = window.bench.shown.trace
            assert trace is not None and "h_a.beta" in trace.parameters
            code = hand.panel("code")
            window.bench.panels.show("code")
            hand.wait(
                lambda: (
                    "class SoftSwish(nn.Module)" in code.toPlainText()
                    and "class Lion(torch.optim.Optimizer)" in code.toPlainText()
                )
            )


def test_an_own_panel_is_fed(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "panels/lengths.py"), open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.window.bench.panels.show("lengths")
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: "hidden: " in hand.panel("lengths").text())


BAD_MAKE = """
from nnstudio.document.text import Text
from nnstudio.ui.kit.panel import Panel


def make(desk):
    return desk.nothing_of_that_name


PANEL = Panel("bad", Text("Bad"), make)
"""
BAD_TAKE = """
from PySide6.QtWidgets import QLabel
from nnstudio.document.text import Text
from nnstudio.ui.kit.panel import Feed, Panel

PANEL = Panel("bad", Text("Bad"), lambda desk: QLabel("good"), leave=lambda view: view.gone(), feeds=(
    Feed("document", lambda view, document: 1 / 0),))
"""


@pytest.mark.parametrize(
    ("text", "said"), [(BAD_MAKE, "bad.py, line 7: AttributeError"), (BAD_TAKE, "bad.py, line 7: ZeroDivisionError")]
)
def test_a_panel_that_fails_says_so_in_its_place(text: str, said: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "panels/lengths.py", panels__bad=text), open_window(load_example("xor")) as hand:
        hand.window.bench.panels.show("bad")
        hand.compiled()
        hand.wait(lambda: said in (hand.panel("bad").text() if isinstance(hand.panel("bad"), QLabel) else ""))
        # The rest goes on.
        hand.window.bench.panels.show("lengths")
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: "hidden: " in hand.panel("lengths").text())


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ('Panel("bad", Text("Bad"), lambda desk: None)', "gives NoneType, not a widget"),
        ('Panel("bad", Text("Bad"), lambda desk: exit())', "SystemExit"),
        (
            'Panel("bad", Text("Bad"), lambda desk: QLabel("x"), leave=lambda view: 1 / 0, let_go=lambda view: 1 / 0)',
            "x",
        ),
    ],
)
def test_a_panel_that_does_it_wrong_keeps_no_window_from_opening_or_closing(
    panel: str, said: str, tmp_path: Path
) -> None:
    text = BAD_TAKE.partition("PANEL")[0] + f"PANEL = {panel}\n"
    with own_files(tmp_path / "own", panels__bad=text), open_window(load_example("xor")) as hand:
        hand.window.bench.panels.show("bad")
        hand.wait(lambda: said in hand.panel("bad").text())


@pytest.mark.parametrize(
    "panel",
    [
        'Panel("bad", Text("Bad"), lambda desk: QLabel(), feeds=(Feed("snapshots", print),))',
        'Panel("bad", Text("Bad"), lambda desk: QLabel(), feeds=("snapshot",))',
        'Panel("bad", Text("Bad"), lambda desk: QLabel(), order="high")',
        'Panel(7, Text("Bad"), lambda desk: QLabel())',
        'Panel("bad", "Bad", lambda desk: QLabel())',
        'Panel("problems", Text("Bad"), lambda desk: QLabel())',
    ],
)
def test_a_panel_that_is_none_is_left_out_and_named(panel: str, tmp_path: Path) -> None:
    text = BAD_TAKE.partition("PANEL")[0] + f"PANEL = {panel}\n"
    with own_files(tmp_path / "own", panels__bad=text), open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.wait(lambda: hand.session.meaning.analysis is not None)
        found = hand.session.meaning.lowered.problems
        assert any("panels/bad.py" in problem.what.render() for problem in found)


def test_a_broken_file_stands_among_the_problems(tmp_path: Path) -> None:
    with (
        own_files(tmp_path / "own", layers__bad="1 / 0\n", panels__worse="import nothing_of_that_name\n"),
        open_window(load_example("xor")) as hand,
    ):
        hand.compiled()
        hand.window.bench.panels.show("problems")

        def text() -> str:
            return " ".join(label.text() for label in hand.panel("problems").findChildren(QLabel))

        hand.wait(lambda: "layers/bad.py" in text() and "panels/worse.py" in text() and "ZeroDivisionError" in text())
        # It is a warning: the network runs.
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: hand.session.training.state in ("running", "finished"))


def test_ways_home_and_the_folder_are_in_the_menus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Desktop:
        @staticmethod
        def openUrl(url: QUrl) -> None:
            opened.append(url.toLocalFile())

    monkeypatch.setattr("nnstudio.ui.shell.guide.QDesktopServices", Desktop)
    with own_files(tmp_path / "own", "exports/listing.py") as folder, open_window(load_example("xor")) as hand:
        hand.compiled()
        menu = hand.window.actions_.menus["exports"]
        assert [action.text() for action in menu.actions()] == [
            *SHIPPED,
            "List of weights …",
        ] and menu.menuAction().isVisible()
        assert hand.window.bench.exporting.to(tmp_path / "out", "listing")
        assert "hidden.weight" in (tmp_path / "out" / "weights.txt").read_text(encoding="utf-8")
        hand.window.actions_["own_files"].trigger()
        assert opened == [str(folder)] and (folder / "panels").is_dir()
    with open_window() as hand:
        menu = hand.window.actions_.menus["exports"]
        assert [action.text() for action in menu.actions()] == SHIPPED
