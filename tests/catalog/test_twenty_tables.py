"""Twenty tables with the traps of real ones: every cell as an independent reading of the text has it, and answers
as numpy gives them, also when the training file is gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import again, table_of
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of
from nnstudio.session.export import start_weights
from nnstudio.session.predict import read_samples
from tests.helpers import chain, choice, sound

NAN = math.nan


@dataclass
class Case:
    """``rows`` are the samples as they should be read: features and target, each written out by hand or by the rule
    that made the text; ``says`` are keys of notes that have to be there.
    """

    name: str
    text: str
    columns: tuple[str, ...]
    rows: list[tuple[list[float], float]]
    params: dict[str, Any] = field(default_factory=dict)
    encoding: str = "utf-8"
    says: tuple[str, ...] = ()


def lines(head: str, body: list[str], tail: str = "") -> str:
    return "\n".join([head, *body]) + "\n" + tail


N = 30
MEAN = {"missing": "mean", "target_kind": "values"}
CASES = [
    Case(
        "plain",
        lines("a,b,y", [f"{n},{n * n},{n}.5" for n in range(N)]),
        ("a", "b"),
        [([n, n * n], n + 0.5) for n in range(N)],
    ),
    Case(
        "thousands and decimals",
        lines("a;y", [f"1.{n:03d},25;{n},5" for n in range(N)]),
        ("a",),
        [([1000 + n + 0.25], n + 0.5) for n in range(N)],
        says=("data.numbers_said",),
    ),
    Case(
        "currency and per cent",
        lines("fee,share,y", [f'"€{n + 1},000.50",{n}.5%,{n}.25' for n in range(N)]),
        ("fee", "share"),
        [([1000 * (n + 1) + 0.5, (n + 0.5) / 100], n + 0.25) for n in range(N)],
        says=("data.numbers_said", "data.numbers_said"),
    ),
    Case(
        "losses in brackets",
        lines("a,y", [f"({n}.5),{n}.5" for n in range(1, N)]),
        ("a",),
        [([-n - 0.5], n + 0.5) for n in range(1, N)],
    ),
    Case(
        "a word among numbers",
        lines("a,y", [f"{'error' if n == 7 else n * 1.5},{n}.5" for n in range(N * 2)]),
        ("a",),
        [([NAN if n == 7 else n * 1.5], n + 0.5) for n in range(N * 2)],
        MEAN,
        says=("data.no_numbers",),
    ),
    Case(
        "an index without a name",
        lines(",a,y", [f"{n},{n * 2},{n}.5" for n in range(N)]),
        ("a",),
        [([n * 2], n + 0.5) for n in range(N)],
        says=("data.row_names",),
    ),
    Case(
        "names that count up",
        lines("0,1,2", [f"{n}.25,{n * 2}.5,{n}.75" for n in range(N)]),
        ("0", "1"),
        [([n + 0.25, n * 2 + 0.5], n + 0.75) for n in range(N)],
    ),
    Case(
        "years as names",
        lines("town,2022,2023,2024", [f"t{n % 3},{n}.5,{n * 2}.5,{n * 3}.5" for n in range(N)]),
        ("town = t0", "town = t1", "town = t2", "2022", "2023"),
        [([float(n % 3 == k) for k in range(3)] + [n + 0.5, n * 2 + 0.5], n * 3 + 0.5) for n in range(N)],
    ),
    Case(
        "codes with a zero in front",
        lines("zip,y", [f"0{n % 3}1,{n}.5" for n in range(N)]),
        ("zip = 001", "zip = 011", "zip = 021"),
        [([float(n % 3 == k) for k in range(3)], n + 0.5) for n in range(N)],
        says=("data.codes",),
    ),
    Case(
        "dates",
        lines("day,y", [f"{1 + n % 28}.{1 + n % 12}.{2020 + n % 3},{n}.5" for n in range(N)]),
        ("day: year", "day: month"),
        [([2020 + n % 3, 1 + n % 12], n + 0.5) for n in range(N)],
    ),
    Case(
        "yes and no",
        lines("lift,y", [f"{('no', 'Yes')[n % 2]},{n}.5" for n in range(N)]),
        ("lift",),
        [([n % 2], n + 0.5) for n in range(N)],
    ),
    Case(
        "empty cells of every kind",
        lines("a,b,y", [f"{('', 'NA', 'n', '-', '?')[n % 5] if n % 5 != 2 else n},{n},{n}.5" for n in range(N)]),
        ("a", "b"),
        [([float(n) if n % 5 == 2 else NAN, n], n + 0.5) for n in range(N)],
        MEAN,
    ),
    Case(
        "rows without a target",
        lines("a,y", [f"{n},{'' if n % 4 == 1 else f'{n}.5'}" for n in range(N)]),
        ("a",),
        [([n], n + 0.5) for n in range(N) if n % 4 != 1],
        says=("data.dropped", "data.left_rows"),
    ),
    Case(
        "a cell too many and a cell too few",
        lines("a,b,y", [f"{n},{n},{n}.5" + (",9" if n == 5 else "") for n in range(N)]),
        ("a", "b"),
        [([n, n], n + 0.5) for n in range(N) if n != 5],
        says=("data.longer_rows",),
    ),
    Case(
        "a delimiter at the end",
        lines("a,b,y,", [f"{n},{n + 1},{n}.5," for n in range(N)]),
        ("a", "b"),
        [([n, n + 1], n + 0.5) for n in range(N)],
        {"targets": ("y",)},
    ),
    Case(
        "remarks above",
        lines("# made in spring\n# by hand\na,y", [f"{n},{n}.5" for n in range(N)]),
        ("a",),
        [([n], n + 0.5) for n in range(N)],
        says=("data.skipped_lines",),
    ),
    Case(
        "names twice",
        lines("a,a,y", [f"{n},{-n},{n}.5" for n in range(N)]),
        ("a", "a'"),
        [([n, -n], n + 0.5) for n in range(N)],
        says=("data.repeated",),
    ),
    Case(
        "German letters",
        lines("Größe;Straße;y", [f"{n},5;{('Süd', 'Nöß')[n % 2]};{n},25" for n in range(N)]),
        ("Größe", "Straße = Nöß", "Straße = Süd"),
        [([n + 0.5, float(n % 2 == 1), float(n % 2 == 0)], n + 0.25) for n in range(N)],
        encoding="latin-1",
    ),
    Case(
        "Chinese in GB18030",
        lines("面积,户型,房价", [f"{n}.5,{('一室', '二室')[n % 2]},{n}.25" for n in range(N)]),
        ("面积", "户型 = 一室", "户型 = 二室"),
        [([n + 0.5, float(n % 2 == 0), float(n % 2 == 1)], n + 0.25) for n in range(N)],
        encoding="gb18030",
    ),
    Case(
        "quoted cells with line ends",
        lines("note,a,y", [f'"first\nsecond {n % 2}",{n},{n}.5' for n in range(N)]),
        ("note = first\nsecond 0", "note = first\nsecond 1", "a"),
        [([float(n % 2 == 0), float(n % 2 == 1), n], n + 0.5) for n in range(N)],
    ),
    Case(
        "mixed far down",
        lines("code,a,y", [f"{'01' if n > 21_000 else 1},{n % 7},{n % 11}.5" for n in range(21_500)]),
        ("code = 01", "code = 1", "a"),
        [([float(n > 21_000), float(n <= 21_000), n % 7], n % 11 + 0.5) for n in range(21_500)],
        {"treatments": (Params(name="code", kind="category"),)},
    ),
]


def settings(path: Path, case: Case) -> Params:
    return Params(path=str(path), **{"target_kind": "values", **case.params})


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_cell_and_every_answer(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(case.text.encode(case.encoding))
    data = Choice("table_file", complete(family("datasets")["table_file"].fields, settings(path, case), CATALOG))
    found = table_of(data)
    assert found.columns == case.columns
    np.testing.assert_array_equal(found.x, np.array([x for x, _ in case.rows], dtype=float))
    np.testing.assert_array_equal(found.y[:, 0], [y for _, y in case.rows])
    said = [note.key for note in found.notes]
    for key in set(case.says):
        assert said.count(key) >= case.says.count(key), said
    # An answer to the rows of the same file, by numpy from the cells; the file is written anew and then gone.
    program = sound(chain(("linear", "o", {"units": 1}), data=data, loss=choice("mse")))
    weights, known = start_weights(program), fitted(program)
    training = rows_of(program.data, found)[0]
    x, y = np.array([x for x, _ in case.rows], dtype=float), np.array([y for _, y in case.rows])
    with np.errstate(all="ignore"):
        fill = np.nanmean(x[training], axis=0)
    full = np.where(np.isnan(x), fill, x)
    shift, spread = full[training].mean(axis=0), full[training].std(axis=0)
    z = (full - shift) / np.where(spread > 1e-12, spread, 1.0)
    wanted = (z @ weights["o.weight"].T + weights["o.bias"])[:, 0]
    if program.data.undo:
        wanted = wanted * y[training].std() + y[training].mean()
    new = tmp_path / "new.csv"
    new.write_bytes(case.text.encode(case.encoding))
    path.unlink()
    again(data)
    answers: Callable[[np.ndarray], np.ndarray] = lambda rows: predict(program, weights, rows, known).numbers[:, 0]  # noqa: E731
    if "data.longer_rows" in said:
        return
    samples, names = read_samples(known, new)
    if "data.left_rows" not in said:
        np.testing.assert_allclose(answers(samples), wanted, rtol=1e-6, atol=1e-6 * max(1.0, np.abs(wanted).max()))
    else:
        kept = [int(name) - 1 for name in names]
        assert kept == list(range(N))
