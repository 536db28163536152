"""The code beside the canvas: only lines that changed are written anew, and look as if all had been."""

from __future__ import annotations

import random

import pytest
from PySide6.QtGui import QTextBlock

from nnstudio.document.edits import SetParam
from nnstudio.session.examples import load_example
from nnstudio.ui.code.code_view import CodeView
from tests.e2e.hand import open_window

pytestmark = pytest.mark.usefixtures("qtbot")
LINES = (
    '"""One line."""',
    '"""A text',
    "of several lines",
    'that ends here."""',
    "import torch",
    "class Net(nn.Module):",
    "    x = 3  # a number",
    "def f(x):",
    "",
    "    return 'a'",
)


def shown(view: CodeView) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """The lines with their colours."""
    found = []
    block: QTextBlock = view.document().begin()
    while block.isValid():
        found.append(
            (
                block.text(),
                [(f.start, f.length, f.format.foreground().color().name()) for f in block.layout().formats()],
            )
        )
        block = block.next()
    return found


def afresh(text: str) -> list[tuple[str, list[tuple[int, int, str]]]]:
    view = CodeView()
    view.show_source(text, {}, {})
    return shown(view)


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_script_looks_like_one_written_anew(seed: int) -> None:
    draw = random.Random(seed)
    view = CodeView()
    lines = [draw.choice(LINES) for _ in range(draw.randrange(0, 14))]
    for _ in range(12):
        view.show_source("\n".join(lines), {}, {})
        assert view.toPlainText() == "\n".join(lines) and shown(view) == afresh("\n".join(lines))
        place = draw.randrange(len(lines) + 1)
        match draw.randrange(4):
            case 0:
                lines = [*lines[:place], *(draw.choice(LINES) for _ in range(draw.randrange(4))), *lines[place:]]
            case 1:
                lines = [*lines[:place], *lines[place + draw.randrange(4) :]]
            case 2:
                lines = [draw.choice(LINES) if draw.random() < 0.2 else line for line in lines]
            case _:
                lines = [] if draw.random() < 0.3 else lines


def test_what_is_marked_stays_marked_when_lines_move() -> None:
    view = CodeView()
    view.show_source("a = 1\nb = 2\nc = 3", {2: "b"}, {})
    view.mark_node("b")
    view.show_source("# new\na = 1\nb = 20\nc = 3", {3: "b"}, {})
    assert [s.cursor.block().text() for s in view.extraSelections()] == ["b = 20"]


def test_the_numpy_code_follows_the_network_and_the_step() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        hand.compiled()
        view = hand.panel("scratch")
        hand.wait(lambda: "v.hidden = 1 / (1 + np.exp(-v.hidden_z))" in view.code.toPlainText())
        hand.session.apply(SetParam("hidden", ("activation",), "tanh"))
        hand.wait(lambda: "v.hidden = np.tanh(v.hidden_z)" in view.code.toPlainText())
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.session.stepping.shown is not None)
        hand.panel("scratch")
        hand.window.bench.parts.timeline.go_last()
        hand.wait(lambda: bool(view.code.extraSelections()))
        found = view.code.extraSelections()
        assert found[0].cursor.block().text().strip() == "weights[name] = w"


def test_what_is_not_in_numpy_is_said_in_its_place() -> None:
    with open_window(load_example("digits")) as hand:
        hand.compiled()
        view = hand.panel("scratch")
        hand.wait(lambda: "is not written out in NumPy" in view.code.toPlainText())
