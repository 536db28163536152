"""What a project file may unpack to, and that whatever is saved opens again."""

from __future__ import annotations

import io
import json
import resource
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Document, Node, Parts


def memory() -> int:
    """The most memory that was ever taken, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def key_of(data: bytes) -> str:
    with pytest.raises(ProjectFileError) as caught:
        storage.loads(data)
    return caught.value.message.key


def packed(text: bytes, **members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("document.json", text)
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def whole(document: Any) -> bytes:
    return json.dumps({"format": "nnstudio", "version": 1, "document": document}).encode()


def nested(depth: int, each: int) -> dict[str, Any]:
    """Groups in groups, each with so many nodes beside it."""
    inside = nested(depth - 1, each) if depth else None
    nodes = [{"id": f"n{k}", "kind": "identity"} for k in range(each)]
    return {"nodes": [*nodes, {"id": "g", "kind": "group", "body": inside}] if inside else nodes}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            b'{"format": "nnstudio", "version": 1, "document": {"notes": [' + b"[]," * 12_000_000 + b"[]]}}",
            "file.many_values",
        ),
        (b'{"format": "nnstudio", "version": 1, "document": {"notes": "' + b"x" * 110_000_000 + b'"}}', "file.large"),
        (whole(nested(12, 4000)), "file.many_nodes"),
        (
            whole(
                {
                    "nodes": [
                        {
                            "id": "g",
                            "kind": "group",
                            "body": {"nodes": [{"id": f"n{k}", "kind": "identity"} for k in range(6000)]},
                        }
                    ]
                }
            ),
            "file.many_nodes",
        ),
    ],
    ids=["values", "text", "nodes in groups in groups", "nodes in one group"],
)
@pytest.mark.parametrize("form", [lambda text: text, packed], ids=["plain", "packed"])
def test_what_swells_is_refused_before_it_is_read(text: bytes, key: str, form: Any) -> None:
    data = form(text)
    before = memory()
    assert key_of(data) == key
    assert memory() - before < 600 * 2**20


def test_weights_and_arrays_have_limits_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document = Document("test")
    weights = {"a.weight": np.ones((500, 500), dtype=np.float32)}
    monkeypatch.setattr(storage, "MAX_BYTES", 200_000)
    # Over the limit of all else, under that of weights.
    assert np.array_equal(
        storage.loads(storage.dumps(document, Parts(weights)))[1].weights["a.weight"], weights["a.weight"]
    )
    with pytest.raises(ProjectFileError) as caught:
        storage.save(tmp_path / "a.nns", document, Parts({}, {}, {}, {}, weights))
    assert caught.value.message.key == "file.large" and not (tmp_path / "a.nns").exists()
    monkeypatch.setattr(storage, "MAX_WEIGHTS", 900_000)
    with pytest.raises(ProjectFileError):
        storage.dumps(document, Parts(weights))


def test_large_weights_are_mapped_and_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = {
        "h.weight": np.arange(60_000, dtype=np.float32).reshape(200, 300),
        "n.steps": np.array(3, dtype=np.int64),
        "o.bias": np.array([], dtype=np.float64),
    }
    storage.save(tmp_path / "a.nns", Document("test"), Parts(weights))
    monkeypatch.setattr(storage, "MAPPED", 1000)
    found = storage.load(tmp_path / "a.nns")[1].weights
    assert set(found) == set(weights)
    for name, array in weights.items():
        assert (
            np.array_equal(found[name], array) and found[name].dtype == array.dtype and found[name].shape == array.shape
        )
    spoilt = bytearray((tmp_path / "a.nns").read_bytes())
    place = spoilt.find(b'"dtype"')
    spoilt[place : place + 7] = b'"dtypo"'
    (tmp_path / "bad.nns").write_bytes(spoilt)
    with pytest.raises(ProjectFileError):
        storage.load(tmp_path / "bad.nns")


def test_more_nodes_than_open_again_are_not_written() -> None:
    """Nodes in groups count: each document by itself may hold as many."""
    body = Document("", tuple(Node(f"n{k}", "linear") for k in range(storage.MAX_NODES - 1)))
    storage.loads(storage.dumps(Document("test", (Node("g", "group", body=body),))))
    with pytest.raises(ProjectFileError) as caught:
        storage.dumps(Document("test", (Node("g", "group", body=body), Node("h", "linear"))))
    assert caught.value.message.key == "file.many_nodes"


def test_three_hundred_megabytes_of_weights_open_again(tmp_path: Path) -> None:
    """A network of 8,000 × 8,000 numbers and more could be saved and never opened."""
    weights = {"h.weight": np.full((8000, 9400), 0.25, dtype=np.float32)}
    storage.save(tmp_path / "wide.nns", Document("test"), Parts(weights))
    found = storage.load(tmp_path / "wide.nns")[1].weights["h.weight"]
    assert found.shape == (8000, 9400) and float(found[-1, -1]) == 0.25


@pytest.mark.parametrize(
    "wrap", [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: {"choice": "x", "params": {"a": inner}}]
)
def test_settings_that_are_nested_too_deeply_are_refused(wrap: Any) -> None:
    """However they are nested; what is less deep is kept as it is."""
    for deep, fits in ((3, True), (200, False)):
        value: Any = 1
        for _ in range(deep):
            value = wrap(value)
        plain = json.loads(storage.dumps(Document("d")))
        plain["document"]["training"] = {"odd": value}
        data = json.dumps(plain).encode()
        if fits:
            assert json.loads(storage.dumps(storage.loads(data)[0]))["document"]["training"]["odd"] == value
        else:
            with pytest.raises(ProjectFileError):
                storage.loads(data)
