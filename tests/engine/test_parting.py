"""Training, validation and test: shares, classes, groups, time, a column, folds; and the script parts the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.catalog.parting import Split
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile.lower import lower
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Document, Params
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.splitting import rows_of
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.catalog.test_sources import idx_pair
from tests.helpers import chain, choice, finish, keys, sound

LABELS = np.repeat([0, 1, 2], [100, 50, 10])
GROUPS = np.random.default_rng(0).integers(0, 40, 160)
TIMES = np.random.default_rng(1).permutation(160).astype(float)


def whole(parts: tuple[np.ndarray, ...], count: int) -> None:
    """Every row is in one part, each part in order."""
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    assert all(part.tolist() == sorted(part) for part in parts)


def test_a_test_part_leaves_validation_as_it_was() -> None:
    before = Split("stratified", 0.2, seed=4).parts(160, LABELS)
    parts = Split("stratified", 0.2, 0.3, seed=4).parts(160, LABELS)
    whole(parts, 160)
    assert np.array_equal(parts[1], before[1]) and len(before[2]) == 0
    assert [np.bincount(LABELS[part], minlength=3).tolist() for part in parts] == [
        [50, 25, 5],
        [20, 10, 2],
        [30, 15, 3],
    ]


def test_no_group_is_in_two_parts() -> None:
    for seed in range(20):
        parts = Split("grouped", 0.2, 0.2, seed=seed).parts(160, LABELS, GROUPS)
        whole(parts, 160)
        names = [set(GROUPS[part].tolist()) for part in parts]
        assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])
        assert all(abs(len(part) - 32) <= 5 for part in parts[1:])


def test_one_group_at_least_is_learnt_from() -> None:
    keys_of = np.array([0, 1] * 10)
    for split in (Split("grouped", 0.3, 0.3), Split("grouped", 0.9), Split("grouped", 0.0, 0.9)):
        assert len(split.parts(20, None, keys_of)[0])
        assert len(split.parts(20, None, keys_of * 0)[0]) == 20


def test_the_newest_are_the_test_part() -> None:
    parts = Split("ordered", 0.2, 0.1).parts(160, None, TIMES)
    whole(parts, 160)
    assert TIMES[parts[0]].max() < TIMES[parts[1]].min() <= TIMES[parts[1]].max() < TIMES[parts[2]].min()
    assert [len(part) for part in parts] == [112, 32, 16]


def test_parts_as_a_column_says_and_validation_drawn_where_it_says_none() -> None:
    said = np.array([0, 1, 2] * 20)
    parts = Split("given", 0.2).parts(60, None, said)
    assert all((said[part] == number).all() for number, part in enumerate(parts))
    parts = Split("given", 0.2).parts(60, None, np.array([0, 0, 2] * 20))
    whole(parts, 60)
    assert [len(part) for part in parts] == [32, 8, 20]


@pytest.mark.parametrize("kind", ["stratified", "random", "ordered", "grouped"])
@pytest.mark.parametrize("test", [0.0, 0.2])
def test_every_row_is_validation_in_one_fold(kind: str, test: float) -> None:
    keyed = {"ordered": TIMES, "grouped": GROUPS}.get(kind)
    found = [Split(kind, 0.9, test, 7, 5, fold).parts(160, LABELS, keyed) for fold in range(1, 6)]
    for parts in found:
        whole(parts, 160)
        assert np.array_equal(parts[2], found[0][2])
        if kind == "grouped":
            assert not set(GROUPS[parts[0]]) & set(GROUPS[parts[1]])
    held = np.concatenate([parts[1] for parts in found])
    assert sorted([*held, *found[0][2]]) == list(range(160))
    sizes = [len(parts[1]) for parts in found]
    assert max(sizes) - min(sizes) <= 8


def document_of(path: Path, **data: object) -> Document:
    draw = np.random.default_rng(2)
    lines = ["size,house,day,part,price"]
    for row in range(60):
        size = draw.uniform(40, 200)
        part = ("train", "train", "validation", "test")[row % 4]
        lines.append(f"{size:.3f},h{row % 15},2024-{row % 12 + 1:02d}-{row % 28 + 1:02d},{part},{size * 3 + 0.5}")
    path.write_text("\n".join(lines), encoding="utf-8")
    file = choice("table_file", path=str(path), group="house", order="day", part="part")
    return chain(
        ("linear", "h", {"units": 4, "activation": choice("relu")}),
        ("linear", "o", {"units": 1}),
        data=file,
        loss=choice("mse"),
        data_params={"test": 0.2, **data},
        epochs=3,
        batch_size=8,
    )


@pytest.mark.parametrize("split", ["random", "ordered", "grouped", "given"])
def test_the_script_parts_as_the_program_does(split: str, tmp_path: Path) -> None:
    program = sound(document_of(tmp_path / "t.csv", split=split))
    assert program.data.keyed == (split != "random") and program.data.columns == ("size",)
    check_source(program, source_of(program, replay=True).text)
    import torch

    training, held = load_parts(program, torch.device("cpu"))
    _, tested = load_parts(program, torch.device("cpu"), "test")
    rows = rows_of(program.data, table_of(program.data.dataset))
    assert [list(part.rows) for part in (training, held, tested)] == [part.tolist() for part in rows]


def test_what_cannot_be_parted_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for data, key in (
        ({"validation": 0.8, "test": 0.2}, "split.no_training"),
        ({"folds": 3, "fold": 4}, "split.fold"),
        ({"folds": 50, "dataset": choice("karate")}, "split.folds"),
        ({"split": "given", "dataset": choice("iris")}, "split.no_column"),
    ):
        lowered = lower(document_of(path, **data))
        assert key in keys(lowered) and lowered.program is None
        problem = next(p for p in lowered.problems if p.what.key == f"{key}.what")
        assert all("{" not in text.render("zh") for text in (problem.what, problem.why, problem.remedy))
    assert isinstance(document_of(path).nodes[0].params, Params)


def test_a_category_that_stands_in_validation_alone_is_said(tmp_path: Path) -> None:
    rows = ["town,size,y"] + [f"{'far' if n == 39 else 'near'},{n % 7},{n}.5" for n in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    for split, said in (("ordered", True), ("random", False)):
        document = chain(
            ("linear", "o", {"units": 1}),
            data=choice("table_file", path=str(tmp_path / "t.csv")),
            loss=choice("mse"),
            data_params={"split": split, "split_seed": 1},
            epochs=2,
        )
        lowered = lower(document)
        assert lowered.program is not None
        trainer = Trainer(lowered.program)
        finish(trainer)
        held = rows_of(lowered.program.data, table_of(lowered.program.data.dataset))[1]
        assert (39 in held) == said
        found = diagnose(lowered.program, trainer.history, (), None, lowered)
        keys_said = [problem.what.key for problem in found]
        assert ("watch.unseen.what" in keys_said) == said
        assert not said or "town = far" in next(p for p in found if p.what.key == "watch.unseen.what").what.render("zh")


def test_the_test_files_of_mnist_are_the_test_part(tmp_path: Path) -> None:
    path = idx_pair(tmp_path, 40, 8)
    other = idx_pair(tmp_path / "other", 20, 8)
    entry = family("datasets")["idx_file"]
    assert entry.begins_with(path) == ({}, {})
    for kind in ("images-idx3", "labels-idx1"):
        (tmp_path / f"t10k-{kind}-ubyte.gz").write_bytes((other.parent / f"train-{kind}-ubyte.gz").read_bytes())
    own, data = entry.begins_with(path)
    document = chain(
        ("linear", "o", {"units": 10}),
        data=choice("idx_file", path=str(path), **own),
        loss=choice("cross_entropy"),
        data_params=data,
        epochs=2,
        batch_size=8,
    )
    program = sound(document)
    training, held, tested = rows_of(program.data, table_of(program.data.dataset))
    assert (len(training), len(held), tested.tolist()) == (32, 8, list(range(40, 60)))
    check_source(program, source_of(program).text)
    unused = lower(SetParam("data", ("split",), "random").apply(document, CATALOG))
    problem = next(p for p in unused.problems if p.what.key == "split.unused.what")
    assert problem.severity == "warning" and problem.mend is not None
    assert sound(problem.mend.apply(unused.document, CATALOG)).data == program.data
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes((tmp_path / "train-labels-idx1-ubyte.gz").read_bytes())
    again(program.data.dataset)
    assert "data.unreadable" in keys(lower(document))


def test_x_test_in_a_file_of_arrays_is_the_test_part(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(30, 3)), np.arange(30) % 3
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[:9] + 1, y_test=y[:9])
    own, data = family("datasets")["npz_file"].begins_with(tmp_path / "a.npz")
    document = chain(
        ("linear", "o", {"units": 3}),
        data=choice("npz_file", path=str(tmp_path / "a.npz"), **own),
        loss=choice("cross_entropy"),
        data_params=data,
    )
    program = sound(document)
    table = table_of(program.data.dataset)
    tested = rows_of(program.data, table)[2]
    np.testing.assert_array_equal(table.x[tested], x[:9] + 1)
    np.savez(tmp_path / "b.npz", x=x, y=y)
    assert family("datasets")["npz_file"].begins_with(tmp_path / "b.npz") == ({}, {})
