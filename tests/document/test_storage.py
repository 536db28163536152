"""Project files: round trips, and every kind of file that is refused."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Choice, Document, Node, Params, Parts, Wire
from nnstudio.session.examples import example_names, load_example
from tests.helpers import keys


def rich() -> Document:
    inner = Document("inner", (Node("a", "linear", params=Params(units=3)),))
    nodes = (
        Node("d", "data", "Daten “x”", Params(dataset=Choice("rings", Params(noise=0.25)), target_scaling="none")),
        Node("g", "group", "组", body=inner),
        Node("u", "from_the_future", "?", Params(deep=Params(list=(1, (2.5, "x"), None, True)))),
    )
    return Document("网络", nodes, (Wire("d", "x", "u", "whatever"),), Params(epochs=3), "notes\nwith lines")


def test_a_document_alone_is_plain_json_and_stable() -> None:
    data = storage.dumps(rich())
    assert json.loads(data)["format"] == "nnstudio"
    document, parts = storage.loads(data)
    assert document == rich()
    assert storage.dumps(document, parts) == data


def test_with_weights_it_is_a_zip_told_apart_by_content(tmp_path: Path) -> None:
    weights = {"a.weight": np.arange(6, dtype=np.float64).reshape(2, 3), "n": np.array(7)}
    path = tmp_path / "x.nns"
    storage.save(path, rich(), Parts(weights, {"history": ({"epoch": 1},)}, {}))
    assert zipfile.is_zipfile(path)
    document, parts = storage.load(path)
    assert document == rich()
    assert parts.weights["a.weight"].dtype == np.float64
    assert parts.weights["n"].shape == ()
    np.testing.assert_array_equal(parts.weights["a.weight"], weights["a.weight"])


def test_unknown_kinds_survive_and_are_named() -> None:
    document, _ = storage.loads(storage.dumps(rich()))
    assert document.by_id["u"] == rich().by_id["u"]
    assert "node.unknown_kind" in keys(lower(document))


@pytest.mark.parametrize("name", example_names())
def test_examples_are_canonical(name: str) -> None:
    document = load_example(name)
    assert storage.loads(storage.dumps(document))[0] == document


def plain(**changes: object) -> bytes:
    whole = json.loads(storage.dumps(rich()))
    whole.update(changes)
    return json.dumps(whole).encode()


def changed(path: list[object], value: object) -> bytes:
    whole = json.loads(storage.dumps(rich()))
    place = whole["document"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(whole).encode()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


BROKEN = {
    "empty": b"",
    "cut": storage.dumps(rich())[:300],
    "binary": bytes(range(256)),
    "nan": plain(version=1).replace(b'"epochs": 3', b'"epochs": NaN'),
    "overflow": plain().replace(b'"epochs": 3', b'"epochs": 1e999'),
    "digits": plain().replace(b'"epochs": 3', b'"epochs": ' + b"9" * 5000),
    "deep": b'{"format":"nnstudio","version":1,"document":' + b"[" * 100_000,
    "deep params": changed(["nodes", 0, "params"], json.loads('{"a":' * 80 + "1" + "}" * 80)),
    "extra": plain(surprise=1),
    "twice": changed(["nodes", 1, "id"], "d"),
    "lost wire": changed(["wires", 0, "target"], "ghost"),
    "bad id": changed(["nodes", 0, "id"], "a b; import os"),
    "far": changed(["nodes", 0, "position"], [1e300, 0]),
    "no place": changed(["nodes", 0, "position"], [1.0]),
    "long name": changed(["nodes", 0, "name"], "x" * 10_000),
    "number name": changed(["nodes", 0, "name"], 5),
    "zip without safetensors": zipped(document__json=storage.dumps(rich()), weights__safetensors=b"not tensors"),
    "half a zip": zipped(document__json=storage.dumps(rich()))[:-30],
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ProjectFileError) as caught:
        storage.loads(BROKEN[name])
    assert caught.value.message.key in ("file.broken", "file.foreign")
    assert "Traceback" not in str(caught.value)


def test_any_damaged_byte_of_a_zip_is_refused_or_harmless() -> None:
    whole = bytearray(zipped(document__json=storage.dumps(rich())))
    deflated = io.BytesIO()
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("document.json", storage.dumps(rich()))
    for data in (whole, bytearray(deflated.getvalue())):
        for place in range(0, len(data), 7):
            kept = data[place]
            data[place] ^= 0x5A
            with contextlib.suppress(ProjectFileError):
                storage.loads(bytes(data))
            data[place] = kept


def test_groups_nested_too_deeply_are_refused() -> None:
    document = Document("inner")
    for _ in range(60):
        document = Document("outer", (Node("g", "group", body=document),))
    with pytest.raises(ProjectFileError):
        storage.loads(storage.dumps(document))


def test_half_a_character_is_refused_and_never_written() -> None:
    with pytest.raises(ProjectFileError):
        storage.loads(plain().replace(b'"epochs": 3', b'"epochs": "\\ud800"'))
    with pytest.raises(ProjectFileError):
        storage.dumps(Document(notes="\ud800"))
    with pytest.raises(ProjectFileError):
        storage.dumps(Document(training=Params(epochs=float("nan"))))


@pytest.mark.parametrize("data", [b"{}", b"[1, 2]", b'"text"', b'{"format": "other"}', zipped(other__txt=b"hello")])
def test_foreign_files_are_named(data: bytes) -> None:
    with pytest.raises(ProjectFileError) as caught:
        storage.loads(data)
    assert caught.value.message.key == "file.foreign"


def test_newer_files_are_named() -> None:
    with pytest.raises(ProjectFileError) as caught:
        storage.loads(plain(version=99))
    assert caught.value.message.key == "file.newer"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("document.json", "w", force_zip64=True) as member,
    ):
        for _ in range(220):
            member.write(b"\0" * 2**20)
    with pytest.raises(ProjectFileError) as caught:
        storage.loads(buffer.getvalue())
    assert caught.value.message.key == "file.large"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, key in ((tmp_path / "none.nns", "file.missing"), (tmp_path, "file.folder")):
        with pytest.raises(ProjectFileError) as caught:
            storage.load(path)
        assert caught.value.message.key == key


def test_saving_keeps_one_backup_and_no_scraps(tmp_path: Path) -> None:
    path = tmp_path / "p.nns"
    storage.save(path, Document("one"))
    storage.save(path, Document("two"))
    assert storage.load(path)[0].name == "two"
    assert storage.load(tmp_path / "p.nns.bak")[0].name == "one"
    assert {p.name for p in tmp_path.iterdir()} == {"p.nns", "p.nns.bak"}


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.nns"
    storage.save(path, Document("one"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectFileError) as caught:
        storage.save(path, Document("two"))
    assert "No space left" in str(caught.value)
    assert storage.load(path)[0].name == "one"
    assert {p.name for p in tmp_path.iterdir()} == {"p.nns"}


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectFileError) as caught:
        storage.save(tmp_path / "no" / "such" / "p.nns", Document())
    assert caught.value.message.key == "file.unwritable"
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(folder, os.W_OK):
        return  # Root may write anywhere.
    with pytest.raises(ProjectFileError):
        storage.save(folder / "p.nns", Document())


GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def test_every_version_of_the_format_can_be_read_for_ever() -> None:
    """Files as each version of the program wrote them.

    A change of the format adds a file here; none is ever changed.
    """
    assert {path.name for path in GOLDEN.glob("*.nns")} >= {
        f"version-{number}.nns" for number in range(1, storage.VERSION + 1)
    }
    document, parts = storage.load(GOLDEN / "version-1.nns")
    assert (
        [n.kind for n in document.nodes].count("comment") == 1
        and document.notes == "A note – 备注"
        and document.by_id["h1"].notes == "first"
    )
    assert [n.id for n in document.by_id["group1"].body.nodes] == ["input1", "norm1", "act1", "output1"]  # type: ignore[union-attr]
    assert document.by_id["comment1"].params["text"] == "Features\n特征" and document.training["epochs"] == 100
    assert parts.view["bookmarks"][0]["group"] == ["group1"] and parts.view["look"]["zoom"] == 0.75
    document, parts = storage.load(GOLDEN / "version-1-weights.nns")
    assert parts.weights["h1.weight"].dtype == np.float32 and parts.weights["h1.weight"][2, 3] == np.float32(11 / 7)
    assert parts.weights["h1.bias"].tolist() == [0.1, 0.2, 0.3] and parts.run["history"] == [{"epoch": 1, "loss": 0.5}]
    assert parts.data == {"0123456789abcdef.csv": b"a,b\n1,2\n"} and document.name


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.nns")), ids=lambda path: path.stem)
def test_a_golden_file_is_written_again_with_the_same_meaning(path: Path) -> None:
    document, parts = storage.load(path)
    again, other = storage.loads(storage.dumps(document, parts))
    assert again == document and other.view == parts.view and other.run == parts.run and other.data == parts.data
    assert {k: v.tolist() for k, v in other.weights.items()} == {k: v.tolist() for k, v in parts.weights.items()}


def test_what_a_cut_off_write_left_is_cleared_and_the_backup_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.nns"
    stale, fresh = tmp_path / ".a.nns.abc.tmp", tmp_path / ".a.nns.def.tmp"
    for left in (stale, fresh):
        left.write_bytes(b"half")
    os.utime(stale, (1, 1))
    storage.save(path, load_example("xor"))
    assert not stale.exists() and fresh.exists(), "another window may be writing"
    storage.save(path, load_example("rings"))
    assert storage.load(tmp_path / "a.nns.bak")[0] == load_example("xor")
