"""Checks of a lesson: each kind met and not met, marked by running the network; an own kind is one file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.document.lesson import CHECKS, checks_in, lesson
from nnstudio.document.storage import dumps, loads, save
from nnstudio.document.values import Choice, Document, Params
from nnstudio.session.checks import kinds
from nnstudio.session.marking import mark
from tests.helpers import chain, choice
from tests.owned import own_files


def iris(*checks: Choice, **training: object) -> Document:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("tanh")}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.05),
        **{"epochs": 20, "batch_size": 30, **training},
    )
    return replace(document, lesson=Params({CHECKS: checks}))


@pytest.mark.parametrize(
    ("check", "missing"),
    [
        (choice("setting", node="h", setting="units", value="8"), None),
        (choice("setting", node="h", setting="units", value="9"), "Units of h is 8; it should be 9."),
        (choice("setting", node="h", setting="activation", value="tanh"), None),
        (
            choice("setting", node="h", setting="activation", value="relu"),
            "Activation of h is Tanh; it should be ReLU.",
        ),
        (
            choice("setting", node="optimizer", setting="schedule", value="step"),
            "of Optimizer is Constant; it should be Step.",
        ),
        (choice("setting", node="loss", setting="loss", value="mse"), "Loss of Loss is Cross-entropy"),
        (choice("setting", node="optimizer", setting="warmup", value="0"), None),
        (choice("setting", node="gone", setting="units", value="9"), "There is no node gone."),
        (choice("finding", finding="layer.unused"), None),
        (choice("finding", finding="layer.unused", there=True), "What this step waits for has not shown itself yet."),
        (choice("reached", figure="val_accuracy", value=0.9), None),
        (choice("reached", figure="train_loss", side="at_most", value=0.0), "it should be at most 0."),
        (choice("reached", figure="val_r2", value=0.9), "No training has come to an end yet. What counts is: R²"),
        (choice("reached", value="much"), "The check itself is wrong"),
        (choice("nothing_like_it"), "There is no check of the kind nothing_like_it here."),
    ],
)
def test_a_check_is_met_or_says_what_is_missing(check: Choice, missing: str | None) -> None:
    document = loads(dumps(iris(check)))[0]
    assert checks_in(document) == (check,)
    (answer,) = mark(document)
    assert (answer.missing is None) == (missing is None)
    if missing is not None and answer.missing is not None:
        assert missing in answer.missing.render() and answer.missing.render("zh")


def test_a_files_own_history_is_not_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What counts is the run that is made here: a project that claims a history and has no epochs for it is not marked
    by that.
    """
    from nnstudio.document.values import Parts

    claimed = Parts(run={"history": [{"epoch": 1, "val_accuracy": 1.0}]})
    save(tmp_path / "lazy.nns", iris(choice("reached", figure="val_accuracy", value=0.99), epochs=1), claimed)
    assert cli.main(["mark", str(tmp_path / "lazy.nns"), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)["projects"]
    assert row["checks"][0]["met"] is False and "should be at least 0.99" in row["checks"][0]["missing"]


def test_a_network_that_cannot_run_meets_no_figure() -> None:
    document = replace(Document("empty"), lesson=Params({CHECKS: (choice("reached"),)}))
    (answer,) = mark(document)
    assert answer.missing is not None and "No training" in answer.missing.render()


def test_changing_the_task_keeps_the_checks() -> None:
    document = iris(choice("reached"))
    assert lesson(document, "Learn it.", (), (), start=False).get(CHECKS) == (choice("reached"),)
    assert CHECKS not in lesson(
        chain(("linear", "out", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy")),
        "x",
        (),
        (),
        start=False,
    )


def test_an_own_kind_is_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "p.nns", iris(choice("small", most=40)))
    with own_files(
        tmp_path / "own",
        "checks/small.py",
        checks__bad="from nnstudio.document.text import Text\nfrom nnstudio.session.checks import Check\n"
        "CHECK = Check('bad', Text('B'), lambda params, facts: facts.nothing)\n",
    ):
        assert {"small", "bad"} <= set(kinds())
        assert cli.main(["mark", str(tmp_path / "p.nns")]) == 1
        assert (
            "not yet: A small network: The network has 67 parameters; at most 40 are allowed."
            in capsys.readouterr().out
        )
        (answer,) = mark(iris(choice("bad")))
        assert answer.missing is not None and "bad.py, line 3: AttributeError" in answer.missing.render()
    assert "small" not in kinds()
    assert cli.main(["mark", str(tmp_path / "p.nns")]) == 1
    assert "no check of the kind small" in capsys.readouterr().out
