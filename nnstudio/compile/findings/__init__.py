"""What will not work well, said before training: each check looks at the whole network and yields problems.

Every module of this folder, and of ``findings`` in the folder of one's own, lists its checks in FINDINGS.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from nnstudio.catalog.plugins import READERS, brought
from nnstudio.document.text import Message, message

Check = Callable[[Any], Iterator[Any]]


@cache
def checks() -> tuple[Check, ...]:
    """Return all checks: each takes a view of the network (``findings.view.View``) and yields problems."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = sorted((module for module in modules if hasattr(module, "FINDINGS")), key=lambda module: module.ORDER)
    return tuple(check for group in (*(module.FINDINGS for module in found), *own_checks()) for check in group)


def own_checks() -> tuple[tuple[Check, ...], ...]:
    """Return the checks of own files and packages, by file."""
    return brought("findings", "FINDINGS", tuple, _fault)


def _fault(group: tuple[Any, ...]) -> Message | None:
    return (
        None
        if all(callable(check) and hasattr(check, "__name__") for check in group)
        else message("own.wrong", name="FINDINGS", kind="tuple of functions")
    )


READERS["findings"] = own_checks
