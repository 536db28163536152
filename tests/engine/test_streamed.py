"""Pictures that are too many for the memory: the same numbers from a file, bounded memory, waiting measured."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.sources import copies, kept_samples, pictures
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile import assemble
from nnstudio.compile.lower import lower
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.clock import Clock
from nnstudio.engine.experiment import load_parts, make_experiment
from nnstudio.engine.fitted import Trained, fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.review import review
from nnstudio.engine.runtime.data import InOrder, Part, Reader, Streamed
from nnstudio.engine.runtime.training import epoch_order
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.watcher import Watched, Watcher
from nnstudio.session.export import check_source, export_python, source_of
from tests.commands import run_script
from tests.helpers import chain, choice, finish, sound

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")


def folder_of(path: Path, count: int = 60) -> Path:
    draw = np.random.default_rng(1)
    for k in range(count):
        name = ("cat", "dog", "owl")[k % 3]
        (path / name).mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(0, 120, (10, 10)).astype(np.uint8)
        pixels[k % 3 * 3 : k % 3 * 3 + 3] += 130
        Image.fromarray(pixels).save(path / name / f"{k:03d}.png")
    return path


def source(folder: Path, size: int = 8) -> Choice:
    fields = family("datasets")["image_folder"].fields
    return Choice("image_folder", complete(fields, Params(path=str(folder), size=size), CATALOG))


def streamed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setattr(pictures, "STREAMED", 1000)
    again(source(folder))
    return table_of(source(folder))


def net(folder: Path, **training: Any) -> Document:
    return chain(
        ("conv_2d", "conv", {"channels": 3, "kernel": 3, "activation": choice("relu")}),
        ("flatten", "flat", {}),
        ("linear", "out", {"units": 3, "activation": choice("identity")}),
        data=source(folder),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.01),
        batch_size=16,
        **training,
    )


def test_the_file_has_the_very_pictures_and_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    (folder / "cat" / "bad.png").write_bytes(b"none")
    plain = table_of(source(folder))
    again(source(folder))
    table = streamed(folder, monkeypatch)
    assert table.streamed and not plain.streamed
    np.testing.assert_array_equal(table.x, plain.x)
    np.testing.assert_array_equal(table.y, plain.y)
    keys = [note.key for note in table.notes]
    assert "data.pictures_left_out" in keys and "data.streamed" in keys
    files = sorted((tmp_path / "cache" / "pictures").iterdir())
    assert [file.suffix for file in files] == [".json", ".npy", ".npz"]
    made = files[1].stat().st_ino
    monkeypatch.setattr(pictures, "read_picture", lambda *a: pytest.fail("read again"))
    assert [note.render() for note in streamed(folder, monkeypatch).notes] == [n.render() for n in table.notes]
    left_out = next(note for note in table.notes if note.key == "data.pictures_left_out")
    assert left_out.render() == next(n for n in plain.notes if n.key == "data.pictures_left_out").render()
    assert "没有" in left_out.render("zh") or "图片" in left_out.render("zh")
    assert files[1].stat().st_ino == made


def test_another_picture_makes_another_file_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    streamed(folder, monkeypatch)
    for number in range(4):
        Image.new("L", (10, 10), 40 * number).save(folder / "cat" / "000.png")
        os.utime(folder / "cat" / "000.png", (number, number))
        table = streamed(folder, monkeypatch)
        assert table.x[0].max() == 40 * number
        del table
    assert len(list((tmp_path / "cache" / "pictures").glob("*.npy"))) == kept_samples.KEPT


def test_batches_are_those_of_the_memory_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    plain = load_parts(sound(net(folder)), CPU)
    streamed(folder, monkeypatch)
    program = sound(net(folder))
    assert program.data.streamed
    large = chain(
        ("flatten", "flat", {}), ("linear", "out", {"units": 3}), data=source(folder), loss=choice("cross_entropy")
    )
    monkeypatch.setattr(assemble, "NUMBERS_AT_ONCE", 64 * 200)
    # What is measured at once holds its samples as well.
    assert sound(large).evaluation <= 64 * 200 // (64 + 64)
    monkeypatch.setattr(assemble, "NUMBERS_AT_ONCE", 2**25)
    parts = load_parts(program, CPU)
    for one, two in zip(plain, parts, strict=True):
        assert isinstance(two.inputs[0], Streamed) and two.rows == one.rows and two.device == CPU
        assert two.inputs[0].shape == one.inputs[0].shape and two.inputs[0].dtype == one.inputs[0].dtype
        assert two.inputs[0].numel() == one.inputs[0].numel() and two.inputs[0].element_size() == 4
        for places in (slice(0, 5), torch.tensor([3, 1, 3]), [2], slice(None)):
            for a, b in zip(one.batch(places), two.batch(places), strict=True):
                assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
        assert torch.equal(one.inputs[0][4], two.inputs[0][4])
    order = epoch_order(len(parts[0]), 1, 0, True)
    first, second = InOrder(plain[0], order), InOrder(parts[0], order)
    # Sizes that change on the way, and places that are gone back to.
    for start, end in ((0, 16), (16, 32), (32, 40), (40, 48), (0, 16), (16, 20), (20, 48)):
        for a, b in zip(first.batch(start, end), second.batch(start, end), strict=True):
            assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert parts[0].inputs[0].waited > 0


def test_the_share_of_waiting_is_what_was_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    streamed(folder, monkeypatch)
    program = sound(net(folder))
    experiment, watcher, clock = make_experiment(program), Watcher(program, Watched()), Clock()
    samples = experiment.data.inputs[0]
    samples.waited = 2.5
    monkeypatch.setattr(clock, "seconds", lambda: 10.0)
    assert watcher._share_of_loading(experiment, clock) == 0.25
    read = Streamed.__getitem__
    filled = Streamed.fill
    monkeypatch.setattr(Streamed, "__getitem__", lambda self, places: (time.sleep(0.02), read(self, places))[1])
    monkeypatch.setattr(Streamed, "fill", lambda self, places, room: (time.sleep(0.02), filled(self, places, room))[1])
    samples.waited = 0.0
    order = InOrder(experiment.data, torch.arange(48))
    for start in (0, 16, 32):
        order.batch(start, start + 16)
    # The first is waited for; what was read ahead while nothing else was done, too.
    assert 0.04 < samples.waited < 1.0
    samples.waited = 0.0
    order = InOrder(experiment.data, torch.arange(48))
    order.batch(0, 16)
    first = samples.waited
    time.sleep(0.1)
    order.batch(16, 32)
    assert samples.waited - first < 0.01


def test_runs_steps_answers_and_scripts_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    wanted, _ = finish(Trainer(sound(net(folder, epochs=3))))
    streamed(folder, monkeypatch)
    program = sound(net(folder, epochs=3))
    ended, _ = finish(Trainer(program))
    for name, array in wanted.weights.items():
        np.testing.assert_array_equal(ended.weights[name], array)
    known = fitted(program)
    x = np.array(table_of(program.data.dataset).x)
    np.testing.assert_array_equal(
        predict(program, ended.weights, None, known).numbers, predict(program, ended.weights, x, known).numbers
    )
    found = review(program, ended.weights)
    assert found is not None and found.x.shape[1:] == (1, 8, 8)
    check_source(program, source_of(program).text)
    files = export_python(program, tmp_path / "out", threads=1)
    assert {file.name for file in files} >= {"samples.npy", "data.npz", "train.py", "predict.py"}
    shutil_free(tmp_path / "cache")
    told = run_script(
        [sys.executable, str(tmp_path / "out" / "train.py"), "--json", "--save", str(tmp_path / "w.safetensors")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    from safetensors.numpy import load_file

    for name, array in load_file(tmp_path / "w.safetensors").items():
        np.testing.assert_array_equal(array, ended.weights[name])
    assert Trained(program, ended.weights, known).note is None


def shutil_free(folder: Path) -> None:
    """The script needs nothing of the program's own files."""
    for file in (folder / "pictures").iterdir():
        file.rename(file.with_suffix(".gone"))


def test_an_autoencoder_of_streamed_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.helpers import network

    folder = folder_of(tmp_path / "p")
    streamed(folder, monkeypatch)
    document = network(
        ("data", "data", {"dataset": source(folder)}),
        ("conv_2d", "conv", {"channels": 1, "kernel": 3, "padding": 1, "activation": choice("identity")}),
        ("loss", "loss", {"loss": choice("mse")}),
        ("optimizer", "optimizer", {}),
        wires=(("data", "x", "conv", "x"), ("conv", "y", "loss", "prediction"), ("data", "x", "loss", "target")),
        epochs=2,
    )
    ended, _ = finish(Trainer(sound(document)))
    assert ended.report is not None and np.isfinite(ended.report["final"]["val_loss"])


def test_scales_are_told_by_samples_evenly_spread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.engine.runtime import scaling

    monkeypatch.setattr(scaling, "LOOKED_AT", 10)
    folder = folder_of(tmp_path / "p")
    table = streamed(folder, monkeypatch)
    rows = np.arange(48)
    scaler = scaling.fit_scaler(table.x, rows, "standard", None, "")
    some = np.array(table.x[rows[::4]], dtype=float)
    assert scaler.shift.item() == pytest.approx(some.mean()) and scaler.spread.item() == pytest.approx(some.std())


def test_no_room_and_no_right_to_write_are_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")

    class Full:
        free = 5

    monkeypatch.setattr(kept_samples.shutil, "disk_usage", lambda path: Full)
    with pytest.raises(StudioError, match="GB are free"):
        streamed(folder, monkeypatch)
    monkeypatch.undo()
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "file")
    with pytest.raises(StudioError, match="cannot be made"):
        streamed(folder, monkeypatch)


def test_a_stopped_reading_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.catalog.sources.files import LOADING
    from nnstudio.document.errors import TrainError

    folder, asked = folder_of(tmp_path / "p"), []

    def advance(share: float) -> None:
        asked.append(share)
        if share > 0.5:
            raise TrainError("data.cancelled")

    monkeypatch.setattr(LOADING, "advance", advance)
    with pytest.raises(StudioError):
        streamed(folder, monkeypatch)
    assert asked and not [f for f in (tmp_path / "cache" / "pictures").iterdir() if f.suffix != ".json"]
    monkeypatch.undo()
    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")
    assert len(streamed(folder, monkeypatch).x) == 60


def test_a_spoilt_file_is_made_anew_or_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "p")
    streamed(folder, monkeypatch)
    told = next((tmp_path / "cache" / "pictures").glob("*.json"))
    told.write_text("{")
    assert len(streamed(folder, monkeypatch).x) == 60


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of the process")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    """300 MB of pictures train in a process of its own with little more than the program itself takes."""
    script = f"""
import numpy as np, torch, resource
from nnstudio.engine.runtime.data import prepare_data
from nnstudio.catalog.parting import Split
path = {str(tmp_path / "x.npy")!r}
made = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(25000, 3, 64, 64))
for start in range(0, 25000, 1000):
    made[start:start + 1000] = start % 251
made.flush(); del made
def held():
    return int(next(l for l in open("/proc/self/status") if l.startswith("RssAnon")).split()[1]) // 1024
before = held()
x = np.load(path, mmap_mode="r")
data, validation = prepare_data(x, np.arange(25000) % 5, split=Split("random", 0.1), scaling="standard",
    scale_axis=None, target_scaling="none", undo=False, fill="", tokens=False, classes=5, evaluation=256, uses=("x",),
    forms=("index",), dtype=torch.float32, device=torch.device("cpu"))
from nnstudio.engine.runtime.data import InOrder
from nnstudio.engine.runtime.training import epoch_order
order = InOrder(data, epoch_order(len(data), 1, 0, True))
total = 0.0
for start in range(0, len(data), 256):
    total += float(order.batch(start, min(start + 256, len(data)))[0][0].sum())
print(held() - before)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
    # As tensors they would be 1,200 MB.
    assert int(told.stdout) < 400


def test_few_pictures_stay_in_memory(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "p")
    program = sound(net(folder))
    assert not program.data.streamed and isinstance(load_parts(program, CPU)[0].inputs[0], torch.Tensor)
    assert isinstance(make_experiment(program).data, Part) and lower(net(folder)).program is not None
    assert copies.cache_folder().name == "data"


def test_no_thread_is_left_where_python_ends(tmp_path: Path) -> None:
    """One that wakes up while the interpreter is taken apart would bring the process down."""
    x = np.zeros((9, 3), dtype=np.float32)
    part = Part((Streamed(x, np.arange(9), None, torch.float32),), (torch.zeros(9, 1),), tuple(range(9)))
    reader = Reader(part)
    reader.begin(torch.arange(3))
    assert reader.taken()[0].shape == (3, 3)
    thread = next(one for one in threading.enumerate() if one.name == "reader")
    del reader
    gc.collect()
    assert not thread.is_alive()
    # At the end of a process as well, where nothing lets it go before.
    script = tmp_path / "script.py"
    script.write_text(
        # What is registered first is done last.
        "import atexit, threading\n"
        "atexit.register(lambda: print([one.name for one in threading.enumerate()]))\n"
        "import numpy as np, torch\n"
        "from nnstudio.engine.runtime.data import Part, Reader, Streamed\n"
        "x = np.zeros((9, 3), dtype=np.float32)\n"
        "part = Part((Streamed(x, np.arange(9), None, torch.float32),), (torch.zeros(9, 1),), tuple(range(9)))\n"
        "reader = Reader(part)\n"
        "reader.begin(torch.arange(3)); reader.taken()\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.strip() == "['MainThread']", done.stdout + done.stderr
