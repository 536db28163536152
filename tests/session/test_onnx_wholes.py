"""Attention, GELU and directions that an exporter took apart are put together again, and proven by numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.document.errors import ImportRefused
from nnstudio.document.groups import flatten
from nnstudio.session.export import check_source, source_of
from nnstudio.session.imports.finish import Brought
from nnstudio.session.imports.onnx_file import brought_from_onnx
from tests.session.onnx_zoo import WRITTEN, ZOO
from tests.session.test_imports import answers, differences, written


def kinds(brought: Brought) -> list[str]:
    return [node.kind for node in flatten(brought.document).nodes]


def test_what_was_taken_apart_comes_in_whole(tmp_path: Path) -> None:
    """Written by both exporters of PyTorch's; answers are those of ONNX Runtime."""
    import onnx
    import onnxruntime

    written("tests.session.onnx_zoo", tmp_path)
    x = np.load(tmp_path / "x.npy")
    for name, way in WRITTEN:
        path = tmp_path / f"{name}-{way}.onnx"
        if name == "unlike":
            # What merely looks like attention is not taken for it.
            with pytest.raises(ImportRefused, match="as no layer here can be"):
                brought_from_onnx(path)
            continue
        session = onnxruntime.InferenceSession(str(path))
        theirs = session.run(None, {session.get_inputs()[0].name: x})[0]
        brought = brought_from_onnx(path)
        assert differences(theirs, answers(brought, x)) <= 1e-5, path.name
        attends = {"own": 1, "fused": 1, "causal": 1, "masked": 1, "steps": 2}.get(name, 0)
        assert kinds(brought).count("self_attention") == attends, path.name
        assert "activation" in kinds(brought) or name not in ("masked",), path.name
        causal = [n.params["causal"] for n in flatten(brought.document).nodes if n.kind == "self_attention"]
        assert causal == [name in ("causal", "masked")] * attends, path.name
        program = brought.lowered.program
        assert program is not None
        used = {"own": ("qkv",), "fused": ("q", "k", "v"), "causal": ("q", "k", "v")}.get(name, ())
        trained = sum(p.numel() for key, p in ZOO[name]().named_parameters() if key.partition(".")[0] not in used)
        assert program.parameters == trained, path.name
        check_source(program, source_of(program).text)
    # Before the thirteenth set of operators a softmax that names no axis went along all behind the batch.
    model = onnx.load(tmp_path / "own-before.onnx")
    model.opset_import[0].version = 12
    for node in model.graph.node:
        if node.op_type in ("Softmax", "Reshape"):
            del node.attribute[:]
    onnx.save(model, tmp_path / "older.onnx")
    with pytest.raises(ImportRefused):
        brought_from_onnx(tmp_path / "older.onnx")


@pytest.mark.parametrize("kind", ["Shape", "Softmax", "Erf", "Attention", "MatMul"])
def test_operators_without_inputs_are_a_sentence(kind: str, tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node(kind, [], ["z"])]
    nodes.append(helper.make_node("Add", ["y", "z"], ["out"]))
    given, result = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in ("x", "out"))
    save(helper.make_model(helper.make_graph(nodes, "odd", [given], [result])), tmp_path / "odd.onnx")
    with pytest.raises(ImportRefused):
        brought_from_onnx(tmp_path / "odd.onnx")
