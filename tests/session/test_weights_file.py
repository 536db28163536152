"""Weights from elsewhere into a network that is drawn: what is found by what, in the window and at a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document
from nnstudio.session.export import start_weights
from nnstudio.session.imports.start import beginning_with
from nnstudio.session.imports.weights_file import ALIKE, BY_NAME, BY_ORDER, matched, read_state, shapes_of, start_file
from tests.commands import command
from tests.helpers import chain, choice, sound


def drawn(units: int = 8) -> Document:
    return chain(
        ("linear", "base", {"units": units}),
        ("batch_norm_1d", "norm", {}),
        ("linear", "head", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )


def state(*names: str) -> dict[str, np.ndarray]:
    """Tensors of the drawn network by other names, in order."""
    shapes = shapes_of(sound(drawn()))
    draw = np.random.default_rng(0)
    return {
        name: draw.standard_normal(shape).astype("float32") if shape else np.asarray(7, dtype="int64")
        for name, shape in zip(names or shapes, shapes.values(), strict=True)
    }


NAMES = tuple(shapes_of(sound(drawn())))


def test_by_name() -> None:
    found = matched(sound(drawn()), state())
    assert [match.how for match in found] == [BY_NAME] * len(NAMES) and [m.found for m in found] == list(NAMES)


def test_by_a_name_that_is_alike() -> None:
    found = matched(sound(drawn()), state(*(f"module.{name.upper()}" for name in NAMES)))
    assert {match.how for match in found} == {ALIKE}
    assert [match.found.lower().removeprefix("module.") for match in found] == list(NAMES)


def test_by_order() -> None:
    ends = [name.rpartition(".")[2] for name in NAMES]
    found = matched(sound(drawn()), state(*(f"layer{number}.{end}" for number, end in enumerate(ends))))
    assert {match.how for match in found} == {BY_ORDER}
    # Two tensors of one form (scale and shift of a norm are told apart by their names) keep their order.
    assert [match.found for match in found] == [f"layer{number}.{end}" for number, end in enumerate(ends)]


def test_what_fits_nowhere_is_not_found() -> None:
    found = {match.name: match for match in matched(sound(drawn(6)), state())}
    assert not found["base.weight"].found and not found["base.weight"].how
    assert found["head.bias"].how == BY_NAME


def test_training_begins_with_what_was_matched(tmp_path: Path) -> None:
    program, tensors = sound(drawn()), state(*(f"net.{name}" for name in NAMES))
    place = start_file(program, tensors, matched(program, tensors))
    begun = start_weights(sound(beginning_with(place).apply(drawn(), CATALOG)))
    for name in NAMES:
        np.testing.assert_array_equal(begun[name], tensors[f"net.{name}"])
    with pytest.raises(StudioError, match="No tensor"):
        start_file(program, {}, matched(program, {}))


def test_at_a_terminal(tmp_path: Path) -> None:
    storage.save(tmp_path / "p.nns", drawn())
    torch.save({name: torch.from_numpy(np.array(value)) for name, value in state().items()}, tmp_path / "w.pt")
    done = command("import", str(tmp_path / "w.pt"), "--into", str(tmp_path / "p.nns"), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["file"].endswith("w.nns") and {match["by"] for match in said["matches"]} == {BY_NAME}
    document, parts = storage.load(tmp_path / "w.nns")
    assert document.training["start_file"] and len(parts.data) == 1
    again = command("import", str(tmp_path / "w.pt"), "--into", str(tmp_path / "p.nns"))
    assert again.returncode == 1 and "w.nns" in again.stderr
    replaced = command("import", str(tmp_path / "w.pt"), "--into", str(tmp_path / "p.nns"), "--replace")
    assert replaced.returncode == 0 and "base.weight" in replaced.stdout
    assert "7 of 9" not in replaced.stderr and "9 of 9" in replaced.stderr


def test_a_file_of_no_kind_is_refused_at_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    done = command("import", str(tmp_path / "a.docx"))
    assert done.returncode == 1 and ".onnx" in done.stderr and not (tmp_path / "a.nns").exists()


def test_formats_are_told(tmp_path: Path) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    assert set(read_state(tmp_path / "w.safetensors")) == set(NAMES)
