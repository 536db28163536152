"""Surfaces, races and readings against plain torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.layers.formula_of_two import SURFACES
from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.written_out import written_out
from nnstudio.document.edits import SetParam
from nnstudio.document.errors import StudioError
from nnstudio.engine import readings
from nnstudio.session import racing

F64 = torch.float64


def told(expression: str, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    names = {name: getattr(torch, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh", "abs")}
    return torch.as_tensor(eval(expression, {"__builtins__": {}}, {**names, "x": x, "y": y}))


def worked(expression: str, both: torch.Tensor) -> torch.Tensor:
    values: dict[str, Any] = {"x": both}
    for call in written_out(expression):
        args = [values[arg.name] if hasattr(arg, "name") else arg for arg in call.args]
        values[call.out] = getattr(torch, call.target.rpartition(".")[2])(*args)
    return torch.as_tensor(values[written_out(expression)[-1].out])


@pytest.mark.parametrize(
    "expression",
    [
        *(expression for _, expression in SURFACES.values()),
        "x",
        "-y",
        "2 - x",
        "3/(1 + x**2) - y/4",
        "exp(-x*y)/(2 + cos(y))",
        "sqrt(1 + x**2) + abs(y) + tanh(x - y) + log(2 + y**2)",
        "x**2*y - 1.5*x",
        "(1 + 2)*x**(4 - 1)",
    ],
)
def test_an_expression_is_what_torch_makes_of_it(expression: str) -> None:
    both = torch.randn(7, 2, dtype=F64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    found = worked(expression, both)
    wanted = told(expression, both[:, :1], both[:, 1:])
    torch.testing.assert_close(found, wanted.expand_as(found))
    (slope,) = torch.autograd.grad(found.sum(), both)
    (true,) = torch.autograd.grad(wanted.sum(), both)
    torch.testing.assert_close(slope, true)


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("", "formula.unreadable"),
        ("x +", "formula.unreadable"),
        ("x if y > 0 else 1", "formula.unreadable"),
        ("__import__('os')", "formula.unreadable"),
        ("x.real", "formula.unreadable"),
        ("z**2", "formula.name"),
        ("Phi(x)", "formula.name"),
        ("x**y", "formula.power"),
        ("2**x", "formula.power"),
        ("1 + 1", "formula.constant"),
        ("1/0", "formula.constant"),
        ("x*1e400 + y", "formula.infinite"),
        ("log(-1)*x", "formula.infinite"),
        ("1e400/x", "formula.infinite"),
        ("sqrt + x", "formula.name"),
        ("exp", "formula.name"),
        ("+".join(["x*y"] * 90), "formula.long"),
        ("-" * 380 + "x", "formula.long"),
    ],
)
def test_what_is_no_surface_is_said(expression: str, key: str) -> None:
    with pytest.raises(StudioError) as caught:
        written_out(expression)
    assert caught.value.message.key == key
    with pytest.raises(StudioError):
        racing.ground(racing.OWN, expression)


OPTIMIZERS = (
    lambda w, rate: torch.optim.SGD(w, rate),
    lambda w, rate: torch.optim.SGD(w, rate, momentum=0.9),
    lambda w, rate: torch.optim.SGD(w, rate, momentum=0.9, nesterov=True),
    lambda w, rate: torch.optim.Adagrad(w, rate),
    lambda w, rate: torch.optim.RMSprop(w, rate),
    lambda w, rate: torch.optim.Adam(w, rate),
)


@pytest.mark.parametrize("surface", [*SURFACES])
def test_every_lane_goes_the_way_that_torch_goes(surface: str) -> None:
    ground, lanes = racing.ground(surface), racing.lanes(surface)
    race = racing.Race(ground, lanes, 30)
    race.work()
    assert race.reason is None and race.contour is not None
    for place, lane in enumerate(lanes):
        w = torch.tensor(ground.start, dtype=F64, requires_grad=True)
        optimizer = OPTIMIZERS[place]([w], racing.rate_of(lane))
        way, losses = [w.detach().numpy().copy()], []
        for _ in range(30):
            height = told(SURFACES[surface][1], w[0], w[1])
            losses.append(float(height.detach()))
            optimizer.zero_grad()
            height.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            way.append(w.detach().numpy().copy())
        np.testing.assert_allclose(race.ways[place].places, way, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(race.ways[place].losses[:-1], losses, rtol=1e-9, atol=1e-12)


def test_the_contour_is_the_surface() -> None:
    ground = racing.ground("rosenbrock")
    race = racing.Race(ground, racing.lanes("rosenbrock")[:1], 1)
    race.work()
    contour = race.contour
    assert contour is not None
    x = ground.middle[0] + contour.x * ground.half[0]
    y = ground.middle[1] + contour.y * ground.half[1]
    across, up = np.meshgrid(x, y)
    np.testing.assert_allclose(contour.loss, (1 - across) ** 2 + 100 * (up - across**2) ** 2, rtol=1e-9, atol=1e-9)


def test_momentum_and_adam_leave_the_dent_that_holds_sgd() -> None:
    race = racing.Race(racing.ground("dents"), racing.lanes("dents"), 200)
    race.work()
    ends = [race.ways[place].losses[-1] for place in range(6)]
    assert ends[1] < 0.6 and ends[5] < 0.6
    assert min(ends[0], ends[3], ends[4]) > 1.0


def test_those_that_divide_by_the_slope_leave_the_saddle_first() -> None:
    race = racing.Race(racing.ground("saddle"), racing.lanes("saddle"), 200)
    race.work()
    left = [int(np.argmax(np.abs(race.ways[place].places[:, 1]) > 0.1)) for place in range(6)]
    assert max(left[3:]) < min(left[:3]) and left[0] == max(left)


def test_one_that_diverges_says_so_and_the_others_go_on() -> None:
    lanes = racing.lanes("rosenbrock")
    race = racing.Race(racing.ground("rosenbrock"), [racing.with_rate(lanes[0], 1.0), lanes[5]], 40)
    race.work()
    assert race.reason is None
    assert race.ways[0].diverged and not race.ways[1].diverged


def test_a_network_of_other_than_two_weights_is_refused() -> None:
    document = racing.ground("bowl").document
    with pytest.raises(StudioError) as caught:
        racing.of_network(SetParam("place", ("bias",), True).apply(document, CATALOG))
    assert caught.value.message.key == "race.not_two" and caught.value.message.args["count"] == 4
    assert racing.of_network(document).start == racing.ground("bowl").start


def test_the_formula_wants_two_numbers() -> None:
    document = racing.ground("bowl").document
    changed = SetParam("place", ("weight_initializer",), "zeros").apply(document, CATALOG)
    changed = SetParam("place", ("units",), 3).apply(changed, CATALOG)
    with pytest.raises(StudioError) as caught:
        racing.of_network(changed)
    assert "3" in caught.value.message.render("en")


# -- readings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98])
def test_the_same_beta_in_torch(beta: float) -> None:
    _, given = readings.noisy(3, 0.3, 40)

    def steps(optimizer: torch.optim.Optimizer, w: torch.Tensor) -> list[float]:
        found = []
        for gradient in given:
            before = float(w.detach())
            w.grad = torch.tensor(float(gradient), dtype=F64)
            optimizer.step()
            found.append(before - float(w.detach()))
        return found

    w = torch.zeros((), dtype=F64, requires_grad=True)
    np.testing.assert_allclose(steps(torch.optim.SGD([w], 1.0, momentum=beta), w), readings.velocity(given, beta))
    w = torch.zeros((), dtype=F64, requires_grad=True)
    np.testing.assert_allclose(
        steps(torch.optim.Adam([w], 1.0, (beta, 0.999)), w), readings.adam(given, beta), rtol=1e-7
    )
    np.testing.assert_allclose(readings.average(given, beta), (1 - beta) * readings.velocity(given, beta))


def test_the_correction_takes_the_zero_out() -> None:
    ones = np.ones(20)
    assert readings.average(ones, 0.9)[1] == pytest.approx(0.19)
    np.testing.assert_allclose(readings.corrected(ones, 0.9), ones)
    assert readings.memory(0.9) == pytest.approx(10)


def test_layers_with_rates_of_their_own_are_no_race() -> None:
    document = racing.ground("bowl").document
    for setting, value in (("learning_rate", 0.1), ("optimizer", "adam")):
        with pytest.raises(StudioError) as caught:
            racing.of_network(SetParam("place", (setting,), value).apply(document, CATALOG))
        assert caught.value.message.key == "race.own_rates"


def test_no_lane_shows_the_surface_and_one_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    race = racing.Race(racing.ground("bowl"), [], 5)
    race.work()
    assert race.contour is not None and not race.ways
    from nnstudio.engine import race as engine

    real = engine.way

    def way(program: Any, updates: int, cancel: Any = None) -> Any:
        if "Adagrad" in program.updaters[0].target:
            raise RuntimeError("no room")
        return real(program, updates, cancel)

    monkeypatch.setattr(engine, "way", way)
    race = racing.Race(racing.ground("bowl"), racing.lanes("bowl"), 5)
    race.work()
    assert set(race.ways) == {0, 1, 2, 4, 5} and race.reason is not None and race.reason.key == "race.failed"
