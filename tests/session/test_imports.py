"""Networks that were made elsewhere: brought in whole, with their weights, or refused with all that is in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import nnstudio
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.errors import ImportRefused
from nnstudio.document.groups import flatten
from nnstudio.engine.experiment import make_model
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from nnstudio.session.imports import onnx_proof
from nnstudio.session.imports.finish import Brought, differences
from nnstudio.session.imports.keras_file import brought_from_keras
from nnstudio.session.imports.networks import brought_from_file
from nnstudio.session.imports.onnx_file import brought_from_onnx
from nnstudio.session.imports.torch_module import brought_from
from tests.helpers import finish
from tests.owned import own_files
from tests.session.zoo import WRITTEN, ZOO, made

ROOT = Path(__file__).resolve().parents[2]


def answers(brought: Brought, x: np.ndarray) -> np.ndarray:
    """What the network says here."""
    program = lower(brought.document).program
    assert program is not None
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    given = torch.from_numpy(x)
    with torch.no_grad():
        return np.asarray(model.eval()(given if program.data.tokens else given.to(torch.float32)))


def written(script: str, folder: Path, **environment: str) -> None:
    """Let a script of these tests write its files in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", script, str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", list(ZOO))
def test_a_module_comes_in_whole(name: str) -> None:
    module, samples = made(name)
    brought = brought_from(module, samples, name)
    with torch.no_grad():
        theirs = module(samples).numpy()
    assert differences(theirs, answers(brought, samples.numpy())) <= 1e-6
    program = brought.lowered.program
    assert program is not None and program.begun is not None
    assert program.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert len(program.begun.taken) == len(program.starts) + sum(
        not key.endswith(tuple(s.name for s in program.starts)) for key, _ in program.begun.taken
    )
    # What stands on the canvas is the catalogue's alone: all of it can be edited.
    assert all(node.kind != "own" for node in flatten(brought.document).nodes)


@pytest.mark.parametrize("name", ["residual", "lenet", "branches", "squeeze", "encoder", "attends", "autoencoder"])
def test_it_trains_and_goes_home(name: str) -> None:
    module, samples = made(name)
    program = brought_from(module, samples).lowered.program
    assert program is not None
    end, _ = finish(Trainer(program, device="cpu", epochs=1))
    assert end.how == "finished", end.reason and end.reason.render()
    check_source(program, source_of(program).text, end.weights)


def test_a_network_in_stages_opens_so() -> None:
    module, samples = made("resnet18")
    document = brought_from(module, samples).document
    names = [node.name for node in document.nodes]
    assert [name for name in names if name.startswith("layer")] == ["layer1", "layer2", "layer3", "layer4"]
    assert {"conv1", "bn1", "maxpool", "avgpool", "fc"} <= set(names) and len(names) <= 14
    stage = next(node for node in document.nodes if node.name == "layer2")
    assert stage.body is not None and [n.name for n in stage.body.nodes if n.body is not None] == ["0", "1"]
    # No card lies on another.
    for here in (document, stage.body):
        places = [node.position for node in here.nodes]
        assert len(set(places)) == len(places)


class Twice(nn.Module):
    """One layer that is used twice, and a stage of two layers that is as well."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.stage = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        self.out = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.tanh(self.one(torch.relu(self.one(x))))
        return self.out(self.stage(torch.tanh(self.stage(x))))


def test_a_layer_used_twice_stays_one() -> None:
    torch.manual_seed(3)
    module, x = Twice().eval(), torch.rand(6, 4)
    brought = brought_from(module, x)
    program = brought.lowered.program
    assert program is not None
    assert program.parameters == sum(parameter.numel() for parameter in module.parameters())
    # The gradients of both uses add up, as in PyTorch.
    model, criterion = make_model(program, program.seed, torch.device("cpu"))
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    criterion(model(x), y)[0].backward()
    torch.nn.functional.cross_entropy(module(x), y).backward()
    ours = {start.parameter: model.get_parameter(start.parameter).grad for start in program.starts}
    theirs = [parameter.grad for parameter in module.parameters()]
    assert len(ours) == len(theirs)
    for mine, other in zip(ours.values(), theirs, strict=True):
        torch.testing.assert_close(mine, other)
    check_source(program, source_of(program).text)
    text = source_of(program).text
    assert text.count("self.one = ") == 1 and text.count("self.one(") == 2


def test_what_is_frozen_there_is_frozen_here() -> None:
    module, samples = made("lenet")
    for parameter in (*module.conv1.parameters(), module.fc1.weight):
        parameter.requires_grad_(False)
    brought = brought_from(module, samples)
    program = brought.lowered.program
    assert program is not None and set(program.frozen) == {"conv1.weight", "conv1.bias"}
    assert [note.args["where"] for note in brought.notes if note.key == "import.partly_frozen"] == ["fc1"]


def test_what_trains_otherwise_is_noted() -> None:
    module, samples = made("encoder")
    assert [note.args["where"] for note in brought_from(module, samples).notes if note.key == "import.dropout"] == [
        "encoder"
    ]


def test_all_that_is_in_the_way_is_told_at_once() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.out = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            # Weights of layers in another way as well, once each: what a card holds is the card's alone.
            one, two = self.one(x) @ self.one.weight, torch.cumsum(self.two(x), 1) * self.two.bias
            return self.out(torch.tanh(one) + torch.tanh(two))

    with pytest.raises(ImportRefused) as caught:
        brought_from(Odd(), torch.rand(3, 4))
    said = caught.value.message.render()
    assert (
        "one.weight" in said
        and "two.bias" in said
        and "used in another way" in said
        and "Nothing was brought in" in said
    )
    assert "没有导入" in caught.value.message.render("zh")


def _decides(x: torch.Tensor) -> torch.Tensor:
    return x if x.sum() > 0 else -x


class Decides(nn.Module):
    """Which way it goes depends on numbers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _decides(x)


@pytest.mark.parametrize(
    ("module", "example", "key"),
    [
        ("a text", torch.rand(2, 3), "import.no_module"),
        (nn.Linear(4, 2), torch.rand(2, 3), "import.example"),
        (nn.Linear(4, 2), torch.rand(4), "import.example"),
        (nn.Linear(4, 2), object(), "import.example"),
        (nn.Bilinear(3, 3, 2), [torch.rand(2, 3), torch.rand(2, 3)], "import.one_input"),
        (Decides(), torch.rand(2, 3), "import.trace"),
        (nn.Identity(), torch.rand(2, 3), "import.empty"),
    ],
    ids=["no-module", "other-size", "one-sample", "object", "two-inputs", "decides", "nothing"],
)
def test_what_cannot_come_in_is_refused_in_a_sentence(module: Any, example: Any, key: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        brought_from(module, example)
    assert caught.value.message.key == key, caught.value


def test_the_module_stays_as_it_was() -> None:
    module, samples = made("resnet18")
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    brought_from(module, samples)
    assert module.training and all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_what_is_too_large_to_be_carried_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.session.imports.finish.MAX_START", 100)
    module, samples = made("plain")
    brought = brought_from(module, samples)
    assert not brought.parts.data and brought.parts.weights
    note = next(note for note in brought.notes if note.key == "import.not_carried")
    assert Path(str(note.args["path"])).is_file()


def test_from_python_to_a_project_file(tmp_path: Path) -> None:
    module, samples = made("residual")
    found = nnstudio.from_torch(module, samples, "My net", window=False)
    assert "My net" in repr(found) and any("differ" in line for line in found.report)
    path = found.save(tmp_path / "net")
    document, parts = storage.load(path)
    assert path.name == "net.nns" and document == found.document
    assert set(parts.weights) == {
        f"{part}.{kind}" for part in ("first_", "second", "out") for kind in ("weight", "bias")
    }


def test_onnx_files_come_in_whole(tmp_path: Path) -> None:
    """Written by PyTorch's exporter in a process of its own; answers are those of ONNX Runtime."""
    import onnxruntime

    written("tests.session.zoo", tmp_path)
    for name in WRITTEN:
        path = tmp_path / f"{name}.onnx"
        with np.load(tmp_path / f"{name}.npz") as kept:
            x = kept["x"]
        session = onnxruntime.InferenceSession(str(path))
        theirs = session.run(None, {session.get_inputs()[0].name: x})[0]
        brought = brought_from_onnx(path)
        assert differences(theirs, answers(brought, x)) <= 1e-5, name
        assert brought.document.name == name
        # Batch norms are folded into the layers before them by the exporter: there are fewer parameters. A group norm
        # falls apart, and its scale of 1 for every group is one more.
        program = brought.lowered.program
        more = 4 if name == "autoencoder" else 0
        assert program is not None
        assert program.parameters <= sum(p.numel() for p in made(name)[0].parameters()) + more, name
    stages = [node.name for node in brought_from_onnx(tmp_path / "resnet18.onnx").document.nodes]
    assert [name for name in stages if name.startswith("layer")] == ["layer1", "layer2", "layer3", "layer4"]


def test_files_of_keras_come_in_whole(tmp_path: Path) -> None:
    written("tests.session.keras_zoo", tmp_path, KERAS_BACKEND="torch")
    files = sorted(tmp_path.glob("*.keras"))
    assert len(files) == 10
    # Layers that are called several times stay one, with one set of weights.
    own = {"twice": 6 * 6 + 6 + 6 * 2 + 2, "branches": 3 * 3 * 3 * 3 + 3 + 2 * 3 + 6 * 2 + 2}
    for path in files:
        with np.load(path.with_suffix(".npz")) as found:
            given, told = found["x"], found["y"]
        # Pictures have their channels in front here.
        x = given.transpose(0, 3, 1, 2) if given.ndim == 4 else given
        brought = brought_from_keras(path)
        assert differences(told, answers(brought, np.ascontiguousarray(x))) <= 1e-5, path.name
        assert brought.lowered.program is not None
        assert brought.lowered.program.parameters == own.get(path.stem, brought.lowered.program.parameters)
        check_source(brought.lowered.program, source_of(brought.lowered.program).text)
    document = brought_from_keras(tmp_path / "twice.keras").document
    assert [node.id for node in document.nodes if node.params.get("shares")] == ["again__2", "again__3"]


def keras_file(path: Path, layers: list[dict[str, Any]]) -> Path:
    config = {"name": "net", "layers": layers, "output_layers": [[layers[-1]["name"], 0, 0]]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": config}))
    return path


def keras_layer(kind: str, name: str, *calls: tuple[str, int], **settings: Any) -> dict[str, Any]:
    def tensor(layer: str, number: int) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, number, 0]}}

    inbound = [{"args": [tensor(*call)], "kwargs": {}} for call in calls]
    return {"class_name": kind, "name": name, "config": {"name": name, **settings}, "inbound_nodes": inbound}


def test_calls_of_keras_that_lead_nowhere_are_sentences(tmp_path: Path) -> None:
    given = keras_layer("InputLayer", "in", batch_shape=[None, 4])

    def refused(*layers: dict[str, Any]) -> str:
        with pytest.raises(ImportRefused) as caught:
            brought_from_keras(keras_file(tmp_path / "net.keras", [given, *layers]))
        return caught.value.message.key

    dense = {"units": 4, "use_bias": True, "activation": "linear"}
    # A call that takes its own result, or that of a call which is not there.
    circle = keras_layer("Dense", "a", ("in", 0), ("a", 1), **dense)
    assert refused(circle, keras_layer("Dense", "b", ("a", 1), **dense)).startswith("import.")
    assert refused(keras_layer("Dense", "a", ("in", 7), **dense)).startswith("import.")
    # Two that cannot be told apart; and more calls than can be drawn.
    twice = keras_layer("Dense", "a", ("in", 0), ("a", 0), **dense)
    assert refused(twice, keras_layer("Dense", "a (2)", ("a", 0), **dense)) == "import.keras_names"
    many = keras_layer("Flatten", "f", ("in", 0), *(("f", number) for number in range(2000)))
    assert refused(many, keras_layer("Dense", "b", ("f", 0), **dense)) == "import.keras_many"


class Each(nn.Module):
    """Numbers of its own: positions, a factor and an offset for every feature, one for every channel."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel, self.line, self.out = nn.Conv2d(2, 8, 1), nn.Linear(8, 8), nn.Linear(8, 3)
        self.shift = nn.Parameter(torch.randn(8, 1, 1))
        self.positions, self.gamma = nn.Parameter(torch.randn(1, 9, 8)), nn.Parameter(torch.randn(8))
        self.less = nn.Parameter(torch.randn(8), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (self.kernel(x) + self.shift).flatten(2).transpose(1, 2)
        return self.out((torch.tanh(self.line(x + self.positions)) * self.gamma - self.less).mean(1))


def test_numbers_for_each_place_and_feature_are_cards(tmp_path: Path) -> None:
    torch.manual_seed(3)
    module, samples = Each().eval(), torch.rand(5, 2, 3, 3)
    brought = brought_from(module, samples)
    nodes = {node.name: node for node in flatten(brought.document).nodes}
    assert [n.kind for n in nodes.values() if n.kind in ("element_affine", "learnt_positions")] == [
        "element_affine",
        "learnt_positions",
        "element_affine",
        "element_affine",
    ]
    assert not any(node.kind.startswith("kept_") for node in nodes.values())
    assert [bool(n.params.get("frozen")) for n in nodes.values() if n.kind == "element_affine"] == [False, False, True]
    program = brought.lowered.program
    assert program is not None and program.parameters == sum(one.numel() for one in module.parameters())
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    assert differences(module(samples).detach().numpy(), answers(brought, samples.numpy())) <= 1e-6
    # Gradients are those of the module.
    for one in (module, model):
        one(samples).pow(2).sum().backward()
    theirs = sorted(float(p.grad.norm()) for p in module.parameters() if p.grad is not None)
    np.testing.assert_allclose(
        theirs, sorted(float(p.grad.norm()) for p in model.parameters() if p.grad is not None), rtol=1e-5
    )
    end, _ = finish(Trainer(program, device="cpu", epochs=1))
    assert end.how == "finished"
    check_source(program, source_of(program).text, end.weights)


class Tied(nn.Module):
    """A number of its own that is used in two ways, and one that is not learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.out, self.gamma = nn.Linear(8, 3), nn.Parameter(torch.randn(8))
        self.register_buffer("mean", torch.randn(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out((x - self.mean) * self.gamma + self.gamma)


def test_numbers_that_are_used_in_two_ways_stay_one(tmp_path: Path) -> None:
    with own_files(tmp_path / "own"):
        module, samples = Tied().eval(), torch.rand(5, 8)
        brought = brought_from(module, samples)
        assert any(node.kind.startswith("kept_") for node in flatten(brought.document).nodes)
        program = brought.lowered.program
        assert program is not None and program.parameters == sum(one.numel() for one in module.parameters())


def test_numbers_of_onnx_for_each_place_and_feature(tmp_path: Path) -> None:
    """Written operator by operator, as any exporter may: what is added to every sample, what scales it."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(5)
    row, places = draw.normal(size=8).astype(np.float32), draw.normal(size=(1, 6, 8)).astype(np.float32)
    spread = (1 + draw.random(8)).astype(np.float32)
    tensors = {"row": row, "places": places, "spread": spread, "two": np.float32(2), "one": np.ones(8, np.float32)}
    steps = [
        ("Add", ("x", "places")),
        ("Sub", ("a0", "row")),
        ("Div", ("a1", "spread")),
        ("Mul", ("row", "a2")),
        ("Sub", ("two", "a3")),
        ("Mul", ("a4", "one")),
        ("Relu", ("a5",)),
    ]
    nodes = [helper.make_node(kind, list(given), [f"a{n}"], name=f"n{n}") for n, (kind, given) in enumerate(steps)]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 6, 8])
    result = helper.make_tensor_value_info("a6", TensorProto.FLOAT, ["batch", 6, 8])
    held = [numpy_helper.from_array(np.asarray(array), name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "g", [given], [result], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "each.onnx"
    onnx.save(model, path)
    x = draw.normal(size=(3, 6, 8)).astype(np.float32)
    (theirs,) = onnxruntime.InferenceSession(str(path)).run(None, {"x": x})
    brought = brought_from_onnx(path)
    assert differences(theirs, answers(brought, x)) <= 1e-6
    kinds = [node.kind for node in flatten(brought.document).nodes]
    assert (
        kinds.count("element_affine") == 3 and kinds.count("learnt_positions") == 1 and kinds.count("scale_number") == 1
    )
    # A number divided by what comes in is none of these.
    graph.node[2].input[0], graph.node[2].input[1] = "spread", "a1"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    with pytest.raises(ImportRefused, match="Div"):
        brought_from_onnx(path)


def test_what_comes_from_a_file_is_compared_with_its_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written("tests.session.zoo", tmp_path)
    same = brought_from_file(tmp_path / "lenet.onnx").notes[-1]
    assert same.key == "import.same" and float(same.args["difference"]) <= 1e-5
    monkeypatch.setattr(onnx_proof, "EXACT", -1.0)
    with pytest.raises(ImportRefused) as caught:
        brought_from_file(tmp_path / "lenet.onnx")
    assert caught.value.message.key == "import.differs"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    without = brought_from_file(tmp_path / "lenet.onnx").notes[-1]
    assert without.key == "import.not_compared" and "onnxruntime" in without.render()
    assert "没有" in without.render("zh")
    with pytest.raises(ImportRefused, match="is a folder"):
        brought_from_file(tmp_path)
