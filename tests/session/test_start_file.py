"""Training that begins with the weights of a file: what is taken, what is drawn, and that the script does the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.sources.copies import look_beside
from nnstudio.catalog.sources.files import SEARCH, fingerprint
from nnstudio.compile.beginning import key_of
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document, Parts
from nnstudio.engine.experiment import make_experiment, make_model
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python, start_weights
from nnstudio.session.exports import exports
from nnstudio.session.imports.start import beginning_with
from nnstudio.session.session import Session
from tests.commands import run_script
from tests.helpers import chain, choice, finish, keys, sound, wait


def net(units: int = 3, **training: Any) -> Document:
    return chain(
        ("linear", "base", {"units": 8}),
        ("batch_norm_1d", "norm", {}),
        ("activation", "bend", {"activation": choice("relu")}),
        ("linear", "head", {"units": units}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("sgd", learning_rate=0.05),
        epochs=3,
        seed=4,
        **training,
    )


@pytest.fixture(autouse=True)
def nothing_elsewhere() -> Iterator[None]:
    """Nothing that other tests left behind is found in the place of a file that is gone."""
    before = list(SEARCH)
    SEARCH[:] = []
    yield
    SEARCH[:] = before


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """A file of weights that were trained elsewhere."""
    end, _ = finish(Trainer(sound(net())))
    weights = {name: np.array(value) for name, value in end.weights.items()}
    save_file(weights, tmp_path / "old.safetensors")
    return tmp_path / "old.safetensors", weights


def begun(document: Document, file: Path) -> Document:
    return beginning_with(file).apply(document, CATALOG)


def test_it_begins_with_them(trained: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    file, weights = trained
    drawn = start_weights(sound(net()))
    assert not np.array_equal(drawn["base.weight"], weights["base.weight"])
    program = sound(begun(net(), file))
    found = start_weights(program)
    assert set(found) == set(weights)
    for name, value in weights.items():
        np.testing.assert_array_equal(found[name], value)
    assert int(found["norm.num_batches_tracked"]) > 0, "what a norm counted goes on"
    # Another seed draws nothing else, since nothing is drawn.
    np.testing.assert_array_equal(start_weights(program, 99)["head.weight"], weights["head.weight"])
    # A run's first update is made from them.
    experiment = make_experiment(program)
    np.testing.assert_array_equal(experiment.model.state_dict()["base.weight"].numpy(), weights["base.weight"])


def test_the_script_begins_with_them(trained: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    file, _ = trained
    program = sound(begun(net(), file))
    end, _ = finish(Trainer(program))
    out = tmp_path / "out"
    assert (out / "start.safetensors") in export_python(program, out)
    file.unlink()
    done = run_script(
        [sys.executable, "-I", out / "train.py", "--json", "--save", out / "w.safetensors"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name, value in load_file(out / "w.safetensors").items():
        np.testing.assert_array_equal(value, end.weights[name])
    assert end.report is not None and json.loads(done.stdout)["final"] == end.report["final"]


@pytest.mark.parametrize("way", ["fast", "notebook", "onnx", "pt2", "safetensors", "huggingface"])
def test_every_way_home(trained: tuple[Path, dict[str, np.ndarray]], tmp_path: Path, way: str) -> None:
    session = Session(begun(net(), trained[0]))
    try:
        written, _ = session.exporter(tmp_path / "out", way)()
        assert written
        if way in ("fast", "notebook"):
            assert (tmp_path / "out" / "start.safetensors") in written
        assert way in exports()
    finally:
        session.close()


def test_another_head_is_drawn(trained: tuple[Path, dict[str, np.ndarray]]) -> None:
    file, weights = trained
    document = SetParam("base", ("units",), 6).apply(begun(net(), file), CATALOG)
    lowered = lower(document)
    assert lowered.program is not None and not lowered.errors
    note = next(problem for problem in lowered.problems if problem.what.key == "start.some.what")
    assert note.severity == "note" and note.what.args["count"] == 7 and "base.weight" in note.what.args["names"]
    found, drawn = start_weights(lowered.program), start_weights(sound(replace(document, training=net().training)))
    np.testing.assert_array_equal(found["head.weight"], drawn["head.weight"])
    np.testing.assert_array_equal(found["head.bias"], weights["head.bias"])


def test_names_of_nodes_count_before_those_of_tensors(tmp_path: Path) -> None:
    weight = np.arange(24, dtype=np.float32).reshape(3, 8)
    save_file({key_of("head", "weight"): weight, "head.weight": weight + 1}, tmp_path / "w.safetensors")
    found = start_weights(sound(begun(net(), tmp_path / "w.safetensors")))
    np.testing.assert_array_equal(found["head.weight"], weight)


def test_a_frozen_layer_keeps_them(trained: tuple[Path, dict[str, np.ndarray]]) -> None:
    file, weights = trained
    document = SetParam("base", ("frozen",), True).apply(begun(net(), file), CATALOG)
    end, _ = finish(Trainer(sound(document)))
    np.testing.assert_array_equal(end.weights["base.weight"], weights["base.weight"])
    assert not np.array_equal(end.weights["head.weight"], weights["head.weight"])


def test_half_precision_becomes_what_the_network_computes_in(tmp_path: Path) -> None:
    from safetensors.torch import save_file as save

    weight = torch.arange(24).reshape(3, 8).to(torch.bfloat16) / 8
    save({"head.weight": weight}, tmp_path / "w.safetensors")
    model, _ = make_model(sound(begun(net(), tmp_path / "w.safetensors")), 0, torch.device("cpu"))
    assert model.head.weight.dtype == torch.float32
    assert torch.equal(model.head.weight, weight.float())


@pytest.mark.parametrize("content", [b"", b"no weights", b"\xff" * 4096, b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_holds_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(content)
    lowered = lower(SetTraining(("start_file",), str(file)).apply(net(), CATALOG))
    wrong = [problem for problem in lowered.problems if problem.what.key.startswith("start.")]
    assert len(wrong) == 1 and wrong[0].mend is not None
    assert (lowered.program is None) == (wrong[0].severity == "error")
    assert sound(wrong[0].mend.apply(lowered.document, CATALOG)).begun is None


def test_a_file_that_is_gone_starts_no_run(tmp_path: Path) -> None:
    document = SetTraining(("start_file",), str(tmp_path / "away.safetensors")).apply(net(), CATALOG)
    assert "start.unreadable" in keys(lower(document))
    assert lower(document).program is None


def test_a_file_that_goes_while_the_network_is_known(trained: tuple[Path, dict[str, np.ndarray]]) -> None:
    program = sound(begun(net(), trained[0]))
    trained[0].unlink()
    with pytest.raises(StudioError):
        make_model(program, 0, torch.device("cpu"))
    end, _ = finish(Trainer(program))
    assert end.how is State.FAILED and end.reason is not None


def test_one_that_was_changed_is_said(trained: tuple[Path, dict[str, np.ndarray]]) -> None:
    file, weights = trained
    document = begun(net(), file)
    save_file({name: np.array(value * 2) for name, value in weights.items()}, file)
    lowered = lower(document)
    assert "start.changed" in keys(lowered) and lowered.program is not None


def test_a_project_carries_them(trained: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    file, weights = trained
    session = Session(begun(net(), file))
    try:
        wait(session, lambda: session.meaning.lowered is not None)
        session.save(tmp_path / "p.nns")
    finally:
        session.close()
    mark = fingerprint(file)
    file.unlink()
    document, parts = storage.load(tmp_path / "p.nns")
    assert isinstance(parts, Parts) and f"{mark}.safetensors" in parts.data
    look_beside(tmp_path / "p.nns", parts.data)
    np.testing.assert_array_equal(start_weights(sound(document))["head.weight"], weights["head.weight"])
