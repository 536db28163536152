"""Pages, pictures and labels made from a stranger's project hold its texts as texts."""

from __future__ import annotations

import copy
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from nnstudio.document.storage import dumps, loads
from nnstudio.session.examples import load_example
from nnstudio.session.session import PAUSED
from tests.e2e.hand import open_window

pytest.importorskip("PySide6")

TEXTS = ("<img src=x onerror='alert(1)'>", "</p></section><script>alert(1)</script>", "'><b onclick=\"x\">", "<!-- x", "]]>&lt;b&gt;", "\x01\x1b[31m")


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
        hand.wait(lambda: hand.session.state == PAUSED and hand.window.stepping.trace is not None)
        window = hand.window
        assert window.walks.write(folder / "walk.html") and window.report.write(folder / "report.html")
        assert window.report.save_picture("", folder / "network.svg")
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
