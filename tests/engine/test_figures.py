"""Figures by their paths, against torch and numpy; what a step does not have is None."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnstudio.engine.experiment import make_experiment
from nnstudio.engine.figures import Source, figure, is_path, needs_step
from nnstudio.engine.record import Tracer
from nnstudio.engine.trace import Trace
from tests.helpers import chain, choice, sound

X = ((0.5, -1.0), (2.0, 1.0))


@pytest.fixture(scope="module")
def traced() -> tuple[Trace, torch.nn.Module]:
    program = sound(
        chain(
            ("linear", "a", {"units": 3}),
            ("linear", "b", {"units": 3, "activation": choice("softmax")}),
            data=choice("typed", x=X, y=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))),
            loss=choice("mse"),
            optimizer=choice("sgd", learning_rate=0.5),
            data_params={"scaling": "none"},
            batch_size=2,
            dtype="float64",
        )
    )
    e = make_experiment(program)
    trace = Tracer(program).record(e.model.state_dict(), *e.data.batch([0, 1]), (0, 1), 1)
    return trace, e.model


def test_figures_are_torchs(traced: tuple[Trace, torch.nn.Module]) -> None:
    trace, model = traced
    source = Source(trace)
    weights = dict(model.named_parameters())
    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    z1 = x @ weights["a.weight"].T + weights["a.bias"]
    z2 = z1 @ weights["b.weight"].T + weights["b.bias"]
    z1.retain_grad()
    y = torch.softmax(z2, 1)
    y.retain_grad()
    loss = torch.nn.functional.mse_loss(y, torch.tensor([[1.0, 0, 0], [0, 1.0, 0]], dtype=torch.float64))
    model.zero_grad()
    loss.backward()
    expected = {
        "loss": loss.item(),
        "forward/data[1]": 1.0,
        "forward/a.z[2]": z1[1, 2].item(),
        "forward/b.a[0]": y[1, 0].item(),
        "backward/a.z[1]": z1.grad[1, 1].item(),  # type: ignore[index]
        "backward/b.a[2]": y.grad[1, 2].item(),  # type: ignore[index]
        "backward/data[0]": x.grad[1, 0].item(),  # type: ignore[index]
        "backward/a.weight[1,0]": weights["a.weight"].grad[1, 0].item(),  # type: ignore[index]
        "backward/b.bias[2]": weights["b.bias"].grad[2].item(),  # type: ignore[index]
        "before/a.weight[3]": weights["a.weight"].detach().reshape(-1)[3].item(),
        "update/b.weight[0,1]": (weights["b.weight"] - 0.5 * weights["b.weight"].grad)[0, 1].item(),  # type: ignore[operator]
    }
    for at, value in expected.items():
        assert figure(at, source) == pytest.approx(value, abs=1e-12), at
    jacobian = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, 0), z2[1].detach())
    product = (weights["b.weight"] @ weights["a.weight"]).detach()
    for i in range(3):
        for j in range(3):
            assert figure(f"jacobian/b[{i},{j}]", source) == pytest.approx(jacobian[i, j].item(), abs=1e-12)
        for j in range(2):
            assert figure(f"product/b[{i},{j}]", source) == pytest.approx(product[i, j].item(), abs=1e-12)


@pytest.mark.parametrize(
    "at",
    [
        "forward/nowhere.z[0]",
        "forward/a.z[9]",
        "forward/a.z",
        "forward/a.z[0,0,0]",
        "backward/a.nothing[0]",
        "jacobian/a[0,0]",
        "product/a[0,0]",
        "slope/a.z[0]",
        "weights/a.weight[0]",
        "history/val_loss",
        "parameters/nowhere",
        "value/nothing[0]",
        "../../etc/passwd",
        "loss/",
        "os.system",
        "",
    ],
)
def test_what_is_not_there_is_none(traced: tuple[Trace, torch.nn.Module], at: str) -> None:
    assert figure(at, Source(traced[0])) is None


def test_figures_of_runs_and_networks() -> None:
    source = Source(
        weights={"n.weight": np.array([[1.5, np.nan]])},
        history=({"train_loss": 2.0}, {"train_loss": 1.0, "val_loss": None}),
        parameters={"n": 3, "m": 4},
    )
    assert figure("weights/n.weight[0,0]", source) == 1.5 and figure("weights/n.weight[1]", source) is None
    assert figure("history/train_loss", source) == 1.0 and figure("first/train_loss", source) == 2.0
    assert figure("history/val_loss", source) is None and figure("loss", source) is None
    assert figure("parameters", source) == 7 and figure("parameters/n", source) == 3
    assert is_path("update/output.weight[0]") and not is_path("import os") and needs_step("loss")
