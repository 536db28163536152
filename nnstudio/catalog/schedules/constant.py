"""The rate stays as it is."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="constant",
    title=Text("Constant", about="schedule"),
    help=Text("The learning rate stays as it is."),
    formula="ηₜ = η",
    target=None,
    kwargs=lambda p: {},
    order=10,
)
