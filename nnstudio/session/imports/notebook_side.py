"""A module of PyTorch becomes a project, from Python and from notebooks: ``nnstudio.from_torch``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnstudio.document import storage
from nnstudio.document.values import Document, Parts


@dataclass(frozen=True)
class Imported:
    """A network that was brought in. ``report`` says in sentences what was and what was not."""

    document: Document
    parts: Parts
    report: tuple[str, ...]

    def save(self, path: str | Path) -> Path:
        """Write a project file, with the weights; returns its path.

        Raises:
            ProjectFileError: it cannot be written.
        """
        place = Path(path)
        place = place if place.suffix == ".nns" else place.with_name(place.name + ".nns")
        storage.save(place, self.document, self.parts)
        return place

    def show(self) -> None:
        """Open the window with it, in a process of its own."""
        place = Path(tempfile.mkdtemp(prefix="nnstudio-")) / f"{_plain(self.document.name)}.nns"
        subprocess.Popen([sys.executable, "-m", "nnstudio", "gui", str(self.save(place))], start_new_session=True)

    def __repr__(self) -> str:
        return "\n".join((f"{self.document.name}: {len(self.document.nodes)} cards", *self.report))


def from_torch(module: Any, example: Any, title: str = "", *, window: bool | None = None) -> Imported:
    """Bring a ``torch.nn.Module`` in: its layers with their weights become a project that can be edited, stepped
    through and trained.

    ``example`` is a batch that the module takes: a tensor or an array (N, …). ``window`` says whether the window opens
    at once; where that is left open it does in a notebook.

    Raises:
        StudioError: the module cannot be followed, or parts of it have no counterpart; the sentence names all of them.
    """
    from nnstudio.session.imports.torch_module import brought_from

    found = brought_from(module, example, title)
    imported = Imported(found.document, found.parts, tuple(note.render() for note in found.notes))
    if window if window is not None else "ipykernel" in sys.modules:
        imported.show()
    return imported


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:60] or "network"
