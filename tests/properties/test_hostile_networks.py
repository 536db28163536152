"""Networks and weights from strangers: every broken file is refused in a sentence, nothing of it is run, and nothing
beside it is opened.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save as save_safe

from nnstudio.document.errors import StudioError
from nnstudio.session.imports.bringing import Bringing
from nnstudio.session.imports.networks import brought_from_file
from nnstudio.session.imports.weights_file import read_state

MUTANTS = 150
DRAW = np.random.default_rng(0)


def onnx_model() -> onnx.ModelProto:
    """A kernel, a pool and a weighted sum."""
    kernel = numpy_helper.from_array(DRAW.standard_normal((2, 1, 3, 3)).astype("float32"), "conv.weight")
    weight = numpy_helper.from_array(DRAW.standard_normal((3, 18)).astype("float32"), "fc.weight")
    bias = numpy_helper.from_array(np.zeros(3, dtype="float32"), "fc.bias")
    nodes = [
        helper.make_node("Conv", ["x", "conv.weight"], ["a"], kernel_shape=[3, 3], name="conv"),
        helper.make_node("Relu", ["a"], ["b"], name="relu"),
        helper.make_node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2], name="pool"),
        helper.make_node("Flatten", ["c"], ["d"], name="flat"),
        helper.make_node("Gemm", ["d", "fc.weight", "fc.bias"], ["y"], transB=1, name="fc"),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 8, 8])
    gives = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "small", [given], [gives], [kernel, weight, bias])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def keras_bytes(change: Callable[[dict[str, Any]], object] = lambda config: None) -> bytes:
    """Two dense layers as Keras 3 writes them."""
    layers: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "in"}, "name": "in"},
        {"class_name": "Dense", "config": {"units": 5, "activation": "relu", "name": "one"}, "name": "one"},
        {"class_name": "Dense", "config": {"units": 2, "activation": "linear", "name": "two"}, "name": "two"},
    ]
    config = {"class_name": "Sequential", "config": {"name": "small", "layers": layers}}
    change(config)
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for name, shape in (("dense", (4, 5)), ("dense_1", (5, 2))):
            file[f"layers/{name}/vars/0"] = DRAW.standard_normal(shape).astype("float32")
            file[f"layers/{name}/vars/1"] = np.zeros(shape[1], dtype="float32")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights.getvalue())
    return packed.getvalue()


def torch_bytes() -> bytes:
    buffer = io.BytesIO()
    torch.save(torch.nn.Linear(3, 2).state_dict(), buffer)
    return buffer.getvalue()


WHOLE: dict[str, bytes] = {
    ".onnx": onnx_model().SerializeToString(),
    ".keras": keras_bytes(),
    ".safetensors": save_safe({"weight": np.ones((2, 3), dtype="float32"), "bias": np.zeros(2, dtype="float32")}),
    ".pt": torch_bytes(),
}


def read(path: Path) -> None:
    if path.suffix in (".onnx", ".keras"):
        brought_from_file(path)
    else:
        read_state(path)


@pytest.mark.parametrize("ending", list(WHOLE))
def test_the_whole_file_is_read(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"a{ending}").write_bytes(WHOLE[ending])
    read(tmp_path / f"a{ending}")


@pytest.mark.parametrize("ending", list(WHOLE))
def test_every_mutant_is_read_or_refused(ending: str, tmp_path: Path) -> None:
    draw, path, refused = np.random.default_rng(1), tmp_path / f"a{ending}", 0
    for number in range(MUTANTS):
        content = bytearray(WHOLE[ending])
        way = number % 4
        if way == 0:
            content = content[: int(draw.integers(len(content)))]
        elif way == 1:
            for _ in range(int(draw.integers(1, 6))):
                content[int(draw.integers(len(content)))] = int(draw.integers(256))
        elif way == 2:
            place = int(draw.integers(len(content)))
            content[place:place] = draw.integers(0, 256, int(draw.integers(1, 40))).astype(np.uint8).tobytes()
        else:
            first, second = sorted(int(place) for place in draw.integers(0, len(content), 2))
            del content[first:second]
        path.write_bytes(bytes(content))
        try:
            read(path)
        except StudioError as error:
            refused += 1
            said = error.message.render()
            assert said and "Traceback" not in said and "{" not in said.replace("{'", ""), said
    assert refused > MUTANTS // 3, "most of them are broken"


class Harmful:
    """Makes a file where it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return Path.touch, (self.place,)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    harm = tmp_path / "harm"
    for number, content in enumerate((pickle.dumps(Harmful(harm)), _saved({"weight": Harmful(harm)}))):
        path = tmp_path / f"{number}.pt"
        path.write_bytes(content)
        with pytest.raises(StudioError, match="nothing else is read"):
            read_state(path)
    assert not harm.exists()


def _saved(plain: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(plain, buffer)
    return buffer.getvalue()


def test_weights_in_larger_dictionaries_are_found(tmp_path: Path) -> None:
    state = torch.nn.Linear(3, 2).state_dict()
    for number, plain in enumerate(({"epoch": 3, "state_dict": state}, {"model": {"model_state_dict": state}}, state)):
        path = tmp_path / f"{number}.pt"
        path.write_bytes(_saved(plain))
        assert {name: array.shape for name, array in read_state(path).items()} == {"weight": (2, 3), "bias": (2,)}
    half = {"weight": torch.ones(2, 3, dtype=torch.bfloat16)}
    (tmp_path / "half.pt").write_bytes(_saved(half))
    assert read_state(tmp_path / "half.pt")["weight"].dtype == np.float32
    (tmp_path / "none.pt").write_bytes(_saved({"epoch": 3}))
    with pytest.raises(StudioError, match="no tensor"):
        read_state(tmp_path / "none.pt")


def changed(change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx_model()
    change(model)
    return bytes(model.SerializeToString())


def _elsewhere(location: str) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", "72")):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value

    return change


def _huge(model: onnx.ModelProto) -> None:
    del model.graph.initializer[1].dims[:]
    model.graph.initializer[1].dims.extend([2**40, 2**20])


def _foreign(model: onnx.ModelProto) -> None:
    model.graph.node[1].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))


def _ring(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = "c"


def _between(kind: str, *numbers: float, **attributes: Any) -> Callable[[onnx.ModelProto], None]:
    """Put an operator behind the kernel, in a file of the eleventh set of operators."""

    def change(model: onnx.ModelProto) -> None:
        names = [f"number{place}" for place in range(len(numbers))]
        tensors = [numpy_helper.from_array(np.array(number, dtype="float32"), name)
                   for number, name in zip(numbers, names, strict=True)]  # fmt: skip
        model.graph.initializer.extend(tensors)
        nodes = list(model.graph.node)
        nodes[1].input[0] = "between"
        nodes.insert(1, helper.make_node(kind, ["a", *names], ["between"], name=kind, **attributes))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        model.opset_import[0].version = 11

    return change


def _open_size(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].ClearField("dim_value")


def _uneven(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("pads", [0, 0, 1, 1]))


def _second_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 2]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_elsewhere("../../etc/passwd"), "Only files beside"),
        (_elsewhere("/etc/passwd"), "Only files beside"),
        (_elsewhere("gone.bin"), "gone.bin"),
        (_huge, "numbers|cannot be read"),
        (_foreign, "operators of other makers"),
        (_open_size, "sizes behind the batch"),
        (lambda model: model.graph.node.pop(), "Nothing was brought in|could be drawn|compute"),
        (_ring, "."),
        (_uneven, "pads"),
        (_second_input, "2 inputs"),
        (_between("Cast", to=TensorProto.INT64), "Cast: to=7"),
        (_between("Div", 0.0), "Div"),
        (_between("Softmax"), "Softmax: dim"),
    ],
    ids=["above", "root", "gone", "huge", "foreign", "open-size", "no-end", "ring", "pads", "two-inputs", "cast",
         "zero", "softmax"],
)  # fmt: skip
def test_what_is_wrong_with_an_onnx_file_is_said(
    change: Callable[[onnx.ModelProto], object], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(changed(change))
    with pytest.raises(StudioError, match=said):
        brought_from_file(path)


def test_tensors_beside_the_file_are_read(tmp_path: Path) -> None:
    model = onnx_model()
    values = numpy_helper.to_array(model.graph.initializer[0])
    (tmp_path / "w.bin").write_bytes(values.tobytes())
    (tmp_path / "a.onnx").write_bytes(changed(_elsewhere("w.bin")))
    program = brought_from_file(tmp_path / "a.onnx").lowered.program
    assert program is not None and program.begun is not None
    (tmp_path / "w.bin").write_bytes(values.tobytes()[:40])
    with pytest.raises(StudioError, match="cannot be read"):
        brought_from_file(tmp_path / "a.onnx")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(class_name="Lambda"), "Sequential and functional"),
        (lambda c: c["config"]["layers"][1].update(class_name="Lambda"), "Lambda: there is no such layer"),
        (lambda c: c["config"]["layers"][1]["config"].update(units=10**12), "."),
        (lambda c: c["config"]["layers"][1]["config"].update(units="many"), "set as no layer"),
        (lambda c: c["config"]["layers"][1]["config"].update(activation={"class_name": "function"}), "activation"),
        (lambda c: c["config"]["layers"][1]["config"].update(activation={"class_name": "ELU", "config": {"alpha": 2}}),
         "activation"),
        (lambda c: c["config"]["layers"][1]["config"].update(data_format="channels_first"), "data_format"),
        (lambda c: c["config"]["layers"][1].update(class_name="Embedding", config={"mask_zero": True}), "mask"),
        (lambda c: c["config"].update(layers=[]), "no layer"),
        (lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, None]), "sizes behind the batch"),
    ],
    ids=["kind", "lambda", "huge", "text", "function", "layer", "format", "mask", "empty", "open-size"],
)  # fmt: skip
def test_what_is_wrong_with_a_file_of_keras_is_said(
    change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(keras_bytes(change))
    with pytest.raises(StudioError, match=said):
        brought_from_file(path)


def test_what_keras_does_otherwise_is_kept_or_said(tmp_path: Path) -> None:
    """Leaky ReLU has another slope there; what matters in training alone is noted; what is frozen stays so."""

    def change(config: dict[str, Any]) -> None:
        first, second = config["config"]["layers"][1:]
        first["config"] |= {"activation": "leaky_relu", "kernel_regularizer": {"class_name": "L2"}}
        second["config"] |= {"trainable": False}

    path = tmp_path / "a.keras"
    path.write_bytes(keras_bytes(change))
    brought = brought_from_file(path)
    one = next(node for node in brought.document.nodes if node.id == "one")
    assert one.params["activation"].params["slope"] == 0.2
    assert [note.args["name"] for note in brought.notes if note.key == "import.left_out"] == ["kernel_regularizer"]
    program = brought.lowered.program
    assert program is not None and set(program.frozen) == {"two.weight", "two.bias"}


def test_hdf5_that_reaches_elsewhere_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["numbers"] = np.ones((4, 5), dtype="float32")
    weights = tmp_path / "w.h5"
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "/numbers")
        file["layers/dense/vars/1"] = np.zeros(5, dtype="float32")
    packed = tmp_path / "a.keras"
    with zipfile.ZipFile(io.BytesIO(keras_bytes())) as whole, zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", whole.read("config.json"))
        archive.writestr("model.weights.h5", weights.read_bytes())
    with pytest.raises(StudioError, match="lies elsewhere"):
        brought_from_file(packed)


def test_a_process_of_its_own_reads_and_says_the_same(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.onnx", tmp_path / "b.onnx"
    good.write_bytes(WHOLE[".onnx"])
    bad.write_bytes(WHOLE[".onnx"][:100])
    readers = [Bringing(path) for path in (good, bad, tmp_path / "gone.onnx")]
    for reader in readers:
        assert reader.wait(120)
    document, parts, notes = readers[0].result()
    assert document == brought_from_file(good).document and parts.weights and notes[0].key == "import.brought"
    for reader, said in ((readers[1], "no whole ONNX file"), (readers[2], "gone.onnx")):
        with pytest.raises(StudioError, match=said):
            reader.result()
    stopped = Bringing(good)
    stopped.stop()
    assert stopped.done
