"""The breast cancer table that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="breast_cancer",
    title=Text("Breast cancer"),
    help=Text("569 tumours, benign or malignant, 30 measures of cell nuclei each (Wolberg et al., UCI)."),
    make=lambda params: shipped("breast_cancer"),
    order=34,
)
