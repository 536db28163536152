"""A set of 60,000 pictures in IDX files: the trainer ÷ the usual loop ÷ a resident loop; and how long reading holds the
window.
"""

from __future__ import annotations

import struct
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from PySide6.QtCore import QTimer
from torch.utils.data import DataLoader, Dataset

from benchmarks.common import Ratio, paired, percentile
from nnstudio.app import make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.tables import again, table_of
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import AddNode, Connect, SetParam, SetTraining
from nnstudio.document.values import Choice, Document, Params, Wire
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.runtime.device import prepare_thread
from nnstudio.engine.trainer import Ended, EpochDone, Started, Trainer
from nnstudio.session.session import Session
from nnstudio.ui.shell.main_window import MainWindow

COUNT, SIDE, BATCH = 60_000, 28, 128
CSV_BYTES = 190 * 10**6


def write_idx(folder: Path) -> Path:
    """Write a pair of IDX files as large as MNIST: noise with a bar whose place tells the class."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 10, COUNT).astype(np.uint8)
    pictures = draw.integers(0, 60, (COUNT, SIDE, SIDE), dtype=np.uint8)
    pictures[np.arange(COUNT), 2 * labels + 2] = 230
    (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", COUNT) + labels.tobytes())
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(b"\0\0\x08\x03" + struct.pack(">III", COUNT, SIDE, SIDE) + pictures.tobytes())
    return path


def digits(path: Path) -> Program:
    """784-256-128-10, ReLU, He, Adam 1e-3, batch 128; no validation part, so that an epoch is only training."""
    document = Document("digits")
    nodes = [
        (
            "data",
            "data",
            {"dataset": Choice("idx_file", Params(path=str(path))), "validation": 0.0, "scaling": "minmax"},
        )
    ]
    he, relu = Choice("he_normal"), Choice("relu")
    nodes += [
        ("linear", "h1", {"units": 256, "activation": relu, "weight_initializer": he}),
        ("linear", "h2", {"units": 128, "activation": relu, "weight_initializer": he}),
        ("linear", "out", {"units": 10}),
        ("loss", "loss", {"loss": Choice("cross_entropy")}),
        ("optimizer", "optimizer", {"optimizer": Choice("adam")}),
    ]
    for kind, name, params in nodes:
        document = AddNode(kind, name, (0.0, 0.0), Params(params)).apply(document, CATALOG)
    for a, b in (("data", "h1"), ("h1", "h2"), ("h2", "out"), ("out", "loss")):
        wire = Wire(a, "x" if a == "data" else "y", b, "prediction" if b == "loss" else "x")
        document = Connect(wire).apply(document, CATALOG)
    for key, value in (("epochs", 2), ("batch_size", BATCH), ("device", "cpu")):
        document = SetTraining((key,), value).apply(document, CATALOG)
    program = lower(document).program
    assert program is not None
    return program


def trainer_epoch(program: Program) -> float:
    """Samples per second of the trainer's second epoch, from one epoch's end to the next."""
    trainer = Trainer(program, snapshots=False)
    trainer.start()
    marks: list[float] = []
    while True:
        event = trainer.events.get()
        if isinstance(event, Started | EpochDone):
            marks.append(time.perf_counter())
        if isinstance(event, Ended):
            assert event.how == "finished", event.reason
            trainer.join()
            return COUNT / (marks[2] - marks[1])


def network() -> torch.nn.Module:
    """The same network as everyone writes it."""
    return torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(784, 256),
        torch.nn.ReLU(),
        torch.nn.Linear(256, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 10),
    )


class Pictures(Dataset):  # type: ignore[type-arg]
    """The usual data set: one picture at a time through the transforms of every MNIST lesson, ToTensor and Normalize.

    Written out as torchvision's MNIST, ToTensor and Normalize do it: a picture made of the tensor's row, a tensor made
    of the picture, to floats, the checks, less the mean, by the spread.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = torch.from_numpy(x.reshape(-1, SIDE, SIDE).copy()), torch.from_numpy(y.copy())

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        picture, label = Image.fromarray(self.x[place].numpy()), int(self.y[place])
        tensor = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        tensor = tensor.view(picture.size[1], picture.size[0], len(picture.getbands())).permute((2, 0, 1)).contiguous()
        tensor = tensor.to(dtype=torch.get_default_dtype()).div(255).clone()
        mean = torch.as_tensor((0.1307,), dtype=tensor.dtype, device=tensor.device)
        spread = torch.as_tensor((0.3081,), dtype=tensor.dtype, device=tensor.device)
        if (spread == 0).any():
            raise ValueError("a spread of zero")
        return tensor.sub_(mean.view(-1, 1, 1)).div_(spread.view(-1, 1, 1)), label


def usual_epoch(program: Program) -> float:
    """Samples per second of Dataset, DataLoader and a transform per sample, with the usual Adam; a tenth of an
    epoch.
    """
    table = table_of(program.data.dataset)
    count = COUNT // 10
    loader = DataLoader(Pictures(table.x[:count], table.y[:count]), batch_size=BATCH, shuffle=True)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    started = time.perf_counter()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return count / (time.perf_counter() - started)


def resident_epoch(program: Program) -> float:
    """Samples per second of a plain loop on tensors in memory with the same fused Adam, in a thread set up alike."""
    result: list[float] = []

    def loop() -> None:
        prepare_thread(1)
        part, _ = load_parts(program, torch.device("cpu"))
        x, y = part.inputs[0], part.targets[0]
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
        for epoch in range(2):
            started = time.perf_counter()
            order = torch.randperm(COUNT)
            total = 0.0
            for start in range(0, COUNT, BATCH):
                rows = order[start : start + BATCH]
                loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                total += loss.item()
            if epoch:
                result.append(COUNT / (time.perf_counter() - started))

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    return result[0]


def write_csv(path: Path) -> None:
    """Write a table of about 190 MB."""
    draw = np.random.default_rng(0)
    rows = "".join(
        ",".join(f"{v:.6f}" for v in row) + f",{k % 4}\n" for k, row in enumerate(draw.standard_normal((20_000, 20)))
    )
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(f"f{i}" for i in range(20)), "kind"]) + "\n")
        for _ in range(CSV_BYTES // len(rows)):
            file.write(rows)


def reading(folder: Path, say: Callable[[str], None]) -> dict[str, float]:
    """How late the window's heartbeat is while a table of 190 MB is read behind it."""
    qt = make_application()
    path = folder / "large.csv"
    write_csv(path)
    session = Session()
    window = MainWindow(session)
    window.show()
    document = AddNode("data", "data").apply(Document(), CATALOG)
    session.new(document)
    while session.meaning.lowered is None:
        qt.processEvents()
        time.sleep(0.005)
    late: list[float] = []
    last = [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        late.append(1000 * (now - last[0]) - 10)
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(10)
    from nnstudio.catalog.registry import family
    from nnstudio.document.fields import complete

    chosen = Choice("table_file", complete(family("datasets")["table_file"].fields, Params(path=str(path)), CATALOG))
    again(chosen)
    started = time.perf_counter()
    last[0] = started
    session.apply(SetParam("data", ("dataset",), chosen))
    while session.meaning.preview is None or session.meaning.preview.total < 100_000:
        qt.processEvents()
        time.sleep(0.002)
    seconds = time.perf_counter() - started
    timer.stop()
    rows = session.meaning.preview.total
    window.bench.files.may_leave = lambda: True
    window.close()
    window.deleteLater()
    qt.processEvents()
    found = {"seconds": seconds, "rows": float(rows), "late_p95_ms": percentile(late, 0.95), "late_max_ms": max(late)}
    say(
        f"reading 190 MB of CSV: {seconds:.1f} s, {rows:,} rows; heartbeat late by {found['late_p95_ms']:.1f} ms "
        "(p95), "
        f"{found['late_max_ms']:.1f} ms (longest)"
    )
    return found


def measure(rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    """Measure all of it."""
    ratios: list[Ratio] = []
    with tempfile.TemporaryDirectory() as folder:
        program = digits(write_idx(Path(folder)))
        for name, other in (
            ("the usual DataLoader loop", usual_epoch),
            ("a resident loop with the same optimizer", resident_epoch),
        ):
            ratios.append(
                paired(
                    f"60,000 IDX digits: trainer / {name}",
                    lambda: trainer_epoch(program),
                    lambda other=other: other(program),
                    rounds,
                )
            )
            say(ratios[-1].row())
        window = reading(Path(folder), say)
    return {"ratios": [ratio.plain() for ratio in ratios], "reading": window}
