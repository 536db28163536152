"""Find the files shipped beside the code, from a wheel, an editable install or a plain checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def resource_root() -> Path:
    """Return the folder that holds ``examples/``, ``datasets/``, ``icons/`` and ``translations/``.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        if (candidate / "datasets").is_dir():
            return candidate
    raise FileNotFoundError("NN Studio's 'resources' folder is missing; please install the program again.")


def resource(*parts: str) -> Path:
    """Return the path of one shipped file."""
    return resource_root().joinpath(*parts)


def package_source(path: str) -> str:
    """Return the text of a module of the program, by its path in the package."""
    return (_PACKAGE / path).read_text(encoding="utf-8")


def runtime_source(name: str) -> str:
    """Return the text of one training module, as it is copied into an exported script; how samples are parted is of
    the catalogue, whose tokenizers are made from the training part.
    """
    room = _PACKAGE / "catalog" if name == "parting" else _PACKAGE / "engine" / "runtime"
    return (room / f"{name}.py").read_text(encoding="utf-8")
