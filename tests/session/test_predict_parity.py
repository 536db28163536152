"""A file as it was learnt from, with traps, gets the same answers from the program and from predict.py."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.document.values import Params
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.session.export import export_python, start_weights
from nnstudio.session.predict import read_samples
from tests.commands import run_script
from tests.helpers import chain, choice, sound

ROWS = range(40)


def lines(head: str, cells: list[str]) -> str:
    return head + "\n".join(cells) + "\n"


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "no names": (lines("", [f"{i}.5,{i % 3},{i}.25" for i in ROWS]), {}),
    "money with a comma": (lines("p;y\n", [f"€ 1.{i:03d},50;{i},5" for i in ROWS]), {}),
    "time zones": (lines("t,y\n", [f"2024-{1 + i % 12:02d}-05T{i % 24:02d}:00:00+02:00,{i}.5" for i in ROWS]), {}),
    "month first": (lines("t,y\n", [f"{1 + i % 12:02d}/{1 + i % 28:02d}/2024,{i}.5" for i in ROWS]), {}),
    "numbers as names": (
        lines("a,y\n", [f"{i % 3}.0,{i}.5" for i in ROWS]),
        {"treatments": (Params(name="a", kind="category"),)},
    ),
    "remarks": (lines("# x\n# y\na,y\n", [f"{i},{i}.5" for i in ROWS]), {}),
    "a title": (lines("Title\n\na,y\n", [f"{i},{i}.5" for i in ROWS]), {"skip": 2}),
    "names in two rows": (lines("size,,price\nw,l,\n", [f"{i},{i + 1},{i}.5" for i in ROWS]), {"heads": 2}),
    "the delimiter in a line of its own": (lines("sep=;\na;y\n", [f"{i};{i},5" for i in ROWS]), {}),
    "names of rows without a name": (lines("a,y\n", [f"r{i},{i},{i}.5" for i in ROWS]), {}),
    "postcodes": (lines("z,y\n", [f"0{i % 4}12,{i}.5" for i in ROWS]), {}),
    "names twice": (lines("a,a,y\n", [f"{i},{-i},{i}.5" for i in ROWS]), {}),
    "blanks": (lines(" a , b ,y\n", [f"{i}, x{i % 2} ,{i}.5" for i in ROWS]), {}),
    "quotation marks": (lines("n,y\n", [f'"a, ""{i % 2}""",{i}.5' for i in ROWS]), {}),
    "a delimiter at the end": (lines("a,b,y,\n", [f"{i},{i + 1},{i}.5," for i in ROWS]), {"targets": ("y",)}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_script_answers_as_the_program_does(case: str, tmp_path: Path) -> None:
    text, params = CASES[case]
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    data = choice("table_file", path=str(file), **{"target_kind": "values", **params})
    program = sound(chain(("linear", "o", {"units": 1}), data=data, loss=choice("mse")))
    known, weights = fitted(program), start_weights(program)
    x, names = read_samples(known, file)
    ours = predict(program, weights, x, known).numbers[:, 0]
    export_python(program, tmp_path / "out", weights, known=known)
    given = [sys.executable, "-I", str(tmp_path / "out" / "predict.py"), str(file)]
    ended = run_script(given, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    rows = [list(row.values()) for row in csv.DictReader(io.StringIO(ended.stdout))]
    assert [row[0] for row in rows] == list(names) and len(rows) == len(ROWS)
    np.testing.assert_allclose([float(row[-1]) for row in rows], ours, rtol=1e-5)
