"""The trainer ÷ an engine like TensorFlow Playground's, in node: 2-8-8-2, tanh, squares, plain gradient descent."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.common import chain, paired
from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.values import Choice, Params
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.trainer import Ended, Trainer

BATCHES, SECONDS, RATE = (10, 128), 4.0, 0.03
# Updates in one measurement: about as long as the other's.
UPDATES = {10: 100_000, 128: 60_000}


def program(batch: int) -> Program:
    """The same network, data and rule here."""
    tanh = {"units": 8, "activation": Choice("tanh")}
    document = chain(
        [("linear", tanh), ("linear", tanh), ("linear", {"units": 2})],
        Choice("rings", Params(points=500)),
        "mse",
    )
    sgd = Choice("sgd", Params(learning_rate=RATE, momentum=0.0))
    document = SetParam("optimizer", ("optimizer",), sgd).apply(document, CATALOG)
    document = SetParam("data", ("validation",), 0.0).apply(document, CATALOG)
    document = SetTraining(("batch_size",), batch).apply(document, CATALOG)
    found = lower(document).program
    assert found is not None
    return replace(found, device="cpu")


def ours(batch: int) -> float:
    """Samples per second of the trainer."""
    made = program(batch)
    rows = len(make_experiment(made).data)
    trainer = Trainer(replace(made, epochs=UPDATES[batch] // -(-rows // batch)), snapshots=False)
    trainer.start()
    trainer.join()
    while True:
        event = trainer.events.get()
        if isinstance(event, Ended):
            assert event.report is not None, event.reason
            return float(event.report["samples_per_second"])


def theirs(node: str, batch: int) -> float:
    """Samples per second of the engine in node, on the same samples."""
    data = make_experiment(program(batch)).data
    given = {
        "shape": [2, 8, 8, 2],
        "batch": batch,
        "rate": RATE,
        "seconds": SECONDS,
        "samples": data.inputs[0].tolist(),
        "targets": data.targets[0].tolist(),
    }
    done = subprocess.run(
        [node, str(Path(__file__).with_suffix(".js"))],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["samples_per_second"])


def measure(rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    """Measure both batch sizes; nothing where there is no node."""
    node = shutil.which("node")
    if node is None:
        say("node is not installed: nothing to compare with")
        return {}
    found: dict[str, object] = {}
    for batch in BATCHES:
        ratio = paired(
            f"2-8-8-2, batch {batch}: trainer / Playground's engine in node",
            lambda batch=batch: ours(batch),
            lambda batch=batch: theirs(node, batch),
            rounds,
        )
        say(ratio.row())
        found[str(batch)] = ratio.plain()
    return found
