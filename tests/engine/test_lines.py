"""The history in few bytes reads as the list of lines it is."""

from __future__ import annotations

import pytest

from nnstudio.engine.lines import Lines


def line(epoch: int) -> dict[str, object]:
    return {"epoch": epoch, "train_loss": 1.0 / epoch, "val_loss": None if epoch % 2 else 0.1}


def test_lines_read_as_a_list() -> None:
    lines, plain = Lines(), [line(i) for i in range(1, 8)]
    for entry in plain:
        lines.append(entry)
    assert (
        lines == plain
        and list(lines) == plain
        and len(lines) == 7
        and lines[-1] == plain[-1]
        and lines[2:6:2] == plain[2:6:2]
    )
    assert isinstance(lines[0]["epoch"], int) and lines[0]["val_loss"] is None and Lines.of(lines.columns()) == plain
    with pytest.raises(IndexError):
        lines[7]
    assert not Lines() and Lines() == [] and lines != plain[:-1]


def test_a_part_does_not_change_when_either_side_goes_on() -> None:
    lines = Lines([line(i) for i in range(1, 5)])
    part = lines.upto()
    lines.append(line(5))
    assert len(part) == 4 and len(lines) == 5
    # Going back and on another way leaves what came after to those that hold it.
    other = part.upto()
    other.append({**line(5), "train_loss": 9.0})
    assert lines[4]["train_loss"] == 0.2 and other[4]["train_loss"] == 9.0 and len(part) == 4


def test_a_few_numbers_of_a_long_column_reach_from_its_first_to_its_last() -> None:
    lines = Lines.of({"train_loss": [float(n) for n in range(1001)]})
    assert lines.picked("train_loss", 5) == [0.0, 250.0, 500.0, 750.0, 1000.0]
    assert lines.picked("train_loss", 2000) == [float(n) for n in range(1001)]
    assert Lines.of({"train_loss": [3.0]}).picked("train_loss", 5) == [3.0]
    assert Lines().picked("train_loss", 5) == [] and lines.picked("accuracy", 5) == []
