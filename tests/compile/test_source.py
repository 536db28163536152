"""The printed script: the runtime's text, names of lines, comments."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from nnstudio.compile.files import REPLAY, RUNTIME, SPARING
from nnstudio.compile.program import Program
from nnstudio.compile.source import merged_imports, runtime_text
from nnstudio.document.errors import ExportError
from nnstudio.resources import runtime_source
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.export import check_source, source_of
from tests.helpers import sound


def test_the_runtimes_text_is_all_its_definitions_and_no_import() -> None:
    sources = [runtime_source(name) for name in (*RUNTIME, *REPLAY, *SPARING)]
    kept = ast.parse(runtime_text(sources)).body
    wanted = [
        item
        for source in sources
        for item in ast.parse(source).body
        if not isinstance(item, ast.Import | ast.ImportFrom | ast.Expr)
    ]
    assert [ast.dump(item) for item in kept] == [ast.dump(item) for item in wanted]


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("name", example_names())
def test_the_script_is_clean(name: str, replay: bool) -> None:
    """Every name is there, nothing is imported for nothing, imports stand in order; main is the file that lint and
    types see.
    """
    text = source_of(sound(load_example(name)), replay=replay).text
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select",
            "F,I,E9",
            "--stdin-filename",
            "train.py",
            "-",
        ],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert runtime_text([runtime_source("script")]).strip() in text


def test_imports_are_merged() -> None:
    found = merged_imports(
        [
            "import torch\nfrom typing import Any\n",
            "import math\nfrom torch import nn\nfrom nnstudio.x import y\n",
            "from typing import Any, Callable\n",
        ]
    )
    assert found == "import math\nfrom typing import Any, Callable\n\nimport torch\nfrom torch import nn"


def test_lines_lead_to_nodes_and_steps() -> None:
    program = sound(load_example("iris"))
    source = source_of(program)
    lines = source.text.split("\n")
    for step in (*program.model.steps, *program.criterion.steps):
        if step.node:
            assert lines[source.steps[step.name] - 1].strip().startswith(f"{step.name} = ")
            assert source.nodes[source.steps[step.name]] == step.node
    for node in set(source.nodes.values()):
        assert any(node in lines[line - 1] for line, name in source.nodes.items() if name == node)


def with_another_loss(formula: str) -> tuple[Program, str]:
    """A program and its script, in which the loss ``{}`` is another."""
    program = sound(load_example("xor"))
    text = source_of(program).text
    criterion = text[text.index("def criterion") :]
    line = next(line for line in criterion.split("\n") if line.strip().startswith("return "))
    before, loss = line.split(", ", 1)[0].split("return ")
    wrong = text.replace(f"{before}return {loss}, ", f"{before}return {formula.format(loss)}, ", 1)
    assert wrong != text
    return program, wrong


def test_the_gate_compares_the_loss_itself() -> None:
    """A script whose loss is another number, with the same gradients and updates, is refused."""
    program, wrong = with_another_loss("{} + 1.0")
    with pytest.raises(ExportError, match="loss"):
        check_source(program, wrong)


def test_the_gate_compares_every_gradient_itself() -> None:
    """A script whose loss is the same number with twice the gradient is refused for that, not only for what follows."""
    program, wrong = with_another_loss("{0}.detach() + (2 * {0} - 2 * {0}.detach())")
    with pytest.raises(ExportError, match="gradient of"):
        check_source(program, wrong)
