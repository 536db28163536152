"""A student's folder for a test: what lies in it is found, and forgotten afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnstudio.catalog import plugins, tables
from nnstudio.catalog.registry import family, node_kinds
from nnstudio.compile import analysis, findings, shapes
from nnstudio.session.checks import kinds
from nnstudio.session.exports import exports

EXAMPLES = Path(__file__).parent / "own"


def forget() -> None:
    """Let everything be looked for anew."""
    plugins.forget()
    for cached in (
        family,
        node_kinds,
        findings.checks,
        shapes.infer_layer,
        shapes.infer_loss,
        analysis.multiply_adds,
        exports,
        kinds,
    ):
        cached.cache_clear()
    tables._tables.clear()
    try:
        from nnstudio.ui.shell.panels import found_panels
    except ImportError:
        return
    found_panels.cache_clear()


@contextmanager
def own_files(folder: Path, *names: str, **texts: str) -> Iterator[Path]:
    """Put examples ("layers/swirl.py") into a folder, and texts (layers__broken="…"), and take them away at the end."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / name, folder / name)
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(plugins.VARIABLE, str(folder))
        forget()
        try:
            yield folder
        finally:
            patch.undo()
            shutil.rmtree(folder, ignore_errors=True)
            forget()
