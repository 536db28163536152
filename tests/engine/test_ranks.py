"""A network that several processes train: they learn what one does, and go on where one of them was lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load_file
from torch.distributed.run import get_args_parser

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile import files
from nnstudio.compile.source import write_ranked
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Document, Params
from nnstudio.engine.fitted_plain import from_plain
from nnstudio.engine.runtime.ranks import Ranks
from nnstudio.engine.runtime.ranks_script import options
from nnstudio.engine.runtime.script import Script
from nnstudio.resources import runtime_source
from nnstudio.session.examples import load_example
from nnstudio.session.exports import Leaving, exports
from tests.commands import run_script
from tests.engine.test_streamed import folder_of, net, streamed
from tests.helpers import chain, choice, sound

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def without_dropout(name: str) -> Document:
    document = load_example(name)
    return replace(
        document,
        nodes=tuple(
            replace(node, params=Params({**node.params, "p": 0.0})) if node.kind.startswith("dropout") else node
            for node in document.nodes
        ),
    )


def normed() -> Document:
    """Batch norm without a bias before it: nothing whose slope is 0 but for rounding."""
    return chain(
        ("linear", "h", {"units": 8, "bias": False}),
        ("batch_norm_1d", "norm", {}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=0.1),
        batch_size=7,
    )


def exported(document: Document, folder: Path) -> Path:
    exports()["torchrun"].to(folder, Leaving(sound(document), threads=1))
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", **more}


def alone(folder: Path, *words: str, script: str = files.SCRIPT) -> dict[str, Any]:
    done = run_script([sys.executable, script, "--json", "--threads", "1", *words], cwd=folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def together(folder: Path, *words: str, ranks: int = 2) -> dict[str, Any]:
    """Start the processes as a batch system does that knows no torchrun."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = [
        subprocess.Popen(
            [sys.executable, files.RANKED, "--json", *words],
            cwd=folder,
            env=environment(RANK=str(rank), WORLD_SIZE=str(ranks), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(ranks)
    ]
    said = [one.communicate(timeout=150) for one in running]
    assert not any(one.returncode for one in running), said[0][1] + said[-1][1]
    return dict(json.loads(said[0][0]))


def apart(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The greatest difference between two histories."""
    assert len(one["history"]) == len(other["history"])
    return max(
        abs(a[key] - b[key])
        for a, b in zip(one["history"], other["history"], strict=True)
        for key in a
        if isinstance(a[key], float)
    )


@pytest.mark.parametrize(
    ("name", "within", "words"),
    [
        ("digits", 1e-6, ()),
        ("digits", 1e-6, ("--shard",)),
        ("memory", 1e-6, ("--accumulate", "3")),
        # Biases in front of a batch norm have slopes of rounding alone, of which Adam takes the sign.
        ("iris", 1e-3, ()),
    ],
)
def test_two_processes_learn_what_one_does(name: str, within: float, words: tuple[str, ...], tmp_path: Path) -> None:
    document = without_dropout(name)
    if name == "memory":
        # With half the digits a difference of rounding becomes ten times larger every epoch, in one process as well.
        document = replace(document, training=Params({**document.training, "dtype": "float64"}))
    folder = exported(document, tmp_path)
    epochs = ("--epochs", "6" if name != "digits" else "3")
    one, two = alone(folder, *epochs), together(folder, *epochs, *words)
    assert two["world"] == 2 and apart(one, two) <= within
    assert one["metrics"]["validation"]["accuracy"] == pytest.approx(two["metrics"]["validation"]["accuracy"], abs=0.04)
    if within <= 1e-6:
        assert one["metrics"]["train"]["confusion"] == two["metrics"]["train"]["confusion"]


def test_batch_norm_knows_the_rows_of_all(tmp_path: Path) -> None:
    """Seven rows among three processes, and a last batch of one row fewer than processes."""
    document = replace(normed(), training=Params({**normed().training, "batch_size": 59}))
    folder = exported(document, tmp_path)
    one = alone(folder, "--epochs", "4", "--save", "one.safetensors")
    three = together(folder, "--epochs", "4", ranks=3)
    assert apart(one, three) <= 1e-6
    ours, theirs = load_file(folder / "run" / "weights.safetensors"), load_file(folder / "one.safetensors")
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["iris", "karate", "autoencoder", "xor"])
def test_one_process_makes_the_very_same_numbers(name: str, tmp_path: Path) -> None:
    """With dropout, and bit by bit: all that is different is who talks to whom."""
    folder = exported(load_example(name), tmp_path)
    one = alone(folder, "--epochs", "3", "--save", "one.safetensors")
    same = alone(folder, "--epochs", "3", script=files.RANKED)
    for line in same["history"]:
        line.pop("updates")
    assert same["history"] == one["history"] and same["final"] == one["final"]
    ours, theirs = load_file(folder / "run" / "weights.safetensors"), load_file(folder / "one.safetensors")
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_pictures_in_a_file_are_read_by_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process its own, of every batch; the test part too, and the last batch of fewer."""
    from nnstudio.catalog.sources import kept_samples

    monkeypatch.setattr(kept_samples, "cache_folder", lambda: tmp_path / "cache")
    pictures = folder_of(tmp_path / "p", 61)
    streamed(pictures, monkeypatch)
    document = SetParam("data", ("test",), 0.2).apply(net(pictures, epochs=3), CATALOG)
    program = sound(document)
    assert program.data.streamed and program.data.test == 0.2
    folder = exported(document, tmp_path / "home")
    one, two = alone(folder, "--epochs", "3", "--test"), together(folder, "--epochs", "3", "--test", ranks=3)
    assert apart(one, two) <= 1e-6
    assert one["metrics"]["test"]["confusion"] == two["metrics"]["test"]["confusion"]
    assert two["metrics"]["test"]["loss"] == pytest.approx(one["metrics"]["test"]["loss"], abs=1e-6)
    assert one["metrics"]["train"]["confusion"] == two["metrics"]["train"]["confusion"]
    assert 0.0 <= two["waited"] <= 1.0
    # What the data was prepared with goes with the weights.
    assert from_plain(json.loads((folder / "run" / "fitted.json").read_text(encoding="utf-8"))) is not None


def test_dropout_is_another_in_every_process(tmp_path: Path) -> None:
    folder = exported(load_example("iris"), tmp_path)
    text = (folder / files.RANKED).read_text(encoding="utf-8")
    # Each process writes down what its generator was set to.
    marked = text.replace(
        "        rows = self.ranks.rows(count)\n",
        "        rows = self.ranks.rows(count)\n"
        '        Path(f"draw{self.ranks.rank}").write_text(str(torch.initial_seed()))\n',
        1,
    )
    assert marked != text
    (folder / files.RANKED).write_text(marked, encoding="utf-8")
    together(folder, "--epochs", "1")
    assert (folder / "draw0").read_text() != (folder / "draw1").read_text()


@pytest.mark.parametrize("words", [(), ("--shard",)], ids=["copies", "shares"])
def test_a_run_goes_on_where_it_was(words: tuple[str, ...], tmp_path: Path) -> None:
    """In the middle of an epoch, with dropout, a schedule and Adam's memory, to the last bit."""
    folder = exported(load_example("iris"), tmp_path)
    whole = together(folder, "--epochs", "5", "--out", "whole", "--every", "0", *words)
    together(folder, "--epochs", "5", "--every", "11", "--out", "half", *words)
    checkpoints = sorted((folder / "half" / "checkpoints").iterdir())
    assert [path.name for path in checkpoints] == ["update-000000033", "update-000000040"]
    # As if it had been lost behind the first of the two.
    for file in checkpoints[1].iterdir():
        file.unlink()
    checkpoints[1].rmdir()
    again = together(folder, "--epochs", "5", "--out", "half", "--every", "0", *words)
    assert again["history"] == whole["history"] and again["final"] == whole["final"]
    ours, theirs = (load_file(folder / run / "weights.safetensors") for run in ("half", "whole"))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    lines = [json.loads(line) for line in (folder / "half" / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if "train_loss" in line] == [1, 2, 3, 4, 5]
    assert lines[-1]["end"] == "finished"


def test_a_process_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """By torchrun, which begins again with all of them; the end is that of a run that nothing happened to."""
    folder = exported(load_example("iris"), tmp_path)
    whole = together(folder, "--epochs", "40", "--out", "whole", "--every", "0")
    said = ("--json", "--epochs", "40", "--every", "6", "--out", "lost")
    running = subprocess.Popen(
        [*TORCHRUN, "--max-restarts", "3", "--monitor-interval", "0.2", files.RANKED, *said],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    kept = folder / "lost" / "checkpoints"
    end = time.monotonic() + 100
    while not list(kept.glob("update-*[0-9]/.metadata")) and running.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    workers = [p for p in psutil.Process(running.pid).children(recursive=True) if files.RANKED in p.cmdline()]
    assert len(workers) == 2
    random.choice(workers).send_signal(signal.SIGKILL)
    out, err = running.communicate(timeout=150)
    assert running.returncode == 0, err
    assert "goes on at update" in err
    # Killed behind its last update, it says the end once more.
    result = json.loads(out.splitlines()[-1])
    assert result["history"] == whole["history"] and result["final"] == whole["final"]


def test_no_option_is_the_beginning_of_one_of_torchruns() -> None:
    """Else torchrun would take it for its own: ``--log`` for ``--log-dir``."""
    theirs = [word for action in get_args_parser()._actions for word in action.option_strings]
    script = Script(*(None,) * 6, 1, 1, True, 0, "cpu", None, 0, 0, False, None, torch.float32)  # type: ignore[arg-type]
    ours = [word for action in options(script)._actions for word in action.option_strings if word.startswith("--")]
    assert len(ours) > 10
    for word in set(ours) - {"--help"}:
        assert not any(other.startswith(word) for other in theirs), word


@pytest.mark.parametrize(("count", "world"), [(1, 2), (7, 2), (8, 3), (3, 3), (2, 5)])
def test_every_row_is_someones(count: int, world: int) -> None:
    ranks = [Ranks(world, rank, torch.device("cpu")) for rank in range(world)]
    rows = [list(range(count))[one.rows(count)] for one in ranks]
    if count < world:
        assert all(own == list(range(count)) for own in rows)
    else:
        assert [row for own in rows for row in own] == list(range(count))
        assert [len(own) for own in rows] == ranks[0].sizes(count)


def test_what_is_beside_it_says_how(tmp_path: Path) -> None:
    folder = exported(load_example("iris"), tmp_path)
    assert {"README.md", "requirements.txt", "Dockerfile", "train.slurm", files.RANKED, files.SCRIPT} <= {
        path.name for path in folder.iterdir()
    }
    for name in ("README.md", "Dockerfile", "train.slurm"):
        text = (folder / name).read_text(encoding="utf-8")
        assert files.RANKED in text and not any(mark in text for mark in ("<RANKED>", "<NAME>", "<SAID>", "<TITLE>"))
    assert subprocess.run(["bash", "-n", str(folder / "train.slurm")], check=False).returncode == 0
    pins = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert f"torch=={torch.__version__.partition('+')[0]}" in pins and f"numpy=={np.__version__}" in pins


def test_a_network_that_spares_brings_its_ways(tmp_path: Path) -> None:
    document = chain(
        ("linear", "h", {"units": 5}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        parts=2,
        batch_size=10,
    )
    program = sound(document)
    text = write_ranked(program, {name: runtime_source(name) for name in files.RANKS})
    assert "class Sparing" not in text and "main_ranked(RUN, PARTS, HALF)" in text and "    Sparing,\n" in text
    folder = exported(document, tmp_path)
    assert apart(alone(folder, "--epochs", "2"), together(folder, "--epochs", "2")) <= 1e-6
