"""Compare a network that came in from an ONNX file with what ONNX Runtime makes of the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnstudio.document.errors import ImportRefused
from nnstudio.document.text import message
from nnstudio.session.imports.finish import Brought, differences

# Samples that are compared, where the file leaves open how many there are, and how far answers may differ.
SAMPLES, EXACT = 3, 1e-5
KINDS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


def compared(path: Path, brought: Brought) -> Brought:
    """Return the same with a note that says how far the answers differ, on samples that are drawn; or that they were
    not compared, and why. Only what was read whole is run: its operators and sizes are known.

    Raises:
        ImportRefused: the answers differ.
    """
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ImportError:
        return _noted(brought, message("import.not_compared", detail=message("import.without_runtime")))
    from nnstudio.engine.experiment import make_model

    program = brought.lowered.program
    assert program is not None
    try:
        # What it thinks of a file is told by its errors; its log is for nobody.
        onnxruntime.set_default_logger_severity(4)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        x = _drawn(given, program.data.tokens)
        theirs = session.run([session.get_outputs()[0].name], {given.name: x.astype(KINDS[given.type])})[0]
    except Exception as error:
        # Its runtime has a class of errors of its own for each of its reasons.
        return _noted(brought, message("import.not_compared", detail=str(error).strip().split("\n")[0][:160]))
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    with torch.no_grad():
        ours = model.eval()(torch.from_numpy(x))
    off = differences(theirs, ours.numpy())
    if not off <= EXACT:
        raise ImportRefused("import.differs", difference=f"{off:.1e}")
    return _noted(brought, message("import.same", count=len(x), difference=f"{off:.1e}" if off else "0"))


def _drawn(given: Any, tokens: int) -> np.ndarray:
    """Samples that the input of a file takes."""
    extents = [extent if isinstance(extent, int) and extent > 0 else SAMPLES for extent in given.shape]
    draw = np.random.default_rng(0)
    if tokens:
        return draw.integers(0, tokens, extents)
    return draw.normal(size=extents).astype(np.float32)


def _noted(brought: Brought, note: Any) -> Brought:
    return replace(brought, notes=(*brought.notes, note))
