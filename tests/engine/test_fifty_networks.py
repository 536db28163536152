"""Twenty healthy networks get no advice, thirty sick ones do: measured as a run in the window measures them, by its own
clock.
"""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.values import Document
from nnstudio.engine.diagnosis import diagnose
from nnstudio.engine.events import Ended, EpochDone, Measured
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.vitals import Vitals
from tests.helpers import chain, choice

CE, MSE, BCE = choice("cross_entropy"), choice("mse"), choice("bce_logits")


def told(document: Document) -> tuple[set[str], set[str]]:
    """What is said of a network: (before it runs, without mere notes; while it runs, looked at after every epoch)."""
    lowered = lower(document)
    assert lowered.program is not None, [p.what.render() for p in lowered.problems]
    before = {p.what.key.removesuffix(".what") for p in analyse(lowered).problems if p.severity != "note"}
    trainer = Trainer(replace(lowered.program, device="cpu"))
    trainer.start()
    records: list[dict[str, Any]] = []
    vitals: list[Vitals] = []
    found: set[str] = set()
    end = time.monotonic() + 90
    while time.monotonic() < end:
        event = trainer.events.get(timeout=60)
        if isinstance(event, Measured):
            vitals.append(event.vitals)
        elif isinstance(event, EpochDone):
            records.append(dict(event.record))
        if isinstance(event, EpochDone | Ended):
            reason = event.reason if isinstance(event, Ended) else None
            found |= {
                p.what.key.removesuffix(".what").removeprefix("watch.")
                for p in diagnose(lowered.program, records, vitals, reason, lowered)
            }
        if isinstance(event, Ended):
            trainer.join()
            return before, found
    raise AssertionError("too slow")


def layer(
    name: str, units: int, activation: str = "identity", start: str = "default", **more: Any
) -> tuple[str, str, dict[str, Any]]:
    return (
        "linear",
        name,
        {"units": units, "activation": choice(activation), "weight_initializer": choice(start), **more},
    )


def adam(rate: float = 0.01) -> Any:
    return choice("adam", learning_rate=rate)


def sgd(rate: float, momentum: float = 0.0) -> Any:
    return choice("sgd", learning_rate=rate, momentum=momentum)


def table(tmp: Path, x: np.ndarray, y: np.ndarray, classes: bool = False) -> Any:
    names = [f"x{i + 1}" for i in range(x.shape[1])]
    rows = [
        ",".join([*names, "y"]),
        *(
            ",".join([*(f"{v:.6g}" for v in row), f"c{int(t)}" if classes else f"{t:.6g}"])
            for row, t in zip(x, y, strict=True)
        ),
    ]
    path = tmp / f"t{abs(hash(rows[1])) % 10**8}.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return choice("table_file", path=str(path), targets=("y",))


def noisy_line(tmp: Path, noise: float, scale: float = 1.0, offset: float = 0.0) -> Any:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(400, 2))
    return table(tmp, x, scale * (x[:, 0] - 0.5 * x[:, 1] + noise * draw.normal(size=400)) + offset)


def overlapping(tmp: Path, apart: float) -> Any:
    draw = np.random.default_rng(2)
    y = draw.integers(0, 2, 500)
    return table(tmp, draw.normal(size=(500, 2)) + apart * y[:, None], y, classes=True)


def mlp(
    data: Any,
    units: int,
    outputs: int,
    loss: Any,
    optimizer: Any,
    activation: str = "relu",
    layers: int = 1,
    data_params: dict[str, Any] | None = None,
    **training: Any,
) -> Document:
    hidden = [layer(f"h{i}", units, activation) for i in range(layers)]
    return chain(
        *hidden,
        layer("o", outputs),
        data=data,
        loss=loss,
        optimizer=optimizer,
        data_params=data_params,
        **{"epochs": 40, "batch_size": 32, **training},
    )


def rare(tmp: Path) -> Any:
    x = np.random.default_rng(7).normal(size=(300, 3))
    return table(tmp, x, (x[:, 0] > 1.28).astype(int), classes=True)


HEALTHY: dict[str, Any] = {
    "iris": lambda t: mlp(choice("iris"), 8, 3, CE, adam()),
    "rings": lambda t: mlp(choice("rings"), 16, 2, CE, adam(), "tanh"),
    "moons": lambda t: mlp(choice("moons"), 16, 2, CE, sgd(0.2, 0.9)),
    "xor": lambda t: mlp(choice("xor"), 8, 2, CE, adam(0.05), "tanh", epochs=200, batch_size=4),
    "wine": lambda t: mlp(choice("wine"), 16, 3, CE, adam(0.005), layers=2),
    "digits": lambda t: mlp(choice("digits"), 32, 10, CE, adam(0.003), epochs=12),
    "breast cancer": lambda t: mlp(choice("breast_cancer"), 8, 1, BCE, adam(0.003), epochs=12),
    "blobs, logistic": lambda t: chain(layer("o", 3), data=choice("blobs"), loss=CE, optimizer=sgd(0.5), epochs=30),
    "sine": lambda t: mlp(choice("sine"), 24, 1, MSE, adam(0.01), "tanh", layers=2, epochs=80),
    "plane": lambda t: chain(layer("o", 1), data=choice("plane"), loss=MSE, optimizer=sgd(0.1), epochs=30),
    "a line at its noise": lambda t: chain(
        layer("o", 1), data=noisy_line(t, 1.5), loss=MSE, optimizer=sgd(0.05), epochs=120
    ),
    "hardly any signal": lambda t: chain(
        layer("o", 1), data=noisy_line(t, 2.0), loss=MSE, optimizer=adam(0.01), epochs=150
    ),
    "overlapping classes": lambda t: chain(
        layer("o", 2), data=overlapping(t, 0.9), loss=CE, optimizer=adam(0.02), epochs=120
    ),
    "a weighted loss": lambda t: weighted(mlp(choice("iris"), 8, 3, CE, adam(0.005)), 20.0),
    "class weights": lambda t: chain(
        layer("h", 8, "relu"),
        layer("o", 3),
        data=choice("iris"),
        loss=choice("cross_entropy", class_weights=(5.0, 10.0, 20.0)),
        optimizer=adam(),
        epochs=40,
    ),
    "label smoothing": lambda t: mlp(choice("iris"), 8, 3, choice("cross_entropy", smoothing=0.3), adam(), epochs=80),
    "dropout and norm": lambda t: chain(
        layer("h", 32),
        ("batch_norm_1d", "n", {}),
        ("activation", "a", {"activation": choice("relu")}),
        ("dropout", "d", {"p": 0.2}),
        layer("o", 3),
        data=choice("wine"),
        loss=CE,
        optimizer=adam(),
        epochs=40,
    ),
    "perceptron on AND": lambda t: chain(
        layer("o", 1), data=choice("logic"), loss=choice("perceptron"), optimizer=sgd(1.0), epochs=60, batch_size=1
    ),
    "large targets, scaled": lambda t: mlp(
        noisy_line(t, 0.1, 9000.0, 40_000.0), 8, 1, MSE, adam(), data_params={"target_scaling": "standard"}, epochs=60
    ),
    "few updates": lambda t: mlp(choice("iris"), 8, 3, CE, adam(0.02), epochs=20, batch_size=120),
}

SICK: dict[str, Any] = {
    "rate 500": lambda t: mlp(choice("sine"), 8, 1, MSE, sgd(500.0)),
    "rate 5, adam": lambda t: mlp(choice("rings"), 16, 2, CE, adam(5.0)),
    "rate 1e-7": lambda t: mlp(choice("rings"), 16, 2, CE, sgd(1e-7)),
    "softmax before cross-entropy": lambda t: chain(
        layer("h", 8, "relu"), layer("o", 3, "softmax"), data=choice("iris"), loss=CE, optimizer=adam(), epochs=10
    ),
    "sigmoid with squared error": lambda t: chain(
        layer("h", 8, "relu"), layer("o", 3, "sigmoid"), data=choice("iris"), loss=MSE, optimizer=adam(), epochs=10
    ),
    "nll without a log": lambda t: chain(
        layer("h", 8, "relu"), layer("o", 3), data=choice("iris"), loss=choice("nll"), optimizer=adam(), epochs=10
    ),
    "all dead, short run": lambda t: chain(
        layer("h", 8, "relu", bias_initializer=choice("constant", value=-50.0)),
        layer("o", 2),
        data=choice("xor"),
        loss=CE,
        optimizer=sgd(0.1),
        epochs=60,
        batch_size=4,
    ),
    "half dead": lambda t: chain(
        layer("h", 16, "relu", bias_initializer=choice("constant", value=-6.0)),
        layer("o", 2),
        data=choice("rings"),
        loss=CE,
        optimizer=sgd(0.01),
        epochs=30,
    ),
    "ten sigmoids": lambda t: mlp(choice("rings"), 8, 2, CE, sgd(0.1), "sigmoid", layers=10, epochs=20),
    "tanh, start of spread 30": lambda t: chain(
        ("linear", "h", {"units": 16, "activation": choice("tanh"), "weight_initializer": choice("normal", std=30.0)}),
        layer("o", 2),
        data=choice("rings"),
        loss=CE,
        optimizer=sgd(0.01),
        epochs=20,
    ),
    "sigmoid, start of spread 80": lambda t: chain(
        (
            "linear",
            "h",
            {"units": 16, "activation": choice("sigmoid"), "weight_initializer": choice("normal", std=80.0)},
        ),
        layer("o", 2),
        data=choice("rings"),
        loss=CE,
        optimizer=sgd(0.01),
        epochs=20,
    ),
    "all zero": lambda t: chain(
        layer("h", 8, "relu", "zeros"), layer("o", 3), data=choice("iris"), loss=CE, optimizer=adam(), epochs=10
    ),
    "columns of very different width": lambda t: chain(
        layer("o", 3), data=choice("wine"), data_params={"scaling": "none"}, loss=CE, optimizer=sgd(0.01), epochs=10
    ),
    "targets of 40,000": lambda t: mlp(
        noisy_line(t, 0.1, 9000.0, 40_000.0), 8, 1, MSE, adam(), data_params={"target_scaling": "none"}, epochs=20
    ),
    "targets of 40,000, plain SGD": lambda t: mlp(
        noisy_line(t, 0.1, 9000.0, 40_000.0), 8, 1, MSE, sgd(0.1), data_params={"target_scaling": "none"}, epochs=10
    ),
    "a line for XOR": lambda t: chain(
        layer("o", 2), data=choice("xor"), loss=CE, optimizer=sgd(0.1), epochs=60, batch_size=4
    ),
    "a line for rings": lambda t: chain(layer("o", 2), data=choice("rings"), loss=CE, optimizer=sgd(0.1), epochs=40),
    "perceptron on XOR": lambda t: chain(
        layer("o", 1), data=choice("xor"), loss=choice("perceptron"), optimizer=sgd(1.0), epochs=80, batch_size=1
    ),
    "step hidden layer": lambda t: chain(
        layer("h", 8, "step"), layer("o", 2), data=choice("rings"), loss=CE, optimizer=adam(), epochs=10
    ),
    "dropout 0.95": lambda t: chain(
        layer("h", 16, "relu"),
        ("dropout", "d", {"p": 0.95}),
        layer("o", 3),
        data=choice("iris"),
        loss=CE,
        optimizer=adam(),
        epochs=10,
    ),
    "outputs from 0 to 1 for targets from −9 to 9": lambda t: chain(
        layer("h", 8, "relu"),
        layer("o", 1, "sigmoid"),
        data=noisy_line(t, 0.1, 3.0),
        loss=MSE,
        optimizer=adam(),
        epochs=20,
    ),
    "overfitting": lambda t: chain(
        layer("h", 200, "relu"),
        layer("g", 200, "relu"),
        layer("o", 3),
        data=choice("iris"),
        data_params={"validation": 0.6},
        loss=CE,
        optimizer=adam(0.02),
        epochs=80,
        batch_size=16,
    ),
    "exploding start": lambda t: chain(
        *[
            (
                "linear",
                f"h{i}",
                {"units": 24, "activation": choice("relu"), "weight_initializer": choice("normal", std=2.0)},
            )
            for i in range(6)
        ],
        layer("o", 1),
        data=choice("sine"),
        loss=MSE,
        optimizer=sgd(1e-9),
        epochs=12,
    ),
    "He for tanh": lambda t: chain(
        layer("h", 16, "tanh", "he_normal"), layer("o", 2), data=choice("rings"), loss=CE, optimizer=adam(), epochs=10
    ),
    "batch norm and batches of one": lambda t: (
        chain(
            layer("h", 8),
            ("batch_norm_1d", "n", {}),
            layer("o", 3),
            data=choice("iris"),
            loss=CE,
            optimizer=adam(),
            epochs=3,
            batch_size=2,
        )
        if False
        else chain(
            layer("h", 8, "relu"),
            ("dropout", "d", {"p": 0.2}),
            ("batch_norm_1d", "n", {}),
            layer("o", 3),
            data=choice("iris"),
            loss=CE,
            optimizer=adam(),
            epochs=3,
        )
    ),
    "warm-up as long as the run": lambda t: chain(
        layer("h", 8, "relu"),
        layer("o", 3),
        data=choice("iris"),
        loss=CE,
        optimizer=adam(),
        optimizer_params={"warmup": 10},
        epochs=10,
    ),
    "rate 1.9 on squared error": lambda t: chain(
        layer("o", 1), data=choice("sine"), loss=MSE, optimizer=sgd(1.05), epochs=15, batch_size=1000, shuffle=False
    ),
    "collapse": lambda t: chain(
        layer("h", 8, "relu", bias_initializer=choice("constant", value=-100.0)),
        layer("o", 3),
        data=choice("iris"),
        loss=CE,
        optimizer=adam(0.001),
        epochs=30,
    ),
    "labels without a rule": lambda t: chain(
        layer("h", 300, "relu"),
        layer("g", 300, "relu"),
        layer("o", 2),
        data=shuffled(t),
        loss=CE,
        optimizer=adam(0.01),
        epochs=60,
        batch_size=16,
    ),
    "momentum 0.999": lambda t: mlp(choice("rings"), 16, 2, CE, sgd(5.0, 0.99), "tanh", layers=3, epochs=15),
    "a last ReLU that is dead": lambda t: chain(
        layer("h", 8, "relu"),
        layer("o", 1, "relu", bias_initializer=choice("constant", value=-30.0)),
        data=choice("plane"),
        loss=MSE,
        optimizer=sgd(0.01),
        epochs=20,
    ),
}


def weighted(document: Document, weight: float) -> Document:
    from nnstudio.catalog.registry import CATALOG
    from nnstudio.document.edits import SetParam

    return SetParam("loss", ("weight",), weight).apply(document, CATALOG)


def shuffled(tmp: Path) -> Any:
    draw = np.random.default_rng(5)
    return table(tmp, draw.normal(size=(240, 6)), draw.integers(0, 2, 240), classes=True)


@functools.cache
def _counted() -> dict[str, bool]:
    return {}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_network_is_left_alone(name: str, tmp_path: Path) -> None:
    before, found = told(HEALTHY[name](tmp_path))
    assert not before and not found


@pytest.mark.parametrize("name", SICK)
def test_a_sick_network_is_told(name: str, tmp_path: Path) -> None:
    before, found = told(SICK[name](tmp_path))
    assert before | found


def test_a_rare_class_is_learnt_last(tmp_path: Path) -> None:
    """A network begins with the frequent class; while its loss falls that is no collapse."""
    before, found = told(mlp(rare(tmp_path), 8, 2, CE, adam(0.02)))
    assert before == {"data.unbalanced"} and not found


@pytest.mark.parametrize("loss", ["mse", "l1_loss"])
def test_outliers_on_one_side_of_the_split_are_no_leak(loss: str, tmp_path: Path) -> None:
    """Independent rows with heavy tails: what differs between the parts is the targets, not what is known of them."""
    for seed in range(8):
        draw = np.random.default_rng(seed)
        x = draw.normal(size=(300, 3))
        y = x[:, 0] + (draw.standard_t(2, 300) if loss == "mse" else (draw.random(300) < 0.05) * 30)
        document = chain(
            layer("o", 1),
            data=table(tmp_path, x, y),
            loss=choice(loss),
            optimizer=adam(0.05),
            epochs=25,
            batch_size=100,
        )
        assert "leak" not in told(document)[1], seed


def test_there_are_fifty() -> None:
    assert len(HEALTHY) == 20 and len(SICK) == 31
