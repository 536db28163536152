"""The sheets: every entry is on its own, and what the pictures show is true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnstudio.catalog.entry import Initializer, Stream
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Params
from nnstudio.engine.spread import Spread
from nnstudio.session.sheets import ACTIVATIONS, INITIALIZERS, LOSSES, by_formula, spread_of
from nnstudio.session.sheets import _cell as cell_of
from nnstudio.ui.kit.texts import words
from tests.e2e.hand import open_window

pytestmark = pytest.mark.usefixtures("qtbot")


LAYERS, WIDTH = 10, 60


def spread(name: str, activation: str) -> Spread:
    found = spread_of(chosen(INITIALIZERS, name), f"ten-layers-{activation}.nns")
    assert found is not None
    return found[1]


def chosen(of: str, name: str) -> Choice:
    return Choice(name, complete(family(of)[name].fields, Params(), CATALOG))


def test_every_entry_is_on_its_sheet() -> None:
    with open_window() as hand:
        for of in (ACTIVATIONS, LOSSES, INITIALIZERS):
            hand.window.guide.show_sheet(of)
            sheets = hand.window.guide.sheets
            assert sheets is not None
            page = sheets.pages[of]
            hand.wait(lambda page=page: page.whole)
            assert [cell.id for cell in page.cells] == list(family(of))
            assert [cell.id for cell in page.cells if cell.curve is None] in ([], ["explicit"])
            assert all(not label.pixmap().isNull() for label, cell in page._pictures if cell.curve is not None)
        sheets.close()


def test_a_lesson_opens_its_sheet() -> None:
    with open_window() as hand:
        hand.window.bench.tutoring.open("D1")
        hand.compiled()
        hand.session.tutor.go(4)
        assert hand.window.guide.sheets is not None and hand.window.guide.sheets.isVisible()


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("xavier_normal", 2 / (WIDTH + WIDTH)),
        ("xavier_uniform", 2 / (WIDTH + WIDTH)),
        ("he_normal", 2 / WIDTH),
        ("he_uniform", 2 / WIDTH),
        ("lecun_normal", 1 / WIDTH),
        ("zeros", 0.0),
    ],
)
def test_what_is_drawn_has_the_variance_of_theory(name: str, variance: float) -> None:
    found = spread(name, "tanh")
    assert found.outputs.shape == (LAYERS,)
    assert found.variance == pytest.approx(variance, rel=0.08, abs=1e-12)
    if name == "xavier_uniform":
        assert found.limit == pytest.approx((6 / (WIDTH + WIDTH)) ** 0.5, rel=0.01) and found.limit <= (6 / 120) ** 0.5


def test_he_keeps_relu_alive_and_a_small_start_does_not() -> None:
    """The spread through ten layers, recomputed here with numpy from the same rule."""
    he = spread("he_normal", "relu")
    small = spread("truncated_normal", "relu")
    assert 0.3 < he.outputs[-1] / he.outputs[0] < 3 and small.outputs[-1] < 1e-6 * small.outputs[0]
    draw = np.random.default_rng(1)
    x, stds = draw.standard_normal((60, WIDTH)), []
    for _ in range(LAYERS):
        x = np.maximum(x @ (draw.standard_normal((WIDTH, WIDTH)) * (2 / WIDTH) ** 0.5), 0)
        stds.append(float(x.std()))
    # Two draws of ten layers differ; their sizes do not.
    assert 0.3 < he.outputs[-1] / stds[-1] < 3


@pytest.mark.parametrize("name", [name for name in sorted(family(INITIALIZERS)) if name != "explicit"])
def test_what_is_drawn_is_what_the_formula_says(name: str) -> None:
    """Against torch's own draws for a large matrix that is not square."""
    variance, limit = by_formula(chosen(INITIALIZERS, name), (400, 250))
    weight = torch.empty(250, 400)
    entry = family(INITIALIZERS)[name]
    assert isinstance(entry, Initializer)
    call = entry.call(chosen(INITIALIZERS, name).params)
    if call is None:
        torch.manual_seed(0)
        weight = torch.nn.Linear(400, 250).weight.detach()
    else:
        generator = torch.Generator().manual_seed(0)
        kwargs = {key: generator if isinstance(value, Stream) else value for key, value in call.kwargs.items()}
        getattr(torch.nn.init, call.target.rpartition(".")[2])(weight, **kwargs)
    assert variance is not None
    assert float(weight.var()) == pytest.approx(variance, rel=0.03, abs=1e-12)
    if limit is not None:
        assert float(weight.abs().max()) <= limit * (1 + 1e-6)


def test_the_sheet_sets_theory_beside_what_was_drawn() -> None:
    cell = cell_of(INITIALIZERS, family(INITIALIZERS)["xavier_uniform"])
    said = [words(line) for line in cell.lines]
    assert any(text.startswith("by the formula: variance 0.01667") and "0.2236" in text for text in said)
    assert any(text.startswith("drawn: variance 0.01") for text in said)
