"""The network in numpy alone: against torch, against finite differences, and run by itself."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.entry import Loss
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.compile.gate import load_script
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document import storage
from nnstudio.document.edits import AddNode, Connect, Disconnect, SetParam, SetTraining
from nnstudio.document.errors import ExportError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params, Wire
from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.runtime.training import Epoch, Progress
from nnstudio.resources import resource
from nnstudio.session.examples import load_example
from nnstudio.session.exports import Leaving, exports
from nnstudio.session.exports.scratch import Cancelled, _numbers, check, rates_of, text_of
from nnstudio.session.writing import Writing
from tests.helpers import chain, choice

# What cannot be compared line by line: random slopes, whole networks as one operator, weights of their own.
REFUSED = {"activations": {"prelu", "rrelu"}, "optimizers": set(), "schedules": {"plateau"}}


def program_of(document: Document) -> Program:
    program = lower(document).program
    assert program is not None
    return program


def write(document: Document, folder: Path) -> dict[str, Any]:
    files = exports()["scratch"].to(folder, Leaving(program_of(document)))
    assert [file.name for file in files] == ["scratch.py", "scratch.npz"]
    return load_script(files[0].read_text(encoding="utf-8"), str(folder))


def trained(program: Program, epochs: int) -> list[Epoch]:
    experiment = make_experiment(program)
    progress = Progress([group["lr"] for group in experiment.optimizer.param_groups])
    events = experiment.train(epochs, lambda: program.batch_size, progress)
    return [event for event in events if isinstance(event, Epoch)]


def chosen(of: str, name: str) -> Choice:
    return Choice(name, complete(family(of)[name].fields, Params(), CATALOG))


def iris() -> Document:
    """Iris without dropout: norms, GELU, Adam with decay, clipping, a schedule."""
    document = load_example("iris")
    for node in ("drop1", "drop2"):
        document = SetParam(node, ("p",), 0.0).apply(document, CATALOG)
    return document


@pytest.mark.parametrize("activation", sorted(family("activations")))
def test_every_activation(activation: str, tmp_path: Path) -> None:
    document = SetParam("hidden", ("activation",), chosen("activations", activation)).apply(
        load_example("xor"), CATALOG
    )
    if activation in REFUSED["activations"]:
        with pytest.raises(ExportError) as caught:
            write(document, tmp_path)
        assert caught.value.message.key == "scratch.unknown" and not list(tmp_path.iterdir())
        return
    write(document, tmp_path)


@pytest.mark.parametrize("optimizer", sorted(family("optimizers")))
@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_every_optimizer(optimizer: str, decay: float, tmp_path: Path) -> None:
    choice = chosen("optimizers", optimizer)
    if decay and "weight_decay" in choice.params:
        choice = Choice(optimizer, choice.params.with_value("weight_decay", decay))
    write(SetParam("optimizer", ("optimizer",), choice).apply(iris(), CATALOG), tmp_path)


@pytest.mark.parametrize("schedule", sorted(family("schedules")))
def test_every_schedule(schedule: str, tmp_path: Path) -> None:
    document = SetParam("optimizer", ("schedule",), chosen("schedules", schedule)).apply(iris(), CATALOG)
    document = SetParam("optimizer", ("warmup",), 3).apply(document, CATALOG)
    if schedule in REFUSED["schedules"]:
        with pytest.raises(ExportError) as caught:
            write(document, tmp_path)
        assert caught.value.message.key == "scratch.plateau"
        return
    script = write(document, tmp_path)
    rates = np.array(script["load"]()[3])
    assert rates.T.tolist() == rates_of(program_of(document))
    # Those that the training itself writes into its history.
    wanted = [epoch.learning_rate for epoch in trained(program_of(document), 8)]
    assert rates[:8, 0].tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("loss", sorted(family("losses")))
def test_every_loss(loss: str, tmp_path: Path) -> None:
    entry = family("losses")[loss]
    assert isinstance(entry, Loss)
    many = entry.target == "index" or entry.expects == "log_probabilities"
    document = load_example("rings" if many else "xor")
    node = next(n.id for n in document.nodes if n.kind == "loss")
    document = SetParam(node, ("loss",), chosen("losses", loss)).apply(document, CATALOG)
    expects = entry.expects
    last = "output" if "output" in document.by_id else "out"
    if expects in ("probabilities", "log_probabilities"):
        form = "sigmoid" if expects == "probabilities" else "log_softmax"
        document = SetParam(last, ("activation",), chosen("activations", form)).apply(document, CATALOG)
    write(document, tmp_path)


LESSONS = ("A1", "A2", "A4", "B1", "C1", "C3", "C9", "D12", "D13", "E1", "E4", "E5")


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons(lesson: str, tmp_path: Path) -> None:
    write(storage.load(resource("lessons", f"{lesson}.nns"))[0], tmp_path)


def test_gradients_are_those_of_finite_differences(tmp_path: Path) -> None:
    script = write(iris(), tmp_path)
    weights, x, t, _ = script["load"]()
    x, t = x[:20], t[:20]
    v = script["forward"](weights, x, t)
    g = script["backward"](weights, v)
    assert set(g) == set(weights)
    for name, gradient in g.items():
        flat = weights[name].reshape(-1)
        for place in (0, flat.size // 2, flat.size - 1):
            kept, sides = flat[place], []
            for step in (1e-6, -1e-6):
                flat[place] = kept + step
                sides.append(script["forward"](weights, x, t).loss)
            flat[place] = kept
            assert gradient.reshape(-1)[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-8)


def test_dropout_drops_with_random_numbers_only(tmp_path: Path) -> None:
    script = write(load_example("iris"), tmp_path)
    weights, x, t, _ = script["load"]()
    still = script["forward"](weights, x, t)
    assert still.drop1_mask == 1.0
    drawn = script["forward"](weights, x, t, np.random.default_rng(0))
    assert set(np.unique(drawn.drop1_mask.round(6))) == {0.0, 1.25}
    assert np.mean(drawn.drop1_mask == 0) == pytest.approx(0.2, abs=0.02)
    g = script["backward"](weights, drawn)
    assert all(np.isfinite(gradient).all() for gradient in g.values())


@pytest.mark.parametrize("example", ["xor", "backprop-2-2-2"])
def test_it_trains_as_the_program_does(example: str, tmp_path: Path) -> None:
    """Where the batch is all there is, in a fixed order, the two go the same way, 64 bits against the program's."""
    document = SetTraining(("shuffle",), False).apply(load_example(example), CATALOG)
    document = SetTraining(("dtype",), "float64").apply(document, CATALOG)
    document = SetTraining(("epochs",), 40).apply(document, CATALOG)
    write(document, tmp_path)
    found = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "scratch.py")], capture_output=True, text=True, timeout=120, check=True
    )
    lines = found.stdout.strip().split("\n")
    assert len(lines) == 40
    last = trained(program_of(document), 40)[-1]
    assert float(lines[-1].split()[-1]) == pytest.approx(last.train_loss, rel=1e-5)
    assert "torch" not in (tmp_path / "scratch.py").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("example", ["digits", "memory", "karate"])
def test_what_is_not_written_out_is_said_and_nothing_is_written(example: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        write(load_example(example), tmp_path)
    assert caught.value.message.key in ("scratch.unknown", "scratch.data")
    assert not list(tmp_path.iterdir())


def test_a_script_that_computes_something_else_is_refused() -> None:
    program = program_of(load_example("xor"))
    text, (_, arrays) = text_of(program), _numbers(program, None, rates_of(program))
    check(program, text, arrays)
    for right, wrong in (
        ("(1 - v.hidden ** 2)", "(1 - v.hidden)"),
        ("d.output.sum(axis=0)", "d.output.mean(axis=0)"),
        ("np.tanh(", "np.sin("),
        ("m / (1 - β1 ** t)", "m"),
    ):
        assert right in text
        with pytest.raises(ExportError):
            check(program, text.replace(right, wrong), arrays)


def test_a_title_is_no_code(tmp_path: Path) -> None:
    program = replace(program_of(load_example("xor")), title='"""\nimport os; os.abort()\n# {x}')
    text = text_of(program)
    assert text.split("\n")[0].startswith("# ") and "abort" in text.split("\n")[0]
    assert callable(load_script(text)["forward"])


def test_what_would_compute_something_else_is_refused_before_it_is_shown(tmp_path: Path) -> None:
    """Values of unlike shapes are joined: torch stretches them, and sums the gradient."""
    document = chain(
        ("linear", "wide", {"units": 4}),
        ("linear", "after", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    for edit in (
        AddNode("linear", "thin", (0.0, 0.0), Params({"units": 1})),
        AddNode("subtract", "less", (0.0, 0.0)),
        Disconnect(Wire("wide", "y", "after", "x")),
        Connect(Wire("data", "x", "thin", "x")),
        Connect(Wire("wide", "y", "less", "x")),
        Connect(Wire("thin", "y", "less", "b")),
        Connect(Wire("less", "y", "after", "x")),
    ):
        document = edit.apply(document, CATALOG)
    with pytest.raises(ExportError) as caught:
        write(document, tmp_path)
    assert caught.value.message.key == "scratch.differs" and not list(tmp_path.iterdir())
    work = Writing(program_of(document))
    work.work()
    assert work.reason is not None and work.reason.key == "scratch.differs" and not work.text


def test_a_long_schedule_is_stopped_and_does_not_make_a_long_text(tmp_path: Path) -> None:
    document = SetParam("optimizer", ("schedule",), chosen("schedules", "cosine")).apply(iris(), CATALOG)
    long = program_of(SetTraining(("epochs",), 5000).apply(document, CATALOG))
    assert len(text_of(long).split("\n")) < 150
    with pytest.raises(Cancelled):
        rates_of(long, lambda: True)


def test_softplus_far_out_is_finite(tmp_path: Path) -> None:
    soft = chosen("activations", "softplus")
    document = SetParam("hidden", ("activation",), soft).apply(load_example("xor"), CATALOG)
    script = write(document, tmp_path)
    weights, x, t, _ = script["load"]()
    weights["hidden.weight"] *= 1e4
    with np.errstate(over="ignore"):
        v = script["forward"](weights, x, t)
        found = script["backward"](weights, v)
    assert np.isfinite(v.loss) and all(np.isfinite(g).all() for g in found.values())


def test_that_batch_norm_is_in_training_is_said(tmp_path: Path) -> None:
    write(iris(), tmp_path)
    assert "batch norm takes mean and spread of the batch" in (tmp_path / "scratch.py").read_text(encoding="utf-8")
    write(load_example("xor"), tmp_path)
    assert "batch norm" not in (tmp_path / "scratch.py").read_text(encoding="utf-8")
