"""Every class drawn as often: counted, the same in run, script and step; nothing else changes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import table_of
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.experiment import load_parts
from nnstudio.engine.runtime.training import epoch_order
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import export_python, source_of
from tests.commands import run_script
from tests.helpers import chain, choice, finish, keys, sound

CPU = torch.device("cpu")
RARE = 12


def rare(folder: Path, sampling: str = "classes", values: bool = False) -> Document:
    """300 rows, 12 of them of the second class: both overlap."""
    draw = np.random.default_rng(4)
    lines = ["a,b,label"]
    for row in range(300):
        yes = row % (300 // RARE) == 0
        a, b = draw.normal(1.0 if yes else 0.0, 1.0, 2)
        lines.append(f"{a:.4f},{b:.4f},{row / 7 if values else 'yes' if yes else 'no'}")
    file = folder / "rare.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fields = family("datasets")["table_file"].fields
    data = Choice("table_file", complete(fields, Params(path=str(file)), CATALOG))
    width = 1 if values else 2
    return chain(
        ("linear", "out", {"units": width, "activation": choice("identity")}),
        data=data,
        loss=choice("mse") if values else choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.05),
        data_params={"validation": 0.0},
        sampling=sampling,
        epochs=30,
        batch_size=30,
    )


def test_classes_come_as_often_and_every_epoch_others(tmp_path: Path) -> None:
    program = sound(rare(tmp_path))
    assert program.data.balance
    data, _ = load_parts(program, CPU)
    labels = data.targets[0].numpy()
    counts, seen = np.zeros(2), set()
    for epoch in range(1, 41):
        order = epoch_order(len(data), epoch, program.seed, True, data.chances).numpy()
        assert len(order) == len(data) == 300
        counts += np.bincount(labels[order], minlength=2)
        seen.add(tuple(order[:20]))
    assert len(seen) == 40
    # 12,000 draws: five standard deviations are 274.
    assert abs(counts[0] - counts[1]) < 550
    # Of one class each sample is as likely as another.
    many = np.concatenate([epoch_order(300, e, 0, True, data.chances).numpy() for e in range(1, 200)])
    often = np.bincount(many, minlength=300)[labels == 1]
    assert often.min() > 0.85 * often.mean() and often.max() < 1.15 * often.mean()


def test_a_rare_class_is_found_with_it_and_missed_without(tmp_path: Path) -> None:
    recall = {}
    for sampling in ("each", "classes"):
        ended, _ = finish(Trainer(sound(rare(tmp_path, sampling))))
        assert ended.report is not None
        recall[sampling] = ended.report["metrics"]["train"]["classes"][1]["recall"]
    assert recall["each"] < 0.3 and recall["classes"] > 0.6


def test_run_script_and_replayed_script_are_one(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    program = sound(rare(tmp_path))
    ended, _ = finish(Trainer(program))
    for replay in (False, True):
        out = tmp_path / f"out{replay}"
        export_python(program, out, threads=1, replay=replay)
        weights = out / "w.safetensors"
        told = run_script(
            [sys.executable, str(out / "train.py"), "--json", "--save", str(weights)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert told.returncode == 0, told.stderr
        for key, value in load_file(weights).items():
            np.testing.assert_array_equal(value, ended.weights[key])


def test_without_classes_it_is_said_and_does_nothing(tmp_path: Path) -> None:
    lowered = lower(rare(tmp_path, values=True))
    assert lowered.program is not None and not lowered.program.data.balance
    problem = next(p for p in lowered.problems if p.what.key == "training.no_classes.what")
    assert problem.severity == "warning" and problem.mend is not None
    mended = problem.mend.apply(lowered.document, CATALOG)
    assert "training.no_classes" not in keys(lower(mended))
    assert "balance" not in source_of(lowered.program).text.split("def load_data")[1].split("def make_model")[0]


def test_unbalanced_classes_are_no_finding_then(tmp_path: Path) -> None:
    found = {sampling: analyse(lower(rare(tmp_path, sampling))).problems for sampling in ("each", "classes")}
    said = {name: {problem.what.key for problem in problems} for name, problems in found.items()}
    assert "data.unbalanced.what" in said["each"] and "data.unbalanced.what" not in said["classes"]
    assert table_of(sound(rare(tmp_path)).data.dataset).classes == ("no", "yes")
