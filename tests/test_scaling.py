"""The model of docs/scaling.md: what is said of many processes follows from a ring gone through step by step."""

from __future__ import annotations

import pytest

from benchmarks.scaling import efficiency, exponent, ring_seconds, simulated


@pytest.mark.parametrize("count", [1, 2, 3, 8, 64])
def test_the_ring_takes_what_the_formula_says(count: int) -> None:
    assert simulated([0.0] * count, 4e6, 1.25e8, 50e-6) == pytest.approx(ring_seconds(count, 4e6, 1.25e8, 50e-6))


def test_all_wait_for_the_slowest() -> None:
    whole = ring_seconds(8, 4e6, 1.25e8, 50e-6)
    late = simulated([0.0] * 7 + [1.0], 4e6, 1.25e8, 50e-6)
    assert late == pytest.approx(1.0 + whole)


def test_more_processes_and_slower_ways_leave_less_time_to_compute() -> None:
    shares = [efficiency(count, 4e7, bandwidth, 0.3) for bandwidth in (1.25e9, 0.125e9) for count in (2, 8, 64)]
    assert all(0 < share <= 1 for share in shares)
    assert shares[:3] == sorted(shares[:3], reverse=True) and all(
        a > b for a, b in zip(shares, shares[3:], strict=False)
    )


def test_an_exponent_is_a_slope() -> None:
    assert exponent([10.0, 100.0, 1000.0], [3.0, 30.0, 300.0]) == pytest.approx(1.0)
    assert exponent([10.0, 100.0], [2.0, 200.0]) == pytest.approx(2.0)
