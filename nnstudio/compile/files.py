"""The names of the files that an export consists of."""

from __future__ import annotations

SCRIPT, WEIGHTS = "train.py", "weights.safetensors"
TABLE, ARRAYS = "data.csv", "data.npz"
ALL = (SCRIPT, TABLE, ARRAYS, WEIGHTS)
