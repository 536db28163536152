"""Random streams with names: the numbers of a seed are those of every version, else a project would train anew."""

from __future__ import annotations

import pytest
import torch

from nnstudio.engine.runtime.seeding import stream


def test_a_seed_gives_the_numbers_it_always_gave() -> None:
    assert torch.rand(3, generator=stream(7, "h", "weight")).tolist() == pytest.approx(
        [0.2564, 0.1127, 0.3072], abs=6e-5
    )
    assert torch.randint(0, 10**6, (3,), generator=stream(0, "order", 1)).tolist() == [153348, 147814, 978041]


def test_every_name_has_numbers_of_its_own() -> None:
    paths = [(0,), (0, "a"), (0, "a", "b"), (1, "a"), (0, "b"), ("0a",)]
    firsts = {torch.rand(1, generator=stream(*path), dtype=torch.float64).item() for path in paths}  # type: ignore[arg-type]
    assert len(firsts) == len(paths)
    again = torch.rand(1, generator=stream(0, "a"), dtype=torch.float64).item()
    assert again in firsts
