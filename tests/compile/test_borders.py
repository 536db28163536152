"""Every finding has a border: just before it nothing is said, from it on it is; and what it names are the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.problems import Problem
from nnstudio.document.edits import AddNode, Connect, SetParam, SetTraining
from nnstudio.document.values import Choice, Document, Params, Wire
from tests.compile.test_analysis import CE, IRIS, MSE, layer
from tests.helpers import chain, choice

AS_IS = {"target_scaling": "none"}


def said(document: Document, key: str) -> list[Problem]:
    return [problem for problem in analyse(lower(document)).problems if problem.what.key == f"{key}.what"]


def table(tmp: Path, text: str) -> Choice:
    (tmp / "t.csv").write_text(text, encoding="utf-8")
    return choice("table_file", path=str(tmp / "t.csv"))


def targets(tmp: Path, *values: float) -> Choice:
    """A table of one column and these targets; with many different values they are numbers, not classes."""
    return table(tmp, "a,y\n" + "\n".join(f"{i % 7}.5,{value}" for i, value in enumerate(values)))


def spread(low: float, high: float, count: int = 60) -> list[float]:
    return [round(low + (high - low) * i / (count - 1), 6) for i in range(count)]


# -- what meets at the loss -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "low", "high", "scaling", "speaks"),
    [
        ("sigmoid", 0.0, 1.0, "none", False),
        ("sigmoid", 0.0, 1.009, "none", False),
        ("sigmoid", 0.0, 1.02, "none", True),
        ("sigmoid", -0.009, 1.0, "none", False),
        ("sigmoid", -0.02, 1.0, "none", True),
        ("tanh", -1.019, 1.0, "none", False),
        ("tanh", -1.03, 1.0, "none", True),
        ("tanh", 400.0, 900.0, "minmax", False),
        # Evenly spread numbers reach to 1.7 standard deviations: whatever they are.
        ("tanh", 0.0, 0.5, "standard", True),
        ("relu", -5.0, 5.0, "none", False),
    ],
)
def test_targets_that_an_activation_reaches(
    activation: str, low: float, high: float, scaling: str, speaks: bool, tmp_path: Path
) -> None:
    data = targets(tmp_path, *spread(low, high))
    document = chain(layer("o", 1, activation), data=data, loss=MSE, data_params={"target_scaling": scaling})
    assert bool(said(document, "loss.out_of_reach")) == speaks


def test_the_reach_is_told_in_the_numbers_that_the_network_is_given(tmp_path: Path) -> None:
    data = targets(tmp_path, *spread(10.0, 30.0))
    raw = chain(layer("o", 1, "sigmoid"), data=data, loss=MSE, data_params=AS_IS)
    (problem,) = said(raw, "loss.out_of_reach")
    assert problem.node == "o"
    assert {k: problem.what.args[k] for k in ("least", "most", "low", "high")} == {
        "least": 10.0,
        "most": 30.0,
        "low": 0.0,
        "high": 1.0,
    }
    scaled = chain(layer("o", 1, "sigmoid"), data=data, loss=MSE, data_params={"target_scaling": "standard"})
    (problem,) = said(scaled, "loss.out_of_reach")
    # The ends of an even spread of 60 values: √3 · √(59/61) standard deviations.
    assert problem.what.args["least"] == pytest.approx(-1.7034, abs=1e-3)
    assert problem.what.args["most"] == pytest.approx(1.7034, abs=1e-3)


@pytest.mark.parametrize(
    ("loss", "activation", "key"),
    [
        (CE, "identity", ""),
        (CE, "softmax", "loss.twice"),
        (CE, "log_softmax", "loss.twice"),
        (CE, "relu", "loss.rectified"),
        (CE, "sigmoid", "loss.twice"),
        (CE, "tanh", ""),
        (choice("nll"), "log_softmax", ""),
        (choice("nll"), "softmax", "loss.no_log"),
        (MSE, "softmax", "loss.saturates"),
        (MSE, "tanh", "loss.saturates"),
        (MSE, "identity", ""),
        (MSE, "relu", "loss.rectified"),
    ],
)
def test_every_pair_of_loss_and_last_activation(loss: Choice, activation: str, key: str) -> None:
    document = chain(layer("o", 3, activation), data=IRIS, loss=loss)
    names = [problem.what.key for problem in analyse(lower(document)).problems]
    assert [name for name in names if name.startswith("loss.")] == ([f"{key}.what"] if key else [])


@pytest.mark.parametrize(("units", "better"), [(3, "cross_entropy"), (1, "bce_logits")])
def test_the_better_loss_fits_the_number_of_outputs(units: int, better: str) -> None:
    data = IRIS if units > 1 else choice("rings")
    document = chain(layer("o", units, "sigmoid"), data=data, loss=MSE)
    (problem,) = said(document, "loss.saturates")
    assert problem.mend is not None
    assert problem.mend.apply(document, CATALOG).by_id["loss"].params["loss"].kind == better
    assert problem.mend.apply(document, CATALOG).by_id["o"].params["activation"].kind == "identity"


@pytest.mark.parametrize(("rare", "speaks"), [(10, True), (11, False)])
def test_classes_are_unbalanced_from_five_to_one(rare: int, speaks: bool, tmp_path: Path) -> None:
    rows = [f"{i}.5,often" for i in range(50)] + [f"{i}.5,rare" for i in range(rare)]
    document = chain(layer("o", 2), data=table(tmp_path, "a,kind\n" + "\n".join(rows)), loss=CE)
    found = said(document, "data.unbalanced")
    assert bool(found) == speaks
    if speaks:
        (problem,) = found
        assert problem.what.args == {"most": "often", "high": 50, "least": "rare", "low": 10}
        weights = problem.mend.apply(document, CATALOG).by_id["loss"].params["loss"].params["class_weights"]
        # n / (classes · n of the class), as scikit-learn's "balanced" has it.
        assert weights == (0.6, 3.0)


@pytest.mark.parametrize(("first", "second", "speaks"), [(1.0, 1.0, True), (1.0, 0.5, False), (0.5, 0.5, False)])
def test_several_losses_that_are_only_added(first: float, second: float, speaks: bool) -> None:
    document = chain(layer("o"), data=IRIS, loss=CE)
    document = AddNode("loss", "more", params=Params({"loss": CE, "weight": second})).apply(document, CATALOG)
    document = Connect(Wire("o", "y", "more", "prediction")).apply(document, CATALOG)
    document = SetParam("loss", ("weight",), first).apply(document, CATALOG)
    found = said(document, "losses.unweighted")
    assert bool(found) == speaks
    if speaks:
        mended = found[0].mend.apply(document, CATALOG)
        assert mended.by_id["loss"].params["weight"] == mended.by_id["more"].params["weight"] == 0.5


# -- the layers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        (4, 0),
        (5, 5),
        (7, 7),
    ],
)
@pytest.mark.parametrize("last", ["identity", "sigmoid"])
def test_five_saturating_layers_are_many(layers: int, count: int, last: str) -> None:
    hidden = [layer(f"h{i}", 4, "sigmoid", "xavier_normal") for i in range(layers)]
    found = said(chain(*hidden, layer("o", 3, last), data=IRIS, loss=CE), "layers.too_deep")
    assert [problem.what.args["count"] for problem in found] == ([count] if count else [])
    if count:
        assert found[0].node == "h0"
        mended = found[0].mend.apply(chain(*hidden, layer("o", 3, last), data=IRIS, loss=CE), CATALOG)
        assert {mended.by_id[f"h{i}"].params["activation"].kind for i in range(layers)} == {"relu"}
        assert {mended.by_id[f"h{i}"].params["weight_initializer"].kind for i in range(layers)} == {
            next(e.id for e in family("initializers").values() if "rectifier" in e.suits)
        }


def test_a_norm_keeps_the_gradient_alive() -> None:
    first = [layer(f"a{i}", 4, "sigmoid", "xavier_normal") for i in range(3)]
    second = [layer(f"b{i}", 4, "sigmoid", "xavier_normal") for i in range(3)]
    norm = ("layer_norm", "n", {})
    assert said(chain(*first, *second, layer("o"), data=IRIS, loss=CE), "layers.too_deep")
    assert not said(chain(*first, norm, *second, layer("o"), data=IRIS, loss=CE), "layers.too_deep")


@pytest.mark.parametrize(("p", "speaks"), [(0.79, False), (0.8, True)])
def test_dropout_is_strong_from_four_fifths(p: float, speaks: bool) -> None:
    document = chain(layer("h", 8, "relu"), ("dropout", "d", {"p": p}), layer("o"), data=IRIS, loss=CE)
    found = said(document, "dropout.strong")
    assert bool(found) == speaks
    if speaks:
        assert found[0].what.args["share"] == 80 and found[0].what.args["usual"] == 20
        assert found[0].mend.apply(document, CATALOG).by_id["d"].params["p"] == 0.2


@pytest.mark.parametrize(
    ("between", "p", "speaks"),
    [
        ((), 0.3, True),
        ((), 0.0, False),
        ((("activation", "r", {"activation": choice("relu")}),), 0.3, True),
        ((layer("w", 8),), 0.3, False),
    ],
)
def test_dropout_in_front_of_a_norm_of_the_very_values(between: Any, p: float, speaks: bool) -> None:
    document = chain(
        layer("h", 8, "relu"),
        ("dropout", "d", {"p": p}),
        *between,
        ("batch_norm_1d", "n", {}),
        layer("o"),
        data=IRIS,
        loss=CE,
    )
    assert bool(said(document, "dropout.before_norm")) == speaks


@pytest.mark.parametrize(
    ("between", "activation", "speaks"),
    [
        ((), "identity", True),
        ((("dropout", "d", {"p": 0.2}),), "identity", True),
        ((("batch_norm_1d", "n", {}),), "identity", False),
        ((("activation", "r", {"activation": choice("relu")}),), "identity", False),
        ((), "relu", False),
        ((), "leaky_relu", False),
        ((), "step", False),
    ],
)
def test_two_layers_of_sums_are_one_where_nothing_bends(between: Any, activation: str, speaks: bool) -> None:
    document = chain(layer("h", 8, activation), *between, layer("o"), data=IRIS, loss=CE)
    found = said(document, "layers.linear")
    assert bool(found) == speaks
    if speaks:
        assert found[0].node == "h"
        assert (found[0].what.args["first"], found[0].what.args["second"]) == ("h", "o")


def test_a_second_reader_makes_something_else_of_two_sums() -> None:
    document = chain(layer("h", 8), layer("o"), data=IRIS, loss=CE)
    document = AddNode("loss", "more", params=Params({"loss": CE, "weight": 0.5})).apply(document, CATALOG)
    document = AddNode("linear", "o2", params=Params({"units": 3})).apply(document, CATALOG)
    document = Connect(Wire("h", "y", "o2", "x")).apply(document, CATALOG)
    document = Connect(Wire("o2", "y", "more", "prediction")).apply(document, CATALOG)
    assert not said(document, "layers.linear")


@pytest.mark.parametrize(
    ("activation", "start", "speaks"),
    [
        ("tanh", "xavier_normal", False),
        ("tanh", "he_normal", True),
        ("relu", "he_normal", False),
        ("relu", "xavier_normal", True),
        ("relu", "default", False),
        ("selu", "lecun_normal", False),
        ("selu", "default", True),
        ("selu", "zeros", False),
        ("identity", "he_normal", False),
    ],
)
def test_start_values_and_the_activation_they_are_for(activation: str, start: str, speaks: bool) -> None:
    document = chain(layer("h", 8, activation, start), layer("o"), data=IRIS, loss=CE)
    assert bool(said(document, "start.mismatch")) == speaks
    # The activation may stand behind the sums as a node of its own, with a norm between.
    apart = chain(
        layer("h", 8, start=start),
        ("batch_norm_1d", "n", {}),
        ("activation", "f", {"activation": choice(activation)}),
        layer("o"),
        data=IRIS,
        loss=CE,
    )
    assert bool(said(apart, "start.mismatch")) == speaks


@pytest.mark.parametrize("start", ["zeros", "ones", "constant"])
def test_only_a_single_layer_may_start_all_alike(start: str) -> None:
    assert not said(chain(layer("o", start=start), data=IRIS, loss=CE), "start.equal")
    both = chain(layer("h", 8, "relu", start), layer("o", start=start), data=IRIS, loss=CE)
    assert [problem.node for problem in said(both, "start.equal")] == ["h", "o"]
    three = chain(layer("h", 8, "relu", start), layer("g", 8, "relu", "he_normal"), layer("o"), data=IRIS, loss=CE)
    assert [problem.node for problem in said(three, "start.equal")] == ["h"]


@pytest.mark.parametrize(
    ("first", "speaks"), [(("activation", "f", {"activation": choice("step")}), False), (None, True)]
)
def test_a_step_is_in_the_way_only_of_what_learns(first: Any, speaks: bool) -> None:
    hidden = [first] if first is not None else [layer("h", 4, "step")]
    assert bool(said(chain(*hidden, layer("o"), data=IRIS, loss=CE), "layer.flat")) == speaks


# -- data and run -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("wide", "speaks"), [(4.0, False), (40.0, False), (50.0, False), (51.0, True)])
def test_inputs_are_large_from_fifty(wide: float, speaks: bool, tmp_path: Path) -> None:
    rows = [f"{wide if i == 3 else wide / 2},{i % 5}.5,{'ab'[i % 2]}" for i in range(40)]
    data = table(tmp_path, "a,b,kind\n" + "\n".join(rows))
    document = chain(layer("o", 2), data=data, loss=CE, data_params={"scaling": "none"})
    assert bool(said(document, "data.unscaled")) == speaks


@pytest.mark.parametrize(("ratio", "speaks"), [(99.0, False), (101.0, True)])
def test_columns_differ_from_a_hundred_to_one(ratio: float, speaks: bool, tmp_path: Path) -> None:
    rows = [f"{0.01 * (i % 2) * ratio},{0.01 * (i % 2)},3,{'ab'[i % 3 % 2]}" for i in range(40)]
    data = table(tmp_path, "a,b,still,kind\n" + "\n".join(rows))
    document = chain(layer("o", 2), data=data, loss=CE, data_params={"scaling": "none"})
    found = said(document, "data.unscaled")
    assert bool(found) == speaks
    if speaks:
        assert found[0].what.args == {"wide": "a", "high": 0.505, "narrow": "b", "low": 0.005}
    for scaling in ("standard", "minmax"):
        assert not said(chain(layer("o", 2), data=data, loss=CE, data_params={"scaling": scaling}), "data.unscaled")


@pytest.mark.parametrize(("high", "speaks"), [(50.0, False), (50.5, True), (-50.5, True)])
def test_targets_are_large_from_fifty(high: float, speaks: bool, tmp_path: Path) -> None:
    document = chain(layer("o", 1), data=targets(tmp_path, *spread(0.0, high)), loss=MSE, data_params=AS_IS)
    found = said(document, "data.unscaled_target")
    assert bool(found) == speaks
    if speaks:
        assert found[0].what.args == {"name": "y", "least": min(0.0, high), "most": max(0.0, high)}


USUAL = [(entry.id, *entry.usual) for entry in family("optimizers").values()]


@pytest.mark.parametrize(("kind", "low", "high"), USUAL)
def test_a_rate_is_usual_up_to_the_ends_of_what_is_usual(kind: str, low: float, high: float) -> None:
    def speaks(rate: float, own: float | None = None) -> list[Problem]:
        rates = choice(kind, learning_rate=rate)
        return said(chain(layer("o", learning_rate=own), data=IRIS, loss=CE, optimizer=rates), "rate.unusual")

    assert not speaks(low) and not speaks(high) and not speaks(high, low) and not speaks(low, high)
    for rate in (low * 0.99, high * 1.01):
        (problem,) = speaks(rate)
        assert problem.node == "optimizer" and problem.what.args["rate"] == rate
        assert (problem.what.args["low"], problem.what.args["high"]) == (low, high)
        (problem,) = speaks(high, rate)
        assert problem.node == "o" and problem.what.args["rate"] == rate


@pytest.mark.parametrize(("batch", "speaks"), [(1, True), (2, False)])
def test_a_batch_norm_needs_two(batch: int, speaks: bool) -> None:
    document = chain(
        layer("h"), ("batch_norm_1d", "n", {}), layer("m"), ("batch_norm_1d", "k", {}), layer("o"),
        data=IRIS, loss=CE, batch_size=batch,
    )  # fmt: skip
    found = said(document, "batch.single")
    assert [problem.node for problem in found] == (["n"] if speaks else [])
    if speaks:
        assert found[0].mend.apply(document, CATALOG).training["batch_size"] == 32
    assert not said(chain(layer("o"), data=IRIS, loss=CE, batch_size=1), "batch.single")


@pytest.mark.parametrize(("warmup", "share"), [(0, None), (19, None), (20, 2), (30, 2)])
def test_a_warmup_leaves_epochs_to_learn_in(warmup: int, share: int | None) -> None:
    document = chain(layer("o"), data=IRIS, loss=CE, optimizer_params={"warmup": warmup}, epochs=20)
    found = said(document, "rate.warmup")
    assert bool(found) == (share is not None)
    if share is not None:
        assert (found[0].what.args["warmup"], found[0].what.args["epochs"]) == (warmup, 20)
        assert found[0].mend.apply(document, CATALOG).by_id["optimizer"].params["warmup"] == share


def test_a_run_of_a_few_epochs_has_no_warmup_left() -> None:
    document = chain(layer("o"), data=IRIS, loss=CE, optimizer_params={"warmup": 5}, epochs=5)
    (problem,) = said(document, "rate.warmup")
    assert problem.mend is not None
    assert problem.mend.apply(document, CATALOG).by_id["optimizer"].params["warmup"] == 0


@pytest.mark.parametrize(("wired", "source", "speaks"), [(False, "", True), (True, "data", True), (True, "h", False)])
def test_targets_count_where_the_loss_compares_with_them(
    wired: bool, source: str, speaks: bool, tmp_path: Path
) -> None:
    data = targets(tmp_path, *spread(0.0, 90.0))
    document = chain(layer("h", 1), layer("o", 1), data=data, loss=MSE, data_params=AS_IS)
    if wired:
        document = Connect(Wire(source, "y", "loss", "target")).apply(document, CATALOG)
    assert bool(said(document, "data.unscaled_target")) == speaks


@pytest.mark.parametrize(("loss", "speaks"), [("mse", True), ("l1_loss", True), ("bce_logits", False)])
def test_targets_of_a_loss_with_bounds_are_its_own_matter(loss: str, speaks: bool, tmp_path: Path) -> None:
    data = targets(tmp_path, *spread(0.0, 90.0))
    document = chain(layer("o", 1), data=data, loss=choice(loss), data_params=AS_IS)
    assert bool(said(document, "data.unscaled_target")) == speaks


def test_the_rate_of_a_layer_is_measured_by_the_optimizer_it_has() -> None:
    """10 is usual for Adadelta, and far too much for SGD, which looks after the others."""
    slow = layer("h", 8, "relu", "he_normal", optimizer=choice("adadelta", learning_rate=1.0), learning_rate=10.0)
    document = chain(slow, layer("o"), data=IRIS, loss=CE)
    assert not said(document, "rate.unusual")
    fast = layer("h", 8, "relu", "he_normal", optimizer=choice("adam", learning_rate=5.0))
    (problem,) = said(chain(fast, layer("o"), data=IRIS, loss=CE), "rate.unusual")
    assert problem.node == "h" and problem.what.args["rate"] == 5.0
    own = layer("h", 8, "relu", "he_normal", optimizer=choice("adam"), learning_rate=5.0)
    (problem,) = said(chain(own, layer("o"), data=IRIS, loss=CE), "rate.unusual")
    assert problem.node == "h" and problem.what.args["rate"] == 5.0


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_any_number_of_layers_that_only_pass_on_bends_nothing(count: int) -> None:
    between = [("dropout", f"d{i}", {"p": 0.1}) for i in range(count)]
    (problem,) = said(chain(layer("h", 8), *between, layer("o"), data=IRIS, loss=CE), "layers.linear")
    assert (problem.what.args["first"], problem.what.args["second"]) == ("h", "o")
    norms = [("layer_norm", f"n{i}", {}) for i in range(count)]
    start = layer("h", 8, start="he_normal")
    bend = ("activation", "f", {"activation": choice("tanh")})
    assert said(chain(start, *norms, bend, layer("o"), data=IRIS, loss=CE), "start.mismatch")


def test_places_of_a_prediction_are_counted() -> None:
    """Five neurons at each of the twelve steps, where the classes want one row."""
    document = chain(
        ("embedding", "e", {"width": 6}),
        ("linear", "o", {"units": 4}),
        data=choice("sequence_memory", points=60, length=12),
        loss=CE,
    )
    (problem,) = said(document, "loss.places")
    assert problem.what.args["places"] == 12 and problem.what.args["wanted"] == "N × 4"
    images = chain(("conv_2d", "c", {"channels": 10, "kernel": 3}), data=choice("digits", form="images"), loss=CE)
    (problem,) = said(images, "loss.places")
    # Of 8 × 8 pixels a kernel of 3 leaves 6 × 6 places; the last axis counts as classes.
    assert problem.what.args["places"] == 10 * 6


def test_every_target_is_measured_by_its_own_column(tmp_path: Path) -> None:
    """Two targets, the second far wider: scaled, both reach to 1.7 standard deviations and no further."""
    rows = "\n".join(f"{i % 7}.5,{i},{1000 * i}" for i in range(60))
    data = choice("table_file", path=table(tmp_path, "a,y,w\n" + rows).params["path"], targets=("y", "w"))
    document = chain(layer("o", 2, "tanh"), data=data, loss=MSE, data_params={"target_scaling": "standard"})
    (problem,) = said(document, "loss.out_of_reach")
    assert problem.what.args["most"] == pytest.approx(1.7034, abs=1e-3)
    assert problem.what.args["least"] == pytest.approx(-1.7034, abs=1e-3)


@pytest.mark.parametrize(("limit", "batch"), [(0.6, 32), (0.3, 16), (0.06, 2)])
def test_a_batch_is_halved_until_it_fits(limit: float, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    document = chain(layer("h", 4000), layer("o"), data=IRIS, loss=CE, batch_size=64)
    report = analyse(lower(document))
    single = analyse(lower(SetTraining(("batch_size",), 1).apply(document, CATALOG)))
    each = (report.memory - single.memory) / 63
    fixed = report.memory - 64 * each
    monkeypatch.setattr("nnstudio.compile.findings.run.memory_limit", lambda: int(fixed + limit * 64 * each))
    (problem,) = said(document, "memory.much")
    assert problem.mend is not None
    assert problem.mend.apply(document, CATALOG).training["batch_size"] == batch


@pytest.mark.parametrize(("scaling", "speaks"), [("none", False), ("standard", True), ("minmax", True)])
def test_targets_between_bounds_are_not_to_be_scaled(scaling: str, speaks: bool, tmp_path: Path) -> None:
    data = targets(tmp_path, *spread(0.0, 1.0))
    document = chain(layer("o", 1), data=data, loss=choice("bce_logits"), data_params={"target_scaling": scaling})
    found = [problem for problem in lower(document).problems if problem.what.key == "loss.scaled.what"]
    assert bool(found) == speaks
    if speaks:
        assert (found[0].node, found[0].what.args["low"], found[0].what.args["high"]) == ("loss", 0.0, 1.0)


@pytest.mark.parametrize(
    ("data", "loss", "units", "wanted"),
    [("iris", "cross_entropy", 5, 3), ("rings", "mse", 3, 1), ("iris", "mse", 5, 3), ("rings", "nll", 1, 2)],
)
def test_a_prediction_of_the_wrong_width_is_told_the_right_one(data: str, loss: str, units: int, wanted: int) -> None:
    document = chain(
        layer("o", units, "log_softmax" if loss == "nll" else "identity"), data=choice(data), loss=choice(loss)
    )
    (problem,) = (p for p in lower(document).problems if p.what.key == "loss.width.what")
    assert problem.what.args["wanted"] == wanted and problem.mend is not None
    assert problem.mend.apply(document, CATALOG).by_id["o"].params["units"] == wanted
