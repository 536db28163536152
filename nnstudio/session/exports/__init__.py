"""Ways in which a network goes home, one file each; those in ``exports`` of the folder of one's own are found too."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.catalog.plugins import FAILURES, READERS, blamed, brought, origin
from nnstudio.document.errors import ExportError
from nnstudio.document.text import Message, Text, message

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.compile.program import Program
    from nnstudio.engine.fitted import Fitted


def never() -> bool:
    """Whether an export is no longer wanted."""
    return False


@dataclass(frozen=True)
class Leaving:
    """A network that is to go home: what it is, its trained weights (None: the start weights), what was done to it by
    hand.

    ``threads`` are the cores that its run took, None where that is to be measured.
    """

    program: Program
    weights: Mapping[str, np.ndarray] | None = None
    journal: tuple[str, ...] = ()
    threads: int | None = None
    # What the weights were fitted with; None: what the data gives now.
    known: Fitted | None = None
    # Asked now and then by what takes long.
    cancelled: Callable[[], bool] = never


@dataclass(frozen=True)
class Export:
    """One way. ``write(leaving, folder)`` makes the files, ``files`` are the names they may have; it raises
    ExportError.

    ``title`` is what the menu says, ``purpose`` what it is good for. ``reproduces`` says that a gate has compared what
    was written with the network. One that traces the network is written ``apart``, in a process of its own.
    """

    id: str
    title: Text
    write: Callable[[Leaving, Path], list[Path]]
    files: tuple[str, ...] = ()
    reproduces: bool = False
    order: int = 100
    purpose: Text | None = None
    apart: bool = False

    def to(self, folder: Path, leaving: Leaving) -> list[Path]:
        """Write the files; an own file that fails does it with a sentence.

        Raises:
            ExportError: they cannot be made, or the folder cannot be written.
        """
        try:
            if leaving.cancelled():
                raise ExportError("export.cancelled")
            if self.apart:
                from nnstudio.session.apart import write_apart

                return write_apart(self.id, replace(leaving, cancelled=never), folder, leaving.cancelled)
            return self.write(leaving, folder)
        except OSError as error:
            raise ExportError("export.unwritable", path=folder, detail=error.strerror or str(error)) from None
        except ExportError:
            raise
        except FAILURES as error:
            said = blamed(error, origin(self))
            raise ExportError(said.key, **said.args) from error


# The way that is taken where none is named.
FIRST = "python"


@cache
def exports() -> Mapping[str, Export]:
    """Return every way by its id, those that ship with the program first."""
    found: list[Export] = [
        importlib.import_module(f"{__name__}.{info.name}").EXPORT for info in pkgutil.iter_modules(__path__)
    ]
    found.sort(key=lambda export: (export.order, export.id))
    taken = {export.id for export in found}

    def fault(export: Export) -> Message | None:
        if export.id in taken:
            return message("own.taken", id=export.id)
        taken.add(export.id)
        return None if isinstance(export.title, Text) else message("own.words")

    return {export.id: export for export in (*found, *brought("exports", "EXPORT", Export, fault))}


READERS["exports"] = exports
