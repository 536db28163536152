"""The project file: plain JSON for a document alone, a zip of the same JSON and safetensors with weights.

Both forms carry the extension ``.nns`` and are told apart by their content. Reading is strict: a size
cap before anything is read, all shape errors of a file at once, no NaN, no pickle. Values that the
vocabulary refuses (a newer kind of node, a number out of range) do not stop a file from opening; they
become problems on their nodes.
"""

from __future__ import annotations

import io
import json
import lzma
import math
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from nnstudio.document.disk import write_atomically
from nnstudio.document.edits import MAX_NODES
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.steps import STEPS
from nnstudio.document.values import Choice, Document, Node, Params, Parts, Wire

if TYPE_CHECKING:
    from nnstudio.document.schema import DocumentModel, FileModel

FORMAT = "nnstudio"
VERSION = 3
# All but the weights: text, run, copies of data.
MAX_BYTES = 200 * 2**20
# The largest network that is trained has 250 million numbers, of eight bytes each in the wider format.
MAX_WEIGHTS = 2200 * 2**20
# A text of nothing but brackets takes thirty times its size once it is read.
MAX_TEXT, MAX_VALUES = 100 * 2**20, 6_000_000
# Weights of more than this are read by way of a file that is mapped, so that they are never in memory twice.
MAPPED = 64 * 2**20
MAX_DEPTH = 40
MAX_BODIES = 16
DATA_FOLDER = "data/"
WEIGHTS, ARRAYS = "weights.safetensors", "run.safetensors"


def unfrozen(value: Any) -> Any:
    """Return a frozen value as JSON has it."""
    if isinstance(value, Choice):
        return {"choice": value.kind, "params": unfrozen(value.params)}
    if isinstance(value, Mapping):
        return {key: unfrozen(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [unfrozen(item) for item in value]
    return value


def _value(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise ProjectFileError("file.broken", detail="too deeply nested")
    if isinstance(value, dict):
        if set(value) <= {"choice", "params"} and isinstance(value.get("choice"), str):
            return Choice(value["choice"], frozen_params(value.get("params", {}), depth + 1))
        return frozen_params(value, depth + 1)
    if isinstance(value, list):
        return tuple(_value(item, depth + 1) for item in value)
    return value


def frozen_params(values: Any, depth: int = 0) -> Params:
    """Return JSON values as a document holds them; raises ProjectFileError where they are nested too deeply."""
    if not isinstance(values, dict):
        raise ProjectFileError("file.broken", detail="params is not an object")
    return Params({key: _value(item, depth) for key, item in values.items()})


def document_to_plain(document: Document) -> dict[str, Any]:
    """Return the document as JSON values, the same order every time."""
    plain = {
        "name": document.name,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "name": node.name,
                "params": unfrozen(node.params),
                "position": [float(node.position[0]), float(node.position[1])],
                "notes": node.notes,
                "body": None if node.body is None else document_to_plain(node.body),
            }
            for node in document.nodes
        ],
        "wires": [
            {"source": w.source, "source_port": w.source_port, "target": w.target, "target_port": w.target_port}
            for w in document.wires
        ],
        "training": unfrozen(document.training),
        "notes": document.notes,
    }
    return {**plain, "lesson": unfrozen(document.lesson)} if document.lesson else plain


def _from_model(model: DocumentModel, where: str = "", depth: int = 0) -> Document:
    if depth > MAX_BODIES:
        raise ProjectFileError("file.broken", detail="groups are nested too deeply")
    ids = [node.id for node in model.nodes]
    if len(set(ids)) != len(ids):
        raise ProjectFileError("file.broken", detail=f"{where}two nodes share an id")
    known = set(ids)
    wires = []
    for wire in model.wires:
        if wire.source not in known or wire.target not in known:
            raise ProjectFileError("file.broken", detail=f"{where}a wire leads to a node that is not there")
        wires.append(Wire(wire.source, wire.source_port, wire.target, wire.target_port))
    if len(set(wires)) != len(wires):
        raise ProjectFileError("file.broken", detail=f"{where}the same wire twice")
    nodes = tuple(
        Node(
            node.id,
            node.kind,
            node.name,
            _as_it_was(frozen_params(node.params)),
            (node.position[0], node.position[1]),
            node.notes,
            None if node.body is None else _from_model(node.body, f"{where}{node.id}: ", depth + 1),
        )
        for node in model.nodes
    )
    return Document(
        model.name, nodes, tuple(wires), frozen_params(model.training), model.notes, frozen_params(model.lesson)
    )


def _as_it_was(params: Params) -> Params:
    """Settings that a file does not name yet mean what they meant when it was written, whatever a new node begins
    with.
    """
    if "dataset" in params and "target_scaling" not in params:
        return params.with_value("target_scaling", "none")
    return params


def dumps(document: Document, parts: Parts | None = None) -> bytes:
    """Return the file's bytes: JSON, or a zip when there are weights to carry."""
    parts = parts or Parts()
    # Earlier programs can read what they know.
    stepped = STEPS in document.lesson or parts.progress
    version = VERSION if stepped else 2 if document.lesson else 1
    whole = {"format": FORMAT, "version": version, "document": document_to_plain(document)}
    _check_nodes(whole["document"])
    if parts.run:
        whole["run"] = unfrozen(parts.run)
    if parts.view:
        whole["view"] = unfrozen(parts.view)
    if parts.progress:
        whole["progress"] = unfrozen(parts.progress)
    try:
        text = (json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")
    except ValueError as error:
        raise ProjectFileError("file.unsavable", detail=str(error)[:200]) from None
    sizes = [
        sum(int(np.asarray(value).nbytes) for value in arrays.values()) for arrays in (parts.weights, parts.arrays)
    ]
    # What is written has to open again.
    _check_size(text, sizes[0], len(text) + sizes[1] + sum(map(len, parts.data.values())))
    if not parts.weights and not parts.data and not parts.arrays:
        return text
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        # A fixed date keeps the same project the same bytes.
        archive.writestr(zipfile.ZipInfo("document.json", (1980, 1, 1, 0, 0, 0)), text)
        for member, arrays in ((WEIGHTS, parts.weights), (ARRAYS, parts.arrays)):
            if arrays:
                from safetensors.numpy import save as save_safetensors

                # A single number has no axes, which making it contiguous would give it.
                tensors = {key: np.ascontiguousarray(value).reshape(np.shape(value)) for key, value in arrays.items()}
                archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), save_safetensors(tensors))
        for name, content in sorted(parts.data.items()):
            archive.writestr(
                zipfile.ZipInfo(DATA_FOLDER + name, (1980, 1, 1, 0, 0, 0)),
                content,
                zipfile.ZIP_DEFLATED,
                compresslevel=1,
            )
    return buffer.getvalue()


def _check_size(text: bytes, weights: int, rest: int) -> None:
    """Refuse what is too large, to be written as well as to be read.

    Raises:
        ProjectFileError: it is.
    """
    for size, high in ((weights, MAX_WEIGHTS), (rest, MAX_BYTES), (len(text), MAX_TEXT)):
        if size > high:
            raise ProjectFileError("file.large", size=-(-size // 2**20), high=high // 2**20)
    values = text.count(b",") + text.count(b"[") + text.count(b"{")
    if values > MAX_VALUES:
        raise ProjectFileError("file.many_values", count=values, high=MAX_VALUES)


def _check_nodes(document: Any) -> None:
    """Refuse too many nodes, those in groups counted; the file's shape is not yet known."""
    found, waiting = 0, [document]
    while waiting:
        here = waiting.pop()
        nodes = here.get("nodes") if isinstance(here, dict) else None
        if isinstance(nodes, list):
            found += len(nodes)
            waiting += [node.get("body") for node in nodes if isinstance(node, dict)]
    if found > MAX_NODES:
        raise ProjectFileError("file.many_nodes", count=found, high=MAX_NODES)


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number a project can hold")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _short_int(text: str) -> int:
    if len(text) > 30:
        raise ValueError("a number has too many digits")
    return int(text)


def _encodable(plain: Any) -> bool:
    """Whether all texts can be written: JSON may name half of a surrogate pair."""
    try:
        json.dumps(plain, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _parse(text: bytes) -> FileModel:
    from pydantic import ValidationError

    from nnstudio.document.schema import FileModel

    try:
        plain = json.loads(
            text.decode("utf-8-sig"), parse_constant=_reject_constant, parse_float=_finite, parse_int=_short_int
        )
    except (ValueError, RecursionError) as error:
        raise ProjectFileError("file.broken", detail=str(error)[:200]) from None
    if b"\\ud" in text.lower() and not _encodable(plain):
        raise ProjectFileError("file.broken", detail="half a character")
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ProjectFileError("file.foreign")
    _check_nodes(plain.get("document"))
    version = plain.get("version")
    if isinstance(version, int) and version > VERSION:
        raise ProjectFileError("file.newer", version=version, known=VERSION)
    try:
        return FileModel.model_validate(plain)
    except (ValidationError, RecursionError) as error:
        if isinstance(error, ValidationError):
            first = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3]]
            detail = "; ".join(first)[:400]
        else:
            detail = "too deeply nested"
        raise ProjectFileError("file.broken", detail=detail) from None


def loads(data: bytes) -> tuple[Document, Parts]:
    """Read a project from its bytes.

    Raises:
        ProjectFileError: broken, foreign, too large or newer than this program.
    """
    return _read(io.BytesIO(data), len(data))


def _read(source: BinaryIO, size: int) -> tuple[Document, Parts]:
    weights: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    copies: dict[str, bytes] = {}
    if source.read(4) == b"PK\x03\x04":
        source.seek(0)
        text, weights, arrays, copies = _unzip(source)
    else:
        source.seek(0)
        if size > MAX_BYTES:
            raise ProjectFileError("file.large", size=-(-size // 2**20), high=MAX_BYTES // 2**20)
        text = source.read()
        _check_size(text, 0, len(text))
    file = _parse(text)
    return _from_model(file.document), Parts(
        weights, file.run or {}, file.view or {}, copies, arrays, file.progress or {}
    )


def _unzip(source: BinaryIO) -> tuple[bytes, dict[str, Any], dict[str, Any], dict[str, bytes]]:
    from safetensors import SafetensorError

    try:
        with zipfile.ZipFile(source) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if "document.json" not in sizes:
                raise ProjectFileError("file.foreign")
            _check_size(b"", sizes.get(WEIGHTS, 0), sum(sizes.values()) - sizes.get(WEIGHTS, 0))
            if sizes["document.json"] > MAX_TEXT:
                raise ProjectFileError("file.large", size=sizes["document.json"] // 2**20, high=MAX_TEXT // 2**20)
            text = archive.read("document.json")
            _check_size(text, 0, 0)
            weights, arrays = (
                _tensors(archive, member, sizes[member]) if member in sizes else {} for member in (WEIGHTS, ARRAYS)
            )
            copies = {
                name.removeprefix(DATA_FOLDER): archive.read(name)
                for name in sizes
                if re.fullmatch(re.escape(DATA_FOLDER) + r"[0-9a-f]{8,64}\.[A-Za-z0-9]{1,12}", name)
            }
        return text, weights, arrays, copies
    except ProjectFileError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        SafetensorError,
        OSError,
        EOFError,
        ValueError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        TypeError,
    ) as error:
        raise ProjectFileError("file.broken", detail=str(error)[:200]) from None


def _tensors(archive: zipfile.ZipFile, member: str, size: int) -> dict[str, Any]:
    from safetensors import safe_open
    from safetensors.numpy import load as load_safetensors

    if size <= MAPPED:
        return dict(load_safetensors(archive.read(member)))
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
        place = Path(folder) / member
        with archive.open(member) as packed, place.open("wb") as file:
            shutil.copyfileobj(packed, file, 2**20)
        with safe_open(str(place), framework="numpy") as tensors:
            return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 - no mapping


def load(path: Path) -> tuple[Document, Parts]:
    """Read a project file.

    Raises:
        ProjectFileError: it cannot be read, or :func:`loads` refuses it.
    """
    try:
        if path.is_dir():
            raise ProjectFileError("file.folder", path=path)
        size = path.stat().st_size
        if size > MAX_BYTES + MAX_WEIGHTS:
            raise ProjectFileError("file.large", size=size // 2**20, high=(MAX_BYTES + MAX_WEIGHTS) // 2**20)
        with path.open("rb") as file:
            return _read(file, size)
    except FileNotFoundError:
        raise ProjectFileError("file.missing", path=path) from None
    except OSError as error:
        raise ProjectFileError("file.unreadable", path=path, detail=error.strerror or str(error)) from None
    except ValueError as error:
        # A path with a NUL in it.
        raise ProjectFileError("file.unreadable", path=path, detail=str(error)[:200]) from None


def save(path: Path, document: Document, parts: Parts | None = None, *, backup: bool = True) -> None:
    """Write a project so that the file on disk is whole at every moment; what it was is kept as ``backup``.

    Raises:
        ProjectFileError: the place cannot be written; the old file is untouched.
    """
    write_atomically(path, dumps(document, parts), backup=backup)
