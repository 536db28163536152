"""The guides in docs/, followed word for word: their code is what the tests of own files run, and it works as a shipped
file too.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path

import pytest

from nnstudio.catalog.registry import family
from nnstudio.compile import findings
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.storage import loads
from nnstudio.session import checks, exports
from nnstudio.session.marking import mark
from nnstudio.session.proving import network_around, prove
from tests.helpers import chain, choice
from tests.owned import EXAMPLES, forget, own_files

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = {
    "own-files.md": "optimizers/lion.py",
    "adding-a-finding.md": "findings/thin.py",
    "adding-a-data-source.md": "datasets/zigzag.py",
    "adding-a-check.md": "checks/small.py",
    "adding-an-export.md": "exports/listing.py",
    "adding-a-panel.md": "panels/lengths.py",
}


def code_of(guide: str) -> str:
    found = re.search(r"```python\n(.*?)```", (DOCS / guide).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guides_code_is_the_code_that_is_tried(guide: str) -> None:
    assert code_of(guide) == (EXAMPLES / GUIDES[guide]).read_text(encoding="utf-8")


def test_the_guide_to_a_layer_makes_a_layer(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__scale=code_of("adding-a-layer.md")):
        prove(
            network_around(
                ("scale", {"factor": 3.0}),
                ("linear", {"units": 3}),
                data="iris",
                loss="cross_entropy",
                optimizer="adam",
            )
        )


def test_the_guides_other_examples_are_those_that_are_tried() -> None:
    text = (DOCS / "adding-a-layer.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[1:]
    assert blocks == [
        (EXAMPLES / name).read_text(encoding="utf-8") for name in ("activations/soft_swish.py", "losses/log_cosh.py")
    ]


def test_the_example_of_a_bare_tensor_is_the_one_that_is_tried() -> None:
    text = (EXAMPLES / "layers" / "gain.py").read_text(encoding="utf-8")
    assert 'Weight("gain", "value", ones)' in text and 'Call("gain", PARAMETER, make={"shape": (' in text
    guide = (DOCS / "own-files.md").read_text(encoding="utf-8")
    assert 'Weight("gain", "value", ones)' in guide and 'Call("gain", PARAMETER, make={"shape": (' in guide


def test_every_guide_is_named_where_one_looks_for_it() -> None:
    index = (DOCS / "own-files.md").read_text(encoding="utf-8") + (DOCS.parent / "CONTRIBUTING.md").read_text(
        encoding="utf-8"
    )
    for path in DOCS.glob("adding-*.md"):
        assert path.name in index, path.name


# The same files in the program's own folders: one file there is all that a newcomer adds.
SHIPPED = {
    "nnstudio.catalog.datasets": "datasets/zigzag.py",
    "nnstudio.compile.findings": "findings/thin.py",
    "nnstudio.session.checks": "checks/small.py",
    "nnstudio.session.exports": "exports/listing.py",
    "nnstudio.catalog.layers": "layers/gain.py",
}


@pytest.mark.parametrize("package", SHIPPED)
def test_one_file_in_the_programs_folder_is_enough(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = SHIPPED[package]
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    (tmp_path / Path(name).name).write_text(text + ("ORDER = 40\n" if "findings" in name else ""), encoding="utf-8")
    folder = importlib.import_module(package)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    forget()
    try:
        if "datasets" in name:
            prove(
                network_around(
                    ("linear", {"units": 4}), ("linear", {"units": 1}), data="zigzag", loss="mse", optimizer="adam"
                )
            )
        elif "layers" in name:
            prove(
                network_around(
                    ("gain", {}), ("linear", {"units": 3}), data="iris", loss="cross_entropy", optimizer="adam"
                )
            )
        elif "findings" in name:
            network = chain(
                ("linear", "h", {"units": 4}),
                ("linear", "thin", {"units": 1}),
                ("linear", "out", {"units": 3}),
                data=choice("iris"),
                loss=choice("cross_entropy"),
            )
            assert any("single number" in problem.what.render() for problem in analyse(lower(network)).problems)
        elif "checks" in name:
            lesson = re.search(r'`"lesson": (\{.*?\})`', (DOCS / "adding-a-check.md").read_text(encoding="utf-8"))
            assert lesson is not None
            project = {"format": "nns", "version": 2, "document": {"lesson": json.loads(lesson[1])}}
            (answer,) = mark(loads(json.dumps(project | {"format": _format()}).encode())[0])
            assert answer.missing is None and answer.title.en == "A small network"
        else:
            shipped = [info.name for info in pkgutil.iter_modules(exports.__path__) if info.name != "listing"]
            assert list(exports.exports())[-1] == "listing" and len(exports.exports()) == len(shipped) + 1
    finally:
        monkeypatch.undo()
        sys.modules.pop(f"{package}.{Path(name).stem}", None)
        forget()
    assert "zigzag" not in family("datasets") and "gain" not in family("layers") and "small" not in checks.kinds()
    assert all(check.__name__ != "thin" for check in findings.checks())


def _format() -> str:
    from nnstudio.document.storage import FORMAT

    return FORMAT
