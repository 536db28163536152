"""The loss around a step's weights."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import STEP, Panel
from nnstudio.ui.stepper.landscape import LandscapeView


def make(desk: Desk) -> LandscapeView:
    return LandscapeView(desk.step.survey)


PANEL = Panel("landscape", Text("Loss landscape"), make, order=90, waits_for=STEP, leave=LandscapeView.leave)
