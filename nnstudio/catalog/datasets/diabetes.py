"""The diabetes table that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="diabetes",
    title=Text("Diabetes", "糖尿病"),
    help=Text("442 patients, 10 measures each; the value is how the illness went on in a year (Efron et al., 2004).",
              "442 名患者，每人 10 项指标；目标为一年后的病情进展（Efron 等，2004）。"),
    make=lambda params: shipped("diabetes", classes=False),
    order=56,
)
