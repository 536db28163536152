"""The printed script: the runtime's text, names of lines, comments."""

from __future__ import annotations

import ast

from nnstudio.compile.source import runtime_text
from nnstudio.resources import runtime_source
from nnstudio.session.examples import load_example
from nnstudio.session.export import RUNTIME, source_of
from tests.helpers import sound


def test_the_runtimes_text_is_all_its_definitions_and_no_import() -> None:
    sources = [runtime_source(name) for name in RUNTIME]
    kept = ast.parse(runtime_text(sources)).body
    wanted = [item for source in sources for item in ast.parse(source).body
              if not isinstance(item, ast.Import | ast.ImportFrom | ast.Expr)]
    assert [ast.dump(item) for item in kept] == [ast.dump(item) for item in wanted]


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
