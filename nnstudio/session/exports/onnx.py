"""An ONNX file: the network with its scaling, for runtimes of any language."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import ExportError
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    import numpy as np
    import torch

FILE = "model.onnx"
LIBRARIES = ("onnx", "onnxscript", "onnxruntime")
# How far answers of ONNX Runtime may be from those of PyTorch, in units in which answers differ.
NEAR = 1e-5


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    if any(find_spec(name) is None for name in LIBRARIES):
        raise ExportError("export.no_onnx")
    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.whole import raw_samples, unit_of, whole
    from nnstudio.session.export import start_weights
    from nnstudio.session.parcel import write_all

    program, known = leaving.program, leaving.known or fitted(leaving.program)
    asked = whole(program, leaving.weights or start_weights(program), known)
    x = raw_samples(program, known)
    data = _with_about(_traced(asked, x[:2]), leaving)
    _compare(data, asked, x, unit_of(known), bool(program.data.classes))
    return write_all(folder, {FILE: data})


@contextmanager
def quietly() -> Iterator[None]:
    """Nothing is heard of what PyTorch's exporter says of libraries that are not there."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _traced(asked: torch.nn.Module, x: torch.Tensor) -> Any:
    """The network as an ONNX model with as many samples as one likes."""
    import torch

    try:
        with quietly():
            made = torch.onnx.export(
                asked,
                (x,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                input_names=["x"],
                output_names=["answers"],
                external_data=False,
                verbose=False,
            )
    except Exception as error:
        # What an exporter cannot write it says in many ways.
        lines = str(error).strip().splitlines() or [""]
        raise ExportError(
            "export.not_traced", form="ONNX", detail=f"{type(error).__name__}: {lines[0][:200]}"
        ) from None
    assert made is not None
    return made.model_proto


def _with_about(model: Any, leaving: Leaving) -> bytes:
    """The bytes of a model that says what it is."""
    from nnstudio.session.about import about

    found = about(leaving)
    version = found["made_with"].rpartition(" ")[2]
    model.MergeFrom(type(model)(producer_name="NN Studio", producer_version=version))
    columns = [column.name for column in leaving.known.columns] if leaving.known is not None else []
    for name, value in {**found, "columns": columns}.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        model.metadata_props.add(key=name, value=text)
    buffer = io.BytesIO()
    buffer.write(model.SerializeToString())
    return buffer.getvalue()


def _compare(data: bytes, asked: torch.nn.Module, x: torch.Tensor, unit: float, classes: bool) -> None:
    """Let ONNX Runtime answer the same samples, in batches of several sizes.

    Raises:
        ExportError: its answers are others.
    """
    import numpy as np
    import onnxruntime  # type: ignore[import-untyped]
    import torch

    from nnstudio.engine.whole import SIZES

    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        for size in SIZES:
            given = x[:size]
            (found,) = session.run(None, {session.get_inputs()[0].name: given.numpy()})
            with torch.no_grad():
                ours: np.ndarray = asked(given).numpy()
            if found.shape != ours.shape or not np.allclose(found / unit, ours / unit, rtol=NEAR, atol=NEAR):
                apart = float(np.abs(found - ours).max()) if found.shape == ours.shape else float("nan")
                raise ExportError("export.apart", form="ONNX", by=f"{apart:.3g}")
            if classes and not np.array_equal(found.argmax(-1), ours.argmax(-1)):
                raise ExportError("export.apart", form="ONNX", by="another class")
    except ExportError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        raise ExportError("export.not_traced", form="ONNX", detail=lines[0][:200]) from None


EXPORT = Export(
    "onnx",
    Text("ONNX …"),
    _write,
    files=(FILE,),
    order=30,
    purpose=Text(
        "One file for programs in any language, phones and browsers (ONNX Runtime). Raw samples go in, answers come "
        "out: the scaling is part of it. Its answers are compared with PyTorch's before it is written."
    ),
    apart=True,
)
