"""Copies of data files that a project carries, and where else moved files are looked for."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import platformdirs

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.sources.files import SEARCH, find, fingerprint
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document

MAX_COPY, MAX_START = 20 * 2**20, 180 * 2**20


def cache_folder() -> Path:
    """Where the copies of opened projects are unpacked."""
    return Path(platformdirs.user_cache_dir("nnstudio", appauthor=False)) / "data"


def look_beside(project: Path, copies: Mapping[str, bytes]) -> None:
    """Look for moved data beside a project from now on, and among the copies that it carries."""
    folders = [project.resolve().parent]
    if copies:
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix="nnstudio-data-"))
        for name, content in copies.items():
            place = folder / name
            try:
                if not place.exists() or place.stat().st_size != len(content):
                    place.write_bytes(content)
            except OSError:
                continue
        folders.append(folder)
    SEARCH[:] = folders


def chosen_files(document: Document) -> Iterable[Choice]:
    """Yield the data sets of a document that read a file."""
    for node in document.nodes:
        kind = node_kinds().get(node.kind)
        if kind is None or kind.role != "data":
            continue
        try:
            choice = complete(kind.fields, node.params, CATALOG)["dataset"]
        except StudioError:
            continue
        if any(field.name == "path" for field in family("datasets")[choice.kind].fields):
            yield choice


def copies_of(document: Document) -> dict[str, bytes]:
    """Return the files that a document wants to carry along; one that is too large or gone is left out."""
    found: dict[str, bytes] = {}
    for choice in chosen_files(document):
        if not choice.params.get("keep_copy"):
            continue
        _carry(found, choice.params["path"], choice.params["fingerprint"], MAX_COPY)
    path, mark = document.training.get("start_file", ""), document.training.get("start_mark", "")
    if isinstance(path, str) and path and isinstance(mark, str):
        # A run that began with them cannot be repeated without them: they are always carried.
        _carry(found, path, mark, MAX_START)
    return found


def _carry(found: dict[str, bytes], path: str, mark: str, high: int) -> None:
    """Put a file among what is carried along, unless it is too large or gone."""
    with contextlib.suppress(StudioError, OSError):
        place = find(path, mark)
        if place.is_file() and place.stat().st_size <= high:
            found[(mark or fingerprint(place)) + (place.suffix.lower() or ".bin")] = place.read_bytes()
