"""Updates that spare time or memory: the same network, learnt by the same gradients, as far as they promise."""

from __future__ import annotations

import copy
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.errors import ExportError
from nnstudio.document.storage import save
from nnstudio.engine.checkpoint import load_past, of_parts, save_frame, to_parts
from nnstudio.engine.events import Ended, Paused, Refused, Rewound
from nnstudio.engine.experiment import Experiment, limits_of, make_experiment
from nnstudio.engine.graphs import CHECKED, SEEN_BEFORE, WARM_UPDATES, Graphs, Recorded, near
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Past, freeze, thaw
from nnstudio.engine.runtime.sparing import Sparing
from nnstudio.engine.runtime.training import Diverged, Limits, Progress, Update, update
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.updating import make_optimizer
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.export import check_source, export_python, source_of
from tests.commands import run_script
from tests.helpers import chain, choice, finish, keys, sound

ROOT = Path(__file__).resolve().parents[2]
WIDE = [
    ("linear", "a", {"units": 12, "activation": choice("tanh")}),
    ("linear", "o", {"units": 2}),
]
DROPPING = [WIDE[0], ("dropout", "d", {"p": 0.5}), WIDE[1]]


def net(*layers: Any, loss: str = "cross_entropy", **training: Any) -> Program:
    return sound(chain(*(layers or WIDE), data=choice("rings"), loss=choice(loss), batch_size=30, **training))


def gradients(experiment: Experiment, step: Any, updates: int = 1) -> tuple[list[Any], list[torch.Tensor]]:
    """Make so many updates; returns the losses, and the gradients of the last."""
    torch.manual_seed(5)
    losses = []
    for number in range(updates):
        rows = slice(30 * number, 30 * number + 30)
        batch = experiment.data.batch(rows)
        experiment.model.train()
        losses.append(
            step(experiment.model, experiment.criterion, experiment.optimizer, *batch, limits_of(experiment.program))[0]
        )
    return losses, [p.grad.clone() for p in experiment.model.parameters() if p.grad is not None]


def digits(numbers: list[torch.Tensor]) -> list[torch.Tensor]:
    return [n.double() for n in numbers]


# -- gradient accumulation -------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge", "mse", "huber", "l1_loss"])
@pytest.mark.parametrize("parts", [2, 4, 7, 30])
def test_the_gradient_of_a_batch_in_parts_is_that_of_the_batch(loss: str, parts: int) -> None:
    program = net(loss=loss, dtype="float64")
    whole, cut = make_experiment(program), make_experiment(program)
    losses, slopes = gradients(whole, update, 3)
    cut_losses, cut_slopes = gradients(cut, Sparing(parts), 3)
    torch.testing.assert_close(cut_losses, losses, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(cut_slopes, slopes, rtol=1e-9, atol=1e-12)


def test_weights_of_classes_are_those_of_the_whole_batch() -> None:
    """The mean of the parts' losses would be another loss where classes weigh differently."""
    document = chain(
        *WIDE,
        data=choice("rings"),
        loss=choice("cross_entropy", class_weights=(1.0, 9.0)),
        batch_size=30,
        dtype="float64",
    )
    program = sound(document)
    whole, cut = make_experiment(program), make_experiment(program)
    torch.testing.assert_close(gradients(cut, Sparing(5))[1], gradients(whole, update)[1], rtol=1e-9, atol=1e-12)


def test_dropout_draws_the_same_masks_on_the_way_back() -> None:
    """Finite differences of the loss that the parts gave, with the draws they made."""
    experiment = make_experiment(net(*DROPPING, dtype="float64"))
    model, criterion = experiment.model.train(), experiment.criterion
    batch = experiment.data.batch(slice(0, 30))
    still = _Still()

    def loss() -> float:
        torch.manual_seed(3)
        return float(Sparing(4)(model, criterion, still, *batch, Limits())[0])

    for parameter in model.parameters():
        parameter.grad = None
    loss()
    weight = next(model.parameters())
    slope = float(weight.grad[0, 0])
    with torch.no_grad():
        weight[0, 0] += 1e-6
        for parameter in model.parameters():
            parameter.grad = None
    high = loss()
    with torch.no_grad():
        weight[0, 0] -= 2e-6
    assert (high - loss()) / 2e-6 == pytest.approx(slope, rel=1e-5)


class _Still:
    param_groups: tuple[Any, ...] = ()

    def zero_grad(self, set_to_none: bool = True) -> None:
        return None

    def step(self) -> None:
        return None


def test_the_generator_stands_where_a_whole_batch_leaves_it_for_the_next_part() -> None:
    experiment = make_experiment(net(*DROPPING))
    torch.manual_seed(1)
    gradients(experiment, Sparing(3))
    state = torch.get_rng_state()
    torch.manual_seed(5)
    for _ in range(3):
        experiment.model(*experiment.data.batch(slice(0, 10))[0])
    assert torch.equal(state, torch.get_rng_state())


def test_what_needs_a_batch_whole_gets_it_whole_and_the_student_is_told() -> None:
    coupled = chain(
        WIDE[0], ("batch_norm_1d", "n", {}), WIDE[1], data=choice("rings"), loss=choice("cross_entropy"), parts=4
    )
    lowered = lower(coupled)
    assert lowered.program is not None and lowered.program.parts == 1
    from nnstudio.compile.analysis import analyse

    found = {p.what.key for p in analyse(lowered).problems}
    assert "parts.whole.what" in found
    many = lower(chain(*WIDE, data=choice("rings"), loss=choice("cross_entropy"), parts=64, batch_size=8))
    assert many.program is not None and many.program.parts == 8
    assert "parts.many.what" in {p.what.key for p in analyse(many).problems}


def test_parts_take_less_memory() -> None:
    """The largest tensor kept for the way back has a part's rows, not the batch's."""
    program = net(("linear", "a", {"units": 500, "activation": choice("tanh")}), WIDE[1], parts=6)
    experiment = make_experiment(program)
    sizes: list[int] = []

    def note(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() == 2 and tensor.shape[1] == 500:
            sizes.append(len(tensor))
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        gradients(experiment, Sparing(6))
    assert sizes and max(s for s in sizes if s != 2) == 5


# -- mixed precision -------------------------------------------------------------------------------


@pytest.mark.parametrize(("half", "off"), [("bfloat16", 2e-2), ("float16", 6e-3)])
def test_products_have_fewer_digits_and_weights_all(half: str, off: float) -> None:
    program = net(dtype=half)
    assert program.half == half and program.dtype == "float32" and program.spares
    full, mixed = make_experiment(replace(program, half="")), make_experiment(program)
    assert mixed.sparing is not None
    losses, slopes = gradients(full, update, 4)
    seen: list[torch.dtype] = []
    mixed.model.get_submodule(
        next(n for n, m in mixed.model.named_modules() if isinstance(m, torch.nn.Linear))
    ).register_forward_hook(lambda module, given, result: seen.append(result.dtype))
    mixed_losses, mixed_slopes = gradients(mixed, mixed.sparing, 4)
    assert set(seen) == {getattr(torch, half)}
    assert all(p.dtype == torch.float32 for p in mixed.model.parameters())
    for one, two in zip(slopes, mixed_slopes, strict=True):
        assert float((one - two).abs().max()) <= off * float(one.abs().max())
        assert not torch.equal(one, two), "products were worked out with all digits"
    torch.testing.assert_close(mixed_losses, losses, rtol=off, atol=off)


def test_float16_keeps_gradients_that_would_be_lost() -> None:
    """Slopes of 1e-9 are zero in float16; scaled by 65,536 they are not."""
    model = torch.nn.Linear(4, 1)
    batch = (torch.ones(2, 4),), (torch.zeros(2, 1),)
    found = {}
    for scaled in (True, False):
        step = Sparing(half="float16")
        if not scaled:
            step.scaler = None
        twin = copy.deepcopy(model)
        step(twin, lambda y, t: ((y * 1e-8).sum(), y, t), torch.optim.SGD(twin.parameters(), lr=0.0), *batch, Limits())
        found[scaled] = float(twin.weight.grad.abs().max())
    assert found[True] == pytest.approx(2e-8, rel=1e-2) and found[False] == 0.0


def test_an_update_whose_gradient_is_too_large_for_the_format_is_left_out() -> None:
    model = torch.nn.Linear(4, 1)
    before = model.weight.detach().clone()
    step = Sparing(half="float16")
    batch = (torch.ones(2, 4),), (torch.zeros(2, 1),)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scale = step.scaler.state_dict()["scale"]
    step(model, lambda y, t: ((y * 100.0).sum(), y, t), optimizer, *batch, Limits())
    assert torch.equal(model.weight, before) and step.scaler.state_dict()["scale"] == scale / 2
    for _ in range(12):
        step(model, lambda y, t: ((y * 100.0).sum(), y, t), optimizer, *batch, Limits())
    assert not torch.equal(model.weight, before) and bool(torch.isfinite(model.weight).all())


@pytest.mark.parametrize("training", [{"dtype": "float16"}, {"dtype": "bfloat16", "parts": 3}, {"parts": 4}])
def test_a_run_goes_back_and_on_to_the_same_bits(training: dict[str, Any]) -> None:
    program = net(*DROPPING, epochs=6, **training)
    usual, _ = finish(Trainer(program, past=Past(), threads=1))
    trainer = Trainer(program, paused=True, threads=1)
    trainer.start()
    _until(trainer, Paused)
    trainer.step("epoch")
    _until(trainer, Paused)
    trainer.go_to(3)
    _until(trainer, Rewound)
    trainer.resume()
    ended = _until(trainer, Ended)
    assert ended.how == "finished"
    for name, value in usual.weights.items():
        assert (ended.weights[name] == value).all(), name


def _until(trainer: Trainer, kind: type[Any]) -> Any:
    while True:
        event = trainer.events.get(timeout=60)
        if isinstance(event, kind):
            return event
        assert not isinstance(event, Ended), event


def test_the_scale_of_the_loss_is_kept_with_the_run(tmp_path: Path) -> None:
    experiment = make_experiment(net(dtype="float16"))
    assert experiment.sparing is not None
    gradients(experiment, experiment.sparing, 3)
    experiment.sparing.scaler.update(512.0)
    progress = Progress([g["lr"] for g in experiment.optimizer.param_groups])
    frame = freeze(experiment, progress, (1, 0, 0, 0, 0, 0.0), Lines())
    save_frame(tmp_path / "run.pt", frame)
    plain, arrays = to_parts(Past.of([frame], [], []))
    for past in (load_past(tmp_path / "run.pt"), of_parts(plain, arrays)):
        fresh = make_experiment(experiment.program)
        thaw(fresh, past.frames[-1])
        assert fresh.sparing is not None and fresh.sparing.scaler.state_dict()["scale"] == 512.0
    state = torch.load(io.BytesIO((tmp_path / "run.pt").read_bytes()), weights_only=True)
    state["scaler"] = {**state["scaler"], "scale": -1.0}
    torch.save(state, tmp_path / "odd.pt")
    with pytest.raises(Exception, match="loss scale"):
        load_past(tmp_path / "odd.pt")


@pytest.mark.parametrize("training", [{"dtype": "bfloat16"}, {"dtype": "float16", "parts": 3}, {"parts": 4}])
def test_the_script_trains_as_the_program_does(training: dict[str, Any], tmp_path: Path) -> None:
    program = net(*DROPPING, epochs=3, **training)
    export_python(program, tmp_path)
    done = run_script(
        [sys.executable, "train.py", "--json", "--threads", "1"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    end, _ = finish(Trainer(program, device="cpu", threads=1, snapshots=False))
    assert end.report is not None and json.loads(done.stdout)["history"] == list(end.report["history"])


def test_a_device_that_a_script_cannot_have_is_said(tmp_path: Path) -> None:
    export_python(net(epochs=1), tmp_path)
    for device, said in (("cuda:77", True), ("gpu", True), ("cpu", False), ("auto", False)):
        done = run_script(
            [sys.executable, "train.py", "--threads", "1", "--device", device],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0 and ("runs on the CPU" in done.stderr) == said


def test_the_gate_sees_a_script_that_spares_otherwise() -> None:
    program = net(parts=4)
    text = source_of(program).text
    check_source(program, text)
    with pytest.raises(ExportError):
        check_source(program, text.replace("PARTS = 4", "PARTS = 3"))
    with pytest.raises(ExportError):
        check_source(
            program,
            text.replace("(leaf.grad[start:end])", "").replace("leaf.grad[start:end]", "2 * leaf.grad[start:end]"),
        )


# -- fused operations ------------------------------------------------------------------------------


def test_without_a_compiler_a_run_goes_on_as_usual_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile(model: Any) -> Any:
        def missing(*inputs: Any) -> Any:
            raise RuntimeError("Compiler: cl is not found.")

        return missing

    monkeypatch.setattr(torch, "compile", compile)
    program = net(*DROPPING, epochs=3, compiled=True)
    usual, _ = finish(Trainer(replace(program, compiled=False), threads=1))
    ended, events = finish(Trainer(program, threads=1))
    said = [event.reason for event in events if isinstance(event, Refused)]
    assert ended.how == "finished" and [reason.key for reason in said] == ["run.not_fused"]
    assert "cl is not found" in str(said[0].args["detail"])
    assert all((ended.weights[name] == value).all() for name, value in usual.weights.items())


def test_fused_operations_learn_the_same(tmp_path: Path) -> None:
    """In a program of its own: what fuses leaves threads behind."""
    document = chain(*WIDE, data=choice("rings"), loss=choice("cross_entropy"), batch_size=30, epochs=2, compiled=True)
    save(tmp_path / "net.nns", document)
    done = subprocess.run(
        [sys.executable, "main.py", "train", str(tmp_path / "net.nns"), "--threads", "1", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=400,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    if "no way to fuse" in done.stderr + done.stdout:
        pytest.skip("no compiler here")
    usual, _ = finish(Trainer(replace(sound(document), compiled=False), threads=1))
    fused = load_file(tmp_path / "weights.safetensors")
    for name, value in usual.weights.items():
        torch.testing.assert_close(torch.tensor(value), fused[name], rtol=1e-3, atol=1e-4)


# -- CUDA graphs, with a stand-in that works the batch out again ------------------------------------


def stand_in(work: Any) -> tuple[Any, Any]:
    """Stands for a graph: the results are written where they were written first."""
    results = work()

    def replay() -> None:
        anew = work()
        for own, new in zip([*results[:3], *results[3]], [*anew[:3], *anew[3]], strict=True):
            if own is not None:
                own.copy_(new)

    return results, replay


def run(program: Program, step: Any, updates: int = 60) -> tuple[list[float], list[torch.Tensor], torch.Tensor]:
    experiment = make_experiment(program)
    losses = []
    for event in experiment.train(
        10**6, lambda: program.batch_size, Progress([g["lr"] for g in experiment.optimizer.param_groups]), step=step
    ):
        if isinstance(event, Update):
            losses.append(float(event.loss))
            if len(losses) == updates:
                break
    return losses, [t.clone() for t in experiment.model.state_dict().values()], torch.get_rng_state()


@pytest.mark.parametrize("name", example_names())
def test_updates_by_graph_are_the_usual_ones(name: str) -> None:
    program = sound(load_example(name))
    graphs = Graphs(stand_in)
    usual, fast = run(program, update), run(program, graphs)
    assert graphs.fast
    assert usual[0] == fast[0] and torch.equal(usual[2], fast[2])
    assert all(torch.equal(a, b) for a, b in zip(usual[1], fast[1], strict=True))


def test_limits_hold_and_an_odd_last_batch_has_a_graph_of_its_own() -> None:
    program = net(*DROPPING, optimizer_params={"clip_norm": 0.1, "l1": 0.01})
    assert len(make_experiment(program).data) % 30
    graphs = Graphs(stand_in)
    usual, fast = run(program, update, 150), run(program, graphs, 150)
    assert graphs.fast and usual[0] == fast[0]


def test_what_cannot_be_recorded_goes_on_as_usual() -> None:
    def refuse(work: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing")

    graphs = Graphs(refuse)
    program = net()
    assert run(program, graphs)[0] == run(program, update)[0] and graphs.off and not graphs.fast


def test_a_graph_that_is_wrong_is_not_taken() -> None:
    def wrong(work: Any) -> Any:
        results, replay = stand_in(work)

        def off() -> None:
            replay()
            results[3][0].mul_(1.01)

        return results, off

    graphs = Graphs(wrong)
    program = net()
    assert run(program, graphs)[0] == run(program, update)[0] and graphs.off


def test_a_loss_that_is_no_number_is_found() -> None:
    program = net()
    experiment = make_experiment(program)
    graphs, batch = Graphs(stand_in), experiment.data.batch(slice(0, 30))
    given = (experiment.model, experiment.criterion, experiment.optimizer)
    for _ in range(WARM_UPDATES + SEEN_BEFORE + CHECKED):
        graphs(*given, *batch, Limits())
    assert graphs.fast
    before = [p.detach().clone() for p in experiment.model.parameters()]
    with pytest.raises(Diverged):
        graphs(*given, (batch[0][0] * float("nan"),), batch[1], Limits())
    assert all(torch.equal(a, b) for a, b in zip(before, experiment.model.parameters(), strict=True))


def test_weights_that_lie_elsewhere_need_another_graph() -> None:
    experiment = make_experiment(net())
    recorded = Recorded(experiment.model, experiment.criterion, *experiment.data.batch(slice(0, 30)), stand_in)
    assert recorded.fits(experiment.model)
    weight = next(experiment.model.parameters())
    weight.data = weight.data.clone()
    assert not recorded.fits(experiment.model)


def test_near_is_rounding_alone() -> None:
    one = torch.tensor([1.0, 1e3])
    assert near([one, None], [one * (1 + 1e-6), None])
    assert not near([one], [one * 1.01]) and not near([one], [None]) and not near([one], [one[:1]])
    assert not near([torch.tensor([1, 2])], [torch.tensor([1, 3])])
    assert not near([one], [torch.tensor([float("nan"), 1e3])])


def test_programs_are_told_by_their_settings() -> None:
    assert not net().spares and net(parts=2).spares and net(compiled=True).spares
    assert "precision.mixed" not in keys(lower(chain(*WIDE, data=choice("rings"), loss=choice("cross_entropy"))))
    assert make_optimizer(net(), make_experiment(net()).model) is not None
