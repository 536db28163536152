"""The diabetes table that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="diabetes",
    title=Text("Diabetes"),
    help=Text("442 patients, 10 measures each; the value is how the illness went on in a year (Efron et al., 2004)."),
    make=lambda params: shipped("diabetes", classes=False),
    order=56,
)
