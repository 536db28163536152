"""What the benchmarks say of two results, and of bars on a slower machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.calibration import Machine, loop
from benchmarks.common import Number, Ratio, spread
from benchmarks.comparing import compare, numbers, verdict

ROOT = Path(__file__).resolve().parent.parent


def test_bars_are_those_of_the_reference_times_the_machine() -> None:
    slow = Machine(1.3)
    assert slow.bar(16.0) == pytest.approx(20.8)
    assert slow.verdict(20.0, 16.0) == "(bar 20.8)" and slow.verdict(21.0, 16.0) == "(bar 20.8, missed)"
    assert Machine().verdict(16.5, 16.0) == "(bar 16.0, missed)" and loop() > 0


def test_a_number_spreads_as_far_as_its_parts() -> None:
    values = [1.0, 5.0, 3.0] * 20
    assert spread(values, 0.5) == Number(3.0, 1.0, 5.0)
    assert spread([2.0]) == Number(2.0, 2.0, 2.0)


def ratio(low: float, median: float, high: float, better: str = "higher") -> dict[str, object]:
    return Ratio("rings", median, low, high, 5, 1.0, 1.0, "samples/s", better).plain()


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (Number(10, 9, 11).plain(), Number(10.5, 10, 12).plain(), ""),
        (Number(10, 9, 11).plain(), Number(14, 13, 15).plain(), "worse"),
        (Number(10, 9, 11).plain(), Number(7, 6, 8).plain(), "better"),
        (ratio(2, 3, 4), ratio(5, 6, 7), "better"),
        (ratio(2, 3, 4), ratio(1, 1, 1.5), "worse"),
        (ratio(2, 3, 4, "lower"), ratio(1, 1, 1.5, "lower"), "better"),
    ],
)
def test_only_what_lies_apart_is_told(before: dict[str, object], now: dict[str, object], expected: str) -> None:
    assert verdict(before, now) == expected


def test_a_slower_machine_makes_no_time_worse_but_ratios_are_as_they_are() -> None:
    assert verdict(Number(10, 9, 11).plain(), Number(14, 13, 15).plain(), 1.4) == ""
    assert verdict(ratio(2, 3, 4), ratio(1, 1, 1.5), 1.4) == "worse"


def result(drag: Number, rings: dict[str, object]) -> dict[str, object]:
    return {"machine": 1.0, "canvas": [{"nodes": 50, "drag_p95_ms": drag.plain()}], "training": {"ratios": [rings]}}


def test_two_results_are_set_beside_each_other(tmp_path: Path) -> None:
    before, now = result(Number(10, 9, 11), ratio(2, 3, 4)), result(Number(14, 13, 15), ratio(2, 3, 4))
    assert [name for name, _ in numbers(before)] == ["canvas 0 drag_p95_ms", "rings"]
    said: list[str] = []
    assert compare(before, now, said.append) == ["canvas 0 drag_p95_ms"]
    assert "worse" in said[1] and said[-1].startswith("1 worse")
    assert not compare(before, before, said.append) and said[-1].startswith("nothing")
    paths = [tmp_path / "before.json", tmp_path / "now.json"]
    for path, found in zip(paths, (before, now), strict=True):
        path.write_text(json.dumps(found), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--compare", str(paths[0]), "--with", str(paths[1])],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "worse" in done.stdout
