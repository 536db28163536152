"""Where a network is trained: which device, one of several, and data that does not fit there."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import torch

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.document.text import message
from nnstudio.engine import device as devices
from nnstudio.engine import events, pipes
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.runtime import data as data_module
from nnstudio.engine.trainer import Trainer
from nnstudio.session.cores import wanted_device
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.settings import Settings, load_settings, save_settings, settings_path
from tests.engine.test_training import example
from tests.helpers import finish, sound


@pytest.mark.parametrize(
    ("wanted", "there", "got", "said"),
    [
        ("auto", False, "cpu", False),
        ("cpu", False, "cpu", False),
        ("cuda", False, "cpu", True),
        ("auto", True, "cuda", False),
        ("cpu", True, "cpu", False),
        ("cuda", True, "cuda", False),
    ],
)
def test_which_device_is_taken(wanted: str, there: bool, got: str, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(monkeypatch, 1 if there else 0)
    device, note = devices.pick(wanted)
    assert device.type == got and (note is not None) == said


def two_gpus(monkeypatch: pytest.MonkeyPatch, count: int = 2) -> list[int]:
    """Let torch say that there are so many GPUs; returns those that became a thread's own."""
    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Test")
    return taken


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("auto", "cuda:0"),
        ("cuda", "cuda:0"),
        ("cuda:1", "cuda:1"),
        ("cuda:2", "cpu"),
        ("cuda:x", "cpu"),
        ("mps", "cpu"),
    ],
)
def test_one_of_several_gpus_is_taken(wanted: str, got: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = two_gpus(monkeypatch)
    device, note = devices.pick(wanted)
    assert str(device) == got
    assert taken == ([] if got == "cpu" else [device.index]), "the thread's own GPU is another"
    assert (note is None) == (got != "cpu")
    if note is not None:
        assert note.key == "run.no_device" and "CPU" in note.render()
    else:
        assert devices.describe(device) == f"NVIDIA Test ({device.index})"


def test_the_gpu_of_an_apple_knows_no_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(monkeypatch, 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.pick("mps")[0].type == "mps" and devices.pick("mps")[1] is None
    assert devices.describe(torch.device("mps")) == "Apple GPU"
    device, note = devices.pick("mps", "float64")
    assert device.type == "cpu" and note is not None and note.key == "run.no_double"
    # Small networks are slower on it than on its processor.
    assert devices.pick("auto") == (torch.device("cpu"), None)


@pytest.mark.parametrize("name", example_names())
def test_samples_that_do_not_fit_are_copied_batch_by_batch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = replace(sound(load_example(name)), epochs=2)
    usual, _ = finish(Trainer(program, device="cpu", threads=1))
    monkeypatch.setattr("nnstudio.engine.runtime.data.fits", lambda size, device: False)
    data, validation = load_parts(program, torch.device("cpu"))
    assert data.home == validation.home == torch.device("cpu")
    copied: list[torch.Size] = []
    copy = data_module.sent

    def sent(tensor: torch.Tensor, home: torch.device) -> torch.Tensor:
        copied.append(tensor.shape)
        return copy(tensor, home)

    monkeypatch.setattr(data_module, "sent", sent)
    streamed, seen = finish(Trainer(program, device="cpu", threads=1))
    assert copied and max(shape[0] for shape in copied) <= max(program.batch_size, program.evaluation)
    started = next(event for event in seen if isinstance(event, events.Started))
    assert started.note is not None and started.note.key == "run.streams"
    assert all((streamed.weights[key] == value).all() for key, value in usual.weights.items())


def test_what_lies_on_a_gpu_comes_to_the_window_as_plain_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "is_here", lambda tensor: tensor.dtype != torch.float64)
    moved: list[torch.Tensor] = []
    cpu = torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: (moved.append(self), cpu(self))[1])
    stream = io.BytesIO()
    far, near = torch.arange(3.0, dtype=torch.float64), torch.arange(3.0)
    pipes.Writer(stream).send("state", {"far": [far], "near": near, "weight": torch.nn.Parameter(far.clone())})
    stream.seek(0)
    kind, (found,) = pipes.receive(stream) or ("", ({},))
    assert kind == "state" and len(moved) == 2
    assert torch.equal(found["far"][0], far) and torch.equal(found["near"], near)


def test_the_settings_name_a_gpu_for_those_that_ask_for_any() -> None:
    save_settings(Settings(device="cuda:1"))
    assert load_settings().device == "cuda:1"
    assert [wanted_device(own) for own in ("auto", "cuda", "cpu", "mps")] == ["cuda:1", "cuda:1", None, None]
    save_settings(Settings(device="cpu"))
    assert [wanted_device(own) for own in ("auto", "cuda", "cpu", "mps")] == ["cpu"] * 4
    settings_path().write_text('{"device": "cuda:999; rm"}', encoding="utf-8")
    assert load_settings().device == "" and wanted_device("auto") is None


def test_running_out_of_memory_offers_half_the_batch_or_parts_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    program = example("rings")
    reason = message("run.memory", batch=128, half=64, parts=2)
    found = {p.what.key: p for p in diagnose(program, [], [], reason, lower(load_example("rings")))}
    assert {"watch.memory.what", "watch.memory_parts.what"} <= set(found)
    document = load_example("rings")
    half, parts = (found[key].mend for key in ("watch.memory.what", "watch.memory_parts.what"))
    assert half is not None and parts is not None
    assert sound(half.apply(document, CATALOG)).batch_size == 64
    assert sound(parts.apply(document, CATALOG)).parts == 2 and sound(parts.apply(document, CATALOG)).batch_size == 128


def test_a_run_that_wanted_cuda_says_so_and_goes_on() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    _, seen = finish(Trainer(example("xor", epochs=1), device="cuda"))
    started = next(event for event in seen if isinstance(event, events.Started))
    assert started.device == "CPU" and started.note is not None and "CPU" in started.note.render()


@pytest.mark.gpu
def test_cuda_follows_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    cpu, _ = finish(Trainer(example("rings", epochs=5), device="cpu"))
    gpu, seen = finish(Trainer(example("rings", epochs=5), device="cuda"))
    assert gpu.report["device"].startswith("cuda")
    assert next(event for event in seen if isinstance(event, events.Started)).note is None
    for one, two in zip(cpu.report["history"], gpu.report["history"], strict=True):
        assert one["train_loss"] == pytest.approx(two["train_loss"], rel=1e-3)
    iris, _ = finish(Trainer(example("iris"), device="cuda"))
    assert iris.report["final"]["val_accuracy"] >= 0.9
