"""A grammar of projects, files and command lines, most of them wrong in some way: never an internal error, never over
five seconds, never a warning.
"""

from __future__ import annotations

import io
import json
import math
import os
import random
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.tables import table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import (
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    NamesField,
    OptionField,
    TableField,
    complete,
)
from nnstudio.document.groups import MakeGroup, flatten
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import Choice, Document, Node, Params, Wire
from nnstudio.engine.predict import predict
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import source_of, start_weights
from tests.helpers import finish
from tests.properties.test_graphs import random_network

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
COUNT = 10_000
# Every tenth with the tests, all of them with --full, in portions that are told apart when one fails.
SEEDS = range(COUNT) if FULL else range(7, COUNT, 10)
PORTIONS = 20
# What takes longer hangs. A compiler that is asked for the first time takes some 20 s on a machine that is busy.
MOST_SECONDS = 60.0
# Examples that are trained in a moment.
SMALL = ("xor", "iris", "backprop-2-2-2", "karate")
WORDS = (
    "",
    "x",
    "层",
    "a b",
    "class",
    "x'y\"z",
    "line\nbreak",
    "self",
    "<b>n</b>",
    "a/b",
    "..",
    "\u202e",
    "n" * 150,
    "0",
    "None",
    "{x}",
    "%s",
    "$x$",
)
PATHS = (
    "",
    ".",
    "/",
    "~",
    "~nosuchuser/x",
    "a\0b",
    "/dev/null",
    "/nonexistent/x.csv",
    "x" * 5000 + ".csv",
    "\\\\server\\x",
    "con",
    "http://x.invalid/a.csv",
    "*.csv",
    "${HOME}",
)
WRONG = (None, True, -1, 0, 1e308, math.nan, math.inf, "", "x", [], [1, "a"], {}, 10**30, -1.5, [[1.0], [2.0, 3.0]])


class Grammar:
    """Draws documents as a file could hold them: mostly legal, here and there not."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.kinds = list(node_kinds().values())
        # Half of them are legal throughout; others are wrong here and there, or often.
        self.bad = self.draw.choice([0.0, 0.0, 0.0, 0.002, 0.002, 0.03])

    def value(self, field: Field, depth: int = 0) -> Any:
        draw = self.draw
        if draw.random() < self.bad:
            return draw.choice(WRONG)
        if draw.random() < 0.35 or (field.name == "path" and draw.random() < 0.2):
            return field.default
        if isinstance(field, BoolField):
            return draw.random() < 0.5
        if isinstance(field, IntField):
            # Sizes stay small: a large network is no fault.
            high = min(field.maximum, 40 if field.width else 12)
            return draw.choice(
                [
                    field.minimum,
                    max(field.minimum, high),
                    draw.randint(field.minimum, max(field.minimum, high)),
                    field.maximum if not field.width and draw.random() < 0.02 else field.default,
                ]
            )
        if isinstance(field, FloatField):
            return draw.choice(
                [field.minimum, 0.5, 1e-3, 0.0, draw.uniform(max(field.minimum, -3), min(field.maximum, 3))]
            )
        if isinstance(field, OptionField):
            return draw.choice([name for name, _ in field.options])
        if isinstance(field, ChoiceField):
            entries = [
                e for e in family(field.family).values() if draw.random() < self.bad or not e.tags & field.exclude
            ]
            entry = draw.choice(entries)
            return Choice(entry.id, self.params(entry.fields, depth + 1)) if depth < 3 else Choice(entry.id)
        if isinstance(field, TableField):
            rows, width = draw.randint(1, 5), draw.randint(1, 4)
            return [[round(draw.uniform(-2, 2), 2) for _ in range(width)] for _ in range(rows)]
        if isinstance(field, NamesField):
            return [draw.choice([*WORDS, "n1", "n2", "x1", "x1²", "sin x1"]) for _ in range(draw.randint(0, 3))]
        return draw.choice(PATHS if field.name == "path" else WORDS)

    def params(self, fields: tuple[Field, ...], depth: int = 0) -> Params:
        given = {field.name: self.value(field, depth) for field in fields if self.draw.random() < 0.5}
        if self.draw.random() < self.bad:
            given[self.draw.choice(WORDS) or "odd"] = self.draw.choice(WRONG)
        return Params({key: value for key, value in given.items() if _plain(value)})

    def document(self, depth: int = 0) -> Document:
        draw = self.draw
        names = [f"n{i}" for i in range(draw.randint(0, draw.choice([2, 4, 9])))]
        nodes = [self.node(name, depth) for name in names]
        if depth == 0:
            # What every network needs is there more often than not.
            for kind in ("data", "loss", "optimizer"):
                if draw.random() < 0.85:
                    nodes.append(Node(kind, kind, "", self.params(node_kinds()[kind].fields)))
        if draw.random() < 0.2:
            draw.shuffle(nodes)
        wires = tuple(
            dict.fromkeys(
                wire
                for wire in (self.wire(nodes) for _ in range(draw.choice([0, 0, 1, 2, len(nodes)])))
                if wire is not None
            )
        )
        if draw.random() < 0.6:
            wires = (*wires, *self.chain(nodes))
        training = self.params(TRAINING_FIELDS) if depth == 0 else Params()
        return Document(draw.choice(WORDS), tuple(nodes), tuple(dict.fromkeys(wires)), training)

    def mutated(self) -> Document:
        """A sound network with a few things changed."""
        draw = self.draw
        document = load_example(draw.choice(SMALL)) if draw.random() < 0.4 else random_network(draw.randrange(500))
        for _ in range(draw.choice([0, 1, 1, 2, 3, 6])):
            document = self.changed(document)
        return document

    def changed(self, document: Document) -> Document:
        draw = self.draw
        what = draw.choice(("param", "param", "param", "training", "node", "remove", "wire", "unwire", "group", "name"))
        nodes, wires = list(document.nodes), list(document.wires)
        place = draw.randrange(len(nodes)) if nodes else 0
        if what == "training":
            return replace(document, training=Params({**document.training, **self.params(TRAINING_FIELDS)}))
        if what == "node":
            name = f"m{draw.randrange(1000)}"
            nodes.append(self.node(name, 1))
            if wires and draw.random() < 0.7:
                # Into a wire.
                old = wires.pop(draw.randrange(len(wires)))
                kind = node_kinds().get(nodes[-1].kind)
                if kind is not None and kind.inputs and kind.outputs:
                    wires += [
                        Wire(old.source, old.source_port, name, kind.inputs[0].name),
                        Wire(name, kind.outputs[0].name, old.target, old.target_port),
                    ]
        elif what == "remove" and nodes:
            gone = nodes.pop(place).id
            wires = [w for w in wires if gone not in (w.source, w.target) or draw.random() < self.bad]
        elif what == "wire":
            wire = self.wire(nodes)
            wires += [wire] if wire is not None else []
        elif what == "unwire" and wires:
            wires.pop(draw.randrange(len(wires)))
        elif what == "group" and len(nodes) > 2:
            with suppress(StudioError):
                return MakeGroup(tuple(n.id for n in draw.sample(nodes, 2))).apply(document, CATALOG)
        elif nodes and what in ("param", "name"):
            node = nodes[place]
            kind = node_kinds().get(node.kind)
            if what == "name":
                nodes[place] = replace(node, name=draw.choice(WORDS))
            elif kind is not None and kind.fields:
                field = draw.choice(kind.fields)
                value = self.value(field)
                nodes[place] = (
                    replace(node, params=Params({**node.params, field.name: value})) if _plain(value) else node
                )
        return replace(document, nodes=tuple(nodes), wires=tuple(dict.fromkeys(wires)))

    def node(self, name: str, depth: int) -> Node:
        draw = self.draw
        kind = draw.choice(self.kinds)
        body = None
        if kind.id == "group":
            body = (
                Document("", (Node("i", "group_input"), Node("o", "group_output")), (Wire("i", "y", "o", "x"),))
                if depth >= 2 or draw.random() < 0.4
                else self.document(depth + 1)
            )
        kind_id = draw.choice(WORDS) if draw.random() < self.bad else kind.id
        return Node(
            name,
            kind_id,
            draw.choice(WORDS),
            self.params(kind.fields),
            (draw.choice([0.0, 1e9 if draw.random() < self.bad else 9.0, -5.0]), 0.0),
            body=body,
        )

    def wire(self, nodes: list[Node]) -> Wire | None:
        draw = self.draw
        if not nodes:
            return None
        source, target = draw.choice(nodes), draw.choice(nodes)
        if nodes.index(source) >= nodes.index(target) and draw.random() < 0.9:
            # Seldom back, so that most are no ring.
            source, target = target, source
        ends = [
            [p.name for p in getattr(node_kinds().get(n.kind), side, ())] or ["x"]
            for n, side in ((source, "outputs"), (target, "inputs"))
        ]
        ports = [draw.choice(names) if draw.random() >= self.bad else draw.choice(WORDS) for names in ends]
        return Wire(
            source.id if draw.random() >= self.bad else "gone",
            ports[0],
            target.id if draw.random() >= self.bad else "gone",
            ports[1],
        )

    def chain(self, nodes: list[Node]) -> list[Wire]:
        """A line through some of the nodes, so that many cases are networks."""
        order = (
            [n for n in nodes if n.kind == "data"]
            + [n for n in nodes if n.kind not in ("data", "loss", "optimizer")]
            + [n for n in nodes if n.kind == "loss"]
        )
        found, before = [], None
        for node in order:
            kind = node_kinds().get(node.kind)
            if before is not None and kind is not None and kind.inputs:
                out = node_kinds()[before.kind].outputs[0].name
                found.append(Wire(before.id, out, node.id, kind.inputs[0].name))
            if kind is not None and kind.outputs:
                before = node
        return found


def _plain(value: Any) -> bool:
    """Whether a file can hold a value at all."""
    try:
        json.dumps(value, allow_nan=True, default=lambda v: None)
        hash(Params({"v": value}))
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def through(document: Document) -> str:
    """Take a document through everything that a project goes through; returns how far it came."""
    try:
        document, _ = loads(dumps(document))
    except StudioError as error:
        said(error)
        return "refused"
    flatten(document)
    lowered = lower(document)
    for problem in lowered.problems:
        for text in (problem.what, problem.why, problem.remedy):
            for language in ("en", "zh"):
                assert "network.internal" not in text.key and text.render(language)
    analyse(lowered)
    program = lowered.program
    if program is None:
        return "problems"
    program.lint()
    source_of(program)
    table = table_of(program.data.dataset)
    if program.parameters > 3000 or table.x.size > 4000 or len(program.model.steps) > 40:
        return "large"
    small = replace(
        program, epochs=1, batch_size=max(program.batch_size, len(table.x) // 2 + 1), device="cpu", warmup=0
    )
    ended, _ = finish(Trainer(small, device="cpu"))
    assert ended.reason is None or "internal" not in ended.reason.key, ended.reason
    weights = start_weights(program)
    for x in (table.x[:0], table.x[:2]):
        try:
            predict(program, weights, None if program.data.graph else x)
        except StudioError as error:
            said(error)
    return "trained"


def said(error: StudioError) -> None:
    text = error.message.render("en") + error.message.render("zh")
    assert text and "Traceback" not in text


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_projects(
    portion: int, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    far: dict[str, int] = {}
    for seed in SEEDS[portion::PORTIONS]:
        began = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                grammar = Grammar(seed)
                how = through(grammar.mutated() if grammar.draw.random() < 0.6 else grammar.document())
            except Exception as error:
                raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        far[how] = far.get(how, 0) + 1
        assert time.monotonic() - began < MOST_SECONDS, f"seed {seed}"
    assert capfd.readouterr().err == ""
    # The grammar reaches every stage: a fuzz that is always refused at the door tests the door.
    assert {"problems", "trained"} <= set(far), far


def table_text(draw: random.Random) -> bytes:
    """A table as people and programs write them, and worse."""
    between = draw.choice([",", ";", "\t", " ", "|", ",,"])
    width, height = draw.randint(0, 6), draw.randint(0, 12)
    cells = (
        "1",
        "2.5",
        "-3",
        "",
        "NA",
        "nan",
        "x",
        "层",
        '"a,b"',
        '"',
        "1e400",
        "1,5",
        "2020-01-01",
        "TRUE",
        " 4 ",
        "0x1F",
        "inf",
        "'",
        "#",
        "=1+1",
    )
    lines = [
        between.join(draw.choice(cells) for _ in range(max(0, width + draw.choice([0, 0, 0, 0, 1, -1]))))
        for _ in range(height)
    ]
    if draw.random() < 0.7:
        lines.insert(
            0,
            between.join(
                draw.choice(("a", "b", "c", "", "a", "y", "层", '"q"'))
                for _ in range(max(0, width + draw.choice([0, 0, 0, -1, 1])))
            ),
        )
    text = draw.choice(["\n", "\r\n", "\r"]).join(lines) + draw.choice(["", "\n", "\n\n\n", "\0"])
    data = text.encode(draw.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030", "latin-1"]), errors="replace")
    if draw.random() < 0.15 and data:
        place = draw.randrange(len(data))
        data = data[:place] + bytes([draw.randrange(256)]) + data[place + draw.choice([0, 1, 3]) :]
    return data


def arrays(draw: random.Random) -> bytes:
    buffer = io.BytesIO()
    rows = draw.randint(0, 6)
    shape = (rows, *[draw.randint(0, 4) for _ in range(draw.randint(0, 3))])
    made = {
        draw.choice(["x", "X", "data", "层"]): np.zeros(
            shape, dtype=draw.choice(["f4", "f8", "i8", "u1", "?", "U3", "c8"])
        ),
        draw.choice(["y", "labels", "t"]): np.arange(draw.choice([rows, rows + 1, 0])).astype(
            draw.choice(["i8", "f4", "U2"])
        ),
    }
    np.savez(buffer, **made)
    data = bytearray(buffer.getvalue())
    if draw.random() < 0.5:
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data[: draw.choice([len(data), len(data), len(data) // 2])])


@pytest.mark.parametrize("portion", range(4))
def test_files(portion: int, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    count = 2000 if FULL else 200
    for seed in range(portion, count, 4):
        draw = random.Random(seed)
        name, kind, data = (
            ("t.csv", "table_file", table_text(draw)) if seed % 3 else ("a.npz", "npz_file", arrays(draw))
        )
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(data)
        fields = family("datasets")[kind].fields
        began = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                table = table_of(Choice(kind, complete(fields, Params({"path": str(path)}), CATALOG)))
                assert len(table.x) == len(table.y) and np.asarray(table.x).ndim >= 2
            except StudioError as error:
                said(error)
            except Exception as error:
                raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}: {data[:200]!r}") from error
        assert time.monotonic() - began < MOST_SECONDS, f"seed {seed}"
    assert capfd.readouterr().err == ""


def test_command_lines(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_window", lambda arguments: 0)
    (tmp_path / "broken.nns").write_text("{", encoding="utf-8")
    (tmp_path / "t.csv").write_text("a,y\n1,2\n", encoding="utf-8")
    words = [
        "check",
        "train",
        "trace",
        "predict",
        "export",
        "new",
        "gui",
        "examples",
        "iris",
        "xor",
        "broken.nns",
        "gone.nns",
        "--json",
        "--epochs",
        "--seed",
        "--sample",
        "--out",
        "--weights",
        "--data",
        "t.csv",
        "--device",
        "cpu",
        "cuda",
        "0",
        "1",
        "-1",
        "1e9",
        "x",
        "",
        "--help",
        "--version",
        "--phase",
        "all",
        "a\0b",
        "~nosuchuser/x",
        "层",
        "--nonsense",
        ".",
    ]
    for seed in range(2000 if FULL else 200):
        draw = random.Random(seed)
        arguments = [draw.choice(words) for _ in range(draw.randint(1, 6))]
        began = time.monotonic()
        try:
            code = cli.main(arguments)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 2
        except Exception as error:
            raise AssertionError(f"{arguments}: {type(error).__name__}: {error}") from error
        out, err = capfd.readouterr()
        assert code in (0, 1, 2), arguments
        assert "Something went wrong inside" not in err and "Traceback" not in err + out and "Warning" not in err, (
            arguments,
            err,
        )
        assert code == 0 or err or "--json" in arguments, arguments
        assert time.monotonic() - began < MOST_SECONDS, arguments
