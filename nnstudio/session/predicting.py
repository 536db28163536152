"""The script that answers new samples: made beside an exported network, and compared with the program first."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnstudio.compile import gate
from nnstudio.compile.files import PIPELINE, PREDICT, SCRIPT
from nnstudio.compile.predicting import TEXTS, pipeline_of, write_predict
from nnstudio.compile.program import Program
from nnstudio.document.errors import ExportError
from nnstudio.engine.fitted import Fitted
from nnstudio.engine.fitted_plain import to_plain
from nnstudio.engine.predict import predict
from nnstudio.resources import package_source

# So many samples are answered by both.
COMPARED = 256
_loading = threading.Lock()


def predicting_files(
    program: Program, known: Fitted, tensors: Mapping[str, torch.Tensor], script: str
) -> dict[str, bytes]:
    """Return the files that answer new samples, by their names; none for a graph, whose nodes are its only samples.

    ``script`` is the text of the training script, from which they take the network.

    Raises:
        ExportError: their answers are not those of the program.
    """
    if program.data.graph or not program.model.inputs:
        return {}
    text = write_predict(program, [package_source(path) for path in TEXTS])
    plain = json.loads(json.dumps(pipeline_of(program, to_plain(known)), ensure_ascii=False))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / SCRIPT).write_text(script, encoding="utf-8")
        with _beside(script, folder):
            theirs = gate.load_script(text, folder)
        try:
            _compare(program, known, tensors, theirs, plain)
        except ExportError:
            raise
        except Exception as error:
            raise ExportError("export.script", detail=f"{type(error).__name__}: {error}") from error
    content = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    return {PREDICT: text.encode("utf-8"), PIPELINE: content.encode("utf-8")}


@contextlib.contextmanager
def _beside(script: str, folder: str) -> Iterator[None]:
    """Let the training script be found as the module that it is beside the other."""
    import types

    name = SCRIPT.removesuffix(".py")
    with _loading:
        before, path = sys.modules.get(name), list(sys.path)
        module = types.ModuleType(name)
        module.__dict__.update(gate.load_script(script, folder))
        sys.modules[name] = module
        try:
            yield
        finally:
            sys.path[:] = path
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before


def _compare(
    program: Program,
    known: Fitted,
    tensors: Mapping[str, torch.Tensor],
    theirs: dict[str, Any],
    plain: Mapping[str, Any],
) -> None:
    """Let both answer the same raw samples: those of the data, and as far as it is known the example."""
    x = _some(program, known)
    ours = predict(program, {name: tensor.numpy() for name, tensor in tensors.items()}, x, known)
    model = theirs["Network"]().to(theirs["DTYPE"])
    model.load_state_dict(dict(tensors))
    said, numbers = theirs["answered"](
        theirs["load_pipeline"](plain), model, theirs.get("probabilities"), x, theirs["DTYPE"]
    )
    gate.expect(np.array_equal(numbers, ours.numbers, equal_nan=True), "answers of predict.py")
    gate.expect((said is None) == (ours.said is None), "form of the answers of predict.py")
    if said is not None and ours.said is not None:
        gate.expect(np.array_equal(said, ours.said), "classes that predict.py says")


def _some(program: Program, known: Fitted) -> np.ndarray:
    """Raw samples that can be answered."""
    from nnstudio.catalog.tables import table_of
    from nnstudio.engine.asking import empty_rows

    x = np.array(table_of(program.data.dataset).x[:COMPARED])
    return np.delete(x, empty_rows(x, known.fill), axis=0) if x.dtype.kind == "f" else x
