"""IDX files that are too large for the memory: the same numbers from a file, in runs, scripts and several processes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.datasets import idx_file
from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources import arrays, kept_samples
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile import files
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.catalog.test_sources import idx
from tests.engine.test_ranks import alone, apart, exported, together
from tests.helpers import chain, choice, finish, sound


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")


def files_of(folder: Path, packed: bool = False, count: int = 61, side: int = 8) -> Path:
    """Pictures and labels as MNIST has them, for training and for the test."""
    draw = np.random.default_rng(3)
    folder.mkdir(exist_ok=True)
    for name, rows in (("train", count), ("t10k", count // 3)):
        labels = np.arange(rows) % 3
        pictures = draw.integers(0, 120, (rows, side, side))
        for place, label in enumerate(labels):
            pictures[place, 2 * label : 2 * label + 2] += 120
        for kind, array in (("images-idx3", pictures), ("labels-idx1", labels)):
            path = folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return folder / f"train-images-idx3-ubyte{'.gz' if packed else ''}"


def source(path: Path, **more: Any) -> Choice:
    return Choice("idx_file", complete(family("datasets")["idx_file"].fields, Params(path=str(path), **more), CATALOG))


def read(path: Path, **more: Any) -> Table:
    again(source(path, **more))
    return table_of(source(path, **more))


def net(path: Path, **more: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=source(path, **more),
        loss=choice("cross_entropy"),
        epochs=3,
        batch_size=16,
    )


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("form", ["rows", "images"])
@pytest.mark.parametrize("with_test", [True, False], ids=["two", "one"])
def test_a_large_file_is_the_same_numbers(
    packed: bool, form: str, with_test: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files_of(tmp_path / "d", packed)
    plain = read(path, form=form, with_test=with_test)
    monkeypatch.setattr(idx_file, "STREAMED", 1000)
    large = read(path, form=form, with_test=with_test)
    assert large.streamed and not plain.streamed
    np.testing.assert_array_equal(large.x, plain.x)
    np.testing.assert_array_equal(large.y, plain.y)
    if with_test:
        np.testing.assert_array_equal(large.parts, plain.parts)
        assert len(large.x) == 61 + 20
    assert [note.key for note in large.notes] == [*(note.key for note in plain.notes), "data.streamed"]
    assert (large.columns, large.classes, large.axes) == (plain.columns, plain.classes, plain.axes)


def test_runs_and_scripts_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(tmp_path / "d")
    read(path)
    wanted, _ = finish(Trainer(sound(net(path))))
    monkeypatch.setattr(idx_file, "STREAMED", 1000)
    read(path)
    program = sound(net(path))
    assert program.data.streamed
    ended, _ = finish(Trainer(program))
    for name, array in wanted.weights.items():
        np.testing.assert_array_equal(ended.weights[name], array)
    check_source(program, source_of(program).text)


def test_several_processes_read_their_own_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(tmp_path / "d", packed=True)
    monkeypatch.setattr(idx_file, "STREAMED", 1000)
    read(path)
    folder = exported(net(path), tmp_path / "home")
    assert (folder / files.SAMPLES).is_file() and "reads its own rows" in (folder / "README.md").read_text("utf-8")
    one, two = alone(folder, "--epochs", "2"), together(folder, "--epochs", "2")
    assert apart(one, two) <= 1e-6 and 0.0 <= two["waited"] <= 1.0


def test_what_is_spoilt_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(tmp_path / "d", packed=True)
    whole = path.read_bytes()
    monkeypatch.setattr(idx_file, "STREAMED", 1000)
    for spoilt, key in (
        (whole[:-30], "data.truncated"),
        (gzip.compress(gzip.decompress(whole) + b"x"), "data.overlong"),
    ):
        path.write_bytes(spoilt)
        with pytest.raises(TrainError) as caught:
            read(path)
        assert caught.value.message.key == key
        assert not list((tmp_path / "cache" / "pictures").glob("*"))
    path.write_bytes(whole)
    assert read(path).streamed
    # Another one is written in its place while it is read.
    monkeypatch.setattr(arrays, "_shape", lambda *about: (5, 8, 8))
    with pytest.raises(TrainError) as caught:
        arrays.read_idx_into(path, np.empty((61, 64), dtype=np.uint8), 10**9)
    assert caught.value.message.key == "data.truncated"


def test_a_head_that_promises_too_much_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "d-images-idx3-ubyte.gz"
    (tmp_path / "d-labels-idx1-ubyte").write_bytes(idx(np.arange(6) % 3))
    head = b"\0\0\x08\x03" + (6).to_bytes(4, "big") + 2 * (2**31 - 1).to_bytes(4, "big")
    path.write_bytes(gzip.compress(head + bytes(1000)))
    with pytest.raises(TrainError) as caught:
        read(path)
    assert caught.value.message.key == "data.large_array"
