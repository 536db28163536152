"""What the catalogue lacks stays as it is: a layer of the student's own files, with its source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from nnstudio.catalog import plugins
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.errors import ImportRefused
from nnstudio.document.groups import flatten
from nnstudio.engine.experiment import make_model
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from nnstudio.session.imports.finish import differences
from nnstudio.session.imports.torch_module import brought_from
from nnstudio.session.proving import prove
from tests.helpers import finish
from tests.owned import own_files

ROOT = Path(__file__).resolve().parents[2]


class RootMeanSquare(nn.Module):
    """RMSNorm as many write it (Zhang and Sennrich 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.rand(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain


class Bilinear(nn.Module):
    """A module of PyTorch's that takes two inputs, and a small one of the student's own."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.one = RootMeanSquare(6), nn.Linear(6, 5)
        self.both, self.out = nn.Bilinear(5, 6, 4), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.both(torch.relu(self.one(self.norm(x))), x))


class Patches(nn.Module):
    """A vision transformer: a class token and learnt positions."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, 8, 4, 4)
        self.token, self.places = nn.Parameter(torch.rand(1, 1, 8)), nn.Parameter(torch.rand(1, 5, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.blocks, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        return self.head(self.blocks(x)[:, 0])


class Spectrum(nn.Module):
    """Complex numbers on the way, and a window that is not learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.out = nn.Linear(8, 8), nn.Linear(5, 2)
        self.register_buffer("window", torch.hann_window(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.fft.rfft(torch.tanh(self.first(x)) * self.window).abs())


class Decoder(nn.Module):
    """Attention to another sequence, in a block and by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(6, 8), nn.Linear(6, 8)
        self.block = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True)
        self.cross, self.out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        other = self.other(x)
        y, _ = self.cross(self.block(self.one(x), other), other, other)
        return self.out(y.mean(1))


class Places(nn.Module):
    """Tokens with a table of places beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places, self.out = nn.Embedding(9, 6), nn.Embedding(7, 6), nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out((self.tokens(x) + self.places(torch.arange(x.shape[1]))).mean(1))


class Twice(nn.Module):
    """A box that is used twice stays one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.one = RootMeanSquare(6), nn.Linear(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.one(self.norm(x)))


class Tied(nn.Module):
    """One tensor in two ways: as a table, and as a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(9, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cumsum(self.table(x), 1) @ self.table.weight.t()


class Coupled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(x - torch.roll(x, 1, 0))


class Asking(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.cumsum(x + torch.rand_like(x) if self.training else x, 1))


SAMPLES = {
    Bilinear: torch.rand(5, 6),
    Patches: torch.rand(4, 3, 8, 8),
    Spectrum: torch.rand(5, 8),
    Decoder: torch.rand(4, 7, 6),
    Places: torch.randint(0, 9, (4, 7)),
    Twice: torch.rand(4, 6),
}


@pytest.fixture(autouse=True)
def own(tmp_path: Path) -> Iterator[Path]:
    with own_files(tmp_path / "own") as folder:
        yield folder


@pytest.mark.parametrize("kind", list(SAMPLES))
def test_what_the_catalogue_lacks_trains_and_goes_home(kind: type[nn.Module], own: Path) -> None:
    torch.manual_seed(1)
    module, samples = kind().eval(), SAMPLES[kind]
    brought = brought_from(module, samples)
    program = brought.lowered.program
    assert program is not None
    assert program.parameters == sum(parameter.numel() for parameter in module.parameters())
    with torch.no_grad():
        model, _ = make_model(program, program.seed, torch.device("cpu"))
        assert differences(module(samples).numpy(), model.eval()(samples).numpy()) <= 1e-6
    boxes = [node for node in flatten(brought.document).nodes if node.kind.startswith("kept_")]
    said = [str(note.args["file"]) for note in brought.notes if note.key == "import.boxed"]
    assert boxes and {f"layers/{node.kind}.py" for node in boxes} == set(said)
    assert all((own / file).is_file() for file in said)
    end, _ = finish(Trainer(program, device="cpu", epochs=1, threads=1))
    assert end.how == "finished", end.reason and end.reason.render()
    check_source(program, source_of(program).text, end.weights)


@pytest.mark.parametrize("kind", [Bilinear, Decoder])
def test_it_is_stepped_explained_and_saved(kind: type[nn.Module]) -> None:
    prove(brought_from(kind().eval(), SAMPLES[kind]).document)


def test_gradients_are_those_of_the_module() -> None:
    torch.manual_seed(2)
    module, x = Twice().eval(), SAMPLES[Twice]
    program = brought_from(module, x).lowered.program
    assert program is not None
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    for one in (module, model):
        one(x).pow(2).sum().backward()
    theirs = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    for parameter in model.parameters():
        assert any(parameter.shape == one.shape and torch.allclose(parameter.grad, one) for one in theirs)


def test_a_small_module_is_one_card_and_stays_readable(own: Path) -> None:
    brought = brought_from(Bilinear().eval(), SAMPLES[Bilinear])
    norm = next(node for node in brought.document.nodes if node.name == "norm")
    text = (own / "layers" / f"{norm.kind}.py").read_text(encoding="utf-8")
    assert "torch.rsqrt(add)" in text and "x.pow(2)" in text and "None" not in text
    assert 'title=Text("RootMeanSquare")' in text


def test_nothing_is_left_of_files_that_no_card_stands_for(own: Path) -> None:
    """Of a first attempt with three boxes for one module, and of networks that are refused in the end."""
    kept = own / "layers"
    document = brought_from(Bilinear().eval(), SAMPLES[Bilinear]).document
    kinds = {node.kind for node in document.nodes if node.kind.startswith("kept_")}
    assert {path.stem for path in kept.glob("kept_*.py")} == kinds and len(kinds) == 2
    for module, samples in ((Coupled(), torch.rand(4, 4)), (Tied(), torch.randint(0, 9, (4, 7)))):
        with pytest.raises(ImportRefused):
            brought_from(module.eval(), samples)
    assert {path.stem for path in kept.glob("kept_*.py")} == kinds
    # What was there before stays.
    brought_from(Bilinear().eval(), SAMPLES[Bilinear])
    assert {path.stem for path in kept.glob("kept_*.py")} == kinds


def test_what_does_not_move_stays_so() -> None:
    module = Bilinear().eval()
    module.both.requires_grad_(False)
    document = brought_from(module, SAMPLES[Bilinear]).document
    assert next(node for node in document.nodes if node.name == "both").params["frozen"]


def test_weights_that_are_used_in_two_ways_are_no_two_layers() -> None:
    with pytest.raises(ImportRefused) as caught:
        brought_from(Tied().eval(), torch.randint(0, 9, (4, 7)))
    assert "used in another way" in caught.value.message.render()


def test_samples_that_depend_on_each_other_are_refused() -> None:
    with pytest.raises(ImportRefused) as caught:
        brought_from(Coupled().eval(), torch.rand(4, 4))
    assert caught.value.message.key == "import.couples"


def test_what_asks_whether_it_is_trained_is_said() -> None:
    notes = brought_from(Asking(), torch.rand(4, 4)).notes
    assert [note.args["name"] for note in notes if note.key == "import.box_training"] == ["Asking"]


def test_a_folder_that_cannot_be_written_is_said(own: Path) -> None:
    own.mkdir(exist_ok=True)
    (own / "layers").write_text("a file where the folder would be")
    with pytest.raises(ImportRefused) as caught:
        brought_from(Spectrum().eval(), SAMPLES[Spectrum])
    assert "NNSTUDIO_OWN" in caught.value.message.render() and "NNSTUDIO_OWN" in caught.value.message.render("zh")


def test_a_file_that_was_changed_is_written_anew(own: Path) -> None:
    first = brought_from(Spectrum().eval(), SAMPLES[Spectrum])
    file = next(str(note.args["file"]) for note in first.notes if note.key == "import.boxed")
    (own / file).write_text("x = 1\n", encoding="utf-8")
    again = brought_from(Spectrum().eval(), SAMPLES[Spectrum])
    assert "rfft" in (own / file).read_text(encoding="utf-8") and again.lowered.program is not None


def test_another_process_opens_it_with_the_file_and_says_what_is_missing_without(own: Path, tmp_path: Path) -> None:
    brought = brought_from(Spectrum().eval(), SAMPLES[Spectrum])
    project = tmp_path / "net.nns"
    storage.save(project, brought.document, brought.parts)

    def checked() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nnstudio", "check", str(project), "--json"],
            cwd=ROOT,
            env={**os.environ, plugins.VARIABLE: str(own)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    with_file = checked()
    assert with_file.returncode == 0, with_file.stdout + with_file.stderr
    file = next(str(note.args["file"]) for note in brought.notes if note.key == "import.boxed")
    (own / file).unlink()
    without = checked()
    assert without.returncode != 0 and Path(file).stem in without.stdout
    assert any(problem["severity"] == "error" for problem in json.loads(without.stdout)["problems"])
    assert lower(brought.document).program is not None
