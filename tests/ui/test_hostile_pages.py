"""Pages, pictures and labels made from a stranger's project hold its texts as texts."""

from __future__ import annotations

import copy
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.document.storage import dumps, loads
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from tests.e2e.hand import open_window
from tests.e2e.loops import settled

pytest.importorskip("PySide6")

TEXTS = (
    "<img src=x onerror='alert(1)'>",
    "</p></section><script>alert(1)</script>",
    '\'><b onclick="x">',
    "<!-- x",
    "]]>&lt;b&gt;",
    "\x01\x1b[31m",
)


class Elements(HTMLParser):
    """The elements of a page and the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("img", "span"):
            # A name too long or with odd signs is set in plain signs instead of as a picture.
            self.found.append((tag, [name for name, _ in attrs]))
        assert not any(name.startswith("on") for name, _ in attrs) and tag != "script"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def pages(text: str, folder: Path) -> tuple[Any, ...]:
    """The elements of the report, the walk and the canvas's picture of a project whose every name is a text."""
    plain = json.loads(dumps(load_example("xor")))
    changed = copy.deepcopy(plain)
    changed["document"]["name"] = changed["document"]["notes"] = text
    for node in changed["document"]["nodes"]:
        node["name"], node["notes"] = text, text
    with open_window(loads(json.dumps(changed).encode())[0]) as hand:
        hand.compiled()
        hand.session.step("batch")
        hand.wait(lambda: hand.session.training.state == State.PAUSED and hand.window.bench.stepping.trace is not None)
        window = hand.window
        assert window.bench.walks.write(folder / "walk.html") and window.bench.report.write(folder / "report.html")
        assert window.bench.report.save_picture("", folder / "network.svg")
    found = [Elements((folder / name).read_text("utf-8")).found for name in ("walk.html", "report.html")]
    tags = [element.tag for element in ElementTree.parse(folder / "network.svg").iter()]
    assert not any("script" in tag for tag in tags)
    return tuple(found)


def test_pages_hold_names_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Setting formulas takes its time; the first cards have everything that a name stands in.
    monkeypatch.setattr("nnstudio.ui.stepper.walk.MOST_CARDS", 6)
    before = pages("plain", tmp_path)
    for text in TEXTS:
        assert pages(text, tmp_path) == before, text


HOSTILE = "<img src='file:///etc/hostname'><b>x</b>"


def test_no_label_of_the_window_reads_a_students_words_as_html(tmp_path: Path) -> None:
    """Names that look like HTML, everywhere a name stands: no label and no tooltip would draw them as such."""
    from dataclasses import replace

    from PySide6 import QtGui
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLabel, QWidget

    document = SetTraining(("epochs",), 3).apply(load_example("iris"), CATALOG)
    document = replace(document, name=HOSTILE, nodes=tuple(replace(n, name=HOSTILE + n.id) for n in document.nodes))
    with open_window(document) as hand:
        hand.compiled()
        window = hand.window
        window.bench.running.toggle()
        hand.state(State.FINISHED)
        window.bench.trying.look()
        hand.wait(lambda: window.bench.parts.timeline.trace is not None)
        bad: list[str] = []

        def look(where: str) -> None:
            for widget in window.findChildren(QWidget):
                if (
                    isinstance(widget, QLabel)
                    and "<img" in widget.text()
                    and widget.textFormat() != Qt.TextFormat.PlainText
                    and QtGui.Qt.mightBeRichText(widget.text())
                ):
                    bad.append(f"{where}: label {widget.text()[:60]}")
                if "<img src='file" in widget.toolTip() and QtGui.Qt.mightBeRichText(widget.toolTip()):
                    bad.append(f"{where}: tip of {type(widget).__name__}")
            for item in window.bench.parts.scene.items():
                if "<img src='file" in item.toolTip() and QtGui.Qt.mightBeRichText(item.toolTip()):
                    bad.append(f"{where}: tip on the canvas")

        for name, dock in window.bench.panels.dock_of.items():
            dock.show()
            dock.raise_()
            settled()
            look(name)
        for node in list(window.bench.parts.scene.cards):
            window.bench.parts.scene.select({node})
            settled()
            look(node)
        for place in range(window.bench.parts.timeline.slider.maximum() + 1):
            window.bench.parts.timeline.slider.setValue(place)
        look("step")
        window.bench.parts.toast.say(HOSTILE)
        look("toast")
        assert not bad
