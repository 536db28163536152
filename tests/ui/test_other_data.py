"""Results say when their weights learnt from other data than the network has by now."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import again
from nnstudio.document.edits import SetParam
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params
from nnstudio.session.examples import load_example
from tests.e2e.hand import open_window
from tests.helpers import chain, choice


def test_a_split_that_changed_after_training_is_said_and_unsaid() -> None:
    document = load_example("iris")
    short = dataclasses.replace(document, training=Params({**document.training, "epochs": 2}))
    with open_window(short) as hand:
        hand.compiled()
        view = hand.panel("results")
        hand.window.bench.running.toggle()
        hand.state("finished")
        hand.wait(lambda: view.other._reading is None)
        assert view.other.isHidden()
        data = next(node.id for node in hand.session.document.nodes if node.kind == "data")
        hand.session.apply(SetParam(data, ("split_seed",), 5))
        hand.wait(lambda: view.other.isVisible())
        assert "Split seed" in view.other.text()
        # At the bottom of the window as well, in few words.
        brief = hand.window.bench.parts.status.other
        hand.wait(brief.isVisible)
        assert brief.text() == "weights of other data" and "Split seed" in brief.toolTip()
        assert brief.width() >= brief.fontMetrics().horizontalAdvance(brief.text())
        hand.session.undo()
        hand.wait(lambda: not view.other.isVisible())
        hand.wait(lambda: not brief.isVisible())


def test_rows_that_came_into_the_file_are_said(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    lines = ["a,b,y", *(f"{n},{n % 7},{n % 2}" for n in range(60))]
    file.write_text("\n".join(lines) + "\n")
    fields = family("datasets")["table_file"].fields
    data = Choice("table_file", complete(fields, Params(path=str(file)), CATALOG))
    document = chain(("linear", "out", {"units": 2}), data=data, loss=choice("cross_entropy"), epochs=1)
    with open_window(document) as hand:
        hand.compiled()
        view = hand.panel("results")
        hand.window.bench.running.toggle()
        hand.state("finished")
        file.write_text("\n".join([*lines, "9,9,1", "8,8,0"]) + "\n")
        again(data)
        hand.window.bench.own_data.reload()
        hand.wait(hand.window.bench.parts.status.other.isVisible)
        view.other.look()
        hand.wait(lambda: view.other.isVisible())
        assert "60" in view.other.text() and "62" in view.other.text()
