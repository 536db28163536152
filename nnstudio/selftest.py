"""See whether this installation works: every part is used once, as a student would.

Run by ``nnstudio selftest``, in a frozen program as well; nothing outside a folder of its own is written.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio import __version__
from nnstudio.session.examples import SMALLEST, TABLE, example_names, example_path, load_example
from nnstudio.subcommands import lowered_of, sound_of

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.session.exports import Leaving

# Longer than this (s) nothing here may take.
PATIENCE = 240.0
EPOCHS, TRIALS = 3, 5


class Skipped(Exception):
    """Something is not part of this installation; it says what."""


@dataclass
class SelfTest:
    """Does one thing after the other; ``tell`` is told of each (name, how it went, seconds)."""

    tell: Callable[[str, str, float], object]
    folder: Path = field(default_factory=Path)
    failed: list[str] = field(default_factory=list)

    def run(self, window: bool = True) -> bool:
        """Return whether all works."""
        with tempfile.TemporaryDirectory() as place:
            self.folder = Path(place)
            steps: list[tuple[str, Callable[[], object]]] = [
                ("examples", self.examples),
                ("train", self.train),
                ("step", self.step),
                ("sweep", self.sweep),
                ("search", self.search),
                ("predict", self.predict),
                ("files", self.files),
                ("import", self.bring),
                ("import onnx", self.bring_onnx),
                *((f"export {name}", self._export(name)) for name in _ways()),
                *([("window", self.window)] if window else []),
            ]
            for name, work in steps:
                began = time.perf_counter()
                try:
                    found = work()
                    said = f"fine{f', {found}' if found else ''}"
                except Skipped as reason:
                    said = f"left out: {reason}"
                except Exception as error:
                    # Whatever goes wrong is what is asked for here.
                    message = getattr(error, "message", None)
                    said = f"FAILED: {message.render() if message is not None else f'{type(error).__name__}: {error}'}"
                    self.failed.append(name)
                self.tell(name, said, time.perf_counter() - began)
        return not self.failed

    # -- one after the other ----------------------------------------------------------------------

    def examples(self) -> str:
        """Every shipped example means something, without a finding."""

        names = example_names()
        for name in names:
            _, _, lowered = lowered_of(example_path(name))
            assert lowered.program is not None and not [p for p in lowered.problems if p.severity != "note"], name
        return f"{len(names)} examples"

    def train(self) -> str:
        """A run in a process of its own, as the window has it."""
        from nnstudio.engine.states import State
        from nnstudio.session.session import Session

        document = load_example(TABLE)
        document = replace(document, training=type(document.training)({**document.training, "epochs": EPOCHS}))
        session = Session(document)
        try:
            _until(session, lambda: session.meaning.lowered is not None)
            session.run()
            _until(session, lambda: session.training.state in (State.FINISHED, State.FAILED))
            assert session.training.state is State.FINISHED, "the run failed"
            loss = float(session.training.records[-1]["val_loss"])
            assert loss == loss, "the loss is no number"
            return f"validation loss {loss:.3f}, {session.training.device or 'CPU'}"
        finally:
            session.close()

    def step(self) -> str:
        """A training step is recorded, and a gradient of it is right."""
        import torch

        from nnstudio.engine.check import check
        from nnstudio.engine.experiment import load_parts, make_model
        from nnstudio.engine.record import record

        program = _program(SMALLEST)
        cpu = torch.device("cpu")
        data, _ = load_parts(program, cpu)
        inputs, targets = data.batch(slice(0, 2))
        trace = record(program, make_model(program, 0, cpu)[0].state_dict(), inputs, targets, data.rows[:2])
        for path in trace.parameters:
            assert check(program, trace, path, 0).fine, f"the gradient of {path} is wrong"
        return f"{len(trace.parameters)} gradients checked"

    def sweep(self) -> str:
        """A worker trains beside."""
        import json

        from nnstudio.session import worker

        document = load_example(SMALLEST)
        document = replace(document, training=type(document.training)({**document.training, "epochs": EPOCHS}))
        with worker.launch() as process:
            told, _ = process.communicate(worker.order(document), timeout=PATIENCE)
        lines = [json.loads(line) for line in told.decode("utf-8").splitlines() if line.startswith("{")]
        assert process.returncode == 0 and lines, f"the worker ended with {process.returncode}"
        return f"{len(lines)} lines"

    def search(self) -> str:
        """Trials of a search train beside, seen to by a process of their own."""
        from nnstudio.document.text import render
        from nnstudio.session.searching.followed import Followed
        from nnstudio.session.searching.offering import offered, space_of
        from nnstudio.session.searching.study import Plan, Search, available

        if not available():
            raise Skipped("the library of the extra [search] is not here")
        document = load_example(SMALLEST)
        document = replace(document, training=type(document.training)({**document.training, "epochs": EPOCHS}))
        rate = next(one for one in offered(document) if one.setting.endswith("learning_rate"))
        table = {"node": rate.node, "setting": rate.setting, "low": rate.low, "high": rate.high, "log": rate.log}
        place = self.folder / "search"
        Search(place).begin(document, Plan(space_of([table]), "train_loss", "tpe", "none", 0, TRIALS))
        found, end = Followed(place, 1), time.monotonic() + PATIENCE
        try:
            while not found.ended:
                found.poll()
                assert time.monotonic() < end, "it takes too long"
                time.sleep(0.05)
        finally:
            found.close()
        assert found.reason is None, render(found.reason, "en")
        assert found.done == TRIALS and found.best is not None and found.importance, dict(found.counts)
        return f"{found.done} trials, the best {found.best['value']:.3f}"

    def predict(self) -> str:
        """New rows are answered."""
        from nnstudio.engine.fitted import fitted
        from nnstudio.engine.predict import predict
        from nnstudio.session.export import start_weights
        from nnstudio.session.predict import read_samples

        program = _program(TABLE)
        file = self.folder / "new.csv"
        names = ",".join(column.name for column in fitted(program).columns)
        file.write_text(f"{names}\n5.1,3.5,1.4,0.2\n6.3,2.9,5.6,1.8\n", encoding="utf-8")
        x, _ = read_samples(fitted(program), file)
        answers = predict(program, start_weights(program), x)
        assert len(answers.numbers) == 2
        return f"{answers.label(0)}, {answers.label(1)}"

    def files(self) -> str:
        """Tables of every kind are read, and a text is cut into pieces."""
        import pandas as pd

        from nnstudio.catalog.registry import CATALOG, family
        from nnstudio.catalog.sources.tokenizing import PAIRS, cutter, make_tokenizer
        from nnstudio.catalog.tables import table_of
        from nnstudio.document.fields import complete
        from nnstudio.document.values import Choice, Params
        from nnstudio.session.file_kinds import kind_of

        frame = pd.DataFrame({"a": [0.5, 1.5, 2.5, 3.5] * 5, "b": range(20), "kind": ["left", "right"] * 10})
        frame.to_csv(self.folder / "table.csv", index=False)
        frame.to_excel(self.folder / "table.xlsx", index=False)
        names = ["table.csv", "table.xlsx"]
        if find_spec("pyarrow") is not None:
            frame.to_parquet(self.folder / "table.parquet")
            names.append("table.parquet")
        for name in names:
            kind = kind_of(self.folder / name)
            assert kind is not None, name
            given = Params(path=str(self.folder / name), targets=("kind",))
            found = table_of(Choice(kind, complete(family("datasets")[kind].fields, given, CATALOG)))
            assert (found.x.shape, found.classes) == ((20, 2), ("left", "right")), name
        if find_spec("tokenizers") is not None:
            text = "what is cut comes together again"
            pieces = cutter(make_tokenizer(PAIRS, [text] * 3, 300))
            assert pieces.decode(pieces.encode(text)) == text, "the pieces of a text"
            names.append("pieces of a text")
        return ", ".join(names)

    def bring_onnx(self) -> str:
        """A network comes in from an ONNX file."""
        import torch

        from nnstudio.session.exports.onnx import quietly
        from nnstudio.session.imports.bringing import Bringing

        if not _has_onnx():
            raise Skipped("the libraries of the extra [onnx] are not here")
        module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2)).eval()
        file = self.folder / "network.onnx"
        with quietly():
            torch.onnx.export(module, (torch.zeros(2, 4),), file, dynamo=True, verbose=False)
        reading = Bringing(file)
        assert reading.wait(PATIENCE), "the process that reads does not end"
        document, parts, _ = reading.result()
        assert parts.weights, "it has no weights"
        return f"{len(document.nodes)} nodes"

    def bring(self) -> str:
        """A network that was built in Python comes in, and a file that is none is refused by a process of its own."""
        import torch

        import nnstudio
        from nnstudio.document.errors import ImportRefused
        from nnstudio.session.imports.bringing import Bringing

        module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
        found = nnstudio.from_torch(module, torch.zeros(2, 4), window=False)
        assert found.parts.weights and lowered_of(found.save(self.folder / "brought.nns"))[2].program is not None
        broken = self.folder / "broken.keras"
        broken.write_bytes(b"no network")
        reading = Bringing(broken)
        assert reading.wait(PATIENCE), "the process that reads does not end"
        try:
            reading.result()
        except ImportRefused as error:
            assert error.message.key == "import.keras_broken", error.message.render()
        return found.report[0]

    def _export(self, way: str) -> Callable[[], str]:
        def work() -> str:
            from nnstudio.session.exports import exports

            if way == "onnx" and not _has_onnx():
                raise Skipped("the libraries of the extra [onnx] are not here")
            files = exports()[way].to(self.folder / way, _leaving())
            assert files and all(path.is_file() for path in files)
            return ", ".join(path.name for path in files)

        return work

    def window(self) -> str:
        """The window opens, draws a network and trains it."""
        if find_spec("PySide6") is None:
            raise Skipped("PySide6 is not here")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from nnstudio.app import looked_at

        return looked_at(PATIENCE)


def _has_onnx() -> bool:
    return all(find_spec(name) is not None for name in ("onnx", "onnxscript", "onnxruntime"))


def _ways() -> list[str]:
    from nnstudio.session.exports import exports

    return [name for name, export in exports().items() if export.purpose is not None]


def _program(name: str) -> Program:
    return sound_of(lowered_of(example_path(name))[2])


def _leaving() -> Leaving:
    """What is exported: a small network, so that it is written out in every form."""
    from nnstudio.engine.fitted import fitted
    from nnstudio.session.exports import Leaving

    program = _program(SMALLEST)
    return Leaving(program, known=fitted(program), threads=1)


def _until(session: Any, done: Callable[[], object]) -> None:
    """Let a session go on until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it takes too long"
        session.poll()
        time.sleep(0.02)


def about_here() -> str:
    """What runs here, in a line."""
    import torch

    versions = f"PyTorch {torch.__version__}, Python {platform.python_version()}, {platform.platform()}"
    return f"NN Studio {__version__}, {versions}"
