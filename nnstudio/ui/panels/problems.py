"""What keeps the network from running, and what could be better."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.training.report import Findings


def make(desk: Desk) -> Findings:
    choose, again = (tr("Choose …"), desk.offers.choose_source), (tr("Read again"), desk.offers.read_again)
    view = Findings(desk.stage.propose_whole, {"data.moved": choose, "data.no_file": choose, "data.cancelled": again})
    view.picked.connect(desk.pick)
    return view


PANEL = Panel("problems", Text("Problems"), make, (Feed("problems", Findings.show_problems),), order=20)
