"""What is said about networks, word for word: problems with their mends, tables of layers, printed parts of scripts.

That a mend helps and a script computes the same is tested elsewhere; this holds everything around it. After a wanted
change: NNSTUDIO_GOLDEN=1 python -m pytest tests/compile/test_golden_reports.py, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.printing import (
    Writer,
    print_criterion,
    print_network,
    print_optimizer,
    print_schedule,
    print_start,
)
from nnstudio.document.values import Document
from nnstudio.session.examples import example_names, load_example
from tests.catalog.test_contract import LAYERS, document_with, forms_of
from tests.compile.test_analysis import CASES as FOUND
from tests.compile.test_lower import CASES as PROBLEMS

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "reports"


def report_of(document: Document) -> str:
    lowered = lower(document)
    report = analyse(lowered)
    lines = []
    for problem in report.problems:
        lines.append(f"{problem.severity} at {problem.node or 'the network'}: {problem.what.key}")
        lines += [f"  {sentence.render()}" for sentence in (problem.what, problem.why, problem.remedy)]
        lines.append(f"  mend: {problem.mend!r}")
    for row in report.rows:
        size = f"{row.parameters} parameters, {row.multiply_adds} products, {row.memory} bytes"
        lines.append(f"{row.node}: {row.shape} {row.axes!r}, {size}")
    lines.append(f"all: {report.parameters}, {report.multiply_adds}, {report.memory}")
    return "\n".join(lines) + "\n"


def script_of(document: Document) -> str:
    program = lower(document).program
    assert program is not None
    writer = Writer()
    print_network(writer, program)
    print_criterion(writer, program.criterion)
    print_start(writer, program)
    print_optimizer(writer, program)
    print_schedule(writer, program)
    owned = "\n".join(f"# {line}: {node}" for line, node in writer.nodes.items())
    plan = repr((program.data, program.answer, program.evaluation, program.couples_samples, program.two_modes))
    return "\n".join([*writer.lines, owned, plan]) + "\n"


def compare(name: str, found: str, folder: Path) -> None:
    found = found.replace(str(folder), "FOLDER")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("NNSTUDIO_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="\n")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", FOUND)
def test_findings(key: str, tmp_path: Path) -> None:
    compare(f"finding-{key}", report_of(FOUND[key](tmp_path)), tmp_path)


@pytest.mark.parametrize("key", PROBLEMS)
def test_problems(key: str, tmp_path: Path) -> None:
    _, document, _ = PROBLEMS[key]
    compare(f"problem-{key.replace(' ', '-')}", report_of(document), tmp_path)


@pytest.mark.parametrize("name", example_names())
def test_examples(name: str, tmp_path: Path) -> None:
    document = load_example(name)
    compare(f"example-{name}", report_of(document) + script_of(document), tmp_path)


@pytest.mark.parametrize("kind", LAYERS)
def test_layers(kind: str, tmp_path: Path) -> None:
    document = document_with(kind, form=forms_of(kind)[0])
    compare(f"layer-{kind}", report_of(document) + script_of(document), tmp_path)
