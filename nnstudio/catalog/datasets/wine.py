"""The wine table that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="wine",
    title=Text("Wine"),
    help=Text("178 wines of three growers, 13 chemical measures each (Forina et al., UCI)."),
    make=lambda params: shipped("wine"),
    order=32,
)
