"""Texts of a stranger's project are texts in all that is written from it: no code, no element, no attribute."""

from __future__ import annotations

import ast
import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch

from nnstudio.compile.lower import lower
from nnstudio.document import quoting
from nnstudio.document.errors import StudioError
from nnstudio.document.storage import dumps, loads
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.record import record
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.export import source_of
from nnstudio.session.notebook import notebook

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
HOSTILE = (
    "'; import os; os.system('true') #",
    '"""\nimport os\n"""',
    "x\nimport os\rimport sys\u2028import re\x0bimport io\x0cimport json\x85y",
    "\\",
    "\\'",
    '\\"',
    "{0} {name} %s {",
    "</title><script>alert(1)</script>",
    "<img src=x onerror='alert(1)'>",
    '\'><b onclick="x">',
    "-->",
    "]]>",
    "&lt;b&gt;",
    "<!--",
    "`; x`",
    "[a](javascript:x)",
    "![](x)",
    "$\\input{x}$",
    "\\text{}}{\\x",
    "\ufeff",
    "\u202eabc",
    "\x00",
    "\x1b[31m",
    "名称\n# x",
    "''' + x + '''",
    "*/",
    "=cmd()|'x'!A1",
    "a" * 150,
    "e\u0301" * 20,
    "\\N{BULLET}",
    "\\u0027",
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all strings and of all keys in plain JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, ("key", key))
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    elif isinstance(value, str):
        yield path


def put(whole: Any, path: tuple[Any, ...], text: str) -> Any:
    """The same JSON with another text at a place."""
    whole = copy.deepcopy(whole)
    here = whole
    for step in path[:-1]:
        here = here[step]
    last = path[-1]
    if isinstance(last, tuple):
        here[text] = here.pop(last[1])
    else:
        here[last] = text
    return whole


class _Masked(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("n", node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Attribute(self.visit(node.value), "a", node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(type(node.value).__name__)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        # A negative number is a sign and a constant.
        return self.visit(node.operand) if isinstance(node.op, ast.USub) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg("n")


def form(text: str) -> str:
    """What a script does, whatever its names and constants are."""
    return ast.dump(_Masked().visit(ast.parse(text)))


def written(plain: Any) -> tuple[str, list[str]] | None:
    """The form of the script, and of a notebook's cells; None for a project that is refused or has a problem."""
    try:
        document, parts = loads(json.dumps(plain).encode())
    except StudioError:
        return None
    program = lower(document).program
    if program is None:
        return None
    journal = parts.run.get("journal", ())
    script = form(source_of(program, tuple(str(line) for line in journal)).text)
    data, _ = load_parts(program, torch.device("cpu"))
    state = make_model(program, 0, torch.device("cpu"))[0].state_dict()
    places = list(range(min(2 if program.couples_samples else 1, len(data))))
    trace = record(program, state, *data.batch(places), tuple(data.rows[p] for p in places), 0, seed=0)
    cells = [form("".join(cell["source"])) for cell in notebook(program, trace)["cells"] if cell["cell_type"] == "code"]
    return script, cells


@pytest.mark.parametrize("name", example_names())
def test_no_text_of_a_project_becomes_code(name: str) -> None:
    plain = json.loads(dumps(load_example(name)))
    plain["run"] = {"journal": ["epoch 3: the rate was changed"], "name": "run"}
    before = written(plain)
    assert before is not None
    places = list(leaves(plain))
    draw = random.Random(name)
    draw.shuffle(places)
    # Names and notes go everywhere, so they are always tried.
    always = [path for path in places if path[-1] in ("name", "notes") or path[:2] == ("run", "journal")]
    opened = 0
    for path in [*always, *places[: 600 if FULL else 60]]:
        after = written(put(plain, path, draw.choice(HOSTILE)))
        if after is not None:
            opened += 1
            assert after == before, path
    assert opened >= len(always)


def test_every_hostile_text_as_the_name_of_everything() -> None:
    plain = json.loads(dumps(load_example("iris")))
    plain["run"] = {"journal": ["x"]}
    before = written(plain)
    for text in HOSTILE:
        changed = copy.deepcopy(plain)
        changed["document"]["name"] = changed["document"]["notes"] = text
        changed["run"]["journal"] = [text]
        for node in changed["document"]["nodes"]:
            node["name"], node["notes"] = text, text
        assert written(changed) == before, text


def test_class_names_columns_and_file_names_become_no_code(tmp_path: Path) -> None:
    plain = json.loads(dumps(load_example("iris")))
    forms = []
    for number, text in enumerate(("plain", *HOSTILE)):
        quoted = '"' + text.replace('"', '""').replace("\x00", "") + '"'
        safe = "".join(c for c in text if c not in "/\x00")[:60]
        path = tmp_path / f"{number}{safe}.csv"
        lines = [f"{quoted},b,class", *(f"{k % 7}.5,{k % 3}.25,{'one' if k % 2 else quoted}" for k in range(40))]
        path.write_text("\n".join(lines), "utf-8", newline="")
        changed = copy.deepcopy(plain)
        data = next(node for node in changed["document"]["nodes"] if node["kind"] == "data")
        data["params"]["dataset"] = {"choice": "table_file", "params": {"path": str(path)}}
        last = [node for node in changed["document"]["nodes"] if node["kind"] == "linear"][-1]
        last["params"]["units"] = 2
        found = written(changed)
        if found is not None:
            forms.append(found)
    # Some names are no names of columns, and are refused.
    assert len(forms) > len(HOSTILE) // 2
    for found in forms:
        assert found == forms[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_quoting_gives_back_what_it_was_given(text: str) -> None:
    for value in (text, [text, 1.5, float("inf"), None], {text: (text,)}, (True, -3, text.encode())):
        assert eval(quoting.python(value), {"__builtins__": {"float": float}}) == value
    assert len(quoting.comment(text).splitlines()) <= 1
    assert ElementTree.fromstring(f"<a b='{quoting.markup(text)}'>{quoting.markup(text)}</a>").attrib.keys() == {"b"}
    with pytest.raises(TypeError):
        quoting.python(object())
