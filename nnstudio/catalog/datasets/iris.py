"""Fisher's iris flowers, read from the CSV file that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="iris",
    title=Text("Iris"),
    help=Text("150 flowers of three species, four measures each in centimetres (R. A. Fisher, 1936)."),
    make=lambda params: shipped("iris"),
    order=30,
)
