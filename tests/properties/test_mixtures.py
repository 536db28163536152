"""Optimizers per layer: mixtures compared with plain torch optimizers side by side, bit for bit, on every way that a
run can take.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.catalog.entry import Epochs, GroupRates, Hyperbola
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.compile.resolve import resolve
from nnstudio.document.edits import AddNode, SetParam
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.adopt import can_adopt
from nnstudio.engine.checkpoint import load_past, of_parts, save_frame, to_parts
from nnstudio.engine.events import Adopted, Paused
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.runtime.replay import WARM_UPDATES
from nnstudio.engine.runtime.training import epoch_order
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python
from tests.commands import run_script
from tests.engine.test_past import Run, same
from tests.explain.test_spelling import run_notebook
from tests.helpers import chain, choice, finish, keys, sound

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
OPTIMIZERS = sorted(family("optimizers"))
SCHEDULES = sorted(family("schedules"))
LAYERS = ("a", "b", "c", "d")


def mixture(
    own: dict[str, dict[str, Any]],
    others: tuple[tuple[str, str, tuple[str, ...]], ...] = (),
    main: str = "adam",
    **whole: Any,
) -> Document:
    """Four layers: their own settings, and Optimizer nodes besides the network's as (rule, schedule, names)."""
    layers = tuple(
        (
            "linear",
            name,
            {
                "units": 3 if name == "d" else 5,
                "activation": choice("identity" if name == "d" else "tanh"),
                **own.get(name, {}),
            },
        )
        for name in LAYERS
    )
    training = {
        "epochs": 4,
        "batch_size": 32,
        **{key: whole.pop(key) for key in ("epochs", "batch_size") if key in whole},
    }
    document = chain(
        *layers,
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice(main),
        optimizer_params=whole,
        **training,
    )
    for number, (rule, schedule, names) in enumerate(others):
        document = AddNode(
            "optimizer",
            f"other{number}",
            (0.0, 0.0),
            Params({"optimizer": choice(rule), "schedule": choice(schedule), "serves": names}),
        ).apply(document, CATALOG)
    return document


def settings_of(document: Document, layer: str) -> tuple[Choice, Choice]:
    """The rule and the schedule of a layer, found in the document alone."""

    def completed(value: Choice, name: str) -> Choice:
        return CATALOG.choice(name, value.kind) and Choice(
            value.kind,
            Params({f.name: value.params.get(f.name, f.default) for f in CATALOG.choice(name, value.kind).fields}),
        )

    node = document.by_id[layer]
    server = next(
        (n for n in document.nodes if n.kind == "optimizer" and layer in n.params.get("serves", ())),
        document.by_id["optimizer"],
    )
    rule, schedule = (
        node.params.get("optimizer") or server.params.get("optimizer") or choice("adam"),
        node.params.get("schedule") or server.params.get("schedule") or choice("constant"),
    )
    return completed(rule, "optimizers"), completed(schedule, "schedules")


def plain_torch(document: Document, program: Program, updates: int | None = None) -> dict[str, np.ndarray]:  # noqa: C901  every optimizer written out in full
    """Train with an optimizer and a scheduler of torch for every layer by itself, in a loop written here."""
    cpu = torch.device("cpu")
    model, criterion = make_model(program, program.seed, cpu)
    data, validation = load_parts(program, cpu)
    whole = document.by_id["optimizer"].params
    warmup = int(whole.get("warmup", 0))
    optimizers, schedules, rates = [], [], []
    for layer in LAYERS:
        node = document.by_id[layer]
        if node.params.get("frozen"):
            continue
        rule, schedule = settings_of(document, layer)
        entry, planned = family("optimizers")[rule.kind], family("schedules")[schedule.kind]
        group: dict[str, Any] = {"params": list(model.get_submodule(layer).parameters())}
        if node.params.get("learning_rate") is not None:
            group["lr"] = node.params["learning_rate"]
        if node.params.get("weight_decay") is not None:
            group["weight_decay"] = node.params["weight_decay"]
        optimizer = resolve(entry.target)([group], **entry.kwargs(rule.params))
        optimizers.append(optimizer)
        made = None
        if planned.target is not None:
            given = {}
            for key, value in planned.kwargs(schedule.params).items():
                if isinstance(value, Epochs):
                    value = max(1, program.epochs - warmup) + value.more
                elif isinstance(value, GroupRates):
                    value = [value.share * optimizer.param_groups[0]["lr"]]
                elif isinstance(value, Hyperbola):
                    value = (lambda h: lambda t: h.scale / (h.shift + t))(value)
                given[key] = value
            made = resolve(planned.target)(optimizer, **given)
        schedules.append(made)
        # Some schedules set the first rate when they are made; the warm-up rises to that.
        rates.append(optimizer.param_groups[0]["lr"])
    torch.manual_seed(program.seed)
    count = 0
    # The order in which squares are summed for the norm is seen in the last bit.
    learnt = [model.get_parameter(path) for updater in program.updaters for path in updater.parameters]
    assert {id(p) for p in learnt} == {id(p) for optimizer in optimizers for p in optimizer.param_groups[0]["params"]}
    for epoch in range(1, program.epochs + 1):
        model.train()
        if warmup and epoch <= warmup + 1:
            for optimizer, rate in zip(optimizers, rates, strict=True):
                optimizer.param_groups[0]["lr"] = rate * min(1.0, epoch / (warmup + 1))
        order = epoch_order(len(data), epoch, program.seed, program.shuffle)
        total, position = torch.zeros((), dtype=torch.float64), 0
        while position < len(data):
            rows = order[position : position + program.batch_size]
            inputs, targets = data.batch(rows)
            out = model(*inputs)
            loss = criterion(*(out if isinstance(out, tuple) else (out,)), *targets)[0]
            model.zero_grad(set_to_none=True)
            loss.backward()
            if whole.get("clip_value") is not None:
                torch.nn.utils.clip_grad_value_(learnt, whole["clip_value"], foreach=False)
            if whole.get("clip_norm") is not None:
                torch.nn.utils.clip_grad_norm_(learnt, whole["clip_norm"], foreach=False)
            if whole.get("l1"):
                with torch.no_grad():
                    for parameter in learnt:
                        parameter.grad.add_(parameter.sign(), alpha=whole["l1"])
            for optimizer in optimizers:
                optimizer.step()
            total.add_(loss.detach(), alpha=len(rows))
            position += len(rows)
            count += 1
            if count == updates:
                return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}
        model.eval()
        with torch.no_grad():
            inputs, targets = validation.batch(torch.arange(len(validation)))
            out = model(*inputs)
            watched = float(criterion(*(out if isinstance(out, tuple) else (out,)), *targets)[0])
        for schedule in schedules:
            if schedule is None or epoch <= warmup:
                continue
            if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
                schedule.step(watched)
            else:
                schedule.step()
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


@st.composite
def mixtures(draw: Any) -> Document:
    own: dict[str, dict[str, Any]] = {}
    for name in LAYERS:
        mine: dict[str, Any] = {}
        if draw(st.booleans()):
            mine["optimizer"] = choice(draw(st.sampled_from(OPTIMIZERS)))
        if draw(st.integers(0, 2)) == 0:
            mine["schedule"] = choice(draw(st.sampled_from(SCHEDULES)))
        if draw(st.integers(0, 3)) == 0:
            mine["learning_rate"] = draw(st.sampled_from((0.001, 0.02, 0.3)))
        if draw(st.integers(0, 3)) == 0:
            mine["weight_decay"] = draw(st.sampled_from((0.0, 0.01)))
        if name != "d" and draw(st.integers(0, 5)) == 0:
            mine["frozen"] = True
        own[name] = mine
    names = draw(st.permutations(LAYERS))
    parts = draw(st.sampled_from(((), (1,), (2,), (1, 2))))
    others, at = [], 0
    for size in parts:
        others.append(
            (draw(st.sampled_from(OPTIMIZERS)), draw(st.sampled_from(SCHEDULES)), tuple(names[at : at + size]))
        )
        at += size
    whole: dict[str, Any] = {}
    if draw(st.booleans()):
        whole["clip_norm"] = draw(st.sampled_from((0.1, 2.0)))
    if draw(st.integers(0, 3)) == 0:
        whole["clip_value"] = 0.05
    if draw(st.integers(0, 3)) == 0:
        whole["l1"] = 0.001
    if draw(st.integers(0, 2)) == 0:
        whole["warmup"] = draw(st.integers(1, 2))
    return mixture(
        own,
        tuple(others),
        main=draw(st.sampled_from(OPTIMIZERS)),
        schedule=choice(draw(st.sampled_from(SCHEDULES))),
        **whole,
    )


@settings(
    max_examples=400 if FULL else 25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not FULL
)
@given(mixtures())
def test_a_mixture_trains_as_plain_torch_optimizers_do(document: Document) -> None:
    program = sound(document)
    wanted = plain_torch(document, program)
    if not all(np.isfinite(array).all() for array in wanted.values()):
        return
    ended, _ = finish(Trainer(program, device="cpu"))
    assert ended.reason is None
    for name, array in wanted.items():
        np.testing.assert_array_equal(ended.weights[name], array, err_msg=name)


MIXED = {
    "a": {"optimizer": choice("sgd", momentum=0.9), "schedule": choice("step")},
    "b": {"optimizer": choice("rmsprop")},
    "c": {"learning_rate": 0.02},
}


def mixed(**whole: Any) -> Document:
    return mixture(
        MIXED, (("adamw", "cosine", ("d",)),), **{"clip_norm": 1.0, "schedule": choice("exponential"), **whole}
    )


def test_a_step_shows_each_layer_its_own_rule_and_numbers() -> None:
    from nnstudio.engine.events import Stepped

    document = mixed()
    program = sound(document)
    run = Run(program)
    for _ in range(2):
        run.step()
    run.trainer.step("batch")
    trace = run.until(Stepped).trace
    run.until(Paused)
    after = run.weights()
    run.stop()
    wanted = plain_torch(document, program, 3)
    rules = {}
    for path, record in trace.parameters.items():
        np.testing.assert_array_equal(record.new, after[path])
        np.testing.assert_array_equal(after[path], wanted[path])
        rules[record.node] = record.rule
    assert len(set(rules.values())) == 4 and "momentum" not in rules
    entries = family("optimizers")
    assert rules == {
        "a": entries["sgd"].rule.forward,
        "b": entries["rmsprop"].rule.forward,
        "c": entries["adam"].rule.forward,
        "d": entries["adamw"].rule.forward,
    }
    assert run_notebook(program, trace).count("✓") > 12


def test_updates_are_taken_back_and_a_run_goes_on_from_disk(tmp_path: Path) -> None:
    program = sound(mixed())
    whole = plain_torch(mixed(), program)
    run = Run(program)
    seen = [run.weights()]
    for _ in range(6):
        seen.append(run.step())
    for place in (4, 1, 5, 0, 6):
        assert same(run.go(place), seen[place]), place
    past = run.trainer.kept(None)
    assert past is not None
    plain, arrays = to_parts(past)
    save_frame(tmp_path / "run.pt", past.frames[-1])
    run.stop()
    for again in (of_parts(json.loads(json.dumps(plain)), arrays), load_past(tmp_path / "run.pt")):
        ended, _ = finish(Trainer(program, device="cpu", past=again))
        for name, array in whole.items():
            np.testing.assert_array_equal(ended.weights[name], array, err_msg=name)


def test_a_state_of_another_mixture_is_not_believed(tmp_path: Path) -> None:
    from nnstudio.document.errors import TrainError
    from nnstudio.engine.claims import check_frames

    program = sound(mixed())
    run = Run(program)
    run.step("epoch")
    past = run.trainer.past
    run.stop()
    assert past is not None
    check_frames(program, past.frames)
    other = sound(
        mixture(
            {**MIXED, "b": {"optimizer": choice("adam")}},
            (("adamw", "cosine", ("d",)),),
            clip_norm=1.0,
            schedule=choice("exponential"),
        )
    )
    with pytest.raises(TrainError):
        check_frames(other, past.frames)


def test_replay_of_a_mixture_is_used_and_gives_the_same_bits() -> None:
    document = mixed(epochs=30)
    program = sound(document)
    trainer = Trainer(program, device="cpu")
    ended, _ = finish(trainer)
    assert 30 * math.ceil(120 / 32) > WARM_UPDATES
    for name, array in plain_torch(document, program).items():
        np.testing.assert_array_equal(ended.weights[name], array, err_msg=name)


def test_a_script_at_home_does_the_same(tmp_path: Path) -> None:
    """The gate compares updates and two epochs of the script's own loop; here all of it runs."""
    document = mixed()
    program = sound(document)
    export_python(program, tmp_path)
    import sys

    from safetensors.numpy import load_file

    done = run_script(
        [sys.executable, str(tmp_path / "train.py"), "--device", "cpu", "--save", str(tmp_path / "w.safetensors")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for name, array in plain_torch(document, program).items():
        np.testing.assert_array_equal(load_file(tmp_path / "w.safetensors")[name], array, err_msg=name)


def test_settings_of_a_mixture_are_taken_over_by_a_run() -> None:
    document = mixed()
    faster = SetParam("a", ("optimizer", "learning_rate"), 0.05).apply(document, CATALOG)
    assert can_adopt(sound(document), sound(faster))
    for other in (
        SetParam("a", ("optimizer",), choice("adam")).apply(document, CATALOG),
        SetParam("c", ("optimizer",), choice("sgd")).apply(document, CATALOG),
        SetParam("a", ("schedule",), choice("cosine")).apply(document, CATALOG),
        SetParam("other0", ("serves",), ("c", "d")).apply(document, CATALOG),
    ):
        assert not can_adopt(sound(document), sound(other))
    run = Run(sound(document))
    run.step("epoch")
    run.step()
    before = [
        (group["lr"], dict(memory))
        for group, memory in zip(
            run.trainer._experiment.optimizer.param_groups,
            run.trainer._experiment.optimizer.state.values(),
            strict=False,
        )
    ]  # type: ignore[union-attr]
    run.trainer.adopt(sound(faster))
    run.until(Adopted)
    run.until(Paused)
    experiment = run.trainer._experiment
    assert experiment is not None
    of_a = next(
        group
        for group in experiment.optimizer.param_groups
        if any(p is experiment.model.get_parameter("a.weight") for p in group["params"])
    )
    assert of_a["lr"] == pytest.approx(0.05) and len(before) == len(experiment.optimizer.param_groups)
    assert "momentum_buffer" in experiment.optimizer.state[experiment.model.get_parameter("a.weight")]
    run.step("epoch")
    run.stop()


# -- who serves whom ------------------------------------------------------------------------------


def test_overlaps_and_layers_without_an_optimizer_are_said() -> None:
    def found(document: Document) -> set[str]:
        return {key for key in keys(lower(document)) if key.startswith("optimizer.")}

    assert found(mixture({}, (("sgd", "constant", ("a",)), ("adam", "constant", ("a", "b"))))) == {"optimizer.overlap"}
    assert found(mixture({}, (("sgd", "constant", ()),))) == {"optimizer.many"}
    assert found(mixture({}, (("sgd", "constant", ("gone",)),))) == {"optimizer.nobody"}
    assert found(mixture({"a": {"optimizer": choice("sgd")}}, (("adam", "constant", ("a",)),))) == {
        "optimizer.own_wins"
    }
    alone = mixture({"c": {"optimizer": choice("sgd")}}, serves=("a", "b"))
    assert found(alone) == {"optimizer.unserved"}
    program = sound(alone)
    assert program.frozen == ("d.weight", "d.bias") and set(program.updater_of) == {
        "a.weight",
        "a.bias",
        "b.weight",
        "b.bias",
        "c.weight",
        "c.bias",
    }
    limited = AddNode("optimizer", "o2", (0.0, 0.0), Params({"serves": ("a",), "clip_norm": 1.0})).apply(
        mixture({}), CATALOG
    )
    assert found(limited) == {"optimizer.whole"} and sound(limited).clip_norm is None


def test_a_layer_that_moves_into_a_group_keeps_its_optimizer() -> None:
    from nnstudio.document.groups import MakeGroup

    document = mixture({}, (("sgd", "step", ("b",)),))
    grouped = MakeGroup(("b", "c"), "g").apply(document, CATALOG)
    rules = {
        path.split(".")[0].removeprefix("g_"): updater.target.rpartition(".")[2]
        for path, updater in sound(grouped).updater_of.items()
    }
    assert rules == {"a": "Adam", "b": "SGD", "c": "Adam", "d": "Adam"}
    whole = SetParam("other0", ("serves",), tuple(n.id for n in grouped.nodes if n.body is not None)).apply(
        grouped, CATALOG
    )
    rules = {
        path.split(".")[0].removeprefix("g_"): updater.target.rpartition(".")[2]
        for path, updater in sound(whole).updater_of.items()
    }
    assert rules == {"a": "Adam", "b": "SGD", "c": "SGD", "d": "Adam"}


def test_who_serves_a_layer_follows_it_through_groups_and_copies() -> None:
    from nnstudio.document.clips import Paste, clip_of
    from nnstudio.document.groups import Inside, MakeGroup, Ungroup

    def rules(document: Document) -> dict[str, str]:
        return {
            path.split(".")[0].rpartition("_")[2]: updater.target.rpartition(".")[2]
            for path, updater in sound(document).updater_of.items()
        }

    document = mixture({}, (("sgd", "step", ("b",)),))
    wanted = {"a": "Adam", "b": "SGD", "c": "Adam", "d": "Adam"}
    grouped = MakeGroup(("b", "c"), "g").apply(document, CATALOG)
    group = next(node.id for node in grouped.nodes if node.body is not None)
    assert grouped.by_id["other0"].params["serves"] == (f"{group}/b",) and rules(grouped) == wanted
    deeper = Inside((group,), MakeGroup(("b",), "h")).apply(grouped, CATALOG)
    assert rules(deeper) == wanted and "optimizer.nobody" not in keys(lower(deeper))
    inner = next(node.id for node in deeper.by_id[group].body.nodes if node.body is not None)  # type: ignore[union-attr]
    assert rules(Inside((group,), Ungroup(inner)).apply(deeper, CATALOG)) == wanted
    assert rules(Ungroup(group).apply(grouped, CATALOG)) == wanted
    # A copy of the group leaves the original its optimizer; a copy with the optimizer has one of its own.
    twice = Paste(clip_of(grouped, {group})).apply(grouped, CATALOG)
    assert twice.by_id["other0"].params["serves"] == (f"{group}/b",)
    both = Paste(clip_of(grouped, {group, "other0"})).apply(grouped, CATALOG)
    new = [node for node in both.nodes if node.id not in grouped.by_id]
    copy = next(node.id for node in new if node.body is not None)
    assert next(node for node in new if node.kind == "optimizer").params["serves"] == (f"{copy}/b",)
    whole = SetParam("other0", ("serves",), (group,)).apply(grouped, CATALOG)
    assert rules(Ungroup(group).apply(whole, CATALOG)) == {"a": "Adam", "b": "SGD", "c": "SGD", "d": "Adam"}


def test_limits_that_do_not_count_are_said_whoever_has_them() -> None:
    every = mixture({}, (("sgd", "constant", ("c", "d")),), serves=("a", "b"))
    limited = SetParam("other0", ("clip_norm",), 1.0).apply(every, CATALOG)
    assert "optimizer.whole" in keys(lower(limited)) and sound(limited).clip_norm is None
    counted = SetParam("optimizer", ("clip_norm",), 1.0).apply(every, CATALOG)
    assert "optimizer.whole" not in keys(lower(counted)) and sound(counted).clip_norm == 1.0
    idle = mixture({name: {"optimizer": choice("sgd")} for name in LAYERS})
    assert "optimizer.idle" in keys(lower(idle)) and "optimizer.idle" not in keys(
        lower(mixture({"a": {"optimizer": choice("sgd")}}))
    )


@pytest.mark.parametrize("rule", ["rmsprop", "adagrad", "sgd", "adamw"])
def test_a_layer_thawed_under_another_rule_begins_with_no_memory(rule: str) -> None:
    """What its old optimizer remembered is not understood by the new one."""
    from nnstudio.engine.claims import check_frames
    from nnstudio.engine.events import Adopted, Paused

    plain = mixture({}, epochs=30)
    frozen = SetParam("a", ("frozen",), True).apply(plain, CATALOG)
    other = SetParam("a", ("optimizer",), choice(rule, **({"momentum": 0.9} if rule == "sgd" else {}))).apply(
        frozen, CATALOG
    )
    thawed = SetParam("a", ("frozen",), False).apply(other, CATALOG)
    run = Run(sound(plain))
    try:
        for document in (frozen, other, thawed):
            run.step()
            run.trainer.adopt(sound(document))
            run.until(Adopted)
            run.until(Paused)
        before = run.weights()["a.weight"]
        after = run.step()["a.weight"]
        assert not np.array_equal(before, after)
        past = run.trainer.past
        assert past is not None
        check_frames(sound(thawed), past.frames)
    finally:
        run.stop()
