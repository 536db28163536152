"""Whatever the parts of a module are called, what comes in is a project that can be saved and opened again."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
import torch

import nnstudio
from nnstudio.document import storage
from nnstudio.document.values import Document
from nnstudio.session.export import check_source, source_of
from nnstudio.session.exports.onnx import quietly
from nnstudio.session.imports.bringing import Bringing
from tests.helpers import sound

NAMES = (
    "0",
    "1a",
    "data",
    "loss",
    "optimizer",
    "data_2",
    "_x",
    "é",
    "中文",
    "a b",
    "a-b",
    "x" * 100,
    "self",
    "torch",
    "model",
)


def module(name: str) -> torch.nn.Module:
    parts = [(name, torch.nn.Linear(4, 3)), ("act", torch.nn.ReLU()), ("out", torch.nn.Linear(3, 2))]
    return torch.nn.Sequential(OrderedDict(parts))


def layers(document: Document) -> list[str]:
    return [node.name for node in document.nodes if node.id not in ("data", "loss", "optimizer")]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_of_any_name_is_saved_and_opened(name: str, tmp_path: Path) -> None:
    found = nnstudio.from_torch(module(name), torch.zeros(2, 4), window=False)
    document, parts = storage.load(found.save(tmp_path / "net.nns"))
    assert document == found.document and layers(document) == [name, "out"]
    program = sound(document)
    assert {start.parameter for start in program.starts} and len(parts.weights) == 4
    check_source(program, source_of(program).text)


def test_parts_in_parts_that_are_numbered(tmp_path: Path) -> None:
    def block(width: int, out: int) -> torch.nn.Module:
        inner = torch.nn.Sequential(torch.nn.Linear(out, out), torch.nn.Tanh(), torch.nn.Linear(out, out))
        return torch.nn.Sequential(torch.nn.Linear(width, out), torch.nn.ReLU(), inner)

    whole = torch.nn.Sequential(block(4, 5), block(5, 6), block(6, 7), block(7, 5), torch.nn.Linear(5, 2))
    found = nnstudio.from_torch(whole, torch.zeros(2, 4), window=False)
    document, _ = storage.load(found.save(tmp_path / "net.nns"))
    assert sum(node.body is not None for node in document.nodes) == 4
    assert sound(document).parameters == sum(p.numel() for p in whole.parameters())


@pytest.mark.parametrize("dynamo", [True, False], ids=["today's exporter", "the one before"])
def test_an_onnx_file_of_a_plain_sequential_comes_in(dynamo: bool, tmp_path: Path) -> None:
    whole = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2)).eval()
    file = tmp_path / "net.onnx"
    with quietly():
        torch.onnx.export(whole, (torch.zeros(2, 4),), file, dynamo=dynamo, **({"verbose": False} if dynamo else {}))
    # As the window reads it: in a process of its own, through a project's file.
    reading = Bringing(file)
    assert reading.wait(120)
    document, parts, _ = reading.result()
    assert sound(document).parameters == 4 * 3 + 3 + 3 * 2 + 2 and len(parts.weights) == 4
