"""The breast cancer table that ships with the program."""

from __future__ import annotations

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset
from nnstudio.document.text import Text

ENTRY = Dataset(
    id="breast_cancer",
    title=Text("Breast cancer", "乳腺癌"),
    help=Text("569 tumours, benign or malignant, 30 measures of cell nuclei each (Wolberg et al., UCI).",
              "569 例肿瘤（良性或恶性），每例 30 项细胞核指标（Wolberg 等，UCI）。"),
    make=lambda params: shipped("breast_cancer"),
    order=34,
)
