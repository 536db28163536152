"""The report before training: every finding is provoked, and gone after its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile import analysis
from nnstudio.compile.analysis import Report, analyse
from nnstudio.compile.findings import checks, run
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.edits import AddNode, Connect
from nnstudio.document.groups import MakeGroup
from nnstudio.document.values import Document, Params, Wire
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import example_names, example_path
from tests.helpers import chain, choice, finish, sound

IRIS, CE, MSE = choice("iris"), choice("cross_entropy"), choice("mse")
SIGMOID = {"activation": choice("sigmoid")}


def found(report: Report) -> set[str]:
    return {problem.what.key.removesuffix(".what") for problem in report.problems}


def layer(
    name: str, units: int = 3, activation: str = "identity", start: str = "default", **more: Any
) -> tuple[str, str, dict[str, Any]]:
    return (
        "linear",
        name,
        {"units": units, "activation": choice(activation), "weight_initializer": choice(start), **more},
    )


def two_losses() -> Document:
    document = chain(layer("h"), data=IRIS, loss=CE)
    document = AddNode("loss", "second", params=Params({"loss": MSE})).apply(document, CATALOG)
    return Connect(Wire("h", "y", "second", "prediction")).apply(document, CATALOG)


def rare_class(tmp: Path) -> Document:
    rows = ["a,kind"] + [f"{i},often" for i in range(90)] + [f"{i},rare" for i in range(10)]
    (tmp / "rare.csv").write_text("\n".join(rows), encoding="utf-8")
    return chain(layer("o", 2), data=choice("table_file", path=str(tmp / "rare.csv")), loss=CE)


def deep() -> Document:
    return chain(*(layer(f"h{i}", 4, "sigmoid", "xavier_normal") for i in range(6)), layer("o"), data=IRIS, loss=CE)


CASES: dict[str, Any] = {
    "loss.twice": lambda tmp: chain(layer("o", 3, "softmax"), data=IRIS, loss=CE),
    "loss.no_log": lambda tmp: chain(layer("o", 3), data=IRIS, loss=choice("nll")),
    "loss.saturates": lambda tmp: chain(layer("o", 3, "sigmoid"), data=IRIS, loss=MSE),
    "loss.rectified": lambda tmp: chain(layer("o", 3, "relu"), data=IRIS, loss=CE),
    "loss.out_of_reach": lambda tmp: chain(
        layer("h", 8, "relu", "he_normal"),
        layer("o", 1, "tanh"),
        data=choice("diabetes"),
        loss=MSE,
        data_params={"target_scaling": "standard"},
    ),
    "losses.unweighted": lambda tmp: two_losses(),
    "data.unbalanced": rare_class,
    "start.mismatch": lambda tmp: chain(layer("h", 8, "tanh", "he_normal"), layer("o"), data=IRIS, loss=CE),
    "start.equal": lambda tmp: chain(layer("h", 8, "relu", "zeros"), layer("o"), data=IRIS, loss=CE),
    "layers.linear": lambda tmp: chain(layer("h", 8), ("dropout", "d", {}), layer("o"), data=IRIS, loss=CE),
    "layer.flat": lambda tmp: chain(layer("h", 8, "step"), layer("o"), data=IRIS, loss=CE),
    "layers.too_deep": lambda tmp: deep(),
    "dropout.strong": lambda tmp: chain(layer("h"), ("dropout", "d", {"p": 0.9}), layer("o"), data=IRIS, loss=CE),
    "dropout.before_norm": lambda tmp: chain(
        layer("h"), ("dropout", "d", {"p": 0.2}), ("batch_norm_1d", "n", {}), layer("o"), data=IRIS, loss=CE
    ),
    "data.unscaled": lambda tmp: chain(layer("o"), data=choice("wine"), loss=CE, data_params={"scaling": "none"}),
    "data.large_numbers": lambda tmp: chain(
        ("flatten", "f", {}),
        layer("o", 2),
        data=choice("npz_file", path=str(large_numbers(tmp))),
        loss=CE,
        data_params={"scaling": "none"},
    ),
    "data.unscaled_target": lambda tmp: chain(
        layer("o", 1), data=choice("diabetes"), loss=MSE, data_params={"target_scaling": "none"}
    ),
    "data.scaled_target": lambda tmp: chain(layer("o", 1), data=choice("diabetes"), loss=MSE),
    "data.constant": lambda tmp: of_table(tmp, "same"),
    "data.numbering": lambda tmp: of_table(tmp, "number"),
    "data.leaks": lambda tmp: of_table(tmp, "again"),
    "rate.unusual": lambda tmp: chain(layer("o"), data=IRIS, loss=CE, optimizer=choice("adam", learning_rate=5.0)),
    "rate.warmup": lambda tmp: chain(layer("o"), data=IRIS, loss=CE, optimizer_params={"warmup": 20}, epochs=20),
    "batch.single": lambda tmp: chain(
        layer("h"), ("batch_norm_1d", "n", {}), layer("o"), data=IRIS, loss=CE, batch_size=1
    ),
    "parts.whole": lambda tmp: chain(layer("h"), ("batch_norm_1d", "n", {}), layer("o"), data=IRIS, loss=CE, parts=4),
    "parts.many": lambda tmp: chain(layer("o"), data=IRIS, loss=CE, batch_size=8, parts=64),
    "names.many": lambda tmp: chain(("linear", "o", {"units": 3, "names": ("a", "b", "c", "d")}), data=IRIS, loss=CE),
    "precision.mixed": lambda tmp: chain(layer("o"), data=IRIS, loss=CE, dtype="bfloat16"),
}


def of_table(tmp: Path, column: str) -> Document:
    """A table with one column that is not to be learnt from."""
    draw = np.random.default_rng(0)
    kinds = draw.integers(0, 3, 60)
    odd = {"same": ["x"] * 60, "number": list(range(101, 161)), "again": [f"kind {'abc'[kind]}" for kind in kinds]}
    rows = zip(
        draw.normal(size=60), draw.permutation(odd[column]) if column == "number" else odd[column], kinds, strict=True
    )
    path = tmp / "odd.csv"
    path.write_text("a,odd,kind\n" + "".join(f"{a:.3f},{b},{kind}\n" for a, b, kind in rows), encoding="utf-8")
    return chain(layer("o"), data=choice("table_file", path=str(path)), loss=CE)


def large_numbers(tmp: Path) -> Path:
    draw = np.random.default_rng(0)
    np.savez(tmp / "a.npz", x=draw.integers(0, 255, (20, 4, 4)).astype(np.uint8), y=np.arange(20) % 2)
    return tmp / "a.npz"


@pytest.mark.parametrize("key", CASES)
def test_every_finding_is_provoked_and_mended(key: str, tmp_path: Path) -> None:
    document = CASES[key](tmp_path)
    report = analyse(lower(document))
    assert key in found(report)
    problem = next(p for p in report.problems if p.what.key == f"{key}.what")
    for text in (problem.what, problem.why, problem.remedy):
        assert "{" not in text.render("en") and "{" not in text.render("zh")
    assert problem.mend is not None
    mended = problem.mend.apply(document, CATALOG)
    after = analyse(lower(mended))
    assert key not in found(after), [p.what.render() for p in after.problems]
    assert not after.errors and lower(mended).program is not None


def test_every_check_has_a_case() -> None:
    """What the table of messages calls a finding is provoked above, or just below (memory)."""
    text = Path(run.__file__).parent
    keys = {
        word
        for path in text.glob("*.py")
        for word in __import__("re").findall(r'finding\(\s*"([a-z_.]+)"', path.read_text(encoding="utf-8"))
    }
    assert keys == {*CASES, "memory.much"}


def test_memory_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    document = chain(layer("h", 500), layer("o"), data=IRIS, loss=CE, batch_size=1024)
    report = analyse(lower(document))
    assert "memory.much" not in found(report)
    monkeypatch.setattr(run, "memory_limit", lambda: report.memory // 2)
    over = analyse(lower(document))
    problem = next(p for p in over.errors if p.what.key == "memory.much.what")
    assert problem.mend is not None
    assert "memory.much" not in found(analyse(lower(problem.mend.apply(document, CATALOG))))
    monkeypatch.setattr(run, "memory_limit", lambda: 10)
    assert next(p for p in analyse(lower(document)).errors).mend is None


def test_a_mend_inside_a_group() -> None:
    document = chain(layer("h", 8, "tanh", "he_normal"), layer("g", 8, "tanh"), layer("o"), data=IRIS, loss=CE)
    document = MakeGroup(("h", "g")).apply(document, CATALOG)
    problem = next(p for p in analyse(lower(document)).problems if p.what.key == "start.mismatch.what")
    assert problem.node == "group1/h" and problem.mend is not None
    assert "start.mismatch" not in found(analyse(lower(problem.mend.apply(document, CATALOG))))


@pytest.mark.parametrize(
    "document",
    [
        chain(layer("o", 3, start="zeros"), data=IRIS, loss=CE),
        chain(layer("h", 8, "relu", "he_normal"), layer("o"), data=IRIS, loss=CE),
        chain(layer("h", 8, "tanh", "xavier_uniform"), layer("o"), data=IRIS, loss=CE),
        chain(layer("h", 8, "selu", "lecun_normal"), layer("o"), data=IRIS, loss=CE),
        chain(layer("h", activation="relu"), ("dropout", "d", {"p": 0.3}), layer("o"), data=IRIS, loss=CE),
        chain(layer("h"), ("batch_norm_1d", "n", {}), layer("o"), data=IRIS, loss=CE),
        chain(("linear", "o", {"units": 1}), data=choice("plane"), loss=MSE, data_params={"scaling": "none"}),
    ],
)
def test_sound_networks_have_no_findings(document: Document) -> None:
    assert not analyse(lower(document)).problems


@pytest.mark.parametrize("name", example_names())
def test_the_shipped_examples_have_no_findings(name: str) -> None:
    document, _ = storage.load(example_path(name))
    assert not analyse(lower(document)).problems


# -- the table -----------------------------------------------------------------------------------


def test_the_table_counts_multiply_adds_by_hand() -> None:
    document = chain(
        ("conv_2d", "c", {"channels": 6, "kernel": 3}),
        ("max_pool_2d", "p", {}),
        ("flatten", "f", {}),
        layer("o", 10),
        data=choice("digits", form="images"),
        loss=CE,
    )
    rows = {row.node: row for row in analyse(lower(document)).rows}
    assert rows["c"].shape == (2, 6, 6, 6) and rows["c"].axes == "CHW"
    assert rows["c"].multiply_adds == 6 * 6 * 6 * 9 and rows["c"].parameters == 6 * 9 + 6
    assert rows["o"].multiply_adds == 54 * 10 and rows["p"].multiply_adds == 0
    assert analyse(lower(document)).multiply_adds == 1944 + 540


def test_memory_grows_with_the_batch() -> None:
    small = chain(layer("h", 100), layer("o"), data=IRIS, loss=CE, batch_size=8)
    large = chain(layer("h", 100), layer("o"), data=IRIS, loss=CE, batch_size=80)
    row = {r.node: r.memory for r in analyse(lower(small)).rows}
    assert row["h"] == 2 * 4 * 8 * 100
    assert {r.node: r.memory for r in analyse(lower(large)).rows}["h"] == 10 * row["h"]


def test_an_unfinished_network_has_a_table_too() -> None:
    report = analyse(lower(chain(layer("h"), ("conv_2d", "c", {}), layer("o"), data=IRIS, loss=CE)))
    rows = {row.node: row for row in report.rows}
    assert rows["h"].multiply_adds == 12 and rows["c"].shape is None and report.errors


def test_checks_survive_anything_drawn() -> None:
    """A node with settings that cannot be used is no reason for a check to fail."""
    document = chain(layer("h"), ("dropout", "d", {}), layer("o"), data=IRIS, loss=CE)
    nodes = tuple(n if n.id != "d" else type(n)("d", "dropout", "", Params(p="much")) for n in document.nodes)
    report = analyse(lower(Document("x", nodes, document.wires)))
    assert "node.bad_value" in found(report) and len(checks()) == 21


# -- E4: a phone-price table --------------------------------------------------------------------------


def phones(path: Path) -> None:
    """20 features of very different scale and 4 ordered classes: one feature tells most, as memory does of a price."""
    draw = np.random.default_rng(7)
    scale = 10.0 ** draw.uniform(-1, 3.5, 20)
    x = draw.standard_normal((2000, 20))
    price = x[:, :6] @ np.array([4.0, 1.0, -0.8, 0.6, 0.4, 0.2])
    label = np.searchsorted(np.quantile(price, [0.25, 0.5, 0.75]), price)
    header = ",".join([*(f"f{i}" for i in range(20)), "price_range"])
    rows = [",".join([*(f"{v:.5g}" for v in row * scale + 2 * scale), str(k)]) for row, k in zip(x, label, strict=True)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")


def test_e4_the_naive_recipe_is_flagged_and_its_remedies_mend_it(tmp_path: Path) -> None:
    phones(tmp_path / "phones.csv")
    document = chain(
        layer("h1", 64, "relu", "he_normal"),
        ("dropout", "d1", {"p": 0.9}),
        layer("h2", 128, "relu", "he_normal"),
        ("dropout", "d2", {"p": 0.9}),
        layer("o", 4),
        data=choice("table_file", path=str(tmp_path / "phones.csv"), targets=("price_range",)),
        loss=CE,
        data_params={"scaling": "none"},
        optimizer=choice("sgd", learning_rate=0.1),
        epochs=40,
        batch_size=64,
    )
    report = analyse(lower(document))
    assert {"data.unscaled", "dropout.strong"} <= found(report)
    naive, _ = finish(Trainer(sound(document), epochs=3, device="cpu"))
    assert naive.how == "failed" or naive.report["final"]["val_accuracy"] < 0.4
    for _ in range(5):
        problem = next((p for p in analyse(lower(document)).problems if p.mend is not None), None)
        if problem is None:
            break
        document = problem.mend.apply(document, CATALOG)
    assert not analyse(lower(document)).problems
    end, _ = finish(Trainer(sound(document), device="cpu"))
    assert end.report["final"]["val_accuracy"] > 0.9, end.report["final"]


def test_counting_touches_no_other_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch's own counting mode hooks into every module of every thread; ours must not."""
    from torch.nn.modules import module as hooks

    from nnstudio.compile.analysis import multiply_adds

    multiply_adds.cache_clear()
    hooked: list[int] = []
    real = analysis.run_calls
    monkeypatch.setattr(
        analysis, "run_calls", lambda *a: (hooked.append(len(hooks._global_forward_pre_hooks)), real(*a))[1]
    )
    report = analyse(lower(chain(layer("h", 7), layer("o"), data=IRIS, loss=CE)))
    assert report.multiply_adds == 28 + 21 and hooked and not any(hooked)
    for kind, gates in (("rnn", 1), ("lstm", 4), ("gru", 3)):
        document = chain(
            ("embedding", "e", {"width": 5}),
            (kind, "r", {"units": 3}),
            layer("o", 4),
            data=choice("sequence_memory"),
            loss=CE,
        )
        row = next(row for row in analyse(lower(document)).rows if row.node == "r")
        # Each gate multiplies the input (5 × 3) and the state (3 × 3) at each of the 8 steps.
        assert row.multiply_adds == gates * 8 * (15 + 9)
