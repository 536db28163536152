"""Panels: one file each, fed only while they can be seen, and no one else knows them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nnstudio.ui.panels as folder
from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.session.examples import load_example
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.shell.panels import found_panels
from tests.e2e.hand import open_window

ROOT = Path(__file__).resolve().parents[2]
# The guide's own example.
GUIDE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-panel.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def new_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A panel is one file in the folder, as the guide writes it."""
    assert GUIDE is not None
    (tmp_path / "lengths.py").write_text(GUIDE[1], encoding="utf-8")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    found_panels.cache_clear()
    yield "lengths"
    sys.modules.pop("nnstudio.ui.panels.lengths", None)
    monkeypatch.undo()
    found_panels.cache_clear()


def test_a_new_panel_is_one_file(new_panel: str) -> None:
    with open_window(load_example("xor")) as hand:
        bench, actions = hand.window.bench, hand.window.actions_
        assert new_panel in bench.panels.dock_of and any(
            action.objectName() == f"dock_{new_panel}" for _, action in actions.listed()
        )
        assert ("dock:lengths", "Lengths") in bench.controls.listed()
        view = hand.panel(new_panel)
        hand.compiled()
        hand.press(actions["run"])
        hand.wait(lambda: "hidden: " in view.text())
        hand.press(actions["run"])
        # What the run says is what stands there.
        hand.wait(lambda: hand.session.training.state == "paused")


def test_without_the_file_there_is_no_such_panel() -> None:
    assert "lengths" not in {panel.id for panel in found_panels()}
    with open_window() as hand:
        assert "lengths" not in hand.window.bench.panels.dock_of


def test_a_panel_is_fed_only_while_it_can_be_seen() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        panels, code = hand.window.bench.panels, hand.panel("code")
        hand.wait(lambda: "out_features=4" in code.toPlainText())
        panels.show("layers")
        hand.wait(lambda: not in_sight(code) and in_sight(panels.view("layers")))
        source = hand.session.meaning.source
        hand.session.apply(SetParam("hidden", ("units",), 7))
        hand.wait(lambda: hand.session.meaning.source is not source and hand.session.meaning.lowered is not None)
        assert "out_features=4" in code.toPlainText(), "it is not shown what nobody sees"
        panels.show("code")
        hand.wait(lambda: "out_features=7" in code.toPlainText())


def test_the_newest_is_kept_and_told() -> None:
    feeds, told = Feeds(), []
    feeds.follow("run", told.append)
    feeds.follow("runs", told.append)
    assert feeds.newest("run") is None
    feeds.give("run", 1)
    feeds.give("run", 2, "two")
    feeds.give("runs", 3)
    feeds.give("trace", 4)
    assert feeds.newest("run") == (2, "two") and feeds.newest("trace") == (4,)
    assert told == ["run", "run", "runs"], "nobody is told of what it does not follow"


def test_every_feed_that_a_panel_wants_is_given_and_in_the_guide() -> None:
    given = set()
    for path in (ROOT / "nnstudio" / "ui").rglob("*.py"):
        given |= set(re.findall(r"\bgive\(\s*\"(\w+)\"", path.read_text(encoding="utf-8")))
    wanted = {feed.name for panel in found_panels() for feed in panel.feeds}
    guide = (ROOT / "docs" / "adding-a-panel.md").read_text(encoding="utf-8")
    assert wanted <= given
    assert all(f"`{name}`" in guide for name in given)


def test_no_panel_is_named_outside_its_file_but_by_who_calls_it() -> None:
    """No number addresses a dock; a panel's id stands in its file, and where someone brings it to the front or counts
    in it.
    """
    for path in (ROOT / "nnstudio" / "ui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"docks\[\d", text), path


def test_epochs_that_come_together_are_told_once_and_none_is_missed() -> None:
    document = SetTraining(("epochs",), 3000).apply(load_example("xor"), CATALOG)
    with open_window(document) as hand:
        hand.compiled()
        told: list[int] = []
        bridge, curves = hand.window.bench.bridge, hand.panel("curves")
        bridge.epochs_done.connect(lambda record: told.append(record["epoch"]))
        hand.press(hand.window.actions_["run"])
        hand.state("finished")
        hand.wait(lambda: told and told[-1] == 3000)
        assert told == sorted(set(told)) and len(told) < 1500
        hand.wait(lambda: list(curves._data["epoch"]) == list(range(1, 3001)))
