"""Every example in every form that it can go home in, loaded by whoever reads that form: the answers are the same."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.errors import ExportError, ImportRefused
from nnstudio.document.groups import flatten
from nnstudio.engine.experiment import make_model
from nnstudio.engine.fitted import fitted
from nnstudio.engine.predict import predict
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.whole import raw_samples, whole
from nnstudio.session.about import about
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.export import start_weights
from nnstudio.session.exports import Leaving, exports
from nnstudio.session.exports.latex import plain
from nnstudio.session.imports.onnx_file import brought_from_onnx
from nnstudio.session.modeling import MODELING
from tests.commands import command, run_script
from tests.helpers import chain, choice, finish, sound

NAMES = tuple(name for name in example_names())
COUNT = 40


@cache
def trained(name: str) -> tuple[Program, Mapping[str, np.ndarray]]:
    """An example with weights that no start value hides behind."""
    program = lower(load_example(name)).program
    assert program is not None
    draw = np.random.default_rng(1)
    weights = start_weights(program)
    for key, value in weights.items():
        if value.dtype.kind == "f":
            moved = (value + 0.2 * draw.normal(size=value.shape)).astype(value.dtype)
            # What is a variance stays above 0.
            weights[key] = np.abs(moved) if "running_var" in key else moved
    return program, weights


def leaving(name: str) -> Leaving:
    program, weights = trained(name)
    return Leaving(program, weights, known=fitted(program), threads=1)


def written(way: str, name: str, folder: Path) -> Path:
    # In this process: what goes on in another one is looked at below.
    files = exports()[way].write(leaving(name), folder)
    assert files and all(path.is_file() for path in files)
    assert {path.name for path in files} <= set(exports()[way].files)
    return folder


def answers(name: str, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    """Raw samples, and what the program itself answers."""
    program, weights = trained(name)
    known = fitted(program)
    x = raw_samples(program, known, count).numpy()
    numbers = predict(program, weights, None if program.data.graph else x, known).numbers
    return x, numbers[:count]


def near(found: np.ndarray, name: str) -> bool:
    program, _ = trained(name)
    wanted = answers(name)[1]
    # What comes next: the program gives the last step alone.
    last = found[:, -1] if program.answer.form == "steps" else found
    return bool(np.allclose(last, wanted, rtol=1e-5, atol=1e-5)) and np.array_equal(last.argmax(-1), wanted.argmax(-1))


@pytest.mark.parametrize("name", NAMES)
def test_one_module_answers_raw_samples_as_the_program_does(name: str) -> None:
    program, weights = trained(name)
    x, wanted = answers(name)
    with torch.no_grad():
        found = whole(program, weights, fitted(program))(torch.from_numpy(x)).numpy()
    last = found[:, -1] if program.answer.form == "steps" else found
    # Bit by bit, but that a batch of another size may round otherwise.
    np.testing.assert_allclose(last, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_onnx(name: str, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    import onnx

    path = written("onnx", name, tmp_path) / "model.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model)
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said["seed"] == "0" and said["made_with"].startswith("NN Studio") and said["torch"] == torch.__version__
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = answers(name)[0]
    for size in (1, COUNT):
        (found,) = session.run(None, {"x": x[:size]})
        assert len(found) == len(x[:size])
    assert near(found, name)


@pytest.mark.parametrize("name", NAMES)
def test_its_own_onnx_comes_back(name: str, tmp_path: Path) -> None:
    """With the scaling of the raw numbers as cards in front, frozen, and nothing of it left out."""
    pytest.importorskip("onnxruntime")
    path = written("onnx", name, tmp_path) / "model.onnx"
    if name == "karate":
        # Its samples are the nodes of one graph: the rows are an input of their own.
        with pytest.raises(ImportRefused):
            brought_from_onnx(path)
        return
    brought = brought_from_onnx(path)
    program = brought.lowered.program
    assert program is not None
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    x = torch.from_numpy(answers(name)[0])
    with torch.no_grad():
        found = model.eval()(x if program.data.tokens else x.to(torch.float32)).numpy()
    assert near(found, name)
    nodes = flatten(brought.document).nodes
    scaled = [node for node in nodes if node.kind == "element_affine"]
    plan = trained(name)[0].data
    each = plan.scale_axis == 1 and plan.scaling != "none" and not plan.tokens
    assert len(scaled) == (2 if each else 0) and all(node.params["frozen"] for node in scaled)
    assert ("positional_encoding" in {node.kind for node in nodes}) == (name == "gpt")


@pytest.mark.parametrize("name", NAMES)
def test_pt2(name: str, tmp_path: Path) -> None:
    extra = {"about.json": ""}
    loaded = torch.export.load(written("pt2", name, tmp_path) / "model.pt2", extra_files=extra).module()
    program, weights = trained(name)
    x = torch.from_numpy(answers(name)[0])
    with torch.no_grad():
        assert torch.equal(loaded(x), whole(program, weights, fitted(program))(x))
    assert json.loads(extra["about.json"])["parameters"] == sum(math.prod(s.shape) for s in program.starts)
    assert json.loads(extra["about.json"])["trained"] is True


@pytest.mark.parametrize("name", NAMES)
def test_safetensors_and_config(name: str, tmp_path: Path) -> None:
    folder = written("safetensors", name, tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(folder / "model.safetensors")
    _, weights = trained(name)
    assert set(tensors) == set(weights) == set(config["tensors"])
    for key, tensor in tensors.items():
        np.testing.assert_array_equal(tensor.numpy(), weights[key])
        assert config["tensors"][key]["shape"] == list(tensor.shape)
    assert config["about"]["seed"] == 0 and config["pipeline"]["answer"]["form"]


LOADING = """
import sys, numpy as np, torch
sys.modules["nnstudio"] = None
sys.path.insert(0, {folder!r})
from modeling import from_pretrained
x = np.load({given!r})
with torch.no_grad():
    np.save({out!r}, from_pretrained({folder!r})(torch.from_numpy(x)).numpy())
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_hub_folder_loads_in_a_fresh_interpreter(name: str, tmp_path: Path) -> None:
    folder = written("huggingface", name, tmp_path / "hub")
    given, out, script = tmp_path / "x.npy", tmp_path / "y.npy", tmp_path / "load.py"
    np.save(given, answers(name)[0])
    script.write_text(LOADING.format(folder=str(folder), given=str(given), out=str(out)), encoding="utf-8")
    done = run_script([sys.executable, script])
    assert done.returncode == 0, done.stderr
    assert near(np.load(out), name)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: pytorch") and "| seed | 0 |" in card and "training part" in card
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore", "E501", folder / MODELING],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["iris", "xor", "karate", "gpt"])
def test_a_notebook_trains_as_the_script_does(name: str, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    program, _ = trained(name)
    short = replace(program, epochs=3, device="cpu")
    exports()["notebook"].write(replace(leaving(name), program=short), tmp_path)
    notebook = nbformat.read(tmp_path / "training.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[-1].source += '\nimport json; (HERE / "history.json").write_text(json.dumps(history))'
    NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(tmp_path)}}).execute()
    history = json.loads((tmp_path / "history.json").read_text())
    ended = finish(Trainer(short, device="cpu", threads=1))[0]
    assert ended.report is not None and history == json.loads(json.dumps(list(ended.report["history"])))
    pictures = [out for cell in code for out in cell.outputs if "image/svg+xml" in out.get("data", {})]
    assert pictures and "polyline" in pictures[0]["data"]["image/svg+xml"]
    for key, tensor in load_file(tmp_path / "trained.safetensors").items():
        np.testing.assert_array_equal(tensor.numpy(), ended.weights[key])


@pytest.mark.parametrize("name", NAMES)
def test_figures(name: str, tmp_path: Path) -> None:
    root = ElementTree.parse(written("svg", name, tmp_path) / "network.svg").getroot()
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Data" in words and "Loss" in words and any("seed 0" in str(word) for word in words)
    # Nothing leaves the paper.
    wide = float(root.get("width"))
    assert all(0 <= float(box.get("x", 0)) <= wide for box in root.iter("{http://www.w3.org/2000/svg}rect"))
    text = (written("latex", name, tmp_path) / "network.tex").read_text(encoding="utf-8")
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}") and text.count(r"\begin{") == text.count(r"\end{")
    named = set(re.findall(r"\((n\d+)\) at", text))
    assert named and set(re.findall(r"\((n\d+)\) (?:--|to)", text)) <= named
    assert len(named) == len([box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("rx")])


@pytest.mark.parametrize("name", ["iris", "gpt"])
def test_figures_for_paper_and_documents(name: str, tmp_path: Path) -> None:
    from PIL import Image

    root = ElementTree.parse(written("svg", name, tmp_path) / "network.svg").getroot()
    wide, tall = (int(root.get(side, 0)) for side in ("width", "height"))
    with Image.open(written("png", name, tmp_path) / "network.png") as picture:
        assert picture.size == (3 * wide, 3 * tall)
        # Something is drawn, and in the colours of its boxes.
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1_000_000) or ()}
    assert {(255, 255, 255), (0x4C, 0x5F, 0xD7), (0x2E, 0x8B, 0x57)} <= colours
    page = (written("pdf", name, tmp_path) / "network.pdf").read_bytes()
    assert page.startswith(b"%PDF") and b"/Count 1" in page
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page))
    assert [float(side) for side in box] == pytest.approx([0.75 * wide, 0.75 * tall], abs=1.0)


def test_figures_that_cannot_be_drawn_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for script, key in (("sys.exit(3)", "export.no_qt"), ("sys.exit(1)", "export.failed"), ("", "export.failed")):
        monkeypatch.setattr(
            "nnstudio.session.worker.command", lambda n, s=script: [sys.executable, "-c", f"import sys; {s}"]
        )
        with pytest.raises(ExportError) as caught:
            written("pdf", "iris", tmp_path)
        assert caught.value.message.key == key
    monkeypatch.setattr(
        "nnstudio.session.worker.command", lambda name: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    with pytest.raises(ExportError) as caught:
        exports()["pdf"].write(replace(leaving("iris"), cancelled=lambda: True), tmp_path)
    assert caught.value.message.key == "export.cancelled"
    assert not list(tmp_path.iterdir())


def test_what_latex_would_read_otherwise_is_shown_as_it_is() -> None:
    assert plain("a_b 50% {x} \\y #1 ~^&$<>|") == (
        r"a\_b 50\% \{x\} \textbackslash{}y \#1 \textasciitilde{}\textasciicircum{}\&\$\textless{}\textgreater{}"
        r"\textbar{}"
    )
    # Letters that pdflatex does not know are formulas; what no font of LaTeX's has is said by its number.
    assert plain("α₁ Λ Η λ 10⁻³ ≥ −1 é “x” 隐藏 😀 я") == (
        r"$\alpha$$_1$ $\Lambda$ H $\lambda$ 10$^-$³ $\ge$ $-$1 é “x” 隐藏 [U+1F600] [U+044F]"
    )


def test_a_project_runs_where_nothing_of_it_is(tmp_path: Path) -> None:
    program, _ = trained("iris")
    exports()["project"].write(replace(leaving("iris"), program=replace(program, epochs=2)), tmp_path)
    with zipfile.ZipFile(tmp_path / "project.zip") as packed:
        names = {Path(name).name for name in packed.namelist()}
        packed.extractall(tmp_path)
    assert names >= {
        "train.py",
        "predict.py",
        "requirements.txt",
        "Dockerfile",
        "train.slurm",
        "README.md",
        "about.json",
    }
    folder = tmp_path / "iris"
    assert f"torch=={torch.__version__.partition('+')[0]}" in (folder / "requirements.txt").read_text()
    done = run_script([sys.executable, folder / "train.py", "--json", "--threads", "1"], cwd=folder)
    assert done.returncode == 0, done.stderr
    ended = finish(Trainer(replace(program, epochs=2), device="cpu", threads=1))[0]
    assert ended.report is not None
    assert json.loads(done.stdout)["history"] == json.loads(json.dumps(list(ended.report["history"])))
    checked = subprocess.run(["bash", "-n", folder / "train.slurm"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_numbers_far_from_0_with_gaps_go_in_raw(tmp_path: Path) -> None:
    """Years, prices and empty cells: a file whose numbers float32 would blur."""
    pytest.importorskip("onnxruntime")
    draw = np.random.default_rng(0)
    lines = ["year,price,target"]
    for row in range(80):
        year = "" if row % 9 == 4 else str(1990 + int(draw.integers(0, 30)))
        lines.append(f"{year},{5e7 + draw.normal() * 1e3:.2f},{4e6 + draw.normal() * 2e5:.1f}")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    program = sound(
        chain(
            ("linear", "h", {"units": 8, "activation": choice("tanh")}),
            ("linear", "o", {"units": 1}),
            data=choice("table_file", path=str(path), missing="mean"),
            loss=choice("mse"),
            epochs=3,
        )
    )
    ended = finish(Trainer(program, device="cpu"))[0]
    home = Leaving(program, ended.weights, known=fitted(program))
    exports()["onnx"].write(home, tmp_path)
    import onnxruntime

    x = raw_samples(program, fitted(program), 80).numpy()
    assert np.isnan(x).any()
    (found,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"x": x})
    wanted = predict(program, ended.weights, x, fitted(program)).numbers
    np.testing.assert_allclose(found / 2e5, wanted / 2e5, atol=1e-5)


def test_networks_that_have_nothing_to_be_asked_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = leaving("xor")
    empty = replace(home.program, model=replace(home.program.model, inputs=()))
    with pytest.raises(ExportError, match="Nothing goes into"):
        whole(empty, home.weights or {}, fitted(home.program))
    import nnstudio.session.exports.onnx as form

    monkeypatch.setattr(form, "LIBRARIES", ("no_such_library",))
    with pytest.raises(ExportError, match=r"nnstudio\[onnx\]"):
        form._write(home, tmp_path)
    assert not list(tmp_path.iterdir())


def test_answers_that_differ_are_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.engine import answering

    right = answering.Answering.forward
    monkeypatch.setattr(answering.Answering, "forward", lambda self, x: right(self, x) + 0.001)
    with pytest.raises(ExportError, match="otherwise"):
        exports()["huggingface"].write(leaving("xor"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_in_a_process_of_its_own_and_replaces_nothing(tmp_path: Path) -> None:
    project = Path("resources/examples/xor.nns").resolve()
    for way, file in (("pt2", "model.pt2"), ("svg", "network.svg")):
        words = ("export", str(project), "--to", way, "--out", str(tmp_path))
        done = command(*words)
        assert done.returncode == 0 and file in done.stdout, done.stderr
        before = (tmp_path / file).read_bytes()
        again = command(*words)
        assert again.returncode == 1 and "--replace" in again.stderr and (tmp_path / file).read_bytes() == before
        assert way == "pt2" or command(*words, "--replace").returncode == 0
    listed = command("export", "--to", "help")
    assert listed.returncode == 0 and all(re.search(rf"^{name}\b", listed.stdout, re.M) for name in exports())


def test_an_export_that_is_no_longer_wanted_writes_nothing(tmp_path: Path) -> None:
    for way, after in (("onnx", 3), ("python", 1)):
        answers_given = iter([False] * after)
        late = replace(leaving("xor"), cancelled=lambda given=answers_given: next(given, True))
        with pytest.raises(ExportError, match="stopped"):
            exports()[way].to(tmp_path / way, late)
        assert not (tmp_path / way).exists()


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "modeling.py").mkdir()
    with pytest.raises(ExportError):
        exports()["huggingface"].to(tmp_path, leaving("xor"))
    assert [path.name for path in tmp_path.iterdir()] == ["modeling.py"]


def test_all_says_seed_data_and_versions() -> None:
    found = about(leaving("iris"))
    assert found["seed"] == 0 and found["data"] == "iris" and found["data_mark"] and found["torch"] == torch.__version__
    assert found["classes"] == ["setosa", "versicolor", "virginica"] and found["rows"] == 150
